using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace NeuralNet;

/// <summary>The characters of a file.</summary>
internal sealed class CsvDecoder
{
    private readonly CsvFile file;
    private readonly Decoder? decoder;
    private readonly byte[] bytes = new byte[1 << 16];
    private int start, end;
    private bool ended;

    public CsvDecoder(CsvFile file, Encoding? encoding)
    {
        this.file = file;
        if (CsvKind.Of(file.Start) is { } kind)
            throw file.Refuse($"expected text in columns, but it seems to be {kind}.");
        Encoding? marked = file.Start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) ? Encoding.UTF32
            : file.Start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Encoding.Unicode
            : file.Start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Encoding.BigEndianUnicode
            : file.Start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? Encoding.UTF8 : null;
        encoding ??= marked;
        if (encoding is null && file.Start.Contains((byte)0))
        {
            throw file.Refuse("expected text, but there are bytes 0 at its beginning: it is something else, or UTF-16 without a byte order mark, "
                + "which CsvOptions { Encoding = Encoding.Unicode } reads.");
        }

        if (marked is not null && encoding!.Preamble.SequenceEqual(marked.Preamble))
            file.Read(stackalloc byte[marked.Preamble.Length]);
        if (encoding is not null and not UTF8Encoding)
        {
            var strict = (Encoding)encoding.Clone();
            strict.DecoderFallback = DecoderFallback.ExceptionFallback;
            decoder = strict.GetDecoder();
        }
    }

    /// <summary>What is wrong with the bytes behind the last character that was read; null: nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the next characters.</summary>
    /// <returns>How many; 0 at the end, or at a <see cref="Problem"/>.</returns>
    public int Read(Span<char> text)
    {
        while (Problem is null)
        {
            if (start < end || ended)
            {
                int read = decoder is null ? ReadUtf8(text) : ReadOther(text);
                if (read > 0 || Problem is not null || (ended && start == end))
                    return read;
            }

            bytes.AsSpan(start, end - start).CopyTo(bytes);
            (start, end) = (0, end - start);
            int some = file.Read(bytes.AsSpan(end));
            ended = some < bytes.Length - end;
            end += some;
        }

        return 0;
    }

    private int ReadUtf8(Span<char> text)
    {
        OperationStatus status = Utf8.ToUtf16(
            bytes.AsSpan(start, end - start), text, out int used, out int read, replaceInvalidSequences: false, isFinalBlock: ended);
        start += used;
        if (status == OperationStatus.InvalidData)
        {
            Problem = $"the byte 0x{bytes[start]:X2} is not part of a character in UTF-8: if the file is in Latin-1 (ISO 8859-1, Windows-1252), "
                + "CsvOptions { Encoding = Encoding.Latin1 } reads it.";
        }

        return read;
    }

    private int ReadOther(Span<char> text)
    {
        try
        {
            decoder!.Convert(bytes.AsSpan(start, end - start), text, flush: ended, out int used, out int read, out _);
            start += used;
            return read;
        }
        catch (DecoderFallbackException)
        {
            Problem = "there are bytes that are no characters of the encoding that was stated, or of the byte order mark.";
            return 0;
        }
    }
}
