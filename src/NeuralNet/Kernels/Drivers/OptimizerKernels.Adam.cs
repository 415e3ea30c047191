using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Adam and its kin: a mean of the gradient over the root of a mean of its square.</content>
internal static unsafe partial class OptimizerKernels
{
    /// <summary>
    /// m ← β₁ m + (1 − β₁) g′; v ← β₂ v + (1 − β₂) g′²; w ← w − rate / correction₁ · m / (√(v / correction₂) + epsilon).
    /// The corrections are 1 − βᵗ. Decoupled decay (AdamW) first takes rate · weightDecay · w off w; the other adds
    /// weightDecay · w to the gradient. Settings are doubles, so that 1 − β is rounded once. Lazy, elements with g = 0 stay as
    /// they are.
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
        Workers? workers = null,
        bool isLazy = false)
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
        if (isLazy)
            Run(new LazyRule<AdamRule>(rule), w, g, m, v, default, workers, skips: true);
        else
            Run(rule, w, g, m, v, default, workers);
    }

    /// <summary>
    /// Adam's m and v; w ← w − (gradientStep · g′ + meanStep · m) / (√(v / correction₂) + epsilon), where the two steps are
    /// rate · (1 − μₜ) / (1 − Πμ) and rate · μₜ₊₁ / (1 − Πμ · μₜ₊₁).
    /// </summary>
    public static void Nadam(
        Span<float> w,
        Span<float> g,
        Span<float> m,
        Span<float> v,
        double gradientStep,
        double meanStep,
        double beta1,
        double beta2,
        double epsilon,
        double correction2,
        double weightDecay,
        Workers? workers = null)
    {
        var rule = new NadamRule(
            GradientStep: (float)gradientStep,
            MeanStep: (float)meanStep,
            Beta1: (float)beta1,
            NotBeta1: (float)(1 - beta1),
            Beta2: (float)beta2,
            NotBeta2: (float)(1 - beta2),
            RootScale: (float)(1 / Math.Sqrt(correction2)),
            Epsilon: (float)epsilon,
            Decay: (float)weightDecay);
        Run(rule, w, g, m, v, default, workers);
    }

    // v ← β v + (1 − β) g²; of a gradient whose square would be denormal nothing is added.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector MeanSquare<TVector>(TVector v, TVector g, float beta, float notBeta)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector squarable = VectorMath.Faded(g, MinSquarable);
        return VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(beta), v, TVector.Broadcast(notBeta) * squarable * squarable), MinState);
    }

    private readonly record struct AdamRule(
        float Step, float Beta1, float NotBeta1, float Beta2, float NotBeta2, float RootScale, float Epsilon, float Decay, float Keep) : IRule
    {
        public static int States => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Decay), w, g);
            w *= TVector.Broadcast(Keep);
            first = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(Beta1), first, TVector.Broadcast(NotBeta1) * g), MinState);
            second = MeanSquare(second, g, Beta2, NotBeta2);

            // √(v / correction₂) = √v · (1 / √correction₂): one root and one division for each element.
            TVector root = TVector.FusedMultiplyAdd(TVector.Sqrt(second), TVector.Broadcast(RootScale), TVector.Broadcast(Epsilon));
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-Step), first / root, w);
        }
    }

    private readonly record struct NadamRule(
        float GradientStep, float MeanStep, float Beta1, float NotBeta1, float Beta2, float NotBeta2, float RootScale, float Epsilon, float Decay) : IRule
    {
        public static int States => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Decay), w, g);
            first = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(Beta1), first, TVector.Broadcast(NotBeta1) * g), MinState);
            second = MeanSquare(second, g, Beta2, NotBeta2);
            TVector root = TVector.FusedMultiplyAdd(TVector.Sqrt(second), TVector.Broadcast(RootScale), TVector.Broadcast(Epsilon));
            TVector ahead = TVector.FusedMultiplyAdd(TVector.Broadcast(GradientStep), g, TVector.Broadcast(MeanStep) * first);
            return w - (ahead / root);
        }
    }
}
