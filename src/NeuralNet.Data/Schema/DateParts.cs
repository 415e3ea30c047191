namespace NeuralNet;

/// <summary>What of a date becomes features; several are joined by |.</summary>
[Flags]
public enum DateParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The days since the first day of the training part, time of day included.</summary>
    Elapsed = 1,

    /// <summary>The year.</summary>
    Year = 2,

    /// <summary>The month, 1 to 12.</summary>
    Month = 4,

    /// <summary>The day of the week, from Monday.</summary>
    DayOfWeek = 8,

    /// <summary>The time of day in hours, minutes as parts of an hour.</summary>
    Hour = 16,
}
