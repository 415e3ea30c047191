namespace NeuralNet;

/// <summary>The rows of a file of text, read as they are needed: the file is never in memory.</summary>
internal sealed class CsvRows : IRowSource
{
    private readonly CsvSource file;
    private readonly int[] features, targets;
    private readonly CsvClassNames? names;
    private readonly bool isClass;

    public CsvRows(string path, CsvOptions options, Func<CsvRecords, int[]> targetsOf, IReadOnlyList<string>? classNames, int? classes)
    {
        file = new CsvSource(path, options);
        using CsvRecords records = file.Read();
        targets = targetsOf(records);
        features = CsvDatasetReader.FeaturesOf(records, targets);
        names = classes is null && classNames is not null ? new CsvClassNames(classNames) : null;
        isClass = classNames is not null;
        Format = new RowFormat(features.Length, classNames?.Count ?? targets.Length) { ClassNames = classNames ?? [] };
    }

    public RowFormat Format { get; }

    public long? Rows => null;

    public bool OpensAnywhere => false;

    public string Signature => file.Signature;

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        var reader = new Reader(this, file.Read());
        try
        {
            reader.Skip(firstRow);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The source in words.</summary>
    public override string ToString() => $"{file.Path}: {Format}";

    private sealed class Reader(CsvRows source, CsvRecords records) : IRowReader
    {
        public int Read(in RowSpans rows)
        {
            RowFormat format = source.Format;
            if (rows.Inputs.Length != (long)rows.Rows * format.InputWidth || rows.Desired.Length != (long)rows.Rows * format.OutputWidth
                || !rows.Weights.IsEmpty || !rows.Lengths.IsEmpty)
                throw new ArgumentException($"Memory for {rows.Rows} rows of {format} was expected, without weights and lengths.", nameof(rows));
            int read = 0;
            for (; read < rows.Rows && records.Next(); read++)
            {
                Fill(rows.Inputs.Slice(read * format.InputWidth, format.InputWidth), source.features);
                Span<float> desired = rows.Desired.Slice(read * format.OutputWidth, format.OutputWidth);
                if (!source.isClass)
                {
                    Fill(desired, source.targets);
                    continue;
                }

                desired.Clear();
                desired[Class(source.targets[0])] = 1;
            }

            return read;
        }

        public long Skip(long rows)
        {
            long skipped = 0;
            while (skipped < rows && records.Next())
                skipped++;
            return skipped;
        }

        public void Dispose() => records.Dispose();

        private void Fill(Span<float> values, int[] columns)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = records.Number(columns[i], out _);
        }

        private int Class(int column)
        {
            ReadOnlySpan<char> field = records.Field(column);
            if (source.names is { } names)
                return names.Read(records, column, field);
            CsvNumberKind kind = records.Parse(field, out double value, out _);
            if (kind is CsvNumberKind.Number or CsvNumberKind.Code && value >= 0 && value < source.Format.Classes && value == Math.Floor(value))
                return (int)value;
            throw records.Refuse(column, $"expected a class, an integer {CsvClasses.Range(source.Format.Classes)}, but got {CsvWords.Quote(field)}.");
        }
    }
}
