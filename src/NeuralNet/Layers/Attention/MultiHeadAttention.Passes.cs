using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>The passes.</content>
/// <remarks><para>The real steps of all rows are one matrix without gaps, so that each projection is one product: the input itself if there is
/// no length, no mask and no second sequence, otherwise a copy.</para>
/// <para>cache: of each head and query the largest score and one over the sum, of which backward makes a again; then q, k, v, then o. scratch: x
/// and y where they are copies; in inference also q, k, v and o.</para></remarks>
public sealed partial class MultiHeadAttention
{
    // Each part begins at a cache line.
    private const int Slack = 8 * Workers.Line;

    private long SumsPerRow => (long)Heads * AttentionKernels.SumsPerHead(Queries.Steps);

    private long ProjectedPerRow => ((long)Queries.Steps * width) + (2L * Memory.Steps * keyWidth);

    private long OPerRow => (long)Queries.Steps * width;

    private long ScratchPerRow => (long)Queries.Size + (IsCross ? Memory.Size : 0) + Output.Size + ProjectedPerRow + OPerRow;

    // From one step to the next where q, k and v lie side by side, or q by itself.
    private int QueryStride => IsCross ? width : width + (2 * keyWidth);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A mask is neither 0 nor 1; nothing has been written then.</exception>
    public override void Forward(in ForwardPass pass)
    {
        int querySteps = IsCross ? Queries.Steps : pass.Steps, keySteps = IsCross ? Memory.Steps : pass.Steps;
        ReadOnlySpan<int> lengths = IsCross ? default : pass.Lengths;
        PackedSteps packed = new(pass.Rows, querySteps, lengths), memory = new(pass.Rows, keySteps, lengths);
        int queries = packed.Count, keys = memory.Count;
        CheckMask(pass.Input, pass.Rows, keySteps, lengths, pass.FirstRow);

        Span<float> rest = pass.Scratch;
        ReadOnlySpan<float> x = IsInPlace(lengths) ? pass.Input
            : PackQueries(packed, pass.Input, querySteps, SpanCutter.TakeLines(ref rest, queries * width));
        ReadOnlySpan<float> m = IsCross ? PackMemory(memory, pass.Input, SpanCutter.TakeLines(ref rest, keys * memoryFeatures)) : default;
        Span<float> y = lengths.IsEmpty ? pass.Output : SpanCutter.TakeLines(ref rest, queries * outputs);
        if (pass.BackwardFollows)
            rest = pass.Cache;
        Span<float> sums = pass.BackwardFollows ? SpanCutter.TakeLines(ref rest, SumsAt(pass.Rows, querySteps)) : default;
        Span<float> q = SpanCutter.TakeLines(ref rest, queries * QueryStride);
        Span<float> kv = IsCross ? SpanCutter.TakeLines(ref rest, keys * 2 * keyWidth) : q[width..];
        Span<float> o = SpanCutter.TakeLines(ref rest, queries * width);

        // q, k, v = x W + b
        MatrixProduct.Forward(x, pass.Parameter(inWeight), BiasOf(pass, inWeight), q, queries, width, QueryStride, pass.Workers);
        if (IsCross)
        {
            ReadOnlySpan<float> weight = pass.Parameter(keyValueWeight);
            MatrixProduct.Forward(m, weight, BiasOf(pass, keyValueWeight), kv, keys, memoryFeatures, 2 * keyWidth, pass.Workers);
        }

        // o = softmax(q kᵀ / √d) v
        if (!pass.State.IsEmpty)
        {
            ForwardCarried(pass, querySteps, q, o);
        }
        else
        {
            Turn(q, isBack: false, pass.Rows, querySteps, lengths, pass.Workers);
            AttentionPass projected =
                Projected(pass.Rows, pass.FirstRow, querySteps, keySteps, lengths, pass.Input, q, kv, pass.Stream, pass.Workers);
            WeightTap? kept = pass.Learning?.Weights;
            AttentionKernels.Forward(projected, sums, o, kept is null ? default : kept.Next(pass.Rows, Heads, querySteps, keySteps));
        }

        // y = o W + b
        MatrixProduct.Forward(o, pass.Parameter(outWeight), BiasOf(pass, outWeight), y, queries, width, outputs, pass.Workers);
        if (!lengths.IsEmpty)
            packed.Unpack(y, pass.Output, querySteps * outputs, outputs, outputs);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        int querySteps = IsCross ? Queries.Steps : pass.Steps, keySteps = IsCross ? Memory.Steps : pass.Steps;
        ReadOnlySpan<int> lengths = IsCross ? default : pass.Lengths;
        PackedSteps packed = new(pass.Rows, querySteps, lengths), memory = new(pass.Rows, keySteps, lengths);
        int queries = packed.Count, keys = memory.Count;
        ReadOnlySpan<float> kept = pass.Cache;
        ReadOnlySpan<float> sums = SpanCutter.TakeLines(ref kept, SumsAt(pass.Rows, querySteps));
        ReadOnlySpan<float> q = SpanCutter.TakeLines(ref kept, queries * QueryStride);
        ReadOnlySpan<float> kv = IsCross ? SpanCutter.TakeLines(ref kept, keys * 2 * keyWidth) : q[width..];
        ReadOnlySpan<float> o = SpanCutter.TakeLines(ref kept, queries * width);

        Span<float> rest = pass.Scratch;
        ReadOnlySpan<float> dy = pass.OutputGradient;
        if (!lengths.IsEmpty)
        {
            Span<float> copy = SpanCutter.TakeLines(ref rest, queries * outputs);
            packed.Pack(dy, querySteps * outputs, outputs, outputs, copy);
            dy = copy;
        }

        // ∇W and ∇b of the last projection, ∇o = ∇y Wᵀ
        AddGradients(pass, outWeight, o, dy, queries, width, outputs);
        bool wantsInput = !pass.InputGradient.IsEmpty;
        if (!wantsInput && IsFrozen(pass, inWeight) && IsFrozen(pass, keyValueWeight))
            return;
        Span<float> dO = SpanCutter.TakeLines(ref rest, queries * width);
        MatrixProduct.InputGradient(dy, pass.Parameter(outWeight), dO, queries, width, outputs, pass.Workers);

        // ∇q, ∇k, ∇v
        Span<float> dq = SpanCutter.TakeLines(ref rest, queries * QueryStride);
        Span<float> dkv = IsCross ? SpanCutter.TakeLines(ref rest, keys * 2 * keyWidth) : dq[width..];
        AttentionPass projected =
            Projected(pass.Rows, pass.FirstRow, querySteps, keySteps, lengths, pass.Input, q, kv, pass.Stream, pass.Workers);
        AttentionKernels.Backward(projected, sums, dO, dq, dkv[..^keyWidth], dkv[keyWidth..]);
        Turn(dq, isBack: true, pass.Rows, querySteps, lengths, pass.Workers);

        // ∇W and ∇b of the other projections, ∇x = ∇q W_qᵀ + …, in memory that is free again
        if (IsInPlace(lengths))
        {
            AddGradients(pass, inWeight, pass.Input, dq, queries, width, QueryStride);
            if (wantsInput)
                MatrixProduct.InputGradient(dq, pass.Parameter(inWeight), pass.InputGradient, queries, width, QueryStride, pass.Workers);
            return;
        }

        AddGradients(pass, inWeight, PackQueries(packed, pass.Input, querySteps, dO), dq, queries, width, QueryStride);
        if (wantsInput)
        {
            MatrixProduct.InputGradient(dq, pass.Parameter(inWeight), dO, queries, width, QueryStride, pass.Workers);
            packed.Unpack(dO, pass.InputGradient, RowSize(querySteps), StepSize, width);
        }

        if (!IsCross)
            return;
        Span<float> m = SpanCutter.TakeLines(ref rest, keys * memoryFeatures);
        AddGradients(pass, keyValueWeight, PackMemory(memory, pass.Input, m), dkv, keys, memoryFeatures, 2 * keyWidth);
        if (wantsInput)
        {
            MatrixProduct.InputGradient(dkv, pass.Parameter(keyValueWeight), m, keys, memoryFeatures, 2 * keyWidth, pass.Workers);
            memory.Unpack(m, pass.InputGradient[Queries.Size..], Input.Size, memoryFeatures, memoryFeatures);
            if (HasKeyMask)
            {
                for (int row = 0; row < pass.Rows; row++)
                    pass.InputGradient.Slice((row * Input.Size) + MaskStart, Memory.Steps).Clear();
            }
        }
    }

    private bool IsFrozen(in BackwardPass pass, int weight) =>
        pass.GradientBlocks[weight].Length == 0 && (!HasBias || pass.GradientBlocks[weight + 1].Length == 0);

    // A bias comes after its weight.
    private ReadOnlySpan<float> BiasOf(in ForwardPass pass, int weight) => HasBias ? pass.Parameter(weight + 1) : default;

    // ∇W += xᵀ ∇z, ∇b += Σ ∇z, over the real steps in ascending order
    private void AddGradients(in BackwardPass pass, int weight, ReadOnlySpan<float> x, ReadOnlySpan<float> dz, int steps, int inputs, int outputs)
    {
        Span<float> dw = pass.ParameterGradient(weight), db = HasBias ? pass.ParameterGradient(weight + 1) : default;
        if (!dw.IsEmpty)
            MatrixProduct.AddWeightGradient(x, dz, dw, steps, inputs, outputs, pass.Workers);
        if (!db.IsEmpty)
            MatrixProduct.AddColumnSums(dz, db, steps, outputs, pass.Workers);
    }

    // Whether the steps of the input are a matrix without gaps.
    private bool IsInPlace(ReadOnlySpan<int> lengths) => !IsCross && !HasKeyMask && lengths.IsEmpty;

    private int RowSize(int steps) => IsCross ? Input.Size : steps * Input.FeatureCount;

    private int StepSize => IsCross ? width : Input.FeatureCount;

    private int MaskStart => IsCross ? Queries.Size + Memory.Size : width;

    private int MaskStep => IsCross ? 1 : Input.FeatureCount;

    private Span<float> PackQueries(in PackedSteps packed, ReadOnlySpan<float> input, int steps, Span<float> x)
    {
        packed.Pack(input, RowSize(steps), StepSize, width, x);
        return x;
    }

    private Span<float> PackMemory(in PackedSteps packed, ReadOnlySpan<float> input, Span<float> m)
    {
        packed.Pack(input[Queries.Size..], Input.Size, memoryFeatures, memoryFeatures, m);
        for (int i = 0; i < m.Length / memoryFeatures && HasKeyMask; i++)
        {
            // A step that is not seen must not matter, even if it is NaN, which a factor of 0 would not remove from ∇W.
            (int row, int step) = Math.DivRem(i, Memory.Steps);
            if (input[(row * Input.Size) + MaskStart + step] == 0)
                m.Slice(i * memoryFeatures, memoryFeatures).Clear();
        }

        return m;
    }

    private int SumsAt(int rows, int querySteps) => checked((int)((long)rows * Heads * AttentionKernels.SumsPerHead(querySteps)));

    // A window from which no step can be out of sight is none.
    private int WindowOver(int steps) => Window is int window && window < steps ? window : 0;

    // q and k, or their gradients back.
    private void Turn(Span<float> q, bool isBack, int rows, int steps, ReadOnlySpan<int> lengths, Workers workers)
    {
        if (Positions is not Rotary rotary)
            return;
        RotaryKernels.Turn(q, TurnBy(rotary, turns), QueryStride, isBack, rows, steps, lengths, workers);
    }

    private RotaryTurn TurnBy(Rotary rotary, ReadOnlySpan<float> table) => new()
    {
        Table = table,
        Heads = Heads + KeyHeads,
        HeadWidth = width / Heads,
        Pairs = (rotary.Features ?? (width / Heads)) / 2,
        IsInterleaved = rotary.Interleaved,
    };

    private AttentionPass Projected(
        int rows, int firstRow, int querySteps, int keySteps, ReadOnlySpan<int> lengths,
        ReadOnlySpan<float> input, ReadOnlySpan<float> q, ReadOnlySpan<float> kv, RandomStream? stream, Workers workers) => new()
        {
            Rows = rows,
            Heads = Heads,
            KeyHeads = KeyHeads,
            HeadWidth = width / Heads,
            QuerySteps = querySteps,
            KeySteps = keySteps,
            Lengths = lengths,
            IsCausal = IsCausal,
            Window = WindowOver(keySteps),
            Slopes = slopes,
            Dropout = stream is null ? 0 : Dropout,
            Stream = stream ?? default,
            FirstRow = firstRow,
            Mask = HasKeyMask ? input[MaskStart..] : default,
            MaskRow = RowSize(keySteps),
            MaskStep = MaskStep,
            Q = q,
            K = kv[..^keyWidth],
            V = kv[keyWidth..],
            QueryStride = QueryStride,
            KeyStride = IsCross ? 2 * keyWidth : QueryStride,
            Workers = workers,
        };

    private void CheckMask(ReadOnlySpan<float> input, int rows, int steps, ReadOnlySpan<int> lengths, int firstRow)
    {
        for (int row = 0; row < rows && HasKeyMask; row++)
        {
            for (int step = 0; step < (lengths.IsEmpty ? steps : lengths[row]); step++)
            {
                float mask = input[(row * RowSize(steps)) + MaskStart + (step * MaskStep)];
                if (mask is 0 or 1)
                    continue;
                throw new ArgumentException(FormattableString.Invariant(
                    $"{Kind}: the key mask of row {firstRow + row}, step {step} is {mask}; 1 (seen) or 0 (not seen) was expected."));
            }
        }
    }
}
