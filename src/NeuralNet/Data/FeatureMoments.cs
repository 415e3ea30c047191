namespace NeuralNet;

/// <summary>Mean and deviation of each feature over the rows of a source: the means of all rows, and in a second pass the deviations from
/// them. Sums are in double, in the order of the rows.</summary>
internal sealed class FeatureMoments : IDisposable
{
    private const int RowsAtATime = 256;

    private readonly IRowSource source;
    private readonly Network? before;
    private readonly Workspace? workspace;
    private readonly Shape input, shape;
    private readonly int features;
    private readonly float[] made, first;
    private readonly bool[] varies;
    private readonly bool areSteps; // whether each step has a weight
    private double count;

    /// <summary>Prepares to read.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="input">What a row is.</param>
    /// <param name="before">What is made of a row before its features are looked at; null: nothing.</param>
    public FeatureMoments(IRowSource source, Shape input, Network? before)
    {
        (this.source, this.input, this.before) = (source, input, before);
        shape = before?.Output ?? input;
        features = shape.FeatureCount;
        workspace = before?.CreateWorkspace(RowsAtATime);
        made = before is null ? [] : new float[RowsAtATime * shape.Size];
        (Means, Deviations, first, varies) = (new double[features], new double[features], new float[features], new bool[features]);
        areSteps = source.Format is { WeightsPerRow: > 1, HasLengths: true } format && format.WeightsPerRow == input.Steps;
    }

    /// <summary>μ of each feature.</summary>
    public double[] Means { get; }

    /// <summary>σ of each feature.</summary>
    public double[] Deviations { get; }

    /// <summary>Reads the rows twice.</summary>
    /// <exception cref="ArgumentException">No row counts.</exception>
    /// <exception cref="InvalidDataException">There is no row, or a length is beyond the row.</exception>
    public void Learn(string argument)
    {
        if (!Read(AddToMeans))
            throw new InvalidDataException("The source has no rows; at least one was expected.");
        if (count == 0)
            throw new ArgumentException(
                $"Every weight of the data is 0{(areSteps ? ", but for those past a row's length" : "")}; at least one row must count.", argument);
        for (int i = 0; i < features; i++)
            Means[i] /= count;
        Read(AddToDeviations);
        for (int i = 0; i < features; i++)
        {
            // A deviation of a few of many tiny values may be none as a float.
            Deviations[i] = Math.Max(Math.Sqrt(Deviations[i] / count), float.Epsilon);
            if (!varies[i])
                (Means[i], Deviations[i]) = (first[i], 1);
        }
    }

    public void Dispose() => workspace?.Dispose();

    private delegate void Adding(ReadOnlySpan<float> x, double weight);

    private bool Read(Adding add)
    {
        using var blocks = new RowBlocks(source, RowsAtATime);
        bool isEmpty = true;
        for (; blocks.MoveNext(); isEmpty = false)
        {
            Batch rows = blocks.Rows;
            CheckLengths(rows.Lengths, blocks.First);
            ReadOnlySpan<float> values = rows.Inputs;
            if (before is not null)
            {
                before.Predict(new Batch { Rows = rows.Rows, Inputs = rows.Inputs, Lengths = rows.Lengths }, made.AsSpan(0, rows.Rows * shape.Size),
                    workspace!);
                values = made;
            }

            for (int row = 0; row < rows.Rows; row++)
            {
                double weight = WeightOf(rows, row);
                int real = rows.Lengths.IsEmpty || shape.Kind != ShapeKind.Sequence ? shape.Size : shape.SizeAt(rows.Lengths[row]);
                if (weight != 0)
                    add(values.Slice(row * shape.Size, real), weight);
            }
        }

        return !isEmpty;
    }

    private void AddToMeans(ReadOnlySpan<float> x, double weight)
    {
        if (count == 0)
            x[..features].CopyTo(first);
        count += weight * (x.Length / features);
        for (int at = 0; at < x.Length; at += features)
        {
            for (int i = 0; i < features; i++)
            {
                Means[i] += weight * x[at + i];

                // By the values, not by σ: the mean of equal values may be rounded, and σ is then tiny instead of 0.
                varies[i] |= x[at + i] != first[i];
            }
        }
    }

    private void AddToDeviations(ReadOnlySpan<float> x, double weight)
    {
        for (int at = 0; at < x.Length; at += features)
        {
            for (int i = 0; i < features; i++)
                Deviations[i] += weight * (x[at + i] - Means[i]) * (x[at + i] - Means[i]);
        }
    }

    private double WeightOf(in Batch rows, int row) => source.Format.WeightsPerRow switch
    {
        0 => 1,
        1 => rows.Weights[row],
        int each => rows.Weights.Slice(row * each, areSteps ? Math.Min(rows.Lengths[row], each) : each).ContainsAnyExcept(0f) ? 1 : 0,
    };

    private void CheckLengths(ReadOnlySpan<int> lengths, long firstRow)
    {
        int at = lengths.IndexOfAnyExceptInRange(1, input.Steps);
        if (at >= 0)
            throw new InvalidDataException(FormattableString.Invariant(
                $"Row {firstRow + at} has length {lengths[at]}, but {input} has {input.Steps} steps; a length of 1 to {input.Steps} was expected."));
    }
}
