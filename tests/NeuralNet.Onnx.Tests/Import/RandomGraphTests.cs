using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NeuralNet.Onnx.Import;
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
        int count = Number();
        (int loaded, int excused, int left) = (0, 0, 0);
        var wrong = new List<string>();
        (HashSet<string> made, Dictionary<string, int> imported) = ([], []);
        for (int seed = 0; seed < count; seed++)
        {
            try
            {
                var graph = new RandomGraph(seed);
                Verdict verdict = Try(graph, seed % 2 == 0 ? OnnxImages.ChannelsLast : OnnxImages.AsInFile);
                loaded += verdict != Verdict.Refused ? 1 : 0;
                excused += verdict == Verdict.Excused ? 1 : 0;
                left += verdict == Verdict.NotCompared ? 1 : 0;
                foreach (string kind in graph.Kinds)
                {
                    made.Add(kind);
                    if (verdict is Verdict.Right or Verdict.Excused)
                        imported[kind] = imported.GetValueOrDefault(kind) + 1;
                }
            }
            catch (Exception failure)
            {
                wrong.Add($"seed {seed}: {failure.GetType().Name}: {failure.Message}{Environment.NewLine}{Text(new RandomGraph(seed).Model.Graph)}");
            }
        }

        output.WriteLine($"{count} graphs, {loaded} imported, {wrong.Count} wrong, {excused} with cancellations, {left} without digits to compare");
        output.WriteLine(string.Join(", ", made.Order(StringComparer.Ordinal).Select(kind => $"{kind} {imported.GetValueOrDefault(kind)}")));
        wrong.Should().BeEmpty();
        loaded.Should().BeGreaterThan(count / 4, "what is always refused tests nothing");
        excused.Should().BeLessThanOrEqualTo(count / 50, "what loses its digits by its own doing is rare");
        left.Should().BeLessThanOrEqualTo(count / 50, "what has no digits is not compared");
        if (count < Usual)
            return;
        made.Except(imported.Keys).Should().BeEmpty("an operator that is always refused is not tested");
        imported.Keys.Should().Contain(
        [
            "attention", "attention by Gather", "attention by Split", "attention to another", "attention with a mask of keys", "later steps by Where",
            "later steps by Add", "rotary positions", "a window", "a slope of the distance",
            "version 12", "one row", "doubles", "ReduceMax over axes", "Expand", "Pow", "ReduceSumSquare",
            "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "InstanceNormalization", "Resize", "Pad",
            "a factor for each channel", "BatchNormalization", "PRelu", "LpNormalization", "Flatten", "Squeeze",
            "Where", "Tile", "Shrink", "Mean", "ReduceMin", "ReduceL1",
        ]);
    }

    [Theory]
    [InlineData(Verdict.Right, 1e-5f, new float[0])]
    [InlineData(Verdict.Excused, 1e-3f, new[] { 1e-7f, 6e-4f, float.PositiveInfinity })]
    [InlineData(Verdict.Wrong, 1e-3f, new[] { 1e-7f, 4e-4f, float.PositiveInfinity })]
    [InlineData(Verdict.Wrong, 1e-3f, new[] { float.NaN, float.PositiveInfinity, float.PositiveInfinity })]
    [InlineData(Verdict.Wrong, float.PositiveInfinity, new[] { float.PositiveInfinity })]
    [InlineData(Verdict.NotCompared, 0.5f, new[] { 1e-7f, 0.02f })]
    public void An_error_is_excused_by_finite_errors_alone_that_are_nearly_as_large(Verdict verdict, float error, float[] own) =>
        Judged(error, own).Should().Be(verdict);

    public enum Verdict
    {
        Refused,
        Right,
        Excused,
        NotCompared,
        Wrong,
    }

    // What the runtime's own errors are after small changes excuses as much; from 10⁻² on there are no digits to compare.
    private static Verdict Judged(float error, IEnumerable<float> own)
    {
        float largest = own.Where(float.IsFinite).Append(0).Max();
        return error <= Tolerance ? Verdict.Right : largest > 1e-2f ? Verdict.NotCompared : error <= 2 * largest ? Verdict.Excused : Verdict.Wrong;
    }

    // Numbers that happen to be the number of rows are no rows.
    [Fact]
    public void A_random_graph_of_a_fixed_batch_is_read_like_one_of_any_number_of_rows()
    {
        (int loaded, int lost, int count) = (0, 0, Number());
        var wrong = new List<string>();
        for (int seed = 0; seed < count; seed++)
        {
            var graph = new RandomGraph(seed);
            if (graph.IsOfOneRow || graph.Model.Graph.Input.Any(input => input.Type.TensorType.Shape.Dim[0].DimParam.Length == 0))
                continue;
            try
            {
                OnnxImages images = seed % 2 == 0 ? OnnxImages.ChannelsLast : OnnxImages.AsInFile;
                bool isRead = Try(graph, images) != Verdict.Refused;
                Verdict verdict = Try(graph, images, isFixed: true);
                loaded += verdict != Verdict.Refused ? 1 : 0;
                lost += isRead && verdict == Verdict.Refused ? 1 : 0;
            }
            catch (Exception failure)
            {
                wrong.Add($"seed {seed}: {failure.GetType().Name}: {failure.Message}{Environment.NewLine}{Text(new RandomGraph(seed).Model.Graph)}");
            }
        }

        output.WriteLine($"{loaded} imported, {lost} only without a number of rows, {wrong.Count} wrong");
        wrong.Should().BeEmpty();
        loaded.Should().BeGreaterThan(count / 5);
        lost.Should().BeLessThan(count / 50);
    }

    // Nodes that count the rows, or act along them, are read right or refused.
    [Fact]
    public void A_random_graph_that_is_written_for_a_batch_predicts_what_the_runtime_makes_of_it_or_is_refused()
    {
        (int loaded, int count) = (0, Number());
        var wrong = new List<string>();
        for (int seed = 0; seed < count; seed++)
        {
            var graph = new RandomGraph(seed, Rows);
            if (graph.IsOfOneRow)
                continue;
            try
            {
                loaded += Try(graph, seed % 2 == 0 ? OnnxImages.ChannelsLast : OnnxImages.AsInFile, isFixed: true) != Verdict.Refused ? 1 : 0;
            }
            catch (Exception failure)
            {
                wrong.Add($"seed {seed}: {failure.GetType().Name}: {failure.Message}{Environment.NewLine}{Text(graph.Model.Graph)}");
            }
        }

        output.WriteLine($"{loaded} imported, {wrong.Count} wrong");
        wrong.Should().BeEmpty();
        loaded.Should().BeGreaterThan(count / 6);
    }

    public static int Number() => Environment.GetEnvironmentVariable("NEURALNET_ONNX_GRAPHS") is { } wanted
        ? int.Parse(wanted, CultureInfo.InvariantCulture) : Usual;

    private static ModelProto WithRows(ModelProto model)
    {
        model = model.Clone();
        foreach (ValueInfoProto input in model.Graph.Input)
            input.Type.TensorType.Shape.Dim[0].DimValue = Rows;
        return model;
    }

    private static Verdict Try(RandomGraph graph, OnnxImages images, bool isFixed = false)
    {
        List<float[]> inputs = graph.Rows(Rows);
        float[] expected = Run(graph, graph.Model.Proto, inputs);
        Network network;
        try
        {
            network = isFixed
                ? OnnxFile.Load(Google.Protobuf.MessageExtensions.ToByteArray(WithRows(graph.Model.Proto)), images, rows: OnnxRows.First)
                : OnnxFile.Load(graph.Model.Bytes(), images);
        }
        catch (InvalidDataException refusal) when (!refusal.Message.Contains("cannot be put together", StringComparison.Ordinal))
        {
            return Verdict.Refused;
        }

        var orders = images == OnnxImages.ChannelsLast ? new ImageOrders(Model.Of(graph.Model.Proto, null, null)) : null;
        float[] y = Same.Predict(network, SideBySide(network, graph, inputs, orders), Rows);
        if (orders?.AreFirstAtOutput("output", graph.Output.Length) == true)
            y = Moved(y, graph.Output, toOnnx: true);
        y.Should().HaveCount(expected.Length);
        float[] errors = Errors(y, expected);
        if (errors.Max() <= Tolerance)
            return Verdict.Right;

        // Where terms cancel each other, the runtime itself has few digits: as many as a relative change of 10⁻⁶ behind each node leaves.
        float[][] own = [.. Enumerable.Range(0, 3).Select(k => Errors(Run(graph, Shaken(graph.Model.Proto, k), inputs), expected))];
        Verdict[] verdicts = [.. errors.Select((error, row) => Judged(error, own.Select(shaken => shaken[row])))];
        int wrong = Array.IndexOf(verdicts, Verdict.Wrong);
        if (wrong >= 0)
            Assert.Fail($"row {wrong} is [{string.Join(", ", Part(y, wrong))}], [{string.Join(", ", Part(expected, wrong))}] was expected.");
        return verdicts.Max();
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
        return graph.IsOfOneRow
            ? [.. Enumerable.Range(0, Rows).SelectMany(row => Run(session, graph, inputs.ConvertAll(x => Part(x, row)), 1))]
            : Run(session, graph, inputs, Rows);
    }

    private static float[] Run(InferenceSession session, RandomGraph graph, List<float[]> inputs, int rows)
    {
        var given = new List<NamedOnnxValue>();
        for (int k = 0; k < inputs.Count; k++)
        {
            (string name, long[] sizes, bool areIds) = graph.Inputs[k];
            int[] dimensions = [.. sizes.Select(size => size == 0 ? rows : (int)size)];
            given.Add(areIds
                ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(Array.ConvertAll(inputs[k], id => (long)id), dimensions))
                : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(inputs[k], dimensions)));
        }

        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(given, ["output"]);
        Tensor<float> made = results[0].AsTensor<float>();
        made.Dimensions.ToArray().Should().Equal(graph.Output.Select(size => size == 0 ? rows : (int)size));
        return [.. made];
    }

    // What Shaken is for: of tiny values the runtime's α (exp(x) − 1) has the digits that are left beside 1, each value other ones, and a sum in
    // which they nearly cancel has none. Computed in float64, what the library makes is right.
    [Fact]
    public void Of_tiny_values_the_runtime_loses_the_digits_and_the_library_does_not()
    {
        float[] factors = [0.7038999f, -0.52375406f, 0.096989036f, -0.2680148f], x = [-1.1e-4f, -1.23e-4f, -0.91e-4f, -1.04e-4f];
        ModelOf model = new ModelOf(0, 4).Scales("c", factors).List("a", 1).Node("e = Elu(input)", ("alpha", 6f)).Node("m = Mul(e, c)")
            .Node("output = ReduceSum(m, a)");
        double exact = x.Zip(factors, (value, factor) => factor * 6 * (value + (value * (double)value / 2) + (Math.Pow(value, 3) / 6))).Sum();
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        Math.Abs((Same.Predict(model.Import(), x, 1)[0] / exact) - 1).Should().BeLessThan(3e-6);
        Math.Abs((runtime.RunAsItIs(x, [1, 4])[0] / exact) - 1).Should().BeGreaterThan(Tolerance);
    }

    // Of a number below 10⁻²³ the square is 0 in float32, and the runtime's norm with it.
    [Fact]
    public void A_norm_is_right_where_the_square_of_a_value_is_0()
    {
        ModelOf model = new ModelOf(0, 2).Node("output = LpNormalization(input)", ("axis", 1));
        float[] x = [3e-24f, -4e-24f];
        Imported.Close(model.Import().Predict(x), [0.6f, -0.8f]);
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        runtime.RunAsItIs(x, [1, 2]).Should().Equal(0, 0);
    }

    // Behind each node a factor of 1 ± 10⁻⁶ or less. Behind what the runtime computes as α (exp(x) − 1) or by a fraction, a term as large as the
    // error of 1, of which less is left in values that are far smaller; and what rounding beside 1 leaves, which is not the same for all values, so
    // that it does not cancel where the term does.
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
            if (node.OpType is "Cast" or "Greater")
                continue; // whole numbers, or truth values
            for (int k = 0; k < node.Output.Count; k++)
            {
                (string name, string factor) = (node.Output[k], $"factor{drawn}");
                node.Output[k] = $"{name} before";
                float alpha = node.OpType == "Selu" ? 1.76f : node.OpType is "Elu" or "Celu" ? node.Attribute[0].F
                    : node.OpType == "Sigmoid" ? 1 : 0;
                shaken.Graph.Initializer.Add(ModelOf.Tensor($"{factor} term", [1e-7f * alpha]));
                shaken.Graph.Node.Add(new NodeProto { OpType = "Add", Input = { node.Output[k], $"{factor} term" }, Output = { $"{name} term" } });
                string last = $"{name} term";
                if (alpha > 0)
                {
                    shaken.Graph.Initializer.Add(ModelOf.Tensor($"{factor} beside", [alpha * (1.1f + (0.3f * seed))]));
                    shaken.Graph.Node.Add(new NodeProto { OpType = "Add", Input = { last, $"{factor} beside" }, Output = { $"{name} rounded" } });
                    last = $"{name} left";
                    shaken.Graph.Node.Add(new NodeProto { OpType = "Sub", Input = { $"{name} rounded", $"{factor} beside" }, Output = { last } });
                }

                shaken.Graph.Node.Add(new NodeProto { OpType = "Mul", Input = { last, factor }, Output = { name } });
                shaken.Graph.Initializer.Add(ModelOf.Tensor(factor, [1 + (1e-6f * ((2 * stream.Uniform(0, drawn++)) - 1))]));
            }
        }

        return shaken;
    }

    // The inputs in rows, as the imported network takes them: each in the order of the file, or channels last.
    private static float[] SideBySide(Network network, RandomGraph graph, List<float[]> inputs, ImageOrders? orders)
    {
        float[] rows = new float[Rows * network.Input.Size];
        foreach ((int k, float[] x) in inputs.Index())
        {
            (string name, long[] sizes, _) = graph.Inputs[k];
            network.Inputs[k].CopyFrom(orders?.AreFirstAtInput(name, sizes) == true ? Moved(x, sizes, toOnnx: false) : x, rows);
        }

        return rows;
    }

    // The channels are the first axis in a file, and the last one in the library.
    private static float[] Moved(float[] values, long[] sizes, bool toOnnx)
    {
        int channels = (int)sizes[1], places = RandomGraph.Count(sizes) / channels;
        float[] moved = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int row = i / (channels * places), channel = i / places % channels, place = i % places;
            int other = (((row * places) + place) * channels) + channel;
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
            + string.Join(' ', node.Attribute.Select(
                attribute => $"{attribute.Name} {attribute.I} {attribute.F} {attribute.Ints} {attribute.S.ToStringUtf8()}")));
        IEnumerable<string> inputs = graph.Input.Select(input => $"{input.Name} {input.Type.TensorType.Shape}");
        return string.Join(Environment.NewLine, [.. inputs, .. constants, .. nodes]);
    }

    private static IEnumerable<float> Values(TensorProto tensor) =>
        Enumerable.Range(0, tensor.RawData.Length / 4).Select(i => BitConverter.ToSingle(tensor.RawData.Span[(4 * i)..]));
}
