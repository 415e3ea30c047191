using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// The optimizers' rules as single passes over memory: parameters w, their gradient g and the optimizer's state are read
/// and written once, and g is 0 afterwards. Every element is by itself, so a range may be cut anywhere.
/// </summary>
internal static unsafe partial class OptimizerKernels
{
    // The state of a parameter that has no gradient any more, as behind a ReLU that is never active, shrinks by a factor each
    // step, into the denormals, where 0.9 of the least one rounds to itself: it would stay there for ever. These are far below
    // anything that moves a parameter, and far enough above the denormals for a product with a decay rate.
    private const float MinState = 1e-36f, MinSquarable = 1e-17f;

    /// <summary>One element's step. State that a rule does not have is 0 and is not stored.</summary>
    private interface IRule
    {
        /// <summary>How many numbers a rule keeps for each parameter.</summary>
        static abstract int States { get; }

        TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
            where TVector : struct, ISimdVector<TVector>;
    }

    private static void Run<TRule>(
        TRule rule, Span<float> w, Span<float> g, Span<float> first, Span<float> second, Span<float> third, Workers? workers, bool skips = false)
        where TRule : unmanaged, IRule
    {
        Require.SameLength(g.Length, w.Length);
        if (TRule.States > 0)
            Require.SameLength(first.Length, w.Length);
        if (TRule.States > 1)
            Require.SameLength(second.Length, w.Length);
        if (TRule.States > 2)
            Require.SameLength(third.Length, w.Length);

        fixed (float* pw = w, pg = g, pf = first, ps = second, pt = third)
        {
            var job = new Job<TRule> { Rule = rule, W = pw, G = pg, First = pf, Second = ps, Third = pt, Count = w.Length, Skips = skips };
            Workers.Share(workers, w.Length, &RunPart<TRule>, &job);
        }
    }

    private static void RunPart<TRule>(void* arguments, int part, int parts)
        where TRule : unmanaged, IRule
    {
        var job = (Job<TRule>*)arguments;
        (int at, int n) = Workers.ShareOf(job->Count, Workers.Line, part, parts);
        if (job->Skips)
        {
            RunStretches(job, at, n);
            return;
        }

        if (Vector512.IsHardwareAccelerated)
            Run<TRule, Simd512>(ref job->Rule, job->W + at, job->G + at, job->First + at, job->Second + at, job->Third + at, n);
        else if (Vector256.IsHardwareAccelerated)
            Run<TRule, Simd256>(ref job->Rule, job->W + at, job->G + at, job->First + at, job->Second + at, job->Third + at, n);
        else
            Run<TRule, Simd128>(ref job->Rule, job->W + at, job->G + at, job->First + at, job->Second + at, job->Third + at, n);
    }

    // The rule by reference: its settings are then broadcast by the load units, where from registers it would take a unit
    // that multiply-adds need.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRule, TVector>(ref TRule rule, float* w, float* g, float* first, float* second, float* third, int n)
        where TRule : struct, IRule
        where TVector : struct, ISimdVector<TVector>
    {
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
        {
            TVector f = TRule.States > 0 ? TVector.Load(first + i) : TVector.Zero;
            TVector s = TRule.States > 1 ? TVector.Load(second + i) : TVector.Zero;
            TVector t = TRule.States > 2 ? TVector.Load(third + i) : TVector.Zero;
            TVector.Store(rule.Step(TVector.Load(w + i), TVector.Load(g + i), ref f, ref s, ref t), w + i);
            TVector.Store(TVector.Zero, g + i);
            if (TRule.States > 0)
                TVector.Store(f, first + i);
            if (TRule.States > 1)
                TVector.Store(s, second + i);
            if (TRule.States > 2)
                TVector.Store(t, third + i);
        }

        int rest = n - i;
        if (rest > 0)
        {
            TVector f = TRule.States > 0 ? TVector.LoadPartial(first + i, rest) : TVector.Zero;
            TVector s = TRule.States > 1 ? TVector.LoadPartial(second + i, rest) : TVector.Zero;
            TVector t = TRule.States > 2 ? TVector.LoadPartial(third + i, rest) : TVector.Zero;
            TVector.StorePartial(rule.Step(TVector.LoadPartial(w + i, rest), TVector.LoadPartial(g + i, rest), ref f, ref s, ref t), w + i, rest);
            TVector.StorePartial(TVector.Zero, g + i, rest);
            if (TRule.States > 0)
                TVector.StorePartial(f, first + i, rest);
            if (TRule.States > 1)
                TVector.StorePartial(s, second + i, rest);
            if (TRule.States > 2)
                TVector.StorePartial(t, third + i, rest);
        }
    }

    private struct Job<TRule>
        where TRule : unmanaged, IRule
    {
        public TRule Rule;
        public float* W;
        public float* G;
        public float* First;
        public float* Second;
        public float* Third;
        public int Count;
        public bool Skips;
    }
}
