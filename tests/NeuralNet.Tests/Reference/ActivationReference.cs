using System.Globalization;
using System.Reflection;

namespace NeuralNet.Tests.Reference;

/// <summary>The activations beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class ActivationReference
{
    private static readonly Values file = ReferenceFile.Read<Values>("activations.json");

    // Bounds in ulp of value and gradient, where they are narrower than the usual 4 ulp. Values: what VectorMath states; a product
    // rounds once. Gradients: y (1 − y) dy has the 1.65 ulp of y, and three roundings of half an ulp. What rounds nowhere is
    // exact; the 12 digits of the file are good to 1e-4 ulp.
    private static readonly Dictionary<string, (double Value, double Gradient)> bounds = new()
    {
        ["Identity"] = (1e-4, 1e-4),
        ["Relu"] = (1e-4, 1e-4),
        ["Relu6"] = (1e-4, 1e-4),
        ["HardTanh"] = (1e-4, 1e-4),
        ["Abs"] = (1e-4, 1e-4),
        ["LeakyRelu"] = (0.5001, 0.5001),
        ["RandomizedLeakyRelu"] = (0.5001, 0.5001),
        ["Sigmoid"] = (1.65, 3.2),
        ["Tanh"] = (1.37, 3.2),
    };

    public static IEnumerable<LargestError> Measure() => [.. file.Scalar.Keys.SelectMany(Scalar), .. Softmax()];

    // "HardTanh(-0.5, 2)" is the class with these arguments; without any it is the one with the usual settings.
    private static Activation Make(string name)
    {
        string[] parts = name.TrimEnd(')').Split('(', ',');
        Type type = typeof(Activation).Assembly.GetType($"NeuralNet.{parts[0]}", throwOnError: true)!;
        ParameterInfo[] parameters = type.GetConstructors().Single().GetParameters();
        object?[] arguments = [.. parameters.Select((parameter, i) => i + 1 < parts.Length
            ? float.Parse(parts[i + 1], CultureInfo.InvariantCulture)
            : parameter.DefaultValue)];
        return (Activation)Activator.CreateInstance(type, arguments)!;
    }

    private static IEnumerable<LargestError> Scalar(string name)
    {
        Activation activation = Make(name);
        (double valueBound, double gradientBound) = bounds.GetValueOrDefault(activation.Kind, (4, 4));
        Outcome expected = file.Scalar[name];
        float[] z = file.Z, y = new float[z.Length], dz = new float[z.Length];
        activation.Forward(z, y);
        activation.Backward(z, y, file.Dy, dz);

        bool isBounded = name is "Sigmoid" or "Tanh";
        LargestError value = new(name, "value", "ulp", valueBound), gradient = new(name, isBounded ? "∇z, abs(y) ≤ ½" : "∇z", "ulp", gradientBound);

        // 1 − y² moves twice as much as y; where it is large, at |y| = 1/2, y is off by 1.37 · 2⁻²⁴.
        LargestError saturated = new(
            name, "∇z, abs(y) > ½", "2⁻²⁴ abs(∇y)", 3,
            "made from y alone, the derivative of what is bounded by 1 cannot be better than 1 − y: an ulp of y");
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
