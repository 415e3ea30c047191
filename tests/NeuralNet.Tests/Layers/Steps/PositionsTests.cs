using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralNet.Tests.Layers;

public class PositionsTests
{
    // An ulp of the numbers below 1, where the largest values are. Math.Sin and Math.Pow are good to some 10⁻¹⁶.
    [Theory]
    [InlineData(1, 100_000)]
    [InlineData(2, 1_000_000)]
    [InlineData(5, 30_000)]
    [InlineData(64, 3_000)]
    [InlineData(513, 300)]
    public void Waves_are_exact_to_an_ulp_of_1(int width, int steps)
    {
        Network network = Network.Create(Shape.Sequence(steps, width)).SinusoidalPositions().Build();
        float[] p = network.Predict(new float[steps * width]);
        double worst = 0;
        for (int at = 0; at < p.Length; at++)
        {
            (int t, int j) = (at / width, at % width);
            double angle = t / Math.Pow(10000, (j & ~1) / (double)width);
            worst = Math.Max(worst, Math.Abs(p[at] - ((j & 1) == 0 ? Math.Sin(angle) : Math.Cos(angle))));
        }

        worst.Should().BeLessThan(1.0 / (1 << 24));
    }

    // sin and cos of 1 and 2, and of 1/100 and 2/100, to 9 digits.
    [Fact]
    public void By_hand()
    {
        float[] expected =
            [0, 1, 0, 1, 0.841470985f, 0.540302306f, 0.00999983333f, 0.99995f, 0.909297427f, -0.416146837f, 0.0199986667f, 0.999800007f];
        Network.Create(Shape.Sequence(3, 4)).SinusoidalPositions().Build().Predict(new float[12]).Should().Equal(expected);
    }

    [Fact]
    public void Waves_have_the_same_bits_on_every_machine()
    {
        float[] p = Network.Create(Shape.Sequence(500, 37)).SinusoidalPositions().Build().Predict(new float[500 * 37]);
        Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(p.AsSpan())))
            .Should().Be("D081766321694D2D2CA4CA4DF397E22F0D975EB1349743F5AAF41BCF0A670F8B");
    }

    [Fact]
    public void Waves_are_added_to_real_steps_only()
    {
        var run = new LayerRun(new SinusoidalPositions(Shape.Sequence(2, 3)), 2, lengths: [2, 1]);
        new float[] { 1e30f, float.NaN, 1, 1, -1, float.PositiveInfinity, 5, 6, 7, float.NaN, float.NaN, float.NaN }.CopyTo(run.Input, 0);
        run.Forward();
        run.Output.Should().Equal(1e30f, float.NaN, 1, 1.841471f, MathF.Cos(1) - 1, float.PositiveInfinity, 5, 7, 7, 0, 0, 0);
    }

    [Fact]
    public void Learned_positions_by_hand()
    {
        var run = new LayerRun(new LearnedPositions(Shape.Sequence(3, 2)), 3, lengths: [2, 3, 1]);
        new float[] { 1, 2, 3, 4, 5, 6 }.CopyTo(run.Parameters, 0);
        Array.Fill(run.Input, 10);
        new float[] { 1, 2, 3, 4, float.NaN, 6, 10, 20, 30, 40, 50, 60, 100, 200, float.NaN, 400, 500, 600 }.CopyTo(run.OutputGradient, 0);
        Array.Fill(run.Gradient, 0.5f);
        run.Forward();
        run.Backward();
        run.Output.Should().Equal(11, 12, 13, 14, 0, 0, 11, 12, 13, 14, 15, 16, 11, 12, 0, 0, 0, 0);
        run.Gradient.Should().Equal(111.5f, 222.5f, 33.5f, 44.5f, 50.5f, 60.5f);
        run.InputGradient.Should().Equal(1, 2, 3, 4, 0, 0, 10, 20, 30, 40, 50, 60, 100, 200, 0, 0, 0, 0);
    }

    [Fact]
    public void Learned_positions_start_small_and_weight_decay_spares_them()
    {
        Network network = Network.Create(Shape.Sequence(20, 30)).LearnedPositions().Build(1);
        network.Blocks.Should().ContainSingle().Which.Role.Should().Be(BlockRole.Bias);
        network.Parameters.ToArray().Should().OnlyContain(value => value != 0 && Math.Abs(value) < 0.0455f);
        Network.Create(Shape.Sequence(2, 3)).LearnedPositions(Initializer.Ones).Build().Parameters.ToArray()
            .Should().OnlyContain(value => value == 1);
    }

    [Fact]
    public void A_table_that_no_array_can_hold_is_refused() => FluentActions.Invoking(() => new SinusoidalPositions(Shape.Sequence(int.MaxValue, 1)))
        .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Sequence(2147483647, 1)*table of 2147483647 values*");

    [Fact]
    public void Anything_but_a_sequence_is_refused()
    {
        foreach (Shape shape in new[] { Shape.Features(3), Shape.Image(2, 3, 1) })
        {
            FluentActions.Invoking(() => Network.Create(shape).SinusoidalPositions())
                .Should().Throw<ArgumentException>().WithMessage($"Layer 0: SinusoidalPositions takes a sequence*but got {shape}*");
            FluentActions.Invoking(() => Network.Create(shape).LearnedPositions())
                .Should().Throw<ArgumentException>().WithMessage($"Layer 0: LearnedPositions takes a sequence*but got {shape}*");
        }
    }
}
