namespace NeuralNet;

/// <content>Learning from a table.</content>
public sealed partial class TableSchema
{
    /// <summary>Learns a schema from the training part of a table.</summary>
    /// <remarks><para>What is not stated is chosen by what is there, and said in <see cref="Remarks"/>. Columns of numbers are numbers
    /// (<see cref="NumberColumn"/>). Of texts: two words of truth are a boolean; ISO 8601 dates a date; sentences that mostly differ a text; texts
    /// that all differ are skipped, as ids; and all others a category. A column without any value is skipped.</para>
    /// <para>A target of two words of truth, or of the numbers 0 and 1, is a question of yes or no; other numbers are a number; texts are classes, if
    /// not more than half of them differ. Rows whose target is missing are left out.</para>
    /// <para>A column that was stated and learned already stays as it is.</para></remarks>
    /// <param name="train">The training part.</param>
    /// <param name="target">The title of the column that the network is to predict.</param>
    /// <param name="columns">What is known of some columns: <c>new CategoryColumn("year"), new SkippedColumn("id")</c>.</param>
    /// <returns>The schema.</returns>
    /// <exception cref="ArgumentException">There is no such column, or it is stated twice, or a value does not fit; the message says where, and why.
    /// </exception>
    public static TableSchema Learn(Table train, string target, params ReadOnlySpan<SchemaColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(target);
        return Learn(train, [target], columns);
    }

    /// <summary>Learns a schema with several targets: all numbers, or all yes or no.</summary>
    /// <param name="train">The training part.</param>
    /// <param name="targets">The titles of the columns that the network is to predict; at least one.</param>
    /// <param name="columns">What is known of some columns.</param>
    /// <inheritdoc cref="Learn(Table, string, ReadOnlySpan{SchemaColumn})"/>
    public static TableSchema Learn(Table train, IReadOnlyList<string> targets, params ReadOnlySpan<SchemaColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(targets);
        return Learn(train, targets, _ => null, columns);
    }

    /// <summary>Learns a schema with targets of stated kinds.</summary>
    /// <param name="train">The training part.</param>
    /// <param name="targets">The targets: <c>[new ClassTarget("grade")]</c>; at least one.</param>
    /// <param name="columns">What is known of some columns.</param>
    /// <inheritdoc cref="Learn(Table, string, ReadOnlySpan{SchemaColumn})"/>
    public static TableSchema Learn(Table train, IReadOnlyList<SchemaTarget> targets, params ReadOnlySpan<SchemaColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(targets);
        foreach (SchemaTarget target in targets)
            ArgumentNullException.ThrowIfNull(target, nameof(targets));
        return Learn(train, [.. targets.Select(target => target.Name)], place => targets[place], columns);
    }

    private static TableSchema Learn(
        Table train, IReadOnlyList<string> names, Func<int, SchemaTarget?> stated, ReadOnlySpan<SchemaColumn> columns)
    {
        Dictionary<string, SchemaColumn> known = Known(train, names, columns);
        var remarks = new List<string>();
        Table rows = WithTargets(train, names, remarks);
        var targets = new SchemaTarget[names.Count];
        for (int i = 0; i < targets.Length; i++)
        {
            string name = names[i];
            void Remark(string what) => remarks.Add($"{name}: {what}");
            targets[i] = (stated(i) ?? ColumnChoice.Target(rows[name], Remark)).LearnFrom(rows[name], Remark);
        }

        var learned = new List<SchemaColumn>();
        foreach (TableColumn column in rows.Columns)
        {
            void Remark(string what) => remarks.Add($"{column.Name}: {what}");
            if (!names.Contains(column.Name))
                learned.Add((known.GetValueOrDefault(column.Name) ?? ColumnChoice.Column(column, Remark)).LearnFrom(column, Remark));
        }

        return new TableSchema([.. learned], targets, [.. remarks]);
    }

    private static Dictionary<string, SchemaColumn> Known(Table train, IReadOnlyList<string> targets, ReadOnlySpan<SchemaColumn> columns)
    {
        string[] names = [.. train.Columns.Select(column => column.Name)];
        foreach (string target in targets)
            CheckName(target, nameof(targets));
        var known = new Dictionary<string, SchemaColumn>(StringComparer.Ordinal);
        foreach (SchemaColumn column in columns)
        {
            ArgumentNullException.ThrowIfNull(column, nameof(columns));
            CheckName(column.Name, nameof(columns));
            if (targets.Contains(column.Name))
                throw new ArgumentException(
                    $"\"{column.Name}\" is a target; say what is known of it as one: [new NumberTarget(\"{column.Name}\")].", nameof(columns));
            if (!known.TryAdd(column.Name, column))
                throw new ArgumentException($"Column \"{column.Name}\" is stated twice.", nameof(columns));
        }

        return known;

        void CheckName(string name, string argument)
        {
            ArgumentNullException.ThrowIfNull(name, argument);
            if (!train.Contains(name))
                throw new ArgumentException($"The table has no column \"{name}\"; {NearestName.Hint(name, names)}", argument);
        }
    }

    private static Table WithTargets(Table train, IReadOnlyList<string> targets, List<string> remarks)
    {
        TableColumn[] wanted = [.. targets.Select(target => train[target])];
        int[] rows = [.. Enumerable.Range(0, train.Rows).Where(row => Array.TrueForAll(wanted, column => !column.Cell(row).IsMissing))];
        if (rows.Length == train.Rows)
            return train;
        string what = targets.Count == 1 ? $"its target, \"{targets[0]}\"," : "a target";
        if (rows.Length == 0)
            throw new ArgumentException($"Each of {train.Rows} rows lacks {what} so that there is nothing to learn from.", nameof(train));
        int left = train.Rows - rows.Length;
        remarks.Add(FormattableString.Invariant($"{left} of {train.Rows} rows {(left == 1 ? "lacks" : "lack")} {what} ")
            + (left == 1 ? "and is left out" : "and are left out"));
        return train.Select(rows);
    }
}
