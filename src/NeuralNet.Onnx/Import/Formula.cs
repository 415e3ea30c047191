namespace NeuralNet.Onnx.Import;

/// <summary>How the values of a large constant are computed of smaller ones, one at a time.</summary>
/// <param name="Float">The value of an index, of floats.</param>
/// <param name="Integer">The same of whole numbers.</param>
/// <param name="Cost">How many operators that takes.</param>
/// <param name="Allowance">What a walk over all values is taken from.</param>
internal sealed record Formula(Func<long, float>? Float, Func<long, long>? Integer, int Cost, Allowance Allowance)
{
    /// <summary>Beyond so many operators the values are stored; from so many values on they are computed.</summary>
    public const int MaxCost = 32, Least = 4096;

    // To compute a value once costs less than to keep it.
    private const int ValuesPerUnit = 256;

    public bool IsInteger => Integer is not null;

    /// <summary>Takes a walk over so many values from the allowance.</summary>
    public void TakeOnce(long values) => Allowance.Take(values < 0 ? -1 : Math.Max(1, values / ValuesPerUnit * Cost), "a computed constant");
}
