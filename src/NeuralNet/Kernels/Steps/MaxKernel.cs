using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The largest of each group of neighbours: 16 groups at a time, transposed, so that no maximum goes across lanes.</summary>
/// <remarks>Groups are alike, whichever vector they belong to: all of a batch are one row of groups. A larger group passes in slices of
/// 16 elements.</remarks>
internal readonly unsafe struct MaxKernel(int groupSize)
{
    private const int Slice = 16, Lanes = 16;

    /// <summary>The largest of each group.</summary>
    public static void Forward(int groupSize, in ActivationForwardPass pass)
    {
        Require.SameLength(pass.Z.Length, checked(pass.Y.Length * groupSize));
        var job = new Job { Kernel = new MaxKernel(groupSize), Groups = pass.Y.Length, Z = pass.Z, Y = pass.Y };
        Workers.Share(pass.Workers, pass.Z.Length, ref job);
    }

    /// <summary>∇y of each group goes to its first largest element, and 0 to the others.</summary>
    public static void Backward(int groupSize, in ActivationBackwardPass pass)
    {
        Require.SameLength(pass.InputGradient.Length, checked(pass.OutputGradient.Length * groupSize));
        Require.SameLength(pass.Z.Length, pass.InputGradient.Length);
        var job = new Job
        {
            Kernel = new MaxKernel(groupSize),
            Groups = pass.OutputGradient.Length,
            Z = pass.Z,
            Dy = pass.OutputGradient,
            Dz = pass.InputGradient,
        };
        Workers.Share(pass.Workers, pass.InputGradient.Length, ref job);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Forward<TVector>(float* z, float* y, int count) where TVector : struct, ISimdVector<TVector>
    {
        float* columns = stackalloc float[Slice * Lanes];
        for (int left = count; left > 0; left -= Lanes, z += (nint)Lanes * groupSize, y += Lanes)
            VectorTail.Store(Largest<TVector>(z, columns, Math.Min(left, Lanes)), y, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Backward<TVector>(float* z, float* dy, float* dz, int count) where TVector : struct, ISimdVector<TVector>
    {
        float* columns = stackalloc float[Slice * Lanes];
        nint next = (nint)Lanes * groupSize;
        for (int left = count; left > 0; left -= Lanes, z += next, dz += next, dy += Lanes)
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
    private TVector Largest<TVector>(float* z, float* columns, int groups) where TVector : struct, ISimdVector<TVector>
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

    // Forward, or backward where there is a gradient.
    private ref struct Job : IJob<Job>
    {
        public MaxKernel Kernel;
        public int Groups;
        public ReadOnlySpan<float> Z;
        public Span<float> Y;
        public ReadOnlySpan<float> Dy;
        public Span<float> Dz;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref Job job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Groups, Lanes, part, parts);
            nint arguments = (nint)first * (job.Z.Length / job.Groups);
            fixed (float* z = job.Z, y = job.Y, dy = job.Dy, dz = job.Dz)
            {
                if (job.Dz.IsEmpty)
                    job.Kernel.Forward<TVector>(z + arguments, y + first, count);
                else
                    job.Kernel.Backward<TVector>(z + arguments, dy + first, dz + arguments, count);
            }
        }
    }
}
