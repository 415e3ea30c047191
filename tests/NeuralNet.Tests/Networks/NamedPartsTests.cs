using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Networks;

/// <summary>Inputs and outputs of a network by their names: where they lie, and what keeps the names.</summary>
public class NamedPartsTests
{
    private static readonly Network twoHeads = Network.Create(4).Dense(5, Activation.Tanh)
        .Outputs(("class", b => b.Dense(3, Activation.Softmax)), ("size", b => b.Dense(1))).Build(3);

    [Fact]
    public void A_row_is_read_and_written_by_name()
    {
        float[] y = twoHeads.Predict([1, 2, 3, 4, 5, 6, 7, 8]);
        (NamedPart classes, NamedPart size) = (twoHeads.Outputs["class"], twoHeads.Outputs[1]);
        (classes.First, classes.Count, classes.Shape, size.Name, size.First, size.Count).Should().Be((0, 3, Shape.Features(3), "size", 3, 1));
        classes.Of(y).ToArray().Should().Equal(y[..3]);
        size.Of(y, row: 1).ToArray().Should().Equal(y[7]);
        float[] sizes = new float[2], back = new float[8];
        size.CopyTo(y, sizes);
        sizes.Should().Equal(y[3], y[7]);
        size.CopyFrom(sizes, back);
        back.Should().Equal(0, 0, 0, y[3], 0, 0, 0, y[7]);
        twoHeads.Outputs.ToString().Should().Be("class: Features(3), columns 0 to 2; size: Features(1), column 3");
        twoHeads.Outputs.Select(output => output.Name).Should().Equal("class", "size");
    }

    [Fact]
    public void The_outputs_are_those_of_branches_side_by_side()
    {
        Network plain = Network.Create(4).Dense(5, Activation.Tanh)
            .Parallel(Merge.Concat, b => b.Dense(3, Activation.Softmax), b => b.Dense(1)).Build(3);
        twoHeads.Predict([1, 2, 3, 4]).ShouldHaveTheBitsOf(plain.Predict([1, 2, 3, 4]), "with names or without");
    }

    [Fact]
    public void What_one_layer_makes_may_be_parts_with_shapes()
    {
        Network network = Network.Create(4).Dense(15).NameOutputs(("mask", Shape.Image(3, 4, 1)), ("class", 3)).Build(3);
        network.Outputs.ToString().Should().Be("mask: Image(3, 4, 1), columns 0 to 11; class: Features(3), columns 12 to 14");
        network.Outputs.Select(part => part.LiesFlat).Should().Equal(true, false);
        using var stream = new MemoryStream();
        network.Save(stream);
        stream.Position = 0;
        Network.Load(stream).Outputs.ToString().Should().Be(network.Outputs.ToString());
        Refusal(() => Network.Create(4).Dense(15).NameOutputs(("mask", Shape.Image(3, 4, 1)), ("class", 4)))
            .Should().Contain("are Features(16) together, but the network gives Features(15)");
    }

    [Theory]
    [InlineData("a\u2028b")]
    [InlineData("a\u2029b")]
    [InlineData("\uD800")]
    [InlineData("a\u0085")]
    public void Line_ends_of_Unicode_and_halves_of_characters_are_no_names(string name) =>
        Refusal(() => Network.Create((name, 1))).Should().Contain("without points, quotes and line ends");

    [Fact]
    public void The_features_of_one_layer_may_have_names()
    {
        Network network = Network.Create(4).Dense(5, Activation.Tanh).Dense(3).NameOutputs(("place", 2), ("size", 1)).Build(3);
        network.Outputs.ToString().Should().Be("place: Features(2), columns 0 to 1; size: Features(1), column 2");
        network.Clone().Outputs.ToString().Should().Be(network.Outputs.ToString());
        Divergence both = network.Outputs.Divergence(("place", Divergence.L2, 1), ("size", Divergence.L1, 2));
        float[] y = [1, 2, 3], d = [0, 0, 5];
        both.Forward(y, d, 1).Should().Be(Divergence.L2.Forward([1, 2], [0, 0], 1) + (2 * Divergence.L1.Forward([3], [5], 1)));

        Refused(b => b.NameOutputs(("place", 2), ("size", 2)), "The outputs \"place\", \"size\" have 4 features together, but the network gives 3*");
        Refused(b => b.NameOutputs(("place", 3), ("size", 0)), "Output \"size\" needs at least one feature.*");
        Refused(b => b.NameOutputs(("a", 1), ("a", 2)), "*each needs a name of its own*");
        Refused(b => b.NameOutputs(("a", 3)).Dense(1), "*named outputs*");
        FluentActions.Invoking(() => Network.Create(1).Dense(3).NameOutputs(("a", 3)).NameOutputs(("b", 3))).Should()
            .Throw<InvalidOperationException>().WithMessage("The outputs have names already: \"a\".");

        static void Refused(Func<NetworkBuilder, NetworkBuilder> add, string message) =>
            FluentActions.Invoking(() => add(Network.Create(4).Dense(3))).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Without_names_there_is_one_of_each()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Dense(4).Build();
        network.Inputs.Single().ToString().Should().Be("input: Sequence(3, 2), columns 0 to 1");
        network.Outputs.Single().ToString().Should().Be("output: Sequence(3, 4), columns 0 to 3");
        network.Summary().Should().NotContain("\"");
    }

    [Fact]
    public void Files_clones_and_slices_keep_the_names()
    {
        Network network = Network.Create(("image", Shape.Image(2, 3, 1)), ("extra", 2))
            .Parallel(Merge.Concat, b => b.Input("image").Flatten().Dense(3, Activation.Tanh), b => b.Input("extra"))
            .Dense(4).Outputs(("mask", b => b.Dense(6, Activation.Sigmoid).Reshape(Shape.Image(2, 3, 1))), ("größe", b => b.Dense(2))).Build(1);
        foreach (Network same in new[] { network.Clone(), SavedNetworks.Load(SavedNetworks.Save(network)), network.Slice(0, 3) })
        {
            same.Inputs.ToString().Should().Be("image: Image(2, 3, 1), columns 0 to 5; extra: Features(2), columns 6 to 7");
            same.Outputs.ToString().Should().Be("mask: Image(2, 3, 1), columns 0 to 5; größe: Features(2), columns 6 to 7");
        }

        network.Slice(0, 2).Inputs["extra"].First.Should().Be(6);
        network.Slice(0, 2).Outputs.Single().Name.Should().Be("output");
        network.Slice(1, 2).Inputs.Single().Name.Should().Be("input");
        network.Slice(1, 2).Outputs["größe"].First.Should().Be(6);
        network.Summary().Should().Contain("input \"image\"").And.Contain("output \"größe\"");
    }

    [Fact]
    public void Outputs_of_other_shapes_lie_flat_one_after_the_other()
    {
        Network network = Network.Create(Shape.Image(2, 3, 2)).Outputs(
            ("pixels", b => b.Dense(4, Activation.Softmax)), ("class", b => b.Flatten().Dense(3, Activation.Softmax))).Build(5);
        Network pixels = Network.Create(Shape.Image(2, 3, 2)).Dense(4, Activation.Softmax).Build();
        network.Parameter("0.0.0.weight").CopyTo(pixels.Parameter("0.weight"));
        float[] x = [.. Enumerable.Range(0, 12).Select(i => (i % 5) - 2f)];
        network.Output.Should().Be(Shape.Features(27));
        network.Outputs["pixels"].Of(network.Predict(x)).ToArray().ShouldHaveTheBitsOf(pixels.Predict(x), "flat or not");
        (network.Outputs["pixels"].Shape, network.Outputs["class"].First).Should().Be((Shape.Image(2, 3, 4), 24));
    }

    [Fact]
    public void Parts_of_sequences_lie_side_by_side_in_each_step()
    {
        Network network = Network.Create(("word", Shape.Sequence(3, 1)), ("weight", Shape.Sequence(3, 2)))
            .Outputs(("tag", b => b.Dense(4)), ("number", b => b.Dense(1))).Build(2);
        (network.Input, network.Output).Should().Be((Shape.Sequence(3, 3), Shape.Sequence(3, 5)));
        float[] x = new float[18];
        network.Inputs["word"].CopyFrom([1, 2, 3, 4, 5, 6], x);
        x.Should().Equal(1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0, 5, 0, 0, 6, 0, 0);
        network.Inputs["word"].Of(x, row: 4).ToArray().Should().Equal(5);
        SavedNetworks.Load(SavedNetworks.Save(network)).Inputs["weight"].ToString().Should().Be("weight: Sequence(3, 2), columns 1 to 2");
    }

    [Fact]
    public void An_input_is_taken_by_its_name_in_its_own_shape()
    {
        Network named = Network.Create(("picture", Shape.Image(2, 2, 1)), ("word", 1), ("rest", 2)).Parallel(
            Merge.Concat, b => b.Input("picture").Conv(2, 2).Flatten(), b => b.Input("word").Embedding(7, 3).Flatten(),
            b => b.Input("rest")).Build(4);
        Network plain = Network.Create(7).Parallel(
            Merge.Concat, b => b.Slice(0, 4).Reshape(Shape.Image(2, 2, 1)).Conv(2, 2).Flatten(), b => b.Slice(4, 1).Embedding(7, 3).Flatten(),
            b => b.Slice(5, 2)).Build(4);
        named.Predict([1, 2, 3, 4, 6, 8, 9]).ShouldHaveTheBitsOf(plain.Predict([1, 2, 3, 4, 6, 8, 9]), "by name or by place");
        named.InputIds.ToArray().Should().Equal(0, 0, 0, 0, 7, 0, 0);
    }

    [Fact]
    public void Wrong_names_are_refused()
    {
        Refusal(() => Network.Create(("a", 1), ("a", 2))).Should().StartWith("Two parts, 0 and 1, are called \"a\"");
        foreach (string? name in new[] { null, "", " ", "a.b", "a\nb", "a\"b" })
            Refusal(() => Network.Create((name!, 1))).Should().StartWith("Name 0 is ").And.Contain("without points, quotes and line ends");
        Refusal(() => Network.Create()).Should().StartWith("At least one name");
        Refusal(() => Network.Create(("a", default(Shape)))).Should().Contain("shape");
        Refusal(() => Network.Create(("a", Shape.Image(30000, 30000, 1)), ("b", Shape.Sequence(1 << 20, 1 << 11)))).Should().Contain("row");
        Refusal(() => Network.Create(2).Outputs()).Should().StartWith("At least one name");
        Refusal(() => Network.Create(2).Outputs(("a", b => b.Dense(1)), ("a", b => b.Dense(2)))).Should().StartWith("Two parts");
        Refusal(() => Network.Create(2).Outputs(("a", b => b.Dense(1)), ("b", null!))).Should().Contain("Output \"b\": a function");
        Refusal(() => Network.Create(2).Outputs(("a", b => b.Dense(0)))).Should().Contain("Output \"a\"");
        Refusal(() => twoHeads.Outputs["klass"].Of([])).Should().StartWith("There is no \"klass\"; there are \"class\", \"size\".");
    }

    [Fact]
    public void What_would_lose_them_is_refused()
    {
        Refusal(() => Network.Create(2).Outputs(("a", b => b.Dense(1))).Dense(2))
            .Should().StartWith("Layer 1 would be behind the named outputs (\"a\"), which end the network");
        Refusal(() => Network.Create(2).Residual(b => b.Outputs(("a", c => c.Dense(2))))).Should().Contain("are the whole network's");
        Refusal(() => Network.Create(Shape.Sequence(3, 2)).Outputs(("a", b => b.Dense(1)), ("b", b => b.LastStep())))
            .Should().Contain("output \"a\" is Sequence(3, 1), and outputs of other shapes are beside it");
        Refusal(() => Network.Create(("a", 2)).Input("b")).Should().StartWith("There is no \"b\"; there is \"a\".");
        Refusal(() => Network.Create(2).Input("b")).Should().StartWith("Input \"b\" cannot be taken where the inputs have no names");
        Refusal(() => Network.Create(("a", 2)).Dense(2).Input("a")).Should().StartWith("Input \"a\" would come behind layer 0 (Dense)");
        Refusal(() => Network.Create(("a", 2)).Dense(2).Residual(b => b.Input("a"))).Should().Contain("have no names, or are not seen");
    }

    [Fact]
    public void Rows_of_other_lengths_are_refused()
    {
        NamedPart size = twoHeads.Outputs["size"];
        Refusal(() => size.Of(new float[5])).Should().StartWith("Rows of 4 values, as wide as all parts together, were expected, but got 5");
        Refusal(() => size.Of([])).Should().Contain("but got 0");
        Refusal(() => size.Of(new float[8], 2)).Should().StartWith("Expected a row 0 … 1, but got 2");
        Refusal(() => size.Of(new float[8], -1)).Should().Contain("but got -1");
        Refusal(() => size.CopyTo(new float[8], new float[3])).Should().StartWith(
            "\"size\" has 1 of the 4 values of a vector, 2 of 8 in all, but got 3");
        Refusal(() => size.CopyFrom(new float[1], new float[8])).Should().Contain("but got 1");
    }

    private static string Refusal(Action action)
    {
        Exception thrown = Record.Exception(action);
        thrown.Should().Match(thrown => thrown is ArgumentException || thrown is InvalidOperationException);
        return thrown.Message;
    }

    private static string Refusal(Func<object> make) => Refusal(() => { make(); });

    private delegate ReadOnlySpan<float> Reads();

    private static string Refusal(Reads read) => Refusal(() => { read(); });
}
