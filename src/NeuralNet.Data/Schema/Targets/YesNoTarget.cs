using System.Text.Json;

namespace NeuralNet;

/// <summary>A question with the answers yes and no: one output, the probability of yes, by the sigmoid and binary cross-entropy. Several make several
/// labels, each of which may be there or not.</summary>
/// <remarks>The words are those that <see cref="BooleanColumn"/> knows, or two of its own.</remarks>
public sealed record YesNoTarget : SchemaTarget
{
    private readonly Truth? truth;

    /// <summary>A target whose words are to be learned.</summary>
    /// <param name="name">The title of its column.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public YesNoTarget(string name)
        : base(name)
    {
    }

    /// <summary>A target of two words of its own.</summary>
    /// <param name="name">The title of its column.</param>
    /// <param name="yes">The word for yes, in any letter case.</param>
    /// <param name="no">The word for no.</param>
    /// <exception cref="ArgumentException">A name or word is empty, or both words are the same.</exception>
    public YesNoTarget(string name, string yes, string no)
        : base(name) => truth = new Truth(yes, no);

    /// <summary>The word for yes; null: not learned yet.</summary>
    public string? Yes => truth?.Yes;

    /// <summary>The word for no; null: not learned yet.</summary>
    public string? No => truth?.No;

    internal override string Kind => "yes or no";

    internal override string? Problem => truth is null ? "its words have not been learned" : null;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {(truth is null ? "yes or no" : $"{Yes} (1) or {No} (0)")}";

    internal override string? Encode(in TableCell cell, bool scaled, out float desired) => truth!.Value(cell, out desired);

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteString("yes", Yes);
        json.WriteString("no", No);
    }

    internal static YesNoTarget Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "yes", "no");
        return new YesNoTarget(name, json.Text("yes"), json.Text("no"));
    }

    private protected override SchemaTarget Learn(TableColumn column, Action<string> remark)
    {
        Truth words = Truth.Learn(column, truth, remark);
        return new YesNoTarget(Name, words.Yes, words.No);
    }
}
