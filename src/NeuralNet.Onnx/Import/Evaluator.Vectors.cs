namespace NeuralNet.Onnx.Import;

/// <content>Operators that act along an axis.</content>
internal sealed partial class Evaluator
{
    private void ReadSoftmax(Node node)
    {
        Signal x = node.Signal(0, "its input");
        int rank = x.View.Rank, axis = node.Axis(node.Int("axis", Opset < 13 ? 1 : -1), rank);

        // Before version 13 all axes from this one on are one vector.
        View view = Opset < 13 && axis < rank - 1 ? Joined(x, axis) : x.View;
        if (x.Expr is ScoresExpr { AreWeights: false } scores && node.Operator == "Softmax" && axis == rank - 1)
        {
            node.Set(new Signal(Weights(node, scores.Scores, scores.Shape), x.View));
            return;
        }

        (long size, long stride) = PieceOrAxis(new Signal(x.Expr, view), axis);
        (Expr input, double factor) = node.Operator == "Softmax" ? WithoutFactor(x.Expr) : (x.Expr, 1);

        // One number less for the whole vector, such as its largest, changes nothing.
        if (input is BroadcastExpr { Operation: "Sub", IsSmallFirst: false, Small: ReduceExpr } below && below.Axis == new Atom(size, stride))
        {
            (input, double more) = WithoutFactor(below.Whole);
            factor *= more;
        }

        if (factor is not (> 1e-30 and < 1e30))
            (input, factor) = (x.Expr, 1);
        Activation activation = node.Operator == "LogSoftmax" ? Activation.LogSoftmax : factor == 1
            ? Activation.Softmax : new Softmax((float)(1 / factor));
        node.Set(Along(node, new Signal(input, x.View), size, stride, activation));
    }

    private static ScoresExpr Weights(Node node, Scores s, Shape shape) => s.IsOneSided && !s.Band.IsCausal
        ? throw new Refusal("a term of the scores grows with the key's step, slope · j, as ALiBi does where later steps are hidden, and here they "
            + "are not; the layer's is −slope · |i − j|")
        : new ScoresExpr(s, true, shape, node);

    private static View Joined(Signal x, int axis)
    {
        long[] sizes = x.View.Dimensions();
        long[] joined = [.. sizes[..axis], Sizes.Product(sizes.AsSpan(axis))];
        return x.View.Reshaped(joined) ?? throw new Refusal($"the axes from {axis} on of {x.View} do not lie in one piece");
    }

    private Signal Along(Node node, Signal x, long size, long stride, Activation activation)
    {
        if (size > 1 && stride > 1)
            (x, stride) = (Inward(x, stride), 1);
        Shape shape = FeaturesAlongOrRefuse(x.Expr.Shape, size, stride);
        return new Signal(new LayerExpr(new ActivationLayer(shape, activation), As(x.Expr, shape), node), x.View);
    }

    private void ReadPrelu(Node node)
    {
        Signal x = node.Signal(0, "its input");
        Tensor slopes = node.Constant(1, "the slope");
        View view = x.View.WithRank(slopes.Dimensions.Length);
        long[] sizes = view.Dimensions();
        if (!Broadcast(node, sizes, slopes.Dimensions).AsSpan().SequenceEqual(sizes) || slopes.Stored == 0)
            throw node.Bad($"slopes of {Sizes.Text(slopes.Dimensions)} do not fit {x.View}");
        if (slopes.IsUniform)
        {
            var shared = new Prelu(x.Expr.Shape, shared: true);
            node.Set(new Signal(new LayerExpr(shared, x.Expr, node, ("weight", [slopes.Float(0)])), view));
            return;
        }

        (float[] vector, long stride) = Vector(x.Expr.Shape, view, slopes);
        if (vector.Length > 1 && stride > 1)
        {
            x = Inward(new Signal(x.Expr, view), stride);
            (view, stride) = (x.View, 1);
        }

        Shape shape = FeaturesAlongOrRefuse(x.Expr.Shape, vector.Length, stride);
        node.Set(new Signal(new LayerExpr(new Prelu(shape), As(x.Expr, shape), node, ("weight", vector)), view));
    }

    private void ReadLayerNorm(Node node)
    {
        node.Ignore("stash_type");
        Signal x = node.Signal(0, "its input");
        int axis = node.Axis(node.Int("axis", -1), x.View.Rank);
        float epsilon = node.Float("epsilon", 1e-5f);
        View view = axis < x.View.Rank - 1 ? Joined(x, axis) : x.View;
        (long size, long stride) = PieceOrAxis(new Signal(x.Expr, view), axis);
        bool centers = node.Operator == "LayerNormalization";
        if (!centers && node.Has(2))
            throw node.Bad("it takes an input and a scale, and has a third input");
        float[] gain = view.Placed(Along(node, node.Constant(1, "the scale"), size, "the scale"), axis);
        float[]? bias = node.OptionalConstant(2, "the bias") is { } b ? view.Placed(Along(node, b, size, "the bias"), axis) : null;
        if (size > 1 && stride > 1)
            (x, stride) = (Inward(x, stride), 1);
        Shape shape = FeaturesAlongOrRefuse(x.Expr.Shape, size, stride);
        node.Set(new Signal(new NormExpr(centers, As(x.Expr, shape), epsilon, gain, bias, node), x.View));
    }

    private float[] Along(Node node, Tensor tensor, long size, string what)
    {
        if (tensor.Count != size && tensor.Count != 1)
            throw node.Bad($"{what} has {Sizes.Text(tensor.Dimensions)} values; {size} were expected");
        if (tensor.IsUniform)
        {
            allowance.Take(size, what);
            return [.. Enumerable.Repeat(tensor.Float(0), (int)size)];
        }

        return tensor.ToArray();
    }

    private void ReadPower(Node node, PowerPattern.Found power)
    {
        if (!values.TryGetValue(power.Input, out Value? input))
            throw node.Bad("an input of what it is a part of is missing");
        Signal x = Whole(input) as Signal ?? throw new Refusal(input is Quantized ? ReasonForQuantized : "a power of a constant is not computed");
        var powers = (Tensor)values[power.Powers];
        View view = x.View.WithRank(powers.Dimensions.Length);
        long[] sizes = view.Dimensions();
        if (!Broadcast(node, sizes, powers.Dimensions).AsSpan().SequenceEqual(sizes) || powers.Stored == 0)
            throw node.Bad($"powers of {Sizes.Text(powers.Dimensions)} do not fit {x.View}");
        (float[] vector, long stride) = Vector(x.Expr.Shape, view, powers);
        Shape shape = vector.Length == 1 ? x.Expr.Shape : FeaturesAlongOrRefuse(x.Expr.Shape, vector.Length, stride);
        if (vector.Length == 1 && shape.FeatureCount > 1)
            vector = Along(node, powers.WithDimensions(shape.FeatureCount), shape.FeatureCount, "the powers");
        if (!Array.TrueForAll(vector, float.IsFinite))
            throw node.Bad("the powers must be finite");
        node.Set(new Signal(new LayerExpr(new PowerTransform(shape, power.IsInverse), As(x.Expr, shape), node, ("lambda", vector)), view));
    }

    private const float SmallestNormal = 1.17549435e-38f;

    private void ReadLpNorm(Node node)
    {
        Signal x = node.Signal(0, "its input");
        int axis = node.Axis(node.Int("axis", -1), x.View.Rank);
        if (node.Int("p", 2) != 2)
            throw new Refusal("the norm p = 2 is imported");
        (long size, long stride) = AxisOf(x, axis);

        // The operator divides by the length however small that is; the smallest normal number is as good as no bound.
        node.Set(Along(node, x, size, stride, new L2Normalize(SmallestNormal)));
    }

    private static void ReadReduce(Node node)
    {
        Signal x = node.Signal(0, "its input");
        int rank = x.View.Rank;
        bool keeps = node.Int("keepdims", 1) != 0;
        if (!node.HasAttribute("axes") && !node.Has(1))
            throw new Refusal("without axes it would reduce the rows too");
        int[] axes = [.. SizesFrom(node, 1, "axes", "the axes").Select(at => node.Axis(at, rank)).Distinct().Order()];
        node.Ignore("noop_with_empty_axes");
        if (axes.Length == 0)
            throw new Refusal("an empty list of axes stands for all, the rows too");
        string operation = node.Operator["Reduce".Length..];
        if (operation is "L1" or "Min")
            x = new Signal(new ElementExpr(operation == "L1" ? "Abs" : "Neg", x.Expr, null, x.Expr.Shape, node), x.View);
        operation = operation switch { "L1" => "Sum", "Min" => "Max", _ => operation };
        if (Joined(x, axes) is { } view)
        {
            x = Reduced(node, operation, x, view, axes, keeps);
        }
        else
        {
            // One axis after the other.
            for (int k = axes.Length - 1; k >= 0; k--)
            {
                if (k < axes.Length - 1 && operation is "L2" or "SumSquare")
                    throw new Refusal("the axes that are reduced do not lie in one piece");
                x = Reduced(node, operation, x, x.View, [axes[k]], keeps);
            }
        }

        node.Set(node.Operator == "ReduceMin" ? new Signal(new ElementExpr("Neg", x.Expr, null, x.Expr.Shape, node), x.View) : x);
    }

    // The view in which neighbouring axes are one; null if they are none, or no piece.
    private static View? Joined(Signal x, int[] axes)
    {
        if (axes.Length == 1)
            return x.View;
        if (axes[^1] - axes[0] != axes.Length - 1)
            return null;
        long[] sizes = x.View.Dimensions();
        View? view = x.View.Reshaped([.. sizes[..axes[0]], Sizes.Product(sizes.AsSpan(axes[0], axes.Length)), .. sizes[(axes[^1] + 1)..]]);
        return view is not null && (view.IsPiece(axes[0]) || view.TryAxis(axes[0], out _, out _)) ? view : null;
    }

    private static Signal Reduced(Node node, string operation, Signal x, View view, int[] axes, bool keeps)
    {
        Atom axis = PieceOrAxis(new Signal(x.Expr, view), axes[0]);
        View left = AfterCount(view, axes[0], axis.Size, Math.Max(1, axis.Stride), 1);
        for (int k = 1; k < axes.Length; k++)
            left = left.Inserted(axes[0]);
        for (int k = 0; k < axes.Length && !keeps; k++)
            left = left.Without(axes[0]);
        return axis.Size == 1 ? new Signal(OfOne(node, x.Expr), left)
            : new Signal(new ReduceExpr(operation, x.Expr, axis, Reduced(x.Expr.Shape, axis), node), left);
    }

    // Of an axis with one index.
    private static Expr OfOne(Node node, Expr x) => node.Operator switch
    {
        "ReduceL2" => new ElementExpr("Abs", x, null, x.Shape, node),
        "ReduceSumSquare" => new ElementExpr("Mul", x, x, x.Shape, node),
        _ => x,
    };

    // The shape that the layer for it will have.
    private static Shape Reduced(Shape shape, Atom axis)
    {
        if (axis.Stride == 1 && shape.FeatureCount % axis.Size == 0)
            return shape.WithFeatures((int)(shape.FeatureCount / axis.Size));
        return Shape.Features((int)(shape.Size / axis.Size));
    }
}
