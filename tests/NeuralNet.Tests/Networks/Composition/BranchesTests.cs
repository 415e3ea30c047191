using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Composition;

/// <summary>What branches compute, beside results by hand.</summary>
public class BranchesTests
{
    // x = 2: y₀ = (2x, 3x) = (4, 6) and y₁ = (x + 1, −x) = (3, −2); ∇y = (1, 2), or (1, 2, 3, 4) side by side.
    // Sum: the slopes of 3x + 1 and 2x. Product: those of 2x (x + 1) and −3x².
    [Theory]
    [InlineData(Merge.Sum, new float[] { 7, 4 }, (1 * 3) + (2 * 2))]
    [InlineData(Merge.Product, new float[] { 12, -12 }, (1 * 10) + (2 * -12))]
    [InlineData(Merge.Concat, new float[] { 4, 6, 3, -2 }, (1 * 2) + (2 * 3) + (3 * 1) + (4 * -1))]
    public void Outputs_are_merged_and_input_gradients_are_added_up(Merge merge, float[] y, float dx)
    {
        Network network = Network.Create(1).Parallel(merge, b => b.Dense(2), b => b.Dense(2)).Build();
        float[] parameters = [2, 3, 0, 0, 1, -1, 1, 0];
        parameters.CopyTo(network.Parameters);
        network.Predict([2]).Should().Equal(y);
        Backward(network, [2], [.. Enumerable.Range(1, y.Length)], rows: 1).InputGradient.Should().Equal(dx);
    }

    [Fact]
    public void The_gradient_of_a_product_is_right_where_factors_are_0()
    {
        // Four factors wₘ x, x = 1: two of them 0 in the first row of weights, one in the second, none in the third.
        Network network = Network.Create(1).Parallel(
            Merge.Product, b => b.Dense(3, bias: false), b => b.Dense(3, bias: false), b => b.Dense(3, bias: false),
            b => b.Dense(3, bias: false)).Build();
        float[] parameters = [2, 2, 2, 0, 3, 3, 5, 0, 5, 0, 7, 7];
        parameters.CopyTo(network.Parameters);
        network.Predict([1]).Should().Equal(0, 0, 210);
        (float[] gradient, float[] dx) = Backward(network, [1], [1, 1, 1], rows: 1);
        gradient.Should().Equal([0, 0, 105, 0, 0, 70, 0, 42, 42, 0, 0, 30]);
        dx.Should().Equal(4 * 210);
    }

    [Fact]
    public void A_NaN_in_one_factor_is_not_swallowed_by_a_0_in_another()
    {
        Network network = Network.Create(1).Parallel(Merge.Product, b => b.Dense(1, bias: false), b => b).Build();
        network.Parameters[0] = 0;
        network.Predict([float.NaN]).Should().Equal(float.NaN);
    }

    [Fact]
    public void A_residual_block_of_zero_weights_is_the_identity_forward_and_backward()
    {
        Network network = Network.Create(5).Residual(b => b.Dense(7, Activation.Tanh).Dense(5)).Build(1);
        network.Parameters.Clear();
        float[] x = TestData.Normal(15), dy = TestData.Normal(15, 2);
        network.Predict(x).Should().Equal(x);
        Backward(network, x, dy, rows: 3).InputGradient.Should().Equal(dy);
    }

    [Fact]
    public void A_residual_block_adds_its_input_and_its_gradient()
    {
        Network block = Network.Create(5).Residual(b => b.Dense(5, Activation.Relu)).Build(1),
            alone = Network.Create(5).Dense(5, Activation.Relu).Build();
        block.Parameters.CopyTo(alone.Parameters);
        float[] x = TestData.Normal(15), dy = TestData.Normal(15, 2);
        block.Predict(x).Should().Equal(Sum(x, alone.Predict(x)));
        (float[] gradient, float[] dx) = Backward(block, x, dy, rows: 3);
        (float[] aloneGradient, float[] aloneDx) = Backward(alone, x, dy, rows: 3);
        gradient.Should().Equal(aloneGradient);
        dx.Should().Equal(Sum(dy, aloneDx));
    }

    [Fact]
    public void Sequences_are_concatenated_step_by_step_and_images_pixel_by_pixel()
    {
        Network steps = Network.Create(Shape.Sequence(2, 1)).Parallel(Merge.Concat, b => b, b => b.Dense(2, bias: false)).Build();
        steps.Output.Should().Be(Shape.Sequence(2, 3));
        float[] weights = [10, 100];
        weights.CopyTo(steps.Parameters);
        steps.Predict([1, 2, 3, 4]).Should().Equal(1, 10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400);
        Backward(steps, [1, 2, 3, 4], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2], rows: 2).InputGradient.Should().Equal(111, 111, 111, 211);

        Network images = Network.Create(Shape.Image(1, 2, 1)).Parallel(Merge.Concat, b => b, b => b.Parallel(Merge.Sum, c => c, c => c)).Build();
        images.Output.Should().Be(Shape.Image(1, 2, 2));
        images.Predict([1, 2, 3, 4]).Should().Equal(1, 2, 2, 4, 3, 6, 4, 8);
    }

    [Fact]
    public void Residual_blocks_in_residual_blocks_add_up_to_powers_of_two()
    {
        // Each level doubles: x + (x + (x + … )).
        static NetworkBuilder Level(NetworkBuilder b, int depth) =>
            depth == 0 ? b : b.Parallel(Merge.Sum, c => Level(c, depth - 1), c => Level(c, depth - 1));
        Network network = Level(Network.Create(3), 8).Build();
        network.Predict([1, -2, 3]).Should().Equal(256, -512, 768);
        Network product = Network.Create(1).Parallel(Merge.Product, b => b, b => b.Parallel(Merge.Product, c => c, c => c.Residual(d => d))).Build();
        product.Predict([3]).Should().Equal(3 * 3 * (3 + 3));
        Backward(product, [3], [1], rows: 1).InputGradient.Should().Equal(2 * 3 * 9);
    }

    [Fact]
    public void Steps_past_a_length_are_0_only_where_every_branch_hands_lengths_on()
    {
        Shape sequence = Shape.Sequence(2, 1);
        Layer spread = new Chain([new LastStep(sequence), new Dense(1, 2, bias: false), new Repeat(2, 1)]);
        Network mixed = Network.Create(sequence).Add(_ => new Branches([new Skip(sequence), spread], Merge.Sum)).Build();
        mixed.Layers[0].KeepsLengths.Should().BeFalse();
        float[] weights = [10, 100], y = new float[4], gradient = new float[2], dx = new float[4];
        weights.CopyTo(mixed.Parameters);
        Workspace workspace = mixed.CreateWorkspace(2);
        var batch = new Batch { Rows = 2, Inputs = [1, float.NaN, 3, 4], Lengths = [1, 2] };
        mixed.Forward(batch, y, workspace);
        y.Should().Equal(11, 100, 43, 404);
        mixed.Backward(batch, [1, 1, 1, 1], gradient, dx, workspace);
        dx.Should().Equal(111, 0, 1, 111);
        gradient.Should().Equal(1 + 4, 1 + 4);
    }

    [Theory]
    [InlineData(Merge.Sum)]
    [InlineData(Merge.Product)]
    [InlineData(Merge.Concat)]
    public void Fewer_steps_than_the_shape_has_give_what_a_shorter_shape_gives(Merge merge)
    {
        Network Of(int steps) => Network.Create(Shape.Sequence(steps, 3))
            .Parallel(merge, b => b.Dense(3, Activation.Tanh), b => b, b => b.Dense(3, Activation.Sigmoid)).Build(1);
        Network whole = Of(5), cut = Of(2);
        int width = whole.Output.FeatureCount;
        float[] x = TestData.Normal(3 * 2 * 3), dy = TestData.Normal(3 * 2 * width, 2);
        (float[] gradient, float[] dx) = Backward(cut, x, dy, rows: 3);
        float[] y = new float[dy.Length], wholeGradient = new float[gradient.Length], wholeDx = new float[x.Length];
        using Workspace workspace = whole.CreateWorkspace(3);
        var batch = new Batch { Rows = 3, Steps = 2, Inputs = x };
        whole.Forward(batch, y, workspace);
        whole.Backward(batch, dy, wholeGradient, wholeDx, workspace);
        y.Should().Equal(cut.Predict(x));
        wholeGradient.Should().Equal(gradient);
        wholeDx.Should().Equal(dx);
    }

    [Fact]
    public void Branches_must_make_the_same_number_of_steps()
    {
        Shape sequence = Shape.Sequence(3, 1);
        Network network = Network.Create(sequence)
            .Add(_ => new Branches([new Skip(sequence), new Chain([new LastStep(sequence), new Dense(1, 3), new Repeat(3, 1)])], Merge.Sum)).Build(1);
        float[] y = new float[3];
        Workspace workspace = network.CreateWorkspace(1);
        network.Predict(new Batch { Rows = 1, Inputs = [1, 2, 3] }, y, workspace);
        FluentActions.Invoking(() => network.Predict(new Batch { Rows = 1, Inputs = [1, 2], Steps = 2 }, new float[2], workspace))
            .Should().Throw<ArgumentException>().WithMessage(
                "The batch has 2 steps: layer 0 (Branches) cannot merge what makes 2 steps of 2 (branch 0) with what makes 3 of them (branch 1).*");
    }

    private static float[] Sum(float[] a, float[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static (float[] Gradient, float[] InputGradient) Backward(Network network, float[] x, float[] dy, int rows)
    {
        float[] gradient = new float[network.Parameters.Length], dx = new float[x.Length], y = new float[dy.Length];
        using Workspace workspace = network.CreateWorkspace(rows);
        network.Forward(x, y, rows, workspace);
        network.Backward(x, dy, gradient, dx, rows, workspace);
        return (gradient, dx);
    }
}
