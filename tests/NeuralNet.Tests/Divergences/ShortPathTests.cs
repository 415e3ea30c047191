using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Divergences;

/// <summary>The forms of divergences on logits: the long way's numbers, and finite where that overflows.</summary>
public class ShortPathTests
{
    private const int Width = 5;

    // Every pair that has a form, and class weights, which are of one width.
    private static IEnumerable<(Divergence Divergence, Activation Activation)> Pairs() =>
        from divergence in PublicKinds.Divergences().Append(new CrossEntropy(0.2f, [1, 0, 2, 0.5f, 3]))
            .Append(new CrossEntropy(0, [1, 0, 2, 0.5f, 3]))
        from activation in PublicKinds.Activations()
        where divergence.Through(activation) is not null
        select (divergence, activation);

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Pairs().Count())];

    [Fact]
    public void Those_that_overflow_on_y_have_one()
    {
        foreach (Divergence divergence in new Divergence[] { Divergence.CrossEntropy, Divergence.KullbackLeibler, new CrossEntropy(0.1f) })
            divergence.Through(Activation.Softmax)
                .Should().NotBeNull().And.BeSameAs(divergence.Through(Activation.Softmax), "nothing is allocated in a step");
        Divergence.BinaryCrossEntropy.Through(Activation.Sigmoid).Should().NotBeNull();
        Divergence.KullbackLeibler.Through(Activation.Sigmoid).Should().BeNull();
        Divergence.CrossEntropy.Through(Activation.Identity).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void The_short_path_is_equal_to_the_long_one(int index)
    {
        (Divergence divergence, Activation activation) = Pairs().ElementAt(index);
        Divergence form = divergence.Through(activation)!;
        for (int seed = 0; seed < 20; seed++)
        {
            float[] z = Floats.Random(Width, seed, 8), d = Desired(seed), y = new float[Width];
            float[] dy = new float[Width], expected = new float[Width], dz = new float[Width];
            activation.Forward(z, y);
            divergence.Backward(y, d, dy, 1);
            activation.Backward(z, y, dy, expected);
            form.Backward(z, d, dz, 1);
            form.Forward(z, d, 1).ShouldBeNear(divergence.Forward(y, d, 1), 2e-4, $"value of {divergence}", floor: 0.1);
            for (int i = 0; i < Width; i++)
                dz[i].ShouldBeNear(expected[i], 2e-4, $"gradient of {divergence}", floor: 0.5);
        }
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void It_is_finite_for_logits_up_to_1e30(int index)
    {
        (Divergence divergence, Activation activation) = Pairs().ElementAt(index);
        Divergence form = divergence.Through(activation)!;
        float[] ends = [1e30f, -1e30f, 0, 1e4f, -1e4f, 100, -100, 1e-30f];
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            float[] z = [.. Enumerable.Range(0, 2 * Width).Select(_ => ends[random.Next(ends.Length)])], dz = new float[2 * Width];
            float[] d = [.. Desired(seed), 0, 0, 1, 0, 0];
            form.Backward(z, d, dz, 2);
            float.IsFinite(form.Forward(z, d, 2)).Should().BeTrue($"value of {divergence} at {string.Join(" ", z)}");
            dz.Should().OnlyContain(one => float.IsFinite(one));
        }
    }

    private static float[] Desired(int seed)
    {
        var random = new Random(seed);
        if (seed % 2 == 0)
            return [.. Enumerable.Range(0, Width).Select(i => i == seed / 2 % Width ? 1f : 0)];
        float[] d = [.. Enumerable.Range(0, Width).Select(_ => random.NextSingle())];
        return Array.ConvertAll(d, one => one / d.Sum());
    }
}
