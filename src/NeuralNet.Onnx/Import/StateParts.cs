namespace NeuralNet.Onnx.Import;

/// <summary>How many steps of each row are real, as an input of the graph gives it.</summary>
internal sealed class RowLengths(string name) : Value
{
    public string Name { get; } = name;
}

/// <summary>An input of the graph that gives first states, as a row of all its values but for the axis of the rows.</summary>
internal sealed class StateExpr(string name, Shape shape) : Expr(shape, null)
{
    public string Name { get; } = name;
}

/// <summary>The c of an LSTM after the last step. It is a part of the state, and no layer gives it.</summary>
internal sealed class CellExpr(int hidden, Node origin) : Expr(Shape.Features(hidden), origin);

/// <summary>Neighbours in the row of an expression.</summary>
internal readonly record struct StateRun(Expr Of, int First, int Count);

/// <summary>Of which neighbours a value is made that is put together of parts of others, and changes none.</summary>
/// <param name="isSource">What is not looked into.</param>
internal sealed class StateParts(Predicate<Expr> isSource)
{
    // Of one value: each layer has two in a state, and a layout that needs more is none that exporters write.
    private const int MaxRuns = 256, MaxDepth = 64;

    private readonly Dictionary<Expr, List<StateRun>?> known = [];

    /// <summary>The parts, in the order of the memory of a row; null if there is anything else between, or too many.</summary>
    public List<StateRun>? Of(Expr expr) => Of(expr, 0);

    private List<StateRun>? Of(Expr expr, int depth)
    {
        if (isSource(expr))
            return [new StateRun(expr, 0, expr.Shape.Size)];
        if (depth == MaxDepth)
            return null;
        if (!known.TryGetValue(expr, out List<StateRun>? parts))
            known.Add(expr, parts = Made(expr, depth + 1));
        return parts;
    }

    private List<StateRun>? Made(Expr expr, int depth)
    {
        switch (expr)
        {
            case LayerExpr { Layer: Skip or Reshape or Flatten } moved:
                return Of(moved.Input, depth);
            case LayerExpr { Layer: LastStep last } taken:
                return Of(taken.Input, depth) is { } all ? Part(all, last.Input.Size - last.Output.Size, last.Output.Size) : null;
            case LayerExpr { Layer: Slice slice } cut when slice.Input.Size / slice.Input.FeatureCount <= MaxRuns:
                return Of(cut.Input, depth) is { } whole ? Columns(whole, slice) : null;
            case GatherExpr { Otherwise: { } slices }:
                return Of(slices, depth);
            case MergeExpr { Merge: Merge.Concat } merge when (long)merge.Inputs.Count * VectorsOf(merge.Shape) <= MaxRuns:
                return Merged(merge, depth);
            default:
                return null;
        }
    }

    private static int VectorsOf(Shape shape) => shape.Size / shape.FeatureCount;

    private static List<StateRun>? Columns(List<StateRun> whole, Slice slice)
    {
        var made = new List<StateRun>();
        for (int vector = 0; vector < VectorsOf(slice.Input); vector++)
        {
            if (Part(whole, (vector * slice.Input.FeatureCount) + slice.First, slice.Count) is not { } part || !Add(made, part))
                return null;
        }

        return made;
    }

    private List<StateRun>? Merged(MergeExpr merge, int depth)
    {
        var parts = new List<List<StateRun>>();
        foreach (Expr input in merge.Inputs)
        {
            if (Of(input, depth) is not { } own)
                return null;
            parts.Add(own);
        }

        var made = new List<StateRun>();
        for (int vector = 0; vector < VectorsOf(merge.Shape); vector++)
        {
            foreach ((int k, List<StateRun> own) in parts.Index())
            {
                int width = merge.Inputs[k].Shape.Size / VectorsOf(merge.Shape);
                if (!Add(made, Part(own, vector * width, width)))
                    return null;
            }
        }

        return made;
    }

    private static List<StateRun> Part(List<StateRun> whole, int first, int count)
    {
        var made = new List<StateRun>();
        foreach (StateRun run in whole)
        {
            int start = Math.Max(first, 0), end = Math.Min(first + count, run.Count);
            if (start < end)
                made.Add(new StateRun(run.Of, run.First + start, end - start));
            first -= run.Count;
        }

        return made;
    }

    // Neighbours that run on through the same value are one.
    private static bool Add(List<StateRun> made, List<StateRun> more)
    {
        foreach (StateRun run in more)
        {
            if (made.Count > 0 && made[^1].Of == run.Of && made[^1].First + made[^1].Count == run.First)
                made[^1] = made[^1] with { Count = made[^1].Count + run.Count };
            else
                made.Add(run);
        }

        return made.Count <= MaxRuns;
    }
}
