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

        if (name != "names of nodes")
        {
            given.Should().Equal(network.Inputs.Select(part => part.Name));
            made[0].Should().Be(network.Outputs[0].Name);
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
