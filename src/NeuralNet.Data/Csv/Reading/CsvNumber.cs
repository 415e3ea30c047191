using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>What a field looks like.</summary>
internal enum CsvNumberKind
{
    /// <summary>No number.</summary>
    None,

    /// <summary>A finite number.</summary>
    Number,

    /// <summary>Digits that a number would lose: zeros at the start, or a whole number of 2⁵³ or more. Such are the keys of things more
    /// often.</summary>
    Code,

    /// <summary>A number that is infinite, or larger than a double can be.</summary>
    Infinite,
}

/// <summary>What stands before the decimals.</summary>
[Flags]
internal enum CsvMarks
{
    None = 0,
    Point = 1,
    Comma = 2,
}

/// <summary>Numbers as text, the same in any culture: a sign, digits with at most one mark of decimals and an exponent, nothing else.</summary>
internal static class CsvNumber
{
    // The typographic minus, which statistical offices and Python's plots write.
    private const char Minus = '\u2212';
    private const int ExactPower = 22;
    private const long ExactWhole = 1L << 53;
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly NumberFormatInfo withComma = new() { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };

    private static ReadOnlySpan<double> PowersOfTen =>
        [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>The double nearest to a decimal number.</summary>
    /// <param name="text">The text, without blanks around it.</param>
    /// <param name="marks">Which marks of decimals there may be.</param>
    /// <param name="value">The number; of a <see cref="CsvNumberKind.Code"/> too.</param>
    /// <param name="mark">Which mark it has.</param>
    // A file is often the first thing that a program reads: this method is not to wait for its optimization.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static CsvNumberKind Parse(ReadOnlySpan<char> text, CsvMarks marks, out double value, out CsvMarks mark)
    {
        mark = CsvMarks.None;
        value = 0;
        int i = text.Length > 0 && text[0] is '-' or '+' or Minus ? 1 : 0, first = i, digits = 0, decimals = 0, whole = 0;
        ulong mantissa = 0;
        for (; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit <= 9)
            {
                // More digits than fit are counted only: such numbers are read the slow way.
                digits++;
                if (mantissa < 100_000_000_000_000_000)
                    mantissa = (mantissa * 10) + digit;
                else
                    decimals = int.MinValue / 2;
                if (mark != CsvMarks.None)
                    decimals++;
                else
                    whole++;
            }
            else if (mark == CsvMarks.None
                && ((text[i] == '.' && (marks & CsvMarks.Point) != 0) || (text[i] == ',' && (marks & CsvMarks.Comma) != 0)))
            {
                mark = text[i] == '.' ? CsvMarks.Point : CsvMarks.Comma;
            }
            else
            {
                break;
            }
        }

        if (digits == 0)
            return IsInfinity(text[first..]) ? CsvNumberKind.Infinite : CsvNumberKind.None;
        int power = 0;
        bool hasExponent = i < text.Length;
        if (hasExponent && !TryExponent(text[i..], out power))
            return CsvNumberKind.None;

        // m · 10ᵏ with m ≤ 2⁵³ and |k| ≤ 22: both are doubles, and their product or quotient is rounded once, so it is the nearest double
        // (W. Clinger: "How to read floating point numbers accurately", 1990).
        int scale = power - decimals;
        if (mantissa <= ExactWhole && scale is >= -ExactPower and <= ExactPower)
            value = scale < 0 ? (long)mantissa / PowersOfTen[-scale] : (long)mantissa * PowersOfTen[scale];
        else if (!double.TryParse(text[first..], Style, mark == CsvMarks.Comma ? withComma : NumberFormatInfo.InvariantInfo, out value))
            return CsvNumberKind.None;
        if (text[0] is '-' or Minus)
            value = -value;
        if (!double.IsFinite(value))
            return CsvNumberKind.Infinite;
        bool isCode = (whole > 1 && text[first] == '0') || (!hasExponent && mark == CsvMarks.None && Math.Abs(value) >= ExactWhole);
        return isCode ? CsvNumberKind.Code : CsvNumberKind.Number;
    }

    /// <summary>The float nearest to a number, of whose text the nearest double is known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float ToFloat(ReadOnlySpan<char> text, CsvMarks mark, double value)
    {
        // Rounding twice gives another float only if the first time has led to the very middle between two; the smallest floats have other middles.
        const long Below = (1L << 29) - 1, Middle = 1L << 28;
        double size = Math.Abs(value);
        bool isClear = (BitConverter.DoubleToInt64Bits(value) & Below) != Middle && (size >= 1.2e-38 || size == 0);
        if (isClear)
            return (float)value;
        bool isNegative = text[0] is '-' or Minus;
        float absolute = float.Parse(
            text[0] is '-' or '+' or Minus ? text[1..] : text, Style, mark == CsvMarks.Comma ? withComma : NumberFormatInfo.InvariantInfo);
        return isNegative ? -absolute : absolute;
    }

    private static bool TryExponent(ReadOnlySpan<char> text, out int power)
    {
        power = 0;
        if (text[0] is not ('e' or 'E'))
            return false;
        int i = text.Length > 1 && text[1] is '-' or '+' ? 2 : 1, first = i;
        for (; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit > 9)
                return false;
            power = Math.Min((power * 10) + (int)digit, 100_000_000);
        }

        if (text.Length > 1 && text[1] == '-')
            power = -power;
        return i > first;
    }

    private static bool IsInfinity(ReadOnlySpan<char> text) => text is "∞" || (text.Length is 3 or 8
        && (text.Equals("inf", StringComparison.OrdinalIgnoreCase) || text.Equals("infinity", StringComparison.OrdinalIgnoreCase)));
}
