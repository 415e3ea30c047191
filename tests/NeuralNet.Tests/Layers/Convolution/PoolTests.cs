using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

/// <summary>Pools beside loops in double that go by the definition, over hundreds of random shapes; ties, NaN, pieces, and what is refused.</summary>
public class PoolTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Pools_are_what_the_definition_says(int seed)
    {
        for (int i = 0; i < 30; i++)
        {
            var random = new Random((100 * seed) + i);
            bool isSequence = random.Next(3) == 0, isMax = random.Next(2) == 0, ceiling = random.Next(2) == 0, counts = random.Next(2) == 0;
            int channels = random.Next(4) == 0 ? random.Next(1, 41) : random.Next(1, 9), rows = random.Next(1, 8);
            Shape input = isSequence ? Shape.Sequence(random.Next(1, 34), channels)
                : Shape.Image(random.Next(1, 13), random.Next(1, 13), channels);
            HeightWidth size = (isSequence ? 1 : random.Next(1, 5), random.Next(1, 5));
            HeightWidth stride = (isSequence ? 1 : random.Next(1, 5), random.Next(1, 5));
            HeightWidth dilation = isMax && random.Next(3) == 0 ? (isSequence ? 1 : random.Next(1, 3), random.Next(1, 3)) : 1;
            Padding padding = random.Next(4) switch
            {
                0 => Padding.Same,
                1 => isSequence ? Padding.Causal : Padding.Of(random.Next(3)),
                2 when isSequence => Padding.Of(random.Next(3), random.Next(3)),
                2 => Padding.Of(random.Next(3), random.Next(3), random.Next(3), random.Next(3)),
                _ => Padding.Valid,
            };
            Layer layer;
            try
            {
                layer = isMax ? new MaxPool(input, size, stride, padding, dilation, ceiling)
                    : new AveragePool(input, size, stride, padding, counts, ceiling);
            }
            catch (ArgumentException)
            {
                IsImpossible(input, size, stride, padding, dilation, ceiling).Should().BeTrue($"{input}, {size}, {stride}, {padding}, {dilation}");
                continue;
            }

            IsImpossible(input, size, stride, padding, dilation, ceiling).Should().BeFalse(layer.ToString());
            int[] lengths = [];
            if (isSequence && random.Next(2) == 0)
            {
                int[] possible = [.. Enumerable.Range(1, input.Steps)
                    .Where(n => !IsImpossible(Shape.Sequence(n, channels), size, stride, padding, dilation, ceiling))];
                lengths = [.. Enumerable.Range(0, rows).Select(_ => possible[random.Next(possible.Length)])];
            }

            Check(layer, new Definition(isMax, size, stride, padding, dilation, ceiling, counts), rows, lengths, random);
        }
    }

    private static void Check(Layer layer, Definition definition, int rows, int[] lengths, Random random)
    {
        // Few different numbers, so that many are equal.
        var run = new LayerRun(layer, rows, lengths);
        for (int i = 0; i < run.Input.Length; i++)
            run.Input[i] = definition.IsMax ? random.Next(-2, 3) : (random.NextSingle() * 4) - 2;
        Floats.Random(run.OutputGradient.Length, 1).CopyTo(run.OutputGradient, 0);
        run.Forward();
        run.Backward();
        int size = layer.Input.Size, outputs = layer.Output.Size;
        for (int row = 0; row < rows; row++)
        {
            Shape input = lengths.Length == 0 ? layer.Input : Shape.Sequence(lengths[row], layer.Input.FeatureCount);
            (double[] y, double[] dx) = definition.Of(input, run.Input.AsSpan(row * size, size), run.OutputGradient.AsSpan(row * outputs, outputs));
            Near(run.Output.AsSpan(row * outputs, outputs), y);
            Near(run.InputGradient.AsSpan(row * size, size), dx);
        }

        void Near(Span<float> made, double[] expected)
        {
            for (int i = 0; i < made.Length; i++)
                made[i].Should().BeApproximately(i < expected.Length ? (float)expected[i] : 0, 2e-6f, $"{layer}, {rows} rows, [{i}]");
        }
    }

    private static bool IsImpossible(Shape input, HeightWidth size, HeightWidth stride, Padding padding, HeightWidth dilation, bool ceiling)
    {
        Axis[] axes = Axis.Of(input, size, stride, padding, dilation, ceiling);
        return axes.Any(axis => axis.Outputs < 1
            || Enumerable.Range(0, axis.Outputs).Any(o => !axis.Places(o).Any(place => place >= 0 && place < axis.Size)));
    }

    [Fact]
    public void The_gradient_goes_to_the_first_of_the_largest_and_NaN_stays_NaN()
    {
        float[] Gradient(params float[] x)
        {
            var run = new LayerRun(new MaxPool(Shape.Image(2, 2, 1), 2), 1);
            x.CopyTo(run.Input, 0);
            run.OutputGradient[0] = 5;
            run.Forward();
            run.Backward();
            run.Output[0].Should().Be(x.Any(float.IsNaN) ? float.NaN : x.Max());
            return run.InputGradient;
        }

        Gradient(1, 3, 3, 3).Should().Equal(0, 5, 0, 0);
        Gradient(2, 2, 2, 2).Should().Equal(5, 0, 0, 0);
        Gradient(-0f, 0, -1, 0).Should().Equal(5, 0, 0, 0);
        Gradient(1, float.NaN, 3, float.NaN).Should().Equal(0, 5, 0, 0);
        Gradient(float.NaN, float.PositiveInfinity, 3, 1).Should().Equal(5, 0, 0, 0);
        Gradient(float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity).Should().Equal(5, 0, 0, 0);

        // Negative inputs: padding, were it 0, would win.
        Network padded = Network.Create(Shape.Image(2, 2, 1)).MaxPool(2, 1, Padding.Of(1)).Build();
        padded.Predict([-4, -3, -2, -1]).Should().Equal(-4, -3, -3, -2, -1, -1, -2, -1, -1);
        Network means = Network.Create(Shape.Image(2, 2, 1)).AveragePool(2).Build();
        means.Predict([1, float.NaN, 2, 3]).Should().Equal(float.NaN);
        means.Predict([float.MaxValue, float.MaxValue, 0, 0]).Should().Equal(float.PositiveInfinity);
    }

    [Fact]
    public void Padding_counts_only_where_it_is_asked_for_and_what_is_past_it_never()
    {
        float[] Mean(bool counts) =>
            Network.Create(Shape.Sequence(4, 1)).AveragePool(3, 2, Padding.Of(1), counts, ceiling: true).Build().Predict([6, 12, 18, 24]);

        // Windows: [p 6 12], [12 18 24], [24 p and one past the padding].
        Mean(false).Should().Equal(9, 18, 24);
        Mean(true).Should().Equal(6, 18, 12);
    }

    [Fact]
    public void Means_of_large_images_keep_their_digits()
    {
        Shape image = Shape.Image(256, 300, 3);
        float[] x = [.. Floats.Random(image.Size, 1).Select(one => 1 + one)];
        float[] y = Network.Create(image).GlobalAveragePool().Build().Predict(x);
        for (int channel = 0; channel < 3; channel++)
        {
            double mean = 0;
            for (int i = channel; i < x.Length; i += 3)
                mean += x[i] / (double)(image.Size / 3);
            y[channel].Should().BeApproximately((float)mean, 1e-6f);
        }
    }

    [Fact]
    public void Of_a_sequence_the_whole_mean_and_maximum_are_those_over_its_real_steps()
    {
        Network network = Network.Create(Shape.Sequence(3, 1)).Parallel(Merge.Concat, b => b.GlobalAveragePool(), b => b.GlobalMaxPool()).Build();
        float[] y = new float[4];
        using Workspace workspace = network.CreateWorkspace(2);
        network.Predict(new Batch { Rows = 2, Inputs = [1, 3, float.NaN, 2, 9, 4], Lengths = [2, 3] }, y, workspace);
        y.Should().Equal(2, 3, 5, 9);
    }

    // The last of 9 and 2 steps is shorter than the window.
    [Theory]
    [InlineData(false, 6)]
    [InlineData(false, 9)]
    [InlineData(true, 6)]
    [InlineData(true, 9)]
    public void Pieces_of_a_multiple_of_the_stride_give_the_whole(bool isMax, int first)
    {
        Network network = Network.Create(Shape.Sequence(11, 2)).Gru(3)
            .Add(shape => isMax ? new MaxPool(shape, 2, 3, ceiling: true) : new AveragePool(shape, 3, ceiling: true)).Build(1);
        float[] x = Floats.Random(22, 1), whole = new float[12], pieces = new float[12];
        using Workspace workspace = network.CreateWorkspace(1);
        network.Predict(new Batch { Rows = 1, Inputs = x }, whole, workspace);
        float[] state = new float[network.StatePerRow];
        network.Predict(new Batch { Rows = 1, Steps = first, Inputs = x.AsSpan(0, 2 * first), State = state }, pieces.AsSpan(0, first), workspace);
        var last = new Batch { Rows = 1, Steps = 11 - first, Inputs = x.AsSpan(2 * first), State = state, IsLastPiece = true };
        network.Predict(last, pieces.AsSpan(first), workspace);
        pieces.Should().Equal(whole);
        new MaxPool(Shape.Sequence(4, 1), 2).IsStreamable.Should().BeTrue();
        new MaxPool(Shape.Sequence(4, 1), 2, 1).IsStreamable.Should().BeFalse();
        new MaxPool(Shape.Sequence(4, 1), 2, 2, dilation: 2).IsStreamable.Should().BeFalse();
        new AveragePool(Shape.Sequence(4, 1), 2, padding: Padding.Same).IsStreamable.Should().BeFalse();
    }

    [Fact]
    public void What_cannot_be_is_refused_with_words()
    {
        Shape image = Shape.Image(4, 4, 2), steps = Shape.Sequence(4, 2);
        Refused<ArgumentException>(
            () => new MaxPool(5, 2), "MaxPool takes an image*but got Features(5). If the 5 features are an image*Shape.Image(*), or put Reshape *");
        Refused<ArgumentException>(() => new AveragePool(default, 2), "The shape is empty*");
        Refused<ArgumentOutOfRangeException>(() => new MaxPool(image, 5), "MaxPool: a window of 5×5*does not fit into Image(4, 4, 2)*");
        Refused<ArgumentOutOfRangeException>(() => new MaxPool(image, 3, dilation: 2), "*a window of 3×3 (dilation 2×2) does not fit*");
        Refused<ArgumentOutOfRangeException>(() => new AveragePool(steps, 7, padding: Padding.Of(1)), "AveragePool: a window*does not fit*");
        Refused<ArgumentOutOfRangeException>(() => new MaxPool(image, 0), "size must be at least 1*0*");
        Refused<ArgumentOutOfRangeException>(() => new MaxPool(image, 2, 0), "stride must be at least 1*0*");
        Refused<ArgumentOutOfRangeException>(() => new AveragePool(image, 2, (1, -1)), "stride must be at least 1*-1*");
        Refused<ArgumentOutOfRangeException>(() => new MaxPool(image, 2, dilation: -3), "dilation must be at least 1*-3*");
        Refused<ArgumentException>(() => new MaxPool(steps, (2, 3)), "Sequence(4, 2) has steps and no height: size must be one number*");
        Refused<ArgumentException>(() => new MaxPool(image, 2, padding: Padding.Causal), "Padding.Causal is for the steps of a sequence*");
        Refused<ArgumentException>(() => new MaxPool(steps, 2, padding: Padding.Of(1, 1, 1, 0)), "*no lines to pad above and below*");
        Refused<ArgumentException>(() => new MaxPool(image, 2, 1, Padding.Of(2)), "MaxPool: of Image(4, 4, 2) a window of 2×2*in padding alone*");
        Refused<ArgumentException>(
            () => new AveragePool(steps, 2, 1, Padding.Of(0, 2)), "AveragePool: of Sequence(4, 2) with 4 steps*padding alone*");
        Refused<ArgumentException>(
            () => new MaxPool(Shape.Image(2, 9, 1), 2, 1, Padding.Of(1), (3, 1)), "MaxPool: of Image(2, 9, 1)*dilation 3×1*padding alone*");
        Refused<ArgumentOutOfRangeException>(() => new MaxPool(image, 2, padding: Padding.Of(int.MaxValue)), "With its padding Image(4, 4, 2)*");
        Refused<ArgumentOutOfRangeException>(() => new AveragePool(image, int.MaxValue, 1, Padding.Same), "*at most*possible*");
        Refused<ArgumentException>(() => new GlobalMaxPool(steps), "GlobalMaxPool takes an image*Of a sequence take MaxOverSteps*");
        Refused<ArgumentException>(
            () => new GlobalAveragePool(3), "GlobalAveragePool takes an image*got Features(3). If the 3 features are an image*, or put Reshape *");
        Refused<ArgumentException>(() => new GlobalAveragePool(default), "*an empty shape*");
        Refused<ArgumentException>(() => Network.Create(4).MaxPool(2), "*MaxPool takes an image*");
    }

    [Fact]
    public void Rows_that_are_too_short_for_a_window_are_refused_with_words()
    {
        Network network = Network.Create(Shape.Sequence(6, 1)).MaxPool(3).Build();
        Network padded = Network.Create(Shape.Sequence(6, 1)).MaxPool(2, 1, Padding.Of(1), 3).Build();
        using Workspace workspace = network.CreateWorkspace(2), other = padded.CreateWorkspace(2);
        float[] y = new float[2 * padded.Output.Size];
        Refused<ArgumentException>(
            () => network.Predict(new Batch { Rows = 2, Inputs = new float[12], Lengths = [6, 2] }, y.AsSpan(0, 4), workspace), "*2*steps*");
        Refused<ArgumentException>(
            () => padded.Predict(new Batch { Rows = 2, Inputs = new float[12], Lengths = [6, 2] }, y, other),
            "*MaxPool: of row 1 with 2 steps a window*padding alone*");
        padded.Predict(new Batch { Rows = 2, Inputs = new float[12], Lengths = [6, 3] }, y, other);
    }

    private static void Refused<T>(Func<object> make, string words) where T : Exception => Refused<T>((Action)(() => _ = make()), words);

    private static void Refused<T>(Action act, string words) where T : Exception => act.Should().ThrowExactly<T>().WithMessage(words);

    // One axis as PyTorch, ONNX and Keras define it.
    private sealed record Axis(int Size, int Kernel, int Stride, int Dilation, long Before, long After, int Outputs)
    {
        public static Axis[] Of(Shape input, HeightWidth size, HeightWidth stride, Padding padding, HeightWidth dilation, bool ceiling)
        {
            bool isSequence = input.Kind == ShapeKind.Sequence;
            return
            [
                isSequence ? new Axis(1, 1, 1, 1, 0, 0, 1)
                    : Of(input.Height, size.Height, stride.Height, dilation.Height, padding, padding.Top, padding.Bottom, ceiling),
                Of(
                    isSequence ? input.Steps : input.Width, size.Width, stride.Width, dilation.Width, padding, padding.Left, padding.Right, ceiling),
            ];
        }

        private static Axis Of(int size, int kernel, int stride, int dilation, Padding padding, int before, int after, bool ceiling)
        {
            int extent = ((kernel - 1) * dilation) + 1;
            if (padding == Padding.Same)
            {
                int total = Math.Max(0, ((((size + stride - 1) / stride) - 1) * stride) + extent - size);
                (before, after) = (total / 2, total - (total / 2));
            }
            else if (padding == Padding.Causal)
            {
                before = extent - 1;
            }

            int free = size + before + after - extent + (ceiling ? stride - 1 : 0);
            int outputs = free < 0 ? 0 : (free / stride) + 1;
            if (ceiling && (outputs - 1) * stride >= size + before)
                outputs--;
            return new Axis(size, kernel, stride, dilation, before, after, outputs);
        }

        public IEnumerable<long> Places(int output) => Enumerable.Range(0, Kernel).Select(k => ((long)output * Stride) - Before + (k * Dilation));
    }

    private sealed record Definition(
        bool IsMax, HeightWidth Size, HeightWidth Stride, Padding Padding, HeightWidth Dilation, bool Ceiling, bool Counts)
    {
        public (double[] Y, double[] Dx) Of(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> dy)
        {
            Axis[] axes = Axis.Of(input, Size, Stride, Padding, Dilation, Ceiling);
            (Axis lines, Axis columns, int channels) = (axes[0], axes[1], input.FeatureCount);
            double[] y = new double[lines.Outputs * columns.Outputs * channels], dx = new double[input.Size];
            for (int at = 0; at < y.Length; at++)
            {
                (int pixel, int channel) = Math.DivRem(at, channels);
                (int line, int column) = Math.DivRem(pixel, columns.Outputs);
                var values = new List<int>();
                int counted = 0;
                foreach (long i in lines.Places(line))
                {
                    foreach (long j in columns.Places(column))
                    {
                        bool isIn = i >= 0 && j >= 0 && i < lines.Size && j < columns.Size;
                        if (isIn)
                            values.Add((int)((((i * columns.Size) + j) * channels) + channel));
                        counted += isIn || (Counts && i < lines.Size + lines.After && j < columns.Size + columns.After) ? 1 : 0;
                    }
                }

                if (IsMax)
                {
                    int first = values[0];
                    foreach (int value in values)
                        first = x[value] > x[first] ? value : first;
                    y[at] = x[first];
                    dx[first] += dy[at];
                    continue;
                }

                foreach (int value in values)
                {
                    y[at] += x[value] / (double)counted;
                    dx[value] += dy[at] / (double)counted;
                }
            }

            return (y, dx);
        }
    }
}
