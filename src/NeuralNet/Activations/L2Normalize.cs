using System.Globalization;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The vector at length 1, a vector activation: y = z / max(‖z‖, ε); ∂yⱼ/∂zᵢ = (δᵢⱼ − yᵢ yⱼ) / ‖z‖, so
/// ∇z = (∇y − y ⟨y, ∇y⟩) / ‖z‖.</summary>
/// <remarks>A vector shorter than ε is divided by ε, and so is its gradient: ∇z = ∇y / ε; the zero vector stays 0. ‖z‖ = √Σ zᵢ² is
/// computed so that no square overflows or vanishes, for any finite z. A NaN anywhere in z makes all of y NaN; beside ±∞, which
/// becomes NaN, finite elements become 0.</remarks>
public sealed class L2Normalize : VectorActivation<L2Normalize.Formula>, IActivationKind
{
    /// <summary>Makes a normalization.</summary>
    /// <param name="epsilon">ε, below which a length counts as ε; above 0 and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε is not positive, infinite or NaN.</exception>
    public L2Normalize(float epsilon = 1e-12f)
        : base(new Formula(epsilon)) => Epsilon = Guard.Positive(epsilon, nameof(epsilon), "ε");

    /// <summary>ε, below which a length counts as ε.</summary>
    public float Epsilon { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("epsilon", Epsilon);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new L2Normalize(settings.GetSingle("epsilon"));

    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <inheritdoc/>
    public override string ToString() => Epsilon == 1e-12f ? Kind : string.Create(CultureInfo.InvariantCulture, $"{Kind}({Epsilon})");

    /// <summary>y = z / max(‖z‖, ε); ∇z = (∇y − y ⟨y, ∇y⟩) / ‖z‖, or ∇y / ε of a vector that is shorter than ε.</summary>
    /// <remarks>z is divided by a power of 2 near its largest element before it is squared: the quotient is exact, and its squares neither
    /// overflow nor vanish.</remarks>
    /// <param name="epsilon">ε.</param>
    public readonly struct Formula(float epsilon) : IVectorFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Input | BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Forward<TVector>(ReadOnlySpan<float> z, Span<float> y) where TVector : struct, IVectorLanes<TVector>
        {
            (float scale, float divisor, _) = Norm<TVector>(z);
            (TVector vScale, TVector vDivisor) = (TVector.Broadcast(scale), TVector.Broadcast(divisor));
            for (int i = 0; i < z.Length; i += TVector.Count)
                TVector.Store(TVector.Load(z, i) * vScale / vDivisor, y, i);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Backward<TVector>(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
            where TVector : struct, IVectorLanes<TVector>
        {
            (float scale, float divisor, bool isShort) = Norm<TVector>(z);
            TVector dots = TVector.Zero;
            for (int i = 0; i < dy.Length && !isShort; i += TVector.Count)
                dots = TVector.FusedMultiplyAdd(TVector.Load(y, i), TVector.Load(dy, i), dots);

            TVector minusDot = TVector.Broadcast(-TVector.SumLanes(dots)), vScale = TVector.Broadcast(scale), vDivisor = TVector.Broadcast(divisor);
            for (int i = 0; i < dy.Length; i += TVector.Count)
                TVector.Store(TVector.FusedMultiplyAdd(TVector.Load(y, i), minusDot, TVector.Load(dy, i)) / vDivisor * vScale, dz, i);
        }

        // max(‖z‖, ε) as divisor / scale, and whether it is ε. Of an infinite z the scale stays finite: finite elements go to 0. A NaN
        // need not be the largest element, for it is in the sum.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private (float Scale, float Divisor, bool IsShort) Norm<TVector>(ReadOnlySpan<float> z) where TVector : struct, IVectorLanes<TVector>
        {
            TVector largest = TVector.Zero, sums = TVector.Zero;
            for (int i = 0; i < z.Length; i += TVector.Count)
                largest = TVector.MaxOfNumbers(largest, TVector.Abs(TVector.Load(z, i)));

            float scale = PowerOfTwo.Reciprocal(TVector.MaxLanesOfNumbers(largest));
            for (int i = 0; i < z.Length; i += TVector.Count)
            {
                TVector scaled = TVector.Load(z, i) * TVector.Broadcast(scale);
                sums = TVector.FusedMultiplyAdd(scaled, scaled, sums);
            }

            float norm = MathF.Sqrt(TVector.SumLanes(sums)); // correctly rounded everywhere
            return norm < epsilon * scale ? (1, epsilon, true) : (scale, norm, false);
        }
    }
}
