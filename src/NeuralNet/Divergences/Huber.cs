using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Squares for what is near, distances for what is far. Of r = yᵢ − dᵢ: D = Σᵢ (½ r² for |r| ≤ δ, δ (|r| − ½ δ) beyond);
/// ∂D/∂yᵢ = r for |r| ≤ δ, δ sign(r) beyond.
/// </summary>
/// <remarks>
/// P. Huber, "Robust estimation of a location parameter", 1964. It is smooth: at |r| = δ both parts have the same value and
/// slope. PyTorch's huber_loss, summed over the vector; within δ it is <see cref="L2"/>.
/// </remarks>
public sealed class Huber : Divergence
{
    /// <summary>Makes Huber's divergence.</summary>
    /// <param name="delta">δ, up to where a difference is squared: positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is not positive, infinite or NaN.</exception>
    public Huber(float delta = 1) => Delta = Guard.Positive(delta, nameof(delta), "δ");

    /// <summary>δ, up to where a difference is squared.</summary>
    public float Delta { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Delta})");

    /// <inheritdoc/>
    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => Reduction.SumOf(new Term(Delta), y, desired);

    /// <inheritdoc/>
    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        Elementwise.Map(new Derivative(Delta, weight), y, desired, gradient);

    // With c = min(|r|, δ) both parts are c (|r| − ½ c), which overflows only where D does.
    private readonly struct Term(float delta) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector>
        {
            TVector distance = TVector.Abs(a - b);
            TVector near = TVector.AtMost(distance, delta);
            return near * (distance - (TVector.Broadcast(0.5f) * near));
        }
    }

    private readonly struct Derivative(float delta, float weight) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> =>
            TVector.Broadcast(weight) * TVector.Max(TVector.AtMost(a - b, delta), TVector.Broadcast(-delta));
    }
}
