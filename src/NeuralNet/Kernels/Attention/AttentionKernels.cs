using System.Numerics.Tensors;

namespace NeuralNet.Kernels;

/// <summary>Scaled dot-product attention: for each row and head o = a v with a = softmax(q kᵀ / √d), and its chain rule.</summary>
/// <remarks><para>Threads divide the pairs of row and head, in backward those of row and head of keys, whose gradients come from a group of heads;
/// <see cref="AttentionJob"/> does one pair at a time, from scores to o, so that all of its numbers stay in the nearest cache.</para>
/// <para>The chains of each product run over the summed index in ascending order, and so do the sums of softmax, each in a lane
/// of its own: no result depends on the machine's vector width, the number of threads, or the other rows and steps.</para></remarks>
internal static class AttentionKernels
{
    /// <summary>The floats that forward keeps for one row and head: of each query its largest score and one over its sum.</summary>
    public static int SumsPerHead(int querySteps) => AttentionJob.SumsPerHead(querySteps);

    /// <summary>a = softmax(q kᵀ / √d − m |i − j|), o = a v; for a query that sees no key, o is 0.</summary>
    /// <param name="pass">The queries, keys and values.</param>
    /// <param name="sums">What backward makes a of, <see cref="SumsPerHead"/> floats for each row and head; empty: no backward follows.</param>
    /// <param name="o">o, [steps, heads · d].</param>
    /// <param name="weights">Where a is kept before anything of it is dropped, [rows, heads, query steps, key steps], 0 where a query does not see a
    /// key or a row has no step; empty: nowhere, and so it is where keys are carried.</param>
    public static void Forward(in AttentionPass pass, Span<float> sums, Span<float> o, Span<float> weights = default)
    {
        Check(pass, sums.Length, o.Length, sums.IsEmpty);
        if (!weights.IsEmpty)
            Require.SameLength(weights.Length, checked(pass.Rows * pass.Heads * pass.QuerySteps * pass.KeySteps));
        var job = new AttentionJob { Pass = pass, Sums = sums, O = o, Weights = weights };
        Run(ref job);
    }

    /// <summary>∇a = ∇o vᵀ, ∇v = aᵀ ∇o, ∇s = a ⊙ (∇a − Σ a ∇a), ∇q = ∇s k / √d, ∇k = ∇sᵀ q / √d.</summary>
    /// <param name="pass">What forward had.</param>
    /// <param name="sums">What forward has kept.</param>
    /// <param name="oGradient">∇o.</param>
    /// <param name="qGradient">∇q, with the stride of q; overwritten, as the other two are.</param>
    /// <param name="kGradient">∇k.</param>
    /// <param name="vGradient">∇v.</param>
    public static void Backward(
        in AttentionPass pass, ReadOnlySpan<float> sums, ReadOnlySpan<float> oGradient,
        Span<float> qGradient, Span<float> kGradient, Span<float> vGradient)
    {
        Check(pass, sums.Length, oGradient.Length, withoutSums: false);
        Require.SameLength(qGradient.Length, pass.Q.Length);
        Require.SameLength(kGradient.Length, pass.K.Length);
        Require.SameLength(vGradient.Length, pass.V.Length);
        var job = new AttentionJob
        {
            Pass = pass,
            IsBackward = true,
            KeptSums = sums,
            OGradient = oGradient,
            QGradient = qGradient,
            KGradient = kGradient,
            VGradient = vGradient,
        };
        Run(ref job);
    }

    // Shared where a product of as many multiply-adds would be.
    private static void Run(ref AttentionJob job)
    {
        Workers workers = job.Pass.Workers;
        int keys = job.Pass.Before.IsEmpty ? job.BlockKeys
            : Math.Min(job.BlockKeys, TensorPrimitives.Max(job.Pass.Before) + job.Pass.QuerySteps);
        long products = (job.IsBackward ? 5L : 2) * job.Pass.QuerySteps * keys * job.Pass.HeadWidth;
        int parts = workers.ShareProduct(job.Pass.Rows * job.Pass.Heads * products) ? workers.Count : 1;
        job.TakeScratch(parts);
        workers.Run(ref job, parts);
        GC.KeepAlive(workers); // the scratch memory is theirs
    }

    private static void Check(in AttentionPass pass, int sums, int o, bool withoutSums)
    {
        long queries = (long)pass.Rows * pass.QuerySteps, keys = (long)pass.Rows * pass.KeySteps;
        if ((!pass.Lengths.IsEmpty || pass.IsCausal || pass.Window > 0 || !pass.Slopes.IsEmpty) && pass.Before.IsEmpty)
            Require.SameLength(pass.QuerySteps, pass.KeySteps);
        if (!pass.Lengths.IsEmpty)
        {
            Require.Lengths(pass.Lengths, pass.Rows, pass.QuerySteps);
            queries = keys = new PackedSteps(pass.Rows, pass.QuerySteps, pass.Lengths).Count;
        }

        int width = pass.Heads * pass.HeadWidth, keyWidth = pass.KeyHeads * pass.HeadWidth;
        if (!pass.Slopes.IsEmpty)
            Require.SameLength(pass.Slopes.Length, pass.Heads);
        Fits(o, queries, width, width);
        Fits(pass.Q.Length, queries, pass.QueryStride, width);
        if (pass.CarriedRow > 0)
        {
            Require.SameLength(pass.Before.Length, pass.Rows);
            Fits(pass.K.Length, pass.Rows, pass.CarriedRow, ((keyWidth - 1L) * pass.CarriedKeys) + pass.KeySteps);
            Fits(pass.V.Length, pass.Rows, pass.CarriedRow, (long)pass.KeySteps * keyWidth);
        }
        else
        {
            Fits(pass.K.Length, keys, pass.KeyStride, keyWidth);
            Fits(pass.V.Length, keys, pass.KeyStride, keyWidth);
        }

        if (!withoutSums)
            Fits(sums, (long)pass.Rows * pass.Heads, SumsPerHead(pass.QuerySteps), SumsPerHead(pass.QuerySteps));
        if (!pass.Mask.IsEmpty)
            Fits(pass.Mask.Length, pass.Rows, pass.MaskRow, ((pass.KeySteps - 1L) * pass.MaskStep) + 1);
    }

    private static void Fits(int length, long count, long stride, long last)
    {
        if (count > 0 && length < ((count - 1) * stride) + last)
            throw new ArgumentException($"{count} times {stride} elements do not fit into {length}.");
    }
}
