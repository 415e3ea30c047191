using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The logarithm of the softmax, a vector activation: yᵢ = zᵢ − log Σⱼ e^zⱼ; ∂yⱼ/∂zᵢ = δᵢⱼ − e^yᵢ, so ∇zᵢ = ∇yᵢ − e^yᵢ Σⱼ ∇yⱼ.</summary>
/// <remarks>Computed as yᵢ = (zᵢ − m) − log Σⱼ e^(zⱼ − m) with the largest element m, finite for |z| up to 10³⁰, and as log(1 + the
/// others) to keep its digits where one element is far above the others and its y all but 0. −∞ beside a finite element
/// gives −∞; a NaN or +∞ anywhere in z makes all of y NaN.</remarks>
public sealed class LogSoftmax() : VectorActivation<LogSoftmax.Formula>(default)
{
    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass)
    {
        // Short vectors do not fill a register: several at once do, with the same bits.
        if (pass.Vectors > 1 && pass.Y.Length / pass.Vectors <= SoftmaxRows.MaxColumns)
            SoftmaxRows.LogSoftmax(pass);
        else
            base.Forward(pass);
    }

    /// <summary>yᵢ = (zᵢ − m) − log Σⱼ e^(zⱼ − m) with the largest element m; ∇zᵢ = ∇yᵢ − e^yᵢ Σⱼ ∇yⱼ.</summary>
    /// <remarks>One of the largest elements contributes 1 to the sum, exactly, and is left out of it: ln(1 + the others) keeps its digits
    /// where that element is all but alone and the others' sum would be lost beside the 1. Then y is a sum of terms of one sign.</remarks>
    public readonly struct Formula : IVectorFormula
    {
        /// <inheritdoc/>
        public static BackwardReads Reads => BackwardReads.Output;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Forward<TVector>(ReadOnlySpan<float> z, Span<float> y) where TVector : struct, IVectorLanes<TVector>
        {
            TVector all = TVector.Broadcast(float.NegativeInfinity), others = TVector.Zero, largest = TVector.Zero;
            for (int i = 0; i < z.Length; i += TVector.Count)
                all = TVector.MaxOfNumbers(all, TVector.Load(z, i, float.NegativeInfinity));

            TVector max = TVector.Broadcast(TVector.MaxLanesOfNumbers(all));
            for (int i = 0; i < z.Length; i += TVector.Count)
            {
                TVector distance = TVector.Load(z, i, float.NegativeInfinity) - max;
                TVector isLargest = TVector.Equal(distance, TVector.Zero);
                others += TVector.Exp(TVector.Select(isLargest, TVector.Broadcast(float.NegativeInfinity), distance));
                largest += TVector.Select(isLargest, TVector.One, TVector.Zero);
            }

            TVector log = TVector.Log1p(TVector.Broadcast(TVector.SumLanes(others) + (TVector.SumLanes(largest) - 1)));
            for (int i = 0; i < z.Length; i += TVector.Count)
                TVector.Store(TVector.Load(z, i) - max - log, y, i);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Backward<TVector>(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
            where TVector : struct, IVectorLanes<TVector>
        {
            TVector sums = TVector.Zero;
            for (int i = 0; i < dy.Length; i += TVector.Count)
                sums += TVector.Load(dy, i);

            TVector minusSum = TVector.Broadcast(-TVector.SumLanes(sums));
            for (int i = 0; i < dy.Length; i += TVector.Count)
                TVector.Store(TVector.FusedMultiplyAdd(TVector.Exp(TVector.Load(y, i)), minusSum, TVector.Load(dy, i)), dz, i);
        }
    }
}
