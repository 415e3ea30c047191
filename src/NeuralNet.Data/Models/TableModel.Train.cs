namespace NeuralNet;

/// <content>Training.</content>
public sealed partial class TableModel
{
    // Fewer rows say nothing, whatever the network.
    private const int FewestRows = 10;

    // A value that is missing in fewer rows has no feature that says so: its weight would be learned from next to nothing.
    private const int FewMissing = 10;

    /// <summary>Trains a model of one column of a table.</summary>
    /// <remarks><para>The rows are divided at random into a training part and a test part, both with the target's values in the same shares.
    /// Everything is learned from the training part: the schema, then the members, each a network of dense layers trained by <see cref="AdamW"/> with
    /// a cosine decay, judged after each epoch by a part of the training rows that it has not learned from, and ending with the weights of its best
    /// epoch. The test part is for <see cref="Report"/> alone.</para>
    /// <para>A column that misses a value in fewer than 10 rows has no indicator of missing values, unless it is stated in
    /// <see cref="TableTraining.Columns"/>.</para>
    /// <para>The same table, settings and seed give the same bits, for any number of threads and on every machine.</para></remarks>
    /// <param name="table">At least 10 rows with a target.</param>
    /// <param name="target">The title of the column that the model is to predict.</param>
    /// <param name="hidden">The widths of the hidden layers; null: those of the settings.</param>
    /// <param name="settings">The settings; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the training without a model.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentException">There is no such column, there are too few rows, nothing can be learned from the target, or a value does
    /// not fit; the message says where, and why.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="TimeoutException">The time limit was over before an epoch was.</exception>
    public static TableModel Train(
        Table table, string target, IReadOnlyList<int>? hidden = null, TableTraining? settings = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        return Train(table, [target], hidden, settings, cancellationToken);
    }

    /// <summary>Trains a model of several columns: all numbers, or all yes or no.</summary>
    /// <param name="table">At least 10 rows with a target.</param>
    /// <param name="targets">The titles of the columns that the model is to predict; at least one.</param>
    /// <param name="hidden">The widths of the hidden layers; null: those of the settings.</param>
    /// <param name="settings">The settings; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the training without a model.</param>
    /// <inheritdoc cref="Train(Table, string, IReadOnlyList{int}, TableTraining, CancellationToken)"/>
    public static TableModel Train(
        Table table, IReadOnlyList<string> targets, IReadOnlyList<int>? hidden = null, TableTraining? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        settings ??= new TableTraining();
        return Train(
            table, [.. targets], part => TableSchema.Learn(part, targets, [.. settings.Columns]), hidden, settings, cancellationToken);
    }

    /// <summary>Trains a model of targets of stated kinds.</summary>
    /// <param name="table">At least 10 rows with a target.</param>
    /// <param name="targets">The targets: <c>[new ClassTarget("grade")]</c>; at least one.</param>
    /// <param name="hidden">The widths of the hidden layers; null: those of the settings.</param>
    /// <param name="settings">The settings; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the training without a model.</param>
    /// <inheritdoc cref="Train(Table, string, IReadOnlyList{int}, TableTraining, CancellationToken)"/>
    public static TableModel Train(
        Table table, IReadOnlyList<SchemaTarget> targets, IReadOnlyList<int>? hidden = null, TableTraining? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        foreach (SchemaTarget target in targets)
            ArgumentNullException.ThrowIfNull(target, nameof(targets));
        settings ??= new TableTraining();
        return Train(
            table, [.. targets.Select(target => target.Name)], part => TableSchema.Learn(part, targets, [.. settings.Columns]), hidden, settings,
            cancellationToken);
    }

    private static TableModel Train(
        Table table, string[] targets, Func<Table, TableSchema> learn, IReadOnlyList<int>? hidden, TableTraining settings,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(table);
        TableTraining wanted = hidden is null ? settings : settings with { Hidden = hidden };
        if (targets.Length == 0 || Array.Exists(targets, target => target is null || !table.Contains(target)))
            learn(table); // which refuses it, and says why
        Table rows = WithTargets(table, targets);
        if (rows.Rows < FewestRows)
            throw new ArgumentException(FormattableString.Invariant(
                $"Expected at least {FewestRows} rows with a value of \"{targets[0]}\", but got {rows.Rows}."), nameof(table));
        (Table train, Table? test) = Divide(rows, targets[0], wanted);
        if (train.Rows < FewestRows / 2)
            throw new ArgumentException(FormattableString.Invariant(
                $"Of {rows.Rows} rows a test fraction of {wanted.TestFraction} leaves {train.Rows} to learn from; ")
                + FormattableString.Invariant($"expected at least {FewestRows / 2}."), nameof(settings));
        TableSchema schema = Lean(learn(train), train, wanted);
        TableTraining chosen = wanted.For(train.Rows);
        TableMembers members = TableMembers.Train(schema, train, targets[0], chosen, cancellation);
        Network network = schema.Complete(members.ToNetwork());
        return new TableModel(
            network, schema, members.Histories, model => TableReport.Of(model, table.Rows - rows.Rows, train, test, chosen, members.First));
    }

    private static Table WithTargets(Table table, string[] targets)
    {
        int[] rows = [.. Enumerable.Range(0, table.Rows).Where(row => Array.TrueForAll(targets, target => !table[target].Cell(row).IsMissing))];
        if (rows.Length == 0)
            throw new ArgumentException(
                FormattableString.Invariant($"Each of {table.Rows} rows lacks its target, \"{targets[0]}\", so that there is nothing to learn from."),
                nameof(table));
        return rows.Length == table.Rows ? table : table.Select(rows);
    }

    // A class of one row is for training: in the test part it would be a class that nobody has heard of.
    private static (Table Train, Table? Test) Divide(Table rows, string target, TableTraining settings)
    {
        if (settings.TestFraction == 0)
            return (rows, null);
        (int[] strata, int count) = Table.Strata(rows[target]);
        (int[] train, int[] test) = StratifiedSplit.Divide(strata, count, rows.Rows, settings.TestFraction, settings.Seed);
        if (!rows[target].IsNumber)
        {
            var known = new HashSet<int>(train.Select(row => strata[row]));
            train = [.. train, .. test.Where(row => !known.Contains(strata[row]))];
            test = [.. test.Where(row => known.Contains(strata[row]))];
        }

        return (rows.Select(train), test.Length == 0 ? null : rows.Select(test));
    }

    private static TableSchema Lean(TableSchema schema, Table train, TableTraining settings)
    {
        foreach (SchemaColumn column in schema.Columns)
        {
            if (train[column.Name].Missing is 0 or >= FewMissing || settings.Columns.Any(stated => stated.Name == column.Name))
                continue;
            schema = column switch
            {
                NumberColumn number => schema.With(number with { Indicator = false }),
                BooleanColumn boolean => schema.With(boolean with { Indicator = false }),
                DateColumn date => schema.With(date with { Indicator = false }),
                _ => schema,
            };
        }

        return schema;
    }
}
