namespace NeuralNet;

/// <summary>How a <see cref="Predictor"/> is made.</summary>
public sealed record PredictorOptions
{
    private readonly int? maxRows;
    private readonly WeightFormat weights;
    private readonly int threads = 1, calls = Environment.ProcessorCount;

    /// <summary>How many rows go through the network at a time, at least 1, for which each call's memory is planned; a batch may have more, which go
    /// through in turn. Unless given as many as <see cref="Network.Predict(ReadOnlySpan{float})"/> takes: up to 128, fewer of large rows, so that
    /// the memory of a call stays within 64 MB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int? MaxRows
    {
        get => maxRows;
        init => maxRows = value is { } rows ? Guard.Count(rows, nameof(MaxRows)) : null;
    }

    /// <summary>How many threads share the work of one call, the caller's included; 1 unless given, which is best where many calls come at once.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, or above 1024.</exception>
    public int Threads { get => threads; init => threads = Guard.Threads(value, nameof(Threads)); }

    /// <summary>How many calls are answered at once, at least 1; a call beyond that waits until one has ended. It bounds the memory. As many as
    /// there are processors unless given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, or above 1024.</exception>
    public int Calls
    {
        get => calls;
        init => calls = value <= Guard.MaxThreads ? Guard.Count(value, nameof(Calls))
            : throw Guard.OutOfRange(nameof(Calls), value, $"At most {Guard.MaxThreads} calls can be answered at once; those beyond wait.");
    }

    /// <summary>How the weights of <see cref="Dense"/> layers of 4,096 weights or more are kept, but for those that are
    /// <see cref="Network.Ties">tied</see>; as they are unless given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public WeightFormat Weights
    {
        get => weights;
        init => weights = Enum.IsDefined(value) ? value : throw Guard.OutOfRange(nameof(Weights), (int)value, "Expected Full or BFloat16.");
    }

    /// <summary>Whether batch normalizations become a part of the weights before them (<see cref="Network.FoldNorms"/>): faster, and the same up to
    /// rounding instead of the same bits.</summary>
    public bool FoldNorms { get; init; }
}
