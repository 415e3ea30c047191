using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace NeuralNet;

/// <summary>The inputs or the outputs of a network by name: where each lies in a row. A network whose rows have no names has one part,
/// "input" or "output".</summary>
/// <remarks><para>Parts that differ in their features only, all of them Features or sequences of as many steps or images of one size, lie side by
/// side in each vector: two outputs of a and b features are one of a + b. Other parts lie flat, each with all its values, one after the other in a
/// row of Features.</para>
/// <para>Names are kept in files, by <see cref="Network.Clone"/>, and by <see cref="Network.Slice"/> where the slice has that end of the network.
/// </para></remarks>
[SuppressMessage("Naming", "CA1710", Justification = "Parts are what they are called.")]
public class NamedParts : IReadOnlyList<NamedPart>
{
    private readonly NamedPart[] parts;

    private protected NamedParts(IReadOnlyList<(string Name, Shape Shape)> named, bool areNamed)
    {
        AreNamed = areNamed;
        Row = RowOf(named);
        parts = new NamedPart[named.Count];
        for (int k = 0, first = 0; k < parts.Length; first += parts[k].Count, k++)
            parts[k] = new NamedPart(named[k].Name, named[k].Shape, first, Row);
    }

    /// <summary>How many parts there are.</summary>
    public int Count => parts.Length;

    /// <summary>A part by its place.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    public NamedPart this[int index] => (uint)index < (uint)Count ? parts[index]
        : throw Guard.OutOfRange(nameof(index), index, FormattableString.Invariant($"Expected a part 0 … {Count - 1}, but got {index}."));

    /// <summary>A part by its name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no such part; the message lists those that there are.</exception>
    public NamedPart this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            return Array.Find(parts, part => part.Name == name)
                ?? throw new ArgumentException($"There is no \"{name}\"; there {(Count == 1 ? "is" : "are")} {Names}.", nameof(name));
        }
    }

    internal bool AreNamed { get; }

    // The shape of all parts together.
    internal Shape Row { get; }

    internal string Names => NamesOf(parts.Select(part => part.Name));

    /// <inheritdoc/>
    public IEnumerator<NamedPart> GetEnumerator() => ((IEnumerable<NamedPart>)parts).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The parts in words.</summary>
    /// <returns>Each with its columns.</returns>
    public override string ToString() => string.Join("; ", parts.AsEnumerable());

    internal static string NamesOf(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"\"{name}\""));

    /// <summary>The inputs of a network that is built or read.</summary>
    /// <exception cref="ArgumentException">A name is none or is given twice, or the parts make no row.</exception>
    internal static NamedParts Of(IReadOnlyList<(string Name, Shape Shape)> named, string argument)
    {
        CheckNames([.. named.Select(part => part.Name)], argument);
        return new NamedParts(named, areNamed: true);
    }

    internal static NamedParts Single(string name, Shape shape) => new([(name, shape)], areNamed: false);

    /// <summary>Refuses names that are none, or of two parts.</summary>
    /// <exception cref="ArgumentException">The message says which.</exception>
    internal static void CheckNames(IReadOnlyList<string> names, string argument)
    {
        if (names.Count == 0)
            throw new ArgumentException("At least one name was expected.", argument);
        for (int k = 0; k < names.Count; k++)
        {
            // Of half a character there is nothing that files could hold.
            if (string.IsNullOrWhiteSpace(names[k]) || names[k].AsSpan().ContainsAny(".\"\u2028\u2029")
                || names[k].EnumerateRunes().Any(rune => rune == Rune.ReplacementChar || Rune.IsControl(rune)))
                throw new ArgumentException(
                    $"Name {k} is {(names[k] is null ? "null" : $"\"{names[k]}\"")}; a text without points, quotes and line ends was "
                    + "expected, and not an empty one.", argument);
            for (int before = 0; before < k; before++)
            {
                if (names[before] == names[k])
                    throw new ArgumentException($"Two parts, {before} and {k}, are called \"{names[k]}\"; each needs a name of its own.", argument);
            }
        }
    }

    /// <summary>The shape of all parts together.</summary>
    /// <exception cref="ArgumentException">A shape is empty, or a row would have 2³¹ values or more.</exception>
    internal static Shape RowOf(IReadOnlyList<(string Name, Shape Shape)> named)
    {
        long features = 0, values = 0;
        bool areAlike = true;
        foreach ((_, Shape shape) in named)
        {
            features += Guard.NotEmpty(shape, nameof(named)).FeatureCount;
            values += shape.Size;
            areAlike &= shape.WithFeatures(named[0].Shape.FeatureCount) == named[0].Shape;
        }

        int size = Guard.Size(values, nameof(named), "A row of all parts together would have");
        return areAlike ? named[0].Shape.WithFeatures((int)features) : Shape.Features(size);
    }
}
