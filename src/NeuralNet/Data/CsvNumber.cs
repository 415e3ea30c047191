using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>Numbers as text, with a decimal point in any culture.</summary>
internal static class CsvNumber
{
    private static ReadOnlySpan<float> PowersOfTen => [1f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f];

    /// <summary>The float nearest to a decimal number, which may be NaN or infinite.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out float value) =>
        TryParseShort(text, out value)
        || float.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out value);

    /// <summary>A class: an integer, also if written as 3.0 or 3e0.</summary>
    public static bool TryParseClass(ReadOnlySpan<byte> text, out int label)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out label))
            return true;
        bool whole = TryParse(text, out float value) && MathF.Abs(value) < 1 << 24 && value == MathF.Floor(value);
        label = whole ? (int)value : 0;
        return whole;
    }

    // Most numbers in tables are short: m / 10ᵏ with m < 2²⁴ and k ≤ 10. Both are floats then, and their quotient is
    // rounded once, so it is the nearest float (W. Clinger: "How to read floating point numbers accurately", 1990).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryParseShort(ReadOnlySpan<byte> text, out float value)
    {
        value = 0f;
        bool negative = !text.IsEmpty && text[0] == '-';
        int first = negative ? 1 : 0, digits = 0, decimals = 0;
        uint mantissa = 0;
        bool point = false;
        for (int i = first; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit <= 9)
            {
                mantissa = (mantissa * 10) + digit;
                digits++;
                if (point)
                    decimals++;
                if (mantissa >= 1 << 24 || decimals > 10)
                    return false;
            }
            else if (text[i] == '.' && !point)
            {
                point = true;
            }
            else
            {
                return false;
            }
        }

        if (digits == 0)
            return false;
        float magnitude = mantissa / PowersOfTen[decimals];
        value = negative ? -magnitude : magnitude;
        return true;
    }
}
