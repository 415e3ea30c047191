using NeuralNet.Onnx.Schema;
using static NeuralNet.Onnx.Tests.Import.ModelOf;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>
/// Batches of a fixed size beside all that repeats, reduces, compares and chooses: what is imported predicts what ONNX Runtime makes of the same
/// file, and what would mix rows, or has something of its own for each of them, is refused.
/// </summary>
public class FixedBatchTests
{
    private static readonly Dictionary<string, ModelOf> graphs = new()
    {
        ["const per row add"] = new ModelOf(4, 3).Floats("c", 4, 1).Node("output = Add(input, c)"),
        ["const per row max"] = new ModelOf(4, 4).Floats("c", 4, 1).Node("output = Max(input, c)"),
        ["const per row on one feature"] = new ModelOf(4, 1).Floats("c", 4, 1).Node("output = Max(input, c)"),
        ["const spreads one feature"] = new ModelOf(4, 1).Floats("c", 1, 4).Node("output = Add(input, c)"),
        ["const matrix spreads one feature"] = new ModelOf(4, 1).Floats("c", 4, 4).Node("output = Add(input, c)"),
        ["const cube spreads"] = new ModelOf(4, 4).Floats("c", 4, 4, 4).Node("output = Add(input, c)"),
        ["where per row"] = new ModelOf(4, 3).Mask("m", [1, 0, 1, 0], 4, 1).Number("z", 0).Node("output = Where(m, input, z)"),
        ["where square"] = new ModelOf(4, 4).Mask("m", [1, 0, 1, 0], 4, 1).Number("z", 0).Node("output = Where(m, input, z)"),
        ["where feature"] = new ModelOf(4, 4).Mask("m", [1, 0, 1, 0], 1, 4).Number("z", 0).Node("output = Where(m, input, z)"),
        ["where same rows"] = new ModelOf(4, 2).Mask("m", [1, 0, 1, 0, 1, 0, 1, 0], 4, 2).Number("z", 0).Node("output = Where(m, input, z)"),
        ["where value per row"] = new ModelOf(4, 4).Mask("m", [1, 0, 1, 0], 1, 4).Floats("z", 4, 1).Node("output = Where(m, input, z)"),
        ["where rows transposed"] = new ModelOf(4, 4).Mask("m", [1, 0, 1, 0], 1, 4).Node("t = Transpose(input)").Node("output = Where(m, input, t)"),
        ["add transposed"] = new ModelOf(4, 4).Node("t = Transpose(input)").Node("output = Add(input, t)"),
        ["add column to row"] = new ModelOf(4, 1).Node("t = Transpose(input)").Node("output = Add(input, t)"),
        ["add mean of transposed"] = new ModelOf(18, [4, 4]).List("a", 1).Node("m = ReduceMean(input, a)").Node("t = Transpose(m)")
            .Node("output = Add(input, t)"),
        ["mean over rows"] = new ModelOf(18, [4, 3]).List("a", 0).Node("m = ReduceMean(input, a)").Node("output = Sub(input, m)"),
        ["mean over both"] = new ModelOf(18, [4, 3]).List("a", 0, 1).Node("m = ReduceMean(input, a)").Node("output = Sub(input, m)"),
        ["max over rows and steps"] = new ModelOf(4, 2, 3).Node("m = ReduceMax(input)", Axes(0, 1)).Node("output = Sub(input, m)"),
        ["sum apart"] = new ModelOf(4, 2, 3, 2).Node("m = ReduceMax(input)", Axes(1, 3)).Node("output = Sub(input, m)"),
        ["sum over rows in a piece"] = new ModelOf(4, 2, 3).List("s", 8, 3).List("b", 4, 2, 3).Node("r = Reshape(input, s)")
            .Node("m = ReduceMax(r)", Axes(0)).Node("output = Sub(input, m)"),
        ["expand to rows"] = new ModelOf(4, 1).List("s", 4, 4).Node("e = Expand(input, s)").Node("output = Mul(e, e)"),
        ["expand output"] = new ModelOf(4, 1, 3).List("s", 4, 4, 3).Node("output = Expand(input, s)"),
        ["expand slice reduce"] = new ModelOf(4, 1, 3).List("s", 1, 5, 3).Node("e = Expand(input, s)").Node("output = ReduceL1(e)", Axes(1)),
        ["expand L2"] = new ModelOf(4, 1, 3).List("s", 1, 5, 3).Node("e = Expand(input, s)").Node("output = ReduceL2(e)", Axes(1, 2)),
        ["tile"] = new ModelOf(4, 1, 3).List("s", 1, 4, 1).Node("e = Tile(input, s)").Node("output = Tanh(e)"),
        ["tile rows"] = new ModelOf(4, 1, 3).List("s", 2, 1, 1).Node("e = Tile(input, s)").Node("output = Tanh(e)"),
        ["gather rows"] = new ModelOf(4, 3).List("s", 0, 1, 2, 2).Node("output = Gather(input, s)", ("axis", 0)),
        ["gather all rows"] = new ModelOf(4, 3).List("s", 0, 1, 2, 3).Node("output = Gather(input, s)", ("axis", 0)),
        ["gather reversed rows"] = new ModelOf(4, 3).List("s", 3, 2, 1, 0).Node("output = Gather(input, s)", ("axis", 0)),
        ["gather one of a repeated"] = new ModelOf(4, 1, 3).List("s", 4, 4, 3).List("i", 0, 0, 2).Node("e = Expand(input, s)")
            .Node("output = Gather(e, i)", ("axis", 1)),
        ["gather one index thrice"] = new ModelOf(4, 1, 3).List("i", 0, 0, 0).Node("output = Gather(input, i)", ("axis", 1)),
        ["gather last one"] = new ModelOf(4, 3, 1).List("i", 0, 0).Node("output = Gather(input, i)", ("axis", 2)),
        ["slice rows"] = new ModelOf(4, 3).List("a", 0).List("b", 2).Node("s = Slice(input, a, b)").Node("output = Concat(s, s)", ("axis", 0)),
        ["concat rows"] = new ModelOf(4, 3).Node("output = Concat(input, input)", ("axis", 0)),
        ["softmax rows"] = new ModelOf(4, 3).Node("output = Softmax(input)", ("axis", 0)),
        ["prelu per row"] = new ModelOf(4, 4).Floats("c", 4, 1).Node("output = PRelu(input, c)"),
        ["prelu same"] = new ModelOf(4, 2).Floats("c", 1, 2).List("n", 4, 2)
            .Node("d = Expand(c, n)").Node("output = PRelu(input, d)"),
        ["gemm C per row"] = new ModelOf(4, 3).Floats("W", 3, 4).Floats("c", 4, 1).Node("output = Gemm(input, W, c)"),
        ["gemm C matrix"] = new ModelOf(4, 3).Floats("W", 3, 4).Floats("c", 4, 4).Node("output = Gemm(input, W, c)"),
        ["matmul per row"] = new ModelOf(4, 2, 3).Floats("W", 4, 3, 5).Node("output = MatMul(input, W)"),
        ["outer"] = new ModelOf(4, 3).List("s", 4, 3, 1).List("t", 4, 1, 3).Node("a = Reshape(input, s)").Node("b = Reshape(input, t)")
            .Node("output = Mul(a, b)"),
        ["outer with swapped rows"] = new ModelOf(4, 4).List("s", 4, 4, 1).List("t", 4, 1, 4).Node("p = Transpose(input)")
            .Node("a = Reshape(input, s)")
            .Node("b = Reshape(p, t)").Node("output = Mul(a, b)"),
        ["pairs of rows"] = new ModelOf(4, 3).List("s", 4, 1, 3).List("t", 1, 4, 3).Node("a = Reshape(input, s)").Node("b = Reshape(input, t)")
            .Node("output = Sub(a, b)"),
        ["attention of heads"] = Heads(false),
        ["attention of heads, rows and heads exchanged"] = Heads(true),
        ["layer norm rows"] = new ModelOf(4, 3).Floats("g", 4, 3).Node("output = LayerNormalization(input, g)", ("axis", 0)),
        ["batch norm"] = new ModelOf(4, 4).Floats("g", 4).Floats("b", 4).Floats("m", 4).Ones("v", 4)
            .Node("output = BatchNormalization(input, g, b, m, v)"),
        ["compare rows"] = new ModelOf(4, 4).Floats("c", 4, 1).Number("z", 0).Node("g = Greater(input, c)").Node("output = Where(g, input, z)"),
        ["compare with mean"] = new ModelOf(4, 4).Node("c = ReduceMean(input)", Axes(1)).Number("z", 0).Node("g = Greater(input, c)")
            .Node("output = Where(g, input, c)"),
        ["mean of several"] = new ModelOf(4, 4).Floats("c", 1, 4).Node("output = Mean(input, c, input)"),
        ["mean of per row"] = new ModelOf(4, 4).Floats("c", 4, 1).Node("output = Mean(input, c, input)"),
        ["max of several"] = new ModelOf(4, 1, 4).List("s", 4, 3, 4).Floats("c", 3, 1).Node("e = Expand(input, s)").Node("output = Max(e, c, input)"),
        ["qdq reduce"] = Q(new ModelOf(4, 2, 3)).List("a", 1).Node("m = ReduceMax(d, a)", ("keepdims", 0)).Node("output = Tanh(m)"),
        ["qdq gate"] = Q(new ModelOf(4, 2, 3)).Node("s = Sigmoid(d)").Node("output = Mul(d, s)"),
        ["qdq expand"] = Q(new ModelOf(4, 1, 3)).List("s", 4, 3, 3).Node("e = Expand(d, s)").Node("output = Mul(e, e)"),
    };

    // Those that do not mix rows.
    private static readonly HashSet<string> right =
    [
        "const spreads one feature", "where feature", "sum apart", "expand to rows", "expand output", "expand slice reduce", "expand L2", "tile",
        "gather all rows", "gather one of a repeated", "gather one index thrice", "gather last one", "outer", "attention of heads", "batch norm",
        "mean of several", "max of several", "qdq reduce", "qdq gate", "qdq expand",
    ];

    public static TheoryData<string> Names => [.. graphs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_fixed_batch_is_read_right_or_refused(string name)
    {
        ModelOf model = graphs[name];
        int[] sizes = [.. model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(axis => (int)axis.DimValue)];
        var stream = new RandomStream(3);
        float[] x = [.. Enumerable.Range(0, sizes.Aggregate((product, size) => product * size)).Select(i => stream.Normal(0, i))];
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        float[] expected = runtime.RunAsItIs(x, sizes);
        foreach (OnnxRows rows in Enum.GetValues<OnnxRows>())
        {
            try
            {
                Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile, rows: rows);
                float[] y = Same.Predict(network, x, x.Length / network.Input.Size);

                // Of numbers of 16 bits, the runtime rounds.
                if (name.StartsWith("qdq", StringComparison.Ordinal))
                    y.Zip(expected, (a, b) => MathF.Abs(a - b)).Max().Should().BeLessThan(1e-3f);
                else
                    Imported.Close(y, expected);
                if (rows == OnnxRows.First)
                    right.Should().Contain(name);
            }
            catch (InvalidDataException) when (rows != OnnxRows.First || !right.Contains(name))
            {
                // Refused, as it may be.
            }
        }
    }

    private static ModelOf Q(ModelOf m)
    {
        m.Number("s8", 1e-4f).Graph.Initializer.Add(new TensorProto { Name = "z8", DataType = 4, Int32Data = { 30000 } });
        m.Proto.OpsetImport[0].Version = 21;
        return m.Node("q = QuantizeLinear(input, s8, z8)").Node("d = DequantizeLinear(q, s8, z8)");
    }

    private static ModelOf Heads(bool swaps)
    {
        ModelOf m = new ModelOf(2, 3, 4).Floats("W", 4, 4).Floats("V", 4, 4).Floats("U", 4, 4).List("s", 2, 3, 2, 2).List("t", 2, 3, 4)
            .Node("a = MatMul(input, W)").Node("b = MatMul(input, V)").Node("c = MatMul(input, U)")
            .Node("q = Reshape(a, s)").Node("k = Reshape(b, s)").Node("v = Reshape(c, s)")
            .Node("q1 = Transpose(q)", Perm(0, 2, 1, 3));
        m.Floats("P", 4, 5);
        return m.Node("k1 = Transpose(k)", swaps ? Perm(2, 0, 3, 1) : Perm(0, 2, 3, 1)).Node("v1 = Transpose(v)", Perm(0, 2, 1, 3))
            .Node("m = MatMul(q1, k1)").Node("w = Softmax(m)", ("axis", 3)).Node("o = MatMul(w, v1)").Node("p = Transpose(o)", Perm(0, 2, 1, 3))
            .Node("r = Reshape(p, t)").Node("output = MatMul(r, P)");
    }
}
