namespace NeuralNet;

/// <summary>How well a network does on a data set.</summary>
/// <remarks><para>Where the rows have lengths (<see cref="Dataset.Lengths"/>) and the network's outputs have them too, only real steps count: each as
/// one vector in the divergence, and its outputs in the errors.</para>
/// <para>Where class ids are desired (<see cref="NeuralNet.Divergence.TakesIds"/>) the errors are those from the one-hot vector, a step counts in the
/// <see cref="Confusion"/> as a row does otherwise, and a vector of id −1 counts nowhere. Where a divergence takes other desired values than one
/// for each output, there are no errors: they are NaN.</para></remarks>
public sealed class Evaluation
{
    private Evaluation(double divergence, double meanAbsoluteError, double rootMeanSquareError, ConfusionMatrix? confusion)
    {
        Divergence = divergence;
        MeanAbsoluteError = meanAbsoluteError;
        RootMeanSquareError = rootMeanSquareError;
        Confusion = confusion;
    }

    /// <summary>The mean divergence over the rows; of sequences over their real steps, of images over their pixels; weighted where the data
    /// has weights.</summary>
    public double Divergence { get; }

    /// <summary>The mean of |yᵢ − dᵢ| over all outputs of all rows, of sequences of all real steps.</summary>
    public double MeanAbsoluteError { get; }

    /// <summary>The root of the mean of (yᵢ − dᵢ)² over all outputs of all rows, of sequences of all real steps.</summary>
    public double RootMeanSquareError { get; }

    /// <summary>Which class was taken for which; null for data without classes, or with more than 4,096. One output whose desired values are all 0
    /// or 1 is of two classes, of which the second is predicted from 0.5 up; where the divergence is for labels of −1 and +1, from 0 up.</summary>
    /// <remarks>A divergence of your own that states no <see cref="NeuralNet.Divergence.DesiredRange"/> may be meant for logits: then one output is
    /// of two classes only where the network ends with an activation from 0 to 1.</remarks>
    public ConfusionMatrix? Confusion { get; }

    /// <summary>The share of rows whose class was predicted, or, with class ids and with one output of two classes, of real steps or pixels; null
    /// where there is no <see cref="Confusion"/>.</summary>
    public double? Accuracy => Confusion?.Accuracy;

    /// <summary>The numbers in a line, the same in every culture; what there is none of is left out.</summary>
    /// <returns>For example <c>divergence 0.52, accuracy 0.9, mean absolute error 0.1, root mean square error 0.2</c>.</returns>
    public override string ToString()
    {
        string accuracy = Accuracy is null ? "" : FormattableString.Invariant($", accuracy {Accuracy:G6}");
        string errors = double.IsNaN(MeanAbsoluteError) ? "" : FormattableString.Invariant(
            $", mean absolute error {MeanAbsoluteError:G6}, root mean square error {RootMeanSquareError:G6}");
        return FormattableString.Invariant($"divergence {Divergence:G6}{accuracy}{errors}");
    }

    /// <summary>Measures a network on a data set, in inference.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The data.</param>
    /// <param name="divergence">The divergence to measure.</param>
    /// <param name="threads">How many threads share the work.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">The widths, lengths or class ids of the data do not fit the network, or its desired values the divergence.
    /// </exception>
    public static Evaluation Of(Network network, Dataset data, Divergence divergence, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(divergence);
        Divergence form = CheckFit(network, data, divergence, nameof(data));
        using Workspace workspace = network.CreateWorkspace(RowsAtATime(network, data), threads, training: false);
        return Of(network, data, divergence, form, workspace);
    }

    // Of data that has been checked; the form is that of the divergence which takes what it has.
    internal static Evaluation Of(Network network, Dataset data, Divergence divergence, Divergence form, Workspace workspace)
    {
        bool byIds = form.TakesIds;
        int vectors = network.OutputVectors(network.Input.Steps), width = network.Output.FeatureCount, each = data.OutputWidth / vectors;
        float? threshold = data.Classes == 0 && width == 1 && each == 1 ? Threshold(network, data, form) : null;
        bool hasConfusion = data.Classes is > 0 and <= ConfusionMatrix.MaxClasses && (byIds || each == width);
        ConfusionMatrix? confusion = threshold is not null ? new ConfusionMatrix(threshold == 0 ? ["-1", "1"] : new NumberNames(2))
            : hasConfusion ? new ConfusionMatrix(data.ClassNames) : null;
        int limit = RowsAtATime(network, data);
        float[] outputs = new float[limit * network.Output.Size];
        WeightedSum divergences = default;
        double absoluteSum = 0, squareSum = 0;
        long values = 0;
        for (int first = 0; first < data.Rows; first += limit)
        {
            int rows = Math.Min(limit, data.Rows - first);
            Span<float> y = outputs.AsSpan(0, rows * network.Output.Size);
            ReadOnlySpan<float> desired = data.Desired.Slice(first * data.OutputWidth, rows * data.OutputWidth);
            var batch = new Batch
            {
                Rows = rows,
                Inputs = data.Inputs.Slice(first * data.InputWidth, rows * data.InputWidth),
                Desired = desired,
                Weights = WeightsOf(data, first, rows),
                Lengths = LengthsOf(data, first, rows),
                FirstRow = first,
            };
            divergences += network.Measure(batch, divergence, y, workspace);
            for (int row = 0; row < rows; row++)
            {
                int start = row * vectors, end = start + network.RealVectors(batch.Lengths, row, vectors);
                for (int v = start; v < end; v++)
                {
                    ReadOnlySpan<float> actual = y.Slice(v * width, width), wanted = desired.Slice(v * each, each);
                    int id = byIds ? (int)wanted[0] : 0;
                    if (id < 0)
                        continue;
                    for (int i = 0; i < width && (byIds || each == width); i++)
                    {
                        double error = (double)actual[i] - (byIds ? i == id ? 1 : 0 : wanted[i]);
                        absoluteSum += Math.Abs(error);
                        squareSum += error * error;
                        values++;
                    }

                    if (byIds)
                        confusion?.Add(id, Metrics.ArgMax(actual));
                    else if (threshold is { } limitOfOne)
                        confusion!.Add(wanted[0] > limitOfOne ? 1 : 0, float.IsNaN(actual[0]) ? -1 : actual[0] >= limitOfOne ? 1 : 0);
                }

                if (!byIds && threshold is null)
                    confusion?.Add(data.Labels[first + row], Metrics.ArgMax(y.Slice(row * network.Output.Size, network.Output.Size)));
            }
        }

        return new Evaluation(divergences.Mean, absoluteSum / values, Math.Sqrt(squareSum / values), confusion);
    }

    // From where on the one output of a network names the second of two classes; null: they are no classes.
    private static float? Threshold(Network network, Dataset data, Divergence form)
    {
        bool areProbabilities = Pairing.Ends(network.Chain) is [{ Activation.OutputRange: ValueRange.ZeroToOne }];
        float? threshold = form.DesiredRange switch
        {
            _ when form.TakesIds => null,
            ValueRange.Signs => 0,
            ValueRange.ZeroToOne or ValueRange.Probabilities or ValueRange.Any => 0.5f,
            ValueRange.Unstated when areProbabilities => 0.5f,
            _ => null,
        };
        float lower = threshold == 0 ? -1 : 0;
        int vectors = data.OutputWidth;
        for (int row = 0; row < data.Rows && threshold is not null; row++)
        {
            if (data.Desired.Slice(row * vectors, network.RealVectors(LengthsOf(data, row, 1), 0, vectors)).ContainsAnyExcept(lower, 1f))
                return null;
        }

        return threshold;
    }

    // Rows that go through the network at a time: the same for every workspace, so that sums are rounded alike.
    internal static int RowsAtATime(Network network, Dataset data) => Math.Min(network.ChunkRows, data.Rows);

    // Gives the form of the divergence that takes what the data has.
    internal static Divergence CheckFit(Network network, Dataset data, Divergence divergence, string argument)
    {
        if (data.InputWidth != network.Input.Size)
            throw Refuse($"The data has {data.InputWidth} inputs a row, the network takes {network.Input.Size} ({network.Input}).");
        if (data.InputShape.Kind == network.Input.Kind && data.InputShape != network.Input)
            throw Refuse($"The rows of the data are {data.InputShape}, the network takes {network.Input}; WithInputShape says what rows are.");
        int vectors = network.OutputVectors(network.Input.Steps), width = network.Output.FeatureCount;
        Divergence form = network.For(divergence, 1, data.OutputWidth) ?? throw Refuse(
            $"The data has {data.OutputWidth} desired values a row, the network gives {network.Output.Size} ({network.Output}), "
            + $"and {divergence} takes {divergence.Expected(vectors, width)} for them.");
        if (data.HasClassIds && !form.TakesIds)
            throw Refuse($"The data has class ids, but {divergence} does not take them for {network.Output}; cross-entropy does.");
        if (form.TakesIds && data is { Classes: > 0, HasClassIds: false })
            throw Refuse($"The data has a one-hot vector of {data.Classes} classes for a row, but the network gives {vectors} vectors of {width} "
                + $"({network.Output}), and {divergence} would take the {data.OutputWidth} values for class ids of these. If a row has one class, "
                + "end the network with LastStep or a mean over the vectors.");
        if (data.HasClassIds && data.Classes != width)
            throw Refuse($"The data has ids of {data.Classes} classes, the network gives {width} ({network.Output}).");
        if (!data.Lengths.IsEmpty && network.Input.Kind != ShapeKind.Sequence)
            throw Refuse($"The data has lengths, but the network takes {network.Input}, which has no steps.");
        int shortest = 0;
        for (int row = 0; row < data.Lengths.Length; row++)
        {
            if (data.Lengths[row] > network.Input.Steps)
                throw Refuse($"The length of row {row} is {data.Lengths[row]}; the network takes 1 to {network.Input.Steps} steps " +
                    $"({network.Input}).");
            shortest = data.Lengths[row] < data.Lengths[shortest] ? row : shortest;
        }

        // If layers make something of the shortest row, they do of all.
        network.CheckStepsBehind(network.Input.Steps, LengthsOf(data, shortest, 1), shortest, argument);
        int weights = data.Weights.Length / data.Rows;
        if (weights > 1 && weights != vectors)
            throw Refuse($"The data has {weights} weights a row; for a network that gives {network.Output} a row has 1 weight"
                + (vectors == 1 ? "." : $", or {vectors}: one for each {network.VectorName}."));
        Batch all = Counted(data, 0, data.Rows);
        if (network.OwnWeight(all, byIds: false) == 0)
            throw Refuse("Every weight is 0, but for those past a row's length; something must count.");
        if (form.TakesIds)
            network.CheckIds(all);
        Pairing.CheckDesired(network, form, all, network.Input.Steps, argument);
        return form;

        ArgumentException Refuse(string problem) => new(problem, argument);
    }

    // Some rows, without the inputs: what is desired of them, and how much each counts.
    internal static Batch Counted(Dataset data, int first, int rows) => new()
    {
        Rows = rows,
        Inputs = default,
        Desired = data.Desired.Slice(first * data.OutputWidth, rows * data.OutputWidth),
        Weights = WeightsOf(data, first, rows),
        Lengths = LengthsOf(data, first, rows),
    };

    internal static ReadOnlySpan<float> WeightsOf(Dataset data, int first, int rows)
    {
        int each = data.Weights.Length / data.Rows;
        return data.Weights.Slice(first * each, rows * each);
    }

    internal static ReadOnlySpan<int> LengthsOf(Dataset data, int first, int rows) =>
        data.Lengths.IsEmpty ? default : data.Lengths.Slice(first, rows);
}
