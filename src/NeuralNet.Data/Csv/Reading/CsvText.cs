using System.Globalization;

namespace NeuralNet;

/// <summary>The text of a file as the parser takes it: a line for each record, without blank lines and comments, separated by one character, and with
/// quotation marks only around whole fields and doubled within.</summary>
/// <remarks>The parser takes any quotation mark for the beginning of a quoted part and reads on until the next, over the ends of lines. So records
/// with quotation marks are looked at here first: what the parser would misread is put into quotes or refused. All others are handed on as they are.
/// </remarks>
internal sealed partial class CsvText : TextReader
{
    /// <summary>The longest record, in characters.</summary>
    public const int MaxRecord = 1 << 23;

    private const int FirstBuffer = 1 << 16, LeastSample = 1 << 14;

    private readonly CsvFile file;
    private readonly CsvDecoder? decoder;
    private readonly char? comment;
    private readonly CsvQuotes quotes;
    private readonly HashSet<long> skipped;
    private readonly Queue<(long Record, long Line)> jumps = new();
    private (long Record, long Line) before = (0, 1);

    // What has been read, but not handed on; its first character begins a line.
    private char[] text;
    private int start, end;
    private bool ended;
    private readonly long lastSkipped;
    private long line = 1, record, offset = 1;

    // What is handed on next.
    private char[] ready = [];
    private int readyStart, readyEnd;

    private CsvSeparator separator;
    private int columns;

    public CsvText(CsvFile file, CsvOptions options)
        : this(file, new char[FirstBuffer], options) => decoder = new CsvDecoder(file, options.Encoding);

    /// <summary>The beginning of a text by itself, to find out how it is written.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sample">The text.</param>
    /// <param name="first">The line that it begins in.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="separator">What separates its fields.</param>
    public CsvText(CsvFile file, char[] sample, long first, CsvOptions options, CsvSeparator separator)
        : this(file, sample, options)
    {
        (this.separator, line, offset, before) = (separator, first, first, (0, first));
        (end, ended) = (sample.Length, true);
    }

    private CsvText(CsvFile file, char[] text, CsvOptions options)
    {
        (this.file, this.text, comment, quotes) = (file, text, options.Comment, options.Quotes);
        skipped = [.. options.SkipLines];
        lastSkipped = options.SkipLines.DefaultIfEmpty().Max();
    }

    private enum Line
    {
        /// <summary>It can be handed on.</summary>
        Plain,

        /// <summary>A blank line or a comment.</summary>
        LeftOut,

        /// <summary>It has quotation marks, or fields separated by runs.</summary>
        Rewritten,

        /// <summary>Its end has not been read yet.</summary>
        Incomplete,

        /// <summary>There is none.</summary>
        None,
    }

    /// <summary>Why the text ends before the file does; null: it does not.</summary>
    public InvalidDataException? Fault { get; private set; }

    /// <summary>States what separates the fields, before the first record is read.</summary>
    public void Begin(CsvSeparator between) => separator = between;

    /// <summary>Whole lines of the beginning; of a short file all.</summary>
    public char[] Sample()
    {
        while (!ended && end < MaxRecord && (end < LeastSample || text.AsSpan(0, end).IndexOfAny('\n', '\r') < 0) && Fill())
        {
        }

        int whole = ended ? end : text.AsSpan(0, end).LastIndexOfAny('\n', '\r') + 1;
        return text.AsSpan(start, (whole > start ? whole : end) - start).ToArray();
    }

    /// <summary>Passes over a first line <c>sep=;</c>, which tells Excel the separator.</summary>
    /// <returns>The separator; null: there is no such line.</returns>
    public char? PassSeparatorLine()
    {
        while (end < LeastSample && Fill())
        {
        }

        ReadOnlySpan<char> rest = text.AsSpan(0, end);
        bool isQuoted = rest.StartsWith("\"");
        rest = isQuoted ? rest[1..] : rest;
        if (!rest.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) || rest.Length < 6)
            return null;
        char found = rest[4];
        rest = isQuoted && rest[5] == '"' ? rest[6..] : rest[5..];
        if (rest.IsEmpty || rest[0] is not ('\r' or '\n') || !TryPass(end - rest.Length, out int next))
            return null;
        (start, line, before, offset) = (next, 2, (0, 2), 2);
        return found;
    }

    /// <summary>The line that the next record begins in, or one before it.</summary>
    public long FirstLine => line;

    /// <summary>The line that a record begins in; records are asked for in their order.</summary>
    public long LineOf(long index)
    {
        while (jumps.TryPeek(out (long Record, long Line) jump) && jump.Record <= index)
            before = jumps.Dequeue();
        return before.Line + index - before.Record;
    }

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        int written = 0;
        while (written < buffer.Length && (readyStart < readyEnd || Advance()))
        {
            int some = Math.Min(readyEnd - readyStart, buffer.Length - written);
            ready.AsSpan(readyStart, some).CopyTo(buffer[written..]);
            readyStart += some;
            written += some;
        }

        return written;
    }

    // A refusal waits until the records before it have been read, so that the first fault of a file is the one that is reported.
    private bool Advance()
    {
        try
        {
            return Fault is null && Prepare();
        }
        catch (InvalidDataException e)
        {
            Fault = e;
            return false;
        }
    }

    // As many plain records as there are, or one that is written anew; false at the end.
    private bool Prepare()
    {
        while (true)
        {
            int at = start, lines = 0;
            Line kind;
            int next;
            while ((kind = Look(at, lines, out next)) == Line.Plain)
            {
                if (record == 0 && lines == 0)
                    columns = text.AsSpan(at, next - at).Count(separator.Char) + 1;
                at = next;
                lines++;
            }

            if (lines > 0)
            {
                (ready, readyStart, readyEnd) = (text, start, at);
                Count(lines, lines);
                start = at;
                return true;
            }

            if (kind == Line.None)
                return false;
            if (kind == Line.LeftOut)
                (start, line) = (next, line + 1);
            else if (kind == Line.Rewritten && Rewrite())
                return true;
            else
                More();
        }
    }

    private Line Look(int at, int linesBefore, out int next)
    {
        next = at;
        if (line + linesBefore <= lastSkipped && at < end && skipped.Contains(line + linesBefore))
            return LeaveOut(at, out next);
        int first = at;
        while (first < end && IsBlank(text[first]))
            first++;
        if (first == end)
            return !ended ? Line.Incomplete : at == end ? Line.None : LeaveOut(end, out next);
        if (text[first] is '\n' or '\r' || text[first] == comment)
            return LeaveOut(first, out next);
        if (separator.IsRuns)
            return Line.Rewritten;
        int length = text.AsSpan(first, end - first).IndexOfAny('\n', '\r', '"');
        if (length < 0)
        {
            next = end;
            return ended ? Line.Plain : Line.Incomplete;
        }

        return text[first + length] == '"' ? Line.Rewritten : TryPass(first + length, out next) ? Line.Plain : Line.Incomplete;
    }

    private Line LeaveOut(int from, out int next)
    {
        int length = text.AsSpan(from, end - from).IndexOfAny('\n', '\r');
        next = end;
        return length < 0 ? ended ? Line.LeftOut : Line.Incomplete : TryPass(from + length, out next) ? Line.LeftOut : Line.Incomplete;
    }

    // Over the end of a line: \n, \r\n or \r. False if what comes behind \r has not been read.
    private bool TryPass(int at, out int next)
    {
        next = at + 1;
        if (text[at] == '\n')
            return true;
        if (next == end)
            return ended;
        if (text[next] == '\n')
            next++;
        return true;
    }

    // Blanks around fields; a tab that separates is none.
    private bool IsBlank(char c) => c == ' ' || (c == '\t' && (separator.IsRuns || separator.Char != '\t'));

    private void Count(long records, long lines)
    {
        if (line - record != offset)
        {
            offset = line - record;
            jumps.Enqueue((record, line));
        }

        record += records;
        line += lines;
    }

    private void More()
    {
        if (end - start >= MaxRecord)
        {
            throw Refuse(opened > 0 ? opened : line, opened > 0
                ? string.Create(CultureInfo.InvariantCulture, $"a quote opens here and is not closed within {MaxRecord:N0} characters.")
                : string.Create(CultureInfo.InvariantCulture, $"expected a line end within {MaxRecord:N0} characters: this is no text in columns."));
        }

        if (!Fill() && decoder?.Problem is { } problem)
            throw Refuse(line + CountBreaks(text.AsSpan(start, end - start)), problem);
    }

    private bool Fill()
    {
        if (start > 0)
            text.AsSpan(start, end - start).CopyTo(text);
        (start, end) = (0, end - start);
        if (end > text.Length / 2)
            Array.Resize(ref text, text.Length * 2);
        int read = decoder!.Read(text.AsSpan(end));
        end += read;
        ended = read == 0 && decoder.Problem is null;
        return read > 0;
    }

    private InvalidDataException Refuse(long where, string what) => file.Refuse(FormattableString.Invariant($"line {where}"), what);

    private static int CountBreaks(ReadOnlySpan<char> some)
    {
        int breaks = some.Count('\n');
        for (int at = some.IndexOf('\r'); at >= 0; at = some.IndexOf('\r'))
        {
            some = some[(at + 1)..];
            if (some.IsEmpty || some[0] != '\n')
                breaks++;
        }

        return breaks;
    }
}
