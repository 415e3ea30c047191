using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Named inputs and outputs are those of the graph, one of each name.</summary>
public class NamedPartsTests
{
    private static readonly Shape steps = Shape.Sequence(3, 2), image = Shape.Image(2, 3, 2);

    public static TheoryData<string, OnnxImages> Cases
    {
        get
        {
            var cases = new TheoryData<string, OnnxImages>();
            foreach (string name in networks.Keys)
            {
                cases.Add(name, OnnxImages.AsInFile);
                cases.Add(name, OnnxImages.ChannelsLast);
            }

            return cases;
        }
    }

    private static readonly Dictionary<string, Func<Network>> networks = new()
    {
        ["features"] = () => Network.Create(("a", 3), ("b", 2)).Dense(4, Activation.Tanh)
            .Outputs(("class", b => b.Dense(3, Activation.Softmax)), ("b", b => b.Dense(1))).Build(1),
        ["steps"] = () => Network.Create(("a", steps), ("b", Shape.Sequence(3, 1)))
            .Outputs(("tag", b => b.Gru(3)), ("number", b => b.Dense(2))).Build(2),
        ["pixels"] = () => Network.Create(("a", image), ("b", Shape.Image(2, 3, 1)))
            .Outputs(("mask", b => b.Dense(1, Activation.Sigmoid)), ("edges", b => b.Conv(3, 3, padding: Padding.Same))).Build(3),
        ["mixed"] = () => Network.Create(("picture", image), ("extra", 2), ("words", steps)).Parallel(
                Merge.Concat, b => b.Input("picture").Conv(4, 2).Flatten(), b => b.Input("extra"), b => b.Input("words").Gru(3).LastStep())
            .Outputs(("mask", b => b.Dense(12).Reshape(image).Conv(2, 1)), ("class", b => b.Dense(3, Activation.Softmax)))
            .Build(4),
        ["one of each"] = () => Network.Create(("x", image)).Outputs(("y", b => b.Conv(2, 2))).Build(5),
        ["every shape"] = () => Network.Create(("a", 3), ("b", 2)).Outputs(
                ("mask", b => b.Dense(12).Reshape(image).Conv(2, 1, activation: Activation.Softmax)), ("class", b => b.Dense(3, Activation.Softmax)),
                ("heat", b => b.Dense(6).Reshape(Shape.Image(1, 6, 1)))).Build(7),
        ["flat steps"] = () => Network.Create(4).Dense(9, Activation.Tanh).NameOutputs(("words", steps), ("size", 3)).Build(8),
        ["taken names"] = () => Network.Create(("b", 1), ("b_1", 2)).Outputs(("b_1", b => b.Dense(1)), ("b", b => b.Dense(2)),
            ("b_2", b => b.Dense(2)), ("naïve ✓", b => b.Dense(1)), ("数", b => b.Dense(1))).Build(9),
        ["names of nodes"] = () => Network.Create(("0/Concat", 1), ("start", 1))
            .Outputs(("0/Concat", b => b.Dense(1)), ("1", b => b.Dense(2))).Build(6),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Another_runtime_gives_each_output_of_the_inputs_by_their_names(string name, OnnxImages images)
    {
        int rows = 3;
        Network network = networks[name].Invoke();
        bool channelsLast = images == OnnxImages.ChannelsLast;
        float[] x = [.. Enumerable.Range(0, rows * network.Input.Size).Select(i => MathF.Sin(i))], y = network.Predict(x);
        using var session = new InferenceSession(network.ToOnnx(images));
        string[] given = [.. session.InputNames], made = [.. session.OutputNames];
        (given.Length, made.Length).Should().Be((network.Inputs.Count, network.Outputs.Count));
        var inputs = new List<NamedOnnxValue>();
        foreach ((int k, NamedPart part) in network.Inputs.Index())
        {
            float[] values = new float[rows * part.Shape.Size];
            part.CopyTo(x, values);
            inputs.Add(NamedOnnxValue.CreateFromTensor(given[k], new DenseTensor<float>(
                channelsLast ? values : Moved(values, part.Shape, toFirst: true), [rows, .. Axes(part.Shape, channelsLast)])));
        }

        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(inputs, made);
        foreach ((int k, NamedPart part) in network.Outputs.Index())
        {
            float[] expected = new float[rows * part.Shape.Size];
            part.CopyTo(y, expected);
            Tensor<float> tensor = results[k].AsTensor<float>();
            tensor.Dimensions.ToArray().Should().Equal([rows, .. Axes(part.Shape, channelsLast)]);
            float[] actual = channelsLast ? [.. tensor] : Moved([.. tensor], part.Shape, toFirst: false);
            for (int i = 0; i < expected.Length; i++)
                actual[i].Should().BeApproximately(expected[i], 1e-5f, $"{part.Name}, value {i}");
        }

        given.Concat(made).Should().OnlyHaveUniqueItems();
        if (name is not ("names of nodes" or "taken names"))
            given.Append(made[0]).Should().Equal(network.Inputs.Select(part => part.Name).Append(network.Outputs[0].Name));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_comes_back_has_the_same_names_in_the_same_places_and_predicts_the_same(string name, OnnxImages images)
    {
        Network network = networks[name].Invoke(), same = OnnxFile.Load(network.ToOnnx(images));
        same.Inputs.ToString().Should().Be(network.Inputs.ToString());
        same.Outputs.ToString().Should().Be(network.Outputs.ToString());
        float[] x = [.. Enumerable.Range(0, 3 * network.Input.Size).Select(i => MathF.Sin(i))];
        float[] expected = network.Predict(x), actual = same.Predict(x);
        for (int i = 0; i < expected.Length; i++)
            actual[i].Should().BeApproximately(expected[i], 1e-5f);
    }

    [Theory]
    [InlineData("logits", "logits")]
    [InlineData("class probabilities", "class probabilities")]
    [InlineData("output", "output")]
    [InlineData("Output_3", "output")]
    [InlineData("outputs1", "output")]
    [InlineData("42", "output")]
    [InlineData("/fc/Gemm_output_0", "output")]
    [InlineData("Identity:0", "output")]
    [InlineData("input.1", "output")]
    public void A_single_name_of_another_program_is_kept_if_it_tells_something(string given, string name)
    {
        var model = new Import.ModelOf(0, 3).Floats("W", 3, 2);
        model.Graph.Node.Add(new Schema.NodeProto { OpType = "MatMul", Input = { "input", "W" }, Output = { given } });
        model.Graph.Output[0].Name = given;
        Network network = model.Import();
        (network.Outputs.Single().Name, network.Inputs.Single().Name).Should().Be((name, "input"));
        network.Summary().Contains($"output \"{name}\"", StringComparison.Ordinal).Should().Be(name != "output");
    }

    [Fact]
    public void A_single_name_of_the_library_comes_back_whatever_it_is()
    {
        foreach (string name in new[] { "42", "output_1", "a/b", "logits" })
        {
            Network same = OnnxFile.Load(Network.Create((name, 3)).Dense(2).NameOutputs((name, 2)).Build().ToOnnx());
            (same.Inputs.Single().Name, same.Outputs.Single().Name).Should().Be((name, name));
        }
    }

    [Fact]
    public void Names_that_no_network_has_are_changed()
    {
        var model = new Import.ModelOf(0, 3).Floats("W", 3, 2).Floats("V", 3, 1);
        model.Graph.Node.Add(new Schema.NodeProto { OpType = "MatMul", Input = { "input", "W" }, Output = { "a.1" } });
        model.Graph.Node.Add(new Schema.NodeProto { OpType = "MatMul", Input = { "input", "V" }, Output = { "a\"1" } });
        model.Graph.Output.Clear();
        model.Graph.Output.Add(Import.ModelOf.Info("a.1", 0, 2));
        model.Graph.Output.Add(Import.ModelOf.Info("a\"1", 0, 1));
        model.Import().Outputs.Select(part => part.Name).Should().Equal("a_1", "a_1_2");
    }

    // An image, channels first in the file, steps, one number without an axis, and an image of the same pixels as another.
    [Theory]
    [InlineData(OnnxImages.ChannelsLast)]
    [InlineData(OnnxImages.AsInFile)]
    public void Outputs_of_any_shape_lie_one_after_the_other(OnnxImages images)
    {
        var model = new Import.ModelOf(0, 2, 4, 5).Floats("W", 3, 2, 2, 2).Floats("V", 36, 6).Floats("U", 36, 1)
            .List("flat", 0, -1).List("steps", -1, 3, 2).List("one", 1)
            .Node("mask = Conv(input, W)").Node("f = Reshape(mask, flat)").Node("g = MatMul(f, V)").Node("words = Reshape(g, steps)")
            .Node("h = MatMul(f, U)").Node("size = Squeeze(h, one)").Node("r = Relu(mask)").Node("seen = GlobalAveragePool(r)");
        model.Graph.Output.Clear();
        model.Graph.Output.Add(Import.ModelOf.Info("mask", 0, 3, 3, 4));
        model.Graph.Output.Add(Import.ModelOf.Info("words", 0, 3, 2));
        model.Graph.Output.Add(Import.ModelOf.Info("size", 0));
        model.Graph.Output.Add(Import.ModelOf.Info("seen", 0, 3, 1, 1));
        byte[] file = model.Bytes();
        Network network = OnnxFile.Load(file, images);
        bool channelsLast = images == OnnxImages.ChannelsLast;
        Shape mask = channelsLast ? Shape.Image(3, 4, 3) : 36;
        network.Outputs.Select(part => (part.Name, part.Shape, part.First, part.LiesFlat)).Should().Equal(
            ("mask", mask, 0, channelsLast), ("words", steps, 36, true), ("size", (Shape)1, 42, false), ("seen", Shape.Image(1, 1, 3), 43, true));
        float[] x = [.. Enumerable.Range(0, 2 * 40).Select(i => MathF.Sin(i))];
        float[] y = network.Predict(channelsLast ? Moved(x, Shape.Image(4, 5, 2), toFirst: false) : x);
        using var session = new InferenceSession(file);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results =
            session.Run([NamedOnnxValue.CreateFromTensor("input", new DenseTensor<float>(x, [2, 2, 4, 5]))], ["mask", "words", "size", "seen"]);
        foreach ((int k, NamedPart part) in network.Outputs.Index())
        {
            float[] actual = new float[2 * part.Count], expected = Moved([.. results[k].AsTensor<float>()], part.Shape, toFirst: false);
            part.CopyTo(y, actual);
            for (int i = 0; i < actual.Length; i++)
                actual[i].Should().BeApproximately(expected[i], 1e-5f, $"{part.Name}, value {i}");
        }
    }

    [Fact]
    public void Several_inputs_of_a_file_keep_their_names()
    {
        Network network = Network.Create(("picture", image), ("extra", 2)).Parallel(
            Merge.Concat, b => b.Input("picture").Conv(4, 2).Flatten(), b => b.Input("extra")).Dense(2).Build(1);
        Network same = OnnxFile.Load(network.ToOnnx());
        same.Inputs.ToString().Should().Be(network.Inputs.ToString());
        same.Outputs.Single().Name.Should().Be("output");
    }

    [Fact]
    public void Several_outputs_of_a_file_keep_their_names()
    {
        Network network = Network.Create(("a", 3), ("b", 2)).Dense(4, Activation.Tanh)
            .Outputs(("class", b => b.Dense(3, Activation.Softmax)), ("size", b => b.Dense(1))).Build(1);
        Network same = OnnxFile.Load(network.ToOnnx());
        same.Outputs.ToString().Should().Be(network.Outputs.ToString());
        same.Inputs.ToString().Should().Be(network.Inputs.ToString());
        float[] x = [.. Enumerable.Range(0, 15).Select(i => MathF.Sin(i))];
        same.Predict(x).Should().Equal(network.Predict(x));

        // And are trained on by name.
        Divergence both = same.Outputs.Divergence(("class", Divergence.CrossEntropy), ("size", Divergence.L2));
        using var trainer = new Trainer(same, both, new Sgd(0.1f));
        float[] desired = [0, 0.5f, 2, -1, 1, 0];
        float before = trainer.Step(x, desired, 3);
        for (int step = 0; step < 50; step++)
            trainer.Step(x, desired, 3);
        trainer.Step(x, desired, 3).Should().BeLessThan(before / 2);
    }

    [Fact]
    public void Outputs_of_one_tensor_one_of_them_inside_of_the_other_are_both_there()
    {
        // h is an output, and what y is made of.
        var model = new Import.ModelOf(0, 3).Floats("W", 3, 2).Floats("V", 2, 1).Node("h = MatMul(input, W)").Node("y = MatMul(h, V)");
        model.Graph.Output.Clear();
        model.Graph.Output.Add(Import.ModelOf.Info("h", 0, 2));
        model.Graph.Output.Add(Import.ModelOf.Info("y", 0, 1));
        byte[] file = Google.Protobuf.MessageExtensions.ToByteArray(model.Proto);
        Network network = OnnxFile.Load(file);
        network.Outputs.Select(part => (part.Name, part.First, part.Count)).Should().Equal(("h", 0, 2), ("y", 2, 1));
        using var session = new InferenceSession(file);
        float[] x = [1, -2, 3], expected;
        using (IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results =
            session.Run([NamedOnnxValue.CreateFromTensor("input", new DenseTensor<float>(x, [1, 3]))]))
        {
            expected = [.. results.SelectMany(result => result.AsTensor<float>())];
        }

        float[] actual = network.Predict(x);
        for (int i = 0; i < 3; i++)
            actual[i].Should().BeApproximately(expected[i], 1e-5f);
    }

    private static int[] Axes(Shape shape, bool channelsLast) => shape.Kind switch
    {
        ShapeKind.Sequence => [shape.Steps, shape.FeatureCount],
        ShapeKind.Image when channelsLast => [shape.Height, shape.Width, shape.FeatureCount],
        ShapeKind.Image => [shape.FeatureCount, shape.Height, shape.Width],
        _ => [shape.FeatureCount],
    };

    // Images pixel after pixel, or channel after channel.
    private static float[] Moved(float[] values, Shape shape, bool toFirst)
    {
        if (shape.Kind != ShapeKind.Image)
            return values;
        float[] moved = new float[values.Length];
        (int pixels, int channels) = (shape.Height * shape.Width, shape.FeatureCount);
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int at) = Math.DivRem(i, pixels * channels);
            int last = (row * pixels * channels) + (at % pixels * channels) + (at / pixels);
            moved[toFirst ? i : last] = values[toFirst ? last : i];
        }

        return moved;
    }
}
