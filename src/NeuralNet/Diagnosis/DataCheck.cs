using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>Looks through data before a training: ranges of inputs, classes, rows that repeat, rows of the test set that are in training.</summary>
/// <remarks><para>It reads each source once, in blocks of rows, and remembers 12 bytes of a row: a checksum of its inputs (64 bits) and one of what
/// is desired. So it sees rows that are the same to the last bit. Rows that are nearly the same it does not: whatever they are rounded to, some
/// values lie on an edge. Up to 1000 rows, taken at random, are kept to compare neighbours.</para></remarks>
/// <example><code>DataCheck check = DataCheck.Of(train, test);
/// Console.WriteLine(check.Findings());</code></example>
public sealed class DataCheck
{
    private DataCheck(SourceScan train, SourceScan? test)
    {
        (Format, IsDataset, Inputs) = (train.Format, train.IsDataset, train.Columns());
        Columns = [.. Inputs.Select(column => column.Range)];
        (Rows, TestRows) = (train.Rows, test?.Rows);
        (ClassRows, TestClassRows, LabelChanges) = (train.ClassRows, test?.ClassRows ?? [], train.LabelChanges);
        (RepeatedRows, ContradictingRows) = train.Repeats();
        LeakedRows = test?.RowsIn(train);
        (NeighbourAccuracy, ChanceAccuracy, Compared) = train.Sample.Neighbours();
        Bits = train.Sample.Bits();
    }

    /// <summary>The rows of the training data.</summary>
    public long Rows { get; }

    /// <summary>The rows of the test data; null: there are none.</summary>
    public long? TestRows { get; }

    /// <summary>The range of each input column of the training data; of sequences and images that of each feature or channel.</summary>
    public IReadOnlyList<ValueSummary> Columns { get; }

    /// <summary>How many rows of the training data each class has; empty without classes, and where each step has one.</summary>
    public IReadOnlyList<long> ClassRows { get; }

    /// <summary>The same of the test data.</summary>
    public IReadOnlyList<long> TestClassRows { get; }

    /// <summary>How many training rows have the inputs of another training row: of three that are the same, two.</summary>
    public long RepeatedRows { get; }

    /// <summary>How many training rows have the inputs of another one with which something else is desired.</summary>
    public long ContradictingRows { get; }

    /// <summary>How many rows of the test data have the inputs of a training row; null without test data.</summary>
    public long? LeakedRows { get; }

    /// <summary>How often, among up to 1000 training rows, a row has the class of its nearest neighbour (each column divided by its deviation); null
    /// without classes, or of fewer than 200 rows.</summary>
    public double? NeighbourAccuracy { get; }

    /// <summary>How often two of these rows, taken at random, have one class: Σ p²; null where <see cref="NeighbourAccuracy"/> is.</summary>
    public double? ChanceAccuracy { get; }

    internal RowFormat Format { get; }

    internal InputColumn[] Inputs { get; }

    internal bool IsDataset { get; }

    // How many rows have another class than the one before.
    internal long LabelChanges { get; }

    // How many rows were compared with their neighbours.
    internal int Compared { get; }

    // How many bits the columns of a row have, if they were independent.
    internal double Bits { get; }

    /// <summary>Looks through data.</summary>
    /// <param name="train">The training data.</param>
    /// <param name="test">The test or validation data; null: none.</param>
    /// <returns>What was seen.</returns>
    /// <exception cref="ArgumentException">The test data have other inputs than the training data, or the training data no row.</exception>
    /// <exception cref="InvalidDataException">A source gives a row that may not be.</exception>
    public static DataCheck Of(IRowSource train, IRowSource? test = null)
    {
        ArgumentNullException.ThrowIfNull(train);
        if (test is not null && test.Format.InputWidth != train.Format.InputWidth)
            throw new ArgumentException(
                $"The training data have {train.Format.InputWidth} inputs in a row, but the test data have {test.Format.InputWidth}.", nameof(test));
        var scan = new SourceScan(train, samples: true);
        return scan.Rows == 0 ? throw new ArgumentException("The training data have no row.", nameof(train))
            : new DataCheck(scan, test is null ? null : new SourceScan(test, samples: false));
    }

    /// <summary>What is wrong with the data, by the rules of <see cref="FindingKind"/>.</summary>
    /// <param name="network">The network that is to learn from them: what counts as the inputs' scale is then what reaches its first layer that
    /// learns, behind a <see cref="Standardize"/> at its beginning. Null: the scale of the rows.</param>
    /// <returns>The findings, what is nearest to the cause first.</returns>
    /// <exception cref="ArgumentException">The network takes other rows.</exception>
    public Findings Findings(Network? network = null) => network is null || network.Input.Size == Format.InputWidth
        ? new(DataRules.All(this, network))
        : throw new ArgumentException($"The network takes {network.Input}, but the rows are {Format.InputShape}.", nameof(network));

    /// <summary>The data in some lines.</summary>
    /// <returns>How many rows there are, of which classes, and how many repeat.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Rows} training rows, {Format}\n");
        if (ClassRows.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"rows of a class: {ClassRows.Min()} to {ClassRows.Max()}\n");
        text.Append(CultureInfo.InvariantCulture, $"repeated: {RepeatedRows}, with something else desired: {ContradictingRows}\n");
        if (TestRows is not null)
            text.Append(CultureInfo.InvariantCulture, $"{TestRows} test rows, of which in training: {LeakedRows}\n");
        if (NeighbourAccuracy is not null)
            text.Append(CultureInfo.InvariantCulture, $"nearest neighbours have one class: {NeighbourAccuracy:P0}, by chance {ChanceAccuracy:P0}\n");
        return text.ToString();
    }
}
