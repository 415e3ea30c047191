using System.Text.Json;

namespace NeuralNet;

/// <summary>A number that a network is to give. It is trained scaled; <see cref="TableSchema.Save"/> puts the way back behind the last
/// layer.</summary>
public sealed record NumberTarget : SchemaTarget
{
    // λ from 0 to 2: then every output has a number that it stands for.
    private const double MostPower = 1;

    /// <summary>A target that is to be learned.</summary>
    /// <param name="name">The title of its column.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public NumberTarget(string name)
        : base(name)
    {
    }

    /// <summary>How it is scaled while the network is trained.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such scaling.</exception>
    public NumberScaling Scaling { get; init => field = Cells.Defined(value, nameof(Scaling)); } = NumberScaling.Standard;

    /// <summary>The numbers of the scaling; null: not learned yet.</summary>
    public NumberScale? Scale { get; init; }

    internal override string Kind => "number";

    // Outside these λ not every output has a number, and the way back would give infinite ones.
    internal override string? Problem => Scale is null ? "its scale has not been learned"
        : Scale.Lambda is < 0 or > 2 ? "the λ of a target must be from 0 to 2"
        : float.IsFinite((float)(Scale.Mean + Scale.Offset)) ? Scale.Problem : "its mean and offset must be finite as a float";

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: number ({Scaling}{(Scale is null ? "" : $": {Scale}")})";

    internal override string? Encode(in TableCell cell, bool scaled, out float desired)
    {
        string? problem = Cells.Number(cell, out double number);
        desired = (float)(scaled ? Scale!.Scaled(number) : number);
        return problem ?? (float.IsFinite(desired) ? null : Cells.Expected("a number that is finite when it is scaled", cell));
    }

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteString("scaling", Scaling.ToString());
        Scale!.Write(json, "scale");
    }

    internal static NumberTarget Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "scaling", "scale");
        return new NumberTarget(name) { Scaling = json.Kind<NumberScaling>("scaling"), Scale = NumberScale.Read(json.Object("scale")) };
    }

    private protected override SchemaTarget Learn(TableColumn column, Action<string> remark) => this with
    {
        Scale = Scale ?? NumberScale.Learn(Cells.Numbers(column, Cells.Number), Scaling, FillRule.Median, MostPower, remark),
    };
}
