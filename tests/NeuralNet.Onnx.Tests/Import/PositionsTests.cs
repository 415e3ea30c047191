using static NeuralNet.Onnx.Tests.Import.PositionGraphs;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Rotary positions, ALiBi, windows and grouped heads: by operators, and as the models of PyTorch spell them.</summary>
public class PositionsTests
{
    private static readonly long[] first = [0, 2, 1, 3], turned = [0, 2, 3, 1];

    [Theory]
    [InlineData("llama", "4 heads of 2 for keys, causal, Rotary(θ 10000), no bias")]
    [InlineData("llama_multi_query", "4 heads of 1 for keys, causal, Rotary(θ 1000000), no bias")]
    [InlineData("llama_ids", "4 heads of 2 for keys, causal, Rotary(θ 500000), no bias")]
    [InlineData("llama_long", "2 heads, causal, Rotary(θ 10000), no bias")]
    [InlineData("mistral", "4 heads of 2 for keys, causal, window 3, Rotary(θ 10000), no bias")]
    [InlineData("neox", "2 heads, causal, Rotary(θ 10000, 4 features)")]
    [InlineData("gptj", "2 heads, causal, Rotary(θ 10000, 4 features, interleaved), no bias")]
    [InlineData("complex", "2 heads, Rotary(θ 10000, interleaved), no bias")]
    [InlineData("mpt", "4 heads, causal, Alibi, no bias")]
    [InlineData("alibi_both_sides", "4 heads, Alibi, no bias")]
    [InlineData("bloom", "3 heads, causal, Alibi(0.25, 0.00390625, 0.5)")]
    [InlineData("window", "2 heads, window 3")]
    public void A_model_of_PyTorch_has_the_attention_that_it_is_made_of(string name, string expected) =>
        Words(OnnxFile.Load(ReferenceTests.FileOf($"positions_{name}"))).Should().Be(expected);

    // What the export writes, in ONNX Runtime: outputs of PyTorch, without the library's own passes in between.
    [Theory]
    [InlineData("llama")]
    [InlineData("neox")]
    [InlineData("complex")]
    [InlineData("gptj")]
    [InlineData("mistral")]
    [InlineData("mpt")]
    [InlineData("alibi_both_sides")]
    [InlineData("window")]
    public void What_an_imported_model_is_exported_to_gives_what_PyTorch_does(string name)
    {
        (int rows, float[] x, float[] expected) = ReferenceTests.CaseOf($"positions_{name}");
        Network network = OnnxFile.Load(ReferenceTests.FileOf($"positions_{name}"));
        string output = network.Outputs.Count > 0 ? network.Outputs[0].Name : "output";
        string input = network.Inputs.Count > 0 ? network.Inputs[0].Name : "input";
        using var runtime = new CarriedRun(network.ToOnnx());
        Imported.Close(runtime.Run((input, x, [rows, network.Input.Steps, network.Input.FeatureCount]))[output], expected);
    }

    public static TheoryData<string, bool, bool, int> Operators => new()
    {
        { "", false, false, HeadWidth },
        { "", true, false, HeadWidth },
        { "", false, true, HeadWidth },
        { "", true, true, HeadWidth },
        { "", false, false, 2 },
        { "", true, true, 2 },
        { "com.microsoft", false, false, HeadWidth },
        { "com.microsoft", true, true, HeadWidth },
        { "com.microsoft", false, false, 2 },
    };

    [Theory]
    [MemberData(nameof(Operators))]
    public void RotaryEmbedding_is_what_its_parts_are(string domain, bool isInterleaved, bool isOfHeads, int features)
    {
        ModelOf whole = Projected(), parts = Projected();
        string tables = domain.Length > 0 ? "positions, cos, sin" : isInterleaved ? "cos, sin, positions" : "cosOfSteps, sinOfSteps";
        (string, object)[] attributes =
            [("interleaved", isInterleaved ? 1 : 0), ("num_heads", Heads), ("rotary_embedding_dim", features % HeadWidth)];
        Table(whole, features);
        if (isOfHeads)
        {
            ToHeads(whole).Node("qq = Transpose(qh)", ("perm", first)).Node("kk = Transpose(kh)", ("perm", first))
                .Node($"qt = RotaryEmbedding(qq, {tables})", attributes).Node($"kt = RotaryEmbedding(kk, {tables})", attributes)
                .Node("kx = Transpose(kt)", ("perm", (long[])[0, 1, 3, 2]));
        }
        else
        {
            ToHeads(whole).Node($"qr = RotaryEmbedding(q, {tables})", attributes).Node($"kr = RotaryEmbedding(k, {tables})", attributes)
                .Node("qu = Reshape(qr, heads)").Node("ku = Reshape(kr, heads)")
                .Node("qt = Transpose(qu)", ("perm", first)).Node("kx = Transpose(ku)", ("perm", turned));
        }

        foreach (Schema.NodeProto node in whole.Graph.Node.Where(node => node.OpType == "RotaryEmbedding"))
            node.Domain = domain;
        Network made = Rest(whole).Import();
        Words(made).Should().Be($"2 heads, Rotary(θ {(features == 2 ? 10000 : 100)}{(features < HeadWidth ? $", {features} features" : "")}"
            + $"{(isInterleaved && features > 2 ? ", interleaved" : "")}), no bias");

        Rest(Turned(ToHeads(parts), features, isInterleaved)).Import();
        using var runtime = new Runtime(parts.Bytes(), optimized: false);
        float[] x = Same.Inputs(made, 3, seed: 3);
        using var exported = new Runtime(made.ToOnnx());
        Imported.Close(exported.Run(x, 3, made.Input).Values, runtime.Run(x, 3, made.Input).Values);
        Imported.PredictsLike(made, Imported.PredictsAsRun(parts));
    }

    public static TheoryData<string, string> Masks => new()
    {
        { "slope · −|i − j|, later steps hidden", "2 heads, causal, Alibi(0.3, 0.7), no bias" },
        { "slope · (j − i), later steps hidden", "2 heads, causal, Alibi(0.3, 0.7), no bias" },
        { "slope · j, then later steps hidden", "2 heads, causal, Alibi(0.3, 0.7), no bias" },
        { "slope · j of each head alone", "2 heads, causal, Alibi(0.3, 0.7), no bias" },
        { "slope · −|i − j|", "2 heads, Alibi(0.3, 0.7), no bias" },
        { "the same slope in all heads", "2 heads, Alibi(0.5, 0.5), no bias" },
        { "a window", "2 heads, window 2, no bias" },
        { "a window, later steps hidden", "2 heads, causal, window 2, no bias" },
        { "a window after later steps", "2 heads, causal, window 2, no bias" },
        { "slope and window", "2 heads, window 3, Alibi(0.3, 0.7), no bias" },
        { "as wide as the row", "2 heads, no bias" },
        { "one number for each query", "2 heads, no bias" },
        { "computed", "2 heads, causal, window 3, Alibi(0.3, 0.7), no bias" },
    };

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_term_of_the_scores_is_what_it_says(string term, string expected)
    {
        ModelOf model = Masked(term);
        Network made = model.Import();
        Words(made).Should().Be(expected);
        AsRun(made, model);
        if (term == "computed" || term.StartsWith("slope · j, then", StringComparison.Ordinal))
            return;

        // The same as the mask of the operator, and, of truth values, as a choice.
        Network whole = Operator(Projected(), term).Import();
        Words(whole).Should().Be(expected);
        Imported.PredictsLike(whole, made);
        if (term.Contains("window", StringComparison.Ordinal) && !term.Contains("slope", StringComparison.Ordinal)
            && !term.Contains("after", StringComparison.Ordinal))
        {
            Words(Operator(Projected(), term, isOfTruth: true).Import()).Should().Be(expected);
            ModelOf choice = Scored(ToHeads(Projected())).Mask("m", [.. Term(term).Select(v => v < -1 ? 0f : 1)], SizesOf(term))
                .Number("low", -1e9f).Node("u = Where(m, s, low)");
            Network chosen = Weighted(choice).Import();
            Words(chosen).Should().Be(expected);
            AsRun(chosen, choice);
        }
    }

    [Theory]
    [InlineData("T5", "*bias of each distance, as T5's relative positions*each head*")]
    [InlineData("Swin", "*bias of each query and key, as Swin's*")]
    [InlineData("padding", "*hides key 3 of 5 from every query*padding*Batch.Lengths*")]
    [InlineData("slope · j alone", "*slope · j*later steps are hidden*they are not*")]
    [InlineData("growing", "*grow by 0.3 with each step of distance*")]
    [InlineData("two windows", "*alike for all heads*query 0 does not see key 2 in head 1*")]
    [InlineData("dilated", "*query 0 does not see key 1 in head 0*")]
    [InlineData("uneven", "*below 2 steps back and below 3 steps ahead*")]
    [InlineData("not itself", "*a step from itself*")]
    public void Other_terms_are_refused_with_words(string term, string message) =>
        Masked(term).Invoking(model => model.Import()).Should().Throw<InvalidDataException>().WithMessage(message);

    [Theory]
    [InlineData("scaled", "*position 1*pair 0*by the angle 0.5*1 was expected*")]
    [InlineData("from 3 on", "*turn at the first step already*from position 0*")]
    [InlineData("stretched", "*pair 1*was expected*without the scaling*")]
    [InlineData("half precision", "*tables of half precision*")]
    [InlineData("backward", "*position 1*pair 0*angle -1 *")]
    [InlineData("no rotation", "*does not turn*")]
    public void Other_turns_are_refused_with_words(string table, string message)
    {
        ModelOf model = Projected();
        Rest(Turned(ToHeads(model), HeadWidth, isInterleaved: false, table)).Invoking(m => m.Import()).Should().Throw<InvalidDataException>()
            .WithMessage(message);
    }

    [Fact]
    public void Queries_and_keys_that_turn_differently_are_refused()
    {
        ModelOf model = Turned(ToHeads(Projected()), HeadWidth, isInterleaved: false);
        model.Graph.Node.First(node => node.Output[0] == "kx").Input[0] = "kh";
        Rest(model).Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*queries turn by Rotary(θ 100), and keys by none*");
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(4, 1)]
    [InlineData(4, 4)]
    public void Grouped_heads_of_the_operator_are_what_repeated_ones_are(int all, int own)
    {
        const int Size = 2;
        int keyWidth = own * Size;
        ModelOf whole = Grouped(all * Size, keyWidth).Node(
            "o = Attention(q, k, v)", ("q_num_heads", all), ("kv_num_heads", own), ("is_causal", 1)).Node("output = MatMul(o, O)");
        ModelOf parts = Grouped(all * Size, keyWidth).List("ofQueries", 0, Steps, all, Size).List("ofKeys", 0, Steps, own, Size)
            .List("one", 2).List("times", 1, 1, all / own, 1, 1).List("heads", 0, all, Steps, Size).List("all", 0, Steps, all * Size)
            .Node("qh = Reshape(q, ofQueries)").Node("kh = Reshape(k, ofKeys)").Node("vh = Reshape(v, ofKeys)")
            .Node("a = Transpose(qh)", ("perm", first)).Node("kt = Transpose(kh)", ("perm", first)).Node("vt = Transpose(vh)", ("perm", first))
            .Node("ku = Unsqueeze(kt, one)").Node("vu = Unsqueeze(vt, one)").Node("ke = Expand(ku, times)").Node("ve = Expand(vu, times)")
            .Node("kr = Reshape(ke, heads)").Node("c = Reshape(ve, heads)").Node("b = Transpose(kr)", ("perm", (long[])[0, 1, 3, 2]))
            .Number("f", MathF.Sqrt(0.5f)).Node("p = MatMul(a, b)").Node("s = Mul(p, f)");
        parts.Graph.Initializer.Add(ModelOf.Tensor("later", [.. Enumerable.Range(0, Steps * Steps).Select(i => i % Steps > i / Steps ? -1e9f : 0)],
            Steps, Steps));
        parts.Node("u = Add(s, later)").Node("w = Softmax(u)", ("axis", -1)).Node("d = MatMul(w, c)").Node("e = Transpose(d)", ("perm", first))
            .Node("o = Reshape(e, all)").Node("output = MatMul(o, O)");
        Network made = whole.Import();
        Words(made).Should().Be($"{all} heads{(own == all ? "" : $" of {own} for keys")}, causal, no bias");
        Network written = parts.Import();
        Words(written).Should().Be(Words(made));
        AsRun(written, parts);
        AsRun(made, parts);
    }

    [Fact]
    public void Heads_that_cannot_be_divided_are_refused() =>
        Grouped(8, 6).Node("o = Attention(q, k, v)", ("q_num_heads", 4), ("kv_num_heads", 3)).Node("output = MatMul(o, O)")
            .Invoking(model => model.Import()).Should().Throw<InvalidDataException>().WithMessage("*4 heads of queries*3 heads of keys*");

    [Fact]
    public void Factors_that_no_attention_has_are_imported_too() =>
        Imported.PredictsAsRun(
            new ModelOf(0, 2, 3, 4).Floats("c", 2, 1, 4).List("s", 0, 24).Node("x = Mul(input, c)").Node("output = Reshape(x, s)"));

    // A large table of distances is computed where it is asked for, and takes no memory.
    [Fact]
    public void A_small_file_may_compute_a_large_table_of_distances()
    {
        const int Many = 1500;
        Network network = Network.Create(Shape.Sequence(Many, 2)).MultiHeadAttention(2, causal: true, positions: Alibi.Default).Build(seed: 1);
        byte[] model = network.ToOnnx();
        model.Length.Should().BeLessThan(100_000);
        Words(OnnxFile.Load(model)).Should().Be(Words(network));
    }

    private static string Words(Network network)
    {
        MultiHeadAttention layer = network.Layers.SelectMany(Leaves).OfType<MultiHeadAttention>().Single();
        string words = layer.ToString();
        return words[(words.IndexOf(layer.Output.ToString(), words.IndexOf('→', StringComparison.Ordinal), StringComparison.Ordinal)
            + layer.Output.ToString().Length + 2)..];
    }

    private static IEnumerable<Layer> Leaves(Layer layer) => layer.Children.Count > 0 ? layer.Children.SelectMany(Leaves) : [layer];

    private static void AsRun(Network made, ModelOf model)
    {
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        using var exported = new Runtime(made.ToOnnx());
        float[] x = Same.Inputs(made, 3, seed: 3), expected = runtime.Run(x, 3, made.Input).Values;
        Imported.Close(exported.Run(x, 3, made.Input).Values, expected);
        Imported.Close(Same.Predict(made, x, 3), expected);
    }
}
