namespace NeuralNet;

/// <summary>What an evaluation sums up, vector by vector, and keeps of outputs and desired values.</summary>
internal sealed partial class Tally
{
    // Memory of 256 MB.
    internal const long MostKept = 1 << 26;

    private readonly double[]? ranks;
    private readonly int most;
    private float[]? outputs, desired, weights;
    private double absoluteSum, squareSum, logSum, rightSum, brierSum, divergenceSum;

    /// <summary>Makes an empty one.</summary>
    /// <param name="form">What is measured.</param>
    /// <param name="most">The most vectors that will be added.</param>
    /// <param name="hasDetails">Whether more is wanted than errors, accuracy and confusions.</param>
    /// <param name="hasConfusion">Whether confusions are wanted: of many classes they take much memory.</param>
    public Tally(OutcomeForm form, long most, bool hasDetails, bool hasConfusion = true)
    {
        Form = form;
        bool isCounted = form.Kind == OutcomeKind.TwoClasses || (form.Kind == OutcomeKind.Classes && hasConfusion);
        if (isCounted && form.ClassNames.Count is >= 2 and <= ConfusionMatrix.MaxClasses)
            Confusion = new ConfusionMatrix(form.ClassNames);
        ranks = hasDetails && form.Kind == OutcomeKind.Classes ? new double[form.Width] : null;
        IsTooLarge = hasDetails && most > MostKept / Math.Max(form.Width, form.Kept);
        IsKept = hasDetails && !IsTooLarge;
        this.most = IsKept ? (int)most : 0;
    }

    public OutcomeForm Form { get; }

    /// <summary>The vectors that count.</summary>
    public long Count { get; private set; }

    // The vectors that are kept: those that count, or none.
    private int Held => IsKept ? (int)Count : 0;

    /// <summary>Σ w.</summary>
    public double Weight { get; private set; }

    public ConfusionMatrix? Confusion { get; }

    public bool IsKept { get; }

    /// <summary>Whether outputs are wanted, but too many to be kept.</summary>
    public bool IsTooLarge { get; }

    public bool HasDetails => ranks is not null || IsKept;

    public double AbsoluteError => Form.Kind == OutcomeKind.Other ? double.NaN : absoluteSum / (Weight * Form.Width);

    public double SquareError => Form.Kind == OutcomeKind.Other ? double.NaN : squareSum / (Weight * Form.Width);

    /// <summary>The share of vectors of which all classes and labels were right.</summary>
    public double Accuracy => Confusion?.Accuracy ?? rightSum / Weight;

    /// <summary>Of classes, with details.</summary>
    public double LogLoss => logSum / Weight;

    /// <summary>Of classes, with details.</summary>
    public double Brier => brierSum / Weight;

    public Outcomes Outcomes => new()
    {
        Count = Held,
        Outputs = outputs.AsSpan(0, Held * Form.Width),
        Desired = desired.AsSpan(0, Held * Form.Kept),
        Weights = weights.AsSpan(0, weights is null ? 0 : Held),
    };

    /// <summary>The divergence of the columns by themselves, as it is of what the network gives; null: it is not summed up.</summary>
    public Divergence? Divergence { get; init; }

    /// <summary>The mean of that; NaN where it is not summed up.</summary>
    public double MeanDivergence => Divergence is null ? double.NaN : divergenceSum / Weight;

    /// <summary>Adds its columns of a vector of the network's outputs, and of what is desired.</summary>
    public void AddFrom(ReadOnlySpan<float> y, ReadOnlySpan<float> d, float weight)
    {
        for (int v = 0; v < Form.Vectors; v++)
            Add(y.Slice(Form.First.Outputs + (v * Form.Width), Form.Width), d.Slice(Form.First.Desired + (v * Form.Desired), Form.Desired), weight);
    }

    /// <summary>Adds one vector: its outputs, what is desired, and how much it counts.</summary>
    public void Add(ReadOnlySpan<float> y, ReadOnlySpan<float> d, float weight = 1)
    {
        if (weight == 0 || (Form.ByIds && d[0] < 0))
            return;
        int actual = Form.Kind == OutcomeKind.Classes ? Form.ByIds ? (int)d[0] : d.IndexOf(1f) : -1;
        double squares = AddErrors(y, d, weight, Form.ByIds ? actual : -1);
        switch (Form.Kind)
        {
            case OutcomeKind.Classes:
                int named = Metrics.ArgMax(y);
                Confusion?.Add(actual, named, weight);
                rightSum += named == actual ? weight : 0;
                AddDetails(y, actual, weight, squares);
                break;
            case OutcomeKind.TwoClasses:
                Confusion!.Add(d[0] > Form.Threshold ? 1 : 0, float.IsNaN(y[0]) ? -1 : y[0] >= Form.Threshold ? 1 : 0, weight);
                break;
            case OutcomeKind.Labels:
                rightSum += AreAllRight(y, d) ? weight : 0;
                break;
        }

        if (Divergence is not null)
            divergenceSum += weight * Divergence.ValueOf(y, d);
        Keep(y, d, weight, actual);
        Count++;
        Weight += weight;
    }

    /// <summary>Several as one, as if all vectors had been added to it.</summary>
    /// <exception cref="InvalidOperationException">They are not of the same outputs.</exception>
    public static Tally Joined(Tally[] parts)
    {
        OutcomeForm form = parts[0].Form;
        if (Array.Find(parts, part => !part.Form.IsLike(form)) is { } other)
            throw new InvalidOperationException($"Evaluations of {form.Words} and of {other.Form.Words} cannot be joined.");
        bool haveDetails = Array.TrueForAll(parts, part => part.HasDetails);
        bool haveConfusion = Array.TrueForAll(parts, part => part.Confusion is not null);
        bool isTooLarge = Array.Exists(parts, part => part.IsTooLarge); // then nothing of it was kept, however few of its vectors count
        var all = new Tally(form, isTooLarge ? long.MaxValue : parts.Sum(part => part.Count), haveDetails, haveConfusion)
        {
            Divergence = parts[0].Divergence,
        };
        foreach (Tally part in parts)
            all.AddAll(part);
        return all;
    }

    /// <summary>The share of vectors whose class is among the k greatest.</summary>
    public double TopK(int k)
    {
        double sum = 0;
        foreach (double weight in ranks.AsSpan(0, Math.Min(k, ranks!.Length)))
            sum += weight;
        return sum / Weight;
    }

    /// <summary>The sums of each label, of outcomes that are kept.</summary>
    public ClassSums LabelSums()
    {
        double[] right = new double[Form.Width], actual = new double[Form.Width], predicted = new double[Form.Width];
        for (int i = 0; i < Held * Form.Width; i++)
        {
            double weight = weights is null ? 1 : weights[i / Form.Width];
            bool isThere = desired![i] > Form.Threshold, isSaid = outputs![i] >= Form.Threshold;
            int label = i % Form.Width;
            right[label] += isThere && isSaid ? weight : 0;
            actual[label] += isThere ? weight : 0;
            predicted[label] += isSaid ? weight : 0;
        }

        return new ClassSums(right, actual, predicted, Weight, none: 0, areLabels: true);
    }

    /// <summary>One output of outcomes that are kept.</summary>
    public Tally Column(int column)
    {
        var tally = new Tally(Form.Column, Count, hasDetails: true);
        for (int i = 0; i < Held; i++)
        {
            float d = Form.Kind == OutcomeKind.Classes ? desired![i] == column ? 1 : 0 : desired![(i * Form.Width) + column];
            tally.Add([outputs![(i * Form.Width) + column]], [d], weights is null ? 1 : weights[i]);
        }

        return tally;
    }

    private void AddAll(Tally part)
    {
        absoluteSum += part.absoluteSum;
        squareSum += part.squareSum;
        logSum += part.logSum;
        rightSum += part.rightSum;
        brierSum += part.brierSum;
        divergenceSum += part.divergenceSum;
        for (int rank = 0; rank < ranks?.Length; rank++)
            ranks[rank] += part.ranks![rank];
        Confusion?.Add(part.Confusion!);
        Outcomes outcomes = part.Outcomes;
        for (int i = 0; i < part.Held && IsKept; i++)
        {
            ReadOnlySpan<float> d = outcomes.Desired.Slice(i * Form.Kept, Form.Kept);
            Keep(outcomes.Outputs.Slice(i * Form.Width, Form.Width), d, outcomes.Weights.IsEmpty ? 1 : outcomes.Weights[i], -1);
            Count++;
        }

        Count += IsKept ? 0 : part.Count;
        Weight += part.Weight;
    }

    // Of a class id the errors are those from its one-hot vector. Gives Σ (y − d)² of the vector.
    private double AddErrors(ReadOnlySpan<float> y, ReadOnlySpan<float> d, double weight, int id)
    {
        if (Form.Kind == OutcomeKind.Other)
            return double.NaN;
        double absolute = 0, square = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double error = (double)y[i] - (id >= 0 ? i == id ? 1 : 0 : d[i]);
            absolute += Math.Abs(error);
            square += error * error;
        }

        absoluteSum += weight * absolute;
        squareSum += weight * square;
        return square;
    }

    private void AddDetails(ReadOnlySpan<float> y, int actual, float weight, double squares)
    {
        if (ranks is null)
            return;
        int rank = Metrics.RankOf(y, actual);
        if (rank < ranks.Length)
            ranks[rank] += weight;
        double loss = Metrics.LogLossOf(y, actual);
        logSum += weight * loss;
        brierSum += weight * (y.Length > 2 && !double.IsNaN(loss) ? squares : Metrics.BrierOf(y, actual));
    }

    private bool AreAllRight(ReadOnlySpan<float> y, ReadOnlySpan<float> d)
    {
        for (int i = 0; i < y.Length; i++)
        {
            if (float.IsNaN(y[i]) || y[i] >= Form.Threshold != d[i] > Form.Threshold)
                return false;
        }

        return true;
    }

    private void Keep(ReadOnlySpan<float> y, ReadOnlySpan<float> d, float weight, int actual)
    {
        if (!IsKept)
            return;
        outputs ??= GC.AllocateUninitializedArray<float>(most * Form.Width);
        desired ??= GC.AllocateUninitializedArray<float>(most * Form.Kept);
        y.CopyTo(outputs.AsSpan(Held * Form.Width));
        if (actual >= 0)
            desired[Held] = actual;
        else
            d.CopyTo(desired.AsSpan(Held * Form.Kept));
        if (weights is null && weight != 1)
        {
            weights = GC.AllocateUninitializedArray<float>(most);
            weights.AsSpan(0, Held).Fill(1);
        }

        if (weights is not null)
            weights[Held] = weight;
    }
}
