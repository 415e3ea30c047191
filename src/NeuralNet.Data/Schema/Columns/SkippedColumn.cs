using System.Text.Json;

namespace NeuralNet;

/// <summary>A column that is left out: an id, a note, what is known only after the fact.</summary>
public sealed record SkippedColumn : SchemaColumn
{
    /// <summary>A column that is left out.</summary>
    /// <param name="name">Its title.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public SkippedColumn(string name)
        : base(name)
    {
    }

    /// <inheritdoc/>
    public override int Width => 0;

    /// <inheritdoc/>
    public override IReadOnlyList<string> FeatureNames => [];

    internal override string Kind => "skipped";

    internal override string? Problem => null;

    /// <inheritdoc/>
    public override string ToString() => InWords("skipped", "");

    internal override SchemaColumn Learn(TableColumn column, Action<string> remark) => this;

    internal override void Write(Utf8JsonWriter json)
    {
    }

    internal static SkippedColumn Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "required");
        return new SkippedColumn(name);
    }

    private protected override string? EncodeValue(in TableCell cell, Span<float> features) => null;

    private protected override void EncodeMissing(Span<float> features)
    {
    }
}
