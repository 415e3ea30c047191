namespace NeuralNet.Onnx.Import;

/// <summary>
/// A walk over the bytes of a model before anything is made of them: an empty message takes two bytes in a file and a
/// hundred in memory, and a whole number one there and eight here. So both are counted, and limited by the file's size.
/// </summary>
internal static class Prescan
{
    private const int MaxDepth = 100, MaxMessages = 20_000, MaxNumberBytes = 1 << 22;

    private enum Kind
    {
        Leaf, Model, Graph, Node, Attribute, Tensor, Sparse, Info, Type, TensorType, Shape,
    }

    /// <exception cref="InvalidDataException">There is more of something than a file of this size may have.</exception>
    public static void Check(ReadOnlySpan<byte> bytes)
    {
        var ends = new Stack<(Kind Kind, int End)>();
        ends.Push((Kind.Model, bytes.Length));
        long messages = 0, numbers = 0, mostMessages = MaxMessages + (bytes.Length / 8), mostNumbers = MaxNumberBytes + (bytes.Length / 8);
        int at = 0;
        while (ends.TryPeek(out (Kind Kind, int End) current))
        {
            if (at >= current.End)
            {
                ends.Pop();
                continue;
            }

            ulong tag = Varint(bytes[..current.End], ref at);
            (uint field, uint wire) = ((uint)tag >> 3, (uint)tag & 7);
            if (wire is 0)
                Varint(bytes[..current.End], ref at);
            else if (wire is 1 or 5)
                at = Advanced(at, wire == 1 ? 8 : 4, current.End);
            else if (wire is 2)
            {
                ulong length = Varint(bytes[..current.End], ref at);
                int end = Advanced(at, length, current.End);
                if (Within(current.Kind, field) is { } kind)
                {
                    if (++messages > mostMessages)
                        throw new InvalidDataException(
                            $"The file has more than {mostMessages} nodes, attributes and other parts, too many for its {bytes.Length} bytes.");
                    if (ends.Count > MaxDepth)
                        throw new InvalidDataException($"The file is nested more than {MaxDepth} deep.");
                    ends.Push((kind, end));
                    if (kind == Kind.Leaf)
                        at = end;
                }
                else
                {
                    numbers += AreNumbers(current.Kind, field) ? end - at : 0;
                    if (numbers > mostNumbers)
                        throw new InvalidDataException(
                            $"The file has more than {mostNumbers} bytes of whole numbers, too many for its {bytes.Length} bytes.");
                    at = end;
                }
            }
            else
            {
                throw new InvalidDataException($"This is no ONNX file, or a damaged one: byte {at} begins something that the format does not have.");
            }
        }
    }

    // The messages of the schema; what has none within is a leaf.
    private static Kind? Within(Kind kind, uint field) => (kind, field) switch
    {
        (Kind.Model, 7) => Kind.Graph,
        (Kind.Model, 8 or 14 or 25) => Kind.Leaf,
        (Kind.Graph, 1) => Kind.Node,
        (Kind.Graph, 5) => Kind.Tensor,
        (Kind.Graph, 11 or 12 or 13) => Kind.Info,
        (Kind.Graph, 15) => Kind.Sparse,
        (Kind.Node, 1 or 2) => Kind.Leaf,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Attribute, 5 or 10) => Kind.Tensor,
        (Kind.Attribute, 6 or 11) => Kind.Graph,
        (Kind.Attribute, 9) => Kind.Leaf,
        (Kind.Tensor, 3 or 6 or 13) => Kind.Leaf,
        (Kind.Sparse, 1 or 2) => Kind.Tensor,
        (Kind.Info, 2) => Kind.Type,
        (Kind.Type, 1) => Kind.TensorType,
        (Kind.TensorType, 2) => Kind.Shape,
        (Kind.Shape, 1) => Kind.Leaf,
        _ => null,
    };

    // Whole numbers of variable length.
    private static bool AreNumbers(Kind kind, uint field) => (kind, field) switch
    {
        (Kind.Tensor, 1 or 5 or 7 or 11) => true,
        (Kind.Attribute, 8) or (Kind.Sparse, 3) => true,
        _ => false,
    };

    private static int Advanced(int at, ulong count, int end) => count <= (ulong)(end - at) ? at + (int)count : throw Truncated(at);

    private static int Advanced(int at, int count, int end) => Advanced(at, (ulong)count, end);

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (at >= bytes.Length)
                throw Truncated(at);
            byte next = bytes[at++];
            value |= shift < 64 ? (ulong)(next & 0x7F) << shift : 0;
            if (next < 0x80)
                return value;
        }

        throw new InvalidDataException($"This is no ONNX file, or a damaged one: byte {at} belongs to no number.");
    }

    private static InvalidDataException Truncated(int at) =>
        new($"This is no ONNX file, or a damaged one: at byte {at} more is announced than there is.");
}
