namespace NeuralNet.Onnx.Export;

/// <summary>
/// Every activation of the library: by the operator that there is, or else by some that make the same, and lose nothing where
/// the textbook's form would overflow.
/// </summary>
internal static class ActivationExport
{
    /// <summary>Adds the nodes of an activation.</summary>
    /// <param name="w">The writer of the layer that it belongs to.</param>
    /// <param name="activation">The activation.</param>
    /// <param name="z">The name of its argument.</param>
    /// <param name="argument">The shape of a row of z.</param>
    /// <param name="value">The shape of a row of y.</param>
    /// <returns>The name of y.</returns>
    /// <exception cref="NotSupportedException">The activation is a person's own.</exception>
    public static string Convert(LayerWriter w, Activation activation, string z, Shape argument, Shape value) => activation switch
    {
        ScalarActivation scalar => Convert(w, scalar, z),
        Softmax softmax => VectorExport.Convert(w, softmax, z, argument),
        LogSoftmax => w.Node("LogSoftmax", [z], Attribute.Int("axis", Dimensions.FeatureAxis(argument))),
        Max max => VectorExport.Convert(w, max, z, value),
        Product product => VectorExport.Convert(w, product, z, value),
        Glu glu => VectorExport.Convert(w, glu, z, argument),
        L2Normalize normalize => VectorExport.Convert(w, normalize, z, argument),
        _ => throw NotExported(w, activation),
    };

    /// <summary>The same for a scalar activation, whatever the shape.</summary>
    public static string Convert(LayerWriter w, ScalarActivation activation, string z) =>
        ActivationOperators.Write(w, activation, z) ?? ConvertByParts(w, activation, z);

    private static string ConvertByParts(LayerWriter w, ScalarActivation activation, string z) => activation switch
    {
        Identity => z,
        RandomizedLeakyRelu random => w.Node("LeakyRelu", [z], Attribute.Float("alpha", (random.Lower / 2) + (random.Upper / 2))),
        Relu6 => w.Node("Clip", z, w.Scalar("min", 0), w.Scalar("max", 6)),
        HardTanh hard => w.Node("Clip", z, w.Scalar("min", hard.Minimum), w.Scalar("max", hard.Maximum)),
        Elu elu => AboveOrExpm1(w, z, z, elu.Alpha),
        Celu celu => AboveOrExpm1(w, z, w.Node("Mul", z, w.Scalar("one_over_alpha", 1 / celu.Alpha)), celu.Alpha),
        Gelu => HalfTimesOnePlus(w, z, w.Node("Erf", w.Node("Mul", z, w.Scalar("one_over_root_2", 0.70710678118654752f)))),
        GeluTanh => HalfTimesOnePlus(w, z, w.Node("Tanh", GeluTanhArgument(w, z))),
        Silu => w.Node("Mul", z, w.Node("Sigmoid", z)),
        Mish => w.Node("Mul", z, w.Node("Tanh", w.Node("Softplus", z))),
        LogSigmoid => w.Node("Neg", w.Node("Softplus", w.Node("Neg", z))),
        Sine sine => w.Node("Sin", w.Node("Mul", z, w.Scalar("frequency", sine.Frequency))),
        _ => throw NotExported(w, activation),
    };

    // y = z for z > 0, otherwise α (eˣ − 1), where eˣ − 1 = 2t / (1 − t) with t = tanh(x/2): exact near 0 too.
    private static string AboveOrExpm1(LayerWriter w, string z, string x, float alpha)
    {
        string zero = w.Scalar("zero", 0);
        string t = w.Node("Tanh", w.Node("Mul", w.Node("Min", x, zero), w.Scalar("half", 0.5f)));
        string expm1 = w.Node("Div", w.Node("Add", t, t), w.Node("Sub", w.Scalar("one", 1), t));
        return w.Node("Add", w.Node("Max", z, zero), w.Node("Mul", expm1, w.Scalar("alpha", alpha)));
    }

    // y = z · ½ (1 + v)
    private static string HalfTimesOnePlus(LayerWriter w, string z, string v) =>
        w.Node("Mul", z, w.Node("Mul", w.Node("Add", v, w.Scalar("one", 1)), w.Scalar("half", 0.5f)));

    // √(2/π) (z + 0.044715 z³) = z (√(2/π) + √(2/π) 0.044715 z²)
    private static string GeluTanhArgument(LayerWriter w, string z)
    {
        string cubic = w.Node("Mul", w.Node("Mul", z, z), w.Scalar("cubic", 0.035677408136300125f));
        return w.Node("Mul", z, w.Node("Add", cubic, w.Scalar("linear", 0.7978845608028654f)));
    }

    private static NotSupportedException NotExported(LayerWriter w, Activation activation) => w.NotExported($": its activation {activation.Kind}");
}
