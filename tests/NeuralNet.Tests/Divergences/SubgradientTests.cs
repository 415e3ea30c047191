namespace NeuralNet.Tests.Divergences;

/// <summary>f(y) − f(y₀) ≥ v (y − y₀): what a subgradient v of a convex divergence is, at its kinks and elsewhere.</summary>
public class SubgradientTests
{
    private static readonly float[] grid = [.. Enumerable.Range(-40, 81).Select(i => i / 16f), -1e10f, -1e3f, 1e3f, 1e10f];

    public static TheoryData<string, float> Convex => new()
    {
        { "L1", 0 }, { "L1", 0.75f }, { "L2", 0.75f }, { "Huber", 0 }, { "Huber", -0.5f }, { "LogCosh", 0.25f },
        { "Quantile", 0 }, { "Quantile", 0.75f }, { "Hinge", 1 }, { "Hinge", -1 }, { "Hinge", 0 }, { "SquaredHinge", 1 }, { "SquaredHinge", -1 },
    };

    [Theory]
    [MemberData(nameof(Convex))]
    public void Backward_gives_a_subgradient_everywhere(string name, float d)
    {
        Divergence divergence = Make(name);
        float[] v = new float[1];
        foreach (float from in grid)
        {
            divergence.Backward([from], [d], v, 1);
            double value = divergence.Forward([from], [d], 1);
            foreach (float to in grid)
            {
                double rise = divergence.Forward([to], [d], 1) - value, least = (double)v[0] * ((double)to - from);
                double rounding = 1e-6 * (Math.Abs(value) + Math.Abs(value + rise) + Math.Abs(least));
                rise.Should().BeGreaterThanOrEqualTo(least - rounding, $"from {from} to {to}");
            }
        }
    }

    [Fact]
    public void At_the_kinks_it_is_the_documented_one()
    {
        float[] dy = new float[3];
        Divergence.L1.Backward([0.5f, -0f, 1e30f], [0.5f, 0, 1e30f], dy, 1);
        dy.Should().Equal(0, 0, 0);
        Divergence.L1.Backward([float.Epsilon, -float.Epsilon, 2], [0, 0, 3], dy, 1);
        dy.Should().Equal(1, -1, -1);

        new Quantile(0.25f).Backward([0.5f, 0.4f, 0.6f], [0.5f, 0.5f, 0.5f], dy, 1);
        dy.Should().Equal(0, -0.25f, 0.75f);

        Divergence.Hinge.Backward([1, -1, 0.99999994f], [1, -1, 1], dy, 1);
        dy.Should().Equal(0, 0, -1);
        new Hinge(0.5f).Backward([0.5f, 0.49f, -0.49f], [1, 1, -1], dy, 1);
        dy.Should().Equal(0, -1, 1);
        new Huber(0.5f).Backward([0.5f, -0.5f, 0.75f], [0, 0, 0], dy, 1);
        dy.Should().Equal(0.5f, -0.5f, 0.5f);
    }

    private static Divergence Make(string name) => name switch
    {
        "L1" => Divergence.L1,
        "L2" => Divergence.L2,
        "Huber" => Divergence.Huber,
        "LogCosh" => Divergence.LogCosh,
        "Quantile" => new Quantile(0.9f),
        "Hinge" => Divergence.Hinge,
        _ => Divergence.SquaredHinge,
    };
}
