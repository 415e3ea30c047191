using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NeuralNet.Onnx.Schema;
using Xunit.Abstractions;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>
/// Random graphs: what is imported predicts what ONNX Runtime makes of the same file, and what is not imported is refused
/// with the documented exception. NEURALNET_ONNX_GRAPHS is their number for a long run.
/// </summary>
public class RandomGraphTests(ITestOutputHelper output)
{
    private const int Usual = 400, Rows = 4;

    // Of the largest value of a row: rows are answers of their own, and a row of tiny inputs must be right too.
    private const float Tolerance = 1e-4f;

    [Fact]
    public void A_random_graph_predicts_what_the_runtime_makes_of_it_or_is_refused()
    {
        string? wanted = Environment.GetEnvironmentVariable("NEURALNET_ONNX_GRAPHS");
        int count = wanted is null ? Usual : int.Parse(wanted, CultureInfo.InvariantCulture);
        (int loaded, int excused) = (0, 0);
        var wrong = new List<string>();
        for (int seed = 0; seed < count; seed++)
        {
            try
            {
                (bool isLoaded, bool isExcused) = Try(seed);
                loaded += isLoaded ? 1 : 0;
                excused += isExcused ? 1 : 0;
            }
            catch (Exception failure)
            {
                wrong.Add($"seed {seed}: {failure.GetType().Name}: {failure.Message}{Environment.NewLine}{Text(new RandomGraph(seed).Model.Graph)}");
            }
        }

        output.WriteLine($"{count} graphs, {loaded} imported, {wrong.Count} wrong, {excused} with cancellations");
        wrong.Should().BeEmpty();
        loaded.Should().BeGreaterThan(count / 4, "what is always refused tests nothing");
        excused.Should().BeLessThanOrEqualTo(count / 50, "what loses its digits by its own doing is rare");
    }

    private static (bool IsLoaded, bool IsExcused) Try(int seed)
    {
        var graph = new RandomGraph(seed);
        List<float[]> inputs = graph.Rows(Rows);
        float[] expected = Run(graph, graph.Model.Proto, inputs);
        Network network;
        try
        {
            network = graph.Model.Import();
        }
        catch (InvalidDataException refusal) when (!refusal.Message.Contains("cannot be put together", StringComparison.Ordinal))
        {

            return (false, false);
        }

        float[] y = Moved(Same.Predict(network, SideBySide(graph, inputs), Rows), graph.Output, toOnnx: true);
        y.Should().HaveCount(expected.Length);
        float[] errors = Errors(y, expected);
        if (errors.Max() <= Tolerance)
            return (true, false);

        // Where terms cancel each other, the runtime itself has few digits: as many as a relative change of 10⁻⁶ behind each node leaves.
        float[] own = new float[Rows];
        for (int k = 0; k < 3; k++)
        {
            float[] shaken = Errors(Run(graph, Shaken(graph.Model.Proto, k), inputs), expected);
            for (int row = 0; row < Rows; row++)
                own[row] = Math.Max(own[row], shaken[row]);
        }

        for (int row = 0; row < Rows; row++)
        {
            if (!(errors[row] <= Math.Max(Tolerance, 2 * own[row])))
                Assert.Fail($"row {row} is [{string.Join(", ", Part(y, row))}], [{string.Join(", ", Part(expected, row))}] was expected.");
        }

        return (true, true);
    }

    private static float[] Part(float[] values, int row) => values[(row * values.Length / Rows)..((row + 1) * values.Length / Rows)];

    // For each row the largest difference, relative to the row's largest value. What is infinite or tiny in the runtime is not compared.
    private static float[] Errors(float[] y, float[] expected)
    {
        float[] errors = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            float[] right = Part(expected, row), own = Part(y, row);
            float largest = right.Max(MathF.Abs);
            if (!float.IsFinite(largest) || largest > 1e30f)
                continue;
            for (int i = 0; i < own.Length; i++)
            {
                float error = (MathF.Abs(own[i] - right[i]) - 1e-30f) / MathF.Max(largest, 1e-30f);
                errors[row] = float.IsNaN(error) ? float.PositiveInfinity : MathF.Max(errors[row], error);
            }
        }

        return errors;
    }

    private static float[] Run(RandomGraph graph, ModelProto model, List<float[]> inputs)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        using var session = new InferenceSession(Google.Protobuf.MessageExtensions.ToByteArray(model), options);
        var given = new List<NamedOnnxValue>();
        for (int k = 0; k < inputs.Count; k++)
        {
            (string name, long[] sizes, bool areIds) = graph.Inputs[k];
            int[] dimensions = [.. sizes.Select(size => size == 0 ? Rows : (int)size)];
            given.Add(areIds
                ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(Array.ConvertAll(inputs[k], id => (long)id), dimensions))
                : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(inputs[k], dimensions)));
        }

        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(given, ["output"]);
        Tensor<float> made = results[0].AsTensor<float>();
        made.Dimensions.ToArray().Should().Equal(graph.Output.Select(size => size == 0 ? Rows : (int)size));
        return [.. made];
    }

    // Behind each node a factor of 1 ± 10⁻⁶ or less; and a term behind what the runtime computes as α (exp(x) − 1) or
    // by a fraction, with the error of 1 where the value is far smaller.
    private static ModelProto Shaken(ModelProto model, int seed)
    {
        ModelProto shaken = model.Clone();
        var stream = new RandomStream(seed);
        NodeProto[] nodes = [.. shaken.Graph.Node];
        shaken.Graph.Node.Clear();
        int drawn = 0;
        foreach (NodeProto node in nodes)
        {
            shaken.Graph.Node.Add(node);
            for (int k = 0; k < node.Output.Count; k++)
            {
                (string name, string factor) = (node.Output[k], $"factor{drawn}");
                node.Output[k] = $"{name} before";
                float alpha = node.OpType == "Selu" ? 1.76f : node.OpType is "Elu" or "Celu" ? node.Attribute[0].F
                    : node.OpType == "Sigmoid" ? 1 : 0;
                shaken.Graph.Initializer.Add(ModelOf.Tensor($"{factor} term", [1e-7f * alpha]));
                shaken.Graph.Node.Add(new NodeProto { OpType = "Add", Input = { node.Output[k], $"{factor} term" }, Output = { $"{name} term" } });
                shaken.Graph.Node.Add(new NodeProto { OpType = "Mul", Input = { $"{name} term", factor }, Output = { name } });
                shaken.Graph.Initializer.Add(ModelOf.Tensor(factor, [1 + (1e-6f * ((2 * stream.Uniform(0, drawn++)) - 1))]));
            }
        }

        return shaken;
    }

    // The inputs of a row one after the other, as the imported network takes them.
    private static float[] SideBySide(RandomGraph graph, List<float[]> inputs)
    {
        float[][] each = [.. inputs.Select((x, k) => Moved(x, graph.Inputs[k].Sizes, toOnnx: false))];
        return [.. Enumerable.Range(0, Rows).SelectMany(row => each.SelectMany(x => Part(x, row)))];
    }

    // The channels of an image are its first axis in a file, and its last one in the library.
    private static float[] Moved(float[] values, long[] sizes, bool toOnnx)
    {
        if (sizes.Length != 4)
            return values;
        int channels = (int)sizes[1], pixels = (int)(sizes[2] * sizes[3]);
        float[] moved = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int row = i / (channels * pixels), channel = i / pixels % channels, pixel = i % pixels;
            int other = (((row * pixels) + pixel) * channels) + channel;
            (int to, int from) = toOnnx ? (i, other) : (other, i);
            moved[to] = values[from];
        }

        return moved;
    }

    private static string Text(GraphProto graph)
    {
        IEnumerable<string> constants = graph.Initializer.Select(tensor => tensor.RawData.Length is 0 or > 16
            ? $"{tensor.Name} = {tensor.Dims} {tensor.Int64Data}"
            : $"{tensor.Name} = {tensor.Dims} [{string.Join(", ", Values(tensor))}]");
        IEnumerable<string> nodes = graph.Node.Select(node => $"{string.Join(", ", node.Output)} = {node.OpType}({string.Join(", ", node.Input)}) "
            + string.Join(' ', node.Attribute.Select(attribute => $"{attribute.Name} {attribute.I} {attribute.F} {attribute.Ints}")));
        IEnumerable<string> inputs = graph.Input.Select(input => $"{input.Name} {input.Type.TensorType.Shape}");
        return string.Join(Environment.NewLine, [.. inputs, .. constants, .. nodes]);
    }

    private static IEnumerable<float> Values(TensorProto tensor) =>
        Enumerable.Range(0, tensor.RawData.Length / 4).Select(i => BitConverter.ToSingle(tensor.RawData.Span[(4 * i)..]));
}
