namespace NeuralNet;

/// <summary>How well a network does on a data set.</summary>
public sealed class Evaluation
{
    private Evaluation(double divergence, double meanAbsoluteError, double rootMeanSquareError, ConfusionMatrix? confusion)
    {
        Divergence = divergence;
        MeanAbsoluteError = meanAbsoluteError;
        RootMeanSquareError = rootMeanSquareError;
        Confusion = confusion;
    }

    /// <summary>The mean divergence over the rows.</summary>
    public double Divergence { get; }

    /// <summary>The mean of |yᵢ − dᵢ| over all outputs of all rows.</summary>
    public double MeanAbsoluteError { get; }

    /// <summary>The root of the mean of (yᵢ − dᵢ)² over all outputs of all rows.</summary>
    public double RootMeanSquareError { get; }

    /// <summary>Which class was taken for which; null for data without classes, or with more than 4,096.</summary>
    public ConfusionMatrix? Confusion { get; }

    /// <summary>The share of rows whose class was predicted; null where there is no <see cref="Confusion"/>.</summary>
    public double? Accuracy => Confusion?.Accuracy;

    /// <summary>Measures a network on a data set, in inference.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The data.</param>
    /// <param name="divergence">The divergence to measure.</param>
    /// <param name="threads">How many threads share the work.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">The widths of the data do not fit the network.</exception>
    public static Evaluation Of(Network network, Dataset data, Divergence divergence, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(divergence);
        CheckFit(network, data);
        using Workspace workspace = network.CreateWorkspace(ChunkOf(network, data), threads, training: false);
        return Of(network, data, divergence, workspace);
    }

    internal static Evaluation Of(Network network, Dataset data, Divergence divergence, Workspace workspace)
    {
        CheckFit(network, data);
        ConfusionMatrix? confusion = data.Classes is > 0 and <= ConfusionMatrix.MostClasses ? new ConfusionMatrix(data.ClassNames) : null;
        int chunk = ChunkOf(network, data);
        float[] outputs = new float[chunk * data.OutputWidth];
        double divergenceSum = 0, absoluteSum = 0, squareSum = 0;
        for (int first = 0; first < data.Rows; first += chunk)
        {
            int rows = Math.Min(chunk, data.Rows - first);
            Span<float> y = outputs.AsSpan(0, rows * data.OutputWidth);
            ReadOnlySpan<float> desired = data.Desired.Slice(first * data.OutputWidth, y.Length);
            var batch = new Batch
            {
                Rows = rows,
                Inputs = data.Inputs.Slice(first * data.InputWidth, rows * data.InputWidth),
                Desired = desired,
                FirstRow = first,
            };
            divergenceSum += network.Measure(batch, divergence, y, workspace) * rows;
            for (int i = 0; i < y.Length; i++)
            {
                double error = (double)y[i] - desired[i];
                absoluteSum += Math.Abs(error);
                squareSum += error * error;
            }

            for (int row = 0; confusion is not null && row < rows; row++)
                confusion.Add(data.Labels[first + row], Metrics.ArgMax(y.Slice(row * data.OutputWidth, data.OutputWidth)));
        }

        double values = (double)data.Rows * data.OutputWidth;
        return new Evaluation(divergenceSum / data.Rows, absoluteSum / values, Math.Sqrt(squareSum / values), confusion);
    }

    // Rows that go through the network at a time: the same for every workspace, so that sums are rounded alike.
    internal static int ChunkOf(Network network, Dataset data) => Math.Min(network.ChunkRows, data.Rows);

    internal static void CheckFit(Network network, Dataset data)
    {
        if (data.InputWidth != network.Input.Size)
            throw new ArgumentException($"The data has {data.InputWidth} inputs a row, the network takes {network.Input.Size} ({network.Input}).", nameof(data));
        if (data.OutputWidth != network.Output.Size)
            throw new ArgumentException($"The data has {data.OutputWidth} desired values a row, the network gives {network.Output.Size} ({network.Output}).", nameof(data));
    }
}
