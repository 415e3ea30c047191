namespace NeuralNet.Onnx.Import;

/// <content>1 − σ(z): the probability of the other of two classes. It is σ(−z), and both side by side are a softmax: in these forms a network is
/// trained on its logits, and 1 − σ(z), which is 0 in floats from z = 17 on, keeps its digits.</content>
internal sealed partial class Lowering
{
    // [1 − σ(z), σ(z)] = softmax([0, z]), or the other way round.
    private static Lowered? TwoClasses(MergeExpr merge)
    {
        if (merge is not { Merge: Merge.Concat, Inputs: [ElementExpr first, ElementExpr second] } || first.Shape != second.Shape
            || first.Shape.FeatureCount != 1 || merge.Shape != first.Shape.WithFeatures(2))
            return null;
        foreach (Expr z in ElementRegion.Bases(second))
        {
            bool isFirst = IsOther(first, z), isSecond = IsOther(second, z);
            ElementExpr one = isFirst ? second : first;
            if (z.Shape == one.Shape && isFirst != isSecond && ActivationFinder.Of(one, z) is Sigmoid)
                return Lowered.Of(
                    z,
                    new Part(new Dense(z.Shape, 2, null, Initializer.Zeros, bias: false), [("weight", isFirst ? [0, 1] : [1, 0])]),
                    new Part(new ActivationLayer(merge.Shape, Activation.Softmax)));
        }

        return null;
    }

    private Lowered? OtherClass(ElementExpr element)
    {
        foreach (Expr z in ElementRegion.Bases(element))
        {
            if (z.Shape != element.Shape || !IsOther(element, z))
                continue;
            var minus = new ElementExpr("Neg", z, null, z.Shape, element.Origin!);
            float[] factors = [.. Enumerable.Repeat(-1f, z.Shape.Size)];

            // A linear layer before takes the sign in, unless σ(z) is there too.
            Lowered lowered = element.Left.Uses <= 1 ? Affine(minus) : Factor(z, factors);
            return lowered with { Parts = [.. lowered.Parts, new Part(new ActivationLayer(element.Shape, Activation.Sigmoid))] };
        }

        return null;
    }

    private static bool IsOther(ElementExpr element, Expr z) => ElementRegion.Evaluate(element, z, ElementRegion.Points) is { } values
        && ActivationFinder.Is(values, x => Elements.Evaluate("Sigmoid", -x, 0, 0, 0));
}
