namespace NeuralNet.Kernels;

/// <summary>What <see cref="GroupNormKernels"/> need.</summary>
internal readonly ref struct GroupNormPass
{
    public required int Rows { get; init; }

    /// <summary>The steps or pixels of a row.</summary>
    public required int VectorsPerRow { get; init; }

    /// <summary>How many steps of each row are real; empty: all.</summary>
    public required ReadOnlySpan<int> Lengths { get; init; }

    /// <summary>How sums over channels are made.</summary>
    public required ColumnLines Lines { get; init; }

    /// <summary>How many channels a group has.</summary>
    public required int Group { get; init; }

    public required float Epsilon { get; init; }

    /// <summary>x, [rows, vectors, channels].</summary>
    public required ReadOnlySpan<float> Input { get; init; }

    /// <summary>g; empty: 1.</summary>
    public required ReadOnlySpan<float> Gain { get; init; }

    /// <summary>b; empty: 0.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>y; overwritten by forward.</summary>
    public Span<float> Output { get; init; }

    /// <summary>What forward writes for backward; empty in inference.</summary>
    public Span<float> Keeps { get; init; }

    /// <summary>What forward kept, for backward.</summary>
    public ReadOnlySpan<float> Kept { get; init; }

    public ReadOnlySpan<float> OutputGradient { get; init; }

    /// <summary>∇x; empty where nobody wants it.</summary>
    public Span<float> InputGradient { get; init; }

    /// <summary>∇g, added to; empty where it is frozen or there is none.</summary>
    public Span<float> GainGradient { get; init; }

    /// <summary>∇b, added to; empty where it is frozen or there is none.</summary>
    public Span<float> BiasGradient { get; init; }

    public required Workers Workers { get; init; }
}
