namespace NeuralNet.Onnx.Import;

/// <content>Normalizations of channels.</content>
internal sealed partial class Evaluator
{
    private static readonly string[] batchNormInputs = ["the scale", "the bias", "the mean", "the variance"];

    private void ReadBatchNorm(Node node)
    {
        float momentum = node.Float("momentum", 0.9f), epsilon = node.Float("epsilon", 1e-5f);
        Signal x = node.Signal(0, "its input");
        if (node.Int("training_mode", 0) != 0 || node.Int("spatial", 1) != 1)
            throw new Refusal("it is imported with its statistics fixed, one for each channel: export the model for inference");
        (long size, long stride) = AxisOf(x, node.Axis(1, x.View.Rank));
        float[][] of = [.. batchNormInputs.Select((what, k) => Along(node, node.Constant(k + 1, what), size, what))];
        bool isOfFeatures = FeaturesAlong(x.Expr.Shape, size, Math.Max(1, stride)) == x.Expr.Shape;
        if (!foldsNorms && isOfFeatures && epsilon is >= 1e-30f and <= 1e30f && Array.TrueForAll(of[3], variance => variance >= 0))
        {
            // How much of the old statistics stays there is 1 less how much is replaced here.
            float replaced = MathF.Round(1 - momentum, 6);
            var layer = new BatchNorm(x.Expr.Shape, replaced is > 0 and <= 1 ? replaced : 0.1f, epsilon);
            node.Set(new Signal(new LayerExpr(
                layer, x.Expr, node, ("weight", of[0]), ("bias", of[1]), ("running_mean", of[2]), ("running_var", of[3])), x.View));
            return;
        }

        float[] factor = new float[size], shift = new float[size];
        for (int i = 0; i < factor.Length; i++)
        {
            double exact = of[0][i] / Math.Sqrt(of[3][i] + (double)epsilon);
            factor[i] = (float)exact;
            shift[i] = (float)(of[1][i] - (of[2][i] * exact));
        }

        Expr scaled = new VectorExpr(true, x.Expr, factor, Math.Max(1, stride), node);
        node.Set(new Signal(new VectorExpr(false, scaled, shift, Math.Max(1, stride), node), x.View));
    }

    // Channels, or groups of them, that lie side by side; or each group by itself, which are groups of features then.
    private void ReadInstanceNorm(Node node)
    {
        Signal x = node.Signal(0, "its input");
        if (x.View.Rank < 3)
            throw node.Bad($"it takes [rows, channels, …], and has {x.View}");
        if (x.View.RowsAxis > 0 || x.View[0].Any(atom => !atom.IsRows))
            throw new Refusal($"the first axis of {x.View} must be that of the rows alone");
        (long groups, long width) = AxisOf(x, 1);
        float[] gain = Along(node, node.Constant(1, "the scale"), groups, "the scale");
        float[] bias = Along(node, node.Constant(2, "the bias"), groups, "the bias");
        SetGroups(node, x, groups, groups == 1 ? x.Expr.Shape.FeatureCount : width, gain, bias);
    }

    private void ReadGroupNorm(Node node)
    {
        node.Ignore("stash_type");
        Signal x = Places(node.Signal(0, "its input"));
        int channels = x.Expr.Shape.FeatureCount;
        long groups = node.Int("num_groups", 0);
        if (groups < 1 || channels % groups != 0)
            throw node.Bad(FormattableString.Invariant($"{channels} channels cannot be divided into {groups} groups"));
        long size = Opset < 21 ? groups : channels;
        float[] gain = Along(node, node.Constant(1, "the scale"), size, "the scale");
        float[] bias = Along(node, node.Constant(2, "the bias"), size, "the bias");
        SetGroups(node, x, groups, channels / groups, gain, bias);
    }

    private void SetGroups(Node node, Signal x, long groups, long width, float[] gain, float[] bias)
    {
        int channels = (int)(groups * width);
        Shape shape = x.Expr.Shape, wanted = shape.FeatureCount == channels ? shape
            : shape.Size == channels ? Shape.Features(channels) : Shape.Sequence(shape.Size / channels, channels);
        allowance.Take(2L * channels, "a norm");
        node.Set(new Signal(new GroupNormExpr(
            (int)groups, As(x.Expr, wanted), node.Float("epsilon", 1e-5f), OfChannels(gain, 1), OfChannels(bias, 0), node), x.View));

        float[]? OfChannels(float[] values, float usual) => Array.TrueForAll(values, value => value == usual) ? null
            : [.. Enumerable.Range(0, channels).Select(channel => values[values.Length == channels ? channel : channel / width])];
    }
}
