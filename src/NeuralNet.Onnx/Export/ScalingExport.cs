namespace NeuralNet.Onnx.Export;

/// <summary>Scalings by numbers of each feature.</summary>
internal static class ScalingExport
{
    public static string Convert(LayerWriter w, Standardize layer, string x)
    {
        string mean = Numbers(w, layer, "mean"), deviation = Numbers(w, layer, "deviation");
        return layer.IsInverse ? w.Node("Add", w.Node("Mul", x, deviation), mean) : w.Node("Div", w.Node("Sub", x, mean), deviation);
    }

    // Of a = |x| and m, which is λ on the one side of 0 and 2 − λ on the other.
    public static string Convert(LayerWriter w, PowerTransform layer, string x)
    {
        string lambda = Numbers(w, layer, "lambda"), zero = w.Scalar("zero", 0), one = w.Scalar("one", 1), two = w.Scalar("two", 2);
        string isNegative = w.Node("Less", x, zero), a = w.Node("Abs", x);
        string m = w.Node("Where", isNegative, w.Node("Sub", two, lambda), lambda);
        string isLog = w.Node("Equal", m, zero), divisor = w.Node("Where", isLog, one, m);
        string made;
        if (layer.IsInverse)
        {
            string t = w.Node("Max", w.Node("Mul", m, a), w.Scalar("minus_one", -1));
            string log = w.Node("Div", Log1p(w, t, one, two), divisor);
            made = Expm1(w, w.Node("Where", isLog, a, log), one);
        }
        else
        {
            string log = Log1p(w, a, one, two);
            made = w.Node("Where", isLog, log, w.Node("Div", Expm1(w, w.Node("Mul", m, log), one), divisor));
        }

        made = w.Node("Where", isNegative, w.Node("Neg", made), made);
        return w.Node("Where", w.Node("Equal", m, one), x, made);
    }

    // log(1 + t) = 2 artanh(t / (2 + t)), which is exact near 0 too; the logarithm itself further away.
    private static string Log1p(LayerWriter w, string t, string one, string two)
    {
        string small = w.Node("Mul", w.Node("Atanh", w.Node("Div", w.Node("Min", t, one), w.Node("Add", w.Node("Min", t, one), two))), two);
        return w.Node("Where", w.Node("Less", w.Node("Abs", t), w.Scalar("half", 0.5f)), small, w.Node("Log", w.Node("Add", t, one)));
    }

    // e^t − 1 = 2 h / (1 − h) with h = tanh(t / 2), which is exact near 0 too; the power itself further away.
    private static string Expm1(LayerWriter w, string t, string one)
    {
        string half = w.Scalar("half", 0.5f), h = w.Node("Tanh", w.Node("Mul", w.Node("Min", t, one), half));
        string small = w.Node("Div", w.Node("Add", h, h), w.Node("Sub", one, h));
        return w.Node("Where", w.Node("Less", w.Node("Abs", t), half), small, w.Node("Sub", w.Node("Exp", t), one));
    }

    // Numbers are broadcast from the last axis on; an image has its pixels there.
    private static string Numbers(LayerWriter w, Layer layer, string block)
    {
        long features = layer.Input.FeatureCount;
        return layer.Input.Kind == ShapeKind.Image ? w.Parameter(block, features, 1, 1) : w.Parameter(block, features);
    }
}
