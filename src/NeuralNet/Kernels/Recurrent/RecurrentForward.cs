using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The steps of a recurrent layer, from the first to the last: from z = W x + b makes y, what backward needs, and the new state.</summary>
internal unsafe ref struct RecurrentForward<TCell> : IJob<RecurrentForward<TCell>>
    where TCell : struct, IRecurrentCell
{
    public TCell Cell;
    public ForwardPass Pass;
    public int Hidden;
    public bool LastStepOnly;

    /// <summary>The recurrent weights U, [hidden, gates · hidden], and the last gate's bias that belongs to their product.</summary>
    public ReadOnlySpan<float> Weights, Bias;

    /// <summary>Room for <see cref="PackedFactor"/>.</summary>
    public Span<float> Room;

    /// <summary>[rows, steps, gates · hidden]: z, then the gates' values.</summary>
    public Span<float> Z;

    /// <summary>[rows, steps, kept · hidden], and [rows, steps, hidden], h before each step; empty in inference.</summary>
    public Span<float> Kept, HBefore;

    /// <summary>[rows, hidden] each, of the step at hand; C is empty if there is no cell state.</summary>
    public Span<float> H, C;

    /// <summary>[rows, gates · hidden]: U h.</summary>
    public Span<float> Product;

    private PackedFactor factor;

    private readonly int Width => TCell.Gates * Hidden;

    public static void Run(ref RecurrentForward<TCell> job)
    {
        int rows = job.Pass.Rows, steps = job.Pass.Steps, states = checked(rows * job.Hidden), vectors = checked(states * steps);
        Require.SameLength(job.Z.Length, checked(TCell.Gates * vectors));
        Require.SameLength(job.Pass.Output.Length, job.LastStepOnly ? states : vectors);
        Require.SameLength(job.Weights.Length, checked(job.Hidden * job.Width));
        Require.SameLength(job.Bias.Length, TCell.SeparatesProduct ? job.Hidden : 0);
        Require.SameLength(job.Room.Length, RecurrentRows.Room(job.Hidden, job.Width));
        Require.SameLength(job.H.Length, states);
        Require.SameLength(job.C.Length, TCell.HasCell ? states : 0);
        Require.SameLength(job.Product.Length, checked(TCell.Gates * states));
        Require.Lengths(job.Pass.Lengths, rows, steps);
        if (!job.Pass.State.IsEmpty)
            Require.SameLength(job.Pass.State.Length, TCell.HasCell ? checked(2 * states) : states);
        if (!job.Kept.IsEmpty || !job.HBefore.IsEmpty)
        {
            Require.SameLength(job.Kept.Length, checked(TCell.Kept * vectors));
            Require.SameLength(job.HBefore.Length, vectors);
        }

        fixed (float* weights = job.Weights, room = job.Room)
            RecurrentRows.Run(ref job, job.Pass.Workers, rows, (long)vectors * job.Width);
    }

    public static void Part<TVector>(ref RecurrentForward<TCell> job, int part, int parts)
        where TVector : struct, ISimdVector<TVector>
    {
        if (part != RecurrentRows.Packing)
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Rows, 1, part, parts);
            job.Rows<TVector>(first, count);
            return;
        }

        // Run keeps both where they are.
        fixed (float* weights = job.Weights, room = job.Room)
            job.factor = PackedFactor.Of<TVector>(weights, transposed: false, job.Hidden, job.Width, job.Pass.Rows, job.Pass.Steps, room);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Rows<TVector>(int first, int rows)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int row = first; row < first + rows; row++)
            Begin(row);

        int hidden = Hidden, width = Width, steps = Pass.Steps;
        fixed (float* z = Z, kept = Kept, before = HBefore, h = H, c = C, product = Product, bias = Bias, y = Pass.Output)
        {
            for (int step = 0; step < steps; step++)
            {
                (int active, int count) = RecurrentRows.Active(Pass.Lengths, first, rows, step);
                if (count == 0)
                    break;
                factor.Multiply<TVector>(h + ((nint)active * hidden), hidden, null, 0, product + ((nint)active * width), width, count);
                for (int row = active; row < active + count; row++)
                {
                    if (step >= Pass.LengthOf(row))
                        continue;
                    nint at = ((nint)row * steps) + step;
                    CellForward one = new()
                    {
                        Hidden = hidden,
                        Z = z + (at * width),
                        Product = product + ((nint)row * width),
                        Bias = bias,
                        H = h + ((nint)row * hidden),
                        C = c + ((nint)row * hidden),
                        Kept = kept == null ? null : kept + (at * TCell.Kept * hidden),
                    };
                    if (step + 1 < steps)
                    {
                        RecurrentRows.Fetch(one.Z + width, width);
                        if (kept != null)
                            RecurrentRows.Fetch(one.Kept + (TCell.Kept * hidden), TCell.Kept * hidden);
                    }

                    Cell.Forward<TVector>(one);
                    if (!LastStepOnly)
                        RecurrentRows.Copy(one.H, y + (at * hidden), hidden);
                    if (before != null && step + 1 < steps)
                        RecurrentRows.Copy(one.H, before + ((at + 1) * hidden), hidden);
                }
            }
        }

        for (int row = first; row < first + rows; row++)
            End(row);
    }

    // The state before the first step: 0 unless it is given.
    private readonly void Begin(int row)
    {
        Span<float> h = H.Slice(row * Hidden, Hidden), c = TCell.HasCell ? C.Slice(row * Hidden, Hidden) : [], state = StateOf(row);
        if (state.IsEmpty)
        {
            h.Clear();
            c.Clear();
        }
        else
        {
            state[..Hidden].CopyTo(h);
            state[Hidden..].CopyTo(c);
        }

        if (!HBefore.IsEmpty)
            h.CopyTo(HBefore[(row * Pass.Steps * Hidden)..]);
    }

    // The state after the last real step.
    private readonly void End(int row)
    {
        Span<float> h = H.Slice(row * Hidden, Hidden), state = StateOf(row);
        if (LastStepOnly)
            h.CopyTo(Pass.Output[(row * Hidden)..]);
        else
            Pass.Output[(((row * Pass.Steps) + Pass.LengthOf(row)) * Hidden)..((row + 1) * Pass.Steps * Hidden)].Clear();
        if (state.IsEmpty)
            return;
        h.CopyTo(state);
        if (TCell.HasCell)
            C.Slice(row * Hidden, Hidden).CopyTo(state[Hidden..]);
    }

    // h, then c, of a row as carried from call to call; empty: from 0.
    private readonly Span<float> StateOf(int row)
    {
        int width = TCell.HasCell ? 2 * Hidden : Hidden;
        return Pass.State.IsEmpty ? [] : Pass.State.Slice(row * width, width);
    }
}
