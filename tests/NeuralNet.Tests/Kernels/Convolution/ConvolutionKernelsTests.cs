using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>The three products of a convolution, against loops in double that go by the definition.</summary>
public class ConvolutionKernelsTests
{
    // 1,000 convolutions drawn at random, with any stride, dilation, padding and number of groups.
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 50)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void All_products_are_those_of_the_definition(int seed)
    {
        for (int i = 0; i < 20; i++)
        {
            var random = new Random((100 * seed) + i);
            Check(Drawn(random), rows: random.Next(1, 4), random);
        }
    }

    [Fact]
    public void Wide_ones_too()
    {
        var random = new Random(1);
        foreach ((int channels, int filters) in new[] { (64, 64), (70, 130), (256, 200), (3, 16), (1, 6), (6, 16), (16, 3) })
            Check(new ConvolutionSizes(new WindowAxis(7, 3, 1, 1, 1, 1), new WindowAxis(9, 3, 1, 1, 1, 1), channels, filters, 1), 2, random);

        // Without padding: planes of some filters, and ∇W of few taps in pairs of lines.
        foreach ((int kernel, int channels, int filters) in new[] { (5, 1, 6), (5, 1, 8), (3, 2, 7), (3, 1, 5), (2, 3, 1), (6, 1, 4), (3, 5, 6) })
        {
            WindowAxis lines = new(12, kernel, 1, 1, 0, 0), columns = new(19, kernel, 1, 1, 0, 0);
            Check(new ConvolutionSizes(lines, columns, channels, filters, 1), 2, random);
        }

        // So many weights that they are used panel by panel, and more rows than are done together.
        Check(new ConvolutionSizes(new WindowAxis(5, 3, 1, 1, 1, 1), new WindowAxis(9, 3, 2, 1, 1, 1), 256, 232, 2), 7, random);
        Check(new ConvolutionSizes(new WindowAxis(40, 3, 2, 1, 1, 1), new WindowAxis(40, 3, 2, 1, 1, 1), 16, 32, 1), 2, random);
        Check(new ConvolutionSizes(new WindowAxis(24, 3, 1, 1, 1, 1), new WindowAxis(24, 3, 1, 1, 1, 1), 64, 64, 64), 2, random);
    }

    // Long axes, where many pixels near an edge have the same part of the window, and rows enough for strips of them.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Long_ones_too(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 6; i++)
        {
            WindowAxis lines = i % 2 == 0 ? new WindowAxis(1, 1, 1, 1, 0, 0) : Axis(random);
            int kernel = random.Next(2, 5), dilation = random.Next(1, 17), stride = random.Next(1, 4), extent = ((kernel - 1) * dilation) + 1;
            var columns = new WindowAxis(random.Next(20, 60), kernel, stride, dilation, random.Next(extent), random.Next(extent));
            if (columns.Outputs > 0)
                Check(new ConvolutionSizes(lines, columns, random.Next(1, 6), random.Next(1, 20), 1), i % 3 == 0 ? 30 : 2, random);
        }
    }

    // Windows of three lines roll over the image and its padding, of which there may be more than a window, and fewer lines than that.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Windows_that_roll_too(int kernel)
    {
        var random = new Random(kernel);
        foreach (int height in new[] { 1, 2, 3, 4, 9 })
        {
            for (int i = 0; i < 12; i++)
            {
                var lines = new WindowAxis(height, 3, 1, 1, random.Next(0, 5), random.Next(0, 5));
                var columns = new WindowAxis(
                    random.Next(1, 9), kernel, random.Next(1, 3), random.Next(1, 3), random.Next(0, 4), random.Next(kernel - 1, 6));
                int channels = random.Next(2, 70);
                if (lines.Outputs > 0 && columns.Outputs > 0)
                    Check(new ConvolutionSizes(lines, columns, channels, channels, channels), random.Next(1, 4), random);
            }
        }
    }

    private static ConvolutionSizes Drawn(Random random)
    {
        int groups = random.Next(3) == 0 ? random.Next(1, 5) : 1;
        bool isDepthwise = random.Next(6) == 0;
        int channels = isDepthwise ? random.Next(2, 40) : groups * random.Next(1, 20), filters = isDepthwise ? channels : groups * random.Next(1, 36);
        return new ConvolutionSizes(Axis(random), Axis(random), channels, filters, isDepthwise ? channels : groups);
    }

    private static WindowAxis Axis(Random random)
    {
        while (true)
        {
            var axis = new WindowAxis(
                random.Next(1, 14), random.Next(1, 6), random.Next(3) == 0 ? random.Next(1, 5) : 1, random.Next(3) == 0 ? random.Next(1, 4) : 1,
                random.Next(0, 4), random.Next(0, 4));
            if (axis.Outputs > 0)
                return axis;
        }
    }

    private static void Check(ConvolutionSizes sizes, int rows, Random random)
    {
        float[] x = Floats.Random(rows * sizes.InputSize, random.Next()), w = Floats.Random(sizes.WeightSize, random.Next());
        float[] bias = Floats.Random(sizes.Filters, random.Next()), dz = Floats.Random(rows * sizes.OutputSize, random.Next());
        float[] inputBias = Floats.Random(sizes.Channels, random.Next()), before = Floats.Random(w.Length, random.Next());
        double[] z = new double[dz.Length], dw = [.. before.Select(one => (double)one)], dx = new double[x.Length];
        for (int i = 0; i < z.Length; i++)
            z[i] = bias[i % sizes.Filters];
        for (int i = 0; i < dx.Length; i++)
            dx[i] = inputBias[i % sizes.Channels];
        ForEach(sizes, rows, (at, from, weight) =>
        {
            z[at] += (double)x[from] * w[weight];
            dw[weight] += (double)x[from] * dz[at];
            dx[from] += (double)w[weight] * dz[at];
        });
        float[]? first = null;
        for (int threads = 1; threads <= 3; threads++)
        {
            using var workers = new Workers(threads);
            Guarded madeZ = new(new float[z.Length], threads), madeX = new(new float[dx.Length], threads), madeW = new(before, threads);
            ConvolutionKernels.Forward(sizes, x, w, bias, madeZ.Span, rows, default, workers);
            ConvolutionKernels.InputGradient(sizes, dz, w, inputBias, madeX.Span, rows, default, workers);
            ConvolutionKernels.AddWeightGradient(sizes, x, dz, madeW.Span, rows, [], workers);
            Near(madeZ.Span, z, $"z of {sizes}, {rows} rows");
            Near(madeX.Span, dx, $"dx of {sizes}, {rows} rows");
            Near(madeW.Span, dw, $"dw of {sizes}, {rows} rows");
            madeZ.ShouldBeIntact("z");
            madeX.ShouldBeIntact("dx");
            madeW.ShouldBeIntact("dw");
            float[] all = [.. madeZ.Span, .. madeX.Span, .. madeW.Span];
            (first ??= all).ShouldHaveTheBitsOf(all, $"{threads} threads");

            Finish(sizes, x, w, bias, madeZ.Span, rows, (random.Next(2) == 0, random.Next(2) == 0), workers, isBackward: false);
            Finish(sizes, dz, w, inputBias, madeX.Span, rows, (random.Next(2) == 0, random.Next(2) == 0), workers, isBackward: true);
            float[] sum = Floats.Random(before.Length, 1), byRows = [.. before], expected = [.. before];
            ConvolutionKernels.AddWeightGradient(sizes, x, dz, byRows, rows, sum, workers);
            for (int row = 0; row < rows; row++)
            {
                float[] own = new float[before.Length];
                ReadOnlySpan<float> rowX = x.AsSpan(row * sizes.InputSize, sizes.InputSize);
                ConvolutionKernels.AddWeightGradient(
                    sizes, rowX, dz.AsSpan(row * sizes.OutputSize, sizes.OutputSize), own, 1, [], workers);
                for (int i = 0; i < own.Length; i++)
                    expected[i] += own[i];
            }

            byRows.ShouldHaveTheBitsOf(expected, $"row by row, {sizes}");
        }

        float[] one = new float[sizes.OutputSize], second = new float[sizes.InputSize];
        ConvolutionKernels.Forward(sizes, x.AsSpan((rows - 1) * sizes.InputSize), w, bias, one, 1, default, Workers.Alone);
        ConvolutionKernels.InputGradient(sizes, dz.AsSpan((rows - 1) * sizes.OutputSize), w, inputBias, second, 1, default, Workers.Alone);
        one.ShouldHaveTheBitsOf(first!.AsSpan((rows - 1) * sizes.OutputSize, sizes.OutputSize), "a row by itself");
        second.ShouldHaveTheBitsOf(first.AsSpan(z.Length + ((rows - 1) * sizes.InputSize), sizes.InputSize), "a row's dx by itself");
    }

    // What is done to the sums at once has the bits of a pass over them.
    private static void Finish(
        ConvolutionSizes sizes, float[] from, float[] w, float[] bias, ReadOnlySpan<float> made, int rows, (bool Scales, bool Rectifies) kind,
        Workers workers, bool isBackward)
    {
        int channels = isBackward ? sizes.Channels : sizes.Filters;
        int repeats = new ColumnLines(channels).Repeats;
        var then = new ChannelScale { Rectifies = kind.Rectifies };
        if (kind.Scales)
        {
            then.Origin = Line(1);
            then.Scale = Line(2);
            then.Shift = Line(3);
        }

        float[] expected = [.. made], actual = new float[made.Length];
        for (int i = 0; i < expected.Length; i++)
        {
            int channel = i % channels;
            float y = kind.Scales
                ? MathF.FusedMultiplyAdd(expected[i] - then.Origin[channel], then.Scale[channel], then.Shift[channel]) : expected[i];
            expected[i] = kind.Rectifies && y <= 0 ? 0 : y;
        }

        if (isBackward)
            ConvolutionKernels.InputGradient(sizes, from, w, bias, actual, rows, then, workers);
        else
            ConvolutionKernels.Forward(sizes, from, w, bias, actual, rows, then, workers);
        float[] Line(int seed) => [.. Enumerable.Repeat(Floats.Random(channels, seed), repeats).SelectMany(one => one)];
        actual.ShouldHaveTheBitsOf(expected, $"scaled: {kind.Scales}, rectified: {kind.Rectifies}, {sizes}, {rows} rows");
    }

    private static void ForEach(ConvolutionSizes sizes, int rows, Action<int, int, int> body)
    {
        (WindowAxis lines, WindowAxis columns) = (sizes.Lines, sizes.Columns);
        for (int row = 0; row < rows; row++)
        {
            for (int oy = 0; oy < lines.Outputs; oy++)
            {
                for (int ox = 0; ox < columns.Outputs; ox++)
                {
                    for (int ky = 0; ky < lines.Kernel; ky++)
                    {
                        for (int kx = 0; kx < columns.Kernel; kx++)
                        {
                            int y = (oy * lines.Stride) + (ky * lines.Dilation) - lines.Before;
                            int x = (ox * columns.Stride) + (kx * columns.Dilation) - columns.Before;
                            if (y < 0 || y >= lines.Size || x < 0 || x >= columns.Size)
                                continue;
                            for (int f = 0; f < sizes.Filters; f++)
                            {
                                int group = f / sizes.GroupFilters;
                                for (int c = 0; c < sizes.GroupChannels; c++)
                                {
                                    body(
                                        (((((row * lines.Outputs) + oy) * columns.Outputs) + ox) * sizes.Filters) + f,
                                        (((((row * lines.Size) + y) * columns.Size) + x) * sizes.Channels) + (group * sizes.GroupChannels) + c,
                                        (((((ky * columns.Kernel) + kx) * sizes.GroupChannels) + c) * sizes.Filters) + f);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static void Near(ReadOnlySpan<float> made, double[] expected, string what)
    {
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            made[i].ShouldBeNear(expected[i], 1e-5, what, floor: Math.Max(largest, 1e-30));
    }
}
