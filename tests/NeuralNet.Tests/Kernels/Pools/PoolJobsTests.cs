using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>Pools have the same bits for every vector width and however many parts the work is divided into.</summary>
public class PoolJobsTests
{
    [Fact]
    public void Every_width_and_number_of_parts_has_the_same_bits()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            bool isSequence = random.Next(3) == 0;
            int rows = random.Next(1, 4), channels = random.Next(1, 41);
            WindowAxis lines = isSequence ? new WindowAxis(1, 1, 1, 1, 0, 0) : Axis(random), columns = Axis(random);
            int[] lengths = isSequence && random.Next(2) == 0
                ? [.. Enumerable.Range(0, rows).Select(_ => random.Next(columns.Extent, columns.Size + 1))] : [];
            Check(rows, lines, columns, channels, lengths, (PoolCount)random.Next(3), random);
        }
    }

    // Windows without padding, or with one that leaves each a value of the input.
    private static WindowAxis Axis(Random random)
    {
        while (true)
        {
            int dilation = random.Next(4) == 0 ? 2 : 1;
            var axis = new WindowAxis(
                random.Next(1, 12), random.Next(1, 5), random.Next(1, 5), dilation, random.Next(3), random.Next(3));
            if (axis.Outputs > 0 && axis.FirstOutside() < 0 && axis.Size >= axis.Extent)
                return axis;
        }
    }

    private static void Check(int rows, WindowAxis lines, WindowAxis columns, int channels, int[] lengths, PoolCount count, Random random)
    {
        // Rows with lengths whose last window is in padding alone are left out: layers refuse them.
        WindowAxis Of(int length) => columns with { Size = length };
        if (lengths.Any(length => Of(length).FirstOutside() >= 0))
            return;
        int size = rows * lines.Size * columns.Size * channels, pooled = rows * lines.Outputs * columns.Outputs * channels;
        float[] x = [.. Enumerable.Range(0, size).Select(_ => (float)random.Next(-3, 4))], dy = Floats.Random(pooled, 2);
        float[][]? first = null;
        for (int parts = 1; parts <= 3; parts++)
        {
            foreach (float[][] all in new[] { On<Simd128>(), On<Simd256>(), On<Simd512>() })
            {
                first ??= all;
                for (int i = 0; i < all.Length; i++)
                    all[i].ShouldHaveTheBitsOf(first[i], $"{i} of {rows} rows, {lines}, {columns}, {channels} channels, {parts} parts");
            }

            float[][] On<TVector>() where TVector : struct, ISimdVector<TVector>
            {
                float[] max = Forward<MaxPoolFormula, TVector>(), mean = Forward<MeanPoolFormula, TVector>();
                return [max, mean, Backward<MaxPoolFormula, TVector>(max), Backward<MeanPoolFormula, TVector>(mean)];
            }

            float[] Forward<TFormula, TVector>() where TFormula : struct, IPoolFormula where TVector : struct, ISimdVector<TVector>
            {
                float[] y = new float[pooled];
                Array.Fill(y, float.NaN);
                var sizes = new PoolSizes(rows, lines, columns, channels, lengths, Of) { Count = count };
                var job = new PoolForward<TFormula> { Sizes = sizes, X = x, Y = y };
                for (int part = 0; part < parts; part++)
                    PoolForward<TFormula>.Part<TVector>(ref job, part, parts);
                return y;
            }

            float[] Backward<TFormula, TVector>(float[] y) where TFormula : struct, IPoolFormula where TVector : struct, ISimdVector<TVector>
            {
                float[] dx = new float[size];
                Array.Fill(dx, float.NaN);
                var job = new PoolBackward<TFormula>
                {
                    Sizes = new PoolSizes(rows, lines, columns, channels, lengths, Of) { Count = count },
                    X = x,
                    Y = y,
                    Dy = dy,
                    Dx = dx,
                };
                for (int part = 0; part < parts; part++)
                    PoolBackward<TFormula>.Part<TVector>(ref job, part, parts);
                return dx;
            }
        }
    }

    [Fact]
    public void Every_width_and_number_of_parts_resizes_an_image_with_the_same_bits()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            int rows = random.Next(1, 4), channels = random.Next(1, 41);
            var places = (ResizePlaces)random.Next(3);
            ResizeRounding? rounding = random.Next(2) == 0 ? null : (ResizeRounding)random.Next(4);
            (ResizeAxis lines, ResizeAxis columns) = (Axis(), Axis());
            ResizeAxis Axis()
            {
                (int size, int outputs) = (random.Next(1, 9), random.Next(1, 15));
                return ResizeAxis.Of(size, outputs, (outputs, size), places, rounding);
            }

            float[] x = Floats.Random(rows * lines.Size * columns.Size * channels, seed);
            float[] dy = Floats.Random(rows * lines.Outputs * columns.Outputs * channels, 1);
            float[]? first = null;
            for (int parts = 1; parts <= 3; parts++)
            {
                foreach (float[] all in new[] { On<Simd128>(), On<Simd256>(), On<Simd512>() })
                    (first ??= all).ShouldHaveTheBitsOf(all, $"{rows} rows, {lines}, {columns}, {channels} channels, {parts} parts");

                float[] On<TVector>() where TVector : struct, ISimdVector<TVector> =>
                    [.. Made<TVector>(x, dy.Length), .. Made<TVector>(dy, x.Length, isBackward: true)];

                float[] Made<TVector>(float[] from, int length, bool isBackward = false) where TVector : struct, ISimdVector<TVector>
                {
                    float[] to = new float[length];
                    Array.Fill(to, float.NaN);
                    var job = new ResizeKernel.Job
                    {
                        Lines = lines,
                        Columns = columns,
                        ColumnsOf = _ => columns,
                        Channels = channels,
                        Rows = rows,
                        From = from,
                        To = to,
                        IsBackward = isBackward,
                    };
                    for (int part = 0; part < parts; part++)
                        ResizeKernel.Job.Part<TVector>(ref job, part, parts);
                    return to;
                }
            }
        }
    }

    // Work that is large enough to be shared.
    [Fact]
    public void Threads_give_the_same_bits()
    {
        Shape image = Shape.Image(40, 33, 24), steps = Shape.Sequence(900, 24);
        foreach (Layer layer in (Layer[])
        [
            new MaxPool(image, 3, 2, Padding.Same), new AveragePool(image, 3, 1, Padding.Of(1), countPadding: true), new MaxPool(steps, 3, 2),
            new AveragePool(steps, 4, ceiling: true), new GlobalAveragePool(image), new GlobalMaxPool(image), new Upsample(image, 2),
            new Upsample(steps, 2), new Upsample(image, 2, UpsampleMode.Bilinear), new Upsample(steps, 2, UpsampleMode.Bilinear),
            new Resize(image, (57, 50), UpsampleMode.Bilinear), new Resize(image, (11, 9), UpsampleMode.Bilinear, ResizePlaces.AlignedCorners),
            new Resize(image, (57, 20)), Resize.ByScale(steps, 1, 1.3f, UpsampleMode.Bilinear), new Resize(steps, 400, UpsampleMode.Bilinear),
            new Pad(image, Padding.Of(2), 1),
            new Pad(image, Padding.Of(2), mode: PadMode.Reflect), new Pad(steps, Padding.Of(2), mode: PadMode.Edge),
        ])
        {
            Network network = Network.Create(layer.Input).Add(_ => layer).Build(1);
            foreach (int rows in new[] { 1, 5 })
            {
                float[] x = Floats.Random(rows * layer.Input.Size, 1), dy = Floats.Random(rows * layer.Output.Size, 2);
                int[] lengths = layer.Input.Kind == ShapeKind.Sequence && rows > 1 ? [900, 17, 333, 899, 4] : [];
                float[]? first = null;
                for (int threads = 1; threads <= 3; threads++)
                {
                    using Workspace workspace = network.CreateWorkspace(rows, threads);
                    float[] y = new float[dy.Length], dx = new float[x.Length];
                    network.Forward(new Batch { Rows = rows, Inputs = x, Lengths = lengths }, y, workspace);
                    network.Backward(new Batch { Rows = rows, Inputs = x, Lengths = lengths }, dy, [], dx, workspace);
                    float[] all = [.. y, .. dx];
                    (first ??= all).ShouldHaveTheBitsOf(all, $"{layer}, {threads} threads");
                }
            }
        }
    }
}
