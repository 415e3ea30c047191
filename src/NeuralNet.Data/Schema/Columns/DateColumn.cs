using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>A column of dates: the days that have passed, and where in the year, the week and the day they fall.</summary>
/// <remarks><para>Taken are dates, and texts as ISO 8601 writes them: 2024-02-29, 2024-02-29T13:45, 2024-02-29 13:45:30.25, with or without a zone,
/// of which the clock time counts as it is written. Or texts, and numbers such as 20240229, in a stated <see cref="Format"/>.</para>
/// <para>Month, day of the week and time of day come round again: each is two features, sin and cos of its share of the circle, so that December lies
/// beside January. Without <see cref="Cyclic"/> each is one feature from 0 to 1. Elapsed days and years count from the earliest of the training part,
/// and are scaled to standard deviation 1.</para>
/// <para>A missing date has the median of elapsed days and years, 0 for sin and cos, ½ where they are not cyclic, and a feature that says so.</para>
/// </remarks>
public sealed record DateColumn : SchemaColumn
{
    private const DateParts All = DateParts.Elapsed | DateParts.Year | DateParts.Month | DateParts.DayOfWeek | DateParts.Hour;

    // Days are counted from then until training says which day is the first.
    private static readonly DateTime zero = new(2000, 1, 1);

    /// <summary>A column that is to be learned.</summary>
    /// <param name="name">Its title.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public DateColumn(string name)
        : base(name)
    {
    }

    /// <summary>What of a date becomes features. Null: elapsed days, month and day of the week, and the time of day if training has one.</summary>
    public DateParts? Parts { get; init; }

    /// <summary>Whether month, day of the week and time of day lie on a circle.</summary>
    public bool Cyclic { get; init; } = true;

    /// <summary>The format of the texts, as <see cref="DateTime.ParseExact(string, string, IFormatProvider)"/> has it: <c>dd.MM.yyyy</c>. Null: ISO
    /// 8601.</summary>
    /// <remarks>Also with a zone the clock time counts as it is written. A time alone is one of the first day of year 1.</remarks>
    /// <exception cref="ArgumentException">It is no format of dates, or has a month, a day or a zone, but no year.</exception>
    public string? Format { get; init => field = Checked(value); }

    /// <summary>How days since 1 January 2000 are scaled, with the first day of training as offset; null: not learned yet.</summary>
    public NumberScale? Elapsed { get; init; }

    /// <summary>How the year is scaled; null: not learned yet.</summary>
    public NumberScale? Year { get; init; }

    /// <summary>Whether a feature more says that the date is missing: 1, otherwise 0. Null: if one was missing in training.</summary>
    public bool? Indicator { get; init; }

    /// <inheritdoc/>
    public override int Width => Count(DateParts.Elapsed) + Count(DateParts.Year)
        + ((Count(DateParts.Month) + Count(DateParts.DayOfWeek) + Count(DateParts.Hour)) * (Cyclic ? 2 : 1)) + (Indicator == true ? 1 : 0);

    /// <inheritdoc/>
    public override IReadOnlyList<string> FeatureNames
    {
        get
        {
            var endings = new List<string>();
            if (Has(DateParts.Elapsed))
                endings.Add(" days");
            if (Has(DateParts.Year))
                endings.Add(" year");
            foreach ((DateParts part, string name) in (ReadOnlySpan<(DateParts, string)>)
                [(DateParts.Month, " month"), (DateParts.DayOfWeek, " day of week"), (DateParts.Hour, " hour")])
            {
                if (Has(part))
                    endings.AddRange(Cyclic ? [$"{name} sin", $"{name} cos"] : [name]);
            }

            return Named(Indicator == true, [.. endings]);
        }
    }

    internal override string Kind => "date";

    internal override string? Problem => Parts is null || Elapsed is null || Year is null || Indicator is null
        ? "its parts, scales and indicator have not been learned"
        : (Parts & ~All) != 0 || Parts == DateParts.None ? "expected at least one part of a date" : Elapsed.Problem ?? Year.Problem;

    /// <inheritdoc/>
    public override string ToString() => InWords(
        "date",
        (Parts is null ? "" : $"{Parts}{(Cyclic ? "" : ", not cyclic")}") + (Format is null ? "" : $", as {Format}")
            + (Indicator == true ? ", with an indicator of missing ones" : ""));

    /// <summary>Whether a text is a date that needs no format.</summary>
    internal static bool IsDate(string text) => IsoDate.TryParse(text, out _);

    internal override SchemaColumn Learn(TableColumn column, Action<string> remark)
    {
        bool hasTime = false;
        var years = new List<double>();
        double[] days = Cells.Numbers(column, (in TableCell cell, out double number) =>
        {
            string? problem = Moment(cell, out DateTime moment);
            number = Days(moment);
            years.Add(moment.Year);
            hasTime |= moment.TimeOfDay != default;
            return problem;
        });
        return this with
        {
            Parts = Parts ?? (DateParts.Elapsed | DateParts.Month | DateParts.DayOfWeek | (hasTime ? DateParts.Hour : 0)),
            Elapsed = Elapsed ?? NumberScale.Learn(
                days, NumberScaling.Standard, FillRule.Median, 0, _ => remark(SameInAllRows), Math.Floor(days.Min())),
            Year = Year ?? NumberScale.Learn([.. years], NumberScaling.Standard, FillRule.Median, 0, _ => { }, years.Min()),
            Indicator = Indicator ?? (!Required && column.Missing > 0),
        };
    }

    internal override void WriteScale(Span<double> lambdas, Span<double> means, Span<double> deviations)
    {
        int feature = 0;
        if (Has(DateParts.Elapsed))
            Elapsed!.Layers(feature++, lambdas, means, deviations);
        if (Has(DateParts.Year))
            Year!.Layers(feature, lambdas, means, deviations);
    }

    internal override void Write(Utf8JsonWriter json)
    {
        SchemaJson.Write(json, "parts", [.. Enum.GetValues<DateParts>().Where(part => part != 0 && Has(part)).Select(part => part.ToString())]);
        json.WriteBoolean("cyclic", Cyclic);
        json.WriteString("format", Format);
        json.WriteBoolean("indicator", Indicator!.Value);
        Elapsed!.Write(json, "elapsed");
        Year!.Write(json, "year");
    }

    internal static DateColumn Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "required", "parts", "cyclic", "format", "indicator", "elapsed", "year");
        DateParts parts = DateParts.None;
        foreach (string text in json.Texts("parts"))
        {
            DateParts part = Array.Find(Enum.GetValues<DateParts>(), each => each.ToString() == text);
            parts |= part != DateParts.None ? part : throw json.Refuse($"\"parts\" has \"{Words.Short(text)}\", which is none of {All}");
        }

        return new DateColumn(name)
        {
            Parts = parts,
            Cyclic = json.Boolean("cyclic"),
            Format = json.TextOrNull("format"),
            Indicator = json.Boolean("indicator"),
            Elapsed = NumberScale.Read(json.Object("elapsed")),
            Year = NumberScale.Read(json.Object("year")),
        };
    }

    private protected override string? EncodeValue(in TableCell cell, Span<float> features)
    {
        if (Moment(cell, out DateTime moment) is { } problem)
            return problem;
        int feature = 0;
        if (Has(DateParts.Elapsed))
            features[feature++] = Elapsed!.Feature(Days(moment));
        if (Has(DateParts.Year))
            features[feature++] = Year!.Feature(moment.Year);
        if (Has(DateParts.Month))
            Round(features, ref feature, moment.Month - 1, 12);
        if (Has(DateParts.DayOfWeek))
            Round(features, ref feature, ((int)moment.DayOfWeek + 6) % 7, 7);
        if (Has(DateParts.Hour))
            Round(features, ref feature, moment.TimeOfDay.Ticks / (double)TimeSpan.TicksPerHour, 24);
        if (Indicator == true)
            features[feature] = 0;
        return null;
    }

    private protected override void EncodeMissing(Span<float> features)
    {
        features.Fill(Cyclic ? 0 : 0.5f);
        int feature = 0;
        if (Has(DateParts.Elapsed))
            features[feature++] = Elapsed!.MissingFeature;
        if (Has(DateParts.Year))
            features[feature] = Year!.MissingFeature;
        if (Indicator == true)
            features[^1] = 1;
    }

    // Never the day or the zone of the machine that reads: not today where there is no date, and not its own clock where there is a zone.
    private static bool TryParse(ReadOnlySpan<char> text, string format, out DateTime moment)
    {
        const DateTimeStyles Styles = DateTimeStyles.NoCurrentDateDefault | DateTimeStyles.AdjustToUniversal;
        if (!HasZone(format))
            return DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, Styles, out moment);
        bool isDate = DateTimeOffset.TryParseExact(
            text, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset zoned);
        moment = zoned.DateTime;
        return isDate;
    }

    private static bool HasZone(string format) => format is "o" or "O" || (format.Length > 1 && format.AsSpan().ContainsAny('z', 'K'));

    private static string? Checked(string? format)
    {
        if (format is null)
            return null;
        try
        {
            // Without a year, a month or a day would be one of the year in which it is read; without a date it is the first of year 1.
            var any = new DateTime(1987, 2, 3, 4, 5, 6);
            if (TryParse(any.ToString(format, CultureInfo.InvariantCulture), format, out DateTime read)
                && (read.Year == any.Year || read.Date == default) && format.Length > 0)
                return format;
        }
        catch (FormatException)
        {
            // It is refused below.
        }

        throw new ArgumentException(
            $"Expected a format of dates such as \"dd.MM.yyyy\", with a year unless it is of a time alone, but got \"{Words.Short(format)}\".",
            nameof(format));
    }

    private static double Days(DateTime moment) => (moment - zero).Ticks / (double)TimeSpan.TicksPerDay;

    private bool Has(DateParts part) => ((Parts ?? 0) & part) != 0;

    private int Count(DateParts part) => Has(part) ? 1 : 0;

    private void Round(Span<float> features, ref int feature, double value, int period)
    {
        if (!Cyclic)
        {
            features[feature++] = (float)(value / (period == 24 ? 24 : period - 1));
            return;
        }

        (double sin, double cos) = Kernels.Exact.SinCosPi(2 * value / period);
        features[feature++] = (float)sin;
        features[feature++] = (float)cos;
    }

    private string? Moment(in TableCell cell, out DateTime moment)
    {
        moment = cell.Date;
        if (cell.Kind == TableValueKind.Date)
            return null;
        Span<char> buffer = stackalloc char[TableCell.MaxLength];
        ReadOnlySpan<char> text = cell.Kind is TableValueKind.Text or TableValueKind.Number ? cell.ToText(buffer) : default;
        bool isDate = Format is null ? IsoDate.TryParse(text, out moment)
            : TryParse(text, Format, out moment);
        return isDate ? null : Cells.Expected(
            Format is null ? "a date such as 2024-02-29 (for others say the format: new DateColumn(name) { Format = \"dd.MM.yyyy\" })"
                : $"a date as {Format}", cell);
    }
}
