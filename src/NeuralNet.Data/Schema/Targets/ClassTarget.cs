using System.Text.Json;

namespace NeuralNet;

/// <summary>A class that a network is to find: an output for each, softmax and cross-entropy. A value that is no class is refused.</summary>
public sealed record ClassTarget : SchemaTarget
{
    // Ids are floats, exact up to here.
    private const int MostClasses = 1 << 24;

    private readonly Words? values;

    /// <summary>A target that is to be learned.</summary>
    /// <param name="name">The title of its column.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ClassTarget(string name)
        : base(name)
    {
    }

    /// <summary>The names of the classes, in the order of the outputs; of numbers their digits. Null: all of the training part, numbers in their
    /// order, texts in ordinal order.</summary>
    /// <exception cref="ArgumentException">One is null, or there twice.</exception>
    public IReadOnlyList<string>? Values { get => values?.List; init => values = value is null ? null : new Words(value, nameof(Values)); }

    internal override string Kind => "class";

    internal override string? Problem => values is null ? "its classes have not been learned"
        : values.List.Count is >= 2 and <= MostClasses ? null
        : FormattableString.Invariant($"expected 2 to {MostClasses} classes, but it has {values.List.Count}")
            + (values.List.Count == 1 ? $", {values}" : "");

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {(values is null ? "class" : $"{values.List.Count} classes, {values}")}";

    internal override string? Encode(in TableCell cell, bool scaled, out float desired)
    {
        int place = values!.Find(cell);
        desired = place;
        return place >= 0 ? null : Cells.Expected($"one of the classes {values}", cell)
            + "; state those that training may lack when the schema is learned: new ClassTarget(name) { Values = [...] }";
    }

    internal override void Write(Utf8JsonWriter json) => SchemaJson.Write(json, "values", Values!);

    internal static ClassTarget Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "values");
        return new ClassTarget(name) { Values = json.Texts("values") };
    }

    private protected override SchemaTarget Learn(TableColumn column, Action<string> remark)
    {
        List<(string Text, int Rows)> counts = Cells.Counts(column);
        ClassTarget learned = values is null ? this with { Values = [.. counts.Select(count => count.Text)] } : this;
        if (counts.Find(count => learned.values!.Find(TableCell.Of(count.Text)) < 0) is { Text: { } other })
            throw new ArgumentException(Cells.Expected($"one of the classes {learned.values}", TableCell.Of(other)));
        string[] missing = [.. learned.Values!.Except(counts.Select(count => count.Text))];
        if (missing.Length > 0)
            remark($"no row has the class {Words.Few(missing)}");
        return learned;
    }
}
