using NeuralNet.Kernels;

namespace NeuralNet.Benchmarks;

/// <content>Images and signals.</content>
internal static partial class Workloads
{
    private static readonly (int Size, int Channels, int Filters, int Kernel, int Stride, int Groups, int Rows)[] convolutions =
    [
        (28, 1, 6, 5, 1, 1, 64), (12, 6, 16, 5, 1, 1, 64), (32, 3, 16, 3, 1, 1, 32), (32, 16, 16, 3, 1, 1, 32), (32, 16, 32, 3, 2, 1, 32),
        (16, 32, 32, 3, 1, 1, 32), (8, 64, 64, 3, 1, 1, 32), (56, 64, 64, 3, 1, 1, 1), (14, 256, 256, 3, 1, 1, 1), (14, 64, 64, 1, 1, 1, 32),
        (24, 64, 64, 3, 1, 64, 32),
    ];

    // Single convolutions: size, channels, filters, kernel, stride, rows and pass; padded by half the kernel but for 5×5.
    private static void Convolutions(Action<string, Func<double>> report, int threads)
    {
        foreach ((int size, int channels, int filters, int kernel, int stride, int groups, int rows) in convolutions)
        {
            int padding = kernel == 5 ? 0 : kernel / 2;
            var axis = new WindowAxis(size, kernel, stride, 1, padding, padding);
            var sizes = new ConvolutionSizes(axis, axis, channels, filters, groups);
            string name = $"conv/{size}x{size}-{channels}-{filters}-{kernel}x{kernel}-s{stride}{(groups > 1 ? "-dw" : "")}/b{rows}";
            foreach (string pass in (string[])["forward", "dw", "dx"])
                report($"{name}/{pass}", () => Convolution(sizes, rows, pass, threads));
        }
    }

    private static double Convolution(ConvolutionSizes sizes, int rows, string pass, int threads)
    {
        using var workers = new Workers(threads);
        AlignedBuffer x = Random(rows * sizes.InputSize), z = Random(rows * sizes.OutputSize);
        AlignedBuffer w = Random(sizes.WeightSize), b = Random(sizes.Filters);
        return pass switch
        {
            "forward" => Timing.Best(() => ConvolutionKernels.Forward(sizes, x.Span, w.Span, b.Span, z.Span, rows, workers)),
            "dx" => Timing.Best(() => ConvolutionKernels.InputGradient(sizes, z.Span, w.Span, [], x.Span, rows, workers)),
            _ => Timing.Best(() =>
            {
                w.Span.Clear();
                b.Span.Clear();
                ConvolutionKernels.AddWeightGradient(sizes, x.Span, z.Span, w.Span, rows, [], workers);
                MatrixProduct.AddColumnSums(z.Span, b.Span, rows * sizes.Places, sizes.Filters, workers);
            }),
        };
    }
}
