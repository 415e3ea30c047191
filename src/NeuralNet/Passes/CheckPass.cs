namespace NeuralNet;

/// <summary>What <see cref="Layer.Check"/> sees of a batch before anything is written.</summary>
public ref struct CheckPass
{
    internal int childSteps;
    internal ReadOnlySpan<int> childLengths;
    internal bool childUsesStatistics;
    internal Learning? childLearning;
    internal ReadOnlySpan<float> childState;
    internal int childStateStart;
    internal int childStateLength;

    /// <summary>How many rows the batch has, at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>How many steps the layer's input rows have; 1 unless they are sequences.</summary>
    public required int Steps { readonly get => childSteps; init => childSteps = value; }

    /// <summary>How many steps of each of the layer's input rows are real; empty means all.</summary>
    public ReadOnlySpan<int> Lengths { readonly get => childLengths; init => childLengths = value; }

    /// <summary>The index of the first row within the whole batch, for messages.</summary>
    public int FirstRow { get; init; }

    /// <inheritdoc cref="ForwardPass.Weights"/>
    /// <remarks>Here they may be any numbers of at least 0; a row of weight 0 is as if absent.</remarks>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <inheritdoc cref="ForwardPass.UsesStatistics"/>
    public bool UsesStatistics { readonly get => childUsesStatistics; init => childUsesStatistics = value; }

    internal Learning? Learning { readonly get => childLearning; init => childLearning = value; }

    /// <inheritdoc cref="ForwardPass.State"/>
    public ReadOnlySpan<float> State { readonly get => childState; init => childState = value; }

    /// <inheritdoc cref="ForwardPass.StateStart"/>
    public int StateStart { readonly get => childStateStart; init => childStateStart = value; }

    /// <inheritdoc cref="ForwardPass.StateLength"/>
    public int StateLength { readonly get => childStateLength; init => childStateLength = value; }

    /// <summary>The layer's own state of a row, <see cref="Layer.StatePerRow"/> floats.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <returns>A view of the values; empty where no state is carried.</returns>
    public readonly ReadOnlySpan<float> StateOf(int row) => StateRows.Of(State, Rows, row, StateStart, StateLength);

    /// <inheritdoc cref="ForwardPass.LengthOf"/>
    public readonly int LengthOf(int row) => Lengths.IsEmpty ? Steps : Lengths[row];
}
