namespace NeuralNet;

/// <summary>
/// Gives every feature mean 0 and standard deviation 1 over the rows that it was learned on: x′ = (x − μ) / σ.
/// </summary>
/// <remarks>
/// Learn it on the training part alone, and apply it to both: what it knew of the test part, the test would not measure.
/// It is immutable; <see cref="Means"/> and <see cref="Deviations"/> are all that it consists of.
/// </remarks>
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
    /// <exception cref="ArgumentException">There are none, or not as many of both, or a number is not as stated.</exception>
    public Standardizer(ReadOnlySpan<double> means, ReadOnlySpan<double> deviations)
    {
        if (means.IsEmpty)
            throw new ArgumentException("Expected the mean of at least one feature.", nameof(means));
        if (deviations.Length != means.Length)
        {
            throw new ArgumentException(
                $"Expected {means.Length} deviations, as many as means, came {deviations.Length}.", nameof(deviations));
        }

        for (int i = 0; i < means.Length; i++)
        {
            if (!double.IsFinite(means[i]))
                throw new ArgumentException($"Feature {i}: expected a finite mean, came {means[i]}.", nameof(means));
            if (!(deviations[i] > 0 && double.IsFinite(deviations[i])))
            {
                throw new ArgumentException(
                    $"Feature {i}: expected a positive, finite deviation, came {deviations[i]}.", nameof(deviations));
            }
        }

        this.means = means.ToArray();
        this.deviations = deviations.ToArray();
    }

    /// <summary>μ of each feature, [features].</summary>
    public ReadOnlySpan<double> Means => means;

    /// <summary>σ of each feature, [features]; 1 for a feature that was constant.</summary>
    public ReadOnlySpan<double> Deviations => deviations;

    /// <summary>
    /// Learns μ = Σ x / n and σ = √(Σ (x − μ)² / n) of each feature over the n rows.
    /// </summary>
    /// <remarks>Summed in double precision in the order of the rows. A feature with one value in all rows has no scale: its
    /// μ is that value and its σ is 1, so that it becomes 0.</remarks>
    /// <param name="train">The training part.</param>
    /// <returns>The standardizer.</returns>
    public static Standardizer Learn(Dataset train)
    {
        ArgumentNullException.ThrowIfNull(train);
        var means = new double[train.InputWidth];
        var deviations = new double[train.InputWidth];
        for (int row = 0; row < train.Rows; row++)
        {
            ReadOnlySpan<float> x = train.InputRow(row);
            for (int i = 0; i < means.Length; i++)
                means[i] += x[i];
        }

        for (int i = 0; i < means.Length; i++)
            means[i] /= train.Rows;

        for (int row = 0; row < train.Rows; row++)
        {
            ReadOnlySpan<float> x = train.InputRow(row);
            for (int i = 0; i < means.Length; i++)
                deviations[i] += (x[i] - means[i]) * (x[i] - means[i]);
        }

        for (int i = 0; i < means.Length; i++)
        {
            deviations[i] = Math.Sqrt(deviations[i] / train.Rows);
            if (IsConstant(train, i))
                (means[i], deviations[i]) = (train.InputRow(0)[i], 1);
        }

        return new Standardizer(means, deviations);
    }

    /// <summary>Standardizes the inputs of a data set.</summary>
    /// <param name="data">A data set with as many inputs as there are features.</param>
    /// <returns>A data set with the same desired outputs and classes.</returns>
    /// <exception cref="ArgumentException">The number of inputs differs, or a result overflows.</exception>
    public Dataset Apply(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.InputWidth != means.Length)
            throw new ArgumentException($"Expected {means.Length} inputs in a row, came {data.InputWidth}.", nameof(data));
        var inputs = new float[data.Inputs.Length];
        Apply(data.Inputs, inputs);
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
            throw new ArgumentException($"Expected a multiple of {means.Length} features, came {rows.Length} numbers.", nameof(rows));
        if (result.Length != rows.Length)
            throw new ArgumentException($"Expected {rows.Length} numbers, as many as in rows, came {result.Length}.", nameof(result));
        if (rows.Overlaps(result, out int offset) && offset != 0)
            throw new ArgumentException("The result overlaps the rows without being the same memory.", nameof(result));

        for (int start = 0; start < rows.Length; start += means.Length)
        {
            for (int i = 0; i < means.Length; i++)
                result[start + i] = (float)((rows[start + i] - means[i]) / deviations[i]);
        }
    }

    // By the values, not by σ: the mean of equal values may be rounded, and σ is then tiny instead of 0.
    private static bool IsConstant(Dataset data, int feature)
    {
        float first = data.InputRow(0)[feature];
        for (int row = 1; row < data.Rows; row++)
        {
            if (data.InputRow(row)[feature] != first)
                return false;
        }

        return true;
    }
}
