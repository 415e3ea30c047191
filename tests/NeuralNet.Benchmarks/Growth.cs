namespace NeuralNet.Benchmarks;

/// <summary>How the cost of a training step grows: of a dense network with the batch and with the width of the layers, of a convolutional
/// one with the size of the image and with the channels. Measured, and drawn.</summary>
internal static class Growth
{
    // Whoever else uses the machine disturbs some rounds, hardly all.
    private const int Rounds = 3;

    private const int Classes = 10, Colors = 3, ImageRows = 32;

    /// <summary>Measures, and writes growth-batch.svg, growth-width.svg, growth-image.svg and growth-channels.svg, or those of them
    /// whose name contains the filter.</summary>
    public static void Draw(string folder, string filter, int threads, Action<string, double> report)
    {
        Chart("batch", "Rows of a batch", "256-256-10, Adam", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], rows => (Dense(256), rows));
        Chart("width", "Width of the layers", "w-w-10, 64 rows, Adam", [16, 32, 64, 128, 256, 512, 1024, 2048], width => (Dense(width), 64));
        Chart("image", "Height and width of the image, 8 to 96", "conv 3-16-16-10, 32 rows, Adam", [8, 12, 16, 24, 32, 48, 64, 96],
            size => (Convolutional(size, channels: 16), ImageRows));
        Chart("channels", "Channels", "conv 3-c-c-10 on 16 × 16 pixels, 32 rows, Adam", [4, 8, 16, 32, 64, 128],
            channels => (Convolutional(size: 16, channels), ImageRows));

        void Chart(string name, string axis, string title, int[] sizes, Func<int, (Network Network, int Rows)> of)
        {
            string file = $"growth-{name}.svg";
            if (!file.Contains(filter, StringComparison.Ordinal))
                return;

            var (measured, arithmetic) = (new List<(double, double)>(), new List<(double, double)>());
            double peak = 0;
            double[] best = new double[sizes.Length];
            Array.Fill(best, double.MaxValue);
            for (int round = 0; round < Rounds; round++)
            {
                peak = Math.Max(peak, Peak.MultiplyAdds());
                for (int i = 0; i < sizes.Length; i++)
                {
                    (Network network, int rows) = of(sizes[i]);
                    best[i] = Math.Min(best[i], Workloads.Step(network, rows, threads, new Adam()));
                }
            }

            report($"growth/{name}/peak, GFLOP/s", peak);
            foreach ((int size, double time) in sizes.Zip(best))
            {
                (Network network, int rows) = of(size);
                report($"growth/{name}/{size}", time);
                measured.Add((size, time));
                arithmetic.Add((size, Operations(network) * rows / peak * 1e-3));
            }

            Charts.Lines(title, new ChartAxis(axis, IsLogarithmic: true), new ChartAxis("µs", IsLogarithmic: true),
            [
                new ChartLine("a step", ChartColor.First, measured),
                new ChartLine("arithmetic alone", ChartColor.Muted, arithmetic, 1.5, IsDashed: true),
            ], width: 640, height: 400).Save(Path.Combine(folder, file));
        }
    }

    private static Network Dense(int width) => Workloads.Mlp([width, width, Classes]);

    private static Network Convolutional(int size, int channels) => Network.Create(Shape.Image(size, size, Colors))
        .Conv(channels, 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .Conv(channels, 3, padding: Padding.Same, activation: Activation.Relu).MaxPool(2)
        .GlobalAveragePool().Dense(Classes, Activation.Softmax).Build(seed: 1);

    // Of a row: forward and ∇W in every layer, ∇y₋ in all but the first; two operations for each multiply-add.
    private static double Operations(Network network) => 2.0 * ((3 * network.MultiplyAdds) - network.Layers[0].MultiplyAdds);
}
