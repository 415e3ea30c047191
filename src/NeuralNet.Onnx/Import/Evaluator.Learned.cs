namespace NeuralNet.Onnx.Import;

/// <content>Operators of the domain ai.onnx.ml, as scikit-learn's converter writes them, where they are layers.</content>
internal sealed partial class Evaluator
{
    private void ReadLearned(Node node)
    {
        switch (node.Operator)
        {
            case "Scaler": ReadScaler(node); break;
            case "Normalizer": ReadNormalizer(node); break;
            case "LinearRegressor": ReadLinear(node, "targets", 0); break;
            case "LinearClassifier": ReadLinear(node, null, 1); break;
            case "ArrayFeatureExtractor": ReadColumns(node); break;

            // A map of class names to probabilities for each row: here the names stand beside the network (ClassNames).
            case "ZipMap":
                node.Ignore("classlabels_strings");
                node.Ignore("classlabels_int64s");
                node.Set(node.Signal(0, "its input"));
                break;
            case "Cast": ReadCast(node); break;
            default:
                throw new Refusal("of the domain ai.onnx.ml Scaler, Normalizer, LinearRegressor, LinearClassifier, ArrayFeatureExtractor and ZipMap "
                    + "are imported");
        }
    }

    // (x − offset) scale
    private void ReadScaler(Node node)
    {
        Value x = node.Signal(0, "its input");
        long features = DimensionsOf(x)[^1];
        float[] offset = node.Floats("offset") ?? [], scale = node.Floats("scale") ?? [];
        if (offset.Length != scale.Length || (offset.Length != 1 && offset.Length != features))
            throw node.Bad(FormattableString.Invariant(
                $"offset has {offset.Length} numbers and scale {scale.Length}; one was expected, or one for each of {features} features"));
        x = Binary(node, "Sub", x, new Tensor([offset.Length], offset));
        node.Set(Binary(node, "Mul", x, new Tensor([scale.Length], scale)));
    }

    private void ReadNormalizer(Node node)
    {
        Signal x = node.Signal(0, "its input");
        string norm = node.Text("norm", "MAX");
        if (norm == "L2")
        {
            (long size, long stride) = AxisOf(x, x.View.Rank - 1);
            node.Set(Along(node, x, size, stride, new L2Normalize(SmallestNormal)));
            return;
        }

        // Probabilities are divided by their sum, which is 1.
        if (norm == "L1" && (Probabilities(x) ?? OfTwo(x)) is { } probabilities)
        {
            node.Set(probabilities);
            return;
        }

        throw new Refusal($"the norm {Printable.Text(norm)} is imported as L2, and as L1 of probabilities that add up to 1 as they are");
    }

    private static Signal? Probabilities(Signal x) => x.Expr is LayerExpr { Layer: ActivationLayer { Activation: Softmax } }
        && PieceOrAxis(x, x.View.Rank - 1) is var axis && axis == new Atom(x.Expr.Shape.FeatureCount, axis.Size == 1 ? axis.Stride : 1) ? x : null;

    // [σ(−z), σ(z)] is softmax([−z / 2, z / 2]): a network with it is trained on its logits.
    private static Signal? OfTwo(Signal x)
    {
        if (x.Expr is not ElementExpr { Operation: "Sigmoid", Left: LinearExpr { Shape.FeatureCount: 2, Bias: { } bias } linear }
            || bias[0] != -bias[1])
            return null;
        for (int i = 0; i < linear.Weight.Length; i += 2)
        {
            if (linear.Weight[i] != -linear.Weight[i + 1])
                return null;
        }

        var half = new LinearExpr(
            linear.Input, linear.Shape, Scaled(linear.Weight, 0.5f), Scaled(bias, 0.5f), linear.Origin!);
        return new Signal(new LayerExpr(new ActivationLayer(half.Shape, Activation.Softmax), half, x.Expr.Origin), x.View);
    }

    // Coefficients [targets, features], one after the other.
    private void ReadLinear(Node node, string? count, int output)
    {
        Signal x = node.Signal(0, "its input");
        float[] coefficients = node.Floats("coefficients") ?? [], intercepts = node.Floats("intercepts") ?? [];
        long features = DimensionsOf(x)[^1], targets = count is null ? intercepts.Length : node.Int(count, 1);
        int classes = Math.Max(node.Texts("classlabels_strings")?.Length ?? 0, node.Ints("classlabels_ints")?.Length ?? 0);
        node.Ignore("multi_class");
        if (x.View.Rank != 2)
            throw new Refusal($"it is imported of rows of features, and has {x.View}");
        if (targets < 1 || coefficients.Length != (decimal)targets * features || (intercepts.Length > 0 && intercepts.Length != targets))
            throw node.Bad(FormattableString.Invariant(
                $"{coefficients.Length} coefficients and {intercepts.Length} intercepts are not those of {targets} outputs of {features} features"));
        if (count is null && classes != targets)
            throw new Refusal(FormattableString.Invariant($"{targets} scores of {classes} classes are not imported; one for each class is"));
        float[] weight = Matrix(node, new Tensor([targets, features], coefficients), features, targets, isTransposed: true);
        Signal z = Linear(node, x, weight, features, targets, intercepts.Length > 0 ? intercepts : null);
        node.Set(node.Text("post_transform", "NONE") switch
        {
            "NONE" => z,
            "LOGISTIC" => new Signal(new ElementExpr("Sigmoid", z.Expr, null, z.Expr.Shape, node), z.View),
            "SOFTMAX" => Along(node, z, targets, 1, Activation.Softmax),
            var other => throw new Refusal($"the post_transform {Printable.Text(other)} is not imported"),
        }, output);
    }

    // Columns by constant indices, as scikit-learn's ColumnTransformer chooses them.
    private void ReadColumns(Node node)
    {
        node.Signal(0, "its input");
        Tensor indices = node.Constant(1, "the indices");
        if (DimensionsOf(node.Input(0)).Length < 2)
            throw new Refusal("columns of rows are imported");
        node.Inputs = [node.Input(0), indices.WithDimensions(indices.Count)];
        ReadGather(node, -1);
    }
}
