using System.Text;

namespace NeuralNet;

/// <summary>How a record becomes a network's row, and what the network's outputs say: learned from the training part, kept in the network's file.
/// </summary>
/// <remarks><para>A record has numbers, names, dates, texts and missing values; a network takes floats. The schema has a <see cref="SchemaColumn"/>
/// for each column of the table, in its order, and one or several <see cref="SchemaTarget"/>s. It is learned from the training part alone: a mean
/// that has seen the test part makes the test easier than it should be.</para>
/// <para>A row has numbers as they are, and the network's first layers scale them (<see cref="CreateNetwork"/>), so that a file of the network, which
/// has the schema in its metadata (<see cref="Save"/>), is all that a second program needs.</para>
/// <para>Immutable: any number of threads may use it at the same time.</para></remarks>
/// <example>
/// <code>
/// (Table train, Table test) = table.Split(testFraction: 0.2, seed: 1);
/// TableSchema schema = TableSchema.Learn(train, target: "price");
/// Network network = schema.CreateNetwork().Dense(64, Activation.Relu).Dense(schema.Outputs, schema.OutputActivation).Build(seed: 1);
/// new Trainer(network, schema.Divergence, new Adam()).Fit(schema.ToDataset(train), epochs: 50);
/// schema.Save(network, "houses.safetensors");
/// </code>
/// </example>
public sealed partial class TableSchema : IEquatable<TableSchema>
{
    // Ids are floats up to here, and no row that people have is wider.
    private const int MostInputs = 1 << 24;

    private readonly SchemaColumn[] columns;
    private readonly SchemaTarget[] targets;
    private readonly string[] remarks;
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);

    // Where the features of each column begin, and behind the last one.
    private readonly int[] starts;

    /// <exception cref="ArgumentException">A column or target has not been learned, two have one name, or they make no row.</exception>
    private TableSchema(SchemaColumn[] columns, SchemaTarget[] targets, string[] remarks)
    {
        (this.columns, this.targets, this.remarks) = (columns, targets, remarks);
        (Columns, Targets, Remarks) = (Array.AsReadOnly(columns), Array.AsReadOnly(targets), Array.AsReadOnly(remarks));
        starts = new int[columns.Length + 1];
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i].Problem is { } problem)
                throw new ArgumentException($"Column \"{columns[i].Name}\" cannot be used: {problem}.", nameof(columns));
            if (!places.TryAdd(columns[i].Name, i))
                throw new ArgumentException($"Two columns have the name \"{columns[i].Name}\".", nameof(columns));
            starts[i + 1] = Guard.Size((Int128)starts[i] + columns[i].Width, nameof(columns), "A row would have", MostInputs);
        }

        if (Inputs == 0)
            throw new ArgumentException("No column has a feature: expected at least one that is not skipped.", nameof(columns));
        CheckTargets();
    }

    /// <summary>The columns, in the table's order; skipped ones, too, but not targets.</summary>
    public IReadOnlyList<SchemaColumn> Columns { get; }

    /// <summary>The targets.</summary>
    public IReadOnlyList<SchemaTarget> Targets { get; }

    /// <summary>What was worth saying when it was learned: what was chosen by itself and why, columns from which nothing can be learned, rows left
    /// out.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>The number of features in a row.</summary>
    public int Inputs => starts[^1];

    /// <summary>What each feature of a row is, [<see cref="Inputs"/>].</summary>
    public IReadOnlyList<string> FeatureNames => [.. columns.SelectMany(column => column.FeatureNames)];

    /// <summary>The number of outputs: one for each number, each question of yes or no, or each class.</summary>
    public int Outputs => Class?.Values!.Count ?? targets.Length;

    /// <summary>The classes, in the order of the outputs; of one question the words for no and yes; of several their titles; empty for
    /// numbers.</summary>
    public IReadOnlyList<string> ClassNames => targets[0] switch
    {
        ClassTarget target => target.Values!,
        YesNoTarget only when targets.Length == 1 => [only.No!, only.Yes!],
        YesNoTarget => [.. targets.Select(target => target.Name)],
        _ => [],
    };

    /// <summary>What is to be minimised: L2 for numbers, cross-entropy for a class, binary cross-entropy for yes or no.</summary>
    public Divergence Divergence => targets[0] switch
    {
        ClassTarget => Divergence.CrossEntropy,
        YesNoTarget => Divergence.BinaryCrossEntropy,
        _ => Divergence.L2,
    };

    /// <summary>What the last layer ends with: softmax for a class, the sigmoid for yes or no, nothing (null) for numbers.</summary>
    public Activation? OutputActivation => targets[0] switch
    {
        ClassTarget => Activation.Softmax,
        YesNoTarget => Activation.Sigmoid,
        _ => null,
    };

    /// <summary>The column of a name.</summary>
    /// <param name="name">The title, in its own letter case.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public SchemaColumn this[string name] => columns[Find(name, nameof(name))];

    private ClassTarget? Class => targets[0] as ClassTarget;

    /// <summary>Whether two schemas are the same.</summary>
    public static bool operator ==(TableSchema? one, TableSchema? other) => one is null ? other is null : one.Equals(other);

    /// <summary>Whether two schemas differ.</summary>
    public static bool operator !=(TableSchema? one, TableSchema? other) => !(one == other);

    /// <summary>The schema with another column in the place of that with its name.</summary>
    /// <param name="column">A learned column: <c>((NumberColumn)schema["rooms"]) with { Required = true }</c>.</param>
    /// <returns>A schema of its own.</returns>
    /// <exception cref="ArgumentException">There is no column of that name, or it has not been learned.</exception>
    public TableSchema With(SchemaColumn column)
    {
        ArgumentNullException.ThrowIfNull(column);
        SchemaColumn[] others = [.. columns];
        others[Find(column.Name, nameof(column))] = column;
        return new TableSchema(others, targets, remarks);
    }

    /// <summary>Whether another schema has the same columns, targets and remarks.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>Whether it does.</returns>
    public bool Equals(TableSchema? other) => other is not null
        && columns.SequenceEqual(other.columns) && targets.SequenceEqual(other.targets) && remarks.SequenceEqual(other.remarks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TableSchema);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Inputs, Outputs, columns[0], targets[0]);

    /// <summary>The schema as a table: a line for each column and target, and the remarks.</summary>
    /// <returns>Several lines, the first for example <c>Schema of 8 columns: 12 inputs, 1 output</c>.</returns>
    public override string ToString()
    {
        var text = new StringBuilder(FormattableString.Invariant(
            $"Schema of {columns.Length} column{(columns.Length == 1 ? "" : "s")}: {Inputs} input{(Inputs == 1 ? "" : "s")}, "));
        text.Append(FormattableString.Invariant($"{Outputs} output{(Outputs == 1 ? "" : "s")}"));
        foreach (SchemaColumn column in columns)
            text.Append("\n  ").Append(column);
        text.Append("\nTarget").Append(targets.Length == 1 ? "" : "s");
        foreach (SchemaTarget target in targets)
            text.Append("\n  ").Append(target);
        text.Append(remarks.Length == 0 ? "" : "\nRemarks");
        foreach (string remark in remarks)
            text.Append("\n  ").Append(remark);
        return text.ToString();
    }

    private bool IsTarget(string name)
    {
        foreach (SchemaTarget target in targets)
        {
            if (target.Name == name)
                return true;
        }

        return false;
    }

    private int Find(string name, string argument)
    {
        ArgumentNullException.ThrowIfNull(name, argument);
        return places.TryGetValue(name, out int place) ? place : throw new ArgumentException(
            $"The schema has no column \"{name}\"; {NearestName.Hint(name, [.. columns.Select(column => column.Name)])}", argument);
    }

    private void CheckTargets()
    {
        if (targets.Length == 0)
            throw new ArgumentException("Expected at least one target.", nameof(targets));
        foreach (SchemaTarget target in targets)
        {
            if (target.Problem is { } problem)
                throw new ArgumentException($"Target \"{target.Name}\" cannot be used: {problem}.", nameof(targets));
            if (places.ContainsKey(target.Name) || targets.Count(other => other.Name == target.Name) > 1)
                throw new ArgumentException($"The name \"{target.Name}\" is that of two columns or targets.", nameof(targets));
            if (target.GetType() != targets[0].GetType() || (target is ClassTarget && targets.Length > 1))
                throw new ArgumentException(
                    $"Several targets must all be numbers, or all yes or no, but \"{targets[0].Name}\" is a {targets[0].Kind} and "
                    + $"\"{target.Name}\" a {target.Kind}. Learn a schema for each, and join what is desired by Dataset.FromOutputs.",
                    nameof(targets));
        }
    }
}
