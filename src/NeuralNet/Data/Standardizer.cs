namespace NeuralNet;

/// <summary>Gives every feature mean 0 and standard deviation 1 over the rows that it was learned on: x′ = (x − μ) / σ.</summary>
/// <remarks><para>Learn it on the training part alone, and apply it to both parts (<see cref="Apply(Dataset)"/>,
/// <see cref="RowSource.Standardized"/>): a test of what has seen the test part measures too much.
/// It is immutable; <see cref="Means"/>, <see cref="Deviations"/> and <see cref="IsPerStep"/> are all that it consists of.</para>
/// <para>The features of sequences are those of a step, <see cref="Learn(IRowSource, int)"/>: a scale for each step would
/// change the course of a sequence. Padding (<see cref="Dataset.Lengths"/>) is neither learned from nor standardized.</para></remarks>
/// <example>
/// <code>
/// (Dataset train, Dataset test) = data.Split(testFraction: 0.2, seed: 1);
/// Standardizer standardizer = Standardizer.Learn(train);
/// train = standardizer.Apply(train);
/// test = standardizer.Apply(test);
/// </code>
/// </example>
public sealed class Standardizer
{
    private readonly double[] means;
    private readonly double[] deviations;

    /// <summary>Makes a standardizer of known numbers: those of one learned before.</summary>
    /// <param name="means">μ of each feature, finite; copied.</param>
    /// <param name="deviations">σ of each feature, positive and finite; copied.</param>
    /// <param name="perStep">Whether the features are those of each step of a sequence, instead of a whole row.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both, or a number is not as stated.</exception>
    public Standardizer(ReadOnlySpan<double> means, ReadOnlySpan<double> deviations, bool perStep = false)
    {
        if (means.IsEmpty)
            throw new ArgumentException("Expected the mean of at least one feature.", nameof(means));
        if (deviations.Length != means.Length)
            throw new ArgumentException($"Expected {means.Length} deviations, as many as means, but got {deviations.Length}.", nameof(deviations));

        for (int i = 0; i < means.Length; i++)
        {
            if (!double.IsFinite(means[i]))
                throw new ArgumentException(FormattableString.Invariant($"Feature {i}: expected a finite mean, but got {means[i]}."), nameof(means));
            if (!(deviations[i] > 0 && double.IsFinite(deviations[i])))
                throw new ArgumentException(
                    FormattableString.Invariant($"Feature {i}: expected a positive, finite deviation, but got {deviations[i]}."), nameof(deviations));
        }

        this.means = means.ToArray();
        this.deviations = deviations.ToArray();
        IsPerStep = perStep;
    }

    /// <summary>μ of each feature, [features].</summary>
    public ReadOnlySpan<double> Means => means;

    /// <summary>σ of each feature, [features]; 1 for a feature that was constant.</summary>
    public ReadOnlySpan<double> Deviations => deviations;

    /// <summary>Whether the features are those of each step of a sequence, instead of a whole row.</summary>
    public bool IsPerStep { get; }

    /// <summary>What is learned, in words.</summary>
    /// <returns>For example <c>Standardizer of 4 features</c>.</returns>
    public override string ToString() => $"Standardizer of {means.Length} features{(IsPerStep ? " of each step" : "")}";

    /// <summary>Learns μ = Σ x / n and σ = √(Σ (x − μ)² / n) of each feature over the n rows.</summary>
    /// <remarks><para>Summed in double precision in the order of the rows. A feature with one value in all rows has no scale: its
    /// μ is that value and its σ is 1, so that it becomes 0.</para>
    /// <para>With weights (<see cref="Dataset.WithWeights"/>) μ = Σ w x / Σ w and σ = √(Σ w (x − μ)² / Σ w), as scikit-learn has it: a row of weight
    /// 2 counts as two, and one of weight 0 is as if absent. Weights of steps or pixels belong to outputs, and then each row that has one above 0
    /// counts once; those of steps past the row's length do not matter.</para>
    /// <para>Rows that are not in memory are read twice, as epoch 0 of seed 0; the bits are those of a data set of the same rows.</para></remarks>
    /// <param name="train">The training part: a data set, or another source of rows.</param>
    /// <returns>The standardizer.</returns>
    /// <exception cref="ArgumentException">The rows have lengths: their features are those of a step; or no row counts, because every weight is 0.
    /// </exception>
    /// <exception cref="InvalidDataException">A source gives no rows, or a value that it may not have.</exception>
    public static Standardizer Learn(IRowSource train)
    {
        ArgumentNullException.ThrowIfNull(train);
        return !train.Format.HasLengths
            ? new StandardizerSums(train, train.Format.InputWidth, nameof(train)).Learn(perStep: false)
            : throw new ArgumentException(
                "The rows have lengths, so they are sequences; state the features of a step: Standardizer.Learn(train, features).", nameof(train));
    }

    /// <summary>Learns μ = Σ x / n and σ = √(Σ (x − μ)² / n) of each feature of a step, over the n real steps of all rows.</summary>
    /// <inheritdoc cref="Learn(IRowSource)" path="/remarks"/>
    /// <param name="train">The training part, whose rows are sequences: steps, each a vector of features.</param>
    /// <param name="features">The features of a step; it divides the number of inputs.</param>
    /// <returns>The standardizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="features"/> is not positive.</exception>
    /// <exception cref="ArgumentException">The inputs are not a whole number of steps, a length is beyond them, or no row counts, because every
    /// weight is 0, but for those past a row's length.</exception>
    /// <exception cref="InvalidDataException">A source gives no rows, or a value that it may not have.</exception>
    public static Standardizer Learn(IRowSource train, int features)
    {
        ArgumentNullException.ThrowIfNull(train);
        Guard.Count(features, nameof(features));
        CheckWidth(train.Format, features, nameof(train));
        if (train is Dataset data)
            CheckLengths(data, features, nameof(train));
        return new StandardizerSums(train, features, nameof(train)).Learn(perStep: true);
    }

    /// <summary>Standardizes the inputs of a data set; of sequences every real step, and padding becomes 0.</summary>
    /// <param name="data">A data set with as many inputs as there are features; of sequences (<see cref="IsPerStep"/>) a multiple.</param>
    /// <returns>A data set with the same desired outputs, classes and lengths.</returns>
    /// <exception cref="ArgumentException">
    /// There are more or fewer inputs than features, or no whole number of steps, a length is beyond them, or a result overflows.
    /// </exception>
    public Dataset Apply(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckFormat(data.Format, nameof(data));
        CheckLengths(data, means.Length, nameof(data));
        var inputs = new float[data.Inputs.Length];
        for (int row = 0; row < data.Rows; row++)
        {
            ReadOnlySpan<float> x = Real(data, row, means.Length);
            Apply(x, inputs.AsSpan(row * data.InputWidth, x.Length));
        }

        return data.WithInputs(inputs);
    }

    /// <summary>Standardizes one row or many: x′ = (x − μ) / σ. Allocates nothing; a NaN stays one.</summary>
    /// <param name="rows">[rows, features].</param>
    /// <param name="result">[rows, features], overwritten; it may be <paramref name="rows"/> itself.</param>
    /// <exception cref="ArgumentException"><paramref name="rows"/> is not a whole number of rows, or
    /// <paramref name="result"/> is not as long.</exception>
    public void Apply(ReadOnlySpan<float> rows, Span<float> result)
    {
        if (rows.Length % means.Length != 0)
            throw new ArgumentException($"Expected a multiple of {means.Length} features, but got {rows.Length} numbers.", nameof(rows));
        if (result.Length != rows.Length)
            throw new ArgumentException($"Expected {rows.Length} numbers, as many as in rows, but got {result.Length}.", nameof(result));
        if (rows.Overlaps(result, out int offset) && offset != 0)
            throw new ArgumentException("The result overlaps the rows without being the same memory.", nameof(result));

        for (int start = 0; start < rows.Length; start += means.Length)
        {
            for (int i = 0; i < means.Length; i++)
                result[start + i] = (float)((rows[start + i] - means[i]) / deviations[i]);
        }
    }

    // The real steps of a row.
    private static ReadOnlySpan<float> Real(Dataset data, int row, int features) =>
        data.Lengths.IsEmpty ? data.InputRow(row) : data.InputRow(row)[..(data.Lengths[row] * features)];

    /// <summary>Refuses rows with more or fewer inputs than there are features.</summary>
    internal void CheckFormat(RowFormat rows, string name)
    {
        if (!IsPerStep && rows.InputWidth != means.Length)
            throw new ArgumentException($"Expected {means.Length} inputs in a row, but got {rows.InputWidth}.", name);
        CheckWidth(rows, means.Length, name);
    }

    private static void CheckWidth(RowFormat rows, int features, string name)
    {
        if (rows.InputWidth % features != 0)
            throw new ArgumentException($"Expected a multiple of {features} inputs in a row, {features} a step, but got {rows.InputWidth}.", name);
    }

    private static void CheckLengths(Dataset data, int features, string name)
    {
        int steps = data.InputWidth / features;
        for (int row = 0; row < data.Lengths.Length; row++)
        {
            if (data.Lengths[row] > steps)
                throw new ArgumentException(
                    $"Row {row} has length {data.Lengths[row]}, but {data.InputWidth} inputs are {steps} steps of {features} features.", name);
        }
    }
}
