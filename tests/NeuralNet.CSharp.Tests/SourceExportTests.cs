using System.Globalization;
using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Layers;

namespace NeuralNet.CSharp.Tests;

public class SourceExportTests
{
    private static readonly Lazy<CompiledSource> all = new(() => new CompiledSource(
    [
        .. SourceSamples.Layers.Select((layer, i) => SourceSamples.Of(layer).ToCSharp($"Layer{i}", "Samples")),
        .. SourceSamples.Networks.Select(one => one.Network.ToCSharp(one.Name, "Samples.Whole")),
    ]));

    public static TheoryData<string> Layers => PublicKinds.Names(SourceSamples.Layers);

    public static TheoryData<string> Networks => [.. SourceSamples.Networks.Select(one => one.Name)];

    public static TheoryData<string> LayersWithForeign => PublicKinds.Names(SourceSamples.LayersWithForeign);

    [Theory]
    [MemberData(nameof(Layers))]
    public void An_exported_layer_predicts_the_same_bits(string name) =>
        Compare(
            SourceSamples.Of(PublicKinds.Find(SourceSamples.Layers, name)), $"Samples.Layer{name[..name.IndexOf(':', StringComparison.Ordinal)]}");

    [Theory]
    [MemberData(nameof(Networks))]
    public void An_exported_network_predicts_the_same_bits(string name) =>
        Compare(SourceSamples.Networks.First(one => one.Name == name).Network, $"Samples.Whole.{name}");

    [Theory]
    [MemberData(nameof(LayersWithForeign))]
    public void Layers_and_activations_of_peoples_own_are_refused_by_name(string name)
    {
        Layer layer = PublicKinds.Find(SourceSamples.LayersWithForeign, name);
        Action export = () => SourceSamples.Of(layer).ToCSharp("Own");
        export.Should().Throw<NotSupportedException>().WithMessage("Layer 0*not the library's own*").And.Message
            .Should().ContainAny("Twist", "Probe", "Repeat");
    }

    [Fact]
    public void A_refusal_says_where_the_layer_is()
    {
        Network network = Network.Create(4).Dense(4).Residual(b => b.Dense(4).Add(shape => new Probe(shape))).Build();
        Action export = () => network.ToCSharp("Own");
        export.Should().Throw<NotSupportedException>().WithMessage("Layer 1.1.1 (Probe) is not the library's own*");
    }

    [Fact]
    public void Cells_of_peoples_own_are_refused_even_with_the_librarys_formula()
    {
        var shape = Shape.Sequence(3, 2);
        foreach (Layer layer in new Layer[] { new CoupledLstm(shape, 4), new AgainLstm(shape, 4) })
        {
            Action export = () => SourceSamples.Of(layer).ToCSharp("Own");
            export.Should().Throw<NotSupportedException>().WithMessage($"Layer 0 ({layer.Kind}) is not the library's own*");
        }
    }

    [Fact]
    public void A_gate_of_peoples_own_is_refused_by_name_and_place()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Dense(2).Gru(4, gates: new Cube()).Build();
        ((Action)(() => network.ToCSharp("Own"))).Should().Throw<NotSupportedException>()
            .WithMessage("Layer 1 (Gru) has the activation Cube, which is not the library's own*");
    }

    [Fact]
    public void Blocks_that_are_one_are_written_once_and_transposed_ones_a_second_time()
    {
        string same = SourceSamples.Networks.Single(one => one.Name == "TiedAsItIs").Network.ToCSharp("Own");
        (Count(same, " Weight0 =>"), Count(same, " Weight1 =>"), Count(same, " Bias2_1_0 =>"), Count(same, " Bias0 =>")).Should().Be((1, 0, 1, 0));
        string turned = SourceSamples.Networks.Single(one => one.Name == "TiedLanguageModel").Network.ToCSharp("Own");
        (Count(turned, " Weight0 =>"), Count(turned, " Weight3 =>")).Should().Be((1, 1));

        static int Count(string text, string part) => text.Split(part).Length - 1;
    }

    [Fact]
    public void The_source_needs_the_framework_alone() =>
        all.Value.ReferencedAssemblies.Should().OnlyContain(name => name.StartsWith("System.", StringComparison.Ordinal));

    [Fact]
    public void The_same_network_gives_the_same_text_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string[] expected = [.. SourceSamples.Networks.Select(one => one.Network.ToCSharp("Own"))];
        var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (strange.NumberFormat.NumberDecimalSeparator, strange.NumberFormat.NegativeSign, strange.NumberFormat.NumberGroupSeparator) =
            (",", "minus ", "'");
        strange.NumberFormat.NaNSymbol = "no number";
        try
        {
            CultureInfo.CurrentCulture = strange;
            SourceSamples.Networks.Select(one => one.Network.Clone().ToCSharp("Own")).Should().Equal(expected);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        expected.Should().OnlyContain(
            text => !text.Contains('\r') && text.EndsWith("}\n", StringComparison.Ordinal) && !text.Contains(" \n", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_float_survives_as_a_parameter()
    {
        float[] special = [.. Floats.Special, 1f / 3, 16777217f, 1.00000012f, 3.4e-45f, -9.8e-43f];
        Network network = Network.Create(1).Dense(special.Length).Build(), zeros = Network.Create(2).Dense(2, bias: false).Build();
        special.CopyTo(network.Parameter("0.bias"));
        network.Parameter("0.weight").Fill(-0f);
        zeros.Parameters.Fill(-0f);
        CompiledSource source = new([network.ToCSharp("Special"), zeros.ToCSharp("Zeros")]);
        source.PredictToArray("Special")([1f]).ShouldHaveTheBitsOf(network.Predict([1f]), "special parameters");

        // 0 · ∞ is NaN, and −0 · −1 + 0 is 0: signs and zeros that the compiler has kept.
        source.PredictToArray("Zeros")([-1f, 1f]).ShouldHaveTheBitsOf(zeros.Predict([-1f, 1f]), "zeros");
        source.PredictToArray("Special")([1f]).AsSpan(0, special.Length).ShouldHaveTheBitsOf(
            special.Select(value => 0 + value is 0 ? MathF.FusedMultiplyAdd(1f, -0f, value) : value).ToArray(), "the parameters themselves");
    }

    [Fact]
    public void Projects_that_check_for_overflow_compile_and_predict_the_same()
    {
        Network nested = SourceSamples.Networks.First(one => one.Name == "Nested").Network;
        Activation[] functions = [Activation.Sine, Activation.Softplus, Activation.Elu, Activation.Gelu, Activation.L2Normalize];
        Network moved = SourceSamples.Of(new Branches([.. functions.Select(f => new ActivationLayer(80, f))], Merge.Concat));
        CompiledSource source = new([nested.ToCSharp("Nested"), moved.ToCSharp("Moved")], checkOverflow: true);
        Compare(nested, "Nested", source);
        Compare(moved, "Moved", source);
    }

    [Fact]
    public void Too_many_values_are_refused()
    {
        Action many = () => Network.Create(1024).Dense(512).Dense(1024).Build().ToCSharp("Large");
        many.Should().Throw<NotSupportedException>()
            .WithMessage("With 1.weight there would be 1,049,088 values or more*at most 1,048,576 are supported*");
    }

    [Fact]
    public void Chains_nested_too_deep_for_the_stack_do_not_end_the_process()
    {
        Layer deep = new Dense(1, 1);
        for (int i = 0; i < 250; i++)
            deep = new Chain([deep]);
        Network network = Network.Create(1).Add(_ => deep).Build();
        Exception? thrown = null;

        // Little more than what .NET wants to be left, so that it is not enough for optimized code either, whose frames are small.
        var small = new Thread(() => thrown = Record.Exception(() => network.ToCSharp("Deep")), 160 << 10);
        small.Start();
        small.Join();
        thrown.Should().BeOfType<NotSupportedException>();
    }

    [Fact]
    public void Sizes_are_stated_and_wrong_ones_refused()
    {
        CompiledSource source = all.Value;
        source.Constant("Samples.Whole.Digits", "InputSize").Should().Be(64);
        source.Constant("Samples.Whole.Digits", "OutputSize").Should().Be(10);
        CompiledSource.PredictRow predict = source.Predict("Samples.Whole.Digits");
        float[] values = new float[100];
        Action few = () => predict(values.AsSpan(0, 63), new float[10]), many = () => predict(new float[64], values.AsSpan(0, 11)),
            none = () => source.PredictToArray("Samples.Whole.Digits")([]);
        few.Should().Throw<ArgumentException>().WithMessage("x has 63 values; 64 were expected.*");
        many.Should().Throw<ArgumentException>().WithMessage("y has 11 values; 10 were expected.*");
        none.Should().Throw<ArgumentException>().WithMessage("x has 0 values; 64 were expected.*");
        Action overlap = () => predict(values.AsSpan(0, 64), values.AsSpan(60, 10));
        overlap.Should().Throw<ArgumentException>().WithMessage("x and y must not overlap.*");
    }

    [Fact]
    public void Wrong_ids_are_refused_before_anything_is_written()
    {
        CompiledSource.PredictRow predict = all.Value.Predict("Samples.Whole.EmbeddingClassifier");
        foreach (float wrong in new[] { -1f, 50f, 0.5f, float.NaN, float.PositiveInfinity, 1e30f })
        {
            float[] x = new float[9], y = [1, 2, 3, 4];
            x[4] = wrong;
            Action call = () => predict(x, y);
            call.Should().Throw<ArgumentException>().WithMessage("x: element 4 is *an id, a whole number from 0 to 49, was expected.");
            y.Should().Equal(1, 2, 3, 4);
        }
    }

    [Fact]
    public void Ids_beside_numbers_and_masks_are_refused_too()
    {
        var embedded = new Chain([new Slice(Shape.Sequence(3, 5), 1, 1), new Embedding(Shape.Sequence(3, 1), 4, 3)]);
        var branches = new Branches([embedded, new Slice(Shape.Sequence(3, 5), 2, 3)], Merge.Concat);
        var attention = MultiHeadAttention.Cross(Shape.Sequence(2, 4), Shape.Sequence(5, 3), 2, keyMask: true);
        var computed = new Chain([new Dense(2, 2), new Embedding(2, 3, 2)]);
        CompiledSource source = new(
        [
            SourceSamples.Of(branches).ToCSharp("Beside"), SourceSamples.Of(attention).ToCSharp("Masked"),
            SourceSamples.Of(computed).ToCSharp("Computed"),
        ]);
        float[] x = new float[15], m = new float[28];
        (x[6], m[25]) = (4, 0.5f);
        Action beside = () => source.PredictToArray("Beside")(x), masked = () => source.PredictToArray("Masked")(m),
            made = () => source.PredictToArray("Computed")([0.1f, 0.2f]);
        beside.Should().Throw<ArgumentException>().WithMessage("x: element 6 is 4; an id, a whole number from 0 to 3, was expected.");
        masked.Should().Throw<ArgumentException>().WithMessage("x: element 25 is 0.5; 0 or 1 was expected.");
        made.Should().Throw<ArgumentException>().WithMessage("An embedding's input: element 0 is *");
    }

    [Fact]
    public void A_prediction_allocates_nothing_and_threads_do_not_meet()
    {
        foreach (string name in new[] { "Digits", "Transformer" })
        {
            Network network = SourceSamples.Networks.First(one => one.Name == name).Network;
            CompiledSource.PredictRow predict = all.Value.Predict($"Samples.Whole.{name}");
            float[] x = SourceSamples.Inputs(network).First().X, y = new float[network.Output.Size], expected = network.Predict(x);
            for (int i = 0; i < 100; i++)
                predict(x, y);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                predict(x, y);
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
            Parallel.For(0, 200, _ =>
            {
                float[] own = new float[expected.Length];
                predict(x, own);
                own.ShouldHaveTheBitsOf(expected, name);
            });
        }
    }

    private static void Compare(Network network, string className, CompiledSource? source = null)
    {
        CompiledSource.PredictRow predict = (source ?? all.Value).Predict(className);
        float[] y = new float[network.Output.Size];
        foreach ((string name, float[] x) in SourceSamples.Inputs(network))
        {
            y.AsSpan().Fill(float.NaN);
            predict(x, y);
            y.ShouldHaveTheBitsOf(network.Predict(x), $"{network}, {name}");
        }
    }

    private sealed class Cube : ScalarActivation
    {
        public override float Value(float z) => z * z * z;

        public override float Derivative(float z, float y) => 3 * z * z;
    }
}
