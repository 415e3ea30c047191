using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>An optimizer's rule as a single pass over memory: parameters w, their gradient g and what is remembered of them are read and
/// written once, and g is 0 afterwards. Every element is by itself, so a range may be cut anywhere.</summary>
internal static unsafe class UpdatePasses
{
    // A stretch is looked through before the rule passes over it, and should still be in the first cache then.
    private const int LongestStretch = 2048;

    /// <summary>Makes a rule's step for all parameters of a range.</summary>
    public static void Run<TRule>(TRule rule, in OptimizerPass pass) where TRule : struct, IUpdateRule
    {
        Require.SameLength(pass.Gradient.Length, pass.Parameters.Length);
        if (TRule.ValuesPerParameter > 0)
            Require.SameLength(pass.Remembered(TRule.ValuesPerParameter - 1).Length, pass.Parameters.Length);
        fixed (float* w = pass.Parameters, g = pass.Gradient, values = pass.Values)
        {
            var job = new Job<TRule>
            {
                Rule = rule,
                W = w,
                G = g,
                Values = values + pass.Start,
                Total = pass.Total,
                Count = pass.Parameters.Length,
                Skips = pass.IsSparse && rule.SkipsZeros,
            };
            Workers.Share(pass.Workers, job.Count, ref job);
        }
    }

    /// <summary>The same, but elements with g = 0 stay as they are, with all that is remembered of them.</summary>
    public static void RunLazily<TRule>(TRule rule, in OptimizerPass pass)
        where TRule : struct, IUpdateRule => Run(new LazyRule<TRule> { Rule = rule }, pass);

    // The rule by reference: its settings are then broadcast by the load units, where from registers it would take a unit
    // that multiply-adds need. The JIT stops inlining when a method has grown to many times its own size: so the last, partial
    // vector has a method of its own, and how many values there are, a constant in the end, is asked once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRule, TVector>(ref TRule rule, float* w, float* g, float* first, float* second, float* third, int n)
        where TRule : struct, IUpdateRule where TVector : struct, ISimdVector<TVector>
    {
        int i = 0, values = TRule.ValuesPerParameter;
        for (; i <= n - TVector.Count; i += TVector.Count)
        {
            TVector f = values > 0 ? TVector.Load(first + i) : TVector.Zero;
            TVector s = values > 1 ? TVector.Load(second + i) : TVector.Zero;
            TVector t = values > 2 ? TVector.Load(third + i) : TVector.Zero;
            TVector.Store(rule.Step(TVector.Load(w + i), TVector.Load(g + i), ref f, ref s, ref t), w + i);
            TVector.Store(TVector.Zero, g + i);
            if (values > 0)
                TVector.Store(f, first + i);
            if (values > 1)
                TVector.Store(s, second + i);
            if (values > 2)
                TVector.Store(t, third + i);
        }

        if (i < n)
            RunRest<TRule, TVector>(ref rule, w + i, g + i, first + i, second + i, third + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void RunRest<TRule, TVector>(ref TRule rule, float* w, float* g, float* first, float* second, float* third, int n)
        where TRule : struct, IUpdateRule where TVector : struct, ISimdVector<TVector>
    {
        int values = TRule.ValuesPerParameter;
        TVector f = values > 0 ? TVector.LoadPartial(first, n) : TVector.Zero;
        TVector s = values > 1 ? TVector.LoadPartial(second, n) : TVector.Zero;
        TVector t = values > 2 ? TVector.LoadPartial(third, n) : TVector.Zero;
        TVector.StorePartial(rule.Step(TVector.LoadPartial(w, n), TVector.LoadPartial(g, n), ref f, ref s, ref t), w, n);
        TVector.StorePartial(TVector.Zero, g, n);
        if (values > 0)
            TVector.StorePartial(f, first, n);
        if (values > 1)
            TVector.StorePartial(s, second, n);
        if (values > 2)
            TVector.StorePartial(t, third, n);
    }

    // Lines of 16 elements from the range's start, on every machine and for any number of threads, are looked at as a whole,
    // and skipped if all of their bits are 0. A line with −0 is not, and so its gradient is 0 afterwards; nor is one with NaN.
    private static void RunStretches<TRule, TVector, TLine>(ref TRule rule, float* w, float* g, float* first, float* second, float* third, int n)
        where TRule : struct, IUpdateRule where TVector : struct, ISimdVector<TVector> where TLine : struct, ISimdVector<TLine>
    {
        for (int from = SkipZeros<TLine>(g, 0, n); from < n;)
        {
            int to = SkipOthers<TLine>(g, from + TLine.Count, Math.Min(n, from + LongestStretch));
            Run<TRule, TVector>(ref rule, w + from, g + from, first + from, second + from, third + from, to - from);
            from = SkipZeros<TLine>(g, to, n);
        }
    }

    /// <summary>Where the first line begins, from a place on, that is not 0; the end if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SkipZeros<TLine>(float* g, int from, int end) where TLine : struct, ISimdVector<TLine>
    {
        int i = from;
        for (; i <= end - (4 * TLine.Count); i += 4 * TLine.Count)
        {
            TLine two = TLine.BitOr(TLine.Load(g + i), TLine.Load(g + i + TLine.Count));
            TLine more = TLine.BitOr(TLine.Load(g + i + (2 * TLine.Count)), TLine.Load(g + i + (3 * TLine.Count)));
            if (!TLine.AreBitsZero(TLine.BitOr(two, more)))
                break;
        }

        for (; i < end; i += TLine.Count)
        {
            if (!TLine.AreBitsZero(VectorTail.Load<TLine>(g + i, end - i)))
                return i;
        }

        return end;
    }

    /// <summary>Where the first line begins, from a place on, that is 0; the end if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SkipOthers<TLine>(float* g, int from, int end) where TLine : struct, ISimdVector<TLine>
    {
        for (int i = from; i < end; i += TLine.Count)
        {
            if (TLine.AreBitsZero(VectorTail.Load<TLine>(g + i, end - i)))
                return i;
        }

        return end;
    }

    private struct Job<TRule> : IJob<Job<TRule>> where TRule : struct, IUpdateRule
    {
        public TRule Rule;
        public float* W;
        public float* G;
        public float* Values;
        public int Total;
        public int Count;
        public bool Skips;

        public static void Part<TVector>(ref Job<TRule> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int at, int n) = Workers.ShareOf(job.Count, Workers.Line, part, parts);
            float* w = job.W + at, g = job.G + at, first = job.Values + at, second = first + job.Total, third = second + job.Total;
            if (!job.Skips)
                Run<TRule, TVector>(ref job.Rule, w, g, first, second, third, n);
            else if (TVector.Count == 16)
                RunStretches<TRule, TVector, TVector>(ref job.Rule, w, g, first, second, third, n);
            else if (TVector.Count == 8)
                RunStretches<TRule, TVector, WideVector<TVector>>(ref job.Rule, w, g, first, second, third, n);
            else
                RunStretches<TRule, TVector, WideVector<WideVector<TVector>>>(ref job.Rule, w, g, first, second, third, n);
        }
    }

    /// <summary>A rule by which an element whose gradient is 0 stays as it is, with all that is remembered of it.</summary>
    private struct LazyRule<TRule> : IUpdateRule where TRule : struct, IUpdateRule
    {
        public TRule Rule;

        public static int ValuesPerParameter => TRule.ValuesPerParameter;

        public readonly bool SkipsZeros => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
            where TVector : struct, IVector<TVector>
        {
            (TVector stays, TVector f, TVector s, TVector t) = (TVector.Equal(g, TVector.Zero), first, second, third);
            TVector moved = Rule.Step(w, g, ref first, ref second, ref third);
            first = TVector.Select(stays, f, first);
            second = TVector.Select(stays, s, second);
            third = TVector.Select(stays, t, third);
            return TVector.Select(stays, w, moved);
        }
    }
}
