using System.Diagnostics;
using System.Globalization;
using CsCheck;
using Google.Protobuf;
using Google.Protobuf.Collections;
using NeuralNet.Onnx.Schema;
using Xunit.Abstractions;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>
/// Mutated models: nothing but the documented exception comes out, or a network. NEURALNET_FUZZ is the number of mutations
/// for a long run, which then reports how many were read and the most memory that the process took.
/// </summary>
public class FuzzTests(ITestOutputHelper output)
{
    private const int Usual = 3000;

    private static readonly Lazy<byte[][]> models = new(Models);

    [Fact]
    public void A_mutated_model_is_refused_with_words_or_makes_a_network()
    {
        string? wanted = Environment.GetEnvironmentVariable("NEURALNET_FUZZ");
        int count = wanted is null ? Usual : int.Parse(wanted, CultureInfo.InvariantCulture);
        uint seed = wanted is null ? 1 : (uint)Stopwatch.GetTimestamp();
        var clock = Stopwatch.StartNew();
        int workers = wanted is null ? 1 : Environment.ProcessorCount;
        var runs = new Run[workers];
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(w => new Thread(() => runs[w] = Mutate((uint)w + 1, seed, count / workers)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        string report = string.Create(
            CultureInfo.InvariantCulture, $"{count} mutations (seed {seed}) in {clock.Elapsed.TotalSeconds:F1} s: {runs.Sum(run => run.Made)} made " +
            $"a network; the slowest took {runs.Max(run => run.Slowest):F0} ms, the largest allocated {runs.Max(run => run.Largest) >> 10} KB; the " +
            $"process took {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB at most.");
        output.WriteLine(report);
        if (wanted is not null)
            Console.WriteLine(report);
        runs.Select(run => run.Failure).Where(failure => failure is not null).Should().BeEmpty();
        runs.Max(run => run.Largest).Should().BeLessThan(256 << 20, "what a model of a few kilobytes may allocate, all in all");
        runs.Sum(run => run.Made).Should().BeGreaterThan(count / 50, "mutations that are all refused early say nothing of what comes later");
    }

    private static Run Mutate(uint stream, uint seed, int count)
    {
        var random = new PCG(stream, seed);
        var run = new Run();
        for (int i = 0; i < count && run.Failure is null; i++)
        {
            byte[] bytes = mutated.Generate(random, null, out _);
            long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Network network = OnnxFile.Load(
                    bytes, output: i % 7 == 6 ? "output" : i % 7 == 5 ? "output_probability" : null,
                    steps: i % 4 == 3 ? 3 : null, rows: (OnnxRows)(i / 4 % 3));
                run.Made++;
                network.Blocks.Sum(block => (long)block.Length).Should().BeLessThan(1 << 24);

                // Some mean so much padding that they would compute for seconds, as they say.
                if ((long)network.Input.Size + network.Output.Size < 4096 && network.MultiplyAdds < 1 << 24)
                    network.Predict(new float[network.Input.Size]).Should().HaveCount(network.Output.Size);
            }
            catch (InvalidDataException refusal) when (!string.IsNullOrWhiteSpace(refusal.Message))
            {
            }
            catch (Exception failure)
            {
                string path = Path.Combine(Path.GetTempPath(), $"fuzz-{stream}-{i}.onnx");
                File.WriteAllBytes(path, bytes);
                run.Failure = $"Mutation {i} (seed {seed}, stream {stream}, written to {path}): {failure}";
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > Math.Max(run.Largest, 64 << 20))
                File.WriteAllBytes(Path.Combine(Path.GetTempPath(), $"fuzz-largest-{stream}.onnx"), bytes);
            run.Largest = Math.Max(run.Largest, allocated);
            run.Slowest = Math.Max(run.Slowest, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return run;
    }

    // What one thread has seen.
    private sealed class Run
    {
        public int Made;
        public long Largest;
        public double Slowest;
        public string? Failure;
    }

    private static readonly Gen<int> at = Gen.Int[0, int.MaxValue - 1];

    // One to three changes to the bytes, or to the fields of a model that is sound but for them.
    private static readonly Gen<byte[]> mutated =
        from start in at
        from isOfFields in Gen.Bool
        from changes in Gen.Select(Gen.Int[0, 19], at, at, Gen.Byte).Array[1, 3]
        select isOfFields ? OfFields(models.Value[start % models.Value.Length], changes) : OfBytes(
            models.Value[start % models.Value.Length], changes);

    private static byte[] OfBytes(byte[] model, (int Kind, int Place, int Length, byte Value)[] changes)
    {
        List<byte> bytes = [.. model];
        foreach ((int kind, int place, int length, byte value) in changes)
        {
            if (bytes.Count == 0)
                break;
            int where = place % bytes.Count, count = Math.Min((length % 64) + 1, bytes.Count - where);
            switch (kind % 6)
            {
                case 0: bytes[where] ^= (byte)(1 << (value & 7)); break;
                case 1: bytes[where] = value; break;
                case 2: bytes.Insert(where, value); break;
                case 3: bytes.RemoveRange(where, count); break;
                case 4: bytes.InsertRange(length % bytes.Count, bytes.GetRange(where, count)); break;
                default: bytes.RemoveRange(where, bytes.Count - where); break;
            }
        }

        return [.. bytes];
    }

    private static byte[] OfFields(byte[] model, (int Kind, int Place, int Length, byte Value)[] changes)
    {
        ModelProto proto = ModelProto.Parser.ParseFrom(model);
        GraphProto graph = proto.Graph;
        foreach ((int kind, int place, int length, byte value) in changes)
        {
            long size = sizes[value % sizes.Length];
            NodeProto node = graph.Node.Count > 0 ? graph.Node[place % graph.Node.Count] : new NodeProto();
            NodeProto other = graph.Node.Count > 0 ? graph.Node[length % graph.Node.Count] : new NodeProto();
            TensorProto tensor = graph.Initializer.Count > 0 ? graph.Initializer[place % graph.Initializer.Count] : new TensorProto();
            AttributeProto attribute = node.Attribute.Count > 0 ? node.Attribute[length % node.Attribute.Count] : new AttributeProto();
            switch (kind)
            {
                case 0: Change(tensor.Dims, length, size); break;
                case 1: tensor.DataType = value % 18; break;
                case 2: node.OpType = other.OpType; break;
                case 3: Change(node.Input, length, other.Output.Count > 0 ? other.Output[0] : ""); break;
                case 4: Change(node.Input, length, tensor.Name); break;
                case 5: graph.Node.Remove(node); break;
                case 6: attribute.I = size; break;
                case 7: Change(attribute.Ints, length, size); break;
                case 8: attribute.F = length; break;
                case 9: attribute.Type = (AttributeProto.Types.AttributeType)(value % 15); break;
                case 10: tensor.RawData = ByteString.CopyFrom([.. tensor.RawData.Skip(value % 16)]); break;
                case 11: ChangeInput(graph, length, size); break;
                case 12: proto.OpsetImport[0].Version = value % 25; break;
                case 13: node.Attribute.Remove(attribute); break;
                case 14: node.OpType = operators[length % operators.Length]; break;
                case 15: node.Output.Add($"more{length}"); break;
                case 16: ChangeIntegers(tensor, length, size); break;
                case 17: tensor.Dims.Add(1); break;
                case 18: node.Attribute.Add(other.Attribute); break;
                default: graph.Node.Insert(length % (graph.Node.Count + 1), node.Clone()); break;
            }
        }

        return proto.ToByteArray();
    }

    private static readonly long[] sizes =
        [0, 1, 2, 3, 4, 6, 12, -1, -2, 1000, 1 << 20, int.MaxValue, int.MaxValue - 1L, 1L << 40, long.MaxValue, long.MinValue];

    private static readonly string[] operators =
    [
        "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Relu", "Sin", "Erf", "Exp", "Clip", "Softmax", "LogSoftmax", "PRelu",
        "LayerNormalization", "LpNormalization",
        "BatchNormalization", "LSTM", "GRU", "RNN", "Where", "And", "Scan", "ReduceMean", "ReduceMax", "ReduceL2", "Concat", "Split", "Slice",
        "Gather", "ReverseSequence",
        "Transpose", "Expand", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Shape", "Size", "Cast", "Dropout", "ConstantOfShape", "Range",
        "GreaterOrEqual", "MatMul", "Gemm", "Identity", "If", "QuantizeLinear", "DequantizeLinear", "Mod", "CumSum", "Trilu", "ReduceProd", "Floor",
        "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Resize", "Pad", "DepthToSpace", "SpaceToDepth",
        "InstanceNormalization", "GroupNormalization", "RMSNormalization", "Attention", "RotaryEmbedding", "Tile", "ReduceSum", "HardSigmoid",
        "Equal", "Scaler", "Normalizer", "LinearClassifier", "LinearRegressor", "ArrayFeatureExtractor", "ZipMap",
    ];

    private static void Change<T>(RepeatedField<T> field, int at, T value)
    {
        if (field.Count > 0)
            field[at % field.Count] = value;
        else
            field.Add(value);
    }

    private static void ChangeInput(GraphProto graph, int at, long size)
    {
        if (graph.Input.Count == 0)
            return;
        RepeatedField<TensorShapeProto.Types.Dimension> sizes = graph.Input[0].Type.TensorType.Shape.Dim;
        sizes[at % sizes.Count].DimValue = size;
        if (size is 0 or 1000)
            sizes[at % sizes.Count].DimParam = size == 0 ? "" : "steps";
    }

    private static void ChangeIntegers(TensorProto tensor, int at, long value)
    {
        if (tensor.DataType == 7 && tensor.RawData.Length >= 8)
        {
            byte[] raw = tensor.RawData.ToByteArray();
            BitConverter.TryWriteBytes(raw.AsSpan(at % (raw.Length / 8) * 8), value);
            tensor.RawData = ByteString.CopyFrom(raw);
        }
    }

    private static byte[][] Models() =>
    [
        ConditionTests.Squeezed(5, 1).Bytes(), QuantizedTests.Quantized(leavesRelu: true).Bytes(), LearnedTests.Classifier(isZipped: true).Bytes(),
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Reference"), "*.onnx").Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
        .. new[]
        {
            Network.Create(5).Dense(4, Activation.Gelu).Residual(b => b.Dense(4, new Celu(20))).RmsNorm().Dense(4, Activation.L2Normalize)
                .Dense(3, new Softmax(2)),
            Network.Create(Shape.Sequence(3, 4)).MultiHeadAttention(2, causal: true).LayerNorm().Bidirectional(b => b.Gru(3)).MeanOverSteps()
                .Dense(2, Activation.Glu),
            Network.Create(Shape.Sequence(3, 5)).MultiHeadAttention(2, keyMask: true).Rnn(4, Activation.Silu).Dense(4, new Max(2)).MaxOverSteps(),
            Network.Create(Shape.Sequence(3, 1)).Embedding(7, 4).SinusoidalPositions().LearnedPositions().Lstm(3, lastStep: true)
            .Dense(2, Activation.Product),
            Network.Create(32).CrossAttention(Shape.Sequence(3, 4), Shape.Sequence(4, 5), 2).Flatten(),
            Network.Create(Shape.Image(3, 4, 2)).LayerNorm().Activation(Activation.Softmax).Prelu().Parallel(Merge.Concat, b => b, b => b.Slice(0, 1))
                .Flatten().Dense(2),
            Network.Create(Shape.Image(6, 5, 3)).Conv(4, 3, padding: Padding.Same, stride: 2).BatchNorm(activation: Activation.Relu).MaxPool(2)
                .Flatten().Dense(3, Activation.Softmax),
            Network.Create(Shape.Image(6, 6, 4)).Residual(b => b.Conv(4, 3, padding: Padding.Same, groups: 4).Conv(4, 1)).AveragePool(2)
                .Upsample(2).ConvTranspose(2, 3, 2).GroupNorm(2).GlobalAveragePool().Dense(2),
        }.Select(builder => builder.Build(seed: 1).ToOnnx()),
    ];
}
