using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>yᵢ = (zᵢ − m) − ln Σⱼ e^(zⱼ − m), m the largest element.</summary>
/// <remarks>
/// One of the largest elements contributes 1 to the sum, exactly, and is left out of it: ln(1 + the others) keeps its digits
/// where that element is all but alone and the others' sum would be lost beside the 1. Then y is a sum of terms of one sign.
/// </remarks>
internal readonly unsafe struct LogSoftmaxKernel : IVectorKernel
{
    public static BackwardReads Reads => BackwardReads.Output;

    public int Inputs(int outputs) => outputs;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward<TVector>(float* z, float* y, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        if (vectors > 1 && outputs <= SoftmaxRows.MaxColumns)
        {
            ForwardOfShort<TVector>(z, y, vectors, outputs);
            return;
        }

        for (; vectors > 0; vectors--, z += outputs, y += outputs)
        {
            TVector max = TVector.Broadcast(Reduction.MaxOfNumbers<TVector>(z, outputs));
            TVector others = TVector.Zero, largest = TVector.Zero;
            for (int i = 0; i < outputs; i += TVector.Count)
            {
                TVector distance = VectorTail.Load<TVector>(z + i, outputs - i, float.NegativeInfinity) - max;
                TVector isLargest = TVector.Equal(distance, TVector.Zero);
                others += TVector.Exp(TVector.Select(isLargest, TVector.Broadcast(float.NegativeInfinity), distance));
                largest += TVector.BitAnd(isLargest, TVector.One);
            }

            TVector log = TVector.Log1p(TVector.Broadcast(TVector.SumLanes(others) + (TVector.SumLanes(largest) - 1)));
            for (int i = 0; i < outputs; i += TVector.Count)
                VectorTail.Store(VectorTail.Load<TVector>(z + i, outputs - i) - max - log, y + i, outputs - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<TVector>(float* z, float* y, float* dy, float* dz, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        for (; vectors > 0; vectors--, y += outputs, dy += outputs, dz += outputs)
        {
            TVector sums = TVector.Zero;
            for (int i = 0; i < outputs; i += TVector.Count)
                sums += VectorTail.Load<TVector>(dy + i, outputs - i);

            TVector minusSum = TVector.Broadcast(-TVector.SumLanes(sums));
            for (int i = 0; i < outputs; i += TVector.Count)
            {
                int left = outputs - i;
                VectorTail.Store(TVector.FusedMultiplyAdd(TVector.Exp(VectorTail.Load<TVector>(y + i, left)), minusSum, VectorTail.Load<TVector>(dy + i, left)), dz + i, left);
            }
        }
    }

    // 16 vectors at once, transposed as in SoftmaxRows: no maximum and no sum goes across lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardOfShort<TVector>(float* z, float* y, int vectors, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        float* columns = stackalloc float[SoftmaxRows.MaxColumns * SoftmaxRows.MaxLanes];
        float* exps = stackalloc float[SoftmaxRows.MaxColumns * SoftmaxRows.MaxLanes];
        float* half = stackalloc float[SoftmaxRows.MaxColumns / 2 * SoftmaxRows.MaxLanes];
        for (; vectors > 0; vectors -= TVector.Count, z += n * TVector.Count, y += n * TVector.Count)
        {
            int count = Math.Min(TVector.Count, vectors);
            MatrixPanel.CopyTransposed(z, n, columns, TVector.Count, n, count);
            TVector max = SoftmaxRows.Max<TVector>(columns, n), largest = TVector.Zero;
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
            {
                TVector distance = TVector.Load(columns + k) - max;
                TVector isLargest = TVector.Equal(distance, TVector.Zero);
                TVector.Store(distance, columns + k);
                TVector.Store(TVector.Exp(TVector.Select(isLargest, TVector.Broadcast(float.NegativeInfinity), distance)), exps + k);
                largest += TVector.BitAnd(isLargest, TVector.One);
            }

            TVector log = TVector.Log1p(SoftmaxRows.Sum<TVector>(exps, n, half) + (largest - TVector.One));
            for (int k = 0; k < n * TVector.Count; k += TVector.Count)
                TVector.Store(TVector.Load(columns + k) - log, columns + k);
            MatrixPanel.CopyTransposed(columns, TVector.Count, y, n, count, n);
        }
    }
}
