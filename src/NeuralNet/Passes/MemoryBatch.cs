namespace NeuralNet;

/// <summary>A <see cref="Batch"/> that may lie in a field, in a queue, or across an <c>await</c>: memory instead of spans.</summary>
/// <remarks><para>A batch is made of spans and so lives on the stack alone. This one converts to it where a call wants a batch:
/// <c>trainer.Step(memoryBatch)</c>. Nothing is copied: what the memory holds when the call is made is what counts, and nobody else
/// must write to it meanwhile.</para>
/// <para>Every property means what the one of the same name means in <see cref="Batch"/>.</para></remarks>
public readonly struct MemoryBatch
{
    /// <inheritdoc cref="Batch.Rows"/>
    public required int Rows { get; init; }

    /// <inheritdoc cref="Batch.Inputs"/>
    public required ReadOnlyMemory<float> Inputs { get; init; }

    /// <inheritdoc cref="Batch.Desired"/>
    public ReadOnlyMemory<float> Desired { get; init; }

    /// <inheritdoc cref="Batch.Weights"/>
    public ReadOnlyMemory<float> Weights { get; init; }

    /// <inheritdoc cref="Batch.Lengths"/>
    public ReadOnlyMemory<int> Lengths { get; init; }

    /// <inheritdoc cref="Batch.Steps"/>
    public int Steps { get; init; }

    /// <inheritdoc cref="Batch.State"/>
    public Memory<float> State { get; init; }

    /// <inheritdoc cref="Batch.IsLastPiece"/>
    public bool IsLastPiece { get; init; }

    /// <inheritdoc cref="Batch.StateGradient"/>
    public Memory<float> StateGradient { get; init; }

    /// <inheritdoc cref="Batch.FirstRow"/>
    public int FirstRow { get; init; }

    /// <inheritdoc cref="Batch.TotalWeight"/>
    public double TotalWeight { get; init; }

    /// <inheritdoc cref="Batch.Inference"/>
    public bool Inference { get; init; }

    /// <inheritdoc cref="Batch.Stream"/>
    public RandomStream? Stream { get; init; }

    /// <summary>The batch, as <see cref="AsBatch"/> gives it.</summary>
    /// <param name="batch">The batch in memory.</param>
    public static implicit operator Batch(in MemoryBatch batch) => batch.AsBatch();

    /// <summary>The batch, over the same values.</summary>
    /// <returns>A view: nothing is copied.</returns>
    public Batch AsBatch() => new()
    {
        Rows = Rows,
        Inputs = Inputs.Span,
        Desired = Desired.Span,
        Weights = Weights.Span,
        Lengths = Lengths.Span,
        Steps = Steps,
        State = State.Span,
        IsLastPiece = IsLastPiece,
        StateGradient = StateGradient.Span,
        FirstRow = FirstRow,
        TotalWeight = TotalWeight,
        Inference = Inference,
        Stream = Stream,
    };

    /// <summary>The sizes of the batch.</summary>
    /// <returns>For example <c>MemoryBatch of 32 rows: 64 inputs, 96 desired values</c>.</returns>
    public override string ToString() => $"MemoryBatch of {Rows} rows: {Inputs.Length} inputs, {Desired.Length} desired values";
}
