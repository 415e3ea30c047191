using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The largest of each group of neighbours: 16 groups at a time, transposed, so that no maximum goes across lanes.</summary>
/// <remarks>
/// Groups are alike, whichever vector they belong to: all of a batch are one row of groups. A larger group passes in slices of
/// 16 elements.
/// </remarks>
internal readonly unsafe struct MaxKernel(int groupSize) : IVectorKernel
{
    private const int Slice = 16, Lanes = 16;

    public static BackwardReads Reads => BackwardReads.Input;

    public int Inputs(int outputs) => outputs * groupSize;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward<TVector>(float* z, float* y, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        float* columns = stackalloc float[Slice * Lanes];
        for (int left = vectors * outputs; left > 0; left -= Lanes, z += (nint)Lanes * groupSize, y += Lanes)
            VectorTail.Store(Largest<TVector>(z, columns, Math.Min(left, Lanes)), y, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<TVector>(float* z, float* y, float* dy, float* dz, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>
    {
        float* columns = stackalloc float[Slice * Lanes];
        nint next = (nint)Lanes * groupSize;
        for (int left = vectors * outputs; left > 0; left -= Lanes, z += next, dz += next, dy += Lanes)
        {
            int groups = Math.Min(left, Lanes);
            TVector largest = Largest<TVector>(z, columns, groups), gradient = VectorTail.Load<TVector>(dy, left), found = TVector.Zero;
            for (int from = 0; from < groupSize; from += Slice)
            {
                int depth = Math.Min(Slice, groupSize - from);
                if (groupSize > Slice)
                    Gather(z + from, columns, depth, groups); // otherwise all is there already
                for (float* column = columns; column < columns + (depth * Lanes); column += Lanes)
                {
                    // The first that equals the largest; where the largest is NaN, the first NaN.
                    TVector one = TVector.Load(column);
                    TVector isNumber = TVector.Equal(one, one);
                    TVector wins = TVector.Select(isNumber, TVector.Equal(one, largest), TVector.Equal(TVector.Zero, TVector.Zero));
                    wins = TVector.Select(found, TVector.Zero, wins);
                    found = TVector.BitOr(found, wins);
                    TVector.Store(TVector.BitAnd(wins, gradient), column);
                }

                Scatter(columns, dz + from, depth, groups);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TVector Largest<TVector>(float* z, float* columns, int groups)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector largest = TVector.Broadcast(float.NegativeInfinity);
        for (int from = 0; from < groupSize; from += Slice)
        {
            int depth = Math.Min(Slice, groupSize - from);
            Gather(z + from, columns, depth, groups);
            for (float* column = columns; column < columns + (depth * Lanes); column += Lanes)
                largest = TVector.Max(largest, TVector.Load(column));
        }

        return largest;
    }

    // A column for each element of a group. Transposing goes by blocks of 4: pairs and triples are faster one by one.
    private void Gather(float* z, float* columns, int depth, int groups)
    {
        if (groupSize >= 4)
        {
            MatrixPanel.CopyTransposed(z, groupSize, columns, Lanes, depth, groups);
            return;
        }

        for (int k = 0; k < depth; k++)
        {
            for (int group = 0; group < groups; group++)
                columns[(k * Lanes) + group] = z[(group * groupSize) + k];
        }
    }

    private void Scatter(float* columns, float* dz, int depth, int groups)
    {
        if (groupSize >= 4)
        {
            MatrixPanel.CopyTransposed(columns, Lanes, dz, groupSize, groups, depth);
            return;
        }

        for (int k = 0; k < depth; k++)
        {
            for (int group = 0; group < groups; group++)
                dz[(group * groupSize) + k] = columns[(k * Lanes) + group];
        }
    }
}
