namespace NeuralNet.Onnx.Import;

/// <content>Values that do not lie in the order in which an operator or the output takes them.</content>
internal sealed partial class Evaluator
{
    // Each column, or row, becomes a slice.
    private const int MaxColumns = 64, FloatsPerSlice = 512;

    private readonly Dictionary<(Expr, long Inner), Expr> transposed = [];

    /// <summary>The axes of a row in the order in which they lie in a row of the library: if need be the channels last, which are the first
    /// axis.</summary>
    public static View OfRow(View view, bool areChannelsFirst)
    {
        int at = view.RowsAxis;
        int[] own = [.. Enumerable.Range(0, view.Rank).Where(axis => axis != at && !(at < 0 && axis == 0 && view.Size(0) == 1))];
        return areChannelsFirst ? view.Transposed([.. own[1..], own[0]]) : view;
    }

    /// <summary>The same values in the order of a row of the library, if one transposition brings them there.</summary>
    public Signal InOrder(Signal y, bool areChannelsFirst) =>
        OfRow(y.View, areChannelsFirst) is { IsInOrder: false } view && InnerOf(view) is > 0 and long inner ? Transposed(y, inner) ?? y : y;

    /// <summary>The same values in the order of their axes, where an axis would not run over one piece of memory otherwise, or where it takes no
    /// layer to have them so.</summary>
    private Signal InPieces(Signal x)
    {
        int[] apart = [.. Enumerable.Range(0, x.View.Rank).Where(axis => !x.View.HasRows(axis) && !x.View.TryAxis(axis, out _, out _))];
        return apart.Length == 0 ? x : Straight(x, cuts: !Array.TrueForAll(apart, x.View.IsPiece)) ?? x;
    }

    // A view of two pieces, of which the second lies first, in order; null if it is another, or too much would have to be moved.
    private Signal? Straight(Signal x, bool cuts) =>
        InnerOf(x.View) is > 0 and long inner && x.Expr.Shape.Size % inner == 0 ? Transposed(x, inner, cuts) : null;

    private static long InnerOf(View view) =>
        view.RowAtoms() is [{ Stride: 1 } inner, { } outer] && outer.Stride == inner.Size ? inner.Size : 0;

    /// <summary>The same values, with neighbours along an axis that runs over others.</summary>
    private Signal Inward(Signal x, long stride) => Transposed(x, stride)
        ?? throw new Refusal($"it acts along an axis that is not the last one of a row in memory, and a transposition that brings it there is not "
            + $"imported: of {x.View} {stride} columns would be moved, and at most {MaxColumns} are");

    /// <summary>Two values that lie in the same order, one of them transposed if need be; null if one transposition does not do.</summary>
    private (Signal Left, Signal Right)? Aligned(Signal left, Signal right)
    {
        foreach (bool cuts in new[] { false, true })
        {
            if (Turned(right, left.View, cuts) is { } second)
                return (left, second);
            if (Turned(left, right.View, cuts) is { } first)
                return (first, right);
        }

        return null;
    }

    private Signal? Turned(Signal x, View wanted, bool cuts)
    {
        long size = x.Expr.Shape.Size;
        foreach (long inner in x.View.RowAtoms().Select(atom => atom.Stride).Concat(wanted.RowAtoms().Select(atom => size / atom.Stride)).Distinct())
        {
            if (inner > 1 && inner < size && size % inner == 0 && x.View.Turned(inner, size / inner) is { } view && view.IsSame(wanted)
                && Transposed(x, inner, cuts) is { } turned)
                return turned;
        }

        return null;
    }

    // A row [outer, inner] as [inner, outer]: the layer that makes it makes it so, or its columns become slices, one after the other.
    private Signal? Transposed(Signal x, long inner, bool cuts = true)
    {
        int size = x.Expr.Shape.Size;
        long outer = size / inner;
        if (x.View.Turned(inner, outer) is not { } view)
            return null;
        if (Reordered(x.Expr, (int)inner, 0) is { } reordered)
            return new Signal(reordered, view);
        if (Math.Min(inner, outer) > MaxColumns || !cuts)
            return null;
        if (!transposed.TryGetValue((x.Expr, inner), out Expr? made))
        {
            // What is made is layers, not values, but it is made of a few bytes too.
            allowance.Take(Math.Min(inner, outer) * FloatsPerSlice, "a transposition");
            made = outer < inner ? FromRows(x.Expr, (int)outer, (int)inner) : FromColumns(x.Expr, (int)outer, (int)inner);
            made.Uses = x.Expr.Uses;
            transposed.Add((x.Expr, inner), made);
        }

        return new Signal(made, view);
    }

    // The columns of a row [outer, inner], one after the other.
    private MergeExpr FromColumns(Expr x, int outer, int inner)
    {
        Shape rows = Shape.Sequence(outer, inner);
        Expr from = As(x, rows);
        Expr[] columns = [.. Enumerable.Range(0, inner).Select(column =>
            As(new LayerExpr(new Slice(rows, column, 1), from, x.Origin), Shape.Features(outer)))];
        return new MergeExpr(Merge.Concat, Shape.Features(x.Shape.Size), x.Origin, columns);
    }

    // The rows, side by side: as the channels of an image come together that lay one after the other.
    private MergeExpr FromRows(Expr x, int outer, int inner)
    {
        Shape all = Shape.Features(x.Shape.Size), one = Shape.Sequence(inner, 1);
        Expr from = As(x, all);
        Expr[] rows = [.. Enumerable.Range(0, outer).Select(row => As(new LayerExpr(new Slice(all, row * inner, inner), from, x.Origin), one))];
        return new MergeExpr(Merge.Concat, one.WithFeatures(outer), x.Origin, rows);
    }

    // Features in another order, where a linear layer makes them that nothing else reads: its columns in that order. What acts element by element
    // in between does not mind.
    private Expr? Reordered(Expr expr, int inner, int depth)
    {
        if (expr.Shape.Kind != ShapeKind.Features || expr.Uses > 1 || depth == MaxAxes)
            return null;
        Expr? made = expr switch
        {
            LinearExpr linear => new LinearExpr(
                linear.Input, linear.Shape, Moved(linear.Weight), linear.Bias is { } b ? Moved(b) : null, linear.Origin!),
            ElementExpr { Right: null } element when Reordered(element.Left, inner, depth + 1) is { } z =>
                new ElementExpr(element.Operation, z, null, element.Shape, element.Origin!)
                {
                    Number = element.Number,
                    IsNumberFirst = element.IsNumberFirst,
                    Alpha = element.Alpha,
                    Beta = element.Beta,
                },
            VectorExpr { Stride: 1 } vector when Reordered(vector.Input, inner, depth + 1) is { } x =>
                new VectorExpr(vector.Multiplies, x, vector.Vector.Length == 1 ? vector.Vector : Moved(vector.Vector), 1, vector.Origin!),
            NormExpr norm when Reordered(norm.Input, inner, depth + 1) is { } x => new NormExpr(
                norm.Centers, x, norm.Epsilon, norm.Gain is { } g ? Moved(g) : null, norm.Bias is { } b ? Moved(b) : null, norm.Origin!),
            LayerExpr layer when FeatureOrders.KeepsFeatures(layer.Layer) && Reordered(layer.Input, inner, depth + 1) is { } x =>
                new LayerExpr(layer.Layer, x, layer.Origin, [.. layer.Values.Select(block =>
                    (block.Name, block.Values.Length == expr.Shape.Size ? Moved(block.Values) : block.Values))]),
            _ => null,
        };
        if (made is not null)
            made.Uses = expr.Uses;
        return made;

        float[] Moved(float[] values)
        {
            allowance.Take(values.Length, "a matrix whose columns are put in another order");
            float[] moved = new float[values.Length];
            int size = expr.Shape.Size, outer = size / inner;
            for (int i = 0; i < moved.Length; i++)
            {
                (int row, int to) = Math.DivRem(i, size);
                moved[i] = values[(row * size) + (to % outer * inner) + (to / outer)];
            }

            return moved;
        }
    }
}
