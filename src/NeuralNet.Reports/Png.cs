using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace NeuralNet;

/// <summary>Pixels as a PNG file: ISO/IEC 15948, 8 bits each of red, green, blue and opacity.</summary>
internal static class Png
{
    private static readonly uint[] crcs = [.. Enumerable.Range(0, 256).Select(i => Remainder((uint)i))];

    public static byte[] Encode(int width, int height, Func<int, int, ChartColor> color)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 6);
        Write(file, "IHDR", header);

        // Each line begins with a 1: of every pixel but the first the difference from the one before is written, which takes less room.
        byte[] line = new byte[1 + (4 * width)];
        line[0] = 1;
        using var data = new MemoryStream();
        using (var compressed = new ZLibStream(data, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<byte> before = [0, 0, 0, 0];
                for (int x = 0; x < width; x++)
                {
                    ChartColor pixel = color(x, y);
                    byte[] now = [pixel.Red, pixel.Green, pixel.Blue, (byte)Math.Round(Math.Clamp(pixel.Opacity, 0, 1) * 255)];
                    for (int i = 0; i < 4; i++)
                        line[(4 * x) + 1 + i] = (byte)(now[i] - before[i]);
                    before = now;
                }

                compressed.Write(line);
            }
        }

        Write(file, "IDAT", data.ToArray());
        Write(file, "IEND", []);
        return file.ToArray();
    }

    // Length, name and content, and the remainder of the last two divided by a polynomial (CRC-32).
    private static void Write(MemoryStream file, string name, byte[] content)
    {
        byte[] chunk = [.. new byte[4], .. Encoding.ASCII.GetBytes(name), .. content, .. new byte[4]];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        uint crc = uint.MaxValue;
        foreach (byte value in chunk.AsSpan(4, content.Length + 4))
            crc = crcs[(byte)(crc ^ value)] ^ (crc >> 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(content.Length + 8), ~crc);
        file.Write(chunk);
    }

    private static uint Remainder(uint value)
    {
        for (int bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? 0xedb88320 ^ (value >> 1) : value >> 1;
        return value;
    }
}
