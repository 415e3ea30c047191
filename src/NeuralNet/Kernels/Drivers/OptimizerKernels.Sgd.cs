using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Gradient descent, with and without momentum.</content>
internal static unsafe partial class OptimizerKernels
{
    /// <summary>g′ = g + weightDecay · w; w ← w − rate · g′.</summary>
    public static void Sgd(Span<float> w, Span<float> g, float rate, float weightDecay, Workers? workers = null, bool isSparse = false)
        => Run(new SgdRule(rate, weightDecay), w, g, default, default, default, workers, skips: isSparse && weightDecay == 0);

    /// <summary>
    /// g′ = g + weightDecay · w; v ← momentum · v + g′; w ← w − rate · v, or with Nesterov's w − rate · (g′ + momentum · v).
    /// </summary>
    public static void SgdMomentum(Span<float> w, Span<float> g, Span<float> velocity, float rate, float momentum, bool nesterov, float weightDecay, Workers? workers = null)
    {
        if (nesterov)
            Run(new MomentumRule<Ahead>(rate, momentum, weightDecay), w, g, velocity, default, default, workers);
        else
            Run(new MomentumRule<Velocity>(rate, momentum, weightDecay), w, g, velocity, default, default, workers);
    }

    private readonly record struct SgdRule(float Rate, float Decay) : IRule
    {
        public static int States => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
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
        public TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
            where TVector : struct, ISimdVector<TVector>
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Decay), w, g);
            first = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(Momentum), first, g), MinState);
            TVector step = typeof(TStep) == typeof(Ahead) ? TVector.FusedMultiplyAdd(TVector.Broadcast(Momentum), first, g) : first;
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-Rate), step, w);
        }
    }

    private readonly struct Velocity;

    private readonly struct Ahead;
}
