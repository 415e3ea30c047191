using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Networks;

/// <summary>The outputs of named layers, in one pass.</summary>
public class LayerOutputsTests
{
    [Fact]
    public void Hidden_values_are_given_beside_y()
    {
        Network network = Network.Create(2).Dense(2, Activation.Relu).Residual(b => b.Dense(2, bias: false)).Dense(1).Build();
        float[] values = [1, 2, 3, 4, -1, 2, 0, 1, 1, 0, 5, 6, 7];
        values.CopyTo(network.Parameters);
        (float[] y, IReadOnlyDictionary<string, float[]> hidden) = network.PredictLayers([1, 1], "0", "1.1", "1.0", "1.1.0", "1", "2");
        hidden["0"].Should().Equal(3, 8); // max(0, 1 + 3 − 1), 2 + 4 + 2
        hidden["1.0"].Should().Equal(3, 8);
        hidden["1.1"].Should().Equal(8, 3); // exchanged
        hidden["1.1.0"].Should().Equal(8, 3);
        hidden["1"].Should().Equal(11, 11);
        hidden["2"].Should().Equal(y).And.Equal(128); // 55 + 66 + 7
        hidden.Keys.Should().Equal("0", "1.1", "1.0", "1.1.0", "1", "2");
    }

    // Each layer by itself, on what the one before it gave: of a composite's own formula it is not known what its children take.
    [Fact]
    public void Every_place_of_every_network_has_the_bits_of_its_layer_alone()
    {
        int compared = 0;
        foreach (Network network in RandomNetwork.Draw(150).Select(drawn => drawn.Network).Concat(Enumerable.Range(0, 60).Select(ImageNetworks.Draw)))
        {
            float[] x = new float[3 * network.Input.Size];
            Ids.Draw(new RandomStream(5), network.InputIds, x);
            string[] places = [.. PlacesOf(network.Chain, "")];
            (float[] y, IReadOnlyDictionary<string, float[]> hidden) = network.PredictLayers(x, places);
            y.ShouldHaveTheBitsOf(network.Predict(x), network.Summary());
            for (int k = 0; k < network.Layers.Count; k++)
                hidden[$"{k}"].ShouldHaveTheBitsOf(network.Slice(0, k + 1).Predict(x), $"layer {k} of {network.Summary()}");
            Compare(network.Chain, "", x);

            void Compare(Layer layer, string within, float[] input)
            {
                float[] last = input;
                for (int k = 0; k < layer.Children.Count && layer is Chain or Branches; k++)
                {
                    string place = $"{within}{k}";
                    float[] given = layer is Chain ? last : input;
                    var alone = new Network(new Chain([layer.Children[k]]), [], new RandomStream(1));
                    foreach (Block block in alone.Blocks)
                        network.CopyParameter($"{place}.{block.Name[2..]}").CopyTo(alone.Parameter(block.Name));
                    hidden[place].ShouldHaveTheBitsOf(alone.Predict(given), $"{place} of {network.Summary()}");
                    Compare(layer.Children[k], $"{place}.", given);
                    last = hidden[place];
                    compared++;
                }
            }
        }

        compared.Should().BeGreaterThan(600);
    }

    [Fact]
    public void Fewer_steps_lengths_and_many_rows_are_as_in_a_prediction_of_the_part()
    {
        foreach (RandomNetwork drawn in RandomNetwork.Draw(100))
        {
            Network network = drawn.Network;
            Batch batch = drawn.Part([], 0, drawn.Rows);
            string[] places = [.. Enumerable.Range(0, network.Layers.Count).Select(k => $"{k}")];
            LayerOutputs outputs = network.CreateLayerOutputs(drawn.Rows + 2, places);
            float[] y = new float[drawn.Rows * drawn.OutputSize], expected = new float[y.Length];
            using Workspace workspace = network.CreateWorkspace(drawn.Rows, training: false);
            network.Predict(batch, expected, workspace);
            for (int times = 0; times < 2; times++)
                network.Predict(batch, y, workspace, outputs);
            y.ShouldHaveTheBitsOf(expected, drawn.ToString());
            for (int k = 0; k < places.Length; k++)
            {
                Network part = network.Slice(0, k + 1);
                float[] hidden = new float[outputs[places[k]].Length];
                part.Predict(batch, hidden, part.CreateWorkspace(drawn.Rows, training: false));
                outputs[places[k]].ShouldHaveTheBitsOf(hidden, $"layer {k} of {drawn}");
                outputs.ShapeOf(places[k]).Should().Be(part.Output);
            }
        }

        // Rows of images go through the network some at a time.
        Network images = Network.Create(Shape.Image(16, 16, 3)).Conv(32, 3, padding: Padding.Same).BatchNorm().Conv(8, 3).GlobalAveragePool().Dense(3)
            .Build(1);
        float[] many = TestData.Normal(300 * images.Input.Size);
        (float[] ofAll, IReadOnlyDictionary<string, float[]> at) = images.PredictLayers(many, "0", "1", "3");
        ofAll.ShouldHaveTheBitsOf(images.Predict(many), "y");
        foreach ((string place, int count) in new[] { ("0", 1), ("1", 2), ("3", 4) })
            at[place].ShouldHaveTheBitsOf(images.Slice(0, count).Predict(many), place);
    }

    [Fact]
    public void A_composite_of_ones_own_gives_those_of_its_children()
    {
        Network network = Network.Create(4).Dense(4, Activation.Tanh)
            .Add(shape => new Highway(new Dense(shape, 4, Activation.Tanh), new Dense(shape, 4, Activation.Sigmoid))).Dense(2).Build(1);
        float[] x = TestData.Normal(12);
        (_, IReadOnlyDictionary<string, float[]> hidden) = network.PredictLayers(x, "0", "1", "1.0", "1.1");
        for (int i = 0; i < 12; i++)
        {
            float expected = (hidden["1.1"][i] * hidden["1.0"][i]) + ((1 - hidden["1.1"][i]) * hidden["0"][i]);
            hidden["1"][i].Should().BeApproximately(expected, 1e-6f, "y = t h + (1 − t) x");
        }
    }

    [Fact]
    public void It_serves_clones_and_allocates_nothing()
    {
        Network network = Network.Create(4).Dense(8, Activation.Relu).Residual(b => b.Dense(8, Activation.Tanh).Dense(8)).Dense(3).Build(1);
        Network clone = network.Clone();
        clone.Parameters.Fill(0.5f);
        LayerOutputs outputs = network.CreateLayerOutputs(5, "0", "1.1.0");
        outputs["0"].Length.Should().Be(0, "there was no prediction yet");
        outputs.ToString().Should().Be("Outputs of 0 (Dense), 1.1.0 (Dense) for 5 rows");
        using Workspace workspace = network.CreateWorkspace(5, training: false);
        float[] x = TestData.Normal(20), y = new float[15];
        Predict(clone, 5);
        outputs["0"].ShouldHaveTheBitsOf(clone.Slice(0, 1).Predict(x), "of the clone");
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 20; i++)
                Predict(network, 1 + (i % 5));
        }).Should().Be(0);
        Predict(network, 2);
        outputs["1.1.0"].Length.Should().Be(16);

        void Predict(Network one, int rows) =>
            one.Predict(new Batch { Rows = rows, Inputs = x.AsSpan(0, 4 * rows) }, y.AsSpan(0, 3 * rows), workspace, outputs);
    }

    [Fact]
    public void Bad_places_and_sizes_are_refused_before_anything_is_written()
    {
        Network network = Network.Create(4).Dense(4).Residual(b => b.Dense(4)).Add(shape => new Wrapper(new Dense(shape, 4))).Build(1);
        foreach ((string place, string words) in new[]
        {
            ("3", "There is no layer \"3\". The network has the layers \"0\" to \"2\".*"), ("", "There is no layer \"\"*"),
            ("0.weight", "There is no layer \"0.weight\". Layer 0 (Dense) has no layers within it.*"), ("00", "There is no layer \"00\"*"),
            ("1.2", "There is no layer \"1.2\". Layer 1 (Branches) has the layers \"1.0\" to \"1.1\".*"), ("-1", "*\"-1\"*"), ("1.", "*\"1.\"*"),
            ("2.0", "\"2.0\" is within layer 2 (Wrapper), which runs the layers within it by itself*give \"2\", or derive it from Composite.*"),
        })
        {
            network.Invoking(one => one.CreateLayerOutputs(1, "0", place)).Should().Throw<ArgumentException>().WithMessage(words);
            network.Invoking(one => one.PredictLayers(new float[4], place)).Should().Throw<ArgumentException>().WithMessage(words);
        }

        network.Invoking(one => one.CreateLayerOutputs(1)).Should().Throw<ArgumentException>().WithMessage("At least one place*but got none*");
        network.Invoking(one => one.CreateLayerOutputs(1, "0", "0")).Should().Throw<ArgumentException>()
            .WithMessage("The place \"0\" was given twice.*");
        network.Invoking(one => one.CreateLayerOutputs(1, "0", null!)).Should().Throw<ArgumentException>().WithMessage("One of the places is null.*");
        network.Invoking(one => one.CreateLayerOutputs(0, "0")).Should().Throw<ArgumentOutOfRangeException>();
        network.Invoking(one => one.CreateLayerOutputs(int.MaxValue, "0")).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("The outputs of layer 0 (Dense) would be 2³¹ or more; use fewer rows at a time.*");
        network.Invoking(one => one.PredictLayers(new float[3], "0")).Should().Throw<ArgumentException>().WithMessage("x has 3 values*");

        LayerOutputs outputs = network.CreateLayerOutputs(2, "0"), others = Network.Create(4).Dense(4).Build().CreateLayerOutputs(2, "0");
        using Workspace workspace = network.CreateWorkspace(3, training: false);
        float[] x = TestData.Normal(12), y = new float[12];
        network.Predict(new Batch { Rows = 2, Inputs = x.AsSpan(0, 8) }, y.AsSpan(0, 8), workspace, outputs);
        float[] kept = outputs["0"].ToArray(), before = [.. y];
        Refused(3, outputs, "The outputs have room for 2 rows, but got 3; make them with CreateLayerOutputs(maxRows: 3, …).*");
        Refused(2, others, "The outputs belong to another network*");
        Refused(2, outputs, "*need 8 values of y, but got 7*", short1: 1);
        new Action(() => network.Predict(new Batch { Rows = 2, Inputs = outputs["0"] }, y.AsSpan(0, 8), workspace, outputs))
            .Should().Throw<ArgumentException>().WithMessage("The inputs must not lie in the outputs*");
        new Action(() => network.Predict(new Batch { Rows = 1, Inputs = x.AsSpan(0, 4) }, y.AsSpan(0, 4), workspace, null!))
            .Should().Throw<ArgumentNullException>();
        new Action(() => outputs["1"].ToArray()).Should().Throw<ArgumentException>()
            .WithMessage("The outputs of layer \"1\" are not kept; those of 0 are.*");
        outputs["0"].ToArray().Should().Equal(kept);
        y.Should().Equal(before);

        void Refused(int rows, LayerOutputs into, string words, int short1 = 0) =>
            new Action(() => network.Predict(
                new Batch { Rows = rows, Inputs = x.AsSpan(0, 4 * rows) }, y.AsSpan(0, (4 * rows) - short1), workspace, into))
                .Should().Throw<ArgumentException>().WithMessage(words);
    }

    private static IEnumerable<string> PlacesOf(Layer layer, string within) => layer is not (Chain or Branches or Composite) ? []
        : layer.Children.SelectMany((child, k) => PlacesOf(child, $"{within}{k}.").Prepend($"{within}{k}"));
}
