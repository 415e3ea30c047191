namespace NeuralNet.Onnx.Export;

/// <summary>Activations along the features axis.</summary>
internal static class VectorExport
{
    // With a temperature the largest is subtracted before the division, which might overflow.
    public static string Convert(LayerWriter w, Softmax softmax, string z, Shape argument)
    {
        int axis = Dimensions.FeatureAxis(argument);
        if (softmax.Temperature != 1)
        {
            string below = w.Node("Sub", z, w.Node("ReduceMax", [z], Attribute.Ints("axes", axis)));
            z = w.Node("Div", below, w.Scalar("temperature", softmax.Temperature));
        }

        return w.Node("Softmax", [z], Attribute.Int("axis", axis));
    }

    // Groups of neighbours: an axis of their own after that of the outputs, of which the largest stays.
    public static string Convert(LayerWriter w, Max max, string z, Shape value)
    {
        int axis = Dimensions.FeatureAxis(value);
        long[] rest = Dimensions.Of(value);
        string groups = w.Reshape(z, [0, .. rest[..axis], max.GroupSize, .. rest[axis..]]);
        return w.Node("ReduceMax", [groups], Attribute.Ints("axes", axis + 1), Attribute.Int("keepdims", 0));
    }

    public static string Convert(LayerWriter w, Product product, string z, Shape value)
    {
        int outputs = value.FeatureCount, axis = Dimensions.FeatureAxis(value);
        long[] first = new long[outputs], second = new long[outputs];
        for (int i = 0; i < outputs; i++)
            (first[i], second[i]) = product.Inputs is null ? (2 * i, (2 * i) + 1) : product.Pairs[i];
        return w.Node("Mul", Pick("first", first), Pick("second", second));

        string Pick(string name, long[] indices) => w.Node("Gather", [z, w.Integers(name, indices)], Attribute.Int("axis", axis));
    }

    // y = a ⊙ f(b)
    public static string Convert(LayerWriter w, Glu glu, string z, Shape argument)
    {
        string[] halves = w.Split(z, Dimensions.FeatureAxis(argument), 2);
        return w.Node("Mul", halves[0], ActivationExport.Convert(w, glu.Gate, halves[1]));
    }

    // y = u / max(‖u‖, ε / s) with u = z / s and s = max |zᵢ|, so that no square overflows or vanishes; of a zero vector s is
    // the smallest normal float.
    public static string Convert(LayerWriter w, L2Normalize normalize, string z, Shape argument)
    {
        int axis = Dimensions.FeatureAxis(argument);
        string s = w.Node("Max", NormExport.LargestMagnitude(w, z, axis), w.Scalar("smallest", 1.17549435e-38f));
        string u = w.Node("Div", z, s);
        string length = w.Node("ReduceL2", [u], Attribute.Ints("axes", axis));
        return w.Node("Div", u, w.Node("Max", length, w.Node("Div", w.Scalar("epsilon", normalize.Epsilon), s)));
    }
}
