using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>y = z / max(‖z‖, ε), with the squares taken of z over a power of 2 near its largest element.</summary>
/// <remarks>That quotient is exact, and its squares neither overflow nor vanish.</remarks>
internal readonly unsafe struct L2NormalizeKernel(float epsilon) : IVectorKernel
{
    public static BackwardReads Reads => BackwardReads.Input | BackwardReads.Output;

    public int Inputs(int outputs) => outputs;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward<TVector>(float* z, float* y, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        for (; vectors > 0; vectors--, z += outputs, y += outputs)
        {
            (float scale, float divisor, _) = Norm<TVector>(z, outputs);
            (TVector vScale, TVector vDivisor) = (TVector.Broadcast(scale), TVector.Broadcast(divisor));
            for (int i = 0; i < outputs; i += TVector.Count)
                VectorTail.Store(VectorTail.Load<TVector>(z + i, outputs - i) * vScale / vDivisor, y + i, outputs - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<TVector>(float* z, float* y, float* dy, float* dz, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        for (; vectors > 0; vectors--, z += outputs, y += outputs, dy += outputs, dz += outputs)
        {
            (float scale, float divisor, bool isShort) = Norm<TVector>(z, outputs);
            TVector dots = TVector.Zero;
            for (int i = 0; i < outputs && !isShort; i += TVector.Count)
                dots = TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(y + i, outputs - i), VectorTail.Load<TVector>(dy + i, outputs - i), dots);

            TVector minusDot = TVector.Broadcast(-TVector.SumLanes(dots)), vScale = TVector.Broadcast(scale), vDivisor = TVector.Broadcast(divisor);
            for (int i = 0; i < outputs; i += TVector.Count)
            {
                int left = outputs - i;
                TVector across = TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(y + i, left), minusDot, VectorTail.Load<TVector>(dy + i, left));
                VectorTail.Store(across / vDivisor * vScale, dz + i, left);
            }
        }
    }

    // max(‖z‖, ε) as divisor / scale, and whether it is ε. Of an infinite z the scale stays finite: finite elements go to 0.
    private (float Scale, float Divisor, bool IsShort) Norm<TVector>(float* z, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        float largest = Reduction.MaxMagnitude<TVector>(z, n);
        float scale = PowerOfTwo.Reciprocal(largest);
        TVector sums = TVector.Zero, vScale = TVector.Broadcast(scale);
        for (int i = 0; i < n; i += TVector.Count)
        {
            TVector scaled = VectorTail.Load<TVector>(z + i, n - i) * vScale;
            sums = TVector.FusedMultiplyAdd(scaled, scaled, sums);
        }

        float norm = MathF.Sqrt(TVector.SumLanes(sums)); // correctly rounded everywhere
        return norm < epsilon * scale ? (1, epsilon, true) : (scale, norm, false);
    }
}
