namespace NeuralNet;

/// <summary>Multi-head attention: every step of a sequence is a query, and takes from all steps that it may see as much as they match it.</summary>
/// <remarks><para>forward: q = x W_q + b_q, k = x W_k + b_k, v = x W_v + b_v, q of the width of the queries' features, divided into heads of d
/// features. Of each head s = q kᵀ / √d, a = softmax(s) over the keys that the query sees, o = a v; of all
/// heads side by side y = o W_o + b_o. In <see cref="Cross"/> attention k and v are made of another sequence, the memory.</para>
/// <para>With n heads, g of which are for keys and values (grouped-query attention), k and v have the width g d, and head h of the queries uses
/// their head ⌊h g / n⌋. With <see cref="Rotary"/> positions q and k are turned before s = q kᵀ / √d; with <see cref="Alibi"/>
/// s = q kᵀ / √d − m_h |i − j| for query i and key j. With a window of w steps query i sees the keys i − w &lt; j ≤ i if causal, otherwise those of
/// |i − j| &lt; w; work then grows with steps · w, and no longer with steps².</para>
/// <para>backward: ∇o = ∇y W_oᵀ; of each head ∇a = ∇o vᵀ, ∇v = aᵀ ∇o, ∇s = a ⊙ (∇a − Σ a ∇a), ∇q = ∇s k / √d, ∇k = ∇sᵀ q / √d, and ∇k and ∇v of
/// a group of heads added up; gradients of what was turned are turned back; then of each projection, here that to q, ∇W_q += xᵀ ∇q,
/// ∇b_q += Σ ∇q, ∇x = ∇q W_qᵀ, and the ∇x of all three added up.</para>
/// <para>A query does not see steps past its row's length, keys whose mask is 0, keys out of its window, and, if causal, later steps than
/// its own: their weight is exactly 0. A query that sees no key has the result o = 0, so y = b_o, and no gradient goes through it. Steps past
/// the length of a row are not read, and their outputs are 0. Softmax subtracts the largest score of each query, so that scores to ±1e30
/// give finite results (a product q kᵀ beyond the floats gives NaN); a weight below 10⁻³⁰ of the largest counts as 0. A key
/// that is not seen keeps nothing in y, whatever its values are; in backward only if they and their products with ∇o are finite.</para>
/// <para>With dropout, while training each weight of a is made 0 with probability p, and the others are divided by 1 − p: o = (m ⊙ a) v,
/// ∇a = m ⊙ (∇o vᵀ). What is drawn depends on row, head, step of the query and step of the key alone, and is drawn again in backward.</para>
/// <para>A causal layer without a key mask carries state, in predictions alone: the position that a row has come to, and the keys, after they were
/// turned, and values of the steps before, with a window of the last w − 1. So one more step costs one step's work, and pieces of a row have the bits
/// of the whole. A row may come to the last step of the shape; with a window it may go on, as far as floats count steps.</para>
/// <para>Memory grows with the steps, not with their square: scores and weights are made for a few queries at a time, with all keys that they see.
/// While training, of each head and query the largest score and the sum of softmax are kept, of which backward makes the weights again, with the
/// same bits. <see cref="AttentionWeights"/> has what a layer of a network looked at.</para>
/// <para>Parameters of self-attention, with w for the width n d and u for g d: "in_weight" [features, w + 2 u] and "in_bias" [w + 2 u], for q, k
/// and v side by side; of cross attention "query_weight" [query features, w], "query_bias" [w], "key_value_weight" [memory features, 2 u],
/// "key_value_bias" [2 u]; of both "out_weight" [w, outputs], "out_bias" [outputs]. Weights start by Glorot's scheme with the fans of each
/// single projection ("in_weight" with those of q's), biases at 0.</para>
/// <para>A. Vaswani et al.: "Attention is all you need", 2017. Groups: J. Ainslie et al.: "GQA: Training generalized multi-query transformer models
/// from multi-head checkpoints", 2023. Windows: I. Beltagy, M. E. Peters, A. Cohan: "Longformer: the long-document transformer", 2020.</para>
/// </remarks>
public sealed partial class MultiHeadAttention : Layer, ILayerKind
{
    private readonly int width, keyWidth, memoryFeatures, outputs;
    private readonly int carriedSteps; // of which a row has room for keys and values
    private readonly int inWeight, keyValueWeight, outWeight;
    private readonly float[] turns = [], slopes = [];

    /// <summary>Makes self-attention: queries, keys and values are all made of the same steps.</summary>
    /// <param name="input">The shape of an input row, a sequence; with a key mask it has one feature more.</param>
    /// <param name="heads">How many heads the features are divided into; their number must be a multiple of it.</param>
    /// <param name="outputs">The features of an output step; as many as the input's unless given.</param>
    /// <param name="causal">Whether a step sees no later ones.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="keyMask">Whether the last feature of each step says if the step is seen as a key, 1, or not, 0. It is no feature of x, and its
    /// gradient is 0. A step that is not seen is a query all the same.</param>
    /// <param name="positions">How the heads know the distance of two steps: <see cref="Rotary"/> or <see cref="Alibi"/>; not at all unless
    /// given.</param>
    /// <param name="window">How many steps a query sees to either side, or if causal before it, itself included; all unless given.</param>
    /// <param name="keyHeads">How many heads keys and values have, of which the number of heads must be a multiple; as many unless given.</param>
    /// <param name="dropout">p, at least 0 and below 1: while training each weight is dropped with this probability.</param>
    /// <exception cref="ArgumentException">The input is no sequence, its features cannot be divided among so many heads, the heads cannot be divided
    /// among those of keys, or the positions do not fit the heads.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive, p is out of its range, or a row would take 2³¹ floats or more.
    /// </exception>
    public MultiHeadAttention(
        Shape input, int heads, int? outputs = null, bool causal = false, bool bias = true, bool keyMask = false,
        AttentionPositions? positions = null, int? window = null, int? keyHeads = null, float dropout = 0)
        : this(Features(input, keyMask), null, input, heads, outputs, causal, bias, keyMask, positions, window, keyHeads, dropout)
    {
    }

    private MultiHeadAttention(
        Shape queries, Shape? memory, Shape input, int heads, int? outputs, bool causal, bool bias, bool keyMask,
        AttentionPositions? positions, int? window, int? keyHeads, float dropout)
        : base(input, OutputOf(queries, heads, keyHeads, outputs))
    {
        Queries = queries;
        Memory = memory ?? queries;
        IsCross = memory is not null;
        Heads = heads;
        IsCausal = causal;
        HasBias = bias;
        HasKeyMask = keyMask;
        KeyHeads = keyHeads ?? heads;
        Window = window;
        Positions = positions;
        Dropout = Guard.Fraction(dropout, nameof(dropout), "The rate of dropout");
        IsRandom = dropout > 0;
        width = queries.FeatureCount;
        keyWidth = KeyHeads * (width / heads);
        memoryFeatures = Memory.FeatureCount;
        this.outputs = Output.FeatureCount;

        var blocks = new List<Block>();
        int Projection(string name, int inputs, int outputs, int fanOut)
        {
            int index = blocks.Count;
            blocks.Add(new Block(name + "_weight", BlockRole.Weight, [inputs, outputs], Initializer.GlorotUniform) { FanOut = fanOut });
            if (bias)
                blocks.Add(new Block(name + "_bias", BlockRole.Bias, [outputs], Initializer.Zeros));
            return index;
        }

        positions?.Check(heads, width / heads, Queries.Steps, nameof(positions));
        if (window is int steps)
            Guard.Count(steps, nameof(window));
        long needed = Math.Max(Math.Max(SumsPerRow + ProjectedPerRow + OPerRow, ScratchPerRow) + Slack, 3L * width);
        Guard.Size(needed, nameof(input), $"Attention over {Queries.Steps} × {Memory.Steps} steps would take for each row");
        turns = (positions as Rotary)?.Table(Queries.Steps, width / heads) ?? [];
        slopes = (positions as Alibi)?.SlopesOf(heads) ?? [];
        inWeight = IsCross ? Projection("query", width, width, width) : Projection("in", width, width + (2 * keyWidth), width);
        keyValueWeight = IsCross ? Projection("key_value", memoryFeatures, 2 * keyWidth, keyWidth) : inWeight;
        outWeight = Projection("out", width, this.outputs, this.outputs);
        Blocks = blocks;
        Cache = new(Slack, (int)(SumsPerRow + ProjectedPerRow + OPerRow));
        Scratch = new(Slack, (int)ScratchPerRow);
        BackwardReads = BackwardReads.Input;

        // Of a window, and behind it of a piece. A window that is too long for that is one all the same, of whole rows.
        long carried = (window is int span ? span - 1L : 0) + Queries.Steps;
        if (causal && !keyMask && 2.0 * carried * keyWidth < Array.MaxLength)
        {
            StatePerRow = 1 + (2 * (int)carried * keyWidth);
            carriedSteps = (int)carried;
            StateIsCount = true; // as far as it goes: it begins at 0, and has no derivative
            IsStreamable = true;
            TrainsWithState = false;
        }

        // Each step's projections, and each query with each key that it may see, for the score and for the sum.
        long own = IsCross ? 2L * memoryFeatures * keyWidth : 0, before = Math.Min(window ?? Queries.Steps, Queries.Steps) - 1;
        long pairs = IsCross
            ? 2L * Queries.Steps * Memory.Steps
            : (2L * Queries.Steps) + ((causal ? 1 : 2) * before * ((2L * Queries.Steps) - before - 1));
        MultiplyAdds = (Queries.Steps * (blocks.Where(block => block.Role == BlockRole.Weight).Sum(block => (long)block.Length) - own))
            + (Memory.Steps * own) + (pairs * width);
    }

    /// <summary>Makes cross attention: the steps of one sequence, the queries, attend to those of another, the memory.</summary>
    /// <remarks>Both lie side by side in an input row: all steps of the queries, then all steps of the memory, then, with a key mask,
    /// one value for each step of the memory. All steps are real; a shorter memory is one whose mask ends in zeros, and what
    /// it holds there is not read.</remarks>
    /// <param name="queries">The shape of the queries, a sequence; their features are the width of the heads together.</param>
    /// <param name="memory">The shape of the memory, a sequence.</param>
    /// <param name="heads">How many heads the queries' features are divided into; their number must be a multiple of it.</param>
    /// <param name="outputs">The features of an output step; as many as the queries' unless given.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="keyMask">Whether a row ends with a mask: 1 for each step of the memory that is seen, 0 for others; its gradient is 0.</param>
    /// <param name="keyHeads">How many heads keys and values have, of which the number of heads must be a multiple; as many unless given.</param>
    /// <param name="dropout">p, at least 0 and below 1: while training each weight is dropped with this probability.</param>
    /// <returns>The layer, from <c>Features(Tq · fq + Tk · fk)</c>, and Tk more with a mask, to <c>Sequence(Tq, outputs)</c>.</returns>
    /// <exception cref="ArgumentException">A shape is no sequence, the queries' features cannot be divided among so many heads, or the heads
    /// cannot be divided among those of keys.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive, p is out of its range, or a row would take 2³¹ floats or more.
    /// </exception>
    public static MultiHeadAttention Cross(
        Shape queries, Shape memory, int heads, int? outputs = null, bool bias = true, bool keyMask = false, int? keyHeads = null,
        float dropout = 0)
    {
        Guard.Sequence(queries, "Attention", nameof(queries));
        Guard.Sequence(memory, "Attention", nameof(memory));
        int size = Guard.Size((long)queries.Size + memory.Size + (keyMask ? memory.Steps : 0), nameof(memory), "An input row would have");
        return new MultiHeadAttention(
            queries, memory, Shape.Features(size), heads, outputs, causal: false, bias, keyMask, null, null, keyHeads, dropout);
    }

    /// <summary>The shape of the queries: the input's without a mask, or the first of the two sequences of cross attention.</summary>
    public Shape Queries { get; }

    /// <summary>The shape of what keys and values are made of: the queries', unless this is cross attention.</summary>
    public Shape Memory { get; }

    /// <summary>Whether keys and values are made of another sequence than the queries.</summary>
    public bool IsCross { get; }

    /// <summary>How many heads there are.</summary>
    public int Heads { get; }

    /// <summary>How many heads of keys and values there are: as many as of queries, or fewer, each for a group of them.</summary>
    public int KeyHeads { get; }

    /// <summary>How the heads know the distance of two steps; null: they do not.</summary>
    public AttentionPositions? Positions { get; }

    /// <summary>How many steps a query sees to either side, or if causal before it, itself included; null: all.</summary>
    public int? Window { get; }

    /// <summary>p, the probability with which a weight is dropped while training.</summary>
    public float Dropout { get; }

    /// <summary>Whether a step sees no later ones.</summary>
    public bool IsCausal { get; }

    /// <summary>Whether the projections have biases.</summary>
    public bool HasBias { get; }

    /// <summary>Whether the input says which keys are seen.</summary>
    public bool HasKeyMask { get; }

    /// <inheritdoc/>
    public override KindSettings Settings
    {
        get
        {
            KindSettings settings = new KindSettings().Set("heads", Heads).Set("outputs", outputs).Set("bias", HasBias).Set("keyMask", HasKeyMask);
            settings = IsCross ? settings.Set("queries", Queries).Set("memory", Memory) : settings.Set("causal", IsCausal);
            if (KeyHeads != Heads)
                settings.Set("keyHeads", KeyHeads);
            if (Window is int steps)
                settings.Set("window", steps);
            if (Dropout > 0)
                settings.Set("dropout", Dropout);
            return Positions is null ? settings : Positions.AddTo(settings);
        }
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings)
    {
        (int heads, int outputs) = (settings.GetInt32("heads"), settings.GetInt32("outputs"));
        (bool bias, bool keyMask) = (settings.GetBoolean("bias"), settings.GetBoolean("keyMask"));
        int? window = settings.Contains("window") ? settings.GetInt32("window") : null;
        int? keyHeads = settings.Contains("keyHeads") ? settings.GetInt32("keyHeads") : null;
        float dropout = settings.Contains("dropout") ? settings.GetSingle("dropout") : 0;
        if (!settings.Contains("memory"))
        {
            return new MultiHeadAttention(
                input, heads, outputs, settings.GetBoolean("causal"), bias, keyMask, AttentionPositions.Of(settings), window, keyHeads, dropout);
        }

        AttentionPositions.RefuseInCross(settings);
        if (window is not null)
            throw settings.Wrong("window", "none in attention to another sequence, whose steps have no distance from the queries',");
        return Cross(settings.GetShape("queries"), settings.GetShape("memory"), heads, outputs, bias, keyMask, keyHeads, dropout);
    }

    static long ILayerKind.TableFloats(Shape input, KindSettings settings) => AttentionPositions.HasTable(settings) ? input.Size : 0;

    internal override string Detail =>
        $"{Heads} {(Heads == 1 ? "head" : "heads")}{(KeyHeads == Heads ? "" : FormattableString.Invariant($" of {KeyHeads} for keys"))}"
        + $"{(IsCausal ? ", causal" : "")}{(Window is int steps ? FormattableString.Invariant($", window {steps}") : "")}"
        + $"{(Positions is null ? "" : $", {Positions}")}{(Dropout > 0 ? FormattableString.Invariant($", dropout {Dropout}") : "")}"
        + $"{(HasBias ? "" : ", no bias")}{(HasKeyMask ? ", key mask" : "")}";

    // A mask, 0 or 1, is one of two ids, so that a network refuses other values before anything is written.
    internal override bool TakesIds => HasKeyMask;

    internal override int IdsAt(int element) => HasKeyMask && element >= MaskStart && (element - MaskStart) % MaskStep == 0 ? 2 : 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {(IsCross ? $"{Queries} to {Memory}" : $"{Input}")} → {Output}, {Detail}";

    // The shape of x in the input of self-attention.
    private static Shape Features(Shape input, bool keyMask)
    {
        Guard.Sequence(input, "Attention", nameof(input));
        if (keyMask && input.FeatureCount == 1)
            throw new ArgumentException($"With a key mask the last feature of a step is its mask, and {input} has no other.", nameof(input));
        return keyMask ? input.WithFeatures(input.FeatureCount - 1) : input;
    }

    private static Shape OutputOf(Shape queries, int heads, int? keyHeads, int? outputs)
    {
        Guard.Count(heads, nameof(heads));
        if (queries.FeatureCount % heads != 0)
            throw new ArgumentException(
                $"{queries.FeatureCount} features cannot be divided among {heads} heads; a multiple of {heads} was expected.", nameof(heads));

        if (keyHeads is int groups && heads % Guard.Count(groups, nameof(keyHeads)) != 0)
        {
            throw new ArgumentException(
                $"{heads} heads cannot be divided among {groups} heads of keys and values; a divisor of {heads} was expected.", nameof(keyHeads));
        }

        if (outputs is int count)
            Guard.Count(count, nameof(outputs));
        return outputs is null ? queries : queries.WithFeatures(outputs.Value, nameof(outputs));
    }
}
