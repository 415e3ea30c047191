using NeuralNet.Onnx.Schema;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Quantized models: weights to the bit as the runtime reads them, activations as the floats that they stand for.</summary>
public class QuantizedTests
{
    private static TensorProto Whole(string name, DataType type, int[] values, params long[] sizes) =>
        new() { Name = name, DataType = (int)type, Dims = { sizes }, Int32Data = { values } };

    private static ModelOf With(ModelOf model, params TensorProto[] tensors)
    {
        model.Graph.Initializer.Add(tensors);
        return model;
    }

    private static readonly Dictionary<string, (int Opset, TensorProto Weight, float[] Scale, TensorProto? Zero)> weights = new()
    {
        ["one scale"] = (13, Whole("W", DataType.Int8, [-128, 127, 3, -4, 0, 1], 3, 2), [0.02f], null),
        ["a zero point"] = (13, Whole("W", DataType.Uint8, [255, 0, 128, 3, 4, 5], 3, 2), [0.02f], Whole("z", DataType.Uint8, [128])),
        ["of columns"] = (13, Whole("W", DataType.Int8, [-128, 127, 3, -4, 0, 1], 3, 2), [0.02f, 0.5f], Whole("z", DataType.Int8, [1, -3], 2)),
        ["of rows"] = (13, Whole("W", DataType.Int8, [-128, 127, 3, -4, 0, 1], 3, 2), [0.02f, 0.5f, 3], Whole("z", DataType.Int8, [1, -3, 0], 3)),
        ["four bits"] = (21, Whole("W", DataType.Int4, [0x78, 0xF1, 0x3C], 3, 2), [0.3f], null),
        ["four bits from 0 on"] = (21, Whole("W", DataType.Uint4, [0x78, 0xF1, 0x3C], 3, 2), [0.3f], Whole("z", DataType.Uint4, [8])),
        ["sixteen bits"] = (21, Whole("W", DataType.Int16, [-32768, 32767, 3, -4, 0, 1], 3, 2), [0.001f], null),
        ["thirty-two bits"] = (13, Whole("W", DataType.Int32, [-32768, 32767, 3, -4, 0, 1], 3, 2), [0.001f], null),
    };

    public static TheoryData<string> Weights => [.. weights.Keys];

    [Theory]
    [MemberData(nameof(Weights))]
    public void Weights_are_what_the_runtime_makes_of_them(string name)
    {
        (int opset, TensorProto weight, float[] scale, TensorProto? zero) = weights[name];
        (string, object)[] attributes = scale.Length == 3 ? [("axis", 0)] : [];
        ModelOf model = With(new ModelOf(opset, [0, 3]), weight);
        if (scale.Length == 1)
            model.Number("s", scale[0]);
        else
            model.Scales("s", scale);
        if (zero is not null)
            model.Graph.Initializer.Add(zero);
        model.Node($"w = DequantizeLinear(W, s{(zero is null ? "" : ", z")})", attributes).Node("output = MatMul(input, w)");
        Network network = model.Import();
        network.Layers.Should().ContainSingle(name).Which.Should().BeOfType<Dense>();
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        for (int i = 0; i < 3; i++)
        {
            float[] x = [i == 0 ? 1 : 0, i == 1 ? 1 : 0, i == 2 ? 1 : 0];
            network.Predict(x).Should().Equal(runtime.RunAsItIs(x, [1, 3]), "row {0} of the matrix, to the bit", i);
        }
    }

    [Fact]
    public void Blocks_have_scales_of_their_own()
    {
        ModelOf model = With(new ModelOf(21, [0, 4]), Whole("W", DataType.Int8, [1, 2, 3, 4, 5, 6, 7, 8], 4, 2));
        model.Graph.Initializer.Add(ModelOf.Tensor("s", [1, 10, 100, 1000], 2, 2));
        model.Node("w = DequantizeLinear(W, s)", ("axis", 0), ("block_size", 2)).Node("output = MatMul(input, w)");
        model.Import().Parameters.ToArray().Should().Equal(1, 20, 3, 40, 500, 6000, 700, 8000);
    }

    [Fact]
    public void Constants_are_quantized_as_the_runtime_does()
    {
        float[] values = [0.5f, -0.5f, 1.5f, 2.5f, 1000, -1000, 0.24f, -0.26f];
        ModelOf model = With(new ModelOf(0, 2).Number("s", 1), Whole("z", DataType.Int8, [3]), ModelOf.Tensor("f", values, 2, 4))
            .Node("q = QuantizeLinear(f, s, z)").Node("w = DequantizeLinear(q, s, z)").Node("output = MatMul(input, w)");
        Network network = model.Import();
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        network.Predict([1, 0]).Should().Equal(runtime.RunAsItIs([1, 0], [1, 2]));
        network.Predict([0, 1]).Should().Equal(runtime.RunAsItIs([0, 1], [1, 2]));
    }

    // Conv and Gemm as ONNX Runtime's quantization writes them, its activations in 16 bits: the runtime rounds them, the network does not.
    internal static ModelOf Quantized(bool leavesRelu)
    {
        var model = new ModelOf(21, [0, 2, 5, 5]);
        model.Graph.Initializer.Add(Whole("W", DataType.Int8, [.. Enumerable.Range(0, 54).Select(i => (i * 37 % 255) - 127)], 3, 2, 3, 3));
        model.Graph.Initializer.Add(Whole("B", DataType.Int32, [100, -200, 300], 3));
        model.Graph.Initializer.Add(Whole("V", DataType.Int8, [.. Enumerable.Range(0, 54).Select(i => (i * 53 % 255) - 127)], 27, 2));
        model.Graph.Initializer.Add([Whole("zi", DataType.Uint16, [32768]), Whole("z0", DataType.Uint16, [0]), Whole("zw", DataType.Int8, [0])]);
        model.Number("si", 10 / 65536f).Number("sw", 0.004f).Number("sb", 0.0001f).Number("sr", 16 / 65535f).Number("sv", 0.003f)
            .Node("xq = QuantizeLinear(input, si, zi)").Node("x = DequantizeLinear(xq, si, zi)").Node("w = DequantizeLinear(W, sw, zw)")
            .Node("b = DequantizeLinear(B, sb)").Node("h = Conv(x, w, b)");
        if (!leavesRelu)
            model.Node("r0 = Relu(h)");
        model.Node($"rq = QuantizeLinear({(leavesRelu ? "h" : "r0")}, sr, z0)").Node("r = DequantizeLinear(rq, sr, z0)")
            .Node("f = Flatten(r)").Node("v = DequantizeLinear(V, sv, zw)").Node("output = MatMul(f, v)");
        return model;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Activations_are_the_floats_that_they_stand_for(bool leavesRelu)
    {
        ModelOf model = Quantized(leavesRelu);
        Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile);
        network.Layers.OfType<Conv>().Should().ContainSingle().Which.Activation.Should().BeOfType<Relu>();
        network.Layers.OfType<ActivationLayer>().Should().BeEmpty();
        var stream = new RandomStream(2);
        float[] x = [.. Enumerable.Range(0, 50).Select(i => stream.Normal(0, i))];
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        float[] expected = runtime.RunAsItIs(x, [1, 2, 5, 5]), y = network.Predict(x);
        float largest = expected.Max(MathF.Abs);

        // Half a step of each of 27 activations, 8 / 65535, times weights of at most 0.38.
        for (int i = 0; i < y.Length; i++)
            y[i].Should().BeApproximately(expected[i], 1.3e-3f);
        largest.Should().BeGreaterThan(0.5f);
    }

    [Fact]
    public void A_range_from_0_to_6_is_Relu6()
    {
        ModelOf model = With(new ModelOf(0, 3).Floats("W", 3, 3).Number("s", 6 / 255f), Whole("z", DataType.Uint8, [0]))
            .Node("h = MatMul(input, W)").Node("q = QuantizeLinear(h, s, z)").Node("output = DequantizeLinear(q, s, z)");
        model.Import().Layers.Should().ContainSingle().Which.Should().BeOfType<Dense>().Which.Activation.Should().BeOfType<Relu6>();
    }

    [Fact]
    public void Pixels_of_eight_bits_go_in_as_numbers()
    {
        ModelOf model = With(new ModelOf(0, 3).Floats("W", 3, 2).Number("s", 1 / 255f), Whole("z", DataType.Uint8, [10]))
            .Node("x = DequantizeLinear(input, s, z)").Node("output = MatMul(x, W)");
        model.Graph.Input[0].Type.TensorType.ElemType = (int)DataType.Uint8;
        Network network = model.Import();
        float[] w = model.Graph.Initializer[0].RawData.ToByteArray().Chunk(4).Select(bytes => BitConverter.ToSingle(bytes)).ToArray();
        network.Predict([255, 10, 0])[0].Should().BeApproximately(((245 * w[0]) - (10 * w[4])) / 255, 1e-6f);
    }

    [Fact]
    public void Arithmetic_on_whole_numbers_is_refused_with_the_remedy()
    {
        Refused(With(new ModelOf(0, 3), Whole("W", DataType.Uint8, [1, 2, 3], 3, 1)).Node("q, s, z = DynamicQuantizeLinear(input)")
            .Node("output = MatMulInteger(q, W, z)"), "*(DynamicQuantizeLinear): *export the float model*QuantFormat.QDQ*");
        Refused(With(new ModelOf(0, 3).Number("s", 0.1f), Whole("z", DataType.Uint8, [3])).Node("q = QuantizeLinear(input, s, z)")
            .Node("m = Abs(q)").Node("output = DequantizeLinear(m, s, z)"), "*(Abs): arithmetic on quantized numbers*");
        Refused(With(new ModelOf(0, 3).Number("s", 0.1f).Number("t", 0.2f), Whole("z", DataType.Uint8, [3])).Node("q = QuantizeLinear(input, s, z)")
            .Node("output = DequantizeLinear(q, t, z)"), "*not those of the QuantizeLinear before it*");
        Refused(With(new ModelOf(0, 3).Number("s", 0.1f), Whole("z", DataType.Uint8, [3])).Node("output = QuantizeLinear(input, s, z)"),
            "*made of whole numbers by QuantizeLinear*");
        Refused(With(new ModelOf(0, 3).Number("s", 0), Whole("z", DataType.Uint8, [3])).Node("q = QuantizeLinear(input, s, z)")
            .Node("output = DequantizeLinear(q, s, z)"), "*scale must be a number above 0*");
        Refused(With(new ModelOf(0, 3).Scales("s", 0.1f, 1), Whole("W", DataType.Int8, [1, 2, 3], 3, 1)).Node("w = DequantizeLinear(W, s)")
            .Node("output = MatMul(input, w)"), "*a scale of [[]2] and a zero point*do not fit [[]3, 1] along axis 1*");
        Refused(With(new ModelOf(0, 3).Number("s", 1), Whole("W", DataType.Int4, [1], 3, 1)).Node("w = DequantizeLinear(W, s)")
            .Node("output = MatMul(input, w)"), "Initializer \"W\": *");
    }

    private static void Refused(ModelOf model, string message) =>
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message.Replace("[[]", "[", StringComparison.Ordinal));
}
