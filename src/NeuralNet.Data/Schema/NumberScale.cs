using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>How a number becomes a feature, and how that is scaled: y = (f(x − offset) − mean) / deviation, with the transformation f of Yeo and
/// Johnson, which for λ = 1 changes nothing.</summary>
/// <remarks>The offset is subtracted in double precision, before the row of floats is made; f, mean and deviation are the network's layers
/// (<see cref="PowerTransform"/>, <see cref="Standardize"/>). Only numbers whose standard deviation is below 2⁻¹² of their size have an offset, such
/// as seconds since 1970, and dates: as floats they would lose their digits.</remarks>
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
        !double.IsFinite(Offset) || !double.IsFinite(Fill) || !float.IsFinite((float)(Fill - Offset)) || !float.IsFinite((float)Lambda)
        || !float.IsFinite((float)Mean) ? "its offset, λ, mean and fill must be finite as floats"
        : (float)Deviation is > 0 and < float.PositiveInfinity ? null : "its deviation must be a positive number, finite as a float";

    /// <summary>Learns a scaling.</summary>
    /// <param name="numbers">The numbers that are there, at least one, each finite as a float.</param>
    /// <param name="scaling">Which.</param>
    /// <param name="fill">What stands for a missing number.</param>
    /// <param name="mostPower">How far λ may be from 1.</param>
    /// <param name="remark">Takes what is worth saying.</param>
    /// <param name="offset">The offset, where it is known.</param>
    /// <exception cref="ArgumentException">A logarithm is to be taken of negative numbers.</exception>
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

        double from = offset ?? (deviation < Math.Max(Math.Abs(least), Math.Abs(most)) / 4096 ? mean : 0);
        var scale = new NumberScale { Offset = from, Fill = middle };
        double[] shifted = [.. numbers.Select(number => number - from)];
        switch (scaling)
        {
            case NumberScaling.MinMax:
                return (scale with { Mean = least - from, Deviation = most - least }).Checked(remark);
            case NumberScaling.Robust:
                double quartiles = Moments.Quantile(sorted, 0.75) - Moments.Quantile(sorted, 0.25);
                if (quartiles == 0)
                    remark("its quartiles are the same number, so the standard deviation scales it");
                scale = scale with { Mean = Moments.Quantile(sorted, 0.5) - from, Deviation = quartiles > 0 ? quartiles : deviation };
                return scale.Checked(remark);
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
        return (scale with { Mean = center, Deviation = Moments.Deviation(transformed, center) }).Checked(remark);
    }

    /// <summary>y in double precision.</summary>
    internal double Scaled(double x) => (Transformed(x) - Mean) / Deviation;

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

    // Numbers that differ by less than floats can tell have no scale.
    private NumberScale Checked(Action<string> remark)
    {
        if ((float)Deviation >= 1.1754944e-38f)
            return this;
        remark("its numbers differ by less than floats can tell, so it is not scaled");
        return this with { Deviation = 1 };
    }
}
