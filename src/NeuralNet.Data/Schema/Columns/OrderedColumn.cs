using System.Text.Json;

namespace NeuralNet;

/// <summary>A column of names with an order, such as small, medium, large: the number of the name, 0, 1, 2 …, scaled to mean 0 and standard deviation
/// 1, and a second feature that says whether the value is missing.</summary>
/// <remarks>A value that is not among those stated is refused, unless <see cref="UnseenIsMissing"/>.</remarks>
public sealed record OrderedColumn : SchemaColumn
{
    private readonly Words values;

    /// <summary>A column that is to be learned.</summary>
    /// <param name="name">Its title.</param>
    /// <param name="values">All values, in their order; at least one.</param>
    /// <exception cref="ArgumentException">The name is empty, there are no values, or one is null or there twice.</exception>
    public OrderedColumn(string name, params IReadOnlyList<string> values)
        : base(name)
    {
        this.values = new Words(values, nameof(values));
        if (Values.Count == 0)
            throw new ArgumentException($"Expected the values of \"{name}\" in their order.", nameof(values));
    }

    /// <summary>The values in their order.</summary>
    public IReadOnlyList<string> Values => values.List;

    /// <summary>Whether a value that is none of <see cref="Values"/> is treated as a missing one instead of being refused.</summary>
    public bool UnseenIsMissing { get; init; }

    /// <summary>Whether a feature more says that the value is missing: 1, otherwise 0. Null: if one was missing in training.</summary>
    public bool? Indicator { get; init; }

    /// <summary>How the number of a value is scaled; null: not learned yet. The median stands for a missing value.</summary>
    public NumberScale? Scale { get; init; }

    /// <inheritdoc/>
    public override int Width => Indicator == true ? 2 : 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> FeatureNames => Named(Indicator == true, "");

    internal override string Kind => "ordered";

    internal override string? Problem => Scale is null || Indicator is null ? "its scale and indicator have not been learned" : Scale.Problem;

    /// <inheritdoc/>
    public override string ToString() => InWords(
        "ordered category", $"{string.Join(" < ", Values)}{(Indicator == true ? ", with an indicator of missing ones" : "")}");

    internal override SchemaColumn Learn(TableColumn column, Action<string> remark)
    {
        bool hasMissing = column.Missing > 0;
        double[] numbers = Cells.Numbers(column, (in TableCell cell, out double number) =>
        {
            number = values.Find(cell);
            hasMissing |= number < 0;
            return number >= 0 || UnseenIsMissing ? null : Unseen(cell);
        });
        double[] seen = Array.FindAll(numbers, number => number >= 0);
        if (seen.Length == 0)
            throw new ArgumentException("none of its values is among those stated");
        return this with
        {
            Indicator = Indicator ?? (!Required && hasMissing),
            Scale = Scale ?? NumberScale.Learn(seen, NumberScaling.Standard, FillRule.Median, 0, _ => remark(SameInAllRows)),
        };
    }

    internal override void WriteScale(Span<double> lambdas, Span<double> means, Span<double> deviations) =>
        Scale!.Layers(0, lambdas, means, deviations);

    internal override void Write(Utf8JsonWriter json)
    {
        SchemaJson.Write(json, "values", Values);
        json.WriteBoolean("unseenIsMissing", UnseenIsMissing);
        json.WriteBoolean("indicator", Indicator!.Value);
        Scale!.Write(json, "scale");
    }

    internal static OrderedColumn Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "required", "values", "unseenIsMissing", "indicator", "scale");
        return new OrderedColumn(name, json.Texts("values"))
        {
            UnseenIsMissing = json.Boolean("unseenIsMissing"),
            Indicator = json.Boolean("indicator"),
            Scale = NumberScale.Read(json.Object("scale")),
        };
    }

    private protected override string? EncodeValue(in TableCell cell, Span<float> features)
    {
        int place = values.Find(cell);
        if (place < 0)
            return UnseenIsMissing ? Encode(TableCell.Missing, features) : Unseen(cell);
        Put(features, Scale!.Feature(place), isMissing: false);
        return null;
    }

    private protected override void EncodeMissing(Span<float> features) => Put(features, Scale!.MissingFeature, isMissing: true);

    private string Unseen(in TableCell cell) => Cells.Expected($"one of {values}", cell);
}
