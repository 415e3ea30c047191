namespace NeuralNet.Kernels;

/// <summary>Where the values of an axis that is resized lie among those that it had: value o lies at (<paramref name="Start"/> + o ·
/// <paramref name="Step"/>) / <paramref name="By"/>, a fraction of whole numbers, so that no rounding decides which values are meant.</summary>
/// <param name="Size">How many values there are.</param>
/// <param name="Outputs">How many there will be.</param>
/// <param name="Start">Where the first one lies, times the divisor.</param>
/// <param name="Step">How far the next one is, times the divisor; not negative.</param>
/// <param name="By">The divisor, positive.</param>
/// <param name="IsNearest">Whether a value is the one at its place rounded down, rather than by a straight line between that and the next.</param>
internal readonly record struct ResizeAxis(int Size, int Outputs, long Start, long Step, long By, bool IsNearest)
{
    /// <summary>The longest side, of the input and the output: four times the product of two of these is still a long.</summary>
    public const int Largest = 1 << 28;

    /// <summary>An axis that stays as it is.</summary>
    public static ResizeAxis One => new(1, 1, 0, 1, 1, true);

    /// <summary>Takes an axis.</summary>
    /// <param name="size">How many values there are.</param>
    /// <param name="outputs">How many there will be.</param>
    /// <param name="scale">How many times as dense they are, as a fraction.</param>
    /// <param name="places">Where they lie.</param>
    /// <param name="rounding">How a place becomes that of one value; null: straight lines.</param>
    public static ResizeAxis Of(int size, int outputs, (long Up, long Down) scale, ResizePlaces places, ResizeRounding? rounding)
    {
        checked
        {
            // (o + ½) / scale − ½, o (size − 1) / (outputs − 1), o / scale
            (long start, long step, long by) = places switch
            {
                ResizePlaces.HalfPixel => (scale.Down - scale.Up, 2 * scale.Down, 2 * scale.Up),
                ResizePlaces.AlignedCorners => (0, size - 1, Math.Max(1, outputs - 1)),
                _ => (0, scale.Down, scale.Up),
            };

            // Rounded down, another place gives what this one gives by its own rounding: ⌈a / b⌉ = ⌊(a + b − 1) / b⌋.
            (start, step, by) = rounding switch
            {
                ResizeRounding.Ceiling => (start + by - 1, step, by),
                ResizeRounding.HalfDown => ((2 * start) + by - 1, 2 * step, 2 * by),
                ResizeRounding.HalfUp => ((2 * start) + by, 2 * step, 2 * by),
                _ => (start, step, by),
            };
            return new ResizeAxis(size, outputs, start, step, by, rounding is not null);
        }
    }

    /// <summary>Takes an axis that is resized to a size, or by a scale where there is one.</summary>
    public static ResizeAxis Of(int size, int outputs, float? scale, ResizePlaces places, ResizeRounding? rounding) =>
        Of(size, outputs, scale is { } given ? Fraction(given) : Reduced(outputs, size), places, rounding);

    /// <summary>How many values a scale makes of some; 0 where nothing is left, and one more than there may be where they are too many.</summary>
    public static int Scaled(int size, float scale)
    {
        double roughly = (double)size * scale;
        if (!(roughly is > 0.5 and <= Largest + 0.5))
            return roughly > 1 ? Largest + 1 : 0;
        (long up, long down) = Fraction(scale);
        return (int)(size * up / down);
    }

    /// <summary>The simplest fraction that is a float when rounded: 1.3f means 13/10, so that what is meant to be a tie is one, and ten values become
    /// thirteen.</summary>
    public static (long Up, long Down) Fraction(float scale)
    {
        // The float is digits / 2ᵏ, and from half a digit less to half a digit more the float is the nearest. A power of two is what it is.
        int bits = BitConverter.SingleToInt32Bits(scale), k = 150 - (bits >> 23);
        long digits = (bits & 0x7FFFFF) | 0x800000;
        return k <= 0 ? (digits << -k, 1)
            : digits == 0x800000 ? Reduced(digits, 1L << k)
            : Between((2 * digits) - 1, 2L << k, (2 * digits) + 1, 2L << k);
    }

    // The simplest fraction from a / b to c / d: a whole number, or one and the inverse of the simplest between the inverses of what is left.
    private static (long Up, long Down) Between(long a, long b, long c, long d)
    {
        long whole = a / b;
        if (whole * b == a || (whole + 1) * d <= c)
            return (whole * b == a ? whole : whole + 1, 1);
        (long up, long down) = Between(d, c - (whole * d), b, a - (whole * b));
        return ((whole * up) + down, up);
    }

    // In lowest terms, so that weights are the same as those of an equal scale.
    private static (long Up, long Down) Reduced(long up, long down)
    {
        (long divisor, long other) = (up, down);
        while (other != 0)
            (divisor, other) = (other, divisor % other);
        return (up / divisor, down / divisor);
    }

    /// <summary>Goes through the outputs, from one of them on.</summary>
    public ResizeWalk From(int output) => new(this, output);

    /// <summary>The outputs that may be made of some values, from the first to behind the last.</summary>
    public (int First, int End) Over(int first, int count)
    {
        if (Step == 0)
            return first == 0 ? (0, Outputs) : (0, 0);
        long from = first == 0 ? 0 : Reaching(first - 1), end = first + count >= Size ? Outputs : Reaching(first + count);
        return ((int)Math.Clamp(from, 0, Outputs), (int)Math.Clamp(end, 0, Outputs));
    }

    // The first output that lies at a place or behind it.
    private long Reaching(long place)
    {
        long missing = (place * By) - Start;
        return missing <= 0 ? 0 : ((missing - 1) / Step) + 1;
    }
}

/// <summary>The place of one output after the other. There is no division but the first.</summary>
internal struct ResizeWalk
{
    private readonly long by, wholeStep, restStep;
    private readonly int last;
    private readonly bool isNearest;
    private long whole, rest;

    public ResizeWalk(in ResizeAxis axis, int output)
    {
        (by, last, isNearest) = (axis.By, axis.Size - 1, axis.IsNearest);
        (wholeStep, restStep) = Math.DivRem(axis.Step, by);
        (whole, rest) = Math.DivRem(axis.Start + (output * axis.Step), by);
        if (rest < 0)
            (whole, rest) = (whole - 1, rest + by);
    }

    /// <summary>The values on both sides, and the weight of the second one, below 1; the same twice where that is 0.</summary>
    public readonly (int First, int Second, float Weight) Current
    {
        get
        {
            if (whole < 0)
                return (0, 0, 0);
            if (whole >= last)
                return (last, last, 0);
            int first = (int)whole;
            if (isNearest || rest == 0)
                return (first, first, 0);

            // A weight that rounds to 1 leaves nothing of the first value.
            float weight = rest / (float)by;
            return weight < 1 ? (first, first + 1, weight) : (first + 1, first + 1, 0);
        }
    }

    public void Next()
    {
        whole += wholeStep;
        rest += restStep;
        if (rest >= by)
        {
            rest -= by;
            whole++;
        }
    }
}
