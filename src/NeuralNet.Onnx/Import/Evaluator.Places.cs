namespace NeuralNet.Onnx.Import;

/// <content>Images and sequences as operators take them that slide along them or go by channels.</content>
internal sealed partial class Evaluator
{
    /// <summary>A value [rows, channels, height, width] or [rows, channels, steps] as an image or a sequence of the library, whose channels lie side
    /// by side in memory.</summary>
    /// <param name="x">The value.</param>
    /// <param name="channels">The axis of the channels, where it is another.</param>
    private Signal Places(Signal x, int channels = 1)
    {
        if (x.View.Rank is not (3 or 4))
        {
            throw new Refusal(
                $"it is imported on images, [rows, channels, height, width], and on sequences, [rows, channels, steps], and has {x.View}");
        }

        if (x.View[0].Any(atom => !atom.IsRows) || Enumerable.Range(1, x.View.Rank - 1).Any(x.View.HasRows))
        {
            throw new Refusal($"the first axis of {x.View} must be that of the rows alone; of a model that goes over the steps of each row, export "
                + $"the part that takes one step");
        }

        (Shape shape, View wanted) = PlacesOf(x.View, channels);
        if (!x.View.IsSame(wanted))
        {
            x = Turned(x, wanted, cuts: false) ?? Turned(x, wanted, cuts: true) ?? throw new Refusal($"the channels of {x.View} do not lie side by "
                + $"side in memory, and a transposition that brings them there is not imported: at most {MaxColumns} rows or columns are moved");
        }

        return new Signal(As(x.Expr, shape), wanted);
    }

    // The shape that the axes are, and the view of it as it lies in memory.
    private static (Shape Shape, View View) PlacesOf(View view, int channels)
    {
        int[] sides = [.. Enumerable.Range(1, view.Rank - 1).Where(axis => axis != channels)];
        int[] sizes = [.. view.Dimensions().Select(size => size < Sizes.Rows ? (int)size : 0)];
        Shape shape = sides.Length == 1 ? Shape.Sequence(sizes[sides[0]], sizes[channels])
            : Shape.Image(sizes[sides[0]], sizes[sides[1]], sizes[channels]);
        return (shape, view.OfPlaces(shape, channels, sides));
    }

    // What a layer makes of an image or a sequence, with as many axes, of which the channels have the place that they had.
    private static Signal PlacesFrom(Expr made, Signal x, int channels = 1)
    {
        int[] sides = [.. Enumerable.Range(1, x.View.Rank - 1).Where(axis => axis != channels)];
        return new Signal(made, x.View.OfPlaces(made.Shape, channels, sides));
    }

    /// <summary>An image or a sequence, and one value of each channel as another that has it everywhere, which an operator on both would repeat by
    /// itself; null if this is something else.</summary>
    private (Signal Whole, Signal Spread)? AtAllPlaces(Signal x, Signal whole)
    {
        View view = whole.View;
        int rank = view.Rank;
        bool isOfChannels = rank is 3 or 4 && x.View.Rank == rank && x.View.Size(0) == view.Size(0) && x.View.Size(1) == view.Size(1)
            && x.View.Size(1) > 1 && Enumerable.Range(2, rank - 2).All(axis => x.View.Size(axis) == 1) && !view[0].Any(atom => !atom.IsRows)
            && !Enumerable.Range(1, rank - 1).Any(view.HasRows);
        if (!isOfChannels)
            return null;
        (Shape shape, View places) = PlacesOf(view, 1);

        // Along one axis it may be a part of a norm, unless the channels lie as they do in images and sequences.
        bool isAlongOne = Enumerable.Range(2, rank - 2).Count(axis => view.Size(axis) > 1) < 2;
        if (shape.Size == shape.FeatureCount || (isAlongOne && !places.IsSame(view)))
            return null;
        (Signal all, Signal small) = (Places(whole), Places(x));
        HeightWidth factor = shape.Kind == ShapeKind.Sequence ? shape.Steps : (shape.Height, shape.Width);
        return (all, PlacesFrom(new LayerExpr(new Upsample(small.Expr.Shape, factor), small.Expr, x.Expr.Origin), all));
    }
}
