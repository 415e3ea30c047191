using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The steps of a recurrent layer, from the first to the last: from <see cref="Z"/> makes y, the cache and the new state.</summary>
internal unsafe ref struct RecurrentForward<TCell> : IJob<RecurrentForward<TCell>> where TCell : struct, IRecurrentCell
{
    private readonly TCell cell;
    private readonly ForwardPass pass;
    private readonly RecurrentSizes sizes;
    private readonly ReadOnlySpan<float> weights, bias;
    private readonly Span<float> room;

    // [rows, steps, kept · hidden], and [rows, steps, hidden], h before each step; empty in inference.
    private readonly Span<float> kept, before;

    // r ⊙ h where it is needed: [rows, steps, hidden] if backward follows, otherwise [rows, hidden], that of the step at hand.
    private readonly Span<float> reset;

    // [rows, hidden] each, and [rows, gates · hidden]: h, c and U h of the step at hand.
    private readonly Span<float> h, c, product;
    private PackedFactor factor, resetFactor;

    /// <summary>Cuts cache and scratch.</summary>
    /// <param name="cell">The formulas.</param>
    /// <param name="pass">The layer's pass.</param>
    /// <param name="sizes">The layer's sizes.</param>
    /// <param name="weights">U, [hidden, gates · hidden].</param>
    /// <param name="bias">The bias of the last gate's recurrent product, if it has one.</param>
    public RecurrentForward(TCell cell, in ForwardPass pass, RecurrentSizes sizes, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        (this.cell, this.sizes) = (cell, sizes);
        this.pass = pass;
        this.weights = weights;
        this.bias = bias;
        int states = checked(pass.Rows * sizes.Hidden), vectors = checked(states * pass.Steps);
        Require.SameLength(pass.Output.Length, sizes.LastStepOnly ? states : vectors);
        Require.SameLength(weights.Length, checked(sizes.Hidden * sizes.Width));
        Require.SameLength(bias.Length, sizes.SeparatesProduct ? sizes.Hidden : 0);
        Require.Lengths(pass.Lengths, pass.Rows, pass.Steps);
        if (!pass.State.IsEmpty)
            Require.SameLength(pass.StateOf(pass.Rows - 1).Length, sizes.States);

        Span<float> cache = pass.Cache, scratch = pass.Scratch;
        room = SpanCutter.Take(ref scratch, sizes.Room + sizes.ResetRoom);
        Z = SpanCutter.Take(ref pass.BackwardFollows ? ref cache : ref scratch, checked(sizes.Gates * vectors));
        kept = pass.BackwardFollows ? SpanCutter.Take(ref cache, checked(sizes.Kept * vectors)) : default;
        before = pass.BackwardFollows ? SpanCutter.Take(ref cache, vectors) : default;
        reset = pass.BackwardFollows
            ? SpanCutter.Take(ref cache, sizes.ResetsBefore ? vectors : 0)
            : SpanCutter.Take(ref scratch, sizes.ResetsBefore ? states : 0);
        h = SpanCutter.Take(ref scratch, states);
        c = SpanCutter.Take(ref scratch, sizes.HasCell ? states : 0);
        product = SpanCutter.Take(ref scratch, checked(sizes.Gates * states));
    }

    /// <summary>[rows, steps, gates · hidden]: z = W x + b is to be put here; overwritten with the gates' values.</summary>
    public Span<float> Z { get; }

    public static void Run(ref RecurrentForward<TCell> job)
    {
        // The factor points into one of the two until the last part is done.
        fixed (float* weights = job.weights, room = job.room)
            RecurrentRows.Run(ref job, job.pass.Workers, job.pass.Rows, (long)job.Z.Length * job.sizes.Hidden);
    }

    public static void Part<TVector>(ref RecurrentForward<TCell> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
    {
        if (part != RecurrentRows.Packing)
        {
            (int first, int count) = Workers.ShareOf(job.pass.Rows, 1, part, parts);
            job.Rows<TVector>(first, count);
            return;
        }

        fixed (float* weights = job.weights, room = job.room)
        {
            RecurrentSizes sizes = job.sizes;
            (int hidden, int width, int direct, int rows, int steps) = (sizes.Hidden, sizes.Width, sizes.Direct, job.pass.Rows, job.pass.Steps);
            job.factor = PackedFactor.Of<TVector>(weights, width, transposed: false, hidden, direct, rows, steps, room);
            if (sizes.ResetsBefore)
            {
                float* own = room + sizes.Room;
                job.resetFactor = PackedFactor.Of<TVector>(weights + direct, width, transposed: false, hidden, hidden, rows, steps, own);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Rows<TVector>(int first, int rows) where TVector : struct, ISimdVector<TVector>
    {
        for (int row = first; row < first + rows; row++)
            Begin(row);

        int hidden = sizes.Hidden, width = sizes.Width, keep = sizes.Kept * hidden, steps = pass.Steps;
        fixed (float* z = Z, kept = this.kept, before = this.before, bias = this.bias, y = pass.Output)
        fixed (float* h = this.h, c = this.c, product = this.product)
        {
            CellRow all = new() { Hidden = hidden, Z = z, Product = product, ProductBias = bias, H = h, C = c, Kept = kept };
            for (int step = 0; step < steps; step++)
            {
                (int active, int count) = RecurrentRows.Active(pass.Lengths, first, rows, step);
                if (count == 0)
                    break;
                factor.Multiply<TVector>(h + ((nint)active * hidden), hidden, null, 0, product + ((nint)active * width), width, count);
                if (sizes.ResetsBefore)
                    Reset<TVector>(all, active, count, step);
                for (int row = active; row < active + count; row++)
                {
                    if (step >= pass.LengthOf(row))
                        continue;
                    CellRow one = At(all, row, step);
                    if (step + 1 < steps)
                    {
                        RecurrentRows.Fetch(one.Z + width, width);
                        if (kept != null)
                            RecurrentRows.Fetch(one.Kept + keep, keep);
                    }

                    cell.Forward<TVector>(one, isLast: true);
                    nint at = ((nint)row * steps) + step;
                    if (!sizes.LastStepOnly)
                        RecurrentRows.Copy(one.H, y + (at * hidden), hidden);
                    if (before != null && step + 1 < steps)
                        RecurrentRows.Copy(one.H, before + ((at + 1) * hidden), hidden);
                }
            }
        }

        for (int row = first; row < first + rows; row++)
            End(row);
    }

    // A row at a step, in the arrays of all rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly CellRow At(in CellRow all, int row, int step)
    {
        int hidden = sizes.Hidden, width = sizes.Width;
        nint at = ((nint)row * pass.Steps) + step;
        return new()
        {
            Hidden = hidden,
            Z = all.Z + (at * width),
            Product = all.Product + ((nint)row * width),
            ProductBias = all.ProductBias,
            H = all.H + ((nint)row * hidden),
            C = all.C + ((nint)row * hidden),
            Kept = all.Kept == null ? null : all.Kept + (at * (sizes.Kept * hidden)),
        };
    }

    // r ⊙ h of some rows at one step, and its product.
    private readonly void Reset<TVector>(in CellRow all, int active, int count, int step) where TVector : struct, ISimdVector<TVector>
    {
        int hidden = sizes.Hidden, width = sizes.Width, steps = pass.Steps;
        nint resetRow = pass.BackwardFollows ? (nint)steps * hidden : hidden;
        fixed (float* reset = this.reset)
        {
            float* ofStep = pass.BackwardFollows ? reset + ((nint)step * hidden) : reset;
            for (int row = active; row < active + count; row++)
            {
                if (step >= pass.LengthOf(row))
                    continue;
                cell.Forward<TVector>(At(all, row, step) with { Reset = ofStep + (row * resetRow) }, isLast: false);
            }

            float* products = all.Product + ((nint)active * width) + sizes.Direct;
            resetFactor.Multiply<TVector>(ofStep + (active * resetRow), resetRow, null, 0, products, width, count);
        }
    }

    // The state before the first step, h, then c: 0 unless it is given.
    private readonly void Begin(int row)
    {
        Span<float> state = pass.StateOf(row), own = Of(h, row);
        if (state.IsEmpty)
            own.Clear();
        else
            state[..sizes.Hidden].CopyTo(own);
        if (!before.IsEmpty)
            own.CopyTo(before[(row * pass.Steps * sizes.Hidden)..]);
        if (sizes.HasCell && state.IsEmpty)
            Of(c, row).Clear();
        else if (sizes.HasCell)
            state[sizes.Hidden..].CopyTo(Of(c, row));
    }

    // The state after the last real step.
    private readonly void End(int row)
    {
        Span<float> state = pass.StateOf(row), own = Of(h, row);
        if (sizes.LastStepOnly)
            own.CopyTo(Of(pass.Output, row));
        else
            pass.Output[(((row * pass.Steps) + pass.LengthOf(row)) * sizes.Hidden)..((row + 1) * pass.Steps * sizes.Hidden)].Clear();
        if (state.IsEmpty)
            return;
        own.CopyTo(state);
        if (sizes.HasCell)
            Of(c, row).CopyTo(state[sizes.Hidden..]);
    }

    private readonly Span<float> Of(Span<float> states, int row) => states.Slice(row * sizes.Hidden, sizes.Hidden);
}
