namespace NeuralNet.Tests.Reference;

/// <summary>The divergences beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class DivergenceReference
{
    private static readonly Case[] cases = ReferenceFile.Read<Values>("divergences.json").Cases;

    // Every value is a sum of terms of one sign, so its error is a few roundings relative to itself: those of a term, of
    // the 2 or 3 partial sums and the tree of 4 levels (33 terms in 16 lanes). A gradient is in units of its own terms
    // before they are subtracted: d / y and (1 − d) / (1 − y), or σ(z) and d.
    public static IEnumerable<LargestError> Measure() =>
    [
        .. Measure("L2", Divergence.L2, 4, 3),
        .. Measure("BinaryCrossEntropy", Divergence.BinaryCrossEntropy, 4, 5),
        .. Measure("CrossEntropy", Divergence.CrossEntropy, 4, 3),
        .. Measure("BinaryCrossEntropyLogits", Divergence.BinaryCrossEntropy.Through(Activation.Sigmoid)!, 4, 5),
        .. Measure("CrossEntropyLogits", Divergence.CrossEntropy.Through(Activation.Softmax)!, 4, 5),
    ];

    private static IEnumerable<LargestError> Measure(string name, Divergence divergence, double valueBound, double gradientBound)
    {
        bool isSoftmax = name == "CrossEntropyLogits";
        LargestError value = new(name, "value", isSoftmax ? "2⁻²⁴ (D + Σ d)" : "2⁻²⁴ D", valueBound, isSoftmax ? "a difference of a logarithm and a logit, which is good to their roundings where it is near 0" : "");
        LargestError gradient = new(name, "∇y", isSoftmax ? "2⁻²⁴ w (y Σ d (1 + abs(z − m)) + d)" : "2⁻²⁴ of its terms", gradientBound, "a difference of terms that may cancel");
        Case[] mine = [.. cases.Where(one => one.Name == name)];
        mine.Should().NotBeEmpty();
        foreach (Case one in mine)
        {
            int width = one.Y.Length / one.Rows;
            float[] dy = new float[one.Y.Length];
            float actual = divergence.Forward(one.Y, one.D, one.Rows, one.Weights);
            divergence.Backward(one.Y, one.D, dy, one.Rows, one.Weights);

            double total = one.Weights is null ? one.Rows : one.Weights.Sum(weight => (double)weight), desired = 0;
            for (int row = 0; row < one.Rows; row++)
            {
                double share = (one.Weights is null ? 1 : one.Weights[row]) / total;
                ReadOnlySpan<float> y = one.Y.AsSpan(row * width, width), d = one.D.AsSpan(row * width, width);
                double[] terms = Terms(name, y, d, out double sum);
                desired += share * sum;
                for (int i = 0; i < width; i++)
                {
                    int at = (row * width) + i;
                    gradient.Add(dy[at], one.Dy[at], LargestError.Epsilon * share * terms[i], $"dy[{at}] of {one.Kind}");
                }
            }

            value.Add(actual, one.Value, LargestError.Epsilon * (one.Value + (isSoftmax ? desired : 0)), one.Kind);
        }

        return [value, gradient];
    }

    // An exponential below 1e-30 counts as 0 in a gradient on logits, which is documented: in units of 2^-24 an error of 1e-30.
    private const double Vanishing = 1e-30 * (1 << 24);

    // The sizes of what is subtracted in each element of the gradient.
    private static double[] Terms(string name, ReadOnlySpan<float> y, ReadOnlySpan<float> d, out double sum)
    {
        double[] terms = new double[y.Length];
        double max = double.NegativeInfinity, exps = 0;
        sum = 0;
        for (int i = 0; i < y.Length; i++)
        {
            max = Math.Max(max, y[i]);
            sum += d[i];
        }

        for (int i = 0; i < y.Length; i++)
            exps += Math.Exp(y[i] - max);
        for (int i = 0; i < y.Length; i++)
        {
            terms[i] = name switch
            {
                "L2" => Math.Abs((double)y[i] - d[i]),
                "BinaryCrossEntropy" => (d[i] == 0 ? 0 : d[i] / (double)y[i]) + (d[i] == 1 ? 0 : (1 - (double)d[i]) / (1 - (double)y[i])),
                "CrossEntropy" => d[i] == 0 ? 0 : d[i] / (double)y[i],
                "BinaryCrossEntropyLogits" => (1 / (1 + Math.Exp(-(double)y[i]))) + d[i] + Vanishing,
                _ => (Math.Exp(y[i] - max) / exps * sum * (1 + Math.Min(max - y[i], 1e4))) + d[i] + Vanishing,
            };
        }

        return terms;
    }

    private sealed record Values(Case[] Cases);

    private sealed record Case(string Name, string Kind, int Rows, float[] Y, float[] D, double Value, double[] Dy, float[]? Weights = null);
}
