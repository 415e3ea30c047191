namespace NeuralNet.Onnx.Import;

/// <summary>
/// Queries, keys or values of all heads, followed back to the linear layer that makes them: through slices and concatenations,
/// repeated heads, factors, and the sums of two features each that rotary positions are, whatever their spelling.
/// </summary>
internal sealed class HeadSource
{
    private const int MaxTerms = 4, MaxVisits = 256, MaxDepth = 64;

    private readonly (long Place, double Factor)[] terms = new (long, double)[MaxTerms];
    private readonly int heads, steps, width;
    private readonly int[] own, other; // [heads, width]: the column that a feature is, and the one that it turns with, or −1
    private int count, visits;
    private LinearExpr? linear;

    private HeadSource(int heads, int steps, int width)
    {
        (this.heads, this.steps, this.width) = (heads, steps, width);
        (own, other) = (new int[heads * width], new int[heads * width]);
    }

    /// <summary>The number that all values are multiplied by.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>The positions by which the features turn; null: they do not.</summary>
    public Rotary? Rotary { get; private set; }

    /// <summary>How many neighbouring heads are the same.</summary>
    public int Repeats { get; private set; } = 1;

    /// <summary>Follows values back.</summary>
    /// <param name="x">The values.</param>
    /// <param name="places">Where the memory of a row has the heads, the steps and the features of a head.</param>
    /// <param name="allowance">What the walk is taken from.</param>
    /// <returns>Where they come from; null if it is not one linear layer on each step.</returns>
    /// <exception cref="Refusal">They turn by something else than positions.</exception>
    public static HeadSource? Of(Expr x, (long[] Heads, long[] Steps, long[] Width) places, Allowance allowance)
    {
        var source = new HeadSource(places.Heads.Length, places.Steps.Length, places.Width.Length);
        allowance.Take((long)source.steps * source.width * (2 + (source.heads / 64)), "the heads of attention");
        double[] a = new double[source.steps * source.width], b = new double[a.Length];
        for (int t = 0; t < source.steps; t++)
        {
            for (int h = 0; h < source.heads; h++)
            {
                for (int j = 0; j < source.width; j++)
                {
                    if (!source.Collects(x, places.Heads[h] + places.Steps[t] + places.Width[j]) || !source.Keeps(t, h, j, a, b))
                        return null;
                }
            }
        }

        return source.Turns(a, b) ? source : null;
    }

    /// <summary>The linear layer that makes the heads, side by side, each group of repeated ones once.</summary>
    public LinearExpr Linear(int repeats)
    {
        int made = heads / repeats * width, inputs = linear!.Input.Shape.FeatureCount, outputs = linear.Shape.FeatureCount;
        int[] columns = [.. Enumerable.Range(0, made).Select(i => own[(i / width * repeats * width) + (i % width)])];
        float factor = (float)Factor;
        float[] weight = new float[(long)inputs * made];
        for (int i = 0; i < inputs; i++)
        {
            for (int j = 0; j < made; j++)
                weight[(i * made) + j] = linear.Weight[(i * outputs) + columns[j]];
        }

        float[]? bias = linear.Bias is { } old ? [.. columns.Select(column => old[column])] : null;
        if (Factor != 1)
            (weight, bias) = (Array.ConvertAll(weight, w => factor * w), bias is null ? null : Array.ConvertAll(bias, z => factor * z));
        return new LinearExpr(linear.Input, Shape.Sequence(steps, made), weight, bias, linear.Origin!);
    }

    // What a place of the memory is: at most two places of one linear layer, with factors.
    private bool Collects(Expr x, long place)
    {
        (count, visits) = (0, 0);
        return Collects(x, place, 1, 0) && count > 0;
    }

    private bool Collects(Expr x, long at, double factor, int depth)
    {
        if (depth == MaxDepth || ++visits > MaxVisits)
            return false;
        switch (x)
        {
            case LinearExpr source when linear is null || linear == source:
                linear = source;
                return Adds(at, factor);
            case LayerExpr layer:
                return Moved(layer.Layer, at) is >= 0 and long from && Collects(layer.Input, from, factor, depth + 1);
            case MergeExpr { Merge: Merge.Concat } merge:
                (long outer, long inner) = Math.DivRem(at, merge.Shape.FeatureCount);
                foreach (Expr part in merge.Inputs)
                {
                    if (inner < part.Shape.FeatureCount)
                        return Collects(part, (outer * part.Shape.FeatureCount) + inner, factor, depth + 1);
                    inner -= part.Shape.FeatureCount;
                }

                return false;
            case ElementExpr { Operation: "Add" or "Sub", Right: { } right } sum:
                return Collects(sum.Left, at, factor, depth + 1) && Collects(right, at, sum.Operation == "Add" ? factor : -factor, depth + 1);
            case ElementExpr { Operation: "Neg" } negative:
                return Collects(negative.Left, at, -factor, depth + 1);
            case ElementExpr { HasNumber: true, IsNumberFirst: false, Operation: "Mul" or "Div" } scaled:
                return Collects(scaled.Left, at, scaled.Operation == "Mul" ? factor * scaled.Number : factor / scaled.Number, depth + 1);
            case VectorExpr { Multiplies: true } vector:
                return Collects(vector.Input, at, factor * vector.Vector[at / vector.Stride % vector.Vector.Length], depth + 1);
            case FactorsExpr factors:
                return Collects(factors.Input, at, factor * factors.At(at), depth + 1);
            case GatherExpr { Otherwise: { } slices }:
                return Collects(slices, at, factor, depth + 1);
            case GatherExpr gather:
                long stride = Math.Max(1, gather.Axis.Stride), piece = stride * gather.Indices.Length;
                return Collects(gather.Input,
                    (at / piece * stride * gather.Axis.Size) + (gather.Indices[at % piece / stride] * stride) + (at % stride), factor, depth + 1);
            default:
                return false;
        }
    }

    // Where a layer that only moves values has one from; −1 if it does something else.
    private static long Moved(Layer layer, long at) => layer switch
    {
        Reshape or Flatten => at,
        Slice slice => (at / slice.Count * slice.Input.FeatureCount) + slice.First + (at % slice.Count),
        LastStep last => ((last.Input.Steps - 1L) * last.Input.FeatureCount) + at,
        Upsample { Mode: UpsampleMode.Nearest, Input.Kind: ShapeKind.Sequence } spread =>
            (at / ((long)spread.Input.FeatureCount * spread.Factor.Width) * spread.Input.FeatureCount) + (at % spread.Input.FeatureCount),
        _ => -1,
    };

    private bool Adds(long place, double factor)
    {
        for (int k = 0; k < count; k++)
        {
            if (terms[k].Place == place)
            {
                terms[k].Factor += factor;
                return true;
            }
        }

        if (count == MaxTerms)
            return false;
        terms[count++] = (place, factor);
        return true;
    }

    // Whether the terms of a feature are of the same columns at each step, and with the same factors in each head.
    private bool Keeps(int t, int h, int j, double[] a, double[] b)
    {
        int features = linear!.Shape.FeatureCount, i = (h * width) + j, factor = (t * width) + j;
        if (count > 2 || linear.Shape.Size != (long)steps * features)
            return false;
        if (t == 0)
        {
            int first = count == 2 && Math.Abs(terms[1].Factor) > Math.Abs(terms[0].Factor) ? 1 : 0;
            own[i] = (int)terms[first].Place;
            other[i] = count == 2 ? (int)terms[1 - first].Place : -1;
            if (terms[first].Place >= features || (count == 2 && terms[1 - first].Place >= features))
                return false;
        }

        long row = (long)t * features;
        int mine = terms[0].Place == row + own[i] ? 0 : 1;
        if (mine >= count || terms[mine].Place != row + own[i] || count != (other[i] < 0 ? 1 : 2)
            || (count == 2 && terms[1 - mine].Place != row + other[i]))
            return false;
        (double x, double y) = (terms[mine].Factor, count == 2 ? terms[1 - mine].Factor : 0);
        if (h == 0)
            (a[factor], b[factor]) = (x, y);
        return a[factor] == x && b[factor] == y;
    }

    // What the factors are: one number for all, or the cosines and sines of positions.
    private bool Turns(double[] a, double[] b)
    {
        for (int repeats = heads; repeats > 1 && Repeats == 1; repeats--)
            Repeats = heads % repeats == 0 && Repeated(repeats) ? repeats : 1;
        int features = Enumerable.Range(0, width).Count(j => other[j] >= 0);
        double factor = a[0];
        for (int i = 0; i < a.Length; i++)
        {
            if (i % width >= features && !(Math.Abs(a[i] - factor) <= 1e-6 * Math.Abs(factor)))
                return features == 0 ? false : throw new Refusal(
                    "the features that do not turn by positions have another factor than those that do");
        }

        Factor = Math.Abs(factor - 1) <= 1e-6 ? 1 : factor;
        if (features == 0)
            return true;

        if (b.Take(features).Any(sine => !(Math.Abs(sine) <= 1e-6 * Math.Abs(factor))))
        {
            throw new Refusal("features turn at the first step already, and rotary positions begin at 0, where none does; export the model from "
                + "position 0 on");
        }

        // Which feature each turns with, in its own head.
        int[] with = new int[features];
        for (int h = 0; h < heads; h++)
        {
            for (int j = 0; j < width; j++)
            {
                int to = other[(h * width) + j] < 0 ? -1 : Array.IndexOf(own, other[(h * width) + j], h * width, width) - (h * width);
                if (j >= features ? other[(h * width) + j] >= 0 : to < 0 || (h > 0 && with[j] != to))
                    throw new Refusal("features turn by positions that are not the first ones of each head, or turn with those of another head");
                if (j < features)
                    with[j] = to;
            }
        }

        bool isInHalves = features % 2 == 0 && !with.Where((to, j) => to != (j + (features / 2)) % features).Any();
        bool isInPairs = features % 2 == 0 && !with.Where((to, j) => to != (j ^ 1)).Any();
        if (!isInHalves && !isInPairs)
        {
            throw new Refusal("rotary positions turn feature i with i + half of the features, or 2 i with 2 i + 1, and here others turn with each "
                + "other");
        }

        var table = new RotaryTable(steps, features / 2, (t, pair, isSecond) =>
        {
            int j = isInHalves ? pair + (isSecond ? features / 2 : 0) : (2 * pair) + (isSecond ? 1 : 0);
            return (a[(t * width) + j] / factor, (isSecond ? 1 : -1) * b[(t * width) + j] / factor);
        });
        float theta = table.Theta();
        Rotary = new Rotary(theta, features == width ? null : features, !isInHalves);
        return true;
    }

    private bool Repeated(int repeats)
    {
        for (int i = 0; i < own.Length; i++)
        {
            if (own[i] != own[(i / width / repeats * repeats * width) + (i % width)])
                return false;
        }

        return true;
    }
}
