namespace NeuralNet;

/// <summary>Reads a file into a table.</summary>
internal static class CsvTable
{
    public static Table Read(CsvInput input, CsvOptions options)
    {
        CsvTableColumn[] columns;
        long rows;
        (long Length, DateTime Written) stamp;
        using (var records = new CsvRecords(input.Open(), options))
        {
            stamp = records.Stamp;
            (columns, rows) = Read(records, only: null);
        }

        // What turned out to be text after numbers is read again: a number does not tell how it was written.
        if (columns.Any(column => column.IsLate))
        {
            using var records = new CsvRecords(input.Open(), options);
            (CsvTableColumn[] texts, long rowsNow) = Read(records, only: columns);
            if (records.Stamp != stamp || texts.Length != columns.Length || rowsNow != rows)
                throw records.Refuse("the file has changed while it was read.");
            for (int i = 0; i < columns.Length; i++)
                columns[i] = columns[i].IsLate ? texts[i] : columns[i];
        }

        CheckMarks(columns);
        return new Table([.. columns.Select(column => column.ToColumn())]);
    }

    // Each column, or only those that were late.
    private static (CsvTableColumn[] Columns, long Rows) Read(CsvRecords records, CsvTableColumn[]? only)
    {
        CsvTableColumn[] columns = [.. records.Names.Select((name, i) => new CsvTableColumn(name, i, only?[i].IsLate == true || records.IsText(i)))];
        CsvTableColumn[] read = only is null ? columns : [.. columns.Where((_, i) => i < only.Length && only[i].IsLate)];
        long rows = 0;
        try
        {
            for (; records.Next(); rows++)
            {
                if (rows == Array.MaxLength)
                    throw records.RefuseSize(null);
                foreach (CsvTableColumn column in read)
                    column.Add(records);
            }
        }
        catch (OutOfMemoryException e)
        {
            throw records.RefuseSize(e);
        }

        return rows > 0 ? (columns, rows) : throw records.Refuse("expected rows after the first line, but got none.");
    }

    // One file has one decimal mark.
    private static void CheckMarks(CsvTableColumn[] columns)
    {
        CsvTableColumn? point = columns.FirstOrDefault(column => column.Point is not null);
        CsvTableColumn? comma = columns.FirstOrDefault(column => column.Comma is not null);
        if (point is not null && comma is not null)
        {
            (CsvRefusal one, CsvRefusal other) = (point.Point!, comma.Comma!);
            throw other.Refuse(CsvRecords.MixedMarks(other.Field, one.Where, one.Field));
        }
    }
}
