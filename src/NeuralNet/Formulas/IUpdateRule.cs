using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>An optimizer's step for one parameter w with its gradient g, and what is remembered of it, written once for every vector width.</summary>
/// <remarks>Implement it as a small readonly struct that holds all that is the same for all parameters of a step, and derive from
/// <see cref="Optimizer{TRule}"/>: the compiler then makes one fused loop of it. <see cref="UpdateRule"/> has what rules share.</remarks>
public interface IUpdateRule
{
    /// <summary>How many values are remembered of each parameter, from 0 to 3; all are 0 before the first step.</summary>
    static abstract int ValuesPerParameter { get; }

    /// <summary>Whether a gradient of 0 changes nothing, neither a finite w nor a remembered value, with these settings. Where a block's
    /// gradient is sparse (<see cref="Block.IsSparse"/>), stretches of zeros are then passed by.</summary>
    bool SkipsZeros { get; }

    /// <summary>Makes the step.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <param name="w">The parameter.</param>
    /// <param name="g">Its gradient; the caller sets it to 0 afterwards.</param>
    /// <param name="first">The first remembered value; 0, and not kept, where the rule has fewer. So are the others.</param>
    /// <param name="second">The second remembered value.</param>
    /// <param name="third">The third remembered value.</param>
    /// <returns>The parameter after the step.</returns>
    TVector Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third) where TVector : struct, IVector<TVector>;
}

/// <summary>Steps of update rules: means that fade, kept clear of the denormal numbers.</summary>
/// <remarks>What is remembered of a parameter without a gradient, as behind a ReLU that is never active, shrinks by a factor in each step.
/// It would end among the denormals, where 0.9 times the smallest number is rounded to that number again: it would stay there for
/// ever, and every operation on it costs some 150 cycles. So what is below 10⁻³⁶ becomes 0: far below anything that moves a
/// parameter, and far enough above the denormals for a product with a decay rate. NaN stays NaN.</remarks>
public static class UpdateRule
{
    private const float MinState = 1e-36f, MinSquarable = 1e-17f;

    /// <summary>A value to be remembered: 0 if |value| is below 10⁻³⁶.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>The value or 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Faded<TVector>(TVector value) where TVector : struct, IVector<TVector> => Above(value, MinState);

    /// <summary>A value to be squared: 0 if |value| is below 10⁻¹⁷, so that no square is denormal.</summary>
    /// <inheritdoc cref="Faded"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Squarable<TVector>(TVector value) where TVector : struct, IVector<TVector> => Above(value, MinSquarable);

    /// <summary>The next value of a fading mean: β mean + (1 − β) value.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <param name="mean">The mean so far.</param>
    /// <param name="value">What is new.</param>
    /// <param name="beta">β: how slowly the mean changes.</param>
    /// <param name="notBeta">1 − β; subtracted in double, it has all its digits.</param>
    /// <returns>The mean, or 0 where it has faded.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mean<TVector>(TVector mean, TVector value, float beta, float notBeta) where TVector : struct, IVector<TVector> =>
        Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(beta), mean, TVector.Broadcast(notBeta) * value));

    /// <summary>The next value of a fading mean of squares: β mean + (1 − β) value². A square that would be denormal adds nothing.</summary>
    /// <inheritdoc cref="Mean"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MeanSquare<TVector>(TVector mean, TVector value, float beta, float notBeta) where TVector : struct, IVector<TVector>
    {
        value = Squarable(value);
        return Faded(TVector.FusedMultiplyAdd(TVector.Broadcast(beta), mean, TVector.Broadcast(notBeta) * value * value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Above<TVector>(TVector value, float least) where TVector : struct, IVector<TVector> =>
        TVector.Select(TVector.LessThan(TVector.Abs(value), TVector.Broadcast(least)), TVector.Zero, value);
}
