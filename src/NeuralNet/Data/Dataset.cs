using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>Training pairs (x, d): rows of inputs, each with its desired output, and for a classification their classes.</summary>
/// <remarks><para>Immutable: arrays given are copied, and everything handed out is read-only. Every number in it is finite, and
/// it has at least one row; what does not fit is refused when the set is made.</para>
/// <para>Inputs are [rows, <see cref="InputWidth"/>] and desired outputs [rows, <see cref="OutputWidth"/>], flat and
/// row-major. With classes, the desired output of a row is the one-hot vector of its label, or class ids (<see cref="HasClassIds"/>).</para>
/// <para>A row may be a sequence: its steps one after the other, each a vector of features. Shorter ones are filled up to
/// a common number of steps (with 0, or any finite numbers), and <see cref="WithLengths"/> says how many steps of each row
/// are real; training, evaluation and <see cref="Scaling.Standardize(NetworkBuilder, IRowSource)"/> go by that.</para>
/// <para>What a row is, such as an image of some size, stands in <see cref="InputShape"/>: <c>Network.Create(data.InputShape)</c>.</para></remarks>
public sealed partial class Dataset : IRowSource
{
    private readonly float[] inputs, desired, weights;
    private readonly int[] labels, lengths;

    // The caller has checked everything, and hands the arrays over.
    private Dataset(float[] inputs, float[] desired, int[] labels, RowFormat format, int[]? lengths = null, float[]? weights = null)
    {
        (this.inputs, this.desired, this.labels, this.lengths, this.weights) = (inputs, desired, labels, lengths ?? [], weights ?? []);
        Rows = desired.Length / format.OutputWidth;
        Format = format with { HasLengths = this.lengths.Length > 0, WeightsPerRow = this.weights.Length / Rows };
    }

    /// <summary>What each row has.</summary>
    public RowFormat Format { get; }

    /// <summary>The number of rows, at least 1.</summary>
    public int Rows { get; }

    /// <summary>The number of inputs in a row.</summary>
    public int InputWidth => Format.InputWidth;

    /// <summary>What a row of inputs is: an image where a file says so or <see cref="WithInputShape"/>, otherwise plain features.</summary>
    public Shape InputShape => Format.InputShape;

    /// <summary>The number of desired values in a row: with classes, their number, or that of the class ids.</summary>
    public int OutputWidth => Format.OutputWidth;

    /// <summary>The number of classes; 0 if the rows have none (regression).</summary>
    public int Classes => Format.Classes;

    /// <summary>The names of the classes: the file's where it has some, else "0", "1" …; empty without classes.</summary>
    public IReadOnlyList<string> ClassNames => Format.ClassNames;

    /// <summary>Whether <see cref="Desired"/> are class ids, one for each vector of a network's outputs, instead of one-hot vectors: of a row, or
    /// of each of its steps, where −1 says that a step has no class.</summary>
    public bool HasClassIds => Format.HasClassIds;

    /// <summary>All inputs, [rows, <see cref="InputWidth"/>].</summary>
    public ReadOnlySpan<float> Inputs => inputs;

    /// <summary>All desired outputs, [rows, <see cref="OutputWidth"/>].</summary>
    public ReadOnlySpan<float> Desired => desired;

    /// <summary>The class of each row, 0 … <see cref="Classes"/> − 1, or −1 for a row of class ids that has none, [rows]; empty without classes, and
    /// where each step has one.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>How many steps of each row are real, where rows are sequences: at least 1, [rows]; empty: all.</summary>
    public ReadOnlySpan<int> Lengths => lengths;

    /// <summary>How much each row counts in a mean, [rows], or each vector that a network makes of it, [rows, vectors]; empty: all alike.</summary>
    public ReadOnlySpan<float> Weights => weights;

    /// <summary>The inputs of one row.</summary>
    /// <param name="row">0 … <see cref="Rows"/> − 1.</param>
    /// <returns>[<see cref="InputWidth"/>], a view.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> InputRow(int row) => inputs.AsSpan(CheckRow(row) * InputWidth, InputWidth);

    /// <summary>The desired output of one row.</summary>
    /// <param name="row">0 … <see cref="Rows"/> − 1.</param>
    /// <returns>[<see cref="OutputWidth"/>], a view.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> DesiredRow(int row) => desired.AsSpan(CheckRow(row) * OutputWidth, OutputWidth);

    /// <summary>Divides the rows at random into a training part and a test part, the same for the same seed on every machine.</summary>
    /// <remarks><para>The test part gets round(rows · <paramref name="testFraction"/>) rows (halves up), at least 1 and at most rows − 1. With
    /// <see cref="Labels"/>, or those of one of several outputs (<see cref="OutputNames"/>), it is stratified: each class's number of test rows
    /// differs from its share, n_c · testFraction, by at most 1, and within that no class of two rows or more is missing from either part if that
    /// can be had.</para>
    /// <para>Both parts come shuffled, and keep all classes' names and the rows' lengths and weights. A part in which every weight is 0 can be
    /// neither trained on nor measured.</para></remarks>
    /// <param name="testFraction">The test part's share of the rows, between 0 and 1, both excluded.</param>
    /// <param name="seed">Another seed gives another division.</param>
    /// <returns>The two parts: every row is in exactly one.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="testFraction"/> is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">There is one row only.</exception>
    public (Dataset Train, Dataset Test) Split(double testFraction, long seed = 0)
    {
        if (!(testFraction > 0 && testFraction < 1))
            throw Guard.OutOfRange(nameof(testFraction), testFraction, "Expected a fraction between 0 and 1, both excluded.");
        if (Rows < 2)
            throw new InvalidOperationException("A data set of 1 row cannot be divided into two parts.");
        (int[] own, int classes) = Strata();
        (int[] train, int[] test) = StratifiedSplit.Divide(own, classes, Rows, testFraction, seed);
        return (Gather(train), Gather(test));
    }

    /// <summary>The data set of some of the rows, in the order given; a row may be taken more than once.</summary>
    /// <param name="rows">The rows to take, each 0 … <see cref="Rows"/> − 1.</param>
    /// <returns>A data set of its own, with all classes' names and these rows' lengths and weights.</returns>
    /// <exception cref="ArgumentException"><paramref name="rows"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Dataset Select(ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty)
            throw new ArgumentException("Expected at least one row.", nameof(rows));
        for (int i = 0; i < rows.Length; i++)
        {
            if ((uint)rows[i] >= (uint)Rows)
                throw Guard.OutOfRange(nameof(rows), rows[i], FormattableString.Invariant($"Entry {i} is row {rows[i]}, expected 0 … {Rows - 1}."));
        }

        CheckSize(rows.Length, InputWidth, nameof(rows));
        CheckSize(rows.Length, OutputWidth, nameof(rows));
        return Gather(rows);
    }

    /// <summary>The data set of some rows that follow each other.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="rows">Their number, at least 1.</param>
    /// <returns>A data set of its own, with all classes' names and these rows' lengths and weights.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public Dataset Slice(int start, int rows)
    {
        Guard.Count(rows, nameof(rows));
        if (start < 0 || start > Rows - rows)
            throw Guard.OutOfRange(
                nameof(start), start, FormattableString.Invariant($"Expected {rows} rows within 0 … {Rows - 1}, but got a start at {start}."));
        return new Dataset(RowsOf(inputs), RowsOf(desired), RowsOf(labels), Format, RowsOf(lengths), RowsOf(weights));

        T[] RowsOf<T>(T[] all)
        {
            int each = all.Length / Rows;
            return all.AsSpan(start * each, rows * each).ToArray();
        }
    }

    /// <summary>The same rows with other names of the classes.</summary>
    /// <param name="names">One for each class.</param>
    /// <returns>A data set that shares the numbers of this one.</returns>
    /// <exception cref="ArgumentException">There are not as many names as classes, or one is null.</exception>
    public Dataset WithClassNames(params ReadOnlySpan<string> names)
    {
        if (names.Length != Classes)
            throw new ArgumentException($"Expected a name for each of {Classes} classes, but got {names.Length}.", nameof(names));
        foreach (string name in names)
            ArgumentNullException.ThrowIfNull(name, nameof(names));
        return With(Format with { ClassNames = Array.AsReadOnly(names.ToArray()) });
    }

    /// <summary>The same rows as sequences that differ in length: in row r the steps from <c>lengths[r]</c> on are padding.</summary>
    /// <remarks>How many features a step has is the network's affair: training and evaluation refuse lengths beyond the steps that
    /// it takes. Where the desired outputs are sequences of the same steps, the lengths are theirs, too.</remarks>
    /// <param name="lengths">One for each row, from 1 to <see cref="InputWidth"/>; copied. Empty: all steps are real.</param>
    /// <returns>A data set that shares the numbers of this one.</returns>
    /// <exception cref="ArgumentException">There are not as many lengths as rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A length is less than 1, or greater than the number of inputs.</exception>
    public Dataset WithLengths(ReadOnlySpan<int> lengths)
    {
        if (!lengths.IsEmpty && lengths.Length != Rows)
            throw new ArgumentException($"Expected a length for each of {Rows} rows, but got {lengths.Length}.", nameof(lengths));
        int most = InputShape.Kind == ShapeKind.Sequence ? InputShape.Steps : InputWidth;
        for (int row = 0; row < lengths.Length; row++)
        {
            if (lengths[row] < 1 || lengths[row] > most)
                throw Guard.OutOfRange(
                    nameof(lengths), lengths[row], FormattableString.Invariant(
                        $"Row {row} has length {lengths[row]}, expected 1 … {most}, the number of {(most == InputWidth ? "inputs" : "steps")}."));
        }

        return new Dataset(inputs, desired, labels, Format, lengths.ToArray(), weights);
    }

    /// <summary>The same rows, of which some count more than others: in training, in evaluation and in all measures.</summary>
    /// <remarks><para>A mean over rows becomes Σ w D / Σ w; a row or vector of weight 0 is as if it were not there. Where a network makes several
    /// vectors of a row (steps of a sequence, pixels of an image), each may have a weight of its own: masked tokens have 0. Training and evaluation
    /// refuse weights whose number is that of neither.</para>
    /// <para>Weights replace those that the data had. What is made of the data keeps them, and <see cref="Scaling"/> goes by them.
    /// </para></remarks>
    /// <param name="weights">[rows], or [rows, vectors of a row of the network's output]; finite, at least 0 and not all 0; copied. Empty: all count
    /// alike.</param>
    /// <returns>A data set that shares the numbers of this one.</returns>
    /// <exception cref="ArgumentException">Their number is not a multiple of the rows, or all are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, NaN or infinite.</exception>
    public Dataset WithWeights(ReadOnlySpan<float> weights)
    {
        if (weights.Length % Rows != 0)
            throw new ArgumentException(
                $"Expected a weight for each of {Rows} rows, or for each vector of the rows, but got {weights.Length}.", nameof(weights));
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0 && float.IsFinite(weights[i])))
            {
                int each = weights.Length / Rows;
                string place = each == 1 ? $"Row {i}" : $"Row {i / each}, vector {i % each}";
                throw Guard.OutOfRange(nameof(weights), weights[i], FormattableString.Invariant(
                    $"{place} has weight {weights[i]}; a finite one of at least 0 was expected."));
            }
        }

        if (!weights.IsEmpty && !weights.ContainsAnyExcept(0f))
            throw new ArgumentException("Every weight is 0; at least one must be above 0.", nameof(weights));
        return new Dataset(inputs, desired, labels, Format, lengths, weights.ToArray());
    }

    /// <summary>The same rows, of which it is known what they are: images, or sequences of so many steps.</summary>
    /// <param name="shape">The shape of a row, of <see cref="InputWidth"/> values. Of an image each pixel is a vector of its channels.</param>
    /// <returns>A data set that shares the numbers of this one.</returns>
    /// <exception cref="ArgumentException">The shape has another number of values, or a length of a row is beyond its steps.</exception>
    public Dataset WithInputShape(Shape shape)
    {
        if (shape.Size != InputWidth)
            throw new ArgumentException($"Expected a shape of {InputWidth} values, as many as a row has inputs, but got {shape}.", nameof(shape));
        if (shape.Kind != ShapeKind.Features && lengths.Length > 0 && TensorPrimitives.Max<int>(lengths) > shape.Steps)
            throw new ArgumentException(
                $"A row has length {TensorPrimitives.Max<int>(lengths)}, but {shape} has {(shape.Steps > 1 ? $"{shape.Steps}" : "no")} steps.",
                nameof(shape));
        return With(Format with { InputShape = shape });
    }

    /// <summary>The sizes of the data set.</summary>
    /// <returns>For example <c>Dataset of 150 rows: 4 inputs, 3 classes</c>, or <c>Dataset of 70000 rows: Image(28, 28, 1), 10 classes</c>.</returns>
    public override string ToString() => $"Dataset of {RowFormat.Numbered(Rows, "row")}: {Format}";

    // The same rows with other inputs: what a standardizer makes.
    internal Dataset WithInputs(float[] other)
    {
        CheckFinite(other, Rows, nameof(Inputs));
        return new Dataset(other, desired, labels, Format, lengths, weights);
    }

    private Dataset With(RowFormat format) => new(inputs, desired, labels, format, lengths, weights);

    private Dataset Gather(ReadOnlySpan<int> rows) => new(
        Gather(inputs, rows), Gather(desired, rows), Gather(labels, rows), Format, Gather(lengths, rows), Gather(weights, rows));

    private T[] Gather<T>(T[] all, ReadOnlySpan<int> rows)
    {
        int each = all.Length / Rows;
        var some = new T[rows.Length * each];
        for (int i = 0; i < rows.Length; i++)
            all.AsSpan(rows[i] * each, each).CopyTo(some.AsSpan(i * each));
        return some;
    }

    private int CheckRow(int row)
    {
        if ((uint)row >= (uint)Rows)
            throw Guard.OutOfRange(nameof(row), row, FormattableString.Invariant($"Expected a row 0 … {Rows - 1}, but got {row}."));
        return row;
    }
}
