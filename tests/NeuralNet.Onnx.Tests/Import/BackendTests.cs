using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Xunit.Abstractions;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>
/// The node tests of the ONNX project, each as a network of one operator (see Reference/backend_tests.py): what is imported answers as the
/// specification says, and what is not is refused with words. docs/onnx.md has the figures by operator.
/// </summary>
public class BackendTests(ITestOutputHelper output)
{
    [Fact]
    public void Node_tests_are_right_or_refused_with_words()
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "Reference", "backend_tests.zip"));
        using JsonDocument index = JsonDocument.Parse(BytesOf(archive, "index.json"));
        var counts = new SortedDictionary<string, (int Right, int Refused)>(StringComparer.Ordinal);
        (List<string> wrong, List<string> refused) = ([], []);
        foreach (JsonProperty one in index.RootElement.GetProperty("cases").EnumerateObject())
        {
            string operation = one.Value.GetProperty("operator").GetString()!;
            (int right, int no) = counts.GetValueOrDefault(operation);
            try
            {
                Network network = OnnxFile.Load(BytesOf(archive, $"{one.Name}.onnx"), OnnxImages.AsInFile);
                if (Difference(network, one.Value) is { } difference)
                    wrong.Add($"{one.Name}: {difference}");
                counts[operation] = (right + 1, no);
            }
            catch (InvalidDataException refusal)
            {
                refused.Add($"{one.Name}: {refusal.Message.ReplaceLineEndings(" ")}");
                counts[operation] = (right, no + 1);
            }
        }

        foreach ((string operation, (int right, int no)) in counts)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {operation} | {right} | {no} |"));
        output.WriteLine(string.Join(Environment.NewLine, refused));
        wrong.Should().BeEmpty();
        int all = counts.Values.Sum(count => count.Right + count.Refused);
        counts.Values.Sum(count => count.Right).Should().BeGreaterThanOrEqualTo(all * 9 / 10, "nine of ten are imported, and {0} are not: {1}",
            refused.Count, string.Join(Environment.NewLine, refused));
    }

    private static byte[] BytesOf(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    // Null where all values agree.
    private static string? Difference(Network network, JsonElement test)
    {
        int rows = test.GetProperty("rows").GetInt32();
        float[] x = new float[rows * network.Input.Size], expected = Floats(test.GetProperty("output"));
        JsonProperty[] inputs = [.. test.GetProperty("inputs").EnumerateObject()];
        foreach (JsonProperty input in inputs)
        {
            float[] values = Floats(input.Value);
            if (inputs.Length == 1)
                values.CopyTo(x, 0);
            else
                network.Inputs[input.Name].CopyFrom(values, x);
        }

        float[] y = Same.Predict(network, x, rows);
        if (y.Length != expected.Length)
            return $"{y.Length} values, and {expected.Length} were expected";
        float largest = expected.Where(float.IsFinite).Append(0).Max(MathF.Abs);
        int at = Enumerable.Range(0, y.Length).FirstOrDefault(i => !(float.IsFinite(expected[i])
            ? MathF.Abs(y[i] - expected[i]) <= Imported.Tolerance * MathF.Max(1, largest) : y[i].Equals(expected[i])), -1);
        return at < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"value {at} is {y[at]:R}, and {expected[at]:R} was expected");
    }

    private static float[] Floats(JsonElement text) => MemoryMarshal.Cast<byte, float>(text.GetBytesFromBase64()).ToArray();
}
