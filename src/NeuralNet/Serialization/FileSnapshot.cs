using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>All that a save writes, taken at one moment: a copy of the network's values in the file's order and layout, and the header made
/// from it. Until it is written a network takes memory for its values twice.</summary>
internal sealed class FileSnapshot
{
    // 1 MB: few calls, and what is moved is still in the cache afterwards.
    private const int BandFloats = 1 << 18;

    private readonly byte[] header;
    private readonly List<NamedValues> tensors;

    private FileSnapshot(byte[] header, List<NamedValues> tensors)
    {
        this.header = header;
        this.tensors = tensors;
    }

    /// <summary>Takes the snapshot.</summary>
    /// <param name="network">The network.</param>
    /// <param name="replay">Inputs with their outputs; null: there are none, and the check has only checksums.</param>
    /// <param name="trainer">The text about the trainer; null: the file is no checkpoint.</param>
    /// <param name="extras">Tensors that are not the network's; they are not copied, so nobody may write to them until the file is written.</param>
    /// <exception cref="NotSupportedException">A file cannot hold the network.</exception>
    public static FileSnapshot Of(
        Network network, Replay? replay, string? trainer = null, params IReadOnlyList<NamedValues> extras)
    {
        if (LayerMemory.Of(network.Chain) > LayerMemory.Max)
            throw new NotSupportedException($"The network could be saved, but not loaded: {LayerMemory.TooMuch}");
        string structure = StructureWriter.Write(network, NetworkFile.Version);
        List<NamedValues> tensors = [.. TorchLayout.Written(network).Select(tensor => Copy(tensor, network)), .. extras];
        tensors.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        IReadOnlyDictionary<string, string> metadata = network.Metadata;
        string check = Replay.Json(replay, ChecksumOf(tensors), Replay.Texts(structure, trainer), metadata);
        List<(string, string)> texts = [("format", "pt"), (NetworkFile.Structure, structure), (NetworkFile.Check, check)];
        if (trainer is not null)
            texts.Add((NetworkFile.Trainer, trainer));
        texts.AddRange(metadata.Select(pair => (pair.Key, pair.Value)));
        return new FileSnapshot(SafetensorsWriter.Header(texts, Entries(tensors)), tensors);
    }

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream)
    {
        stream.Write(header);
        foreach (NamedValues tensor in tensors)
        {
            for (int at = 0; at < tensor.Values.Length; at += BandFloats)
                stream.Write(Bytes(tensor.Values.Span, at));
        }
    }

    // A tensor of the file from the blocks that it stands for.
    private static NamedValues Copy(FileTensor tensor, Network network)
    {
        int columns = tensor.Columns, band = Math.Max(BandFloats / columns / 16, 1) * 16;
        float[] values = GC.AllocateUninitializedArray<float>(tensor.Parts.Sum(part => part.Rows * columns));
        Span<float> rest = values;
        foreach (TensorPart part in tensor.Parts)
        {
            ReadOnlySpan<float> block = network.ValuesOf(part.Block);
            if (part.IsAddend)
                rest[..part.Rows].Fill(-0f);
            else if (columns == 1)
                block.Slice(part.First, part.Rows).CopyTo(rest);
            for (int row = 0; row < part.Rows && columns > 1; row += band)
            {
                int rows = Math.Min(band, part.Rows - row);
                TransposeKernels.ColumnsToRows(block, part.Stride, part.First + row, rest.Slice(row * columns, rows * columns), columns);
            }

            rest = rest[(part.Rows * columns)..];
        }

        return new NamedValues(tensor.Name, tensor.Dimensions, Ordered(values, tensor));
    }

    // The rows, and the values of each, in the order in which the file is to have them.
    private static float[] Ordered(float[] values, FileTensor tensor)
    {
        if (tensor.RowOrder is null && tensor.ColumnOrder is null)
            return values;
        int columns = tensor.Columns;
        float[] ordered = GC.AllocateUninitializedArray<float>(values.Length);
        int[]? rowsOf = tensor.RowOrder?.Features(values.Length / columns), columnsOf = tensor.ColumnOrder?.Features(columns);
        for (int row = 0; row < values.Length / columns; row++)
        {
            ReadOnlySpan<float> from = values.AsSpan((rowsOf?[row] ?? row) * columns, columns);
            Span<float> to = ordered.AsSpan(row * columns, columns);
            from.CopyTo(to);
            for (int column = 0; column < columnsOf?.Length; column++)
                to[column] = from[columnsOf[column]];
        }

        return ordered;
    }

    private static uint ChecksumOf(List<NamedValues> tensors)
    {
        var checksum = new Checksum();
        foreach (NamedValues tensor in tensors)
        {
            for (int at = 0; at < tensor.Values.Length; at += BandFloats)
                checksum.Add(Bytes(tensor.Values.Span, at));
        }

        return checksum.Value;
    }

    private static TensorEntry[] Entries(List<NamedValues> tensors)
    {
        var entries = new TensorEntry[tensors.Count];
        long at = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            long end = at + (sizeof(float) * (long)tensors[i].Values.Length);
            entries[i] = new TensorEntry(tensors[i].Name, TensorType.Single, [.. tensors[i].Dimensions.Select(size => (long)size)], at, end);
            at = end;
        }

        return entries;
    }

    // Some values as the little-endian bytes of a file.
    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<float> values, int at)
    {
        ReadOnlySpan<float> some = values.Slice(at, Math.Min(BandFloats, values.Length - at));
        if (BitConverter.IsLittleEndian)
            return MemoryMarshal.AsBytes(some);
        int[] reversed = new int[some.Length];
        BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(some), reversed);
        return MemoryMarshal.AsBytes(reversed.AsSpan());
    }
}

/// <summary>A tensor whose values lie in memory as they do in the file.</summary>
internal sealed record NamedValues(string Name, IReadOnlyList<int> Dimensions, Memory<float> Values);
