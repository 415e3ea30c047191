using System.Globalization;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The softmax, a vector activation: yᵢ = e^(zᵢ/T) / Σⱼ e^(zⱼ/T); ∂yⱼ/∂zᵢ = yᵢ (δᵢⱼ − yⱼ) / T, so ∇zᵢ = yᵢ (∇yᵢ − Σⱼ ∇yⱼ yⱼ) / T.</summary>
/// <remarks>The temperature T is 1 unless given; a higher one evens the outputs out (G. Hinton, O. Vinyals, J. Dean: "Distilling the
/// knowledge in a neural network", 2015). The maximum of the vector is subtracted first, which changes nothing in exact
/// arithmetic and avoids every overflow. A NaN or +∞ anywhere in z makes all of y NaN.</remarks>
public sealed class Softmax : VectorActivation<Softmax.Formula>, IActivationKind
{
    /// <summary>Makes a softmax.</summary>
    /// <param name="temperature">T, from 10⁻³⁰ to 10³⁰.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is outside of that range, or NaN.</exception>
    public Softmax(float temperature = 1)
        : base(new Formula(temperature)) => Temperature = Guard.Moderate(temperature, nameof(temperature), "The temperature");

    /// <summary>T.</summary>
    public float Temperature { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Probabilities;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("temperature", Temperature);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new Softmax(settings.GetSingle("temperature"));

    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass)
    {
        // Short vectors do not fill a register: several at once do, with the same bits.
        if (pass.Vectors > 1 && pass.Y.Length / pass.Vectors <= SoftmaxRows.MaxColumns)
            SoftmaxRows.Softmax(pass, Temperature);
        else
            base.Forward(pass);
    }

    /// <inheritdoc/>
    public override string ToString() => Temperature == 1 ? Kind : string.Create(CultureInfo.InvariantCulture, $"{Kind}({Temperature})");

    /// <summary>yᵢ = e^((zᵢ − m)/T) / Σⱼ e^((zⱼ − m)/T) with the largest element m; ∇zᵢ = yᵢ (∇yᵢ − Σⱼ ∇yⱼ yⱼ) / T.</summary>
    /// <remarks>Division by T = 1 would be exact; it is left out.</remarks>
    /// <param name="temperature">T.</param>
    public readonly struct Formula(float temperature) : IVectorFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Forward<TVector>(ReadOnlySpan<float> z, Span<float> y) where TVector : struct, IVectorLanes<TVector>
        {
            if (z.Length <= TVector.Count)
                InRegisters<TVector>(z, y);
            else
                InPasses<TVector>(z, y);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Backward<TVector>(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
            where TVector : struct, IVectorLanes<TVector>
        {
            TVector sums = TVector.Zero;
            for (int i = 0; i < dy.Length; i += TVector.Count)
                sums = TVector.FusedMultiplyAdd(TVector.Load(dy, i), TVector.Load(y, i), sums);

            TVector sum = TVector.Broadcast(TVector.SumLanes(sums));
            for (int i = 0; i < dy.Length; i += TVector.Count)
            {
                TVector product = TVector.Load(y, i) * (TVector.Load(dy, i) - sum);
                TVector.Store(temperature == 1 ? product : product / TVector.Broadcast(temperature), dz, i);
            }
        }

        // −∞ past the end: it is no maximum, and its exponential is 0.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void InRegisters<TVector>(ReadOnlySpan<float> z, Span<float> y) where TVector : struct, IVectorLanes<TVector>
        {
            TVector all = TVector.Load(z, 0, float.NegativeInfinity);
            TVector exp = Exp(all, TVector.Broadcast(TVector.MaxLanesOfNumbers(all)));
            TVector.Store(exp / TVector.Broadcast(TVector.SumLanes(exp)), y, 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void InPasses<TVector>(ReadOnlySpan<float> z, Span<float> y) where TVector : struct, IVectorLanes<TVector>
        {
            TVector largest = TVector.Broadcast(float.NegativeInfinity), sums = TVector.Zero;
            for (int i = 0; i < z.Length; i += TVector.Count)
                largest = TVector.MaxOfNumbers(largest, TVector.Load(z, i, float.NegativeInfinity));

            TVector max = TVector.Broadcast(TVector.MaxLanesOfNumbers(largest));
            for (int i = 0; i < z.Length; i += TVector.Count)
            {
                TVector exp = Exp(TVector.Load(z, i, float.NegativeInfinity), max);
                TVector.Store(exp, y, i);
                sums += exp;
            }

            TVector sum = TVector.Broadcast(TVector.SumLanes(sums));
            for (int i = 0; i < y.Length; i += TVector.Count)
                TVector.Store(TVector.Load(y, i) / sum, y, i);
        }

        // The maximum is subtracted before the division, so that nothing overflows but what is to be e^−∞ = 0.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private TVector Exp<TVector>(TVector z, TVector max) where TVector : struct, IVectorLanes<TVector> =>
            TVector.Exp(temperature == 1 ? z - max : (z - max) / TVector.Broadcast(temperature));
    }
}
