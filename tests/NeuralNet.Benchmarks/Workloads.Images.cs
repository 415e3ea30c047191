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

    // LeNet, the four networks of MLPerf Tiny, and convolutions along time.
    private static NetworkBuilder LeNet() => Network.Create(Shape.Image(28, 28, 1))
        .Conv(6, 5, activation: Activation.Relu).MaxPool(2).Conv(16, 5, activation: Activation.Relu).MaxPool(2)
        .Flatten().Dense(120, Activation.Relu).Dense(84, Activation.Relu);

    internal static NetworkBuilder ResNet8() => ConvNormRelu(Network.Create(Shape.Image(32, 32, 3)), 16, 3)
        .Parallel(Merge.Sum, b => Block(b, 16, 1), b => b).Activation(Activation.Relu)
        .Parallel(Merge.Sum, b => Block(b, 32, 2), b => b.Conv(32, 1, 2, bias: false).BatchNorm()).Activation(Activation.Relu)
        .Parallel(Merge.Sum, b => Block(b, 64, 2), b => b.Conv(64, 1, 2, bias: false).BatchNorm()).Activation(Activation.Relu)
        .GlobalAveragePool();

    private static NetworkBuilder DsCnn()
    {
        NetworkBuilder builder = Network.Create(Shape.Image(49, 10, 1))
            .Conv(64, (10, 4), 2, Padding.Of(5, 1, 5, 1), bias: false).BatchNorm(activation: Activation.Relu);
        for (int k = 0; k < 4; k++)
            ConvNormRelu(ConvNormRelu(builder, 64, 3, groups: 64), 64, 1);
        return builder.GlobalAveragePool();
    }

    private static NetworkBuilder MobileNet()
    {
        NetworkBuilder builder = ConvNormRelu(Network.Create(Shape.Image(96, 96, 3)), 8, 3, stride: 2);
        foreach ((int filters, int stride) in ((int, int)[])[
            (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1), (256, 2), (256, 1)])
        {
            ConvNormRelu(ConvNormRelu(builder, builder.Shape.FeatureCount, 3, stride, builder.Shape.FeatureCount), filters, 1);
        }

        return builder.GlobalAveragePool();
    }

    private static NetworkBuilder AutoEncoder()
    {
        NetworkBuilder builder = Network.Create(640);
        foreach (int width in (int[])[128, 128, 128, 128, 8, 128, 128, 128, 128])
            builder.Dense(width).BatchNorm(activation: Activation.Relu);
        return builder;
    }

    private static NetworkBuilder Tcn() => Network.Create(Shape.Sequence(128, 8))
        .Conv(32, 5, padding: Padding.Of(2), activation: Activation.Relu).Conv(32, 5, padding: Padding.Of(2), activation: Activation.Relu)
        .GlobalAveragePool();

    private static NetworkBuilder ConvNormRelu(NetworkBuilder builder, int filters, int kernel, int stride = 1, int groups = 1) =>
        builder.Conv(filters, kernel, stride, Padding.Of(kernel / 2), groups: groups, bias: false).BatchNorm(activation: Activation.Relu);

    private static NetworkBuilder Block(NetworkBuilder builder, int filters, int stride) =>
        ConvNormRelu(builder, filters, 3, stride).Conv(filters, 3, padding: Padding.Of(1), bias: false).BatchNorm();

    private static void TrainingOfImages(Action<string, Func<double>> report, int threads)
    {
        Report("lenet-28x28-10/b64/adam", LeNet(), classes: 10, rows: 64, adam: true);
        Report("resnet8-3x32x32-10/b32/sgd", ResNet8(), classes: 10, rows: 32, adam: false);
        Report("dscnn-1x49x10-12/b32/adam", DsCnn(), classes: 12, rows: 32, adam: true);
        Report("tcn-t128-8-32-10/b32/adam", Tcn(), classes: 10, rows: 32, adam: true);

        void Report(string name, NetworkBuilder network, int classes, int rows, bool adam) =>
            report("train/" + name, () => Step(
                network.Dense(classes, Activation.Softmax).Build(seed: 1), rows, threads, adam ? new Adam() : new Sgd()));
    }

    private static void PredictionsOfImages(Action<string, Func<double>> report, int threads)
    {
        foreach (int rows in (int[])[1, 64])
        {
            Report("lenet-28x28-10", LeNet(), 10, Activation.Softmax);
            Report("autoencoder-640-128-8-128-640", AutoEncoder(), 640, Activation.Identity);
            Report("dscnn-1x49x10-12", DsCnn(), 12, Activation.Softmax);
            Report("resnet8-3x32x32-10", ResNet8(), 10, Activation.Softmax);
            if (rows == 1)
                Report("mobilenet025-3x96x96-2", MobileNet(), 2, Activation.Softmax);
            Report("tcn-t128-8-32-10", Tcn(), 10, Activation.Softmax);

            void Report(string name, NetworkBuilder builder, int outputs, Activation last)
            {
                Network network = builder.Dense(outputs, last).Build(seed: 1);
                report($"infer/{name}/b{rows}", () => Prediction(network, rows, threads));
                if (network.Statistics.Length > 0)
                    report($"infer/{name}/b{rows}/unfolded", () => Prediction(network, rows, threads, foldsNorms: false));
            }
        }
    }

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
            "forward" => Timing.Best(() => ConvolutionKernels.Forward(sizes, x.Span, w.Span, b.Span, z.Span, rows, default, workers)),
            "dx" => Timing.Best(() => ConvolutionKernels.InputGradient(sizes, z.Span, w.Span, [], x.Span, rows, default, workers)),
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
