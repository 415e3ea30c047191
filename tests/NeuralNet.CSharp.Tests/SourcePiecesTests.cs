using System.Reflection;
using NeuralNet.CSharp.Pieces;
using NeuralNet.Kernels;
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

    // So many numbers at once.
    private const int Block = 4096;

    private const string Usings = """
        #nullable enable
        using System;
        using System.Runtime.CompilerServices;
        using System.Runtime.InteropServices;
        using System.Runtime.Intrinsics;
        using System.Runtime.Intrinsics.Arm;
        using System.Runtime.Intrinsics.X86;
        using Floats = System.Numerics.Vector<float>;
        using Vectors = System.Numerics.Vector;

        """;

    private static readonly Lazy<CompiledSource> activations = new(() => new CompiledSource(
        ScalarActivations.Select(f => Network.Create(Block).Add(_ => new ActivationLayer(Block, f)).Build().ToCSharp(f.Kind, "Activations"))));

    private static readonly Type[] formulas = [typeof(IScalarFormula), typeof(IVectorFormula), typeof(ICellFormula)];

    public static TheoryData<string> Scalars => [.. ScalarActivations.Select(f => f.Kind)];

    private static IEnumerable<string> LanesOperations =>
        typeof(Parts.Lanes).GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public)
            .Select(method => method.Name.Replace("get_", "", StringComparison.Ordinal))
            .Where(name => !name.StartsWith("op_", StringComparison.Ordinal));

    private static IEnumerable<ScalarActivation> ScalarActivations => PublicKinds.Activations().OfType<ScalarActivation>();

    [Theory]
    [MemberData(nameof(Scalars))]
    public void A_scalar_activation_has_the_bits_of_the_librarys(string name)
    {
        ScalarActivation activation = ScalarActivations.First(f => f.Kind == name);
        ForEachBlockOfFloats(name, activations.Value.Predict($"Activations.{name}"), activation.Forward);
    }

    [Fact]
    public void Every_formula_of_the_library_is_found_in_its_text() =>
        LibraryText.Formulas.Keys.Should().BeEquivalentTo(typeof(Activation).Assembly.GetTypes()
            .Where(type => type.GetNestedTypes().Any(nested => nested.Name == "Formula" && formulas.Any(nested.IsAssignableTo)))
            .Select(type => type.Name));

    [Theory]
    [InlineData(nameof(Relu), "Value", "Derivative")]
    [InlineData(nameof(Softmax), "Forward InRegisters InPasses Exp", "Backward Reads")]
    [InlineData(nameof(LogSoftmax), "Forward", "Backward Reads")]
    [InlineData(nameof(L2Normalize), "Forward Norm", "Backward Reads")]
    [InlineData(nameof(Lstm), "Gate Forward", "Backward Keep Kept Gates HasCell CBefore")]
    [InlineData(nameof(Gru), "Gate Forward", "Backward Keep Kept Gates UsesH SeparatesProduct")]
    public void Of_a_formula_what_goes_forward_is_taken(string kind, string taken, string left)
    {
        string text = LibraryText.Formulas[kind].Member.Text;
        text.Should().ContainAll(taken.Split(' ').Select(name => $" {name}("))
            .And.NotContainAny([.. left.Split(' '), "TVector", "TUnits", " where T", "///"]);
    }

    [Fact]
    public void The_functions_that_formulas_are_made_of_have_the_bits_of_the_kernels()
    {
        var functions = new Dictionary<string, (string Call, Func<Simd128, Simd128> Kernel)>
        {
            ["Exp"] = ("Exp(Load(x, i))", VectorMath.Exp),
            ["ExpOrZero"] = ("ExpOrZero(Min(Load(x, i), Floats.Zero))", x => VectorMath.ExpOrZero(Simd128.Min(x, Simd128.Zero))),
            ["Expm1"] = ("Expm1(Load(x, i))", VectorMath.Expm1),
            ["ScaledExp"] = (
                "ScaledExp(Load(x, i), new Floats(1e-4f), new Floats(0.3f))",
                x => VectorMath.ScaledExp(x, Simd128.Broadcast(1e-4f), Simd128.Broadcast(0.3f))),
            ["Φ"] = ("ScaledNormalCdf(Load(x, i), new Floats(0.3f))", x => VectorMath.ScaledNormalCdf(x, Simd128.Broadcast(0.3f))),
            ["Log"] = ("Log(Load(x, i))", VectorMath.Log),
            ["Log1p"] = ("Log1p(Load(x, i))", VectorMath.Log1p),
            ["Tanh"] = ("Tanh(Load(x, i))", VectorMath.Tanh),
            ["Sigmoid"] = ("Sigmoid(Load(x, i))", VectorMath.Sigmoid),
            ["Sin"] = ("Sin(Load(x, i))", VectorMath.Sin),
            ["Cos"] = ("Cos(Load(x, i))", VectorMath.Cos),
            ["Min"] = ("Min(Load(x, i), Floats.Zero)", x => Simd128.Min(x, Simd128.Zero)),
            ["Max"] = ("Max(Load(x, i), Floats.Zero)", x => Simd128.Max(x, Simd128.Zero)),
        };
        CompiledSource source = new(functions.Select(one => $$"""
            {{Usings}}internal static class Of{{one.Key}}
            {
                public static void Predict(ReadOnlySpan<float> x, Span<float> y)
                {
                    for (int i = 0; i < y.Length; i += Floats.Count)
                        Store({{one.Value.Call}}, y, i);
                }

                {{string.Join("\n", SourcePieces.NeededBy($"Store {one.Value.Call}"))}}
            }
            """));
        foreach ((string name, (_, Func<Simd128, Simd128> kernel)) in functions)
        {
            ForEachBlockOfFloats(name, source.Predict($"Of{name}"), (z, y) =>
            {
                for (int i = 0; i < y.Length; i++)
                    y[i] = Simd128.First(kernel(Simd128.Broadcast(z[i])));
            });
        }
    }

    [Fact]
    public void Products_have_the_bits_of_the_librarys_whatever_vectors_there_are()
    {
        using var workers = new Workers(1);
        for (int outputs = 1; outputs <= 70; outputs++)
        {
            foreach (int inputs in new[] { 1, 2, 9, 33 })
            {
                float[] x = Floats.Random(inputs, 1), w = Floats.Random(inputs * outputs, 2), b = Floats.Random(outputs, 3),
                    expected = new float[outputs], z = new float[outputs];
                foreach (float[] bias in new[] { b, [] })
                {
                    MatrixProduct.Forward(x, w, bias, expected, 1, inputs, outputs, workers);
                    Parts.Product(x, [.. w, .. new float[16]], bias, z);
                    z.ShouldHaveTheBitsOf(expected, $"{inputs} × {outputs}");

                    // Several rows, and nothing written behind them.
                    foreach (int rows in new[] { 2, 3, 7 })
                    {
                        float[] xs = Floats.Random(rows * inputs, 4), all = new float[rows * outputs], zs = new float[(rows * outputs) + 20];
                        zs.AsSpan().Fill(7);
                        MatrixProduct.Forward(xs, w, bias, all, rows, inputs, outputs, workers);
                        Parts.Products(xs, inputs, inputs, [.. w, .. new float[16]], outputs, bias, zs.AsSpan(0, all.Length));
                        zs.AsSpan(0, all.Length).ShouldHaveTheBitsOf(all, $"{rows} × {inputs} × {outputs}");
                        zs.AsSpan(all.Length).ToArray().Should().OnlyContain(value => value == 7);
                    }
                }
            }
        }
    }

    [Fact]
    public void Each_function_is_found_by_its_name_with_all_that_it_calls()
    {
        string[] names =
        [
            .. typeof(Parts).GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                .Select(method => method.Name).Where(name => !name.Contains('<', StringComparison.Ordinal)),
            .. LanesOperations.Select(name => $"Lanes.{name}"),
            .. LibraryText.Functions.SelectMany(member => member.Type is null ? member.Names : member.Names.Except(member.Type.Names)),
        ];
        foreach (string name in names)
        {
            string last = name[(name.LastIndexOf('.') + 1)..];
            SourcePieces.NeededBy(name).Should().Contain(piece => Declares(piece, last), name);
        }

        // All of them compile together, and some alone.
        string all = string.Join("\n", SourcePieces.NeededBy(string.Join(" ", names.Concat(LibraryText.Formulas.Keys.Select(LibraryText.NameOf)))));
        string sine = string.Join("\n", SourcePieces.NeededBy("Sin"));
        _ = new CompiledSource([$"{Usings}internal static class Parts\n{{\n{all}\n}}", $"{Usings}internal static class Some\n{{\n{sine}\n}}"]);
        sine.Should().Contain("ReduceHuge").And.Contain("Rounder").And.NotContain("Tanh").And.NotContain("unsafe");
        SourcePieces.NeededBy(LibraryText.NameOf(nameof(Relu))).Should().ContainSingle();
    }

    [Fact]
    public void Of_a_type_the_functions_that_are_used_are_there_and_no_others()
    {
        string softmax = Needed(nameof(Softmax)), norm = Needed(nameof(L2Normalize));
        softmax.Should().ContainAll("struct Lanes(", "operator +(", "Lanes Exp(", "float SumLanes(", "Count = 16")
            .And.NotContainAny("Log1p", "Lanes Equal(", "Lanes Abs(", "PowerOfTwo", " Min(");
        norm.Should().ContainAll("class PowerOfTwo", "float Reciprocal(float", "Min = ", "Lanes Abs(")
            .And.NotContainAny("Exp(", " Min(", "Reciprocal(Floats", "Lanes One");

        // None of them is there for nothing.
        string lanes = SourcePieces.NeededBy(string.Join(" ", LibraryText.Formulas.Keys.Select(LibraryText.NameOf)))
            .Single(piece => piece.Contains("struct Lanes(", StringComparison.Ordinal));
        LanesOperations.Should().OnlyContain(name => Declares(lanes, name));

        static string Needed(string kind) => string.Join("\n", SourcePieces.NeededBy(LibraryText.NameOf(kind)));
    }

    [Theory]
    [InlineData("T.A()", "T.A|T.C|T.K,T|B")]
    [InlineData("x.A() T", "T.K,T")]
    [InlineData("T.C()", "T.C|T.K,T|B")]
    [InlineData("Parts.B()", "B")]
    [InlineData("T.D()", "T.B|T.D|T.K,T")]
    public void A_types_members_are_used_by_their_own_names_and_hide_those_of_all(string text, string expected)
    {
        SourceMember[] members =
        [
            .. SourceMember.Of("""
                struct T
                {
                    const int K = 1;

                    public static int A() => C();

                    public static int B() => K;

                    public static int C() => Parts.B();

                    public static int D() => B();
                }
                """.Split('\n')).Single().Apart(),
            .. SourceMember.Of(["static int B() => 2;"]),
        ];
        SourceMember.UsedBy(text, members).Select(member => string.Join(",", member.Names)).Should().BeEquivalentTo(expected.Split('|'));
    }

    [Theory]
    [InlineData("public static int A() => 1;\n\n// a, and\n// more\n[X]\npublic static int B(\n    int x)\n    => x;\n", "A|B")]
    [InlineData("// alone\n\n/// <summary>1 &lt; 2</summary>\nprivate const float K = 1, L = 2f;\nprivate static int C { get; } = K;\n", "K,L|C")]
    [InlineData("private static (float A, float B) W(float x)\n{\n    return (x, 1);\n}\n\nreadonly struct Angle(float a)\n{\n    float A() => a;\n}",
        "W|Angle")]
    [InlineData("static ReadOnlySpan<uint> T => [Of(1), 2];\nstatic int D() => x switch\n{\n    _ => 1,\n};", "T|D")]
    public void Members_are_taken_apart_by_their_indentation(string text, string expected)
    {
        SourceMember[] members = [.. SourceMember.Of(text.Split('\n'))];
        string.Join("|", members.Select(member => string.Join(",", member.Names))).Should().Be(expected);
        members.Should().OnlyContain(
            member => !member.Text.Contains("alone", StringComparison.Ordinal) && !member.Text.Contains("///", StringComparison.Ordinal));
        ((Action)(() => _ = SourceMember.Of(text.Split('\n').Append("int Open()")).ToArray()))
            .Should().Throw<InvalidOperationException>().WithMessage("*\"int Open()\"*");
    }

    private static bool Declares(string piece, string name) =>
        new[] { "(", "<TCount>(", " =" }.Any(behind => piece.Contains($" {name}{behind}", StringComparison.Ordinal));

    private static void ForEachBlockOfFloats(string function, CompiledSource.PredictRow actual, CompiledSource.PredictRow expected)
    {
        float[] block = new float[Block], a = new float[Block], e = new float[Block];
        Floats.Special.CopyTo(block.AsSpan());
        Compare();
        int count = 0;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += step)
        {
            block[count++] = BitConverter.UInt32BitsToSingle((uint)bits);
            if (count < block.Length)
                continue;
            Compare();
            count = 0;
        }

        // What is left of the block before is compared again.
        Compare();

        // Words only where they are needed: there are millions of numbers.
        void Compare()
        {
            actual(block, a);
            expected(block, e);
            for (int i = 0; i < Block; i++)
            {
                // Log1p is for numbers up to 10³⁶, and ∞.
                if (!Floats.SameBits(a[i], e[i]) && !(function == "Log1p" && block[i] > 1e36f))
                    Assert.Fail($"{function} of {block[i]:R} is {a[i]:R}, expected {e[i]:R}");
            }
        }
    }
}
