namespace NeuralNet.Onnx.Import;

/// <summary>
/// How many values may be made that the file does not hold itself: repeated constants, parameters that start at 0 or 1. It is
/// bounded by the file's size, so that a small file cannot ask for much memory.
/// </summary>
internal sealed class Allowance(long fileBytes)
{
    private const long Least = 1 << 20;

    private long left = Least + fileBytes;

    /// <summary>The largest table of one number for each input value, which networks that look up ids need.</summary>
    public long MaxIds { get; } = (4 * Least) + fileBytes;

    /// <summary>Takes so many values of what is left.</summary>
    /// <exception cref="Refusal">There are not as many.</exception>
    public void Take(long count, string what)
    {
        if (count < 0 || count > left)
            throw new Refusal($"{what} would take {(count < 0 ? "more than 2⁶²" : FormattableString.Invariant($"{count}"))} values that the file " +
                $"does not hold; at most {left} more are made");
        left -= count;
    }
}
