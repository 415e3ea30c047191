namespace NeuralNet;

/// <summary>What is desired of a network, or of one of its outputs, in the rows that an <see cref="XRay"/> has looked at.</summary>
/// <param name="name">The name of the output; null: it is all of the network.</param>
/// <param name="width">How many values a vector of it has.</param>
internal sealed class DesiredSummary(string? name, int width)
{
    private const int VectorsAtATime = 64, LeastToGuess = 8;

    private readonly double[] perColumn = new double[width]; // sums, or how often a class was
    private readonly double[] ofBatch = new double[width];
    private readonly float[] outputs = new float[VectorsAtATime * width]; // some vectors
    private float[] known = []; // what is desired of as many
    private int[] places = []; // the vectors of a batch that count
    private double largestShares, guesses, trained;
    private int guessed, trainedReadings, trainedEpoch;

    /// <summary>The name of the output; null: it is all of the network.</summary>
    public string? Name => name;

    /// <summary>How many values a vector has.</summary>
    public int Width => width;

    /// <summary>The vectors that were looked at.</summary>
    public long Wanted { get; private set; }

    /// <summary>The rows that have them.</summary>
    public long WantedRows { get; private set; }

    /// <summary>How many batches had what is desired in a form that is known: classes, or as many values as the network gives.</summary>
    public int Batches { get; private set; }

    public double Smallest { get; private set; } = double.PositiveInfinity;

    public double Largest { get; private set; } = double.NegativeInfinity;

    /// <summary>Whether all that is desired is 0 or 1.</summary>
    public bool IsBinary { get; private set; } = true;

    /// <summary>Whether each vector that is desired has one 1, and 0 otherwise.</summary>
    public bool IsOneHot { get; private set; } = true;

    /// <summary>The share of the largest class, of all that was desired; what is desired is one-hot.</summary>
    public double LargestShare => perColumn.Max() / Math.Max(1, Wanted);

    /// <summary>The share of the largest class of a batch, in the mean over the batches.</summary>
    public double LargestShareOfBatch => largestShares / Math.Max(1, Batches);

    /// <summary>The divergence of who answers with the mean of what is desired in a batch, whatever the inputs are; NaN where batches are so small
    /// that their own mean is no guess.</summary>
    public double Guessed => guesses / guessed;

    /// <summary>Whether each of the columns was 1 at least once.</summary>
    public bool HasAllClasses => !perColumn.Contains(0);

    /// <summary>The divergence of the first rows that <see cref="AddTrained"/> was given; NaN before.</summary>
    public double FirstTrained { get; private set; } = double.NaN;

    /// <summary>The mean over the last epoch; NaN before the first.</summary>
    public double Trained => trained / trainedReadings;

    /// <summary>Adds what is desired of the first rows of a batch.</summary>
    public void Add(Network network, in Batch batch, int rows, in DesiredPlace at)
    {
        if (!at.Form.TakesIds && at.Each != width)
            return;
        Array.Clear(ofBatch);
        int vectors = batch.Desired.Length / (batch.Rows * at.RowWidth), all = rows * vectors * at.Vectors;
        if (places.Length < all)
            places = new int[all];
        int counted = 0;
        for (int row = 0; row < rows; row++)
        {
            int first = row * vectors * at.Vectors, real = network.RealVectors(batch.Lengths, row, vectors) * at.Vectors;
            for (int v = first; v < first + real; v++)
            {
                ReadOnlySpan<float> desired = at.Of(batch.Desired, v);
                if (at.Form.TakesIds && (desired[0] < 0 || desired[0] >= width))
                    continue;
                places[counted++] = v;
                if (at.Form.TakesIds)
                    ofBatch[(int)desired[0]]++;
                else
                    AddVector(desired);
            }
        }

        (Smallest, Largest) = at.Form.TakesIds ? (0, 1) : (Smallest, Largest);
        Counted = counted;
        if (counted == 0)
            return;
        for (int i = 0; i < width; i++)
            perColumn[i] += ofBatch[i];
        Wanted += counted;
        WantedRows += rows;
        Batches++;
        largestShares += ofBatch.Max() / counted;
        if (counted < LeastToGuess)
            return;
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = (float)(ofBatch[i % width] / counted);
        guesses += Divergence(batch.Desired, default, counted, at);
        guessed++;
    }

    /// <summary>Adds what the network gave for the first rows of the batch of which <see cref="Add"/> was told.</summary>
    /// <param name="desired">What is desired of the batch.</param>
    /// <param name="y">The outputs of these rows.</param>
    /// <param name="at">Where it lies.</param>
    /// <param name="epoch">The epoch.</param>
    public void AddTrained(ReadOnlySpan<float> desired, ReadOnlySpan<float> y, in DesiredPlace at, int epoch)
    {
        int given = y.Length / at.OutputWidth * at.Vectors, some = 0;
        while (some < Counted && places[some] < given)
            some++;
        if (some == 0)
            return;
        double divergence = Divergence(desired, y, some, at);
        FirstTrained = double.IsNaN(FirstTrained) ? divergence : FirstTrained;
        if (epoch != trainedEpoch)
            (trained, trainedReadings, trainedEpoch) = (0, 0, epoch);
        trained += divergence;
        trainedReadings++;
    }

    // How many vectors of the last batch count.
    private int Counted { get; set; }

    // The mean over the first vectors that count, some at a time; without y those in `outputs`, all of them alike, are what the network gives.
    private double Divergence(ReadOnlySpan<float> desired, ReadOnlySpan<float> y, int count, in DesiredPlace at)
    {
        if (known.Length < VectorsAtATime * at.Each)
            known = new float[VectorsAtATime * at.Each];
        double sum = 0;
        for (int first = 0; first < count; first += VectorsAtATime)
        {
            int some = Math.Min(VectorsAtATime, count - first);
            for (int v = 0; v < some; v++)
            {
                at.Of(desired, places[first + v]).CopyTo(known.AsSpan(v * at.Each));
                if (!y.IsEmpty)
                    at.OutputOf(y, places[first + v], width).CopyTo(outputs.AsSpan(v * width));
            }

            sum += some * (double)at.Form.Forward(outputs.AsSpan(0, some * width), known.AsSpan(0, some * at.Each), some);
        }

        return sum / count;
    }

    private void AddVector(ReadOnlySpan<float> desired)
    {
        int ones = 0, zeros = 0;
        for (int i = 0; i < desired.Length; i++)
        {
            float d = desired[i];
            (Smallest, Largest) = (Math.Min(Smallest, d), Math.Max(Largest, d));
            ofBatch[i] += d;
            ones += d == 1 ? 1 : 0;
            zeros += d == 0 ? 1 : 0;
        }

        IsBinary &= ones + zeros == desired.Length;
        IsOneHot &= ones == 1 && ones + zeros == desired.Length && desired.Length > 1;
    }
}

/// <summary>Where what is desired of an output lies in what is desired of a batch, and its outputs in those of the network.</summary>
/// <param name="Form">The divergence, in the form that takes what is desired.</param>
/// <param name="RowWidth">How many values are desired of a vector of the network's, all outputs together.</param>
/// <param name="OutputWidth">How many the network gives.</param>
/// <param name="Vectors">How many vectors of the output lie one after the other in a vector of the network's.</param>
/// <param name="Each">How many values are desired of one of these.</param>
/// <param name="First">The first of what is desired.</param>
/// <param name="FirstOutput">The first output.</param>
internal readonly record struct DesiredPlace(
    Divergence Form, int RowWidth, int OutputWidth, int Vectors, int Each, int First = 0, int FirstOutput = 0)
{
    /// <summary>What is desired of vector v of the output.</summary>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> desired, int v) =>
        desired.Slice((v / Vectors * RowWidth) + First + (v % Vectors * Each), Each);

    /// <summary>What the network gives for it.</summary>
    public ReadOnlySpan<float> OutputOf(ReadOnlySpan<float> y, int v, int width) =>
        y.Slice((v / Vectors * OutputWidth) + FirstOutput + (v % Vectors * width), width);
}
