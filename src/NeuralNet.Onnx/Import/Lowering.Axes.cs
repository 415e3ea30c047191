namespace NeuralNet.Onnx.Import;

/// <content>What acts along an axis: reductions, repetitions, columns, and limits for each of them.</content>
internal sealed partial class Lowering
{
    /// <summary>How many slices are put side by side at most.</summary>
    public const int MaxRuns = 256;

    // What a slice may take of a small file.
    private const int FloatsPerSlice = 512;

    private const float SmallestNormal = 1.17549435e-38f;

    private Lowered Reduce(ReduceExpr reduce)
    {
        (long size, long stride) = reduce.Axis;
        stride = Math.Max(1, stride);
        Shape shape = reduce.Input.Shape;
        switch (reduce.Operation)
        {
            case "SumSquare":
                var square = new ElementExpr("Mul", reduce.Input, reduce.Input, shape, reduce.Origin!);
                return Reduce(new ReduceExpr("Sum", square, reduce.Axis, reduce.Shape, reduce.Origin!));
            case "Sum":
                // n times the mean.
                Lowered mean = Reduce(new ReduceExpr("Mean", reduce.Input, reduce.Axis, reduce.Shape, reduce.Origin!));
                Shape one = Shape.Sequence(reduce.Shape.Size, 1);
                Part times = new(new Standardize(one, inverse: true), [("mean", [0]), ("deviation", [size])]);
                Shape made = mean.Parts.Count > 0 ? mean.Parts[^1].Layer.Output : mean.Inputs[0].Shape;
                return size == 1 ? mean : mean with { Parts = [.. mean.Parts, .. ReshapedTo(made, one), times, .. ReshapedTo(one, reduce.Shape)] };
            case "L2" when stride == 1:
                // Σ x · x / ‖x‖, since the root by itself is no layer.
                Expr vectors = As(reduce.Input, shape.FeatureCount == size ? shape : Shape.Sequence((int)(shape.Size / size), (int)size));
                var unit = new LayerExpr(new ActivationLayer(vectors.Shape, new L2Normalize(SmallestNormal)), vectors, reduce.Origin);
                var product = new ElementExpr("Mul", vectors, unit, vectors.Shape, reduce.Origin!);
                return Reduce(new ReduceExpr("Sum", product, reduce.Axis, reduce.Shape, reduce.Origin!));
            case "Mean" or "Max":
                break;
            default:
                throw new Refusal(
                    $"Reduce{reduce.Operation} is imported of neighbours in a row of the network, or as a part of a norm: its root is no layer",
                    reduce.Origin);
        }

        bool isMax = reduce.Operation == "Max", areSteps = size * stride == shape.Size;
        if (size == 1)
            return Lowered.Of(As(reduce.Input, reduce.Shape));

        // The largest of neighbours is maxout; of an image, all pixels have a name of their own.
        if (isMax && stride == 1)
        {
            Shape grouped = reduce.Shape.Size == shape.Size / size && reduce.Shape.Kind == shape.Kind && shape.FeatureCount % size == 0 ? shape
                : Shape.Sequence((int)(shape.Size / size), (int)size);
            return Reshaped(As(reduce.Input, grouped), new ActivationLayer(grouped, new Max((int)size)), reduce.Shape);
        }

        if (shape.Kind == ShapeKind.Image && areSteps && stride == shape.FeatureCount)
            return Reshaped(reduce.Input, isMax ? new GlobalMaxPool(shape) : new GlobalAveragePool(shape), reduce.Shape);
        Shape steps = Shape.Sequence((int)(shape.Size / stride), (int)stride);
        Layer layer = (isMax, areSteps) switch
        {
            (true, true) => new MaxOverSteps(steps),
            (false, true) => new MeanOverSteps(steps),
            (true, false) => new MaxPool(steps, (int)size),
            (false, false) => new AveragePool(steps, (int)size),
        };
        return Reshaped(As(reduce.Input, steps), layer, reduce.Shape);
    }

    private static IEnumerable<Part> ReshapedTo(Shape from, Shape to) => from == to ? [] : [new Part(Reshapes.Layer(from, to))];

    // The smaller one is repeated, each piece of neighbours as often as the axis is long.
    private Lowered Broadcast(BroadcastExpr broadcast)
    {
        // a + (v − m) is a + v − m, so that what a and m have in common is found.
        if (broadcast is { Operation: "Add", Small: ElementExpr { Operation: "Add" or "Sub", Right: { } term, Uses: <= 1 } sum })
        {
            Node node = broadcast.Origin!;
            var first = new BroadcastExpr("Add", broadcast.Whole, As(sum.Left, sum.Shape), false, broadcast.Axis, node);
            return Broadcast(new BroadcastExpr(sum.Operation, first, As(term, sum.Shape), false, broadcast.Axis, node));
        }

        (long size, long stride) = broadcast.Axis;
        Shape shape = broadcast.Shape, pieces = Shape.Sequence((int)(broadcast.Small.Shape.Size / Math.Max(1, stride)), (int)Math.Max(1, stride));
        Expr spread = As(new LayerExpr(new Upsample(pieces, (int)size), As(broadcast.Small, pieces), broadcast.Origin), shape);
        return Element(broadcast.IsSmallFirst
            ? new ElementExpr(broadcast.Operation, spread, broadcast.Whole, shape, broadcast.Origin!)
            : new ElementExpr(broadcast.Operation, broadcast.Whole, spread, shape, broadcast.Origin!));
    }

    // Neighbours are taken together.
    private Lowered Columns(GatherExpr gather)
    {
        (long size, long stride) = gather.Axis;
        stride = Math.Max(1, stride);
        Shape shape = gather.Input.Shape, from = shape.FeatureCount == size && stride == 1 ? shape
            : shape.Size == size * stride ? Shape.Features(shape.Size) : Shape.Sequence((int)(shape.Size / size / stride), (int)(size * stride));
        var parts = new List<Expr>();
        Expr input = As(gather.Input, from);
        for (int first = 0, end; first < gather.Indices.Length; first = end)
        {
            for (end = first + 1; end < gather.Indices.Length && gather.Indices[end] == gather.Indices[end - 1] + 1;)
                end++;
            if (parts.Count == MaxRuns)
                throw new Refusal(
                    $"its indices are in more than {MaxRuns} pieces of neighbours; bring the values in order in the data", gather.Origin);
            allowance.Take(FloatsPerSlice, "a slice");
            var slice = new Slice(from, (int)(gather.Indices[first] * stride), (int)((end - first) * stride));
            parts.Add(new LayerExpr(slice, input, gather.Origin));
        }

        return parts.Count == 1 ? Lowered.Of(As(parts[0], gather.Shape))
            : Lowered.Of(As(new MergeExpr(
                Merge.Concat, from.WithFeatures((int)(gather.Indices.Length * stride)), gather.Origin, [.. parts]), gather.Shape));
    }

    // max(a, b) of each pair, which lie side by side for it; min(a, b) = −max(−a, −b).
    private Lowered Largest(ElementExpr element)
    {
        Shape shape = element.Shape, one = Shape.Sequence(shape.Size, 1), two = one.WithFeatures(2);
        bool isMin = element.Operation == "Min";
        Expr[] sides = [As(element.Left, one), As(element.Right!, one)];
        if (isMin)
            sides = Array.ConvertAll(sides, Expr (side) => new ElementExpr("Neg", side, null, one, element.Origin!));
        return new Lowered(sides, Merge.Concat, [
            new Part(new ActivationLayer(two, new Max(2))), .. isMin ? [Minus(one)] : Array.Empty<Part>(), .. ReshapedTo(one, shape)]);
    }

    // The same with constants, which a branch gives whatever it takes: 0 · x + v, with x cut off so that it is finite.
    private Lowered Limit(LimitExpr limit)
    {
        Shape shape = limit.Shape, one = Shape.Sequence(shape.Size, 1);
        bool isMin = limit.Operation == "Min";
        float[] all = Spread(limit.Limits, limit.Stride, shape.Size);
        if (isMin)
            all = Negated(all);
        var constant = new Chain([
            new ActivationLayer(one, new HardTanh(-1, 1)), new Dense(one, 1, null, Initializer.Zeros, bias: false),
            new LearnedPositions(one, Initializer.Zeros)]);
        Part[] minus = isMin ? [Minus(one)] : [];
        var largest = new ActivationLayer(one.WithFeatures(2), new Max(2));
        return Lowered.Of(As(limit.Input, one), [
            .. minus, new Part(new Branches([new Skip(one), constant], Merge.Concat), [("1.2.weight", all)]), new Part(largest),
            .. isMin ? [Minus(one)] : Array.Empty<Part>(), .. ReshapedTo(one, shape)]);
    }

    private static Part Minus(Shape one) => new(new Dense(one, 1, null, Initializer.Zeros, bias: false), [("weight", [-1f])]);

    // Nothing between −λ and λ; beyond, x, or what of it is beyond.
    private static Lowered? Shrunk(ElementExpr element)
    {
        (Expr x, float lambda) = (element.Left, (float)element.Alpha);
        Node node = element.Origin!;
        if (!(lambda > 0) || (element.Beta != 0 && element.Beta != element.Alpha))
            return null;
        ElementExpr Of(string operation, Expr input, double alpha = 0, double beta = 0) =>
            new(operation, input, null, element.Shape, node) { Alpha = alpha, Beta = beta };
        return element.Beta != 0 ? new Lowered([x, Of("Neg", Of("Clip", x, -lambda, lambda))], Merge.Sum, [])
            : new Lowered([Of("ThresholdedRelu", x, lambda), Of("Neg", Of("ThresholdedRelu", Of("Neg", x), lambda))], Merge.Sum, []);
    }
}
