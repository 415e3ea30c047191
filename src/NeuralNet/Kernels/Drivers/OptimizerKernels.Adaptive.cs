using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <content>Rules in which each parameter has a step size of its own: Adagrad, RMSprop, Rprop.</content>
internal static unsafe partial class OptimizerKernels
{
    /// <summary>g′ = g + weightDecay · w; s ← s + initial + g′²; w ← w − rate · g′ / (√s + epsilon).</summary>
    public static void Adagrad(
        Span<float> w, Span<float> g, Span<float> sum, double rate, double initial, double epsilon, double weightDecay, Workers? workers = null, bool isSparse = false)
        => Run(
            new AdagradRule((float)rate, (float)initial, (float)epsilon, (float)weightDecay), w, g, sum, default, default, workers,
            skips: isSparse && weightDecay == 0 && initial == 0);

    /// <summary>
    /// g′ = g + weightDecay · w; v ← α v + (1 − α) g′²; w ← w − rate · g′ / (√v + epsilon).
    /// With a mean, v is the variance: m ← α m + (1 − α) g′ and v ← α (v + (1 − α) (g′ − m)²), with the m before.
    /// With a velocity, b ← momentum · b + g′ / (√v + epsilon); w ← w − rate · b. What a rule does without is empty.
    /// </summary>
    public static void RmsProp(
        Span<float> w,
        Span<float> g,
        Span<float> square,
        Span<float> mean,
        Span<float> velocity,
        double rate,
        double alpha,
        double epsilon,
        double momentum,
        double weightDecay,
        Workers? workers = null)
    {
        var setting = new RmsPropSetting((float)rate, (float)alpha, (float)(1 - alpha), (float)epsilon, (float)momentum, (float)weightDecay);
        if (!mean.IsEmpty && !velocity.IsEmpty)
            Run(new CenteredRule<Velocity>(setting), w, g, square, mean, velocity, workers);
        else if (!mean.IsEmpty)
            Run(new CenteredRule<Plain>(setting), w, g, square, mean, default, workers);
        else if (!velocity.IsEmpty)
            Run(new RmsPropRule<Velocity>(setting), w, g, square, velocity, default, workers);
        else
            Run(new RmsPropRule<Plain>(setting), w, g, square, default, default, workers);
    }

    /// <summary>
    /// d ← clamp((d + initial) · (increase where g has the sign of the last one, decrease where it has the other), least, most);
    /// w ← w − d · sign g, where g counts as 0 after a change of sign. What is kept of g is its sign.
    /// </summary>
    public static void Rprop(
        Span<float> w,
        Span<float> g,
        Span<float> step,
        Span<float> sign,
        float initial,
        float decrease,
        float increase,
        float least,
        float most,
        Workers? workers = null)
        => Run(new RpropRule(initial, decrease, increase, least, most), w, g, step, sign, default, workers);

    private readonly struct Plain;

    private readonly record struct AdagradRule(float Rate, float Initial, float Epsilon, float Decay) : IRule
    {
        public static int States => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Decay), w, g);
            TVector squarable = VectorMath.Faded(g, MinSquarable);
            first = TVector.FusedMultiplyAdd(squarable, squarable, first + TVector.Broadcast(Initial));
            return w - (TVector.Broadcast(Rate) * (g / (TVector.Sqrt(first) + TVector.Broadcast(Epsilon))));
        }
    }

    private readonly record struct RmsPropSetting(float Rate, float Alpha, float NotAlpha, float Epsilon, float Momentum, float Decay);

    private readonly record struct RmsPropRule<TStep>(RmsPropSetting Setting) : IRule
        where TStep : struct
    {
        public static int States => typeof(TStep) == typeof(Velocity) ? 2 : 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Setting.Decay), w, g);
            first = MeanSquare(first, g, Setting.Alpha, Setting.NotAlpha);
            return Along<TVector, TStep>(w, g, first, ref second, Setting);
        }
    }

    // The variance by its own recursion: v − m², of two means that are nearly equal, would lose all digits, or be below 0.
    private readonly record struct CenteredRule<TStep>(RmsPropSetting Setting) : IRule
        where TStep : struct
    {
        public static int States => typeof(TStep) == typeof(Velocity) ? 3 : 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(Setting.Decay), w, g);
            TVector difference = VectorMath.Faded(g - second, MinSquarable);
            TVector share = TVector.Broadcast(Setting.NotAlpha) * difference;
            first = VectorMath.Faded(TVector.Broadcast(Setting.Alpha) * TVector.FusedMultiplyAdd(share, difference, first), MinState);
            second = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(Setting.Alpha), second, TVector.Broadcast(Setting.NotAlpha) * g), MinState);
            return Along<TVector, TStep>(w, g, first, ref third, Setting);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Along<TVector, TStep>(TVector w, TVector g, TVector square, ref TVector velocity, in RmsPropSetting setting)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector step = g / (TVector.Sqrt(square) + TVector.Broadcast(setting.Epsilon));
        if (typeof(TStep) == typeof(Velocity))
            step = velocity = VectorMath.Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(setting.Momentum), velocity, step), MinState);
        return TVector.FusedMultiplyAdd(TVector.Broadcast(-setting.Rate), step, w);
    }

    private readonly record struct RpropRule(float Initial, float Decrease, float Increase, float Least, float Most) : IRule
    {
        public static int States => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            // 0 and NaN are their own signs. Of signs the product cannot vanish, as that of small gradients would.
            TVector sign = TVector.Select(
                TVector.LessThan(g, TVector.Zero), -TVector.One, TVector.Select(TVector.LessThan(TVector.Zero, g), TVector.One, g));
            TVector agreement = sign * second;
            TVector turned = TVector.LessThan(agreement, TVector.Zero);
            TVector factor = TVector.Select(
                turned, TVector.Broadcast(Decrease), TVector.Select(TVector.LessThan(TVector.Zero, agreement), TVector.Broadcast(Increase), TVector.One));
            TVector step = (first + TVector.Broadcast(Initial)) * factor;
            first = TVector.Min(TVector.Max(step, TVector.Broadcast(Least)), TVector.Broadcast(Most));
            second = TVector.Select(turned, TVector.Zero, sign);
            return TVector.FusedMultiplyAdd(-first, second, w);
        }
    }
}
