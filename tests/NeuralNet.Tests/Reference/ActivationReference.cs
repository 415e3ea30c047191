namespace NeuralNet.Tests.Reference;

/// <summary>The activations beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class ActivationReference
{
    private static readonly Values file = ReferenceFile.Read<Values>("activations.json");

    public static IEnumerable<LargestError> Measure()
    {
        // Values: the bounds that VectorMath states; a product rounds once. Gradients: y (1 − y) dy has the 1.65 ulp of y, and
        // three roundings of half an ulp. The 12 digits of the file are good to 1e-4 ulp.
        return
        [
            .. Scalar("Identity", Activation.Identity, 1e-4, 1e-4),
            .. Scalar("Sigmoid", Activation.Sigmoid, 1.65, 3.2),
            .. Scalar("Tanh", Activation.Tanh, 1.37, 3.2),
            .. Scalar("Relu", Activation.Relu, 1e-4, 1e-4),
            .. Scalar("LeakyRelu", Activation.LeakyRelu, 0.5001, 0.5001),
            .. Scalar("LeakyRelu(0.2)", new LeakyRelu(0.2f), 0.5001, 0.5001),
            .. Scalar("Relu6", Activation.Relu6, 1e-4, 1e-4),
            .. Scalar("RandomizedLeakyRelu", Activation.RandomizedLeakyRelu, 0.5001, 0.5001),
            .. Scalar("Elu", Activation.Elu, 4, 4),
            .. Scalar("Elu(2.5)", new Elu(2.5f), 4, 4),
            .. Scalar("Selu", Activation.Selu, 4, 4),
            .. Scalar("Celu", Activation.Celu, 4, 4),
            .. Scalar("Celu(0.7)", new Celu(0.7f), 4, 4),
            .. Scalar("Gelu", Activation.Gelu, 4, 4),
            .. Scalar("GeluTanh", Activation.GeluTanh, 4, 4),
            .. Scalar("Silu", Activation.Silu, 4, 4),
            .. Scalar("Mish", Activation.Mish, 4, 4),
            .. Scalar("Softplus", Activation.Softplus, 4, 4),
            .. Scalar("Softsign", Activation.Softsign, 4, 4),
            .. Scalar("HardSigmoid", Activation.HardSigmoid, 4, 4),
            .. Scalar("HardTanh", Activation.HardTanh, 1e-4, 1e-4),
            .. Scalar("HardTanh(-0.5, 2)", new HardTanh(-0.5f, 2), 1e-4, 1e-4),
            .. Scalar("HardSwish", Activation.HardSwish, 4, 4),
            .. Scalar("LogSigmoid", Activation.LogSigmoid, 4, 4),
            .. Scalar("Abs", Activation.Abs, 1e-4, 1e-4),
            .. Scalar("Sine", Activation.Sine, 4, 4),
            .. Scalar("Sine(30)", new Sine(30), 4, 4),
            .. Softmax(),
        ];
    }

    private static IEnumerable<LargestError> Scalar(string name, Activation activation, double valueBound, double gradientBound)
    {
        Outcome expected = file.Scalar[name];
        float[] z = file.Z, y = new float[z.Length], dz = new float[z.Length];
        activation.Forward(z, y);
        activation.Backward(z, y, file.Dy, dz);

        bool isBounded = name is "Sigmoid" or "Tanh";
        LargestError value = new(name, "value", "ulp", valueBound), gradient = new(name, isBounded ? "∇z, abs(y) ≤ ½" : "∇z", "ulp", gradientBound);

        // 1 − y² moves twice as much as y; where it is large, at |y| = 1/2, y is off by 1.37 · 2⁻²⁴.
        LargestError saturated = new(
            name, "∇z, abs(y) > ½", "2⁻²⁴ abs(∇y)", 3, "made from y alone, the derivative of what is bounded by 1 cannot be better than 1 − y: an ulp of y");
        for (int i = 0; i < z.Length; i++)
        {
            string at = $"z = {z[i]:R}, dy = {file.Dy[i]:R}";
            double exact = expected.Y[i]!.Value;
            value.AddUlp(y[i], exact, at);
            if (expected.Dz[i] is not { } slope)
                continue;
            if (isBounded && Math.Abs(exact) > 0.5)
                saturated.Add(dz[i], slope, LargestError.Epsilon * Math.Abs(file.Dy[i]), at);
            else
                gradient.AddUlp(dz[i], slope, at);
        }

        return isBounded ? [value, gradient, saturated] : [value, gradient];
    }

    private static IEnumerable<LargestError> Softmax()
    {
        // Beside what the unit allows for there are exp's ulp (2 · 2⁻²⁴), that of the sum and the division's rounding.
        const string Why = "z − m is rounded to a relative 2⁻²⁴, and its exponential is off by that much of abs(z − m)";
        LargestError value = new("Softmax", "value", "2⁻²⁴ y (1 + abs(z − m))", 5, Why);
        LargestError gradient = new("Softmax", "∇z", "2⁻²⁴ y (1 + abs(z − m)) max abs(∇y)", 6, Why);
        foreach (SoftmaxCase one in file.Softmax)
        {
            float[] y = new float[one.Z.Length], dz = new float[one.Z.Length];
            Activation.Softmax.Forward(one.Z, y);
            Activation.Softmax.Backward(one.Z, y, one.Dy, dz);
            double m = one.Z.Max(), largest = one.Dy.Max(MathF.Abs);
            for (int i = 0; i < y.Length; i++)
            {
                double exact = one.Y[i]!.Value, scale = exact == 0 ? 0 : LargestError.Epsilon * exact * (1 + (m - one.Z[i]));
                value.Add(y[i], exact, scale, $"y[{i}] of {one.Name}");
                gradient.Add(dz[i], one.Dz[i] ?? double.NaN, scale * largest, $"dz[{i}] of {one.Name}");
            }
        }

        return [value, gradient];
    }

    private sealed record Values(float[] Z, float[] Dy, Dictionary<string, Outcome> Scalar, SoftmaxCase[] Softmax);

    private sealed record Outcome(double?[] Y, double?[] Dz);

    private sealed record SoftmaxCase(string Name, float[] Z, float[] Dy, double?[] Y, double?[] Dz);
}
