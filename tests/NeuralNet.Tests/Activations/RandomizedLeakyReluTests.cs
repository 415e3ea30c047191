namespace NeuralNet.Tests.Activations;

public class RandomizedLeakyReluTests
{
    private static readonly RandomStream stream = new(5);

    [Fact]
    public void Slopes_are_drawn_from_their_range_and_are_all_different()
    {
        float[] slopes = Slopes(1, 5000, 0);
        slopes.Should().OnlyContain(slope => slope >= 1f / 8 && slope <= 1f / 3);
        slopes.Distinct().Count().Should().BeGreaterThan(4900);

        // Of 5000 numbers from U(1/8, 1/3) the mean is off by 0.00085, and each quarter of the range has about a quarter.
        slopes.Average().Should().BeApproximately(11f / 48, 0.003f);
        slopes.Count(slope => slope < (1f / 8) + (5f / 96)).Should().BeInRange(1130, 1370);
    }

    [Fact]
    public void A_slope_is_keyed_by_the_row_of_the_batch_and_the_element_in_it()
    {
        const int Rows = 5, Steps = 3, Width = 301;
        float[] all = Slopes(Rows * Steps, Width, 2, Steps);
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < Steps * Width; i++)
                all[(row * Steps * Width) + i].Should().Be(MathF.FusedMultiplyAdd(stream.Uniform(2 + row, i), (1f / 3) - (1f / 8), 1f / 8));
        }

        // A row whose sequence is shorter draws the same.
        Slopes(2, Width, 4, Steps).Should().Equal(all[(2 * Steps * Width)..(((2 * Steps) + 2) * Width)]);
    }

    [Fact]
    public void Another_step_of_training_draws_anew() =>
        Slopes(1, 100, 0).Should().NotIntersectWith(Slopes(1, 100, 0, stepOfTraining: 1));

    [Fact]
    public void Inference_takes_the_mean_slope()
    {
        float[] y = new float[2];
        new RandomizedLeakyRelu(0.25f, 0.75f).Forward([-3, 3], y);
        y.Should().Equal(-1.5f, 3);
        ((ScalarActivation)Activation.RandomizedLeakyRelu).Derivative(0, -1).Should().Be(11f / 48);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        float[] z = new float[1000], y = new float[1000], dz = new float[1000];
        Array.Fill(z, -1);
        Allocations.Of(() => () =>
        {
            Activation.RandomizedLeakyRelu.Forward(new ActivationForwardPass { Vectors = 10, Z = z, Y = y, Stream = stream });
            Activation.RandomizedLeakyRelu.Backward(
                new ActivationBackwardPass { Vectors = 10, Z = default, Y = y, OutputGradient = z, InputGradient = dz, Stream = stream });
        }).Should().Be(0);
        dz.Should().Equal(y, "the gradient of −1 by the slope is the value of −1");
    }

    // With z = −1 the values are the slopes, with the other sign.
    private static float[] Slopes(int vectors, int width, int firstRow, int perRow = 1, long stepOfTraining = 0)
    {
        float[] z = new float[vectors * width], y = new float[z.Length];
        Array.Fill(z, -1);
        Activation.RandomizedLeakyRelu.Forward(new ActivationForwardPass
        {
            Vectors = vectors,
            VectorsPerRow = perRow,
            FirstRow = firstRow,
            Z = z,
            Y = y,
            Stream = stream.AtStep(stepOfTraining),
        });
        return [.. y.Select(value => -value)];
    }
}
