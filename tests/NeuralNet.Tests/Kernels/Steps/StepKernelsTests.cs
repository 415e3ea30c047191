using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>Passes over sequences beside plain loops, to the bit: by one thread and by several, which take rows, columns or elements.</summary>
public class StepKernelsTests
{
    // Enough elements to be shared; two rows are fewer than three threads. Widths that no vector divides.
    public static TheoryData<int, int, int, int, bool> Sizes => new()
    {
        { 40, 30, 37, 3, true }, { 40, 30, 37, 2, false }, { 2, 20, 601, 3, true }, { 1, 9, 2050, 5, false }, { 7, 5, 64, 1, true },
        { 3, 4, 1, 1, true }, { 2, 6, 67, 1, false },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Mean_and_max(int rows, int steps, int width, int threads, bool hasLengths)
    {
        using var workers = new Workers(threads);
        int[] lengths = hasLengths ? Lengths(rows, steps) : [];
        float[] x = TestData.Normal(rows * steps * width), dy = TestData.Normal(rows * width, 2), dx = new float[x.Length];
        float[] mean = new float[dy.Length], max = new float[dy.Length];
        for (int at = 0; at < x.Length; at += 7)
            x[at] = 2.5f; // equals
        var shape = new StepRows(rows, steps, width, lengths);
        StepKernels.Mean(x, mean, shape, workers);
        StepKernels.Max(x, max, shape, workers);
        float[] meanGradient = Filled(x.Length), maxGradient = Filled(x.Length);
        StepKernels.MeanGradient(dy, meanGradient, shape, workers);
        StepKernels.MaxGradient(x, max, dy, maxGradient, shape, workers);

        float[] expectedMean = new float[dy.Length], expectedMax = new float[dy.Length], expectedMeanGradient = new float[x.Length],
            expectedMaxGradient = new float[x.Length];
        for (int row = 0; row < rows; row++)
        {
            int length = hasLengths ? lengths[row] : steps;
            for (int j = 0; j < width; j++)
            {
                int at = (row * width) + j, best = 0;
                for (int t = 0; t < length; t++)
                {
                    expectedMean[at] += x[Place(row, t, j)];
                    expectedMeanGradient[Place(row, t, j)] = dy[at] / length;
                    if (x[Place(row, t, j)] > x[Place(row, best, j)])
                        best = t;
                }

                expectedMean[at] /= length;
                expectedMax[at] = x[Place(row, best, j)];
                expectedMaxGradient[Place(row, best, j)] = dy[at];
            }
        }

        mean.Should().Equal(expectedMean);
        max.Should().Equal(expectedMax);
        meanGradient.Should().Equal(expectedMeanGradient);
        maxGradient.Should().Equal(expectedMaxGradient);

        int Place(int row, int t, int j) => (((row * steps) + t) * width) + j;
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Positions(int rows, int steps, int width, int threads, bool hasLengths)
    {
        using var workers = new Workers(threads);
        int[] lengths = hasLengths ? Lengths(rows, steps) : [];
        int size = steps * width;
        float[] x = TestData.Normal(rows * size), table = TestData.Normal(size, 2), y = Filled(x.Length), gradient = TestData.Normal(size, 3);
        float[] expected = new float[x.Length], expectedGradient = [.. gradient];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < size && (!hasLengths || i < lengths[row] * width); i++)
            {
                expected[(row * size) + i] = x[(row * size) + i] + table[i];
                expectedGradient[i] += x[(row * size) + i];
            }
        }

        var shape = new StepRows(rows, steps, width, lengths);
        PositionKernels.Add(x, table, y, shape, workers);
        PositionKernels.AddGradient(x, gradient, shape, workers);
        y.Should().Equal(expected);
        gradient.Should().Equal(expectedGradient);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Embeddings(int rows, int steps, int width, int threads, bool hasLengths)
    {
        const int Vocabulary = 6, Padding = 4;
        using var workers = new Workers(threads);
        int[] lengths = hasLengths ? Lengths(rows, steps) : [], drawn = TestData.Labels(rows * steps, Vocabulary);
        float[] ids = [.. drawn.Select(id => (float)id)], table = TestData.Normal(Vocabulary * width, 2), dy = TestData.Normal(ids.Length * width, 3);
        float[] y = Filled(dy.Length), gradient = TestData.Normal(table.Length, 4), expected = new float[y.Length], expectedGradient = [.. gradient];
        for (int p = 0; p < ids.Length; p++)
        {
            if (hasLengths && p % steps >= lengths[p / steps])
            {
                ids[p] = float.NaN;
                continue;
            }

            for (int j = 0; j < width && drawn[p] != Padding; j++)
            {
                expected[(p * width) + j] = table[(drawn[p] * width) + j];
                expectedGradient[(drawn[p] * width) + j] += dy[(p * width) + j];
            }
        }

        EmbeddingKernels.Lookup(ids, table, y, lengths, steps, width, Padding, workers);
        EmbeddingKernels.AddGradient(ids, dy, gradient, lengths, steps, width, Padding, workers);
        y.Should().Equal(expected);
        gradient.Should().Equal(expectedGradient);
    }

    // Pointers follow: what does not fit is refused before.
    [Fact]
    public void Spans_and_lengths_that_do_not_fit_are_refused()
    {
        float[] x = new float[12], y = new float[4];
        foreach (int[] lengths in new int[][] { [3], [3, 4], [0, 3], [3, -1] })
        {
            Refused(() => StepKernels.Mean(x, y, new StepRows(2, 3, 2, lengths), Workers.Alone));
            Refused(() => PositionKernels.Add(x, new float[6], new float[12], new StepRows(2, 3, 2, lengths), Workers.Alone));
            Refused(() => PositionKernels.AddGradient(x, new float[6], new StepRows(2, 3, 2, lengths), Workers.Alone));
            Refused(() => EmbeddingKernels.Lookup(new float[6], x, x.AsSpan(), lengths, 3, 2, -1, Workers.Alone));
            Refused(() => DropoutKernels.Apply(new RandomStream(1), 0.5f, 0, x, new float[12], 2, 6, lengths, 2, Workers.Alone));
        }

        // In passes of people's own, too.
        Shape steps = Shape.Sequence(3, 2);
        foreach (Layer layer in new Layer[]
            { new MultiHeadAttention(steps, 1), new Rnn(steps, 2), new Lstm(steps, 2), new Gru(steps, 2, lastStep: true) })
        {
            foreach (int[] lengths in new int[][] { [4, 1], [0, 3], [3, -1] })
            {
                var run = new LayerRun(layer, 2, lengths);
                Refused(() => run.Forward());
                Refused(() => run.Backward());
            }
        }

        Refused(() => StepKernels.Max(x, y.AsSpan(1), new StepRows(2, 3, 2, []), Workers.Alone));
        Refused(() => StepKernels.Max(x.AsSpan(1), y, new StepRows(2, 3, 2, []), Workers.Alone));
        Refused(() => StepKernels.MeanGradient(y, x.AsSpan(1), new StepRows(2, 3, 2, []), Workers.Alone));
        Refused(() => StepKernels.MaxGradient(x, y, y.AsSpan(1), new float[12], new StepRows(2, 3, 2, []), Workers.Alone));
        Refused(() => PositionKernels.Add(x, new float[5], new float[12], new StepRows(2, 3, 2, []), Workers.Alone));
        Refused(() => PositionKernels.AddGradient(x, new float[5], new StepRows(2, 3, 2, []), Workers.Alone));
        Refused(() => EmbeddingKernels.AddGradient(new float[6], x.AsSpan(1), new float[6], [], 3, 2, -1, Workers.Alone));
    }

    private static int[] Lengths(int rows, int steps) => [.. TestData.Labels(rows, steps).Select(length => length + 1)];

    private static float[] Filled(int count)
    {
        float[] values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }

    private static void Refused(Action call) => call.Should().Throw<ArgumentException>();
}
