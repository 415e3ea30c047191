namespace NeuralNet;

/// <summary>What each row of a source has: inputs of a shape, desired values, and for a classification the classes.</summary>
public sealed record RowFormat
{
    /// <summary>Describes rows without classes; <c>with</c> adds what else they have.</summary>
    /// <param name="inputs">What the inputs of a row are.</param>
    /// <param name="outputs">How many desired values a row has, at least 1: with classes their number, or that of the class ids.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outputs"/> is not positive.</exception>
    public RowFormat(Shape inputs, int outputs) => (InputShape, OutputWidth) = (inputs, Guard.Count(outputs, nameof(outputs)));

    /// <summary>Describes rows of plain features.</summary>
    /// <param name="inputs">How many inputs a row has, at least 1.</param>
    /// <param name="outputs">How many desired values, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public RowFormat(int inputs, int outputs)
        : this(Shape.Features(inputs), outputs)
    {
    }

    /// <summary>What the inputs of a row are: an image, a sequence, or plain features.</summary>
    public Shape InputShape { get; init; }

    /// <summary>The number of inputs in a row.</summary>
    public int InputWidth => InputShape.Size;

    /// <summary>The number of desired values in a row: with classes, their number, or that of the class ids.</summary>
    public int OutputWidth { get; }

    /// <summary>The number of classes; 0 if the rows have none (regression).</summary>
    public int Classes => ClassNames.Count;

    /// <summary>The names of the classes; empty without classes.</summary>
    public IReadOnlyList<string> ClassNames { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = [];

    /// <summary>Whether what is desired are class ids, one for each vector of a network's outputs, instead of one-hot vectors: of a row, or of each
    /// of its steps, where −1 says that a step has no class.</summary>
    public bool HasClassIds { get; init; }

    /// <summary>Whether something of every row counts, so that none has to be looked at for that: a weight above 0, a class id other than −1. False
    /// unless said; of rows without weights and ids it goes without saying.</summary>
    /// <remarks>Where several processes train together (<see cref="Trainer.Cluster"/>), each can then pass over the rows of the others without
    /// reading them. A row that does not count is refused.</remarks>
    public bool EveryRowCounts { get; init; }

    /// <summary>Whether rows are sequences that differ in length.</summary>
    public bool HasLengths { get; init; }

    /// <summary>How many weights a row has: 0, all rows count alike; 1; or one for each vector that a network makes of a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int WeightsPerRow
    {
        get;
        init
        {
            Guard.AtLeast(value, 0, nameof(WeightsPerRow));
            field = value;
        }
    }

    /// <summary>The names of several outputs that were joined (<see cref="Dataset.FromOutputs(ValueTuple{string, Dataset}[])"/>); empty otherwise.
    /// </summary>
    public IReadOnlyList<string> OutputNames => [.. Parts.Select(part => part.Name)];

    /// <summary>The largest length that a row may have: its steps, where it is known that it is a sequence.</summary>
    internal int MaxLength => InputShape.Kind == ShapeKind.Sequence ? InputShape.Steps : InputWidth;

    /// <summary>The outputs that were joined; empty: there is one.</summary>
    internal IReadOnlyList<Part> Parts { get; init; } = [];

    /// <summary>How many vectors a row of the joined outputs has.</summary>
    internal int OutputVectors { get; init; } = 1;

    /// <summary>Whether two formats are the same, names of classes and outputs included.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>Whether they are.</returns>
    public bool Equals(RowFormat? other) => other is not null
        && (InputShape, OutputWidth, HasClassIds, HasLengths, WeightsPerRow, OutputVectors)
            == (other.InputShape, other.OutputWidth, other.HasClassIds, other.HasLengths, other.WeightsPerRow, other.OutputVectors)
        && ClassNames.SequenceEqual(other.ClassNames)
        && Parts.Select(part => (part.Name, $"{part}")).SequenceEqual(other.Parts.Select(part => (part.Name, $"{part}")));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(InputShape, OutputWidth, Classes, HasClassIds, HasLengths, WeightsPerRow);

    /// <summary>The format in words.</summary>
    /// <returns>For example <c>4 inputs, 3 classes</c>, or <c>Image(28, 28, 1), 10 classes, with weights</c>.</returns>
    public override string ToString()
    {
        string input = InputShape.Kind == ShapeKind.Features ? Numbered(InputWidth, "input") : $"{InputShape}";
        string desired = OutputNames.Count > 0 ? $"outputs {NamedParts.NamesOf(OutputNames)}"
            : Classes == 0 ? Numbered(OutputWidth, "desired value") : $"{Classes} classes";
        string ids = HasClassIds && OutputWidth > 1 ? $" for each of {OutputWidth} ids" : "";
        return $"{input}, {desired}{ids}{(HasLengths ? ", with lengths" : "")}{(WeightsPerRow > 0 ? ", with weights" : "")}";
    }

    internal static string Numbered(long count, string what) => FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>Some columns of what is desired of each vector.</summary>
    /// <param name="Name">The name.</param>
    /// <param name="First">The first column.</param>
    /// <param name="Count">How many there are.</param>
    /// <param name="ClassNames">The names of the classes; empty if there are none.</param>
    /// <param name="HasClassIds">Whether what is desired are class ids.</param>
    internal sealed record Part(string Name, int First, int Count, IReadOnlyList<string> ClassNames, bool HasClassIds)
    {
        public int Classes => ClassNames.Count;

        public override string ToString() => HasClassIds ? Count == 1 ? "1 class id" : $"{Count} class ids"
            : Classes > 0 ? $"one-hot vectors of {Classes} classes" : Count == 1 ? "1 desired value" : $"{Count} desired values";
    }
}
