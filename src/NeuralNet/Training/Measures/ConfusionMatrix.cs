using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace NeuralNet;

/// <summary>Counts n_ap of rows of actual class a for which class p was predicted, and what follows from them. Rows with weights are not counted,
/// but their weights added up.</summary>
/// <remarks>Numbers of rows are doubles, which are exact to 2⁵³. A prediction of −1, which <see cref="Metrics.ArgMax"/> gives for an output with a
/// NaN, is counted in a column of its own: wrong, whatever the actual class.</remarks>
public sealed partial class ConfusionMatrix
{
    /// <summary>The most classes that a matrix is made of: it takes 8 · 4096 · 4097 bytes, 134 MB.</summary>
    internal const int MaxClasses = 4096;

    private readonly string[] names;

    // [actual, predicted + 1]: column 0 is of rows without a prediction.
    private readonly double[] counts;

    /// <summary>Makes an empty matrix of classes named "0", "1" ….</summary>
    /// <param name="classes">The number of classes, 2 … 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is less than 2 or more than 4096.</exception>
    public ConfusionMatrix(int classes)
    {
        Guard.AtLeast(classes, 2, nameof(classes));
        CheckMost(classes, nameof(classes));
        names = [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        counts = NewCounts(classes);
    }

    /// <summary>Makes an empty matrix of named classes.</summary>
    /// <param name="classNames">The name of each class, 2 … 4096 of them: <see cref="Dataset.ClassNames"/>.</param>
    /// <exception cref="ArgumentException">There are fewer than 2, or one is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more than 4096.</exception>
    public ConfusionMatrix(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        if (classNames.Count < 2)
            throw new ArgumentException($"Expected the names of at least 2 classes, but got {classNames.Count}.", nameof(classNames));
        CheckMost(classNames.Count, nameof(classNames));
        names = [.. classNames];
        int unnamed = Array.IndexOf(names, null);
        if (unnamed >= 0)
            throw new ArgumentException($"Expected a name for every class, but got null for class {unnamed}.", nameof(classNames));
        counts = NewCounts(names.Length);
    }

    /// <summary>The number of classes.</summary>
    public int Classes => names.Length;

    /// <summary>The names of the classes: "0", "1" … where none were given.</summary>
    public IReadOnlyList<string> ClassNames => Array.AsReadOnly(names);

    /// <summary>The number of rows counted, or their weight: Σ n_ap.</summary>
    public double Total { get; private set; }

    /// <summary>The fraction of rows predicted right: Σ n_cc / Σ n_ap; NaN before the first.</summary>
    public double Accuracy
    {
        get
        {
            double right = 0;
            for (int c = 0; c < Classes; c++)
                right += this[c, c];
            return right / Total;
        }
    }

    /// <summary>n_ap, the number of rows of an actual class with a prediction, or their weight.</summary>
    /// <param name="actual">The actual class.</param>
    /// <param name="predicted">The predicted class, or −1 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double this[int actual, int predicted] => counts[Index(actual, predicted)];

    /// <summary>Counts one row.</summary>
    /// <param name="actual">Its actual class.</param>
    /// <param name="predicted">The class predicted for it, or −1 for none.</param>
    /// <param name="weight">How much it counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class, or the weight is negative or not finite.</exception>
    public void Add(int actual, int predicted, double weight = 1)
    {
        if (!(weight >= 0 && double.IsFinite(weight)))
            throw Guard.OutOfRange(
                nameof(weight), weight, FormattableString.Invariant($"The weight is {weight}; a finite one of at least 0 was expected."));
        counts[Index(actual, predicted)] += weight;
        Total += weight;
    }

    /// <summary>Counts many rows; the class predicted for a row is <see cref="Metrics.ArgMax"/> of its outputs.</summary>
    /// <param name="labels">The actual classes, [rows].</param>
    /// <param name="y">The outputs, [rows, classes].</param>
    /// <param name="weights">How much each row counts, [rows]; empty: 1 each.</param>
    /// <exception cref="ArgumentException"><paramref name="y"/> is not rows · classes long, or there are not as many weights as rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of range, or a weight negative or not finite; nothing has been counted then.
    /// </exception>
    public void Add(ReadOnlySpan<int> labels, ReadOnlySpan<float> y, ReadOnlySpan<float> weights = default)
    {
        if (y.Length != (long)labels.Length * Classes)
            throw new ArgumentException(
                $"Expected {labels.Length} rows of {Classes} outputs = {(long)labels.Length * Classes} numbers, but got {y.Length}.", nameof(y));

        OneHot.CheckLabels(labels, Classes);
        Metrics.CheckWeights(weights, labels.Length);
        for (int row = 0; row < labels.Length; row++)
            Add(labels[row], Metrics.ArgMax(y.Slice(row * Classes, Classes)), Metrics.WeightOf(weights, row));
    }

    /// <summary>Of the rows predicted as a class, the fraction that is of it: n_cc / Σ_a n_ac.</summary>
    /// <param name="classIndex">The class c.</param>
    /// <returns>0 … 1; NaN (0/0) if it was never predicted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double Precision(int classIndex) => Right(classIndex) / Predicted(classIndex);

    /// <summary>Of the rows of a class, the fraction predicted as it: n_cc / Σ_p n_cp.</summary>
    /// <param name="classIndex">The class c.</param>
    /// <returns>0 … 1; NaN (0/0) if no row is of it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double Recall(int classIndex) => Right(classIndex) / Actual(classIndex);

    /// <summary>The harmonic mean of precision P and recall R: 2 P R / (P + R) = 2 n_cc / (Σ_a n_ac + Σ_p n_cp).</summary>
    /// <param name="classIndex">The class c.</param>
    /// <returns>0 … 1; NaN (0/0) if no row is of the class and none was predicted as it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double F1(int classIndex) => 2.0 * Right(classIndex) / (Predicted(classIndex) + Actual(classIndex));

    /// <summary>The counts as an aligned table: a line for each actual class, a column for each predicted one, and the
    /// recall, precision and accuracy beside them.</summary>
    /// <returns>The table, the same in every culture; its lines end in \n.</returns>
    public override string ToString()
    {
        bool none = Enumerable.Range(0, Classes).Any(c => this[c, -1] != 0);
        var lines = new List<string[]> { (string[])["actual \\ predicted", .. names, .. none ? ["none"] : Array.Empty<string>(), "recall"] };
        for (int a = 0; a < Classes; a++)
        {
            IEnumerable<int> predictions = Enumerable.Range(0, Classes).Concat(none ? [-1] : []);
            lines.Add([names[a], .. predictions.Select(p => Number(this[a, p])), Text(Recall(a))]);
        }

        lines.Add(["precision", .. Enumerable.Range(0, Classes).Select(c => Text(Precision(c))), .. none ? [""] : Array.Empty<string>(), ""]);
        int first = lines.Max(line => line[0].Length), width = lines.Max(line => line.Skip(1).Max(cell => cell.Length));
        var text = new StringBuilder();
        foreach (string[] line in lines)
        {
            string cells = line[0].PadRight(first) + string.Concat(line.Skip(1).Select(cell => "  " + cell.PadLeft(width)));
            text.Append(cells.TrimEnd()).Append('\n');
        }

        return text.Append("accuracy ").Append(Text(Accuracy)).Append(" of ")
            .Append(Number(Total)).Append(" rows\n").ToString();
    }

    private static string Number(double count) => count.ToString(count == Math.Floor(count) ? "0" : "0.###", CultureInfo.InvariantCulture);

    private static string Text(double fraction) => double.IsNaN(fraction) ? "–" : fraction.ToString("0.000", CultureInfo.InvariantCulture);

    private double Right(int c) => this[c, c];

    private double Actual(int c)
    {
        double sum = 0;
        for (int p = -1; p < Classes; p++)
            sum += this[c, p];
        return sum;
    }

    private double Predicted(int c)
    {
        double sum = 0;
        for (int a = 0; a < Classes; a++)
            sum += this[a, c];
        return sum;
    }

    // The counts of other rows, of the same classes.
    internal void Add(ConfusionMatrix other)
    {
        for (int i = 0; i < counts.Length; i++)
            counts[i] += other.counts[i];
        Total += other.Total;
    }

    // The counts as they are, for another process.
    internal void Write(BinaryWriter to)
    {
        to.Write(Total);
        to.Write(MemoryMarshal.AsBytes(counts.AsSpan()));
    }

    internal void Read(BinaryReader from)
    {
        Total = from.ReadDouble();
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(counts.AsSpan()));
    }

    private static void CheckMost(int classes, string name)
    {
        if (classes > MaxClasses)
            throw Guard.OutOfRange(
                name, classes, $"Expected at most {MaxClasses} classes, but got {classes}: every pair of classes is counted.");
    }

    private static double[] NewCounts(int classes) => new double[classes * (classes + 1L)];

    private long Index(int actual, int predicted)
    {
        if ((uint)actual >= (uint)Classes)
            throw Guard.OutOfRange(nameof(actual), actual, FormattableString.Invariant($"Expected a class 0 … {Classes - 1}, but got {actual}."));
        if (predicted < -1 || predicted >= Classes)
            throw Guard.OutOfRange(
                nameof(predicted), predicted,
                FormattableString.Invariant($"Expected a class 0 … {Classes - 1}, or −1 for none, but got {predicted}."));

        return (actual * (Classes + 1L)) + predicted + 1;
    }
}
