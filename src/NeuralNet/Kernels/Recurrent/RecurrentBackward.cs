using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The steps of a recurrent layer, from the last to the first: from ∇y makes ∇z, and the gradient of the recurrent product.</summary>
internal unsafe ref struct RecurrentBackward<TCell> : IJob<RecurrentBackward<TCell>>
    where TCell : struct, IRecurrentCell
{
    public TCell Cell;
    public BackwardPass Pass;
    public int Hidden;
    public bool LastStepOnly;

    /// <summary>The recurrent weights U, [hidden, gates · hidden].</summary>
    public ReadOnlySpan<float> Weights;

    /// <summary>Room for <see cref="PackedFactor"/>.</summary>
    public Span<float> Room;

    /// <summary>What forward left in its fields of these names.</summary>
    public ReadOnlySpan<float> Z, Kept, HBefore;

    /// <summary>[rows, hidden] each: ∇h and ∇c of the step at hand; Dc is empty if there is no cell state.</summary>
    public Span<float> Dh, Dc;

    /// <summary>[rows, steps, gates · hidden]: ∇z, and the gradient of the recurrent product, the same span unless they differ.</summary>
    public Span<float> Dz, Dproduct;

    private PackedFactor factor;

    private readonly int Width => TCell.Gates * Hidden;

    public static void Run(ref RecurrentBackward<TCell> job)
    {
        int rows = job.Pass.Rows, steps = job.Pass.Steps, states = checked(rows * job.Hidden), vectors = checked(states * steps);
        Require.SameLength(job.Z.Length, checked(TCell.Gates * vectors));
        Require.SameLength(job.Kept.Length, checked(TCell.Kept * vectors));
        Require.SameLength(job.HBefore.Length, vectors);
        Require.SameLength(job.Pass.OutputGradient.Length, job.LastStepOnly ? states : vectors);
        Require.SameLength(job.Weights.Length, checked(job.Hidden * job.Width));
        Require.SameLength(job.Room.Length, RecurrentRows.Room(job.Hidden, job.Width));
        Require.SameLength(job.Dh.Length, states);
        Require.SameLength(job.Dc.Length, TCell.HasCell ? states : 0);
        Require.SameLength(job.Dz.Length, job.Z.Length);
        Require.SameLength(job.Dproduct.Length, job.Z.Length);
        Require.Lengths(job.Pass.Lengths, rows, steps);

        fixed (float* weights = job.Weights, room = job.Room)
            RecurrentRows.Run(ref job, job.Pass.Workers, rows, (long)vectors * job.Width);
    }

    public static void Part<TVector>(ref RecurrentBackward<TCell> job, int part, int parts)
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
            job.factor = PackedFactor.Of<TVector>(weights, transposed: true, job.Width, job.Hidden, job.Pass.Rows, job.Pass.Steps, room);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Rows<TVector>(int first, int rows)
        where TVector : struct, ISimdVector<TVector>
    {
        int hidden = Hidden, width = Width, steps = Pass.Steps;
        Dh.Slice(first * hidden, rows * hidden).Clear();
        if (TCell.HasCell)
            Dc.Slice(first * hidden, rows * hidden).Clear();

        fixed (float* z = Z, kept = Kept, before = HBefore, dh = Dh, dc = Dc, dz = Dz, dproduct = Dproduct, dy = Pass.OutputGradient)
        {
            for (int step = steps - 1; step >= 0; step--)
            {
                // ∇h of this step, as far as it comes from the next one; to what the cell has left there the product is added.
                (int later, int laterCount) = step + 1 < steps ? RecurrentRows.Active(Pass.Lengths, first, rows, step + 1) : (first, 0);
                if (laterCount > 0)
                {
                    float* sum = dh + ((nint)later * hidden), next = dproduct + ((((nint)later * steps) + step + 1) * width);
                    factor.Multiply<TVector>(next, (nint)steps * width, TCell.UsesH ? sum : null, hidden, sum, hidden, laterCount);
                }

                (int active, int count) = RecurrentRows.Active(Pass.Lengths, first, rows, step);
                for (int row = active; row < active + count; row++)
                {
                    int length = Pass.LengthOf(row);
                    if (step >= length)
                        continue;
                    nint at = ((nint)row * steps) + step;
                    CellBackward one = new()
                    {
                        Hidden = hidden,
                        Z = z + (at * width),
                        Kept = kept + (at * TCell.Kept * hidden),
                        HBefore = before + (at * hidden),
                        Dh = dh + ((nint)row * hidden),
                        Dc = dc + ((nint)row * hidden),
                        Dz = dz + (at * width),
                        Dproduct = dproduct + (at * width),
                    };
                    if (step > 0)
                        FetchStepBefore(one);
                    if (step == length - 1)
                        new Span<float>(one.Dh, hidden).Clear();
                    if (!LastStepOnly)
                        Add<TVector>(one.Dh, dy + (at * hidden), hidden);
                    else if (step == length - 1)
                        Add<TVector>(one.Dh, dy + ((nint)row * hidden), hidden);
                    Cell.Backward<TVector>(one);
                }
            }
        }
    }

    private readonly void FetchStepBefore(in CellBackward row)
    {
        RecurrentRows.Fetch(row.Z - Width, Width);
        RecurrentRows.Fetch(row.Kept - (TCell.Kept * Hidden), TCell.Kept * Hidden);
        RecurrentRows.Fetch(row.Dz - Width, Width);
        if (TCell.SeparatesProduct)
            RecurrentRows.Fetch(row.Dproduct - Width, Width);
        if (TCell.UsesH)
            RecurrentRows.Fetch(row.HBefore - Hidden, Hidden);
    }

    private static void Add<TVector>(float* sum, float* term, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(VectorTail.Load<TVector>(sum + i, n - i) + VectorTail.Load<TVector>(term + i, n - i), sum + i, n - i);
    }
}
