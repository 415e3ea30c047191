namespace NeuralNet;

/// <summary>One division of a data set into rows to train on and rows to test with (<see cref="Folds"/>).</summary>
public sealed class Fold
{
    private readonly int[] trainRows, testRows;
    private readonly Lazy<Dataset> train, test;

    internal Fold(int index, int count, Dataset data, int[] trainRows, int[] testRows)
    {
        Index = index;
        Count = count;
        this.trainRows = trainRows;
        this.testRows = testRows;
        train = new(() => data.Select(trainRows));
        test = new(() => data.Select(testRows));
    }

    /// <summary>Which of the folds this is, from 0.</summary>
    public int Index { get; }

    /// <summary>How many folds there are.</summary>
    public int Count { get; }

    /// <summary>The rows to train on, as the data set counts them.</summary>
    public ReadOnlySpan<int> TrainRows => trainRows;

    /// <summary>The rows to test with, as the data set counts them.</summary>
    public ReadOnlySpan<int> TestRows => testRows;

    /// <summary>The data to train on: a copy of the rows, made when it is asked for first, and gone with the fold.</summary>
    public Dataset Train => train.Value;

    /// <summary>The data to test with: a copy of the rows, made when it is asked for first, and gone with the fold.</summary>
    public Dataset Test => test.Value;

    /// <summary>Which fold it is, and its sizes.</summary>
    /// <returns>For example <c>Fold 2 of 5: 120 rows to train on, 30 to test with</c>; the first is fold 1.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"Fold {Index + 1} of {Count}: {trainRows.Length} rows to train on, {testRows.Length} to test with");
}
