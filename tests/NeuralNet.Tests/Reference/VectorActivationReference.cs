namespace NeuralNet.Tests.Reference;

/// <summary>The vector activations beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class VectorActivationReference
{
    private const double Epsilon = LargestError.Epsilon;

    // The distance of the denormal floats.
    private const double Smallest = 1.40129846432481707e-45;

    private const string Distances = "z − m is rounded to a relative 2⁻²⁴, and its exponential is off by that much of abs(z − m)";
    private const string Sum = "a difference of terms that may cancel";

    private static readonly Values file = ReferenceFile.Read<Values>("vectors.json");

    public static IEnumerable<LargestError> Measure() =>
    [
        .. Softmax("Softmax(2)", 2),
        .. Softmax("Softmax(0.1)", 0.1f),
        .. Softmax("Softmax(1000)", 1000),
        .. LogSoftmax(),
        .. Max(2),
        .. Max(5),
        .. Max(19),
        .. Product("Product", Activation.Product, i => (2 * i, (2 * i) + 1)),
        .. Product("Product(5 pairs of 6)", new Product(6, pairs), i => pairs[i]),
        .. Glu("Glu", Activation.Glu, b => 1 / (1 + Math.Exp(-b))),
        .. Glu("Glu(Tanh)", new Glu(new Tanh()), Math.Tanh),
        .. Glu("Glu(Relu)", new Glu(new Relu()), _ => 0),
        .. Glu("SwiGlu", Activation.SwiGlu, _ => 0),
        .. Glu("GeGlu", Activation.GeGlu, _ => 0),
        .. L2Normalize(),
        .. CrossEntropy(2),
        .. CrossEntropy(0.1f),
        .. CrossEntropy(1000),
    ];

    private static readonly (int First, int Second)[] pairs = [(0, 1), (1, 2), (2, 2), (4, 0), (3, 1)];

    // A division by T more than the plain softmax, once on the way and once back. Of 300 elements each lane adds 19, and where the
    // first is 1 and the others are too small beside it each of them may be lost: 2⁻²⁴ each. A denormal y
    // is good to its last digit only, and so is its gradient.
    private static LargestError[] Softmax(string name, float temperature)
    {
        LargestError value = new(name, "value", "2⁻²⁴ y (1 + abs(z − m)/T)", 10, Distances);
        LargestError gradient = new(name, "∇z", "2⁻²⁴ y (1 + abs(z − m)/T) max abs(∇y)/T", 7, Distances);
        Compare(name, new Softmax(temperature), (one, y, dz) =>
        {
            double m = one.Z.Max(), largest = one.Dy.Max(MathF.Abs);
            for (int i = 0; i < y.Length; i++)
            {
                double exact = one.Y[i]!.Value, scale = exact == 0 ? 0 : Epsilon * exact * (1 + ((m - one.Z[i]) / temperature));
                value.Add(y[i], exact, scale, $"y[{i}] of {one.Kind}");
                if (one.Dz[i] is { } slope)
                    gradient.Add(dz[i], slope, (scale + Smallest) * largest / temperature, $"dz[{i}] of {one.Kind}");
            }
        });
        return [value, gradient];
    }

    // What y itself allows for are the two subtractions' roundings, the logarithm's 1.27 ulp and the sum's.
    private static LargestError[] LogSoftmax()
    {
        LargestError value = new("LogSoftmax", "value", "2⁻²⁴ (abs(y) + Σ softmax (m − z))", 4, Distances);
        LargestError gradient = new("LogSoftmax", "∇z", "2⁻²⁴ (abs(∇y) + e^y (1 + abs(y)) Σ abs(∇y))", 3, Sum);
        Compare("LogSoftmax", Activation.LogSoftmax, (one, y, dz) =>
        {
            double spread = Spread(one.Z, 1), all = one.Dy.Sum(dy => Math.Abs((double)dy));
            for (int i = 0; i < y.Length; i++)
            {
                double exact = one.Y[i]!.Value, exp = Math.Exp(exact);
                value.Add(y[i], exact, Epsilon * (Math.Abs(exact) + spread), $"y[{i}] of {one.Kind}");
                if (one.Dz[i] is { } slope)
                    gradient.Add(dz[i], slope, Epsilon * (Math.Abs(one.Dy[i]) + (exp == 0 ? 0 : exp * (1 - exact) * all)), $"dz[{i}] of {one.Kind}");
            }
        });
        return [value, gradient];
    }

    private static LargestError[] Max(int groupSize)
    {
        // Nothing is computed; the 12 digits of the file are good to 1e-4 ulp.
        LargestError value = new($"Max({groupSize})", "value", "ulp", 1e-4), gradient = new($"Max({groupSize})", "∇z", "ulp", 1e-4);
        Compare($"Max({groupSize})", new Max(groupSize), (one, y, dz) =>
        {
            for (int i = 0; i < y.Length; i++)
                value.AddUlp(y[i], one.Y[i]!.Value, $"y[{i}] of {one.Kind}");
            for (int i = 0; i < dz.Length; i++)
                gradient.AddUlp(dz[i], one.Dz[i]!.Value, $"dz[{i}] of {one.Kind}");
        });
        return [value, gradient];
    }

    private static LargestError[] Product(string name, Activation product, Func<int, (int First, int Second)> pair)
    {
        bool isShared = name != "Product";
        LargestError value = new(name, "value", "ulp", 0.5001);
        LargestError gradient = new(name, "∇z", isShared ? "2⁻²⁴ of its terms" : "2⁻²⁴ abs(∇z)", isShared ? 2 : 1, isShared ? Sum : "");
        Compare(name, product, (one, y, dz) =>
        {
            double[] terms = new double[dz.Length];
            for (int i = 0; i < y.Length; i++)
            {
                (int j, int l) = pair(i);
                terms[j] += Math.Abs((double)one.Dy[i] * one.Z[l]);
                terms[l] += Math.Abs((double)one.Dy[i] * one.Z[j]);
                value.AddUlp(y[i], one.Y[i]!.Value, $"y[{i}] of {one.Kind}");
            }

            for (int i = 0; i < dz.Length; i++)
            {
                if (one.Dz[i] is { } slope)
                    gradient.Add(dz[i], slope, Epsilon * terms[i], $"dz[{i}] of {one.Kind}");
            }
        });
        return [value, gradient];
    }

    // The gate's error as in the table of scalar activations, and a product's rounding or two. Where f(b) or its slope is denormal,
    // it has few digits: an ulp of it, times a.
    private static LargestError[] Glu(string name, Activation glu, Func<double, double> gate)
    {
        const string Ulp = "ulp of ∇z + ulp of f where denormal";
        const string Why = "where f(b) is denormal it has fewer digits than y";
        LargestError value = new(name, "value", "ulp of y + ulp of f where denormal", 4, Why);
        LargestError left = new(name, "∇a", Ulp, 4, Why), right = new(name, "∇b, abs(f) ≤ ½", Ulp, 4, Why);
        LargestError saturated = new(
            name, "∇b, abs(f) > ½", "2⁻²⁴ abs(∇y a)", 3,
            "made from f(b) alone, the derivative of what is bounded by 1 cannot be better than 1 − f: an ulp of f");
        Compare(name, glu, (one, y, dz) =>
        {
            int n = y.Length;
            for (int i = 0; i < n; i++)
            {
                double a = Math.Abs((double)one.Z[i]), dy = Math.Abs((double)one.Dy[i]), exact = one.Y[i]!.Value;
                value.Add(y[i], exact, LargestError.Ulp(exact) + (Smallest * a), $"y[{i}] of {one.Kind}");
                if (one.Dz[i] is not { } da || one.Dz[n + i] is not { } db)
                    continue;
                left.Add(dz[i], da, LargestError.Ulp(da) + (Smallest * dy), $"da[{i}] of {one.Kind}");
                if (Math.Abs(gate(one.Z[n + i])) > 0.5)
                    saturated.Add(dz[n + i], db, Epsilon * dy * a, $"db[{i}] of {one.Kind}");
                else
                    right.Add(dz[n + i], db, LargestError.Ulp(db) + (Smallest * a * (1 + dy)), $"db[{i}] of {one.Kind}");
            }
        });
        return name is "Glu" or "Glu(Tanh)" ? [value, left, right, saturated] : [value, left, right];
    }

    private static LargestError[] L2Normalize()
    {
        LargestError value = new("L2Normalize", "value", "2⁻²⁴ abs(y)", 4);
        LargestError gradient = new("L2Normalize", "∇z", "2⁻²⁴ (abs(∇y) + abs(y) Σ abs(y ∇y)) / norm", 6, Sum);
        Compare("L2Normalize", Activation.L2Normalize, (one, y, dz) =>
        {
            double norm = Math.Max(Math.Sqrt(one.Z.Sum(z => (double)z * z)), 1e-12), terms = 0;
            for (int i = 0; i < y.Length; i++)
                terms += Math.Abs(one.Y[i]!.Value * one.Dy[i]);
            for (int i = 0; i < y.Length; i++)
            {
                double exact = one.Y[i]!.Value;
                value.Add(y[i], exact, Epsilon * Math.Abs(exact), $"y[{i}] of {one.Kind}");
                if (one.Dz[i] is { } slope)
                    gradient.Add(dz[i], slope, Epsilon * (Math.Abs(one.Dy[i]) + (Math.Abs(exact) * terms)) / norm, $"dz[{i}] of {one.Kind}");
            }
        });
        return [value, gradient];
    }

    private static LargestError[] CrossEntropy(float temperature)
    {
        Divergence divergence = Divergence.CrossEntropy.Through(new Softmax(temperature))!;
        LargestError value = new(divergence.Kind, "value", "2⁻²⁴ (D + Σ d (1 + Σ softmax (m − z)/T))", 4, Distances);
        LargestError gradient = new(divergence.Kind, "∇z", "2⁻²⁴ (y Σ d (1 + abs(z − m)/T) + d) / T", 6, Sum);
        DivergenceCase[] mine = [.. file.CrossEntropies.Where(one => one.Name == divergence.Kind)];
        mine.Should().NotBeEmpty();
        foreach (DivergenceCase one in mine)
        {
            float[] dz = new float[one.Z.Length];
            double sum = one.D.Sum(d => (double)d), m = one.Z.Max(), exps = one.Z.Sum(z => Math.Exp((z - m) / temperature));
            value.Add(divergence.Forward(one.Z, one.D, 1), one.Value, Epsilon * (one.Value + (sum * (1 + Spread(one.Z, temperature)))), one.Kind);
            divergence.Backward(one.Z, one.D, dz, 1);
            for (int i = 0; i < dz.Length; i++)
            {
                // An exponential below 1e-30 counts as 0, which is documented: in units of 2^-24 an error of 1e-30.
                double distance = (m - one.Z[i]) / temperature, y = Math.Exp(-distance) / exps;
                double terms = (y * sum * (1 + Math.Min(distance, 1e4))) + one.D[i] + (1e-30 / Epsilon);
                gradient.Add(dz[i], one.Dz[i], Epsilon * terms / temperature, $"dz[{i}] of {one.Kind}");
            }
        }

        return [value, gradient];
    }

    // Σ softmax(z / T) (m − z) / T: how much the logarithm of the sum of exponentials moves where each is off by its distance.
    private static double Spread(float[] z, double temperature)
    {
        double m = z.Max(), exps = 0, distances = 0;
        foreach (float one in z)
        {
            double distance = (m - one) / temperature, exp = Math.Exp(-distance);
            exps += exp;
            distances += exp == 0 ? 0 : exp * distance;
        }

        return distances / exps;
    }

    private static void Compare(string name, Activation activation, Action<Case, float[], float[]> note)
    {
        Case[] mine = [.. file.Cases.Where(one => one.Name == name)];
        mine.Should().NotBeEmpty();
        foreach (Case one in mine)
        {
            float[] y = new float[one.Y.Length], dz = new float[one.Z.Length];
            activation.Forward(one.Z, y);
            activation.Backward(one.Z, y, one.Dy, dz);
            note(one, y, dz);
        }
    }

    private sealed record Values(Case[] Cases, DivergenceCase[] CrossEntropies);

    private sealed record Case(string Name, string Kind, float[] Z, float[] Dy, double?[] Y, double?[] Dz);

    private sealed record DivergenceCase(string Name, string Kind, float[] Z, float[] D, double Value, double[] Dz);
}
