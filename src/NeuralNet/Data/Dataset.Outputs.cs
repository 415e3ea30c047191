using NeuralNet.Kernels;

namespace NeuralNet;

// Several outputs, each with a name, and with classes, ids and labels of its own.
public sealed partial class Dataset
{
    /// <summary>The names of several outputs that were joined (<see cref="FromOutputs(ValueTuple{string, Dataset}[])"/>); empty otherwise.</summary>
    public IReadOnlyList<string> OutputNames => Format.OutputNames;

    /// <summary>Joins data sets of the same inputs, each with what is desired of one output of a network (<see cref="NetworkBuilder.Outputs"/>):
    /// <c>Dataset.FromOutputs(("class", classes), ("size", sizes))</c>.</summary>
    /// <remarks><para>What is desired lies one after the other in a row, in the order given, which is that of the network's outputs. The whole has no
    /// classes of its own; <see cref="Output"/> gives an output alone, with its classes, ids and labels. An id of −1 says that nothing is desired of
    /// that output in that row.</para>
    /// <para><see cref="Split"/> is stratified by the first output that has a class for each row; no class, −1, is one more.</para></remarks>
    /// <param name="outputs">The name and the data of each. Names are unique, and have no points, quotes or line ends; inputs, their shape, lengths
    /// and weights are the same in all.</param>
    /// <returns>A data set that shares the inputs of the first.</returns>
    /// <exception cref="ArgumentException">There are none, a name is none or is given twice, a data set has other inputs, lengths or weights than the
    /// first, or has several outputs already.</exception>
    public static Dataset FromOutputs(params (string Name, Dataset Data)[] outputs) => FromOutputs(1, outputs);

    /// <param name="vectors">How many vectors an output row has, such as steps or pixels, where all outputs have them: what is desired of each lies
    /// vector after vector, and is joined in each.</param>
    /// <param name="outputs">The name and the data of each.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vectors"/> is not positive.</exception>
    /// <inheritdoc cref="FromOutputs(ValueTuple{string, Dataset}[])"/>
    public static Dataset FromOutputs(int vectors, params (string Name, Dataset Data)[] outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        Guard.Count(vectors, nameof(vectors));
        NamedParts.CheckNames([.. outputs.Select(output => output.Name)], nameof(outputs));
        var parts = new RowFormat.Part[outputs.Length];
        long width = 0;
        for (int k = 0; k < parts.Length; k++)
        {
            (string name, Dataset data) = outputs[k];
            ArgumentNullException.ThrowIfNull(data, nameof(outputs));
            if (Misfit(outputs[0], data, vectors) is { } problem)
                throw new ArgumentException($"The data of output \"{name}\" {problem}; the same inputs were expected in all.", nameof(outputs));
            parts[k] = new RowFormat.Part(name, (int)width, data.OutputWidth / vectors, data.ClassNames, data.HasClassIds);
            width += parts[k].Count;
        }

        Dataset first = outputs[0].Data;
        CheckSize(first.Rows, Guard.Size(width * vectors, nameof(outputs), "What is desired in a row would have"), nameof(outputs));
        var desired = new float[first.Rows * vectors * (int)width];
        for (int k = 0; k < parts.Length; k++)
            ColumnKernels.ToColumns(outputs[k].Data.desired, parts[k].Count, desired, (int)width, parts[k].First, Workers.Alone);
        var format = new RowFormat(first.InputShape, vectors * (int)width) { Parts = parts, OutputVectors = vectors };
        return new Dataset(first.inputs, desired, [], format, first.lengths, first.weights);
    }

    /// <summary>One of several outputs alone, with its classes, ids and labels.</summary>
    /// <param name="name">The name that it was joined under.</param>
    /// <returns>A data set that shares the inputs of this one.</returns>
    /// <exception cref="ArgumentException">There is no such output; the message lists those that there are.</exception>
    public Dataset Output(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        RowFormat.Part part = Format.Parts.FirstOrDefault(part => part.Name == name) ?? throw new ArgumentException(
            Format.Parts.Count == 0 ? $"The data has no output \"{name}\": its outputs have no names, which Dataset.FromOutputs gives them."
                : $"The data has no output \"{name}\"; it has {NamedParts.NamesOf(OutputNames)}.", nameof(name));
        int vectors = Format.OutputVectors;
        var own = new float[Rows * vectors * part.Count];
        ColumnKernels.FromColumns(desired, OutputWidth / vectors, part.First, own, part.Count, Workers.Alone);
        var format = new RowFormat(InputShape, vectors * part.Count) { ClassNames = part.ClassNames, HasClassIds = part.HasClassIds };
        return new Dataset(inputs, own, LabelsOf(part), format, lengths, weights);
    }

    // Why a data set cannot be joined with the first; null: it can.
    private static string? Misfit((string Name, Dataset Data) first, Dataset data, int vectors)
    {
        Dataset one = first.Data;
        return data.Format.Parts.Count > 0 ? $"has several outputs already, {NamedParts.NamesOf(data.OutputNames)}"
            : data.OutputWidth % vectors != 0 ? $"has {data.OutputWidth} desired values a row, which do not divide into {vectors} vectors"
            : data.Rows != one.Rows ? $"has {data.Rows} rows, that of \"{first.Name}\" has {one.Rows}"
            : data.InputShape != one.InputShape ? $"has rows of {data.InputShape}, that of \"{first.Name}\" of {one.InputShape}"
            : !data.Lengths.SequenceEqual(one.Lengths) ? $"has other lengths than that of \"{first.Name}\""
            : !data.Weights.SequenceEqual(one.Weights)
                ? $"has other weights than that of \"{first.Name}\" (a row counts alike in all outputs; their divergences have weights)"
            : data.inputs == one.inputs || data.Inputs.SequenceEqual(one.Inputs) ? null
            : $"has other inputs than that of \"{first.Name}\", first in row {data.Inputs.CommonPrefixLength(one.Inputs) / one.InputWidth}";
    }

    // What a split is stratified by: no class, −1, is one more.
    internal (int[] Labels, int Classes) Strata()
    {
        int[] own = labels;
        int classes = Classes;
        IReadOnlyList<RowFormat.Part> parts = Format.Parts;
        for (int k = 0; k < parts.Count && own.Length == 0; k++)
            (own, classes) = (LabelsOf(parts[k]), parts[k].Classes);
        return own.Length == 0 ? ([], 0) : !own.AsSpan().Contains(-1) ? (own, classes)
            : ([.. own.Select(label => label < 0 ? classes : label)], classes + 1);
    }

    // The class of each row, as what is desired says it: an id, or where the one of a one-hot vector is.
    private int[] LabelsOf(RowFormat.Part part)
    {
        if (part.Classes == 0 || Format.OutputVectors > 1 || part.Count != (part.HasClassIds ? 1 : part.Classes))
            return [];
        var own = new int[Rows];
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> d = DesiredRow(row).Slice(part.First, part.Count);
            own[row] = part.HasClassIds ? (int)d[0] : d.IndexOf(1f);
        }

        return own;
    }
}
