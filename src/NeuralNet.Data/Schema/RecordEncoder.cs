namespace NeuralNet;

/// <summary>A schema and the columns of a reader: which of these is which of the schema's. Bound once, it allocates nothing for a record.</summary>
internal sealed class RecordEncoder
{
    private readonly TableSchema schema;

    // The reader's column of each of the schema's, −1 where that is skipped, and of each target.
    private readonly int[] columns, targets;

    /// <exception cref="ArgumentException">A column of the schema is not there; a column that the schema does not have is of no interest.</exception>
    public RecordEncoder(TableSchema schema, IReadOnlyList<string> names, bool withTargets)
    {
        this.schema = schema;
        var places = new Dictionary<string, int>(names.Count, StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
            places[names[i]] = i;
        columns = [.. schema.Columns.Select(column => column.Width == 0 ? -1 : Place(column.Name))];
        targets = withTargets ? [.. schema.Targets.Select(target => Place(target.Name))] : [];

        int Place(string name) => places.TryGetValue(name, out int place) ? place : throw new ArgumentException(
            $"The column \"{name}\", which the schema has, is not there; {NearestName.Hint(name, names)}");
    }

    /// <summary>Whether every target has a value.</summary>
    public bool HasTargets(RecordReader record)
    {
        foreach (int target in targets)
        {
            if (record[target].IsMissing)
                return false;
        }

        return true;
    }

    /// <summary>The features of the present record.</summary>
    /// <exception cref="InvalidDataException">A value is refused.</exception>
    public void Inputs(RecordReader record, Span<float> row)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i] >= 0 && schema.Encode(i, record[columns[i]], row) is { } problem)
                throw record.Refuse(columns[i], $"{problem}.");
        }
    }

    /// <summary>What is desired of the present record: a value for each target, of classes the id.</summary>
    /// <exception cref="InvalidDataException">A value is refused.</exception>
    public void Desired(RecordReader record, bool scaled, Span<float> desired)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            if (schema.Targets[i].Encode(record[targets[i]], scaled, out desired[i]) is { } problem)
                throw record.Refuse(targets[i], $"{problem}.");
        }
    }
}
