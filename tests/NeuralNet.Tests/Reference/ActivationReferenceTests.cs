using Xunit.Abstractions;

namespace NeuralNet.Tests.Reference;

public class ActivationReferenceTests(ITestOutputHelper output)
{
    private static readonly Values file = ReferenceFile.Read<Values>("activations.json");

    // Values: the bounds that VectorMath states; a product rounds once. Gradients: y (1 − y) dy has the 1.65 ulp of y, and
    // three roundings of half an ulp. The 12 digits of the file are good to 1e-4 ulp.
    [Theory]
    [InlineData("Identity", 1e-4, 1e-4)]
    [InlineData("Sigmoid", 1.65, 3.2)]
    [InlineData("Tanh", 1.37, 3.2)]
    [InlineData("Relu", 1e-4, 1e-4)]
    [InlineData("LeakyRelu", 0.5001, 0.5001)]
    [InlineData("LeakyRelu(0.2)", 0.5001, 0.5001)]
    public void Scalar_activations_are_those_of_PyTorch(string name, double valueBound, double gradientBound)
    {
        Activation activation = name switch
        {
            "Identity" => Activation.Identity,
            "Sigmoid" => Activation.Sigmoid,
            "Tanh" => Activation.Tanh,
            "Relu" => Activation.Relu,
            "LeakyRelu" => Activation.LeakyRelu,
            _ => new LeakyRelu(0.2f),
        };
        Outcome expected = file.Scalar[name];
        float[] z = file.Z, y = new float[z.Length], dz = new float[z.Length];
        activation.Forward(z, y);
        activation.Backward(z, y, file.Dy, dz);

        LargestError value = new(name + ", value", "ulp");
        LargestError gradient = new(name + ", gradient", "ulp");
        LargestError saturated = new(name + ", gradient where |y| > 1/2", "2^-24 |dy|");
        for (int i = 0; i < z.Length; i++)
        {
            string at = $"z = {z[i]:R}, dy = {file.Dy[i]:R}";
            double exact = expected.Y[i]!.Value;
            value.Add(y[i], exact, LargestError.Ulp(exact), at);
            if (expected.Dz[i] is not { } slope)
                continue;

            // Made from y alone, the derivative of what is bounded by 1 cannot be better there than 1 − y: an ulp of y.
            bool isSaturated = name is "Sigmoid" or "Tanh" && Math.Abs(exact) > 0.5;
            if (isSaturated)
                saturated.Add(dz[i], slope, LargestError.Epsilon * Math.Abs(file.Dy[i]), at);
            else
                gradient.Add(dz[i], slope, LargestError.Ulp(slope), at);
        }

        value.ShouldBeAtMost(valueBound, output);
        gradient.ShouldBeAtMost(gradientBound, output);

        // 1 − y² moves twice as much as y; where it is large, at |y| = 1/2, y is off by 1.37 · 2⁻²⁴.
        if (name is "Sigmoid" or "Tanh")
            saturated.ShouldBeAtMost(3, output);
    }

    // The argument z − m is rounded to a relative 2⁻²⁴, and its exponential is off by that much of |z − m|; beside that there
    // are exp's ulp (2 · 2⁻²⁴), that of the sum and the division's rounding.
    [Fact]
    public void Softmax_is_that_of_PyTorch()
    {
        LargestError value = new("Softmax, value", "2^-24 y (1 + |z - m|)");
        LargestError gradient = new("Softmax, gradient", "2^-24 y (1 + |z - m|) max|dy|");
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
                if (one.Dz[i] is { } slope)
                    gradient.Add(dz[i], slope, scale * largest, $"dz[{i}] of {one.Name}");
                else
                    dz[i].Should().Be(float.NaN, one.Name);
            }
        }

        value.ShouldBeAtMost(5, output);
        gradient.ShouldBeAtMost(6, output);
    }

    private sealed record Values(float[] Z, float[] Dy, Dictionary<string, Outcome> Scalar, SoftmaxCase[] Softmax);

    private sealed record Outcome(double?[] Y, double?[] Dz);

    private sealed record SoftmaxCase(string Name, float[] Z, float[] Dy, double?[] Y, double?[] Dz);
}
