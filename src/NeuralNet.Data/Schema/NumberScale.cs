using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>How a number becomes a feature, and how that is scaled: y = (f(x − offset) − mean) / deviation, with the transformation f of Yeo and
/// Johnson, which for λ = 1 changes nothing.</summary>
/// <remarks>The offset is subtracted in double precision, before the row of floats is made; f, mean and deviation are the network's layers
/// (<see cref="PowerTransform"/>, <see cref="Standardize"/>). Dates have an offset, and numbers that would lose their digits as floats: those whose
/// spread (the standard deviation, or of <see cref="NumberScaling.Robust"/> the distance of the quartiles) is below 2⁻¹² of their size, such as
/// seconds since 1970, and those that a power would bring so close together, such as years.</remarks>
public sealed record NumberScale
{
    /// <summary>No scaling: y = x.</summary>
    public static NumberScale Identity { get; } = new();

    /// <summary>What is subtracted before the number becomes a float.</summary>
    public double Offset { get; init; }

    /// <summary>The power λ; 1: none.</summary>
    public double Lambda { get; init; } = 1;

    /// <summary>The mean, least number or median of f(x − offset).</summary>
    public double Mean { get; init; }

    /// <summary>What is divided by: the standard deviation, the range or the distance of the quartiles of f(x − offset).</summary>
    public double Deviation { get; init; } = 1;

    /// <summary>The number, in the unit of x, that stands for a missing one.</summary>
    public double Fill { get; init; }

    /// <summary>The scaling in words.</summary>
    /// <returns>For example <c>mean 3.5, deviation 1.25</c>.</returns>
    public override string ToString()
    {
        if (this with { Fill = 0 } == Identity)
            return "as it is";
        string text = $"{(Lambda == 1 ? "" : $"λ {Short(Lambda)}, ")}mean {Short(Mean)}, deviation {Short(Deviation)}";
        return Offset == 0 ? text : $"offset {Short(Offset)}, {text}";

        static string Short(double number) => number.ToString(
            Math.Abs(number) switch { 0 => "0", >= 1e15 or < 1e-3 => "G5", >= 1000 => "0", _ => "0.####" }, CultureInfo.InvariantCulture);
    }

    /// <summary>What is wrong with it; null: nothing.</summary>
    internal string? Problem =>
        !float.IsFinite((float)Offset) || !double.IsFinite(Fill) || !float.IsFinite((float)(Fill - Offset)) || !float.IsFinite((float)Lambda)
        || !float.IsFinite((float)Mean) ? "its offset, λ, mean and fill must be finite as floats"
        : (float)Deviation is > 0 and < float.PositiveInfinity ? null : "its deviation must be a positive number, finite as a float";

    /// <summary>Learns a scaling.</summary>
    /// <param name="numbers">The numbers that are there, at least one, each finite as a float.</param>
    /// <param name="scaling">Which.</param>
    /// <param name="fill">What stands for a missing number.</param>
    /// <param name="mostPower">How far λ may be from 1.</param>
    /// <param name="remark">Takes what is worth saying.</param>
    /// <param name="offset">The offset, where it is known.</param>
    /// <exception cref="ArgumentException">A logarithm is to be taken of negative numbers, or they lie too far apart.</exception>
    internal static NumberScale Learn(
        double[] numbers, NumberScaling scaling, FillRule fill, double mostPower, Action<string> remark, double? offset = null)
    {
        double[] sorted = [.. numbers];
        Array.Sort(sorted);
        (double least, double most) = (sorted[0], sorted[^1]);
        double mean = Moments.Mean(numbers), deviation = Moments.Deviation(numbers, mean);
        double middle = fill == FillRule.Mean ? mean : Moments.Quantile(sorted, 0.5);
        if (least == most)
            remark(string.Create(CultureInfo.InvariantCulture, $"it is {least} in all rows, from which nothing can be learned"));
        if (scaling == NumberScaling.None)
            return new NumberScale { Fill = middle };
        if (least == most)
            return new NumberScale { Offset = least, Fill = least };

        (double lower, double upper) = (Moments.Quantile(sorted, 0.25), Moments.Quantile(sorted, 0.75));
        double quartiles = upper - lower, spread = scaling == NumberScaling.Robust && quartiles > 0 ? quartiles : deviation;
        double from = offset ?? (spread == deviation ? LosesDigits(deviation, least, most) ? mean : 0
            : LosesDigits(quartiles, lower, upper) ? Moments.Quantile(sorted, 0.5) : 0);
        var scale = new NumberScale { Offset = from, Fill = middle };
        double[] shifted = [.. numbers.Select(number => number - from)];
        switch (scaling)
        {
            case NumberScaling.MinMax:
                return (scale with { Mean = least - from, Deviation = most - least }).Checked(least, most, remark);
            case NumberScaling.Robust:
                if (quartiles == 0)
                    remark("its quartiles are the same number, so the standard deviation scales it");
                scale = scale with { Mean = Moments.Quantile(sorted, 0.5) - from, Deviation = spread };
                return scale.Checked(least, most, remark);
            case NumberScaling.Logarithm when least < 0:
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"a logarithm takes numbers of at least 0, but one is {least}; NumberScaling.Power takes any"));
            case NumberScaling.Logarithm when from != 0:
                remark("it hardly varies beside its size, where a logarithm is a straight line, so none is taken");
                break;
            case NumberScaling.Logarithm:
                scale = scale with { Lambda = 0 };
                break;
            case NumberScaling.Power:
                scale = scale with { Lambda = YeoJohnson.Lambda(shifted, 1 - mostPower, 1 + mostPower) };
                break;
        }

        // f grows with x, so that the ends say whether all values can be floats.
        if (scale.Lambda != 1 && !(Math.Abs(scale.Transformed(least)) < 1e30 && Math.Abs(scale.Transformed(most)) < 1e30))
        {
            remark("its power would be beyond floats, so none is taken");
            scale = scale with { Lambda = 1 };
        }

        double[] transformed = [.. numbers.Select(scale.Transformed)];
        double center = Moments.Mean(transformed);
        spread = Moments.Deviation(transformed, center);

        // A power far below 1 makes nearly one number of all that are far from 0; around their mean it does what it is for.
        return scale.Lambda != 1 && offset is null && LosesDigits(spread, scale.Transformed(least), scale.Transformed(most))
            ? Learn(numbers, scaling, fill, mostPower, remark, mean)
            : (scale with { Mean = center, Deviation = spread }).Checked(least, most, remark);
    }

    /// <summary>y in double precision.</summary>
    internal double Scaled(double x) => (Transformed(x) - Mean) / Deviation;

    /// <summary>Whether a number is finite as a float at each step of the scaling.</summary>
    internal bool Fits(double x)
    {
        double centered = Transformed(x) - Mean;
        return float.IsFinite(Feature(x)) && float.IsFinite((float)centered) && float.IsFinite((float)(centered / Deviation));
    }

    /// <summary>The feature of a number, which layers scale.</summary>
    internal float Feature(double x) => (float)(x - Offset);

    /// <summary>What a missing number has for a feature.</summary>
    internal float MissingFeature => Feature(Fill);

    /// <summary>Writes the numbers of the layers for one feature.</summary>
    internal void Layers(int feature, Span<double> lambdas, Span<double> means, Span<double> deviations) =>
        (lambdas[feature], means[feature], deviations[feature]) = (Lambda, Mean, Deviation);

    internal void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteNumber("offset", Offset);
        json.WriteNumber("lambda", Lambda);
        json.WriteNumber("mean", Mean);
        json.WriteNumber("deviation", Deviation);
        json.WriteNumber("fill", Fill);
        json.WriteEndObject();
    }

    internal static NumberScale Read(SchemaJson json)
    {
        json.Only("offset", "lambda", "mean", "deviation", "fill");
        return new NumberScale
        {
            Offset = json.Number("offset"),
            Lambda = json.Number("lambda"),
            Mean = json.Number("mean"),
            Deviation = json.Number("deviation"),
            Fill = json.Number("fill"),
        };
    }

    private double Transformed(double x) => YeoJohnson.Value(x - Offset, Lambda);

    // Of 24 bits fewer than 12 would be left to tell the numbers apart.
    private static bool LosesDigits(double spread, double least, double most) => spread < Math.Max(Math.Abs(least), Math.Abs(most)) / 4096;

    private NumberScale Checked(double least, double most, Action<string> remark)
    {
        NumberScale scale = this;
        if ((float)Deviation < 1.1754944e-38f)
        {
            remark("its numbers differ by less than floats can tell, so it is not scaled");
            scale = this with { Deviation = 1 };
        }

        return scale.Fits(least) && scale.Fits(most) ? scale : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"its numbers, from {least} to {most}, lie too far apart to be scaled as floats; divide them, or take another NumberScaling"));
    }
}
