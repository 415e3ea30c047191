namespace NeuralNet;

/// <summary>Records that are read one after the other and become rows by a schema. Records without a target are left out.</summary>
/// <param name="schema">The schema.</param>
/// <param name="open">Begins to read the records; called for each epoch.</param>
/// <param name="signature">What the records are recognized by when a checkpoint is taken up.</param>
internal sealed class SchemaRows(TableSchema schema, Func<RecordReader> open, string signature = "") : IRowSource
{
    public RowFormat Format { get; } = schema.Format;

    public long? Rows => null;

    public string Signature { get; } = signature;

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        var reader = new Reader(schema, open());
        try
        {
            reader.Skip(firstRow);
            return reader;
        }
        catch
        {
            // The file is not to stay open when one of the rows before is refused.
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The schema and what is read, in words.</summary>
    public override string ToString() => $"Records as {Format}";

    private sealed class Reader : IRowReader
    {
        private readonly TableSchema schema;
        private readonly RecordReader records;
        private readonly RecordEncoder encoder;
        private readonly float[] desired;

        public Reader(TableSchema schema, RecordReader records)
        {
            (this.schema, this.records) = (schema, records);
            desired = new float[schema.Targets.Count];
            try
            {
                encoder = new RecordEncoder(schema, records.Names, withTargets: true);
            }
            catch
            {
                records.Dispose();
                throw;
            }
        }

        public int Read(in RowSpans rows)
        {
            int width = schema.Inputs, outputs = schema.DesiredWidth;
            for (int row = 0; row < rows.Rows; row++)
            {
                if (!Next())
                    return row;
                encoder.Inputs(records, rows.Inputs.Slice(row * width, width));
                encoder.Desired(records, scaled: true, desired);
                schema.Spread(desired, rows.Desired.Slice(row * outputs, outputs));
            }

            return rows.Rows;
        }

        public long Skip(long rows)
        {
            long skipped = 0;
            while (skipped < rows && Next())
                skipped++;
            return skipped;
        }

        public void Dispose() => records.Dispose();

        private bool Next()
        {
            while (records.Next())
            {
                if (encoder.HasTargets(records))
                    return true;
            }

            return false;
        }
    }
}
