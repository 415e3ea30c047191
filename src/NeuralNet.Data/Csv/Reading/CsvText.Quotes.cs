namespace NeuralNet;

/// <content>Records with quotation marks, or separated by runs of blanks, are written anew.</content>
internal sealed partial class CsvText
{
    private const int FewColumns = 2;

    private char[] rewritten = new char[1024];
    private int size;

    // The line where a quote opens whose end has not been read; 0: none does.
    private long opened;

    // The record at the start; false if its end has not been read.
    private bool Rewrite()
    {
        int at = start, fields = 0;
        long breaks = 0;
        (size, opened) = (0, 0);
        while (true)
        {
            at = SkipBlanks(at);
            if (at == end && !ended)
                return false;
            fields++;
            if (at < end && text[at] == '"' && quotes != CsvQuotes.Literal ? !TakeQuoted(ref at, ref breaks, fields) : !TakeText(ref at))
                return false;
            int behind = SkipBlanks(at);
            if (behind == end || text[behind] is '\n' or '\r')
            {
                at = behind;
                break;
            }

            Put([separator.Char]);
            at = separator.IsRuns ? behind : behind + 1;
        }

        if (at == end ? !ended : !TryPass(at, out at))
            return false;
        if (record == 0)
            columns = fields;
        Put("\n");
        (ready, readyStart, readyEnd) = (rewritten, 0, size);
        Count(1, breaks + 1);
        start = at;
        return true;
    }

    private bool TakeQuoted(ref int at, ref long breaks, int field)
    {
        opened = line + breaks;
        int close = at + 1;
        while (true)
        {
            int length = text.AsSpan(close, end - close).IndexOf('"');
            if (length < 0)
                return ended ? throw Refuse(opened, $"a quote opens in column {field} and is not closed up to the end of the file.") : false;
            close += length + 1;
            if (close == end)
            {
                if (!ended)
                    return false;
                break;
            }

            if (text[close] != '"')
                break;
            close++;
        }

        int behind = SkipBlanks(close);
        if (behind == end && !ended)
            return false;
        ReadOnlySpan<char> quoted = text.AsSpan(at, close - at);
        int within = CountBreaks(quoted);
        bool isClosed = behind == end || text[behind] is '\n' or '\r' || (separator.IsRuns ? behind > close : text[behind] == separator.Char);
        if (!isClosed)
        {
            throw Refuse(opened, $"there is text after a closing quote in column {field}"
                + (within > 0 ? FormattableString.Invariant($" (it opens here and closes in line {opened + within})") : "")
                + ": a quotation mark that belongs to a quoted text is doubled."
                + (quoted is [.., '\\', '"'] ? " Here it has a backslash before it instead; Spark writes doubled ones with option escape '\"'." : "")
                + (separator.Char == '\t' ? " Where quotation marks mean nothing, state CsvOptions { Quotes = CsvQuotes.Literal }." : ""));
        }

        if (within > 1 && quotes == CsvQuotes.Checked && LooksLikeRows(quoted))
        {
            throw Refuse(opened, FormattableString.Invariant($"a quote opens in column {field} and closes in line {opened + within} only, ")
                + "but the lines between look like rows: a quotation mark is missing, or one too many. "
                + "If it is text all the same, state CsvOptions { Quotes = CsvQuotes.Trusted }.");
        }

        Put(quoted);
        breaks += within;
        (at, opened) = (close, 0);
        return true;
    }

    private bool TakeText(ref int at)
    {
        int stop = at;
        while (true)
        {
            int length = separator.IsRuns ? text.AsSpan(stop, end - stop).IndexOfAny("\t \n\r")
                : text.AsSpan(stop, end - stop).IndexOfAny(separator.Char, '\n', '\r');
            stop = length < 0 ? end : stop + length;
            if (stop == end)
            {
                if (!ended)
                    return false;
                break;
            }

            if (separator.LeastBlanks > 1 && stop + 1 == end && !ended)
                return false;
            bool isSingle = separator.LeastBlanks > 1 && text[stop] == ' ' && stop + 1 < end && text[stop + 1] is not (' ' or '\t');
            if (!isSingle || CsvNumber.Parse(text.AsSpan(at, stop - at), CsvMarks.Point, out _, out _) != CsvNumberKind.None)
                break;
            stop++;
        }

        ReadOnlySpan<char> field = text.AsSpan(at, stop - at).TrimEnd(CsvRecords.Blanks);
        at = stop;
        if (!field.Contains('"'))
        {
            Put(field);
            return true;
        }

        Put("\"");
        foreach (Range part in field.Split('"'))
        {
            if (part.Start.Value > 0)
                Put("\"\"");
            Put(field[part]);
        }

        Put("\"");
        return true;
    }

    // Whether each whole line within the quotes has as many fields as a record, and a number among them.
    private bool LooksLikeRows(ReadOnlySpan<char> quoted)
    {
        if (columns < FewColumns || separator.IsRuns)
            return false;
        ReadOnlySpan<char> inner = quoted[(quoted.IndexOfAny('\n', '\r') + 1)..quoted.LastIndexOfAny('\n', '\r')];
        bool hasRows = false;
        foreach (Range part in inner.SplitAny('\n', '\r'))
        {
            ReadOnlySpan<char> row = inner[part];
            if (!row.IsEmpty && (row.Count(separator.Char) != columns - 1 || !HasNumber(row)))
                return false;
            hasRows |= !row.IsEmpty;
        }

        return hasRows;
    }

    private bool HasNumber(ReadOnlySpan<char> row)
    {
        foreach (Range field in row.Split(separator.Char))
        {
            if (CsvNumber.Parse(row[field].Trim(), CsvMarks.Point, out _, out _) != CsvNumberKind.None)
                return true;
        }

        return false;
    }

    private int SkipBlanks(int at)
    {
        while (at < end && IsBlank(text[at]))
            at++;
        return at;
    }

    private void Put(ReadOnlySpan<char> some)
    {
        if (rewritten.Length - size < some.Length)
            Array.Resize(ref rewritten, Math.Max(2 * rewritten.Length, size + some.Length));
        some.CopyTo(rewritten.AsSpan(size));
        size += some.Length;
    }
}
