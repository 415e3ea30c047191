namespace NeuralNet;

/// <summary>Classes as desired outputs: d_i = 1 for the row's class i, 0 for the others.</summary>
public static class OneHot
{
    /// <summary>Writes the one-hot rows of labels: d_ri = 1 if i is the label of row r, else 0.</summary>
    /// <param name="labels">[rows], each 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="classes">The number of classes, at least 1.</param>
    /// <param name="desired">[rows, classes], overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is not positive, or a label is out of
    /// range; nothing has been written then.</exception>
    /// <exception cref="ArgumentException"><paramref name="desired"/> is not rows · classes long.</exception>
    public static void Encode(ReadOnlySpan<int> labels, int classes, Span<float> desired)
    {
        Guard.Count(classes, nameof(classes));
        if (desired.Length != (long)labels.Length * classes)
            throw new ArgumentException(
                $"Expected {labels.Length} rows · {classes} classes = {(long)labels.Length * classes} numbers, but got {desired.Length}.",
                nameof(desired));

        CheckLabels(labels, classes);
        desired.Clear();
        for (int row = 0; row < labels.Length; row++)
            desired[(row * classes) + labels[row]] = 1f;
    }

    internal static void CheckLabels(ReadOnlySpan<int> labels, int classes)
    {
        for (int row = 0; row < labels.Length; row++)
        {
            if ((uint)labels[row] >= (uint)classes)
                throw Guard.OutOfRange(
                    nameof(labels), labels[row], FormattableString.Invariant($"Row {row} has label {labels[row]}, expected 0 … {classes - 1}."));
        }
    }
}
