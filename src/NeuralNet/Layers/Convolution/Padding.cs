using System.Globalization;

namespace NeuralNet;

/// <summary>How many values are thought around an image, or before and behind the steps of a sequence, for a window to slide over: zeros for a
/// convolution, nothing for a pool.</summary>
/// <remarks>Of a sequence whose rows have lengths, the padding lies around the real steps of each row.</remarks>
public readonly record struct Padding
{
    private enum Rule
    {
        Explicit,
        Same,
        Causal,
    }

    private readonly Rule rule;
    private readonly bool isUniform; // one number on all sides, so that it fits a sequence too

    private Padding(Rule rule, int top = 0, int left = 0, int bottom = 0, int right = 0, bool isUniform = false)
    {
        this.rule = rule;
        this.isUniform = isUniform;
        (Top, Left, Bottom, Right) = (top, left, bottom, right);
    }

    /// <summary>No padding: the window stays within the input.</summary>
    public static Padding Valid => default;

    /// <summary>As much that there are ⌈size / stride⌉ outputs, as many as inputs at a stride of 1; where the number is odd, the last one lies
    /// behind (below, to the right), as in ONNX's SAME_UPPER, Keras and TensorFlow.</summary>
    public static Padding Same => new(Rule.Same);

    /// <summary>Of a sequence: (kernel − 1) · dilation steps before the first one and none behind the last, so that no output knows of a later
    /// input.</summary>
    public static Padding Causal => new(Rule.Causal);

    /// <summary>What is above an image; 0 where a rule says how much.</summary>
    public int Top { get; }

    /// <summary>What is to the left of an image, or before a sequence; 0 where a rule says how much.</summary>
    public int Left { get; }

    /// <summary>What is below an image; 0 where a rule says how much.</summary>
    public int Bottom { get; }

    /// <summary>What is to the right of an image, or behind a sequence; 0 where a rule says how much.</summary>
    public int Right { get; }

    internal bool IsSame => rule == Rule.Same;

    internal bool IsCausal => rule == Rule.Causal;

    /// <summary>The same on all sides.</summary>
    /// <param name="all">How much, at least 0.</param>
    /// <returns>The padding.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static Padding Of(int all)
    {
        Guard.AtLeast(all, 0, nameof(all));
        return all == 0 ? Valid : new(Rule.Explicit, all, all, all, all, isUniform: true);
    }

    /// <summary>So much on each side of an image.</summary>
    /// <param name="top">Above, at least 0.</param>
    /// <param name="left">To the left, at least 0.</param>
    /// <param name="bottom">Below, at least 0.</param>
    /// <param name="right">To the right, at least 0.</param>
    /// <returns>The padding.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public static Padding Of(int top, int left, int bottom, int right)
    {
        Guard.AtLeast(top, 0, nameof(top));
        Guard.AtLeast(left, 0, nameof(left));
        Guard.AtLeast(bottom, 0, nameof(bottom));
        Guard.AtLeast(right, 0, nameof(right));
        bool isUniform = top == left && top == bottom && top == right;
        return isUniform ? Of(top) : new(Rule.Explicit, top, left, bottom, right);
    }

    /// <summary>So much before and behind the steps of a sequence.</summary>
    /// <param name="before">Before the first step, at least 0.</param>
    /// <param name="after">Behind the last step, at least 0.</param>
    /// <returns>The padding.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public static Padding Of(int before, int after)
    {
        Guard.AtLeast(before, 0, nameof(before));
        Guard.AtLeast(after, 0, nameof(after));
        return Of(0, before, 0, after);
    }

    /// <summary>The padding in words.</summary>
    /// <returns>"Valid", "Same", "Causal", or the four numbers above, left, below, right: "1, 1, 1, 1".</returns>
    public override string ToString() => this == default ? nameof(Valid)
        : rule == Rule.Explicit ? string.Create(CultureInfo.InvariantCulture, $"{Top}, {Left}, {Bottom}, {Right}")
        : rule.ToString();

    /// <summary>The padding as a layer's settings have it, and made anew of them.</summary>
    internal KindSettings AddTo(KindSettings settings)
    {
        settings.Set("padding", this == default ? nameof(Valid) : rule.ToString());
        return rule == Rule.Explicit && this != default ? settings.Set("pads", [Top, Left, Bottom, Right]) : settings;
    }

    /// <exception cref="InvalidDataException">The settings have none.</exception>
    internal static Padding Of(KindSettings settings) => settings.GetString("padding") switch
    {
        nameof(Valid) => Valid,
        nameof(Same) => Same,
        nameof(Causal) => Causal,
        nameof(Rule.Explicit) when settings.GetInt32s("pads") is [>= 0, >= 0, >= 0, >= 0] pads => Of(pads[0], pads[1], pads[2], pads[3]),
        nameof(Rule.Explicit) => throw settings.Wrong("pads", "a list of what is above, left, below and right, each at least 0,"),
        _ => throw settings.Wrong("padding", "\"Valid\", \"Same\", \"Causal\" or \"Explicit\""),
    };

    /// <summary>Refuses what does not fit a kind of shape.</summary>
    /// <exception cref="ArgumentException">An image cannot be padded by the rule for steps, nor a sequence above and below.</exception>
    internal static void Check(Padding padding, Shape input)
    {
        bool isSequence = input.Kind == ShapeKind.Sequence;
        if (padding.IsCausal && !isSequence)
        {
            throw new ArgumentException(
                $"Padding.Causal is for the steps of a sequence, but the input is {input}; use Valid, Same or Of.", nameof(padding));
        }

        if (isSequence && !padding.isUniform && (padding.Top > 0 || padding.Bottom > 0))
            throw new ArgumentException($"{input} has no lines to pad above and below; use Padding.Of(before, after).", nameof(padding));
    }
}
