namespace NeuralNet.Tests.Networks.Composition;

/// <summary>Which activations a layer names as its final ones, by columns, and how composites join them and hand them on.</summary>
public class FinalActivationTests
{
    private static readonly Shape steps = Shape.Sequence(5, 4);

    private static readonly Layer classes = new Dense(4, 3, Activation.Softmax), number = new Dense(4, 2), bounded = new Dense(4, 2, Activation.Tanh);

    private static readonly FinalActivation softmax = new(Activation.Softmax, 0, 3);

    [Fact]
    public void Concat_joins_those_of_its_branches_and_sums_have_none()
    {
        new Branches([classes, number, bounded], Merge.Concat).FinalActivations.Should().Equal(softmax, new FinalActivation(Activation.Tanh, 5, 2));
        new Branches([number, new Branches([bounded, classes], Merge.Concat)], Merge.Concat).FinalActivations
            .Should().Equal(new FinalActivation(Activation.Tanh, 2, 2), softmax with { First = 4 });
        new Branches([new Dense(steps, 3, Activation.Softmax), new Skip(steps)], Merge.Concat).FinalActivations.Should().Equal(softmax);
        Shape image = Shape.Image(2, 3, 4);
        new Branches([new Dense(image, 3, Activation.Softmax), new Skip(image), new Dense(image, 2, Activation.Tanh)], Merge.Concat).FinalActivations
            .Should().Equal(softmax, new FinalActivation(Activation.Tanh, 7, 2));
        foreach (Merge merge in new[] { Merge.Sum, Merge.Product })
            new Branches([bounded, bounded], merge).FinalActivations.Should().BeEmpty();
        Branches.Residual(new Dense(4, 4, Activation.Tanh)).FinalActivations.Should().BeEmpty();
    }

    [Fact]
    public void Layers_that_only_move_whole_vectors_hand_them_on()
    {
        Layer heads = new Branches([new Dense(steps, 3, Activation.Softmax), new Dense(steps, 4, Activation.Tanh)], Merge.Concat);
        FinalActivation tanh = new(Activation.Tanh, 3, 4);
        Shape seven = Shape.Sequence(5, 7);
        Of(heads, new LastStep(seven)).Should().Equal(softmax, tanh);
        Of(heads, new Reverse(seven), new Skip(seven), new Reshape(seven, seven)).Should().Equal(softmax, tanh);
        Of(new Chain([heads, new Reverse(seven)]), new LastStep(seven)).Should().Equal(softmax, tanh);
        Of(heads, new LastStep(seven), new Flatten(7), new Reshape(7, Shape.Sequence(1, 7)), new Flatten(Shape.Sequence(1, 7)))
            .Should().Equal(softmax, tanh);
        Of(new ActivationLayer(Shape.Image(4, 2, 2), Activation.Sigmoid), new Flatten(Shape.Image(4, 2, 2)))
            .Should().Equal(new FinalActivation(Activation.Sigmoid, 0, 16));

        Shape image = Shape.Image(2, 3, 4);
        Of(new ActivationLayer(image, Activation.Softmax), new Reshape(image, Shape.Sequence(6, 4)))
            .Should().Equal(new FinalActivation(Activation.Softmax, 0, 4));
        Of(new ActivationLayer(image, Activation.Softmax), new Flatten(image)).Should().BeEmpty();
        Layer pixels = new Branches([new Dense(image, 3, Activation.Softmax), new Dense(image, 4, Activation.Tanh)], Merge.Concat);
        Of(pixels, new Reshape(pixels.Output, Shape.Sequence(6, 7))).Should().Equal(softmax, tanh);
        Of(pixels, new Slice(pixels.Output, 3, 2)).Should().Equal(tanh with { First = 0, Count = 2 });
        Of(pixels, new Flatten(pixels.Output)).Should().BeEmpty();

        // What follows must see y.
        Of(heads, new MeanOverSteps(seven)).Should().BeEmpty();
        Of(heads, new Dropout(seven, 0.5f)).Should().BeEmpty();
        Of(heads, new Reverse(seven), new Prelu(seven)).Should().BeEmpty();
        Of(heads, new Dense(seven, 2)).Should().BeEmpty();
        Of(classes, new Reshape(3, Shape.Sequence(3, 1))).Should().BeEmpty();

        // Past a row's length the flat row is 0, which is no value of the sigmoid.
        Of(new Dense(steps, 3, Activation.Sigmoid), new Flatten(Shape.Sequence(5, 3))).Should().BeEmpty();
    }

    [Fact]
    public void A_slice_may_cut_a_scalar_activation_but_no_vector()
    {
        Layer heads = new Branches([classes, bounded, number], Merge.Concat);
        Of(heads, new Slice(7, 0, 4)).Should().Equal(softmax, new FinalActivation(Activation.Tanh, 3, 1));
        Of(heads, new Slice(7, 3, 4)).Should().Equal(new FinalActivation(Activation.Tanh, 0, 2));
        Of(heads, new Slice(7, 2, 4)).Should().BeEmpty();
        Of(heads, new Slice(7, 5, 2)).Should().BeEmpty();
    }

    [Fact]
    public void What_cannot_be_left_out_is_refused_with_words()
    {
        Refusal(new Heads([new(Activation.Softmax, 3, 3)])).Should().Be(
            "Layer 0 (Heads) declares Softmax as the final activation of 3 columns from 3 on; an activation was expected, and columns from 0 to 4, "
            + "in ascending order.");
        Refusal(new Heads([new(Activation.Softmax, 0, 3), new(Activation.Tanh, 2, 1)])).Should().Contain("Tanh").And.Contain("from 3 to 4");
        Refusal(new Heads([new(null!, 0, 3)])).Should().Contain("declares null");
        Refusal(new Heads([new(Activation.Relu, 0, 0)])).Should().Contain("0 columns");
        foreach (Activation activation in new[] { Activation.RandomizedLeakyRelu, Activation.Glu })
            Refusal(new Heads([new(activation, 0, 2)])).Should().Contain("cannot be left out");
        Refusal(new Heads(null!)).Should().Contain("null");
        new Chain([new Heads([new(Activation.Softmax, 0, 3), new(Activation.Tanh, 4, 1)])]).FinalActivations.Should().HaveCount(2);
        Network.Create(5).Add(_ => new Heads([new(Activation.Softmax, 0, 3), new(Activation.Tanh, 4, 1)])).Build().Summary()
            .Should().Contain("Heads, Softmax, Tanh");

        static string Refusal(Layer layer) => FluentActions.Invoking(() => new Chain([layer])).Should().Throw<ArgumentException>().Which.Message;
    }

    private static IReadOnlyList<FinalActivation> Of(params Layer[] layers) => new Chain(layers).FinalActivations;

    // A layer that declares what it is given.
    private sealed class Heads : Layer
    {
        public Heads(IReadOnlyList<FinalActivation> activations)
            : base(5, 5) => FinalActivations = activations;

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }
}
