using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

// A cell may hold an activation of people's own. The job lies on the stack of the caller, who waits for its end.
#pragma warning disable CS8500

namespace NeuralNet.Kernels;

/// <summary>
/// The steps of a recurrent layer, one after the other, for some rows. Rows do not meet, so threads take rows, and go through
/// all steps without waiting for each other.
/// </summary>
/// <remarks>
/// A few rows at a time make a step: their product with the recurrent weights, and at once the gates, while the product is
/// still in the first-level cache.
/// </remarks>
internal unsafe struct RecurrentJob<TCell>
    where TCell : struct, IRecurrentCell
{
    // Two tiles.
    private const int RowsAtOnce = 2 * MatrixTile.MaxRows;

    public TCell Cell;
    public RecurrentSizes Sizes;

    /// <summary>How many steps of each row are real; null: all.</summary>
    public int* Lengths;

    /// <summary>[rows, steps, gates · hidden]: z, then the gates' values.</summary>
    public float* Z;

    /// <summary>[rows, steps, kept · hidden]; null in inference.</summary>
    public float* Kept;

    /// <summary>[rows, steps, hidden], h before each step; null in inference.</summary>
    public float* HBefore;

    /// <summary>[rows, steps, hidden] or, of the last step only, [rows, hidden]: y in forward, ∇y in backward.</summary>
    public float* Output;

    /// <summary>[rows, hidden], and the cell state after it: carried from call to call; null: from 0.</summary>
    public float* State;

    /// <summary>The recurrent weights as the right factor: U in forward, its transpose in backward.</summary>
    public float* Weights;
    public float* Bias;

    /// <summary>Room for <see cref="PackedFactor"/>.</summary>
    public float* Room;

    /// <summary>[rows, hidden] each: h and c in forward, ∇h and ∇c in backward.</summary>
    public float* H;
    public float* C;

    /// <summary>[rows, gates · hidden], working memory.</summary>
    public float* Product;

    /// <summary>[rows, steps, gates · hidden]: ∇z, and the gradient of the recurrent product if that is another.</summary>
    public float* Dz;
    public float* Dproduct;

    private PackedFactor factor;

    private readonly int Rows => Sizes.Rows;

    private readonly int Steps => Sizes.Steps;

    private readonly int Hidden => Sizes.Hidden;

    private readonly bool LastStepOnly => Sizes.LastStepOnly;

    private readonly int Width => TCell.Gates * Hidden;

    private readonly int StateWidth => TCell.HasCell ? 2 * Hidden : Hidden;

    /// <summary>All rows through all steps, forward or backward.</summary>
    public static void Run(ref RecurrentJob<TCell> job, Workers workers, bool backward)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Simd512>(ref job, workers, backward);
        else if (Vector256.IsHardwareAccelerated)
            Run<Simd256>(ref job, workers, backward);
        else
            Run<Simd128>(ref job, workers, backward);
    }

    private static void Run<TVector>(ref RecurrentJob<TCell> job, Workers workers, bool backward)
        where TVector : struct, ISimdVector<TVector>
    {
        job.factor = backward
            ? PackedFactor.Of<TVector>(job.Weights, transposed: true, job.Width, job.Hidden, job.Rows, job.Steps, job.Room)
            : PackedFactor.Of<TVector>(job.Weights, transposed: false, job.Hidden, job.Width, job.Rows, job.Steps, job.Room);
        int parts = workers.ShareProduct((long)job.Rows * job.Steps * job.Hidden * job.Width) ? Math.Min(workers.Count, job.Rows) : 1;
        fixed (RecurrentJob<TCell>* arguments = &job)
        {
            if (parts == 1)
                Part<TVector>(arguments, backward, 0, 1);
            else if (backward)
                workers.Run(&BackwardPart<TVector>, arguments, parts);
            else
                workers.Run(&ForwardPart<TVector>, arguments, parts);
        }
    }

    private static void ForwardPart<TVector>(void* arguments, int part, int parts)
        where TVector : struct, ISimdVector<TVector> => Part<TVector>((RecurrentJob<TCell>*)arguments, false, part, parts);

    private static void BackwardPart<TVector>(void* arguments, int part, int parts)
        where TVector : struct, ISimdVector<TVector> => Part<TVector>((RecurrentJob<TCell>*)arguments, true, part, parts);

    // Blocks of nearly the same height.
    private static void Part<TVector>(RecurrentJob<TCell>* job, bool backward, int part, int parts)
        where TVector : struct, ISimdVector<TVector>
    {
        (int first, int count) = Workers.ShareOf(job->Rows, 1, part, parts);
        for (int blocks = (count + RowsAtOnce - 1) / RowsAtOnce; blocks > 0; blocks--)
        {
            int rows = count / blocks;
            if (backward)
                job->BackwardBlock<TVector>(first, rows);
            else
                job->ForwardBlock<TVector>(first, rows);
            first += rows;
            count -= rows;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void ForwardBlock<TVector>(int first, int rows)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int row = first; row < first + rows; row++)
            Begin(row);

        for (int step = 0; step < Steps; step++)
        {
            (int active, int count) = Active(first, rows, step);
            if (count == 0)
                break;
            factor.Multiply<TVector>(H + ((nint)active * Hidden), Hidden, null, 0, Product + ((nint)active * Width), Width, count);
            for (int row = active; row < active + count; row++)
            {
                if (step >= LengthOf(row))
                    continue;
                nint at = ((nint)row * Steps) + step;
                if (step + 1 < Steps)
                    FetchForward(at + 1);
                CellForward one = new()
                {
                    Hidden = Hidden,
                    Z = Z + (at * Width),
                    Product = Product + ((nint)row * Width),
                    Bias = Bias,
                    H = H + ((nint)row * Hidden),
                    C = C + ((nint)row * Hidden),
                    Kept = Kept == null ? null : Kept + (at * TCell.Kept * Hidden),
                };
                Cell.Forward<TVector>(one);
                if (!LastStepOnly)
                    Copy(one.H, Output + (at * Hidden));
                if (HBefore != null && step + 1 < Steps)
                    Copy(one.H, HBefore + ((at + 1) * Hidden));
            }
        }

        for (int row = first; row < first + rows; row++)
            End(row);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void BackwardBlock<TVector>(int first, int rows)
        where TVector : struct, ISimdVector<TVector>
    {
        new Span<float>(H + ((nint)first * Hidden), rows * Hidden).Clear();
        if (TCell.HasCell)
            new Span<float>(C + ((nint)first * Hidden), rows * Hidden).Clear();
        float* dproduct = TCell.SeparatesGradients ? Dproduct : Dz;
        for (int step = Steps - 1; step >= 0; step--)
        {
            // ∇h of this step, as far as it comes from the next one; to what the cell has left there the product is added.
            (int later, int laterCount) = step + 1 < Steps ? Active(first, rows, step + 1) : (first, 0);
            if (laterCount > 0)
            {
                float* dh = H + ((nint)later * Hidden);
                float* carried = TCell.SeparatesGradients ? dh : null;
                factor.Multiply<TVector>(dproduct + ((((nint)later * Steps) + step + 1) * Width), (nint)Steps * Width, carried, Hidden, dh, Hidden, laterCount);
            }

            (int active, int count) = Active(first, rows, step);
            for (int row = active; row < active + count; row++)
            {
                int length = LengthOf(row);
                if (step >= length)
                    continue;
                nint at = ((nint)row * Steps) + step;
                if (step > 0)
                    FetchBackward(at - 1);
                float* dh = H + ((nint)row * Hidden);
                if (step == length - 1)
                    new Span<float>(dh, Hidden).Clear();
                if (!LastStepOnly)
                    Add<TVector>(dh, Output + (at * Hidden));
                else if (step == length - 1)
                    Add<TVector>(dh, Output + ((nint)row * Hidden));
                CellBackward one = new()
                {
                    Hidden = Hidden,
                    Z = Z + (at * Width),
                    Kept = Kept + (at * TCell.Kept * Hidden),
                    HBefore = HBefore + (at * Hidden),
                    Dh = dh,
                    Dc = C + ((nint)row * Hidden),
                    Dz = Dz + (at * Width),
                    Dproduct = Dproduct + (at * Width),
                };
                Cell.Backward<TVector>(one);
            }
        }
    }

    // A step of a row lies far from that of the next row, and the processor does not see it coming: what the next step of this
    // row will touch is fetched into the second-level cache while the others are at work.
    private readonly void FetchForward(nint at)
    {
        Fetch(Z + (at * Width), Width);
        if (Kept != null)
            Fetch(Kept + (at * TCell.Kept * Hidden), TCell.Kept * Hidden);
    }

    private readonly void FetchBackward(nint at)
    {
        Fetch(Z + (at * Width), Width);
        Fetch(Kept + (at * TCell.Kept * Hidden), TCell.Kept * Hidden);
        Fetch(Dz + (at * Width), Width);
        if (TCell.SeparatesGradients)
        {
            Fetch(Dproduct + (at * Width), Width);
            Fetch(HBefore + (at * Hidden), Hidden);
        }
    }

    private static void Fetch(float* from, int count)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < count; i += Workers.Line)
                Sse.Prefetch1(from + i);
        }
    }

    // The state before the first step.
    private readonly void Begin(int row)
    {
        float* h = H + ((nint)row * Hidden);
        if (State == null)
            new Span<float>(h, Hidden).Clear();
        else
            Copy(State + ((nint)row * StateWidth), h);
        if (HBefore != null)
            Copy(h, HBefore + ((nint)row * Steps * Hidden));
        if (!TCell.HasCell)
            return;
        float* c = C + ((nint)row * Hidden);
        if (State == null)
            new Span<float>(c, Hidden).Clear();
        else
            Copy(State + ((nint)row * StateWidth) + Hidden, c);
    }

    // The state after the last real step.
    private readonly void End(int row)
    {
        float* h = H + ((nint)row * Hidden);
        int length = LengthOf(row);
        if (LastStepOnly)
            Copy(h, Output + ((nint)row * Hidden));
        else
            new Span<float>(Output + ((((nint)row * Steps) + length) * Hidden), (Steps - length) * Hidden).Clear();
        if (State == null)
            return;
        Copy(h, State + ((nint)row * StateWidth));
        if (TCell.HasCell)
            Copy(C + ((nint)row * Hidden), State + ((nint)row * StateWidth) + Hidden);
    }

    // The rows from the first to the last whose step is real; between them may be others, whose product nobody reads.
    private readonly (int First, int Count) Active(int first, int rows, int step)
    {
        if (Lengths == null)
            return (first, rows);
        int last = first + rows - 1;
        while (last >= first && Lengths[last] <= step)
            last--;
        while (first < last && Lengths[first] <= step)
            first++;
        return (first, Math.Max(0, last - first + 1));
    }

    private readonly int LengthOf(int row) => Lengths == null ? Steps : Lengths[row];

    private readonly void Copy(float* from, float* to) => Unsafe.CopyBlockUnaligned(to, from, (uint)Hidden * sizeof(float));

    private readonly void Add<TVector>(float* sum, float* term)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < Hidden; i += TVector.Count)
            VectorTail.Store(VectorTail.Load<TVector>(sum + i, Hidden - i) + VectorTail.Load<TVector>(term + i, Hidden - i), sum + i, Hidden - i);
    }
}
