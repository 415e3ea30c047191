namespace NeuralNet.Tests.Layers;

public class PreluTests
{
    [Fact]
    public void By_hand()
    {
        Network network = Network.Create(3).Prelu().Build();
        float[] slopes = [0.5f, -2, 0.25f], x = [-1, -2, 4, 3, -1, -8], dy = [1, 10, 100, 1000, 1e4f, 1e5f];
        slopes.CopyTo(network.Parameter("0.weight"));
        float[] y = new float[6], dx = new float[6], gradient = new float[3];
        using Workspace workspace = network.CreateWorkspace(2, training: true);
        network.Forward(x, y, 2, workspace);
        network.Backward(x, dy, gradient, dx, 2, workspace);
        y.Should().Equal(-0.5f, 4, 4, 3, 2, -2);
        dx.Should().Equal(0.5f, -20, 100, 1000, -2e4f, 25e3f);
        gradient.Should().Equal(-1, -20 - 1e4f, -8e5f);
    }

    [Fact]
    public void One_slope_for_all_has_the_sum_of_their_gradients()
    {
        Network network = Network.Create(Shape.Image(2, 2, 2)).Prelu(shared: true, slope: 0.5f).Build();
        float[] x = [-1, -2, 4, -3, -4, 8, 8, -5], dy = [1, 1, 1, 1, 1, 1, 1, 1], dx = new float[8], y = new float[8], gradient = new float[1];
        using Workspace workspace = network.CreateWorkspace(1, training: true);
        network.Forward(x, y, 1, workspace);
        network.Backward(x, dy, gradient, dx, 1, workspace);
        y.Should().Equal(-0.5f, -1, 4, -1.5f, -2, 8, 8, -2.5f);
        gradient.Should().Equal(-15);
    }

    [Fact]
    public void Slopes_start_at_a_quarter_and_weight_decay_spares_them()
    {
        var layer = new Prelu(Shape.Sequence(4, 6));
        layer.Blocks.Should().ContainSingle();
        layer.Blocks[0].Role.Should().Be(BlockRole.Scale);
        layer.Blocks[0].Dimensions.Should().Equal(6);
        new Prelu(6, shared: true).Blocks[0].Dimensions.Should().Equal(1);
        Network.Create(6).Prelu().Build().Parameters.ToArray().Should().OnlyContain(slope => slope == 0.25f);
    }

    [Fact]
    public void A_NaN_is_never_swallowed()
    {
        Network network = Network.Create(2).Prelu().Build();
        network.Predict([float.NaN, 1]).Should().Equal(float.NaN, 1);
    }
}
