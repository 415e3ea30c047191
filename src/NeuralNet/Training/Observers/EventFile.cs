using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace NeuralNet;

/// <summary>A TensorBoard event file: records of (length, its checksum, an Event in Protocol Buffers' wire format, its checksum), each one call of
/// the system. What an Event has is put together field by field; a message within a message is closed by <see cref="EndMessage"/>.</summary>
internal sealed class EventFile : IDisposable
{
    private const int HeadLength = 12, LengthBytes = 5;
    private static long made; // so that files that one process makes in one second have different names

    private readonly FileStream stream;
    private readonly TimeProvider time;
    private readonly List<int> open = [];
    private byte[] buffer = new byte[1024];
    private int end;

    /// <summary>Makes a new file in a folder, which is made if there is none.</summary>
    /// <param name="folder">The folder: a run in TensorBoard.</param>
    /// <param name="step">The steps that have been made; events of later steps in older files of the folder are passed over.</param>
    /// <param name="time">The clock.</param>
    public EventFile(string folder, long step, TimeProvider time)
    {
        this.time = time;
        Directory.CreateDirectory(folder);
        string name = string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{time.GetUtcNow().ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}."
            + $"{Interlocked.Increment(ref made)}");
        stream = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Begin(0);
        Text(3, "brain.Event:2"); // file_version
        End();
        Begin(step + 1);
        BeginMessage(7); // session_log
        Number(1, 1); // status: START
        EndMessage();
        End();
    }

    /// <summary>Begins an event.</summary>
    public void Begin(long step)
    {
        end = HeadLength;
        Double(1, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds); // wall_time
        Number(2, step);
    }

    /// <summary>Begins an event with a Summary.</summary>
    public void BeginSummary(long step)
    {
        Begin(step);
        BeginMessage(5); // summary
    }

    /// <summary>Adds a number to the Summary.</summary>
    public void Scalar(string tag, double value)
    {
        BeginMessage(1); // value
        Text(1, tag);
        Single(2, (float)value); // simple_value
        EndMessage();
    }

    /// <summary>Adds a histogram to the Summary.</summary>
    public void Histogram(string tag, Histogram values)
    {
        BeginMessage(1);
        Text(1, tag);
        BeginMessage(5); // histo
        Double(1, values.Min);
        Double(2, values.Max);
        Double(3, values.Count);
        Double(4, values.Sum);
        Double(5, values.SumOfSquares);
        Doubles(6, values.Limits); // bucket_limit
        Doubles(7, values.Counts); // bucket
        EndMessage();
        EndMessage();
    }

    /// <summary>Closes the Summary, and writes the event.</summary>
    public void EndSummary()
    {
        EndMessage();
        End();
    }

    public void Dispose() => stream.Dispose();

    /// <summary>The checksum of a record: CRC-32C, turned and shifted, so that one of data that hold checksums is not 0.</summary>
    public static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte one in data)
            crc = BitOperations.Crc32C(crc, one);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private void End()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, (ulong)(end - HeadLength));
        BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(8), Masked(buffer.AsSpan(0, 8)));
        uint checksum = Masked(buffer.AsSpan(HeadLength, end - HeadLength));
        BinaryPrimitives.WriteUInt32LittleEndian(Next(4), checksum);
        stream.Write(buffer.AsSpan(0, end));
    }

    // Its length is not known before its end: there are always five bytes for it, which a varint may have.
    private void BeginMessage(int field)
    {
        Tag(field, 2);
        open.Add(end);
        Next(LengthBytes);
    }

    private void EndMessage()
    {
        int start = open[^1], length = end - start - LengthBytes;
        open.RemoveAt(open.Count - 1);
        for (int i = 0; i < LengthBytes; i++, length >>= 7)
            buffer[start + i] = (byte)((length & 0x7f) | (i < LengthBytes - 1 ? 0x80 : 0));
    }

    private void Text(int field, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Tag(field, 2);
        Varint((ulong)length);
        Encoding.UTF8.GetBytes(text, Next(length));
    }

    private void Number(int field, long value)
    {
        Tag(field, 0);
        Varint((ulong)value);
    }

    private void Single(int field, float value)
    {
        Tag(field, 5);
        BinaryPrimitives.WriteSingleLittleEndian(Next(4), value);
    }

    private void Double(int field, double value)
    {
        Tag(field, 1);
        BinaryPrimitives.WriteDoubleLittleEndian(Next(8), value);
    }

    private void Doubles(int field, List<double> values)
    {
        Tag(field, 2);
        Varint((ulong)values.Count * 8);
        foreach (double value in CollectionsMarshal.AsSpan(values))
            BinaryPrimitives.WriteDoubleLittleEndian(Next(8), value);
    }

    private void Tag(int field, int wire) => Varint((ulong)((field << 3) | wire));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            Next(1)[0] = (byte)(value | 0x80);
        Next(1)[0] = (byte)value;
    }

    private Span<byte> Next(int bytes)
    {
        if (end + bytes > buffer.Length)
            Array.Resize(ref buffer, Math.Max(2 * buffer.Length, end + bytes));
        end += bytes;
        return buffer.AsSpan(end - bytes, bytes);
    }
}
