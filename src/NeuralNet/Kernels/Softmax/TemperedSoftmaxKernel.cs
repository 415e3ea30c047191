using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>softmax(z / T) = softmax((z − m) / T), m the largest element, and cross-entropy on its argument.</summary>
/// <remarks>The maximum is subtracted before the division, so that nothing overflows but what is to be e^−∞ = 0.</remarks>
internal readonly unsafe struct TemperedSoftmaxKernel(float temperature) : IVectorKernel
{
    public static BackwardReads Reads => BackwardReads.Output;

    public int Inputs(int outputs) => outputs;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward<TVector>(float* z, float* y, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        for (; vectors > 0; vectors--, z += outputs, y += outputs)
        {
            TVector max = TVector.Broadcast(Reduction.MaxOfNumbers<TVector>(z, outputs));
            for (int i = 0; i < outputs; i += TVector.Count)
                VectorTail.Store((VectorTail.Load<TVector>(z + i, outputs - i) - max) / TVector.Broadcast(temperature), y + i, outputs - i);
            SoftmaxKernels.Forward<TVector>(y, y, outputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<TVector>(float* z, float* y, float* dy, float* dz, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        for (; vectors > 0; vectors--, y += outputs, dy += outputs, dz += outputs)
        {
            SoftmaxKernels.Backward<TVector>(y, dy, dz, outputs);
            for (int i = 0; i < outputs; i += TVector.Count)
                VectorTail.Store(VectorTail.Load<TVector>(dz + i, outputs - i) / TVector.Broadcast(temperature), dz + i, outputs - i);
        }
    }

    /// <summary>
    /// −Σ dᵢ ln softmax(z / T)ᵢ of one vector, and with it w times its gradient, dzᵢ = w (softmax(z / T)ᵢ · Σ d − dᵢ) / T,
    /// unless dz is empty. As <see cref="SoftmaxKernels.CrossEntropy(ReadOnlySpan{float}, ReadOnlySpan{float})"/> else.
    /// </summary>
    public float CrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> d, float w, Span<float> dz)
    {
        Require.SameLength(d.Length, z.Length);
        if (!dz.IsEmpty)
            Require.SameLength(dz.Length, z.Length);
        fixed (float* pz = z, pd = d, pdz = dz)
        {
            return Vector512.IsHardwareAccelerated ? CrossEntropy<Simd512>(pz, pd, w, pdz, z.Length)
                : Vector256.IsHardwareAccelerated ? CrossEntropy<WideVector<Simd256>>(pz, pd, w, pdz, z.Length)
                : CrossEntropy<WideVector<WideVector<Simd128>>>(pz, pd, w, pdz, z.Length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal float CrossEntropy<TVector>(float* z, float* d, float w, float* dz, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector exps = TVector.Zero, ds = TVector.Zero, distances = TVector.Zero;
        TVector max = TVector.Broadcast(Reduction.MaxOfNumbers<TVector>(z, n));
        for (int i = 0; i < n; i += TVector.Count)
        {
            int left = n - i;
            TVector vd = VectorTail.Load<TVector>(d + i, left);
            TVector scaled = (VectorTail.Load<TVector>(z + i, left, float.NegativeInfinity) - max) / TVector.Broadcast(temperature);
            TVector exp = VectorMath.ExpOrZero(scaled);
            if (dz != null)
                VectorTail.Store(exp, dz + i, left);
            exps += exp;
            ds += vd;
            distances += SoftmaxKernels.Distance(scaled, vd, TVector.Zero);
        }

        (float expSum, float dSum) = (TVector.SumLanes(exps), TVector.SumLanes(ds));
        for (int i = 0; i < n && dz != null; i += TVector.Count)
        {
            int left = n - i;
            VectorTail.Store(
                SoftmaxKernels.Gradient(VectorTail.Load<TVector>(dz + i, left), VectorTail.Load<TVector>(d + i, left), TVector.Broadcast(expSum), TVector.Broadcast(dSum), w / temperature),
                dz + i, left);
        }

        return Simd128.First(SoftmaxKernels.Value(Simd128.Broadcast(TVector.SumLanes(distances)), Simd128.Broadcast(dSum), Simd128.Broadcast(expSum)));
    }
}
