using System.Text.Json;

namespace NeuralNet;

/// <summary>What a network is to say about a record. Each kind is a class: <see cref="NumberTarget"/>, <see cref="ClassTarget"/>,
/// <see cref="YesNoTarget"/>.</summary>
/// <remarks>It is immutable. Properties that are null are learned from the training part; what is stated stays as it is.</remarks>
public abstract record SchemaTarget
{
    private protected SchemaTarget(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Words.CheckUnicode(name, nameof(name));
        Name = name;
    }

    /// <summary>The title of its column.</summary>
    public string Name { get; }

    /// <summary>The target in words.</summary>
    /// <returns>For example <c>price: number, Standard (mean 3.5, deviation 1.25)</c>.</returns>
    public abstract override string ToString();

    /// <summary>What the kind is called in JSON.</summary>
    internal abstract string Kind { get; }

    /// <summary>Why nothing can be desired; null: it can.</summary>
    internal abstract string? Problem { get; }

    /// <summary>Learns what is not stated, and says whose refusal it is.</summary>
    /// <exception cref="ArgumentException">A value does not fit.</exception>
    internal SchemaTarget LearnFrom(TableColumn column, Action<string> remark)
    {
        try
        {
            return Learn(column, remark);
        }
        catch (ArgumentException refusal)
        {
            throw new ArgumentException($"Target \"{Name}\": {refusal.Message}.", refusal);
        }
    }

    /// <summary>Makes what is desired of a value that is not missing.</summary>
    /// <param name="cell">The value.</param>
    /// <param name="scaled">Whether a number is scaled.</param>
    /// <param name="desired">A number, 1 or 0, or the id of a class.</param>
    /// <returns>What is wrong with the value; null: nothing.</returns>
    internal abstract string? Encode(in TableCell cell, bool scaled, out float desired);

    /// <summary>Writes what is the kind's own into its JSON object.</summary>
    internal abstract void Write(Utf8JsonWriter json);

    /// <summary>Reads a target of a schema's JSON.</summary>
    /// <exception cref="InvalidDataException">It is not what a schema writes.</exception>
    internal static SchemaTarget Read(SchemaJson json)
    {
        string name = json.Text("name");
        try
        {
            return json.Text("kind") switch
            {
                "number" => NumberTarget.Read(name, json),
                "class" => ClassTarget.Read(name, json),
                "yes or no" => YesNoTarget.Read(name, json),
                string other => throw json.Refuse($"\"{Words.Short(other)}\" is no kind of target"),
            };
        }
        catch (ArgumentException refusal)
        {
            throw json.Refuse(refusal.Message);
        }
    }

    /// <inheritdoc cref="SchemaColumn.Learn"/>
    private protected abstract SchemaTarget Learn(TableColumn column, Action<string> remark);
}
