using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Scaled dot-product attention: of each row and head o = a v with a = softmax(q kᵀ / √d), and its chain rule.
/// </summary>
/// <remarks>
/// <para>Threads divide the pairs of row and head; <see cref="AttentionJob"/> does one at a time, from scores to o, so that
/// everything of it stays in the nearest cache.</para>
/// <para>Each product's chains run over the summed index in ascending order, and so do the sums of softmax, each in a lane
/// of its own: no result depends on the machine's width, the number of threads, or what other rows and steps there are.</para>
/// </remarks>
internal static unsafe class AttentionKernel
{
    /// <summary>The floats that the weights a of one row and head take; no fewer for more steps.</summary>
    public static long WeightsPerHead(int querySteps, int keySteps) => AttentionJob.RoundUp(querySteps) * (long)keySteps;

    /// <summary>a = softmax(q kᵀ / √d), o = a v; of a query that no key is left to, o is 0.</summary>
    /// <param name="pass">The queries, keys and values.</param>
    /// <param name="weights">a, <see cref="WeightsPerHead"/> floats for each row and head, for backward; empty: nobody keeps it.</param>
    /// <param name="o">o, [steps, heads · d].</param>
    public static void Forward(in AttentionPass pass, Span<float> weights, Span<float> o)
    {
        if (Vector512.IsHardwareAccelerated)
            Forward<Simd512>(pass, weights, o);
        else if (Vector256.IsHardwareAccelerated)
            Forward<Simd256>(pass, weights, o);
        else
            Forward<Simd128>(pass, weights, o);
    }

    internal static void Forward<TVector>(in AttentionPass pass, Span<float> weights, Span<float> o)
        where TVector : struct, ISimdVector<TVector>
    {
        Check(pass, weights.Length, o.Length, weights.IsEmpty);
        fixed (float* q = pass.Q, k = pass.K, v = pass.V, mask = pass.Mask, a = weights, po = o)
        fixed (int* lengths = pass.Lengths)
        {
            AttentionJob job = Job(pass, lengths, mask, q, k, v, a);
            job.O = po;
            Run<TVector>(&job, pass.Workers, isBackward: false);
        }
    }

    /// <summary>∇a = ∇o vᵀ, ∇v = aᵀ ∇o, ∇s = a ⊙ (∇a − Σ a ∇a), ∇q = ∇s k / √d, ∇k = ∇sᵀ q / √d.</summary>
    /// <param name="pass">What forward had.</param>
    /// <param name="weights">What forward has kept.</param>
    /// <param name="oGradient">∇o.</param>
    /// <param name="qGradient">∇q, with the stride of q, and so on; overwritten.</param>
    /// <param name="kGradient">∇k.</param>
    /// <param name="vGradient">∇v.</param>
    public static void Backward(
        in AttentionPass pass, ReadOnlySpan<float> weights, ReadOnlySpan<float> oGradient, Span<float> qGradient, Span<float> kGradient, Span<float> vGradient)
    {
        if (Vector512.IsHardwareAccelerated)
            Backward<Simd512>(pass, weights, oGradient, qGradient, kGradient, vGradient);
        else if (Vector256.IsHardwareAccelerated)
            Backward<Simd256>(pass, weights, oGradient, qGradient, kGradient, vGradient);
        else
            Backward<Simd128>(pass, weights, oGradient, qGradient, kGradient, vGradient);
    }

    internal static void Backward<TVector>(
        in AttentionPass pass, ReadOnlySpan<float> weights, ReadOnlySpan<float> oGradient, Span<float> qGradient, Span<float> kGradient, Span<float> vGradient)
        where TVector : struct, ISimdVector<TVector>
    {
        Check(pass, weights.Length, oGradient.Length, withoutWeights: false);
        Require.SameLength(qGradient.Length, pass.Q.Length);
        Require.SameLength(kGradient.Length, pass.K.Length);
        Require.SameLength(vGradient.Length, pass.V.Length);
        fixed (float* q = pass.Q, k = pass.K, v = pass.V, mask = pass.Mask, a = weights)
        fixed (float* o = oGradient, dq = qGradient, dk = kGradient, dv = vGradient)
        fixed (int* lengths = pass.Lengths)
        {
            AttentionJob job = Job(pass, lengths, mask, q, k, v, a);
            job.O = o;
            job.QGradient = dq;
            job.KGradient = dk;
            job.VGradient = dv;
            Run<TVector>(&job, pass.Workers, isBackward: true);
        }
    }

    private static AttentionJob Job(in AttentionPass pass, int* lengths, float* mask, float* q, float* k, float* v, float* weights) => new()
    {
        Rows = pass.Rows,
        Heads = pass.Heads,
        HeadWidth = pass.HeadWidth,
        QuerySteps = pass.QuerySteps,
        KeySteps = pass.KeySteps,
        Lengths = lengths,
        IsCausal = pass.IsCausal,
        Mask = mask,
        MaskRow = pass.MaskRow,
        MaskStep = pass.MaskStep,
        Q = q,
        K = k,
        V = v,
        QueryStride = pass.QueryStride,
        KeyStride = pass.KeyStride,
        Weights = weights,
    };

    // Shared where a product of as many multiply-adds would be.
    private static void Run<TVector>(AttentionJob* job, Workers workers, bool isBackward)
        where TVector : struct, ISimdVector<TVector>
    {
        long products = (isBackward ? 4L : 2) * job->QuerySteps * job->KeySteps * job->HeadWidth;
        bool shared = workers.ShareProduct(job->Rows * job->Heads * products);
        job->RoomForPart = job->RoomNeeded(isBackward);
        job->Room = workers.Room(checked(shared ? job->RoomForPart * workers.Count : job->RoomForPart));
        delegate*<void*, int, int, void> part = isBackward ? &BackwardPart<TVector> : &ForwardPart<TVector>;
        if (shared)
            workers.Run(part, job, workers.Count);
        else
            part(job, 0, 1);
        GC.KeepAlive(workers); // the room is theirs
    }

    private static void ForwardPart<TVector>(void* arguments, int part, int parts)
        where TVector : struct, ISimdVector<TVector>
        => ((AttentionJob*)arguments)->Forward<TVector>(part, parts);

    private static void BackwardPart<TVector>(void* arguments, int part, int parts)
        where TVector : struct, ISimdVector<TVector>
        => ((AttentionJob*)arguments)->Backward<TVector>(part, parts);

    private static void Check(in AttentionPass pass, int weights, int o, bool withoutWeights)
    {
        long queries = (long)pass.Rows * pass.QuerySteps, keys = (long)pass.Rows * pass.KeySteps;
        if (!pass.Lengths.IsEmpty || pass.IsCausal)
            Require.SameLength(pass.QuerySteps, pass.KeySteps);
        if (!pass.Lengths.IsEmpty)
        {
            Require.Lengths(pass.Lengths, pass.Rows, pass.QuerySteps);
            keys = queries = new PackedSteps(pass.Rows, pass.QuerySteps, pass.Lengths).Count;
        }

        int width = pass.Heads * pass.HeadWidth;
        Fits(o, queries, width, width);
        Fits(pass.Q.Length, queries, pass.QueryStride, width);
        Fits(pass.K.Length, keys, pass.KeyStride, width);
        Fits(pass.V.Length, keys, pass.KeyStride, width);
        if (!withoutWeights)
            Fits(weights, (long)pass.Rows * pass.Heads, WeightsPerHead(pass.QuerySteps, pass.KeySteps), WeightsPerHead(pass.QuerySteps, pass.KeySteps));
        if (!pass.Mask.IsEmpty)
            Fits(pass.Mask.Length, pass.Rows, pass.MaskRow, ((pass.KeySteps - 1L) * pass.MaskStep) + 1);
    }

    private static void Fits(int length, long count, long stride, long last)
    {
        if (count > 0 && length < ((count - 1) * stride) + last)
            throw new ArgumentException($"{count} times {stride} elements do not fit into {length}.");
    }
}
