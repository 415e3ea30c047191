using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using NeuralNet.Onnx.Schema;
using Kind = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Import;

/// <summary>Reads tensors out of a file: their sizes must be those of the data that is there.</summary>
internal static class TensorReader
{
    private const int MaxAxes = 64;

    /// <summary>Reads one.</summary>
    /// <param name="proto">The tensor.</param>
    /// <param name="what">What it is called in a refusal.</param>
    /// <param name="files">The files beside the model; null of a model in memory.</param>
    /// <exception cref="InvalidDataException">It contradicts itself, lies in a file that is not read, or is of a type that is not.</exception>
    public static Tensor Read(TensorProto proto, string what, ExternalData? files)
    {
        if (proto.Segment is not null)
            throw Bad(what, "it is one segment of several; tensors are read in one piece");

        if (proto.Dims.Count > MaxAxes)
            throw Bad(what, FormattableString.Invariant($"it has {proto.Dims.Count} axes; at most {MaxAxes} are possible"));
        long[] dimensions = [.. proto.Dims];
        foreach (long size in dimensions)
        {
            if (size is < 0 or >= Sizes.Rows)
                throw Bad(what, FormattableString.Invariant($"it has an axis of {size}; 0 to {Sizes.Rows - 1} are possible"));
        }

        long count = Sizes.Product(dimensions);
        if (count is < 0 or > int.MaxValue)
            throw Bad(what, $"{Sizes.Text(dimensions)} are more values than can be");
        var kind = (Kind)proto.DataType;
        if (proto.DataLocation != TensorProto.Types.DataLocation.Default || proto.ExternalData.Count > 0)
            return Read(Beside(proto, what, kind, count, files), what, null);
        return kind switch
        {
            Kind.Float => Floats(proto, what, dimensions, count, 4, proto.FloatData, value => value, BinaryPrimitives.ReadSingleLittleEndian),
            Kind.Double => new Tensor(dimensions, Singles(what, dimensions,
                Values(proto, what, dimensions, count, 8, proto.DoubleData, value => value, BinaryPrimitives.ReadDoubleLittleEndian))),
            Kind.Float16 => Floats(proto, what, dimensions, count, 2, proto.Int32Data, Half16, bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(
                bytes)),
            Kind.Bfloat16 => Floats(
                proto, what, dimensions, count, 2, proto.Int32Data, Brain16, bytes => Brain16(BinaryPrimitives.ReadUInt16LittleEndian(bytes))),
            Kind.Int64 => Integers(proto, what, dimensions, count, 8, proto.Int64Data, value => value, BinaryPrimitives.ReadInt64LittleEndian),
            Kind.Int32 => Integers(
                proto, what, dimensions, count, 4, proto.Int32Data, value => value, bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
            Kind.Bool => Integers(proto, what, dimensions, count, 1, proto.Int32Data, value => value != 0 ? 1 : 0, bytes => bytes[0] != 0 ? 1 : 0),
            Kind.Uint4 or Kind.Int4 => Halves(proto, what, dimensions, count, kind == Kind.Int4),
            Kind.Uint8 => Integers(proto, what, dimensions, count, 1, proto.Int32Data, value => (byte)value, bytes => bytes[0]),
            Kind.Int8 => Integers(proto, what, dimensions, count, 1, proto.Int32Data, value => (sbyte)value, bytes => (sbyte)bytes[0]),
            Kind.Int16 => Integers(proto, what, dimensions, count, 2, proto.Int32Data, value => (short)value,
                bytes => BinaryPrimitives.ReadInt16LittleEndian(bytes)),
            Kind.Uint16 => Integers(proto, what, dimensions, count, 2, proto.Int32Data, value => (ushort)value,
                bytes => BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
            _ => throw Bad(what, $"values of type {(Enum.IsDefined(kind) ? kind.ToString() : FormattableString.Invariant($"{proto.DataType}"))} " +
                $"are not read; Float, Double, Float16, Bfloat16, Int64, Int32 and smaller whole numbers are"),
        };
    }

    // The same tensor, with the bytes that lie in a file beside the model's.
    private static TensorProto Beside(TensorProto proto, string what, Kind kind, long count, ExternalData? files)
    {
        if (files is null)
            throw Bad(what, "its data is in another file, and of a model in memory no other file is opened; load the model by its path, or export "
                + "it as one file (external_data=False)");
        if (proto.RawData.Length + proto.FloatData.Count + proto.Int32Data.Count + proto.Int64Data.Count + proto.DoubleData.Count > 0)
            throw Bad(what, "it has data of its own, and some in another file");
        int size = kind switch
        {
            Kind.Float or Kind.Int32 => 4,
            Kind.Double or Kind.Int64 => 8,
            Kind.Float16 or Kind.Bfloat16 or Kind.Int16 or Kind.Uint16 => 2,
            Kind.Bool or Kind.Uint8 or Kind.Int8 => 1,
            _ => 0,
        };
        var made = new TensorProto { DataType = proto.DataType, Dims = { proto.Dims } };
        long bytes = kind is Kind.Uint4 or Kind.Int4 ? (count + 1) / 2 : count * size;
        if (bytes > 0)
            made.RawData = UnsafeByteOperations.UnsafeWrap(files.Read(proto, what, bytes));
        return made;
    }

    private delegate TValue Reading<TValue>(ReadOnlySpan<byte> bytes);

    private static Tensor Floats<T>(
        TensorProto proto, string what, long[] dimensions, long count, int size, IReadOnlyList<T> data, Func<T, float> convert,
        Reading<float> read) =>
        new(dimensions, Values(proto, what, dimensions, count, size, data, convert, read));

    private static Tensor Integers<T>(
        TensorProto proto, string what, long[] dimensions, long count, int size, IReadOnlyList<T> data, Func<T, long> convert, Reading<long> read) =>
        new(dimensions, Values(proto, what, dimensions, count, size, data, convert, read)) { Range = RangeOf((Kind)proto.DataType) };

    /// <summary>The lowest and highest number of a type of at most 32 bits; null of another.</summary>
    public static (long Lowest, long Highest)? RangeOf(Kind kind) => kind switch
    {
        Kind.Uint4 => (0, 15),
        Kind.Int4 => (-8, 7),
        Kind.Uint8 => (byte.MinValue, byte.MaxValue),
        Kind.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        Kind.Uint16 => (ushort.MinValue, ushort.MaxValue),
        Kind.Int16 => (short.MinValue, short.MaxValue),
        Kind.Int32 => (int.MinValue, int.MaxValue),
        _ => null,
    };

    // Two numbers in each byte, the lower bits first.
    private static Tensor Halves(TensorProto proto, string what, long[] dimensions, long count, bool isSigned)
    {
        long[] packed = Values(proto, what, dimensions, (count + 1) / 2, 1, proto.Int32Data, value => (byte)value, bytes => (long)bytes[0]);
        long[] values = new long[count];
        for (int i = 0; i < values.Length; i++)
        {
            long half = (packed[i / 2] >> (4 * (i % 2))) & 15;
            values[i] = isSigned && half > 7 ? half - 16 : half;
        }

        return new Tensor(dimensions, values) { Range = RangeOf(isSigned ? Kind.Int4 : Kind.Uint4) };
    }

    private static TTo[] Values<TFrom, TTo>(
        TensorProto proto, string what, long[] dimensions, long count, int size, IReadOnlyList<TFrom> data, Func<TFrom, TTo> convert,
        Reading<TTo> read)
    {
        int fields = Math.Sign(proto.FloatData.Count) + Math.Sign(proto.Int32Data.Count) + Math.Sign(proto.Int64Data.Count)
            + Math.Sign(proto.DoubleData.Count) + Math.Sign(proto.Uint64Data.Count) + Math.Sign(proto.StringData.Count);
        ReadOnlySpan<byte> raw = proto.RawData.Span;
        if (raw.Length > 0)
        {
            if (fields > 0)
                throw Bad(what, "it has both raw_data and typed data");
            if (raw.Length != count * size)
                throw Bad(what, FormattableString.Invariant(
                    $"{Sizes.Text(dimensions)} values take {count * size} bytes, and there are {raw.Length}"));
            var made = new TTo[count];
            if (BitConverter.IsLittleEndian && made is float[] floats && size == sizeof(float))
            {
                raw.CopyTo(MemoryMarshal.AsBytes(floats.AsSpan()));
                return made;
            }

            for (int i = 0; i < made.Length; i++)
                made[i] = read(raw.Slice(i * size, size));
            return made;
        }

        if (data.Count != count || fields > Math.Sign(data.Count))
            throw Bad(what, FormattableString.Invariant(
                $"{Sizes.Text(dimensions)} are {count} values, and there are {data.Count} in the field of its type"));
        var converted = new TTo[count];
        for (int i = 0; i < converted.Length; i++)
            converted[i] = convert(data[i]);
        return converted;
    }

    // NaN and infinities stay what they are; a finite number that would become infinite is another matter.
    private static float[] Singles(string what, long[] dimensions, double[] values)
    {
        float[] singles = new float[values.Length];
        for (int i = 0; i < singles.Length; i++)
        {
            singles[i] = (float)values[i];
            if (float.IsInfinity(singles[i]) && double.IsFinite(values[i]))
                throw TooLarge(what, dimensions, i, values[i]);
        }

        return singles;
    }

    private static InvalidDataException TooLarge(string what, long[] dimensions, long index, double value)
    {
        long[] place = new long[dimensions.Length];
        for (int axis = place.Length - 1; axis >= 0; index /= dimensions[axis--])
            place[axis] = index % dimensions[axis];
        return Bad(what, string.Create(CultureInfo.InvariantCulture,
            $"element [{string.Join(", ", place)}]: a number within ±{float.MaxValue} was expected, which a float can hold, but got {value}"));
    }

    private static float Half16(int bits) => (float)BitConverter.UInt16BitsToHalf((ushort)bits);

    private static float Brain16(int bits) => BitConverter.Int32BitsToSingle(bits << 16);

    private static InvalidDataException Bad(string what, string why) => new($"{what}: {why}.");
}
