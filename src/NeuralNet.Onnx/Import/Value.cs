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

/// <summary>Which query of attention sees which key: those that a mask of ones and zeros names, and none that come later.</summary>
internal sealed class Seen(Signal? mask, long causalSteps) : Value
{
    /// <summary>One number for each key, other than 0 if it is seen; null: all are.</summary>
    public Signal? Mask { get; } = mask;

    /// <summary>Of so many steps none sees a later one; 0: that does not matter.</summary>
    public long CausalSteps { get; } = causalSteps;
}

/// <summary>A signal as whole numbers, which QuantizeLinear makes of it and DequantizeLinear alone reads.</summary>
internal sealed class Quantized(Signal of, Tensor scale, Tensor zero) : Value
{
    public Signal Of { get; } = of;

    public Tensor Scale { get; } = scale;

    public Tensor Zero { get; } = zero;
}
