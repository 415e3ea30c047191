namespace NeuralNet;

/// <summary>What a standardizer learns: the means of all rows, and in a second pass the deviations from them.</summary>
internal sealed class StandardizerSums(IRowSource source, int features, string argument)
{
    private const int RowsAtATime = 256;

    private readonly double[] means = new double[features], deviations = new double[features];
    private readonly float[] first = new float[features];
    private readonly bool[] varies = new bool[features];
    private readonly bool areSteps = // whether each step has a weight
        source.Format is { WeightsPerRow: > 1, HasLengths: true } format && format.WeightsPerRow == format.InputWidth / features;
    private double count;

    public Standardizer Learn(bool perStep)
    {
        bool isEmpty = true;
        using (var blocks = new RowBlocks(source, RowsAtATime))
        {
            for (; blocks.MoveNext(); isEmpty = false)
                AddToMeans(blocks.Rows, blocks.First);
        }

        if (isEmpty)
            throw new InvalidDataException("The source has no rows; at least one was expected.");
        if (count == 0)
            throw new ArgumentException(
                $"Every weight of the data is 0{(areSteps ? ", but for those past a row's length" : "")}; at least one row must count.", argument);
        for (int i = 0; i < features; i++)
            means[i] /= count;
        using (var blocks = new RowBlocks(source, RowsAtATime))
        {
            while (blocks.MoveNext())
                AddToDeviations(blocks.Rows, blocks.First);
        }

        for (int i = 0; i < features; i++)
        {
            deviations[i] = Math.Sqrt(deviations[i] / count);
            if (!varies[i])
                (means[i], deviations[i]) = (first[i], 1);
        }

        return new Standardizer(means, deviations, perStep);
    }

    private void AddToMeans(in Batch rows, long firstRow)
    {
        for (int row = 0; row < rows.Rows; row++)
        {
            double weight = WeightOf(rows, row);
            if (weight == 0)
                continue;
            ReadOnlySpan<float> x = Real(rows, row, firstRow);
            if (count == 0)
                x[..features].CopyTo(first);
            count += weight * (x.Length / features);
            for (int at = 0; at < x.Length; at += features)
            {
                for (int i = 0; i < features; i++)
                {
                    means[i] += weight * x[at + i];

                    // By the values, not by σ: the mean of equal values may be rounded, and σ is then tiny instead of 0.
                    varies[i] |= x[at + i] != first[i];
                }
            }
        }
    }

    private void AddToDeviations(in Batch rows, long firstRow)
    {
        for (int row = 0; row < rows.Rows; row++)
        {
            double weight = WeightOf(rows, row);
            if (weight == 0)
                continue;
            ReadOnlySpan<float> x = Real(rows, row, firstRow);
            for (int at = 0; at < x.Length; at += features)
            {
                for (int i = 0; i < features; i++)
                    deviations[i] += weight * (x[at + i] - means[i]) * (x[at + i] - means[i]);
            }
        }
    }

    private double WeightOf(in Batch rows, int row) => source.Format.WeightsPerRow switch
    {
        0 => 1,
        1 => rows.Weights[row],
        int each => rows.Weights.Slice(row * each, areSteps ? Math.Min(rows.Lengths[row], each) : each).ContainsAnyExcept(0f) ? 1 : 0,
    };

    // The real steps of a row.
    private ReadOnlySpan<float> Real(in Batch rows, int row, long firstRow)
    {
        int width = source.Format.InputWidth;
        ReadOnlySpan<float> x = rows.Inputs.Slice(row * width, width);
        if (rows.Lengths.IsEmpty)
            return x;
        return rows.Lengths[row] <= width / features ? x[..(rows.Lengths[row] * features)]
            : throw new InvalidDataException(FormattableString.Invariant(
                $"Row {firstRow + row} has length {rows.Lengths[row]}, but {width} inputs are {width / features} steps of {features} features."));
    }
}
