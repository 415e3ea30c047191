namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Operators of newer versions than the runtime of the tests may have: they predict what their parts, written out, predict.</summary>
public class NewOperatorTests
{
    private static readonly long[] heads = [0, 3, 2, 2], apart = [0, 2, 1, 3], turned = [0, 2, 3, 1], together = [0, 3, 4];

    [Theory]
    [InlineData(0, null, false)]
    [InlineData(1, null, false)]
    [InlineData(0, 0.3f, false)]
    [InlineData(1, 0.3f, true)]
    public void Attention_is_what_its_parts_are(int isCausal, float? scale, bool isOfHeads)
    {
        ModelOf whole = Projected(), parts = Projected();
        (string, object)[] attributes = [("is_causal", isCausal), .. scale is { } c ? [("scale", c)] : Array.Empty<(string, object)>()];
        if (isOfHeads)
        {
            whole = whole.Node("qh = Reshape(q, heads)").Node("kh = Reshape(k, heads)").Node("vh = Reshape(v, heads)")
                .Node("a = Transpose(qh)", ("perm", apart)).Node("b = Transpose(kh)", ("perm", apart)).Node("c = Transpose(vh)", ("perm", apart))
                .Node("d = Attention(a, b, c)", attributes).Node("e = Transpose(d)", ("perm", apart)).Node("o = Reshape(e, all)");
        }
        else
        {
            whole = whole.Node("o = Attention(q, k, v)", [.. attributes, ("q_num_heads", 2), ("kv_num_heads", 2)]);
        }

        parts.Node("qh = Reshape(q, heads)").Node("kh = Reshape(k, heads)").Node("vh = Reshape(v, heads)")
            .Node("a = Transpose(qh)", ("perm", apart)).Node("b = Transpose(kh)", ("perm", turned)).Node("c = Transpose(vh)", ("perm", apart))
            .Number("f", scale ?? MathF.Sqrt(0.5f)).Node("s = MatMul(a, b)").Node("t = Mul(s, f)");
        parts.Graph.Initializer.Add(ModelOf.Tensor("later", [0, -1e9f, -1e9f, 0, 0, -1e9f, 0, 0, 0], 3, 3));
        parts.Node(isCausal == 1 ? "u = Add(t, later)" : "u = Identity(t)").Node("w = Softmax(u)", ("axis", -1)).Node("d = MatMul(w, c)")
            .Node("e = Transpose(d)", ("perm", apart)).Node("o = Reshape(e, all)").Node("output = MatMul(o, O)");
        Network made = whole.Node("output = MatMul(o, O)").Import();
        made.Layers.Should().ContainSingle().Which.Should().BeOfType<MultiHeadAttention>().Which.IsCausal.Should().Be(isCausal == 1);
        Imported.PredictsLike(made, Imported.PredictsAsRun(parts));
    }

    [Theory]
    [InlineData("softcap", 1f, "*without a soft cap*")]
    [InlineData("q_num_heads", 3, "*3 heads*")]
    public void Attention_of_other_kinds_is_refused_with_its_reason(string name, object value, string message)
    {
        (string, object)[] attributes = [.. new (string Name, object Value)[] { ("q_num_heads", 2), ("kv_num_heads", 2) }
            .Where(one => one.Name != name && !(name == "q_num_heads" && one.Name == "kv_num_heads")), (name, value)];
        ModelOf model = Projected().Node("o = Attention(q, k, v)", attributes).Node("output = MatMul(o, O)");
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Fact]
    public void RMSNormalization_is_what_its_parts_are()
    {
        ModelOf whole = new ModelOf(0, 2, 4).Floats("g", 4).Node("output = RMSNormalization(input, g)", ("epsilon", 0.01f));
        ModelOf parts = new ModelOf(0, 2, 4).Floats("g", 4).Number("two", 2).Number("e", 0.01f).Node("s = Pow(input, two)")
            .Node("m = ReduceMean(s)", ("axes", new long[] { -1 })).Node("p = Add(m, e)").Node("r = Sqrt(p)").Node("n = Div(input, r)")
            .Node("output = Mul(n, g)");
        Network made = whole.Import();
        made.Layers.Should().ContainSingle().Which.Should().BeOfType<RmsNorm>();
        Imported.PredictsLike(made, Imported.PredictsAsRun(parts));
    }

    [Fact]
    public void RMSNormalization_has_no_bias() =>
        new ModelOf(0, 2, 4).Floats("g", 4).Node("output = RMSNormalization(input, g, g)").Invoking(m => m.Import()).Should()
            .Throw<InvalidDataException>().WithMessage("*has a third input*");

    [Fact]
    public void Swish_is_Silu() =>
        new ModelOf(0, 3).Node("output = Swish(input)").Import().Layers.Should().ContainSingle().Which.Should().BeOfType<ActivationLayer>()
            .Which.Activation.Should().BeOfType<Silu>();

    [Fact]
    public void The_powers_of_a_table_come_back()
    {
        Network network = Network.Create(3).PowerTransform([0, 1.5, 1]).Standardize([1, 2, 3], [1, 2, 0.5]).Dense(4, Activation.Relu).Dense(2)
            .Build(seed: 1);
        Network again = OnnxFile.Load(network.ToOnnx());
        again.Summary().Should().Be(network.Summary());
        again.Parameter("0.lambda").ToArray().Should().Equal(0, 1.5f, 1);
        Imported.PredictsLike(again, network);
    }

    [Fact]
    public void A_part_of_powers_that_something_else_reads_is_no_layer()
    {
        var file = Schema.ModelProto.Parser.ParseFrom(Network.Create(3).PowerTransform([0, 1.5, 1]).Build(seed: 1).ToOnnx());
        Schema.NodeProto abs = file.Graph.Node.First(node => node.OpType == "Atanh");
        Schema.NodeProto last = file.Graph.Node[^1];
        last.Output[0] = "y";
        file.Graph.Node.Add(new Schema.NodeProto { OpType = "Add", Input = { "y", abs.Output[0] }, Output = { file.Graph.Output[0].Name } });
        FluentActions.Invoking(() => OnnxFile.Load(Google.Protobuf.MessageExtensions.ToByteArray(file))).Should().Throw<InvalidDataException>();
    }

    private static ModelOf Projected() => new ModelOf(0, 3, 4).Floats("Q", 4, 4).Floats("K", 4, 4).Floats("V", 4, 4).Floats("O", 4, 4)
        .List("heads", heads).List("all", together).Node("q = MatMul(input, Q)").Node("k = MatMul(input, K)").Node("v = MatMul(input, V)");
}
