using System.Text.Json;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Models that PyTorch has exported, with outputs that it computed in float64: see Reference/make_reference.py.</summary>
public class ReferenceTests
{
    private static readonly string folder = Path.Combine(AppContext.BaseDirectory, "Reference");

    private static readonly Lazy<Dictionary<string, Case>> cases = new(Read);

    public static TheoryData<string> Names => [.. cases.Value.Keys.Order(StringComparer.Ordinal)];

    public static string FileOf(string name) => Path.Combine(folder, $"{name}.onnx");

    public static (int Rows, float[] Inputs, float[] Outputs) CaseOf(string name) =>
        (cases.Value[name].Rows, cases.Value[name].Inputs, cases.Value[name].Outputs);

    public static TheoryData<string> Images =>
        [.. cases.Value.Keys.Where(
            name => name.StartsWith("image", StringComparison.Ordinal) || name.StartsWith("signal", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_of_PyTorch_predicts_what_it_does_there(string name)
    {
        Case expected = cases.Value[name];
        foreach (bool foldNorms in new[] { false, true })
        {
            Network network = Load(name, foldNorms);
            Imported.Close(Same.Predict(network, expected.Inputs, expected.Rows), expected.Outputs);
        }
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void A_model_of_PyTorch_predicts_the_same_of_rows_whose_channels_lie_last(string name)
    {
        Case expected = cases.Value[name];
        Network network = OnnxFile.Load(FileOf(name));
        bool areLast = name is "image_channels_last" or "signal_steps_first";
        float[] x = areLast ? expected.Inputs : Moved(expected.Inputs, expected.Rows, network.Input.Size / network.Input.FeatureCount);
        float[] y = Same.Predict(network, x, expected.Rows);
        Imported.Close(areLast ? y : Moved(y, expected.Rows, network.Output.FeatureCount), expected.Outputs);
        if (name is not ("image_view" or "signal_tcn_cut"))
            network.Layers.SelectMany(Leaves).Should().NotContain(layer => layer is Slice, "nothing is moved");
    }

    [Theory]
    [InlineData("image_lenet", "Conv AveragePool Conv MaxPool Flatten Dense Dense")]
    [InlineData("image_resnet", "Conv BatchNorm Conv BatchNorm Conv BatchNorm Skip ActivationLayer Conv BatchNorm Conv BatchNorm Conv BatchNorm "
        + "ActivationLayer GlobalAveragePool Dense")]
    [InlineData("image_unet", "Conv MaxPool Conv ConvTranspose Skip Conv")]
    [InlineData("image_decoder", "Dense Reshape ConvTranspose ConvTranspose")]
    [InlineData("image_channels_last", "Conv Conv")]
    [InlineData("image_norms", "Conv GroupNorm ActivationLayer InstanceNorm InstanceNorm")]
    [InlineData("image_upsampled", "Conv Upsample Pad Conv Upsample Pad Pad")]
    [InlineData("signal_tcn", "Conv Conv ActivationLayer Conv Conv ActivationLayer LastStep Dense")]
    [InlineData("signal_steps_first", "Conv Lstm")]
    [InlineData("gpt", "Embedding LearnedPositions Skip LayerNorm MultiHeadAttention Skip LayerNorm Dense Dense "
        + "Skip LayerNorm MultiHeadAttention Skip LayerNorm Dense Dense LayerNorm Dense")]
    [InlineData("gpt_bare", "Embedding LearnedPositions Skip LayerNorm MultiHeadAttention Skip LayerNorm Dense Dense "
        + "Skip LayerNorm MultiHeadAttention Skip LayerNorm Dense Dense LayerNorm Dense")]
    [InlineData("gpt_hub", "Embedding LearnedPositions Skip LayerNorm MultiHeadAttention Skip LayerNorm Dense Dense "
        + "Skip LayerNorm MultiHeadAttention Skip LayerNorm Dense Dense LayerNorm Dense")]
    public void A_model_of_PyTorch_becomes_the_layers_that_it_is_made_of(string name, string kinds)
    {
        Network network = OnnxFile.Load(FileOf(name));
        string.Join(" ", network.Layers.SelectMany(Leaves).Select(layer => layer.Kind)).Should().Be(kinds);
    }

    [Fact]
    public void A_folded_norm_is_a_part_of_the_convolution()
    {
        Network network = Load("image_resnet", foldNorms: true);
        network.Layers.SelectMany(Leaves).Should().NotContain(layer => layer is BatchNorm);
        network.Layers.SelectMany(Leaves).OfType<Conv>().Should().OnlyContain(conv => conv.HasBias);
    }

    // As the file's runtime is given them.
    private static Network Load(string name, bool foldNorms = false) => OnnxFile.Load(FileOf(name), OnnxImages.AsInFile, foldNorms);

    private static IEnumerable<Layer> Leaves(Layer layer) => layer.Children.Count > 0 ? layer.Children.SelectMany(Leaves) : [layer];

    // [rows, a, b] as [rows, b, a]
    private static float[] Moved(float[] values, int rows, int b)
    {
        int size = values.Length / rows, a = size / b;
        return [.. Enumerable.Range(0, values.Length).Select(i => values[(i / size * size) + (i % size % a * b) + (i % size / a)])];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_of_PyTorch_can_be_trained_on(string name)
    {
        Case given = cases.Value[name];
        Network network = Load(name);
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
        Directory.GetFiles(folder, "*.onnx").Select(Path.GetFileNameWithoutExtension)
            .Where(name => !name!.StartsWith("carried_", StringComparison.Ordinal)).Should().BeEquivalentTo(cases.Value.Keys);

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
