using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// The optimizers' rules as single passes over memory: parameters w, their gradient g and the optimizer's state are read
/// and written once, and g is 0 afterwards. Every element is by itself, so a range may be cut anywhere.
/// </summary>
internal static unsafe class OptimizerKernels
{
    // The state of a parameter that has no gradient any more, as behind a ReLU that is never active, shrinks by a factor each
    // step, into the denormals, where 0.9 of the least one rounds to itself: it would stay there for ever. These are far below
    // anything that moves a parameter, and far enough above the denormals for a product with a decay rate.
    private const float LeastState = 1e-36f, LeastSquarable = 1e-17f;

    /// <summary>One element's step. State that a rule does not have is 0 and is not stored.</summary>
    private interface IRule
    {
        /// <summary>How many numbers a rule keeps for each parameter.</summary>
        static abstract int States { get; }

        TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second)
            where TVector : struct, ISimdVector<TVector>;
    }

    /// <summary>g′ = g + weightDecay · w; w ← w − rate · g′.</summary>
    public static void Sgd(Span<float> w, Span<float> g, float rate, float weightDecay, Workers? workers = null)
        => Run(new SgdRule(rate, weightDecay), w, g, default, default, workers);

    /// <summary>
    /// g′ = g + weightDecay · w; v ← momentum · v + g′; w ← w − rate · v, or with Nesterov's w − rate · (g′ + momentum · v).
    /// </summary>
    public static void SgdMomentum(Span<float> w, Span<float> g, Span<float> velocity, float rate, float momentum, bool nesterov, float weightDecay, Workers? workers = null)
    {
        if (nesterov)
            Run(new MomentumRule<Ahead>(rate, momentum, weightDecay), w, g, velocity, default, workers);
        else
            Run(new MomentumRule<Velocity>(rate, momentum, weightDecay), w, g, velocity, default, workers);
    }

    /// <summary>
    /// m ← β₁ m + (1 − β₁) g′; v ← β₂ v + (1 − β₂) g′²; w ← w − rate / correction₁ · m / (√(v / correction₂) + epsilon).
    /// The corrections are 1 − βᵗ. Decoupled decay (AdamW) first takes rate · weightDecay · w off w; the other adds
    /// weightDecay · w to the gradient. Settings are doubles, so that 1 − β is rounded once.
    /// </summary>
    public static void Adam(
        Span<float> w,
        Span<float> g,
        Span<float> m,
        Span<float> v,
        double rate,
        double beta1,
        double beta2,
        double epsilon,
        double correction1,
        double correction2,
        double weightDecay,
        bool decoupled,
        Workers? workers = null)
    {
        var rule = new AdamRule(
            Step: (float)(rate / correction1),
            Beta1: (float)beta1,
            NotBeta1: (float)(1 - beta1),
            Beta2: (float)beta2,
            NotBeta2: (float)(1 - beta2),
            RootScale: (float)(1 / Math.Sqrt(correction2)),
            Epsilon: (float)epsilon,
            Decay: decoupled ? 0 : (float)weightDecay,
            Keep: decoupled ? (float)(1 - (rate * weightDecay)) : 1);
        Run(rule, w, g, m, v, workers);
    }

    private static void Run<TRule>(TRule rule, Span<float> w, Span<float> g, Span<float> first, Span<float> second, Workers? workers)
        where TRule : unmanaged, IRule
    {
        Require.SameLength(g.Length, w.Length);
        if (TRule.States > 0)
            Require.SameLength(first.Length, w.Length);
        if (TRule.States > 1)
            Require.SameLength(second.Length, w.Length);

        fixed (float* pw = w, pg = g, pf = first, ps = second)
        {
            var job = new Job<TRule> { Rule = rule, W = pw, G = pg, First = pf, Second = ps, Count = w.Length };
            Workers.Share(workers, w.Length, &RunPart<TRule>, &job);
        }
    }

    private static void RunPart<TRule>(void* arguments, int part, int parts)
        where TRule : unmanaged, IRule
    {
        var job = (Job<TRule>*)arguments;
        (int at, int n) = Workers.ShareOf(job->Count, Workers.Line, part, parts);
        if (Vector512.IsHardwareAccelerated)
            Run<TRule, Simd512>(ref job->Rule, job->W + at, job->G + at, job->First + at, job->Second + at, n);
        else if (Vector256.IsHardwareAccelerated)
            Run<TRule, Simd256>(ref job->Rule, job->W + at, job->G + at, job->First + at, job->Second + at, n);
        else
            Run<TRule, Simd128>(ref job->Rule, job->W + at, job->G + at, job->First + at, job->Second + at, n);
    }

    // The rule by reference: its settings are then broadcast by the load units, where from registers it would take a unit
    // that multiply-adds need.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRule, TVector>(ref TRule rule, float* w, float* g, float* first, float* second, int n)
        where TRule : struct, IRule
        where TVector : struct, ISimdVector<TVector>
    {
        int i = 0;
        for (; i <= n - TVector.Count; i += TVector.Count)
        {
            TVector f = TRule.States > 0 ? TVector.Load(first + i) : TVector.Zero;
            TVector s = TRule.States > 1 ? TVector.Load(second + i) : TVector.Zero;
            TVector.Store(rule.Step(TVector.Load(w + i), TVector.Load(g + i), ref f, ref s), w + i);
            TVector.Store(TVector.Zero, g + i);
            if (TRule.States > 0)
                TVector.Store(f, first + i);
            if (TRule.States > 1)
                TVector.Store(s, second + i);
        }

        int rest = n - i;
        if (rest > 0)
        {
            TVector f = TRule.States > 0 ? TVector.LoadPartial(first + i, rest) : TVector.Zero;
            TVector s = TRule.States > 1 ? TVector.LoadPartial(second + i, rest) : TVector.Zero;
            TVector.StorePartial(rule.Step(TVector.LoadPartial(w + i, rest), TVector.LoadPartial(g + i, rest), ref f, ref s), w + i, rest);
            TVector.StorePartial(TVector.Zero, g + i, rest);
            if (TRule.States > 0)
                TVector.StorePartial(f, first + i, rest);
            if (TRule.States > 1)
                TVector.StorePartial(s, second + i, rest);
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
        public int Count;
    }

    private readonly record struct SgdRule(float Rate, float Decay) : IRule
    {
        public static int States => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second)
            where TVector : struct, ISimdVector<TVector>
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Decay), w, g);
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-Rate), g, w);
        }
    }

    /// <typeparam name="TStep">What w steps along: <see cref="Velocity"/>, or <see cref="Ahead"/> of it as Nesterov does.</typeparam>
    private readonly record struct MomentumRule<TStep>(float Rate, float Momentum, float Decay) : IRule
        where TStep : struct
    {
        public static int States => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second)
            where TVector : struct, ISimdVector<TVector>
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Decay), w, g);
            first = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(Momentum), first, g), LeastState);
            TVector step = typeof(TStep) == typeof(Ahead) ? TVector.FusedMultiplyAdd(TVector.Broadcast(Momentum), first, g) : first;
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-Rate), step, w);
        }
    }

    private readonly struct Velocity;

    private readonly struct Ahead;

    private readonly record struct AdamRule(
        float Step, float Beta1, float NotBeta1, float Beta2, float NotBeta2, float RootScale, float Epsilon, float Decay, float Keep) : IRule
    {
        public static int States => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Decay), w, g);
            w *= TVector.Broadcast(Keep);
            first = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(Beta1), first, TVector.Broadcast(NotBeta1) * g), LeastState);
            TVector squarable = VectorMath.Faded(g, LeastSquarable);
            second = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(Beta2), second, TVector.Broadcast(NotBeta2) * squarable * squarable), LeastState);

            // √(v / correction₂) = √v · (1 / √correction₂): one root and one division for each element.
            TVector root = TVector.FusedMultiplyAdd(TVector.Sqrt(second), TVector.Broadcast(RootScale), TVector.Broadcast(Epsilon));
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-Step), first / root, w);
        }
    }
}
