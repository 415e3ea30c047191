using System.Text.Json;

namespace NeuralNet;

/// <summary>A column of numbers: one feature, and a second one that says whether the number is missing.</summary>
/// <remarks>A row has the number as it is; the network's first layers scale it (<see cref="TableSchema.CreateNetwork"/>). Numbers in texts are taken
/// ("3.5", with a point), and true and false as 1 and 0. Infinite numbers, and those beyond floats, also once they are scaled, are refused.</remarks>
public sealed record NumberColumn : SchemaColumn
{
    // λ from −4 to 6: beyond, powers are of nearly equal numbers, and say little.
    private const double MostPower = 5;

    /// <summary>A column that is to be learned.</summary>
    /// <param name="name">Its title.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public NumberColumn(string name)
        : base(name)
    {
    }

    /// <summary>How it is scaled.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such scaling.</exception>
    public NumberScaling Scaling { get; init => field = Cells.Defined(value, nameof(Scaling)); } = NumberScaling.Standard;

    /// <summary>What stands for a missing number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rule.</exception>
    public FillRule Fill { get; init => field = Cells.Defined(value, nameof(Fill)); }

    /// <summary>Whether a feature more says that the number is missing: 1, otherwise 0. Null: if one was missing in training.</summary>
    public bool? Indicator { get; init; }

    /// <summary>The numbers of the scaling; null: not learned yet.</summary>
    public NumberScale? Scale { get; init; }

    /// <inheritdoc/>
    public override int Width => Indicator == true ? 2 : 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> FeatureNames => Named(Indicator == true, "");

    internal override string Kind => "number";

    internal override string? Problem => Scale is null || Indicator is null
        ? "its scale and indicator have not been learned" : Scale.Problem;

    /// <inheritdoc/>
    public override string ToString() => InWords(
        "number", $"{Scaling}{(Scale is null ? "" : $": {Scale}")}{(Indicator == true ? ", with an indicator of missing ones" : "")}");

    internal override SchemaColumn Learn(TableColumn column, Action<string> remark) => this with
    {
        Indicator = Indicator ?? (!Required && column.Missing > 0),
        Scale = Scale ?? NumberScale.Learn(Cells.Numbers(column, Cells.Number), Scaling, Fill, MostPower, remark),
    };

    internal override void WriteScale(Span<double> lambdas, Span<double> means, Span<double> deviations) =>
        Scale!.Layers(0, lambdas, means, deviations);

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteString("scaling", Scaling.ToString());
        json.WriteString("fillBy", Fill.ToString());
        json.WriteBoolean("indicator", Indicator!.Value);
        Scale!.Write(json, "scale");
    }

    internal static NumberColumn Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "required", "scaling", "fillBy", "indicator", "scale");
        return new NumberColumn(name)
        {
            Scaling = json.Kind<NumberScaling>("scaling"),
            Fill = json.Kind<FillRule>("fillBy"),
            Indicator = json.Boolean("indicator"),
            Scale = NumberScale.Read(json.Object("scale")),
        };
    }

    private protected override string? EncodeValue(in TableCell cell, Span<float> features)
    {
        if (Cells.Number(cell, out double number) is { } problem)
            return problem;
        if (!Scale!.Fits(number))
            return Cells.Expected("a number that is finite when it is scaled", cell);
        Put(features, Scale.Feature(number), isMissing: false);
        return null;
    }

    private protected override void EncodeMissing(Span<float> features) => Put(features, Scale!.MissingFeature, isMissing: true);
}
