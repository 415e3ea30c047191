namespace NeuralNet;

/// <summary>Dates as ISO 8601 writes them: 2024-02-29, 2024-02-29T13:45, 2024-02-29 13:45:30.25, each also with a zone, Z or +02:00, whose clock it
/// is.</summary>
internal static class IsoDate
{
    /// <summary>The moment that a text says, on its own clock: the zone is not kept.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTime moment)
    {
        moment = default;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-' || !Digits(text[..4], out int year) || !Digits(text[5..7], out int month)
            || !Digits(text[8..10], out int day) || year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month))
            return false;
        if (!TryParseTime(text[10..], out TimeSpan time))
            return false;
        moment = new DateTime(year, month, day) + time;
        return true;
    }

    private static bool TryParseTime(ReadOnlySpan<char> text, out TimeSpan time)
    {
        time = default;
        if (text.IsEmpty)
            return true;
        if (text.Length < 6 || text[0] is not ('T' or 't' or ' ') || text[3] != ':' || !Digits(text[1..3], out int hour)
            || !Digits(text[4..6], out int minute) || hour > 23 || minute > 59)
            return false;
        text = text[6..];
        long ticks = ((hour * 60L) + minute) * TimeSpan.TicksPerMinute;
        if (text.Length >= 3 && text[0] == ':')
        {
            if (!Digits(text[1..3], out int second) || second > 59)
                return false;
            ticks += second * TimeSpan.TicksPerSecond;
            text = text[3..];
            if (!text.IsEmpty && text[0] is '.' or ',')
            {
                int digits = 0;
                long unit = TimeSpan.TicksPerSecond;
                for (text = text[1..]; !text.IsEmpty && char.IsAsciiDigit(text[0]); text = text[1..], digits++)
                    ticks += (unit /= 10) * (text[0] - '0');
                if (digits == 0)
                    return false;
            }
        }

        time = new TimeSpan(ticks);
        return text.IsEmpty || text is "Z" or "z" || (text.Length == 6 && text[0] is '+' or '-' or '−' && text[3] == ':'
            && Digits(text[1..3], out int hours) && Digits(text[4..6], out int minutes) && hours < 24 && minutes < 60);
    }

    private static bool Digits(ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        foreach (char digit in text)
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            value = (10 * value) + digit - '0';
        }

        return true;
    }
}
