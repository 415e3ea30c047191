namespace NeuralNet.Onnx.Import;

/// <content>Values that do not lie in the order in which an operator or the output takes them.</content>
internal sealed partial class Evaluator
{
    // Each column becomes a slice.
    private const int MaxColumns = 64;

    /// <summary>The axes of a row in the order in which they lie in a row of the library: the channels of an image last.</summary>
    public static View OfRow(View view)
    {
        int at = view.RowsAxis;
        int[] own = [.. Enumerable.Range(0, view.Rank).Where(axis => axis != at && !(at < 0 && axis == 0 && view.Size(0) == 1))];
        return own.Length == 3 ? view.Transposed([own[1], own[2], own[0]]) : view;
    }

    /// <summary>The same values in the order of a row of the library, if one transposition brings them there.</summary>
    public Signal InOrder(Signal y)
    {
        if (OfRow(y.View) is { IsInOrder: false } view && view.RowAtoms() is [{ Stride: 1 } inner, { } outer] && outer.Stride == inner.Size
            && inner.Size <= MaxColumns && y.Expr.Shape.Size == inner.Size * outer.Size)
            return Transposed(y, inner.Size);
        return y;
    }

    // A row [outer, inner] as [inner, outer]: its columns one after the other.
    private Signal Transposed(Signal x, long inner)
    {
        int size = x.Expr.Shape.Size;
        long outer = size / inner;
        View view = x.View.Mapped(atom => atom.Stride >= inner ? new Atom(atom.Size, atom.Stride / inner)
            : atom.Size * atom.Stride <= inner ? new Atom(atom.Size, atom.Stride * outer)
            : throw new Refusal($"{x.View} would have to be transposed by parts of an axis"));
        if (inner > MaxColumns)
            throw new Refusal($"it acts along an axis that is not the last one of a row in memory; {inner} columns would have to be transposed, "
                + $"and at most {MaxColumns} are");
        Shape rows = Shape.Sequence((int)outer, (int)inner);
        Expr from = As(x.Expr, rows);
        Expr[] columns = [.. Enumerable.Range(0, (int)inner).Select(column =>
            As(new LayerExpr(new Slice(rows, column, 1), from, x.Expr.Origin), Shape.Features((int)outer)))];
        return new Signal(new MergeExpr(Merge.Concat, Shape.Features(size), x.Expr.Origin, columns), view);
    }
}
