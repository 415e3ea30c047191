namespace NeuralNet.Tests.Verification;

/// <summary>What the check makes of layers with kinks, of which a bias or a weight moves many places at once.</summary>
public class KinkCheckTests
{
    private static readonly Dictionary<string, Func<Layer>> layers = new()
    {
        ["Conv of an image"] = () => new Conv(Shape.Image(8, 8, 2), 3, 3, padding: Padding.Same, activation: Activation.Relu),
        ["Conv without padding"] = () => new Conv(Shape.Image(5, 5, 2), 4, 3, activation: Activation.Relu),
        ["BatchNorm"] = () => new BatchNorm(Shape.Image(4, 4, 3), activation: Activation.Relu),
        ["Dense of an image"] = () => new Dense(Shape.Image(4, 4, 6), 2, Activation.Relu),
    };

    public static TheoryData<string> Names => new(layers.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sound_layer_with_kinks_passes_whatever_the_seed(string name)
    {
        const int Seeds = 20;
        for (int seed = 0; seed < Seeds; seed++)
        {
            GradientCheckResult result = GradientCheck.Layer(layers[name](), seed: seed);
            result.Passes().Should().BeTrue($"seed {seed}: {result}");
        }
    }

    // Most elements are at kinks at first, so that a wrong gradient has to be found with shorter steps and from one side.
    [Fact]
    public void A_wrong_gradient_of_a_layer_with_kinks_is_found_whatever_the_seed()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            GradientCheckResult wrong = GradientCheck.Layer(new WrongBias(layers["Conv of an image"]()), seed: seed);
            wrong.Parts.Where(part => !part.Passes()).Select(part => part.Name).Should().Equal(["∇0.bias"], $"seed {seed}: {wrong}");
        }
    }

    // A piece of 3 steps leaves 1 of 4, of which a pool of 3 makes none.
    [Fact]
    public void A_chain_of_which_no_two_pieces_fit_is_not_tried_in_pieces()
    {
        GradientCheckResult result = GradientCheck.Layer(new Chain([new AveragePool(Shape.Sequence(4, 3), 3)]));
        result.EnsurePasses();
        result.Parts.Should().NotContain(part => part.Name == "y in pieces");
        GradientCheck.Layer(new Chain([new AveragePool(Shape.Sequence(6, 3), 3)])).Parts
            .Should().ContainSingle(part => part.Name == "y in pieces").Which.Error.Should().Be(0);
    }

    private sealed class WrongBias(Layer layer) : Composite(layer.Input, layer.Output, [layer])
    {
        public override void Forward(in ForwardPass pass) => ForwardChild(pass, 0, pass.Input).CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            ReadOnlySpan<float> dx = BackwardChild(pass, 0, pass.Input, pass.OutputGradient, !pass.InputGradient.IsEmpty);
            dx.CopyTo(pass.InputGradient);
            foreach (ref float gradient in pass.ParameterGradient(1))
                gradient += 0.5f;
        }
    }
}
