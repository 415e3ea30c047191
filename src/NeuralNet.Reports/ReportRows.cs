namespace NeuralNet;

/// <summary>What a report says of rows: how many there are, what they are, and how many are of each class.</summary>
internal sealed class ReportRows
{
    /// <summary>A source is read for its classes only where that takes seconds: it has so many values at most.</summary>
    public const long MostValues = 1L << 28;

    private const long BlockValues = 1 << 18;

    private ReportRows(string name, ChartColor color, IRowSource source) => (Name, Color, Source, Rows) = (name, color, source, source.Rows);

    public string Name { get; }

    public ChartColor Color { get; }

    public IRowSource Source { get; }

    /// <summary>How many there are; null: nobody knows.</summary>
    public long? Rows { get; private set; }

    /// <summary>The share of each class; null where rows have no classes, or too many rows would have to be read.</summary>
    public double[]? Balance { get; private set; }

    /// <summary>Why there is no balance, although rows have classes; null: there is one, or they have none.</summary>
    public string? Omitted { get; private set; }

    /// <summary>How many there are, in words.</summary>
    public string RowsText => Rows is { } rows ? Markup.Value(rows, 7) : "not known";

    /// <summary>What is desired, in words.</summary>
    public string DesiredText
    {
        get
        {
            RowFormat format = Source.Format;
            (int count, string one, string many) = format.Classes > 0
                ? (format.Classes, "class", "classes") : (format.OutputWidth, "value", "values");
            string names = format.OutputNames.Count > 0 ? $" ({string.Join(", ", format.OutputNames)})" : "";
            return $"{Markup.Value(count, 7)} {(count == 1 ? one : many)}{names}{(format.WeightsPerRow > 0 ? ", with weights" : "")}";
        }
    }

    /// <summary>Looks at rows; a source that is not in memory is read once, if it is not too large.</summary>
    /// <param name="name">What they are called.</param>
    /// <param name="color">Their colour in charts.</param>
    /// <param name="source">The rows.</param>
    /// <param name="seed">What the source draws random numbers from.</param>
    /// <param name="mostValues">How many values a source may have that is read.</param>
    public static ReportRows Of(string name, ChartColor color, IRowSource source, long seed, long mostValues = MostValues)
    {
        var rows = new ReportRows(name, color, source);
        RowFormat format = source.Format;
        if (format.Classes == 0 || format.OutputWidth != (format.HasClassIds ? 1 : format.Classes))
            return rows;
        long most = source is Dataset ? int.MaxValue : mostValues / ((long)format.InputWidth + format.OutputWidth);
        if (source.Rows > most || !rows.Count(seed, most))
            rows.Omitted = $"How many rows of {name} are of each class was not counted: there are more than {Markup.Value(most, 7)}.";
        return rows;
    }

    // Whether that were all rows.
    private bool Count(long seed, long most)
    {
        RowFormat format = Source.Format;
        int some = (int)Math.Clamp(BlockValues / ((long)format.InputWidth + format.OutputWidth), 1, 4096);
        var block = new RowSpans
        {
            Rows = some,
            Inputs = new float[some * format.InputWidth],
            Desired = new float[some * format.OutputWidth],
            Weights = new float[some * format.WeightsPerRow],
            Lengths = new int[format.HasLengths ? some : 0],
        };
        double[] counts = new double[format.Classes];
        long all = 0, labelled = 0;
        using IRowReader reader = Source.Open(seed, epoch: 0, firstRow: 0);
        for (int read = some; read == some && all <= most; all += read)
        {
            read = reader.Read(block);
            for (int row = 0; row < read; row++)
            {
                ReadOnlySpan<float> desired = block.Desired.Slice(row * format.OutputWidth, format.OutputWidth);
                int label = format.HasClassIds ? (int)desired[0] : desired.IndexOf(1f);
                if ((uint)label < (uint)counts.Length)
                    (counts[label], labelled) = (counts[label] + 1, labelled + 1);
            }
        }

        if (all > most)
            return false;
        for (int c = 0; c < counts.Length; c++)
            counts[c] /= Math.Max(1, labelled);
        (Rows, Balance) = (all, counts);
        return true;
    }
}
