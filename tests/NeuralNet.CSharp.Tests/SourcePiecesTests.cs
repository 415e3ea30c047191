using System.Reflection;
using System.Runtime.Intrinsics.X86;
using NeuralNet.Kernels;
using NeuralNet.CSharp.Pieces;
using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.CSharp.Tests;

/// <summary>
/// The functions of exported source beside the kernels whose bits they are to have: over every 16411th float and the special
/// ones, or, with NEURALNET_EXHAUSTIVE=1, over every 67th (64 million).
/// </summary>
public class SourcePiecesTests
{
    private static readonly uint step = Environment.GetEnvironmentVariable("NEURALNET_EXHAUSTIVE") == "1" ? 67u : 16411u;

    private static readonly Dictionary<string, Func<float, float>> functions = new()
    {
        ["Sigmoid"] = Parts.Sigmoid,
        ["Tanh"] = Parts.Tanh,
        ["Relu"] = Parts.Relu,
        ["LeakyRelu"] = z => Parts.LeakyRelu(z, 0.01f),
        ["RandomizedLeakyRelu"] = z => Parts.LeakyRelu(z, (1f / 16) + (1f / 3 / 2)),
        ["Relu6"] = Parts.Relu6,
        ["Elu"] = z => Parts.Elu(z, 1),
        ["Selu"] = Parts.Selu,
        ["Celu"] = z => Parts.Celu(z, 1),
        ["Gelu"] = Parts.Gelu,
        ["GeluTanh"] = Parts.GeluTanh,
        ["Silu"] = Parts.Silu,
        ["Mish"] = Parts.Mish,
        ["Softplus"] = Parts.Softplus,
        ["Softsign"] = Parts.Softsign,
        ["HardSigmoid"] = Parts.HardSigmoid,
        ["HardTanh"] = z => Parts.HardTanh(z, -1, 1),
        ["HardSwish"] = Parts.HardSwish,
        ["LogSigmoid"] = Parts.LogSigmoid,
        ["Abs"] = Parts.Magnitude,
        ["Sine"] = Parts.Sin,
        ["Identity"] = z => z,
    };

    public static TheoryData<string> Scalars => [.. PublicKinds.Activations().OfType<ScalarActivation>().Select(f => f.Kind)];

    [Theory]
    [MemberData(nameof(Scalars))]
    public void A_scalar_activation_has_the_bits_of_the_librarys(string name)
    {
        ScalarActivation activation = PublicKinds.Activations().OfType<ScalarActivation>().First(f => f.Kind == name);
        Func<float, float> function = functions[name];
        ForEachBlockOfFloats((z, y) =>
        {
            activation.Forward(z, y);
            for (int i = 0; i < z.Length; i++)
                Same(function(z[i]), y[i], name, z[i]);
        });
    }

    [Fact]
    public void The_functions_that_activations_are_made_of_have_the_bits_of_the_kernels()
    {
        ForEachBlockOfFloats((z, _) =>
        {
            foreach (float x in z)
            {
                Simd128 v = Simd128.Broadcast(x), factor = Simd128.Broadcast(0.3f), correction = Simd128.Broadcast(1e-4f);
                Same(Parts.Exp(x), Simd128.First(VectorMath.Exp(v)), "exp", x);
                Same(Parts.Expm1(x), Simd128.First(VectorMath.Expm1(v)), "expm1", x);
                Same(Parts.ScaledExp(x, 1e-4f, 0.3f), Simd128.First(VectorMath.ScaledExp(v, correction, factor)), "scaled exp", x);
                Same(Parts.ScaledNormalCdf(x, 0.3f), Simd128.First(VectorMath.ScaledNormalCdf(v, factor)), "Φ", x);
                if (!(x > 0))
                    Same(Parts.ExpOrZero(x), Simd128.First(VectorMath.ExpOrZero(v)), "exp or zero", x);
                if (!(x > 1e36f) || float.IsInfinity(x))
                    Same(Parts.Log1p(x), Simd128.First(VectorMath.Log1p(v)), "log1p", x);
            }
        });
    }

    [Fact]
    public void Products_have_the_bits_of_the_librarys_whatever_vectors_there_are()
    {
        using var workers = new Workers(1);
        for (int outputs = 1; outputs <= 70; outputs++)
        {
            foreach (int inputs in new[] { 1, 2, 9, 33 })
            {
                float[] x = Floats.Random(inputs, 1), w = Floats.Random(inputs * outputs, 2), b = Floats.Random(outputs, 3), expected = new float[outputs], z = new float[outputs];
                foreach (float[] bias in new[] { b, [] })
                {
                    MatrixProduct.Forward(x, w, bias, expected, 1, inputs, outputs, workers);
                    Parts.ProductBy1(x, w, outputs, bias, z);
                    z.ShouldHaveTheBitsOf(expected, $"one by one, {inputs} × {outputs}");
                    if (outputs >= 4 && (Fma.IsSupported || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported))
                    {
                        z.AsSpan().Clear();
                        Parts.ProductBy4(x, w, outputs, bias, z);
                        z.ShouldHaveTheBitsOf(expected, $"by four, {inputs} × {outputs}");
                    }

                    if (outputs >= 8 && Fma.IsSupported)
                    {
                        z.AsSpan().Clear();
                        Parts.ProductBy8(x, w, outputs, bias, z);
                        z.ShouldHaveTheBitsOf(expected, $"by eight, {inputs} × {outputs}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Each_function_is_found_by_its_name_with_all_that_it_calls()
    {
        MethodInfo[] methods = typeof(Parts).GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
        foreach (string name in methods.Select(method => method.Name.Replace("get_", "", StringComparison.Ordinal)).Where(name => !name.Contains('<', StringComparison.Ordinal)))
            SourcePieces.NeededBy(name).Should().Contain(piece => piece.Contains($" {name}(", StringComparison.Ordinal) || piece.Contains($" {name} =>", StringComparison.Ordinal), name);

        // All of them compile together, and some alone.
        string all = string.Join("\n", SourcePieces.NeededBy(string.Join(" ", methods.Select(method => method.Name)))), sine = string.Join("\n", SourcePieces.NeededBy("Sin"));
        const string Usings = "#nullable enable\nusing System;\nusing System.Runtime.CompilerServices;\nusing System.Runtime.Intrinsics;\nusing System.Runtime.Intrinsics.Arm;\nusing System.Runtime.Intrinsics.X86;\n";
        _ = new CompiledSource([$"{Usings}internal static class All\n{{\n{all}\n}}", $"{Usings}internal static class Some\n{{\n{sine}\n}}"]);
        sine.Should().Contain("RestOfHugeAngle").And.Contain("Rounder").And.NotContain("Tanh");
    }

    // Words only where they are needed: there are millions of numbers.
    private static void Same(float actual, float expected, string function, float argument)
    {
        if (!Floats.SameBits(actual, expected))
            Assert.Fail($"{function} of {argument:R} is {actual:R}, expected {expected:R}");
    }

    private delegate void Check(ReadOnlySpan<float> z, Span<float> y);

    private static void ForEachBlockOfFloats(Check check)
    {
        float[] block = new float[4096], y = new float[4096];
        check(Floats.Special, y.AsSpan(0, Floats.Special.Length));
        int count = 0;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += step)
        {
            block[count++] = BitConverter.UInt32BitsToSingle((uint)bits);
            if (count < block.Length)
                continue;
            check(block, y);
            count = 0;
        }

        check(block.AsSpan(0, count), y.AsSpan(0, count));
    }
}
