namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Convolutions as Keras and TensorFlow write them: the channels last, with a Transpose before and behind each operator.</summary>
public class KerasTests
{
    private static readonly long[] first = [0, 3, 1, 2], last = [0, 2, 3, 1], swapped = [0, 2, 1];

    private static readonly Dictionary<string, ModelOf> models = new()
    {
        ["two convolutions"] = new ModelOf(0, 4, 5, 3).Floats("K", 4, 3, 3, 3).Floats("b", 4).Floats("L", 2, 4, 1, 1)
            .Node("a = Transpose(input)", ("perm", first)).Node("c = Conv(a, K, b)", ("auto_pad", "SAME_UPPER"))
            .Node("d = Transpose(c)", ("perm", last)).Node("e = Relu(d)").Node("f = Transpose(e)", ("perm", first)).Node("g = Conv(f, L)")
            .Node("output = Transpose(g)", ("perm", last)),
        ["a Pad of its own before a stride"] = new ModelOf(0, 6, 6, 3).Floats("K", 4, 3, 3, 3).List("p", 0, 0, 0, 0, 0, 1, 1, 0)
            .Node("z = Pad(input, p)").Node("a = Transpose(z)", ("perm", first)).Node("c = Conv(a, K)", ("strides", new long[] { 2, 2 }))
            .Node("output = Transpose(c)", ("perm", last)),
        ["depthwise and pointwise, with a bias behind"] = new ModelOf(0, 4, 5, 3).Floats("K", 3, 1, 3, 3).Floats("L", 4, 3, 1, 1).Floats("b", 4)
            .Node("a = Transpose(input)", ("perm", first)).Node("c = Conv(a, K)", ("group", 3), ("auto_pad", "SAME_UPPER"))
            .Node("d = Conv(c, L)").Node("e = Transpose(d)", ("perm", last)).Node("output = Add(e, b)"),
        ["a signal as an image of one line"] = new ModelOf(0, 6, 3).Floats("K", 4, 3, 1, 3).List("u", 1)
            .Node("a = Unsqueeze(input, u)").Node("b = Transpose(a)", ("perm", first)).Node("c = Conv(b, K)").Node("d = Transpose(c)", ("perm", last))
            .Node("e = Squeeze(d, u)").Node("output = Relu(e)"),
        ["a signal with Unsqueeze behind the Transpose"] = new ModelOf(0, 6, 3).Floats("K", 4, 3, 1, 3).List("u", 2)
            .Node("a = Transpose(input)", ("perm", swapped)).Node("b = Unsqueeze(a, u)").Node("c = Conv(b, K)").Node("d = Squeeze(c, u)")
            .Node("output = Transpose(d)", ("perm", swapped)),
        ["a transposed convolution"] = new ModelOf(0, 3, 4, 2).Floats("K", 2, 3, 2, 2).Node("a = Transpose(input)", ("perm", first))
            .Node("c = ConvTranspose(a, K)", ("strides", new long[] { 2, 2 })).Node("output = Transpose(c)", ("perm", last)),
        ["nearest neighbours, asymmetric"] = Resized("nearest", ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")),
        ["nearest neighbours, by halves"] = Resized("nearest", ("coordinate_transformation_mode", "half_pixel")),
        ["straight lines"] = Resized("linear", ("coordinate_transformation_mode", "half_pixel")),
        ["a mirrored border"] = new ModelOf(0, 4, 4, 2).List("p", 0, 1, 1, 0, 0, 1, 1, 0).Floats("K", 3, 2, 3, 3)
            .Node("z = Pad(input, p)", ("mode", "reflect"))
            .Node("a = Transpose(z)", ("perm", first)).Node("c = Conv(a, K)").Node("output = Transpose(c)", ("perm", last)),
        ["a repeated border"] = new ModelOf(0, 4, 4, 2).List("p", 0, 1, 1, 0, 0, 1, 1, 0).Floats("K", 3, 2, 3, 3)
            .Node("z = Pad(input, p)", ("mode", "edge"))
            .Node("a = Transpose(z)", ("perm", first)).Node("c = Conv(a, K)").Node("output = Transpose(c)", ("perm", last)),
        ["the mean of all pixels"] = new ModelOf(0, 4, 5, 3).Floats("K", 4, 3, 3, 3).Floats("W", 4, 2).Node("a = Transpose(input)", ("perm", first))
            .Node("c = Conv(a, K)").Node("d = Transpose(c)", ("perm", last))
            .Node("m = ReduceMean(d)", ("axes", new long[] { 1, 2 }), ("keepdims", 0)).Node("output = MatMul(m, W)"),
        ["squeeze and excitation"] = new ModelOf(0, 4, 5, 3).Floats("K", 4, 3, 3, 3).Floats("W", 2, 4, 1, 1).Floats("V", 4, 2, 1, 1)
            .Node("a = Transpose(input)", ("perm", first)).Node("c = Conv(a, K)").Node("d = Transpose(c)", ("perm", last))
            .Node("m = ReduceMean(d)", ("axes", new long[] { 1, 2 }), ("keepdims", 1)).Node("n = Transpose(m)", ("perm", first))
            .Node("o = Conv(n, W)")
            .Node("p = Relu(o)").Node("q = Conv(p, V)").Node("r = Transpose(q)", ("perm", last)).Node("s = Sigmoid(r)").Node("output = Mul(d, s)"),
    };

    public static TheoryData<string> Names => [.. models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_with_the_channels_last_predicts_what_the_runtime_makes_of_it(string name) => Imported.PredictsAsRunInFile(models[name]);

    private static ModelOf Resized(string mode, params (string, object)[] attributes)
    {
        ModelOf model = new ModelOf(0, 3, 4, 2).Scales("s", 1, 1, 2, 2).Node("a = Transpose(input)", ("perm", first));
        return model.Node("c = Resize(a, , s)", [("mode", mode), .. attributes]).Node("output = Transpose(c)", ("perm", last));
    }
}
