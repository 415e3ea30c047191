using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class ExactLogTests
{
    [Fact]
    public void It_is_within_an_ulp_or_so_of_the_systems()
    {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            double x = i % 2 == 0
                ? 1 - (random.NextDouble() * Math.ScaleB(1, -(i % 50)))
                : Math.ScaleB(1 + random.NextDouble(), random.Next(-60, 60));
            double expected = Math.Log(x);
            Exact.Log(x).Should().BeApproximately(expected, 2.3e-16 * Math.Abs(expected), $"of {x:R}");
        }

        Exact.Log(1).Should().Be(0);
        Exact.Log(Math.ScaleB(1, -52)).Should().Be(-52 * Math.Log(2));
    }
}
