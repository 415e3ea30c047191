namespace NeuralNet.Tests.Reference;

/// <summary>The divergences beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class DivergenceReference
{
    private static readonly Case[] cases = ReferenceFile.Read<Values>("divergences.json").Cases;

    // Most values are sums of terms of one sign, so the error is a few roundings relative to itself: those of a term, of
    // the 2 or 3 partial sums and the tree of 4 levels (33 terms in 16 lanes). A gradient is in units of its own terms
    // before they are subtracted: d / y and (1 − d) / (1 − y), or σ(z) and d. Targets are 4 roundings from d.
    public static IEnumerable<LargestError> Measure() =>
    [
        .. Measure("L1", 4, 3),
        .. Measure("L2", 4, 3),
        .. Measure("Huber", 4, 3),
        .. Measure("LogCosh", 4, 5),
        .. Measure("Quantile", 4, 3),
        .. Measure("Poisson", 4, 3),
        .. Measure("PoissonOfLogarithm", 4, 3),
        .. Measure("BinaryCrossEntropy", 4, 5),
        .. Measure("PositiveWeights", 5, 6),
        .. Measure("CrossEntropy", 4, 3),
        .. Measure("CrossEntropyTargets", 4, 6),
        .. Measure("CrossEntropyIds", 4, 6),
        .. Measure("KullbackLeibler", 4, 3),
        .. Measure("Hinge", 4, 3),
        .. Measure("SquaredHinge", 4, 4),
        .. Measure("BinaryCrossEntropyLogits", 4, 5),
        .. Measure("PositiveWeightsLogits", 5, 6),
        .. Measure("CrossEntropyLogits", 4, 5),
        .. Measure("CrossEntropyTargetsLogits", 4, 7),
        .. Measure("CrossEntropyIdsLogits", 4, 7),
        .. Measure("KullbackLeiblerLogits", 4, 5),
    ];

    private static Divergence Make(Case one) => one.Name switch
    {
        "L1" => Divergence.L1,
        "L2" => Divergence.L2,
        "Huber" => new Huber(one.Delta),
        "LogCosh" => Divergence.LogCosh,
        "Quantile" => new Quantile(one.Tau),
        "Poisson" => Divergence.Poisson,
        "PoissonOfLogarithm" => new Poisson(takesLogarithm: true),
        "BinaryCrossEntropy" => Divergence.BinaryCrossEntropy,
        "PositiveWeights" => one.PositiveWeights!.Length == 1 ? new BinaryCrossEntropy(one.PositiveWeights[0])
            : new BinaryCrossEntropy(one.PositiveWeights),
        "PositiveWeightsLogits" => Make(one with { Name = "PositiveWeights" }).Through(Activation.Sigmoid)!,
        "CrossEntropy" => Divergence.CrossEntropy,
        "CrossEntropyTargets" or "CrossEntropyIds" => new CrossEntropy(one.LabelSmoothing, one.ClassWeights),
        "KullbackLeibler" => Divergence.KullbackLeibler,
        "Hinge" => Divergence.Hinge,
        "SquaredHinge" => Divergence.SquaredHinge,
        "BinaryCrossEntropyLogits" => Divergence.BinaryCrossEntropy.Through(Activation.Sigmoid)!,
        _ => Make(one with { Name = one.Name[..^"Logits".Length] }).Through(Activation.Softmax)!,
    };

    private static IEnumerable<LargestError> Measure(string name, double valueBound, double gradientBound)
    {
        bool isSoftmax = name is not ("BinaryCrossEntropyLogits" or "PositiveWeightsLogits") && name.EndsWith("Logits", StringComparison.Ordinal);
        bool isPoisson = name.StartsWith("Poisson", StringComparison.Ordinal);
        bool isRelative = name.StartsWith("Kullback", StringComparison.Ordinal) || isPoisson;
        string unit = isPoisson ? "2⁻²⁴ of its terms" : (isSoftmax, isRelative) switch
        {
            (true, true) => "2⁻²⁴ (D + Σ d (1 − 2 log d))",
            (true, _) => "2⁻²⁴ (D + Σ d)",
            (_, true) => "2⁻²⁴ Σ abs(d log(d / y))",
            _ => "2⁻²⁴ D",
        };
        const string Cancels = "a difference of terms that may cancel";
        string why = isRelative ? Cancels
            : isSoftmax ? "a difference of a logarithm and a logit, which is good to their roundings where it is near 0" : "";
        LargestError value = new(name, "value", unit, valueBound, why);
        LargestError gradient = new(
            name, "∇y", isSoftmax ? "2⁻²⁴ w (y Σ d (1 + abs(z − m)) + d)" : "2⁻²⁴ of its terms", gradientBound, Cancels);
        Case[] mine = [.. cases.Where(one => one.Name == name)];
        mine.Should().NotBeEmpty();
        foreach (Case one in mine)
        {
            int width = one.Y.Length / one.Rows;
            float[] dy = new float[one.Y.Length];
            Divergence divergence = Make(one);
            float actual = divergence.Forward(one.Y, one.D, one.Rows, one.Weights);
            divergence.Backward(one.Y, one.D, dy, one.Rows, one.Weights);

            Case seen = WithOneHot(one, width);
            double total = seen.Weights is null ? one.Rows : seen.Weights.Sum(weight => (double)weight), terms = 0;
            for (int row = 0; row < one.Rows; row++)
            {
                double share = (seen.Weights is null ? 1 : seen.Weights[row]) / total;
                double[] y = [.. one.Y.AsSpan(row * width, width).ToArray()], d = Targets(seen, row, width);
                double[] scales = Terms(name, y, d, one.Delta, one.Tau, one.PositiveWeights);
                if (isSoftmax)
                    terms += share * d.Sum();
                if (isPoisson)
                    terms += share * y.Zip(d).Sum(pair => PoissonTerms(name, pair.First, pair.Second));
                else if (isRelative)
                {
                    terms += share
                        * (isSoftmax ? -2 * d.Sum(t => XLogX(t, t)) : y.Zip(d, (o, t) => Math.Abs(XLogX(t, t / o))).Sum());
                }
                for (int i = 0; i < width; i++)
                {
                    int at = (row * width) + i;
                    gradient.Add(dy[at], one.Dy[at], LargestError.Epsilon * share * scales[i], $"dy[{at}] of {one.Kind}");
                }
            }

            value.Add(actual, one.Value, LargestError.Epsilon * (isRelative && !isSoftmax ? terms : one.Value + terms), one.Kind);
        }

        return [value, gradient];
    }

    // An exponential below 1e-30 counts as 0 in a gradient on logits, which is documented: in units of 2^-24 an error of 1e-30.
    private const double Vanishing = 1e-30 * (1 << 24);

    private static double XLogX(double x, double inLog) => x == 0 ? 0 : x * Math.Log(inLog);

    private static double PoissonTerms(string name, double y, double d) =>
        name == "Poisson" ? y + Math.Abs(XLogX(d, y)) : Math.Exp(y) + Math.Abs(d * y);

    // The same with one-hot vectors in place of class ids, and a weight of 0 where there is none.
    private static Case WithOneHot(Case one, int width) => !one.Name.StartsWith("CrossEntropyIds", StringComparison.Ordinal) ? one : one with
    {
        D = [.. one.D.SelectMany(id => Enumerable.Range(0, width).Select(i => i == id ? 1f : 0))],
        Weights = [.. one.D.Select((id, row) => id < 0 ? 0 : one.Weights?[row] ?? 1)],
    };

    // d, or what stands for it.
    private static double[] Targets(Case one, int row, int width)
    {
        double[] d = [.. one.D.AsSpan(row * width, width).ToArray()];
        double share = one.LabelSmoothing * d.Sum() / width;
        double kept = 1 - (double)one.LabelSmoothing;
        return [.. d.Select((value, i) => (one.ClassWeights is null ? 1 : one.ClassWeights[i]) * ((kept * value) + share))];
    }

    // The sizes of what is subtracted in each element of the gradient.
    private static double[] Terms(string name, double[] y, double[] d, double delta, double tau, float[]? positives)
    {
        double[] terms = new double[y.Length];
        double max = y.Max(), exps = y.Sum(z => Math.Exp(z - max)), sum = d.Sum();
        for (int i = 0; i < y.Length; i++)
        {
            double r = Math.Abs(y[i] - d[i]), missing = Math.Max(0, 1 - (d[i] * y[i]));
            double yes = positives is null ? 0 : positives[positives.Length == 1 ? 0 : i] * d[i], no = 1 - d[i];
            terms[i] = name switch
            {
                "L1" => Math.Sign(r),
                "L2" => r,
                "Huber" => Math.Min(r, delta),
                "LogCosh" => Math.Tanh(r),
                "Poisson" => 1 + (d[i] == 0 ? 0 : d[i] / y[i]),
                "PoissonOfLogarithm" => Math.Exp(y[i]) + d[i],
                "Quantile" => Math.Sign(r) * (y[i] < d[i] ? tau : 1 - tau),
                "Hinge" => missing > 0 ? Math.Abs(d[i]) : 0,
                "SquaredHinge" => 2 * Math.Abs(d[i]) * missing,
                "BinaryCrossEntropy" => (d[i] == 0 ? 0 : d[i] / y[i]) + (d[i] == 1 ? 0 : (1 - d[i]) / (1 - y[i])),
                "CrossEntropy" or "CrossEntropyTargets" or "CrossEntropyIds" or "KullbackLeibler" => d[i] == 0 ? 0 : d[i] / y[i],
                "PositiveWeights" => (yes == 0 ? 0 : yes / y[i]) + (no == 0 ? 0 : no / (1 - y[i])),
                "PositiveWeightsLogits" => (no / (1 + Math.Exp(-y[i]))) + (yes / (1 + Math.Exp(y[i]))) + ((yes + no) * Vanishing),
                "BinaryCrossEntropyLogits" => (1 / (1 + Math.Exp(-y[i]))) + d[i] + Vanishing,
                _ => (Math.Exp(y[i] - max) / exps * sum * (1 + Math.Min(max - y[i], 1e4))) + d[i] + Vanishing,
            };
        }

        return terms;
    }

    private sealed record Values(Case[] Cases);

    private sealed record Case(string Name, string Kind, int Rows, float[] Y, float[] D, double Value, double[] Dy,
        float[]? Weights = null, float Delta = 1, float Tau = 0.5f, float LabelSmoothing = 0, float[]? ClassWeights = null,
        float[]? PositiveWeights = null);
}
