using System.Buffers.Binary;
using System.Text;

namespace NeuralNet.Tests.Training.Observers;

/// <summary>What a record of an event file says, read by the format alone: records are checked bit by bit, messages of Protocol Buffers are taken
/// apart field by field.</summary>
internal sealed class ReadEvent
{
    public double Time { get; private set; }

    public long Step { get; private set; }

    public string? Version { get; private set; }

    /// <summary>Whether a session begins: 1 in field 1 of field 7.</summary>
    public bool IsStart { get; private set; }

    public Dictionary<string, float> Scalars { get; } = [];

    public Dictionary<string, ReadHistogram> Histograms { get; } = [];

    public static List<ReadEvent> All(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var events = new List<ReadEvent>();
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Check(file.AsSpan(at, 8), file.AsSpan(at + 8, 4));
            ReadOnlySpan<byte> data = file.AsSpan(at + 12, length);
            Check(data, file.AsSpan(at + 12 + length, 4));
            events.Add(Read(data));
            at += 12 + length + 4;
        }

        return events;
    }

    // CRC-32C with the polynomial 0x1EDC6F41, the lowest bit first.
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = 0xffffffff;
        foreach (byte one in data)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
        }

        return crc ^ 0xffffffff;
    }

    private static void Check(ReadOnlySpan<byte> data, ReadOnlySpan<byte> stored)
    {
        uint crc = Crc(data);
        BinaryPrimitives.ReadUInt32LittleEndian(stored).Should().Be(((crc >> 15) | (crc << 17)) + 0xa282ead8);
    }

    private static ReadEvent Read(ReadOnlySpan<byte> data)
    {
        var read = new ReadEvent();
        while (!data.IsEmpty)
        {
            switch (Field(ref data, out ReadOnlySpan<byte> value, out ulong number))
            {
                case 1: read.Time = BitConverter.UInt64BitsToDouble(number); break;
                case 2: read.Step = (long)number; break;
                case 3: read.Version = Encoding.UTF8.GetString(value); break;
                case 5: read.ReadSummary(value); break;
                case 7: read.IsStart = Field(ref value, out _, out number) == 1 && number == 1; break;
                case var other: throw new InvalidDataException($"field {other} of Event");
            }
        }

        return read;
    }

    private void ReadSummary(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            Field(ref data, out ReadOnlySpan<byte> value, out _).Should().Be(1);
            string? tag = null;
            while (!value.IsEmpty)
            {
                switch (Field(ref value, out ReadOnlySpan<byte> inner, out ulong number))
                {
                    case 1: tag = Encoding.UTF8.GetString(inner); break;
                    case 2: Scalars.Add(tag!, BitConverter.UInt32BitsToSingle((uint)number)); break;
                    case 5: Histograms.Add(tag!, ReadHistogram.Of(inner)); break;
                    case var other: throw new InvalidDataException($"field {other} of Summary.Value");
                }
            }
        }
    }

    public static int Field(ref ReadOnlySpan<byte> data, out ReadOnlySpan<byte> value, out ulong number)
    {
        ulong tag = Varint(ref data);
        value = default;
        number = 0;
        int length = 0;
        switch (tag & 7)
        {
            case 0:
                number = Varint(ref data);
                break;
            case 1:
                number = BinaryPrimitives.ReadUInt64LittleEndian(data);
                length = 8;
                break;
            case 2:
                length = checked((int)Varint(ref data));
                value = data[..length];
                break;
            case 5:
                number = BinaryPrimitives.ReadUInt32LittleEndian(data);
                length = 4;
                break;
            default:
                throw new InvalidDataException($"wire type {tag & 7}");
        }

        data = data[length..];
        return (int)(tag >> 3);
    }

    private static ulong Varint(ref ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte one = data[0];
            data = data[1..];
            value |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80)
                return value;
        }
    }
}

/// <summary>A HistogramProto.</summary>
internal sealed record ReadHistogram(double Min, double Max, double Count, double Sum, double Squares, double[] Limits, double[] Counts)
{
    public static ReadHistogram Of(ReadOnlySpan<byte> data)
    {
        double[] fields = new double[8], limits = [], counts = [];
        while (!data.IsEmpty)
        {
            int field = ReadEvent.Field(ref data, out ReadOnlySpan<byte> value, out ulong number);
            if (field == 6)
                limits = Doubles(value);
            else if (field == 7)
                counts = Doubles(value);
            else
                fields[field] = BitConverter.UInt64BitsToDouble(number);
        }

        return new ReadHistogram(fields[1], fields[2], fields[3], fields[4], fields[5], limits, counts);
    }

    private static double[] Doubles(ReadOnlySpan<byte> data)
    {
        double[] values = new double[data.Length / 8];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]);
        return values;
    }
}
