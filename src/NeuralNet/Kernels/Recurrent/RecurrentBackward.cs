using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The steps of a recurrent layer, from the last to the first: from ∇y makes <see cref="Dz"/> and <see cref="Dproduct"/>.</summary>
internal unsafe ref struct RecurrentBackward<TCell> : IJob<RecurrentBackward<TCell>> where TCell : struct, IRecurrentCell
{
    private readonly TCell cell;
    private readonly BackwardPass pass;
    private readonly RecurrentSizes sizes;
    private readonly ReadOnlySpan<float> weights, z, kept;

    // [rows, hidden] each: ∇h and ∇c of the step at hand.
    private readonly Span<float> room, dh, dc;

    // [rows, hidden]: the gradient of r ⊙ h, where it is needed.
    private readonly Span<float> dreset;
    private PackedFactor factor, resetFactor;

    /// <summary>Cuts cache, as <see cref="RecurrentForward{TCell}"/> has left it, and scratch.</summary>
    /// <param name="cell">The formulas.</param>
    /// <param name="pass">The layer's pass.</param>
    /// <param name="sizes">The layer's sizes.</param>
    /// <param name="weights">U, [hidden, gates · hidden].</param>
    public RecurrentBackward(TCell cell, in BackwardPass pass, RecurrentSizes sizes, ReadOnlySpan<float> weights)
    {
        (this.cell, this.sizes) = (cell, sizes);
        this.pass = pass;
        this.weights = weights;
        int states = checked(pass.Rows * sizes.Hidden), vectors = checked(states * pass.Steps), gates = checked(sizes.Gates * vectors);
        Require.SameLength(pass.OutputGradient.Length, sizes.LastStepOnly ? states : vectors);
        Require.SameLength(weights.Length, checked(sizes.Hidden * sizes.Width));
        Require.Lengths(pass.Lengths, pass.Rows, pass.Steps);
        if (!pass.StateGradient.IsEmpty)
            Require.SameLength(pass.StateGradientOf(pass.Rows - 1).Length, sizes.States);

        ReadOnlySpan<float> cache = pass.Cache;
        z = SpanCutter.Take(ref cache, gates);
        kept = SpanCutter.Take(ref cache, checked(sizes.Kept * vectors));
        HBefore = SpanCutter.Take(ref cache, vectors);
        HReset = SpanCutter.Take(ref cache, sizes.ResetsBefore ? vectors : 0);
        Span<float> scratch = pass.Scratch;
        room = SpanCutter.Take(ref scratch, sizes.Room + sizes.ResetRoom);
        Dz = SpanCutter.Take(ref scratch, gates);
        Dproduct = sizes.SeparatesProduct ? SpanCutter.Take(ref scratch, gates) : Dz;
        dh = SpanCutter.Take(ref scratch, states);
        dc = SpanCutter.Take(ref scratch, sizes.HasCell ? states : 0);
        dreset = SpanCutter.Take(ref scratch, sizes.ResetsBefore ? states : 0);
    }

    /// <summary>[rows, steps, hidden]: h before each step.</summary>
    public ReadOnlySpan<float> HBefore { get; }

    /// <summary>[rows, steps, hidden]: r ⊙ h of each step, where it is needed; otherwise empty.</summary>
    public ReadOnlySpan<float> HReset { get; }

    /// <summary>[rows, steps, gates · hidden]: ∇z.</summary>
    public Span<float> Dz { get; }

    /// <summary>[rows, steps, gates · hidden]: the gradient of the recurrent product; the same span as ∇z unless they differ.</summary>
    public Span<float> Dproduct { get; }

    public static void Run(ref RecurrentBackward<TCell> job)
    {
        // The factor points into one of the two until the last part is done.
        fixed (float* weights = job.weights, room = job.room)
            RecurrentRows.Run(ref job, job.pass.Workers, job.pass.Rows, (long)job.Dz.Length * job.sizes.Hidden);
    }

    public static void Part<TVector>(ref RecurrentBackward<TCell> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
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
            job.factor = PackedFactor.Of<TVector>(weights, width, transposed: true, direct, hidden, rows, steps, room);
            if (sizes.ResetsBefore)
            {
                float* own = room + sizes.Room;
                job.resetFactor = PackedFactor.Of<TVector>(weights + direct, width, transposed: true, hidden, hidden, rows, steps, own);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Rows<TVector>(int first, int rows) where TVector : struct, ISimdVector<TVector>
    {
        int hidden = sizes.Hidden, width = sizes.Width, steps = pass.Steps;
        fixed (float* z = this.z, kept = this.kept, before = HBefore, dy = pass.OutputGradient)
        fixed (float* dh = this.dh, dc = this.dc, dz = Dz, dproduct = Dproduct)
        {
            CellRow all = new() { Hidden = hidden, Z = z, H = before, Kept = kept, Dh = dh, Dc = dc, Dz = dz, Dproduct = dproduct };
            for (int step = steps - 1; step >= 0; step--)
            {
                // ∇h of this step, as far as it comes from the next one; to what the cell has left there the product is added.
                (int later, int laterCount) = step + 1 < steps ? RecurrentRows.Active(pass.Lengths, first, rows, step + 1) : (first, 0);
                if (laterCount > 0)
                {
                    float* sum = dh + ((nint)later * hidden), next = dproduct + ((((nint)later * steps) + step + 1) * width);
                    factor.Multiply<TVector>(next, (nint)steps * width, sizes.UsesH ? sum : null, hidden, sum, hidden, laterCount);
                }

                (int active, int count) = RecurrentRows.Active(pass.Lengths, first, rows, step);
                for (int row = active; row < active + count; row++)
                {
                    int length = pass.LengthOf(row);
                    if (step >= length)
                        continue;
                    nint at = ((nint)row * steps) + step;
                    CellRow one = At(all, row, step);
                    if (step > 0)
                        FetchStepBefore(one);
                    if (step == length - 1)
                        Begin(row);
                    if (!sizes.LastStepOnly)
                        Add<TVector>(one.Dh, dy + (at * hidden), hidden);
                    else if (step == length - 1)
                        Add<TVector>(one.Dh, dy + ((nint)row * hidden), hidden);
                    cell.Backward<TVector>(one, isFirst: true);
                }

                if (sizes.ResetsBefore && count > 0)
                    Reset<TVector>(all, active, count, step);
            }

            if (pass.StateGradient.IsEmpty)
                return;

            // ∇h and ∇c of the state before the first step.
            float* sums = dh + ((nint)first * hidden), gradients = dproduct + ((nint)first * steps * width);
            factor.Multiply<TVector>(gradients, (nint)steps * width, sizes.UsesH ? sums : null, hidden, sums, hidden, rows);
        }

        for (int row = first; row < first + rows; row++)
        {
            Of(dh, row).CopyTo(pass.StateGradientOf(row));
            if (sizes.HasCell)
                Of(dc, row).CopyTo(pass.StateGradientOf(row)[hidden..]);
        }
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
            H = all.H + (at * hidden),
            Kept = all.Kept + (at * (sizes.Kept * hidden)),
            Dh = all.Dh + ((nint)row * hidden),
            Dc = all.Dc + ((nint)row * hidden),
            Dz = all.Dz + (at * width),
            Dproduct = all.Dproduct + (at * width),
        };
    }

    // The gradient of r ⊙ h of some rows at one step, and what follows from it.
    private readonly void Reset<TVector>(in CellRow all, int active, int count, int step) where TVector : struct, ISimdVector<TVector>
    {
        int hidden = sizes.Hidden, width = sizes.Width, steps = pass.Steps;
        fixed (float* dreset = this.dreset)
        {
            float* last = all.Dz + ((((nint)active * steps) + step) * width) + sizes.Direct, sums = dreset + ((nint)active * hidden);
            resetFactor.Multiply<TVector>(last, (nint)steps * width, null, 0, sums, hidden, count);
            for (int row = active; row < active + count; row++)
            {
                if (step >= pass.LengthOf(row))
                    continue;
                cell.Backward<TVector>(At(all, row, step) with { Reset = dreset + ((nint)row * hidden) }, isFirst: false);
            }
        }
    }

    // ∇h and ∇c of the state after the last real step: 0 unless they are given.
    private readonly void Begin(int row)
    {
        Span<float> state = pass.StateGradientOf(row), ownH = Of(dh, row), ownC = sizes.HasCell ? Of(dc, row) : default;
        if (state.IsEmpty)
        {
            ownH.Clear();
            ownC.Clear();
            return;
        }

        state[..sizes.Hidden].CopyTo(ownH);
        state[sizes.Hidden..].CopyTo(ownC);
    }

    private readonly Span<float> Of(Span<float> states, int row) => states.Slice(row * sizes.Hidden, sizes.Hidden);

    private readonly void FetchStepBefore(in CellRow row)
    {
        int width = sizes.Width, keep = sizes.Kept * sizes.Hidden;
        RecurrentRows.Fetch(row.Z - width, width);
        RecurrentRows.Fetch(row.Kept - keep, keep);
        RecurrentRows.Fetch(row.Dz - width, width);
        if (sizes.SeparatesProduct)
            RecurrentRows.Fetch(row.Dproduct - width, width);
        if (sizes.UsesH)
            RecurrentRows.Fetch(row.H - sizes.Hidden, sizes.Hidden);
    }

    private static void Add<TVector>(float* sum, float* term, int n) where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(VectorTail.Load<TVector>(sum + i, n - i) + VectorTail.Load<TVector>(term + i, n - i), sum + i, n - i);
    }
}
