using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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

    // So many digits always fit into 64 bits.
    private const int MaxDigits = 19;
    private const long ExactWhole = 1L << 53;
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly NumberFormatInfo withComma = new() { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };

    private static ReadOnlySpan<double> PowersOfTen =>
        [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    private static ReadOnlySpan<ulong> SmallPowers => [1, 10, 100, 1000];

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
        if (text.IsEmpty)
            return CsvNumberKind.None;
        ulong negative = text[0] == '-' ? 1UL : 0;
        int first = (int)negative;
        if (text[0] is '+' or Minus)
            (first, negative) = (1, text[0] == Minus ? 1UL : 0);

        ulong mantissa = 0;
        int i = first;
        for (; i < text.Length && IsDigit(text[i], out uint digit); i++)
            mantissa = (mantissa * 10) + digit;
        int digits = i - first, decimals = 0;
        bool isCode = digits > 1 && text[first] == '0';
        if (i < text.Length && ((text[i] == '.' && (marks & CsvMarks.Point) != 0) || (text[i] == ',' && (marks & CsvMarks.Comma) != 0)))
        {
            mark = text[i] == '.' ? CsvMarks.Point : CsvMarks.Comma;
            int behind = ++i;
            mantissa = ReadDigits(text, ref i, mantissa);
            decimals = i - behind;
            digits += decimals;
        }

        if (digits == 0)
            return IsInfinity(text[first..]) ? CsvNumberKind.Infinite : CsvNumberKind.None;
        int power = -decimals;
        bool hasExponent = i < text.Length;
        if (hasExponent)
        {
            if (!TryExponent(text[i..], out int exponent))
                return CsvNumberKind.None;
            power += exponent;
        }

        // m · 10ᵏ with m ≤ 2⁵³ and |k| ≤ 22: both are doubles, and their product or quotient is rounded once, so it is the nearest double
        // (W. Clinger: "How to read floating point numbers accurately", 1990).
        double size;
        if (digits <= MaxDigits && mantissa <= ExactWhole && power is >= -ExactPower and <= ExactPower)
            size = power < 0 ? (long)mantissa / PowersOfTen[-power] : (long)mantissa * PowersOfTen[power];
        else if (!double.TryParse(text[first..], Style, mark == CsvMarks.Comma ? withComma : NumberFormatInfo.InvariantInfo, out size))
            return CsvNumberKind.None;
        else if (!double.IsFinite(size))
            return CsvNumberKind.Infinite;
        value = BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(size) | (negative << 63));
        return isCode || (size >= ExactWhole && mark == CsvMarks.None && !hasExponent) ? CsvNumberKind.Code : CsvNumberKind.Number;
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

    // Appends the digits from a place on to a number, modulo 2⁶⁴: four at a time, and what is left at the end of the text in one piece too. A
    // processor that has to guess how many digits come loses more time than it takes to read them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadDigits(ReadOnlySpan<char> text, ref int at, ulong number)
    {
        int i = at, left;
        ulong four;
        for (; (left = text.Length - i) >= 4 && TryFour(text.Slice(i, 4), ulong.MaxValue, out four); i += 4)
            number = (number * 10_000) + four;
        if ((uint)left < 4 && text.Length >= 4 && TryFour(text[^4..][..4], ulong.MaxValue << (32 - (8 * left)) << (32 - (8 * left)), out four))
        {
            at = text.Length;
            return (number * SmallPowers[left]) + four;
        }

        for (; i < text.Length && IsDigit(text[i], out uint digit); i++)
            number = (number * 10) + digit;
        at = i;
        return number;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsDigit(char c, out uint digit) => (digit = (uint)c - '0') <= 9;

    // The number that four characters are, those outside of the mask taken for zeros; false if there is something else than digits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFour(ReadOnlySpan<char> text, ulong mask, out ulong number)
    {
        // A digit becomes 0 to 9, and all else more: that has the highest of its 16 bits set, or sets this bit when 0x7FF6 is added.
        ulong four = (MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(text)) ^ 0x0030_0030_0030_0030) & mask;
        number = (four * 10) + (four >> 16);
        number = ((number & 0xFFFF) * 100) + ((number >> 32) & 0xFFFF);
        return BitConverter.IsLittleEndian && (((four + 0x7FF6_7FF6_7FF6_7FF6) | four) & 0x8000_8000_8000_8000) == 0;
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
