using System.Runtime.CompilerServices;
using System.Text;

namespace NeuralNet;

/// <summary>The fields of one line, one after another, without the blanks and quotes around them.</summary>
/// <remarks>The methods that run for every field are compiled optimized at once: most programs read one file.</remarks>
internal ref struct CsvFields(ReadOnlySpan<byte> line, byte separator)
{
    private ReadOnlySpan<byte> rest = line;
    private bool ended;

    /// <summary>Reads the next field.</summary>
    /// <param name="field">Its text.</param>
    /// <param name="fault">What is wrong with its quotes, or null.</param>
    /// <returns>False after the last field.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Next(out ReadOnlySpan<byte> field, out string? fault)
    {
        fault = null;
        field = default;
        if (ended)
            return false;

        int first = 0;
        while (first < rest.Length && IsBlank(rest[first]) && rest[first] != separator)
            first++;
        if (first < rest.Length && rest[first] == '"')
            return NextQuoted(rest[(first + 1)..], out field, out fault);

        int at = rest.IndexOf(separator);
        field = Trim(at < 0 ? rest : rest[..at]);
        Advance(at);
        return true;
    }

    /// <summary>A field as a message quotes it: its beginning, without control characters.</summary>
    public static string Quote(ReadOnlySpan<byte> field) => field.IsEmpty
        ? "an empty field"
        : $"'{Escape(Encoding.UTF8.GetString(field[..Math.Min(field.Length, 40)]))}{(field.Length > 40 ? "…" : "")}'";

    /// <summary>The text with control characters as \r, \n, \t or \xNN.</summary>
    public static string Escape(string text) => string.Concat(text.Select(c => c switch
    {
        '\r' => @"\r",
        '\n' => @"\n",
        '\t' => @"\t",
        _ when char.IsControl(c) => $"\\x{(int)c:X2}",
        _ => c.ToString(),
    }));

    private bool NextQuoted(ReadOnlySpan<byte> quoted, out ReadOnlySpan<byte> field, out string? fault)
    {
        int close = quoted.IndexOf((byte)'"');
        field = close < 0 ? quoted : quoted[..close];
        rest = close < 0 ? default : quoted[(close + 1)..];
        int at = rest.IndexOf(separator);
        ReadOnlySpan<byte> after = Trim(at < 0 ? rest : rest[..at]);
        fault = close < 0 ? "a quote is opened and not closed on the line"
            : after.IsEmpty ? null
            : after[0] == '"' ? "doubled quotes within a quoted field are not supported"
            : "there is text after a closing quote";
        Advance(at);
        return true;
    }

    private void Advance(int at)
    {
        ended = at < 0;
        rest = ended ? default : rest[(at + 1)..];
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsBlank(text[start]))
            start++;
        while (start < end && IsBlank(text[end - 1]))
            end--;
        return text[start..end];
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';
}
