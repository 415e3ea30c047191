namespace NeuralNet;

/// <summary>What the rows that an <see cref="XRay"/> has looked at have in common: ranges of inputs, and what is desired.</summary>
internal sealed class BatchSummary
{
    private const int VectorsAtATime = 64, LeastToGuess = 8;

    private readonly double[] sums, squares;
    private readonly double[] perColumn; // of what is desired: sums, or how often a class was
    private readonly double[] ofBatch;
    private readonly float[] guess; // of some vectors, all of them alike
    private float[] known = []; // what is desired of as many
    private int[] places = []; // the vectors of a batch that count
    private double largestShares, guesses;
    private int guessed;

    public BatchSummary(Network network)
    {
        (sums, squares) = (new double[network.Input.FeatureCount], new double[network.Input.FeatureCount]);
        (perColumn, ofBatch) = (new double[network.Output.FeatureCount], new double[network.Output.FeatureCount]);
        guess = new float[VectorsAtATime * network.Output.FeatureCount];
    }

    /// <summary>The input vectors that were looked at.</summary>
    public long Vectors { get; private set; }

    /// <summary>The vectors of what is desired.</summary>
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

    /// <summary>Mean and deviation of each input column.</summary>
    public (double Mean, double Deviation)[] Columns()
    {
        var columns = new (double, double)[sums.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            double mean = sums[i] / Vectors;
            columns[i] = (mean, Math.Sqrt(Math.Max(0, (squares[i] / Vectors) - (mean * mean))));
        }

        return columns;
    }

    /// <summary>Adds the inputs of some rows.</summary>
    public ValueSummary AddInputs(Network network, in Batch batch)
    {
        int width = sums.Length, perRow = batch.Inputs.Length / batch.Rows;
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, square = 0;
        long vectors = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            int real = batch.Lengths.IsEmpty ? perRow : network.Input.SizeAt(batch.Lengths[row]);
            ReadOnlySpan<float> values = batch.Inputs.Slice(row * perRow, real);
            vectors += real / width;
            for (int i = 0; i < values.Length; i++)
            {
                double value = values[i];
                (min, max) = (Math.Min(min, value), Math.Max(max, value));
                (sum, square) = (sum + value, square + (value * value));
                sums[i % width] += value;
                squares[i % width] += value * value;
            }
        }

        Vectors += vectors;
        return ValueSummary.Of(min, max, sum, square, vectors * width);
    }

    /// <summary>Adds what is desired of the first rows of a batch.</summary>
    public void AddDesired(Network network, Divergence form, in Batch batch, int rows)
    {
        int steps = batch.Steps == 0 ? network.Input.Steps : batch.Steps, vectors = network.OutputVectors(steps), width = perColumn.Length;
        int each = batch.Desired.Length / (batch.Rows * vectors);
        if (form is ByOutputs || (!form.TakesIds && each != width))
            return;
        Array.Clear(ofBatch);
        if (places.Length < rows * vectors)
            places = new int[rows * vectors];
        int counted = 0;
        for (int row = 0; row < rows; row++)
        {
            int real = network.RealVectors(batch.Lengths, row, vectors);
            for (int v = row * vectors; v < (row * vectors) + real; v++)
            {
                ReadOnlySpan<float> desired = batch.Desired.Slice(v * each, each);
                if (form.TakesIds && (desired[0] < 0 || desired[0] >= width))
                    continue;
                places[counted++] = v;
                if (form.TakesIds)
                    ofBatch[(int)desired[0]]++;
                else
                    AddVector(desired);
            }
        }

        (Smallest, Largest) = form.TakesIds ? (0, 1) : (Smallest, Largest);
        if (counted == 0)
            return;
        for (int i = 0; i < width; i++)
            perColumn[i] += ofBatch[i];
        Wanted += counted;
        WantedRows += rows;
        Batches++;
        largestShares += ofBatch.Max() / counted;

        if (counted >= LeastToGuess)
            AddGuess(form, batch.Desired, each, places.AsSpan(0, counted));
    }

    // The vectors that count, some at a time.
    private void AddGuess(Divergence form, ReadOnlySpan<float> desired, int each, ReadOnlySpan<int> counted)
    {
        int width = perColumn.Length;
        if (known.Length < VectorsAtATime * each)
            known = new float[VectorsAtATime * each];
        for (int i = 0; i < guess.Length; i++)
            guess[i] = (float)(ofBatch[i % width] / counted.Length);
        double sum = 0;
        for (int first = 0; first < counted.Length; first += VectorsAtATime)
        {
            int some = Math.Min(VectorsAtATime, counted.Length - first);
            for (int v = 0; v < some; v++)
                desired.Slice(counted[first + v] * each, each).CopyTo(known.AsSpan(v * each));
            sum += some * (double)form.Forward(guess.AsSpan(0, some * width), known.AsSpan(0, some * each), some);
        }

        guesses += sum / counted.Length;
        guessed++;
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
