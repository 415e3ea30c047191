using System.Text.Json;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Models that PyTorch has exported, with outputs that it computed in float64: see Reference/make_reference.py.</summary>
public class ReferenceTests
{
    private static readonly string folder = Path.Combine(AppContext.BaseDirectory, "Reference");

    private static readonly Lazy<Dictionary<string, Case>> cases = new(Read);

    public static TheoryData<string> Names => [.. cases.Value.Keys.Order(StringComparer.Ordinal)];

    public static string FileOf(string name) => Path.Combine(folder, $"{name}.onnx");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_of_PyTorch_predicts_what_it_does_there(string name)
    {
        Case expected = cases.Value[name];
        Network network = OnnxFile.Load(FileOf(name));
        Imported.Close(Same.Predict(network, expected.Inputs, expected.Rows), expected.Outputs);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_of_PyTorch_can_be_trained_on(string name)
    {
        Case given = cases.Value[name];
        Network network = OnnxFile.Load(FileOf(name));
        var trainer = new Trainer(network, Divergence.L2, new Adam(3e-3f)) { Threads = 1 };
        float[] desired = [.. given.Outputs.Select((y, i) => y + (i % 2 == 0 ? 0.1f : -0.05f))];
        float first = trainer.Step(given.Inputs, desired, given.Rows), last = first;
        for (int step = 0; step < 20; step++)
            last = trainer.Step(given.Inputs, desired, given.Rows);
        last.Should().BeLessThan(first);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_of_PyTorch_is_exported_again_to_what_predicts_the_same(string name)
    {
        Network network = OnnxFile.Load(FileOf(name));
        Imported.PredictsLike(OnnxFile.Load(network.ToOnnx()), network);
    }

    [Fact]
    public void Every_file_has_its_case() =>
        Directory.GetFiles(folder, "*.onnx").Select(Path.GetFileNameWithoutExtension).Should().BeEquivalentTo(cases.Value.Keys);

    private static Dictionary<string, Case> Read()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json")));
        return json.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => new Case(
            entry.Value.GetProperty("rows").GetInt32(),
            [.. entry.Value.GetProperty("inputs").EnumerateArray().Select(x => x.GetSingle())],
            [.. entry.Value.GetProperty("outputs").EnumerateArray().Select(x => x.GetSingle())]));
    }

    private sealed record Case(int Rows, float[] Inputs, float[] Outputs);
}
