using System.Text.Json;

namespace NeuralNet;

/// <summary>A column of two words, one for yes and one for no: a feature of 1 or 0, and a second one that says whether the value is
/// missing.</summary>
/// <remarks>The words are found by themselves if they are true and false, yes and no, 1 and 0, y and n, t and f, or on and off; letter case does not
/// matter. Besides them a bool is taken, and the numbers 1 and 0. A missing value is ½, halfway.</remarks>
public sealed record BooleanColumn : SchemaColumn
{
    private readonly Truth? truth;

    /// <summary>A column that is to be learned.</summary>
    /// <param name="name">Its title.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public BooleanColumn(string name)
        : base(name)
    {
    }

    /// <summary>A column of two words of its own.</summary>
    /// <param name="name">Its title.</param>
    /// <param name="yes">The word for yes, in any letter case.</param>
    /// <param name="no">The word for no.</param>
    /// <exception cref="ArgumentException">The name is empty, or both words are the same.</exception>
    public BooleanColumn(string name, string yes, string no)
        : base(name) => truth = new Truth(yes, no);

    /// <summary>The word for yes; null: not learned yet.</summary>
    public string? Yes => truth?.Yes;

    /// <summary>The word for no; null: not learned yet.</summary>
    public string? No => truth?.No;

    /// <summary>Whether a feature more says that the value is missing: 1, otherwise 0. Null: if one was missing in training.</summary>
    public bool? Indicator { get; init; }

    /// <inheritdoc/>
    public override int Width => Indicator == true ? 2 : 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> FeatureNames => Named(Indicator == true, "");

    internal override string Kind => "boolean";

    internal override string? Problem => truth is null || Indicator is null ? "its words and indicator have not been learned" : null;

    /// <inheritdoc/>
    public override string ToString() => InWords(
        "boolean", $"{(truth is null ? "" : $"{Yes} is 1, {No} is 0")}{(Indicator == true ? ", with an indicator of missing ones" : "")}");

    internal override SchemaColumn Learn(TableColumn column, Action<string> remark)
    {
        Truth words = Truth.Learn(column, truth, remark);
        return new BooleanColumn(Name, words.Yes, words.No) { Required = Required, Indicator = Indicator ?? (!Required && column.Missing > 0) };
    }

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteString("yes", Yes);
        json.WriteString("no", No);
        json.WriteBoolean("indicator", Indicator!.Value);
    }

    internal static BooleanColumn Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "required", "yes", "no", "indicator");
        return new BooleanColumn(name, json.Text("yes"), json.Text("no")) { Indicator = json.Boolean("indicator") };
    }

    private protected override string? EncodeValue(in TableCell cell, Span<float> features)
    {
        string? problem = truth!.Value(cell, out float value);
        Put(features, value, isMissing: false);
        return problem;
    }

    private protected override void EncodeMissing(Span<float> features) => Put(features, 0.5f, isMissing: true);
}
