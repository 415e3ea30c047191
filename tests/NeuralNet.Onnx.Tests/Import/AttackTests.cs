using Google.Protobuf;
using NeuralNet.Onnx.Schema;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Files that lie, and files that ask for too much: refused with words, without much time or memory.</summary>
public class AttackTests
{
    [Fact]
    public void What_is_no_ONNX_file_is_refused()
    {
        Refused([], "The file is empty.");
        Refused("PK\u0003\u0004 a zip file"u8, "*no ONNX file*");
        Refused([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "*no ONNX file*");
        Refused([0x08, 8], "*no graph*");
        Refused([0x3A, 0x00], "*ir_version*");
        byte[] sound = Sound().Bytes();
        for (int length = 0; length < sound.Length; length++)
            Refused(sound.AsSpan(0, length), "*");
    }

    [Fact]
    public void Versions_that_are_not_known_are_refused()
    {
        Refused(With(m => m.Proto.IrVersion = 14), "*ir_version*14*1 to 13*");
        Refused(With(m => m.Proto.OpsetImport[0].Version = 6), "*opset_import*7 to 24*");
        Refused(With(m => m.Proto.OpsetImport[0].Version = 25), "*version 25*7 to 24*");
        Refused(With(m => m.Proto.OpsetImport.Clear()), "*does not state*");
        Refused(With(m => m.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 17 })), "*twice*");
    }

    [Fact]
    public void A_cycle_is_refused() =>
        Refused(Sound().Node("p = Add(q, input)").Node("q = Relu(p)"), "Node \"Add 2\" (Add) is in a cycle*");

    [Fact]
    public void A_node_that_reads_itself_is_refused() => Refused(Sound().Node("p = Add(p, input)"), "*cycle*");

    [Fact]
    public void A_value_that_nothing_makes_is_refused()
    {
        Refused(Sound().Node("a = Relu(nowhere)"), "Node \"Relu 2\" (Relu) reads \"nowhere\", which nothing makes.");
        Refused(With(m => m.Graph.Output[0].Name = "nowhere"), "*output is \"nowhere\", which nothing makes.");
        Refused(With(m => { m.Graph.Node[0].Input.RemoveAt(2); m.Graph.Node[0].Input.RemoveAt(1); }), "*input 1 is missing*");
        Refused(With(m => m.Graph.Node[0].Input.Clear()), "*input 0 is missing*");
    }

    [Fact]
    public void Names_that_are_made_twice_are_refused()
    {
        Refused(Sound().Node("h = Relu(input)"), "*makes \"h\", which Node \"Gemm 0\" (Gemm) makes too*");
        Refused(Sound().Node("W = Relu(input)"), "*makes \"W\", which is an input or an initializer*");
        Refused(Sound().Node("input = Relu(W)"), "*makes \"input\"*");
        Refused(Sound().Floats("W", 2), "Initializer \"W\" is there twice.");
        Refused(With(m => m.Graph.Input.Add(m.Graph.Input[0])), "Input \"input\" is there twice.");
    }

    [Fact]
    public void Inputs_and_outputs_that_make_no_network_are_refused()
    {
        Refused(With(m => m.Graph.Input.Clear()), "*no input*");
        Refused(With(m => m.Graph.Output.Clear()), "The graph has 0 outputs.*");
        Refused(
            With(m => m.Graph.Output.Add(ModelOf.Info("h", 0))),
            "The output \"h\" is declared as [any], but its nodes make [rows, 2] of the input*");
        Refused(With(m => m.Graph.Output.Add(m.Graph.Output[0])), "The graph has 2 outputs, *; each needs a name of its own.*");
        Refused(With(m => m.Graph.Output.Add(ModelOf.Info("nothing", 0, 3))), "The graph's output is \"nothing\", which nothing makes.");
        Refused(With(m => m.Graph.Input[0].Type = null), "*no tensor*");
        Refused(With(m => m.Graph.Input[0].Type.TensorType.ElemType = 8), "*values of type 8*");
        Refused(With(m => m.Graph.Input[0].Type.TensorType.Shape = null), "*no shape*");
        Refused(With(m => m.Graph.Input[0] = ModelOf.Info("input", 0, 0)), "*2 axes without a size*");
        Refused(new ModelOf(0, 3).Floats("W", 3).Node("output = Relu(W)"), "*does not depend on the input*");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(int.MaxValue)]
    [InlineData(1L << 40)]
    public void Absurd_sizes_are_refused(long size)
    {
        Refused(With(m => m.Graph.Initializer[0].Dims[0] = size), "Initializer \"W\": *");
        Refused(With(m => m.Graph.Initializer[0].Dims[1] = size), "Initializer \"W\": *");
        Refused(With(m => m.Graph.Input[0] = ModelOf.Info("input", 0, size, size)), "*");
        Refused(new ModelOf(0, 3).Node("output = ConstantOfShape(s)").List("s", size, 3), "*");
        if (size != -1)
            Refused(new ModelOf(0, 3).List("s", 0, size).Node("output = Reshape(input, s)"), "*");
        Refused(new ModelOf(0, 3).List("s", 0, size).Node("output = Expand(input, s)"), "*");
        if (size != -1)
            Refused(new ModelOf(0, 3).List("a", size).Node("output = Unsqueeze(input, a)"), "*");
        Refused(new ModelOf(0, 3).List("a", size).List("b", 2).Node("output = Slice(input, b, a, b)"), "*");
    }

    [Fact]
    public void Sizes_whose_product_overflows_are_refused() =>
        Refused(With(m => m.Graph.Initializer[0] = new TensorProto
        {
            Name = "W",
            DataType = 1,
            Dims = { 1L << 30, 1L << 30, 1L << 30, 1L << 30 },
        }), "Initializer \"W\": *more values than can be*");

    [Fact]
    public void Sizes_that_are_not_those_of_the_data_are_refused()
    {
        Refused(With(m => m.Graph.Initializer[0].Dims[0] = 4), "Initializer \"W\": [4, 2] values take 32 bytes, and there are 24.");
        Refused(With(m => m.Graph.Initializer[0].RawData = ByteString.Empty), "*are 6 values, and there are 0*");
        Refused(With(m => m.Graph.Initializer[0].FloatData.Add(1)), "*both raw_data and typed data*");
        Refused(With(m => m.Graph.Initializer[0] = new TensorProto
        {
            Name = "W",
            DataType = 1,
            Dims = { 3, 2 },
            FloatData = { 1, 2, 3, 4, 5 },
        }), "*6 values, and there are 5*");
        Refused(With(m => m.Graph.Initializer[0] = new TensorProto
        {
            Name = "W",
            DataType = 1,
            Dims = { 3, 2 },
            Int64Data = { 1, 2, 3, 4, 5, 6 },
        }), "*6 values, and there are 0*");
        Refused(With(m => m.Graph.Initializer[0].DataType = (int)DataType.Complex64), "*Complex64 are not read*");
        Refused(With(m => m.Graph.Initializer[0].DataType = 99), "*type 99 are not read*");
        Refused(With(m => m.Graph.Initializer[0].Segment = new TensorProto.Types.Segment()), "*segment*");
    }

    [Fact]
    public void A_constant_with_data_in_another_file_is_refused() =>
        Refused(Sound().Node("c = Constant()", ("value", new TensorProto
        {
            DataType = 1,
            Dims = { 2 },
            DataLocation = TensorProto.Types.DataLocation.External,
        })).Node("d = Add(output, c)").Also(m => m.Graph.Output[0].Name = "d"), "*in another file*");

    [Fact]
    public void What_a_network_has_no_place_for_is_refused_with_words()
    {
        Refused(With(m => m.Graph.SparseInitializer.Add(new SparseTensorProto())), "*sparse initializers*");
        Refused(With(m => m.Proto.Functions.Add(new FunctionProto { Name = "Mine" })), "*operators of its own (\"Mine\")*");
        Refused(With(m => m.Graph.Node[1].Domain = "com.microsoft"), "*Relu*domain \"com.microsoft\"*");
        Refused(With(m => m.Graph.Node[1].OpType = "If"), "*which branch is taken depends on the values*");
        Refused(new ModelOf(0, 3).Node("output = Loop(input)", ("body", new GraphProto())), "*sub-graphs*");
        Refused(new ModelOf(0, 3).Node("output = Relu(input)", ("surprise", 1)), "*\"surprise\" is not known*");
        Refused(new ModelOf(0, 3).Node("output = LeakyRelu(input)", ("alpha", 1)), "*\"alpha\" must be of type Float, and is of type Int*");
    }

    [Fact]
    public void Every_node_that_is_not_imported_is_listed()
    {
        ModelOf model = new ModelOf(0, 3).Node("a = Det(input)").Node("b = Floor(input)").Node("c = Add(a, b)").Node("d = Hardmax(input)")
            .Node("output = Add(c, d)");
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>()
            .WithMessage("3 nodes of the graph are not imported:*\"Det 0\" (Det): the operator is not imported*\"Floor 1\" (Floor): *\"Hardmax 3\" " +
                "(Hardmax): *");
    }

    [Fact]
    public void Nodes_behind_a_refused_one_are_listed_too_each_with_what_helps()
    {
        ModelOf model = new ModelOf(0, 3).Node("a = Det(input)").Node("b = Relu(a)").Node("c = NonZero(b)").Node("d = Loop(c)")
            .Node("e = RandomNormalLike(d)").Node("q, s, z = DynamicQuantizeLinear(e)").Node("f = FusedGemm(q)").Node("g = Softmax(f)")
            .Node("h = ScatterND(g, g, g)").Node("i = ArgMax(h)").Node("output = Reshape(i, shape)").List("shape", 0, -1);
        model.Graph.Node[6].Domain = "com.microsoft";
        string message = model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().Which.Message;
        message.Split(Environment.NewLine).Should().HaveCount(9).And.HaveElementAt(0, "8 nodes of the graph are not imported:");
        foreach (string words in new[]
        {
            "(Det): the operator is not imported", "(NonZero): *depends on the values; export*", "(Loop): sub-graphs*by tracing*",
            "(RandomNormalLike): *model.eval()*", "(DynamicQuantizeLinear): *float model*", "(FusedGemm): *ONNX Runtime puts it there*",
            "(ScatterND): *torch.cat*", "(ArgMax): *largest output*",
        })
            message.Split(Environment.NewLine).Should().ContainMatch($"*{words}");
    }

    [Fact]
    public void Thousands_of_refused_nodes_take_no_hours()
    {
        var model = new ModelOf(0, 3);
        string last = "input";
        for (int k = 0; k < 30_000; k++)
        {
            model.Node($"h{k} = {(k % 2 == 0 ? "Det" : "Relu")}({last})");
            last = $"h{k}";
        }

        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Refused(model.Also(m => m.Graph.Output[0].Name = last), "*nodes of the graph are not imported:*and * more");
        System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds.Should().BeLessThan(30);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        GraphProto graph = Sound().Graph;
        for (int depth = 0; depth < 60; depth++)
        {
            var branch = new AttributeProto { Name = "then", Type = AttributeProto.Types.AttributeType.Graph, G = graph };
            graph = new GraphProto { Node = { new NodeProto { OpType = "If", Attribute = { branch } } } };
        }

        Refused(new ModelProto { IrVersion = 8, Graph = graph }.ToByteArray(), "*");
        byte[] bytes = [];
        for (int depth = 0; depth < 100_000 && bytes.Length < 20_000; depth++)
            bytes = [.. Part(6, [.. Part(5, [.. Part(1, bytes)])])];
        Refused([.. Part(7, bytes)], "*");
        static IEnumerable<byte> Part(int field, byte[] content)
        {
            using var stream = new MemoryStream();
            using (var output = new CodedOutputStream(stream))
            {
                output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(content));
            }

            return stream.ToArray();
        }
    }

    [Fact]
    public void Thousands_of_nodes_take_neither_stack_nor_hours()
    {
        ModelOf chain = new(0, 3), branches = new(0, 3), terms = new(0, 3);
        (string last, string sum) = ("input", "input");
        for (int k = 0; k < 5000; k++)
        {
            chain.Node($"h{k} = {(k % 2 == 0 ? "Tanh" : "Sigmoid")}({last})");
            branches.Node($"t{k} = Tanh({sum})").Node($"h{k} = Add({sum}, t{k})");
            terms.Node($"t{k} = {(k % 2 == 0 ? "Tanh" : "Sigmoid")}(input)").Node($"h{k} = Add({last}, t{k})");
            last = sum = $"h{k}";
        }

        chain.Also(m => m.Graph.Output[0].Name = last).Import().Predict([0.1f, 0.2f, 0.3f]).Should().HaveCount(3);
        branches.Also(m => m.Graph.Output[0].Name = last).Import().Predict([0.1f, 0.2f, 0.3f]).Should().HaveCount(3);
        terms.Also(m => m.Graph.Output[0].Name = last).Import().Predict([0.1f, 0.2f, 0.3f]).Should().HaveCount(3);
    }

    [Fact]
    public void Branches_nested_without_end_are_refused()
    {
        ModelOf model = new(0, 3);
        string last = "input";
        for (int k = 0; k < 200; k++)
        {
            model.Node($"t{k} = Tanh({last})").Node($"h{k} = Add(input, t{k})");
            last = $"h{k}";
        }

        Refused(model.Also(m => m.Graph.Output[0].Name = last), "*nested more than 64 deep*");
    }

    [Fact]
    public void Paths_that_multiply_are_refused()
    {
        ModelOf model = new(0, 3);
        (string a, string b) = ("input", "input");
        for (int k = 0; k < 60; k++)
        {
            model.Node($"p{k} = Tanh({a})").Node($"q{k} = Sigmoid({b})").Node($"a{k} = Add(p{k}, q{k})").Node($"b{k} = Mul(p{k}, q{k})");
            (a, b) = ($"a{k}", $"b{k}");
        }

        Refused(model.Node($"output = Add({a}, {b})"), "*several paths*");
    }

    [Fact]
    public void A_small_file_cannot_ask_for_much_memory()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(new ModelOf(0, 1 << 30).Floats("W", 4, 1).List("z", 0).Node("i = Cast(input)", ("to", 7)).Node("output = Gather(W, i)"),
            "*looks up ids*");
        Refused(new ModelOf(0, 1 << 28).Number("e", 1e-5f).Node("s = Mul(input, input)").Node("m = ReduceMean(s)", ("axes", new long[] { 1 }))
            .Node("p = Add(m, e)").Node("r = Sqrt(p)").Node("output = Div(input, r)"), "*values that the file does not hold*");
        Refused(new ModelOf(0, 4).List("s", 1 << 15, 1 << 15).Node("c = ConstantOfShape(s)").Node("output = MatMul(input, c)"), "*");
        Refused(new ModelOf(0, 1 << 15).List("s", 1 << 15, 1 << 15).Node("c = ConstantOfShape(s)").Node("output = MatMul(input, c)"),
            "*values that the file does not hold*");
        Refused(new ModelOf(0, 4).List("a", 0).List("b", 1 << 30).List("c", 1).Node("r = Range(a, b, c)").Node("output = Add(input, r)"), "*");
        Refused(new ModelOf(0, 1 << 25, 1).Floats("W", 1, 3).Node("output = MatMul(input, W)").Node("x = Add(output, v)").Number("v", 2)
            .Also(m => m.Graph.Output[0].Name = "x").Also(m => m.Graph.Node[0].Output[0] = "output").Node("p = Floor(x)")
            .Also(m => m.Graph.Output[0].Name = "p"), "*");
        byte[] empty = [0x08, 8, 0x3A, .. Length(400_000), .. Enumerable.Repeat<byte[]>([0x0A, 0x00], 200_000).SelectMany(node => node)];
        Refused(empty, "*too many for its*");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(100 << 20);

        static IEnumerable<byte> Length(int value)
        {
            for (; value >= 0x80; value >>= 7)
                yield return (byte)(value | 0x80);
            yield return (byte)value;
        }
    }

    [Fact]
    public void A_large_row_of_few_weights_is_no_trouble()
    {
        Network network = new ModelOf(0, 1 << 20, 3).Floats("W", 3, 2).Node("output = MatMul(input, W)").Import();
        network.Input.Should().Be(Shape.Sequence(1 << 20, 3));
        network.Parameters.Length.Should().Be(6);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_read_as_they_are()
    {
        ModelOf model = Sound();
        model.Graph.Initializer[0] = ModelOf.Tensor("W", [float.NaN, float.PositiveInfinity, 1, 2, 3, float.NegativeInfinity], 3, 2);
        model.Import().Parameter("0.weight").ToArray().Should().Equal(float.NaN, float.PositiveInfinity, 1, 2, 3, float.NegativeInfinity);
    }

    [Fact]
    public void Files_that_are_not_there_or_have_no_name_are_as_usual()
    {
        FluentActions.Invoking(() => OnnxFile.Load("")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => OnnxFile.Load("/nowhere/at/all.onnx")).Should().Throw<IOException>();
    }

    [Fact]
    public void A_name_does_not_reach_the_message_as_it_is() =>
        Refused(With(m => m.Graph.Output[0].Name = "a\u001b[31m\n" + new string('x', 1000)), $"*\"a\uFFFD[31m\uFFFD{new string('x', 90)}*…\"*");

    private static ModelOf Sound() => new ModelOf(0, 3).Floats("W", 3, 2).Floats("b", 2).Node("h = Gemm(input, W, b)").Node("output = Relu(h)");

    private static ModelOf With(Action<ModelOf> change) => Sound().Also(change);

    private static void Refused(ModelOf model, string message) => Refused(model.Bytes(), message);

    private static void Refused(ReadOnlySpan<byte> bytes, string message)
    {
        byte[] copy = bytes.ToArray();
        FluentActions.Invoking(() => OnnxFile.Load(copy)).Should().Throw<InvalidDataException>().WithMessage(message);
    }
}

internal static class ModelOfExtensions
{
    public static ModelOf Also(this ModelOf model, Action<ModelOf> change)
    {
        change(model);
        return model;
    }
}
