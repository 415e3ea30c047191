using System.Globalization;

namespace NeuralNet;

/// <summary>What a <see cref="TableModel"/> says of one record, in the targets' own units.</summary>
/// <remarks>Of a number it is the number, and converts to a float by itself; of classes it has the most probable one, and the probability of each; of
/// yes or no the probability of yes. Because it is a float where one is wanted, print it by <c>$"{prediction}"</c>:
/// <c>Console.WriteLine(prediction)</c> would take the number.</remarks>
public readonly struct TablePrediction : IEquatable<TablePrediction>
{
    private readonly TableSchema? schema;
    private readonly float[] values;
    private readonly int start;

    internal TablePrediction(TableSchema schema, float[] values, int start = 0) => (this.schema, this.values, this.start) = (schema, values, start);

    /// <summary>The number, or the probability of yes, of a model with one such target.</summary>
    /// <exception cref="InvalidOperationException">The model has classes or several targets.</exception>
    public float Value => Schema.Outputs == 1 ? Values[0] : throw new InvalidOperationException(Schema.Targets[0] is ClassTarget
        ? $"The prediction is one of the classes {Words.Few(Schema.ClassNames)}: take Class or Probability(name)."
        : $"The model has {Schema.Targets.Count} targets: take prediction[\"{Schema.Targets[0].Name}\"].");

    /// <summary>The most probable class, of equal ones the first; of one question its word for yes, if that has at least 0.5, or for no.</summary>
    /// <exception cref="InvalidOperationException">The model predicts numbers, or has several targets.</exception>
    public string Class => Schema.Targets[0] switch
    {
        ClassTarget target => target.Values![Metrics.ArgMax(Values)],
        YesNoTarget only when Schema.Targets.Count == 1 => Values[0] >= 0.5f ? only.Yes! : only.No!,
        _ => throw new InvalidOperationException(
            $"The model has no classes: its prediction of \"{Schema.Targets[0].Name}\" is prediction[\"{Schema.Targets[0].Name}\"]."),
    };

    /// <summary>All values that the network gives: a number for each target, or a probability for each class or question.</summary>
    public ReadOnlySpan<float> Values => values.AsSpan(start, Schema.Outputs);

    private TableSchema Schema => schema ?? throw new InvalidOperationException("The prediction is default: no model has made it.");

    /// <summary>One of several values by name: a target's, or the probability of a class or of one of the two answers.</summary>
    /// <param name="name">The title of a target, a class, or a word for yes or no.</param>
    /// <exception cref="ArgumentException">There is no such name.</exception>
    public float this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            SchemaTarget first = Schema.Targets[0];
            if (first is ClassTarget)
                return Values[Place(Schema.ClassNames, name)];
            if (first is YesNoTarget only && Schema.Targets.Count == 1 && name != first.Name)
            {
                return name == only.Yes ? Values[0] : name == only.No ? 1 - Values[0]
                    : throw new ArgumentException($"\"{name}\" is no answer: expected {only.Yes} or {only.No}.", nameof(name));
            }

            for (int i = 0; i < Schema.Targets.Count; i++)
            {
                if (Schema.Targets[i].Name == name)
                    return Values[i];
            }

            return Values[Place([.. Schema.Targets.Select(target => target.Name)], name)];
        }
    }

    /// <summary>The number that was predicted, or the probability of yes.</summary>
    /// <exception cref="InvalidOperationException">The model has classes or several targets.</exception>
    public static implicit operator float(TablePrediction prediction) => prediction.Value;

    /// <summary>Whether two predictions have the same values.</summary>
    public static bool operator ==(TablePrediction one, TablePrediction other) => one.Equals(other);

    /// <summary>Whether two predictions differ.</summary>
    public static bool operator !=(TablePrediction one, TablePrediction other) => !one.Equals(other);

    /// <summary>The same as <see cref="Value"/>.</summary>
    /// <returns>The number that was predicted, or the probability of yes.</returns>
    /// <exception cref="InvalidOperationException">The model has classes or several targets.</exception>
    public float ToSingle() => Value;

    /// <summary>The probability of a class, or of one of the two answers.</summary>
    /// <param name="name">The class, or a word for yes or no; of several questions the title of one, whose probability of yes it is.</param>
    /// <returns>From 0 to 1.</returns>
    /// <exception cref="ArgumentException">There is no such name.</exception>
    /// <exception cref="InvalidOperationException">The model predicts numbers.</exception>
    public float Probability(string name) => Schema.Targets[0] is not NumberTarget ? this[name] : throw new InvalidOperationException(
        $"\"{Schema.Targets[0].Name}\" is a number: a prediction of it has no probability.");

    /// <inheritdoc/>
    public bool Equals(TablePrediction other) =>
        Equals(schema, other.schema) && (schema is null || Values.SequenceEqual(other.Values));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TablePrediction other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => schema is null ? 0 : HashCode.Combine(schema, Values[0]);

    /// <summary>The prediction in words, the same in every culture.</summary>
    /// <returns>For example <c>price 320125.4</c>, or <c>species Adelie (0.99)</c>.</returns>
    public override string ToString()
    {
        if (schema is null)
            return "no prediction";
        if (schema.ClassNames.Count > 0 && schema.Targets.Count == 1)
        {
            float probability = this[Class];
            return $"{schema.Targets[0].Name} {Class} ({probability.ToString("0.00", CultureInfo.InvariantCulture)})";
        }

        var parts = new List<string>();
        for (int i = 0; i < schema.Targets.Count; i++)
            parts.Add($"{schema.Targets[i].Name} {Values[i].ToString("G7", CultureInfo.InvariantCulture)}");
        return string.Join(", ", parts);
    }

    private static int Place(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }

        throw new ArgumentException($"The model predicts no \"{name}\"; {NearestName.Hint(name, names)}", nameof(name));
    }
}
