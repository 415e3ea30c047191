using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>Cross-entropy of many classes: what is done for a class id, and what threads share, changes no bit.</summary>
public class WideCrossEntropyTests
{
    [Fact]
    public void A_class_id_of_a_row_that_is_not_finite_has_the_bits_of_its_one_hot_vector()
    {
        const int N = 40, Id = 21;
        float[] oneHot = new float[N], expected = new float[N], dz = new float[N];
        oneHot[Id] = 1;
        foreach (float strange in new[] { float.NegativeInfinity, float.PositiveInfinity, float.NaN, 1e30f, -1e30f })
        {
            foreach (int at in new[] { 3, Id })
            {
                float[] z = Floats.Random(N, 1, 10f);
                z[at] = strange;
                double[] value = new double[1], wanted = new double[1];
                SoftmaxCrossEntropy.Run(default(PlainDesired), 1, z, oneHot, 0.7f, expected, wanted);
                SoftmaxCrossEntropy.Run(default(OneHotOfIds), 1, z, [Id], 0.7f, dz, value);
                value[0].Should().Be(wanted[0], $"{strange} at {at}");
                for (int i = 0; i < N; i++)
                    dz[i].Should().Be(expected[i], $"gradient {i} with {strange} at {at}"); // the sign of a NaN may differ
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Threads_take_whole_vectors_and_change_no_bit(int threads)
    {
        const int Vectors = 7, Wide = 5003;
        float[] z = Floats.Random(Vectors * Wide, 1, 10f), d = Floats.Random(Vectors * Wide, 2), ids = [0, 5002, 17, 2500, 5001, 15, 16];
        float[]? weights = ClassTargets.Pinned(Array.ConvertAll(Floats.Random(Wide, 7), Math.Abs));
        using var workers = new Workers(threads);
        workers.ShareElements(z.Length).Should().BeTrue();
        foreach (ClassTargets targets in new ClassTargets[] { new(0, null, true), new(0, null, false), new(0.1f, weights, true) })
        {
            foreach (bool hasGradient in new[] { false, true })
            {
                float[] dz = new float[hasGradient ? z.Length : 0], shared = new float[dz.Length];
                double[] values = new double[Vectors], sharedValues = new double[Vectors];
                targets.RunThroughSoftmax(1, z, targets.ByIds ? ids : d, 0.3f, dz, values);
                targets.RunThroughSoftmax(1, z, targets.ByIds ? ids : d, 0.3f, shared, sharedValues, workers);
                shared.ShouldHaveTheBitsOf(dz, $"{targets}");
                sharedValues.Should().Equal(values);
            }
        }
    }
}
