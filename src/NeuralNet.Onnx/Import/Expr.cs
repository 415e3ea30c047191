namespace NeuralNet.Onnx.Import;

/// <summary>
/// A function of the network's input, as rows of a shape. It may be a layer already, or a part of one, of which only the
/// whole can be imported: what it becomes is decided when all is read.
/// </summary>
internal abstract class Expr(Shape shape, Node? origin)
{
    public Shape Shape { get; } = shape;

    /// <summary>The node that it comes from; null for the input.</summary>
    public Node? Origin { get; } = origin;

    /// <summary>How often the graph reads the value that this is.</summary>
    public int Uses { get; set; }
}

/// <summary>The network's input.</summary>
internal sealed class InputExpr(Shape shape) : Expr(shape, null);

/// <summary>A layer on another expression, with the values of its blocks.</summary>
internal sealed class LayerExpr(Layer layer, Expr input, Node? origin, params (string Name, float[] Values)[] values) : Expr(layer.Output, origin)
{
    public Layer Layer { get; } = layer;

    public Expr Input { get; } = input;

    public IReadOnlyList<(string Name, float[] Values)> Values { get; } = values;
}

/// <summary>Several expressions merged into one.</summary>
internal sealed class MergeExpr(Merge merge, Shape shape, Node? origin, params Expr[] inputs) : Expr(shape, origin)
{
    public Merge Merge { get; } = merge;

    public IReadOnlyList<Expr> Inputs { get; } = inputs;
}

/// <summary>z = W x + b along the features; W is [inputs, outputs]. Without b one that is added later may become it.</summary>
internal sealed class LinearExpr(Expr input, Shape shape, float[] weight, float[]? bias, Node origin) : Expr(shape, origin)
{
    public Expr Input { get; } = input;

    public float[] Weight { get; } = weight;

    public float[]? Bias { get; } = bias;
}

/// <summary>A convolution or a transposed one, whose parameters are in the library's order. Without b one that is added later may be it.</summary>
internal sealed class ConvExpr(ConvSettings settings, Expr input, float[] weight, float[]? bias, Node origin)
    : Expr(settings.Layer(input.Shape, hasBias: true).Output, origin)
{
    public ConvSettings Settings { get; } = settings;

    public Expr Input { get; } = input;

    public float[] Weight { get; } = weight;

    public float[]? Bias { get; } = bias;

    /// <summary>Which filter a weight belongs to: W is [taps, inputs of a group, filters], or transposed [taps, filters of a group, inputs].
    /// </summary>
    public int FilterOf(int weight)
    {
        int filters = Settings.Filters;
        if (Settings.OutputPadding is null)
            return weight % filters;
        int inputs = Input.Shape.FeatureCount, groups = Settings.Groups;
        return (weight % inputs / (inputs / groups) * (filters / groups)) + (weight / inputs % (filters / groups));
    }
}

/// <summary>What a convolution is beside its parameters; a transposed one has an output padding.</summary>
internal sealed record ConvSettings(
    int Filters, HeightWidth Kernel, HeightWidth Stride, HeightWidth Dilation, Padding Padding, int Groups, HeightWidth? OutputPadding)
{
    public ConvolutionLayer Layer(Shape input, bool hasBias) => OutputPadding is { } more
        ? new ConvTranspose(input, Filters, Kernel, Stride, Padding, more, Dilation, Groups, hasBias, null, Initializer.Zeros)
        : new Conv(input, Filters, Kernel, Stride, Padding, Dilation, Groups, hasBias, null, Initializer.Zeros);
}

/// <summary>An operation element by element, on one or two expressions of the same view, or on one and a number.</summary>
internal sealed class ElementExpr(string operation, Expr left, Expr? right, Shape shape, Node origin) : Expr(shape, origin)
{
    public string Operation { get; } = operation;

    public Expr Left { get; } = left;

    public Expr? Right { get; } = right;

    /// <summary>The number, where there is one instead of the right expression.</summary>
    public double Number { get; init; }

    /// <summary>Whether the number comes first: c / x.</summary>
    public bool IsNumberFirst { get; init; }

    /// <summary>What else the operation needs.</summary>
    public double Alpha { get; init; }

    public double Beta { get; init; }

    public bool HasNumber => Right is null && (Operation is "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Max" or "Min" or "Then" or "Else"
        || (IsCondition && Operation is not ("Not" or "IsNaN")));

    /// <summary>Whether it is 1 where something holds, and 0 elsewhere.</summary>
    public bool IsCondition => Operation is "Less" or "Greater" or "LessOrEqual" or "GreaterOrEqual" or "Equal" or "Not" or "And" or "Or" or "IsNaN";
}

/// <summary>x ⊙ v or x + v with constants along one axis, or x + v with one for each value of a row.</summary>
internal sealed class VectorExpr(bool multiplies, Expr input, float[] vector, long stride, Node origin) : Expr(input.Shape, origin)
{
    public bool Multiplies { get; } = multiplies;

    public Expr Input { get; } = input;

    public float[] Vector { get; } = vector;

    /// <summary>From one element of the axis to the next.</summary>
    public long Stride { get; } = stride;

    /// <summary>What is divided by, if the factors were divisors in the file: their reciprocals are rounded.</summary>
    public float[]? Divisors { get; init; }
}

/// <summary>x ⊙ c with constants along several axes, but not all: such as one for each step and feature of each head.</summary>
internal sealed class FactorsExpr(Expr input, float[] values, (Atom Atom, long Stride)[] axes, Node origin) : Expr(input.Shape, origin)
{
    public Expr Input { get; } = input;

    /// <summary>The factor of a place in the memory of a row.</summary>
    public float At(long place)
    {
        long at = 0;
        foreach ((Atom atom, long stride) in axes)
            at += place / atom.Stride % atom.Size * stride;
        return values[at];
    }
}

/// <summary>The larger, or the smaller, of x and a limit for each index of an axis, or for each value of a row.</summary>
internal sealed class LimitExpr(string operation, Expr input, float[] limits, long stride, Node origin) : Expr(input.Shape, origin)
{
    /// <summary>Max or Min.</summary>
    public string Operation { get; } = operation;

    public Expr Input { get; } = input;

    public float[] Limits { get; } = limits;

    /// <summary>From one index of the axis to the next.</summary>
    public long Stride { get; } = stride;
}

/// <summary>An operation on an expression and one that is smaller by an axis, which is repeated along it.</summary>
internal sealed class BroadcastExpr(string operation, Expr whole, Expr small, bool isSmallFirst, Atom axis, Node origin) : Expr(whole.Shape, origin)
{
    public string Operation { get; } = operation;

    public Expr Whole { get; } = whole;

    public Expr Small { get; } = small;

    public bool IsSmallFirst { get; } = isSmallFirst;

    public Atom Axis { get; } = axis;
}

/// <summary>One number of each vector along an axis: the mean, the sum, the largest, the sum of squares, the root of that.</summary>
internal sealed class ReduceExpr(string operation, Expr input, Atom axis, Shape shape, Node origin) : Expr(shape, origin)
{
    public string Operation { get; } = operation;

    public Expr Input { get; } = input;

    public Atom Axis { get; } = axis;
}

/// <summary>A normalization along the features; gain and bias may follow.</summary>
internal sealed class NormExpr(bool centers, Expr input, float epsilon, float[]? gain, float[]? bias, Node origin) : Expr(input.Shape, origin)
{
    public bool Centers { get; } = centers;

    public Expr Input { get; } = input;

    public float Epsilon { get; } = epsilon;

    public float[]? Gain { get; } = gain;

    public float[]? Bias { get; } = bias;
}

/// <summary>A normalization of groups of channels over all places of a row; gain and bias of each channel may follow.</summary>
internal sealed class GroupNormExpr(int groups, Expr input, float epsilon, float[]? gain, float[]? bias, Node origin) : Expr(input.Shape, origin)
{
    public int Groups { get; } = groups;

    public Expr Input { get; } = input;

    public float Epsilon { get; } = epsilon;

    public float[]? Gain { get; } = gain;

    public float[]? Bias { get; } = bias;
}

/// <summary>x where a mask is not 0, and 0 elsewhere: the steps of a memory that attention does not look at.</summary>
internal sealed class MaskedExpr(Expr input, Expr mask, Node origin) : Expr(input.Shape, origin)
{
    public Expr Input { get; } = input;

    public Expr Mask { get; } = mask;
}

/// <summary>Elements of an axis by constant indices.</summary>
internal sealed class GatherExpr(Expr input, Atom axis, long[] indices, Expr? otherwise, Shape shape, Node origin) : Expr(shape, origin)
{
    /// <summary>The same as slices, where the indices are so even.</summary>
    public Expr? Otherwise { get; } = otherwise;

    public Expr Input { get; } = input;

    public Atom Axis { get; } = axis;

    public long[] Indices { get; } = indices;
}

/// <summary>The scores of attention: of each head, q kᵀ times a factor, and what is added to it.</summary>
internal sealed record Scores(Expr Queries, Expr Keys, int Heads, int Width, int QuerySteps, int KeySteps)
{
    public double Factor { get; init; } = 1;

    /// <summary>Which keys are seen by their distance.</summary>
    public Band Band { get; init; } = Band.All;

    /// <summary>How many heads keys and values have; each is that of as many neighbouring heads of queries.</summary>
    public int KeyHeads { get; init; } = Heads;

    /// <summary>By which positions queries and keys turn; null: they do not.</summary>
    public Rotary? Rotary { get; init; }

    /// <summary>What each head's scores lose with each step of distance; null: nothing.</summary>
    public float[]? Slopes { get; init; }

    /// <summary>Whether they are right for earlier keys alone, so that later ones must be hidden.</summary>
    public bool IsOneSided { get; init; }

    /// <summary>One value for each key, 1 or 0: whether it is seen; null if all are.</summary>
    public Expr? Mask { get; init; }
}

/// <summary>Scores of attention, or the weights that softmax makes of them; only the whole has a layer.</summary>
internal sealed class ScoresExpr(Scores scores, bool areWeights, Shape shape, Node origin) : Expr(shape, origin)
{
    public Scores Scores { get; } = scores;

    public bool AreWeights { get; } = areWeights;
}

/// <summary>What attention makes of the values: of all heads side by side, before the last projection.</summary>
internal sealed class AttentionExpr(Scores scores, Expr values, Shape shape, Node origin) : Expr(shape, origin)
{
    public Scores Scores { get; } = scores;

    public Expr Values { get; } = values;
}

/// <summary>Whole numbers, of which ids and masks can be made and nothing else: arithmetic on them would be another one.</summary>
internal sealed class WholeExpr(Expr input, bool isExact, Node? origin) : Expr(input.Shape, origin)
{
    public Expr Input { get; } = input;

    /// <summary>Whether the network's input is of whole numbers itself, so that nothing has been cut off.</summary>
    public bool IsExact { get; } = isExact;

    public static Expr Within(Expr expr) => expr is WholeExpr whole ? whole.Input : expr;
}
