namespace NeuralNet.Kernels;

/// <summary>What <see cref="AttentionKernels"/> work on: queries, keys and values of a batch, as the projections have written them.</summary>
/// <remarks>The steps of all rows follow each other (if a row has a length, only its real steps), so that a matrix of them has no gaps.
/// Within a step the heads lie side by side. Because steps have strides, q, k and v may be columns of one matrix.</remarks>
internal readonly ref struct AttentionPass
{
    public required int Rows { get; init; }

    public required int Heads { get; init; }

    /// <summary>How many heads keys and values have; each is for as many heads of the queries, one after the other.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>d, the width of one head.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>The query steps of a row, at most.</summary>
    public required int QuerySteps { get; init; }

    /// <summary>The key steps of a row, at most.</summary>
    public required int KeySteps { get; init; }

    /// <summary>How many steps each row has, as queries and as keys; empty: all have all steps.</summary>
    public ReadOnlySpan<int> Lengths { get; init; }

    /// <summary>How many keys of each row lie before its first query, from earlier pieces of the row, so that it has as many keys more than queries,
    /// and <see cref="KeySteps"/> at most; empty: none. There is no mask then.</summary>
    public ReadOnlySpan<int> Before { get; init; }

    /// <summary>Whether a query sees no key of a later step than its own.</summary>
    public bool IsCausal { get; init; }

    /// <summary>w: a query at step i sees the keys i − w &lt; j &lt; i + w; 0: all.</summary>
    public int Window { get; init; }

    /// <summary>For each head, what a step of distance takes from a score; empty: nothing.</summary>
    public ReadOnlySpan<float> Slopes { get; init; }

    /// <summary>1 for each key that is attended to and 0 for the others, from the first row's first key on; empty: all are 1.</summary>
    public ReadOnlySpan<float> Mask { get; init; }

    /// <summary>From one row's mask to the next.</summary>
    public int MaskRow { get; init; }

    /// <summary>From one key's mask to the next.</summary>
    public int MaskStep { get; init; }

    /// <summary>p: while training each weight is made 0 with this probability, and the others are divided by 1 − p; 0: none is.</summary>
    public float Dropout { get; init; }

    /// <summary>What is drawn from for that: of the fork of each head and then of each query, the key's number, of row <see cref="FirstRow"/> and on.
    /// </summary>
    public RandomStream Stream { get; init; }

    /// <summary>The number of the first row in the whole batch.</summary>
    public int FirstRow { get; init; }

    public required ReadOnlySpan<float> Q { get; init; }

    public required ReadOnlySpan<float> K { get; init; }

    public required ReadOnlySpan<float> V { get; init; }

    /// <summary>From one step to the next in q and its gradient.</summary>
    public required int QueryStride { get; init; }

    /// <summary>From one step to the next in k, v and their gradients.</summary>
    public required int KeyStride { get; init; }

    /// <summary>Where keys and values are carried from piece to piece: from one row to the next in both. The steps of v follow each other without a
    /// gap. 0: they are not carried.</summary>
    public int CarriedRow { get; init; }

    /// <summary>Where they are carried: from one feature to the next in k, whose steps lie side by side.</summary>
    public int CarriedKeys { get; init; }

    public required Workers Workers { get; init; }
}
