using System.Collections;
using System.Globalization;

namespace NeuralNet;

/// <summary>One point of a <see cref="SearchSpace"/>: a value for each name, which is an int, a double or a string.</summary>
public sealed class TrialSettings : IReadOnlyList<KeyValuePair<string, object>>
{
    private readonly KeyValuePair<string, object>[] all;

    internal TrialSettings(KeyValuePair<string, object>[] all) => this.all = all;

    /// <summary>How many settings there are.</summary>
    public int Count => all.Length;

    /// <summary>A setting by its place in the space: its name and its value.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such setting.</exception>
    public KeyValuePair<string, object> this[int index] => all[index];

    /// <summary>The value of a setting: an int, a double or a string.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public object this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            int index = Array.FindIndex(all, one => one.Key == name);
            return index >= 0 ? all[index].Value : throw new ArgumentException(
                $"There is no setting \"{name}\"; there are {string.Join(", ", all.Select(one => $"\"{one.Key}\""))}.", nameof(name));
        }
    }

    /// <summary>The value of a setting that is a whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentException">There is none of that name, or it is something else.</exception>
    public int Whole(string name) => this[name] is int value ? value : throw Refuse(name, "a whole number");

    /// <summary>The value of a setting that is a number.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentException">There is none of that name, or it is a text.</exception>
    public double Number(string name) => this[name] switch
    {
        double value => value,
        int value => value,
        _ => throw Refuse(name, "a number"),
    };

    /// <summary>The value of a setting that is a text.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">There is none of that name, or it is a number.</exception>
    public string Text(string name) => this[name] as string ?? throw Refuse(name, "a text");

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => all.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>All settings in a line, the same in every culture.</summary>
    /// <returns>For example <c>width 16, rate 0.00318</c>.</returns>
    public override string ToString() => string.Join(", ", all.Select(one => $"{one.Key} {InWords(one.Value)}"));

    internal static string InWords(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private ArgumentException Refuse(string name, string wanted)
    {
        object value = this[name];
        (string kind, string remedy) = value switch
        {
            int => ("a whole number", nameof(Whole)),
            double => ("a number", nameof(Number)),
            _ => ("a text", nameof(Text)),
        };
        return new ArgumentException(
            $"Setting \"{name}\" was asked for as {wanted}, but it is {kind}, {InWords(value)}; {remedy}(\"{name}\") reads it.", nameof(name));
    }
}
