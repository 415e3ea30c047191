namespace NeuralNet.Onnx.Import;

/// <summary>What a name in the graph stands for: a constant (<see cref="Tensor"/>), or a function of the network's input.</summary>
internal abstract class Value;

/// <summary>A value that could not be followed; why is on the list already.</summary>
internal sealed class UnknownValue : Value
{
    public static UnknownValue Instance { get; } = new();
}

/// <summary>A constant of texts, such as the names of classes; nothing is made of it.</summary>
internal sealed class Texts : Value
{
    public static Texts Instance { get; } = new();
}

/// <summary>A function of the network's input, and how the graph's tensor shows its rows.</summary>
internal sealed class Signal(Expr expr, View view) : Value
{
    public Expr Expr { get; } = expr;

    public View View { get; } = view;

    public override string ToString() => $"{Expr.Shape} as {View}";
}

/// <summary>
/// A signal that Expand repeats along axes of one index. No layer repeats values, so that only an operator that acts element by
/// element takes it, which would repeat the signal by itself.
/// </summary>
internal sealed class Repeated(Signal once, long[] sizes) : Value
{
    public Signal Once { get; } = once;

    public long[] Sizes { get; } = sizes;
}

/// <summary>Which query of attention sees which key: those that a mask of ones and zeros names, and those within a band.</summary>
internal sealed class Seen(Signal? mask, Band band, long steps, long[] dimensions) : Value
{
    /// <summary>One number for each key, other than 0 if it is seen; null: all are.</summary>
    public Signal? Mask { get; } = mask;

    public Band Band { get; } = band;

    /// <summary>How many queries and keys the band is of; 0: it is that of all keys, of any number.</summary>
    public long Steps { get; } = steps;

    /// <summary>Of a band alone, the dimensions of the table of truth values that it stands for.</summary>
    public long[] Dimensions { get; } = dimensions;

    /// <summary>That table.</summary>
    public Tensor ToTensor(Allowance allowance)
    {
        var formula = new Formula(null, i => Band.Sees(i / Steps % Steps, i % Steps) ? 1 : 0, 1, allowance);
        formula.TakeOnce(Sizes.Product(Dimensions));
        return new Tensor(Dimensions, formula);
    }
}

/// <summary>A signal as whole numbers, which QuantizeLinear makes of it and DequantizeLinear alone reads.</summary>
internal sealed class Quantized(Signal of, Tensor scale, Tensor zero) : Value
{
    public Signal Of { get; } = of;

    public Tensor Scale { get; } = scale;

    public Tensor Zero { get; } = zero;
}
