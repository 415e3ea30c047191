using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// The gates i, f, g, o of an <see cref="Lstm"/>: c′ = f ⊙ c + i ⊙ g; h′ = o ⊙ tanh c′. Kept are c and tanh c′.
/// </summary>
internal readonly unsafe struct LstmCell : IRecurrentCell
{
    public static int Gates => 4;

    public static int Kept => 2;

    public static bool HasCell => true;

    public static bool SeparatesGradients => false;

    public void Forward<TVector>(in CellForward row)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = row.Hidden;
        float* z = row.Z, product = row.Product;
        Gate.Sigmoid<TVector>(z, product, 2 * n);
        Gate.Tanh<TVector>(z + (2 * n), product + (2 * n), n);
        Gate.Sigmoid<TVector>(z + (3 * n), product + (3 * n), n);
        Combine<TVector>(z, row.H, row.C, row.Kept, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine<TVector>(float* z, float* h, float* c, float* kept, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int j = 0; j < n; j += TVector.Count)
        {
            int left = n - j;
            TVector before = Chunk.Load<TVector>(c + j, left);
            TVector product = Chunk.Load<TVector>(z + j, left) * Chunk.Load<TVector>(z + (2 * n) + j, left);
            TVector after = TVector.FusedMultiplyAdd(Chunk.Load<TVector>(z + n + j, left), before, product);
            TVector tanh = VectorMath.Tanh(after);
            Chunk.Store(after, c + j, left);
            Chunk.Store(Chunk.Load<TVector>(z + (3 * n) + j, left) * tanh, h + j, left);
            if (kept != null)
            {
                Chunk.Store(before, kept + j, left);
                Chunk.Store(tanh, kept + n + j, left);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<TVector>(in CellBackward row)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = row.Hidden;
        float* z = row.Z, kept = row.Kept, dz = row.Dz, dcs = row.Dc, dhs = row.Dh;
        for (int j = 0; j < n; j += TVector.Count)
        {
            int left = n - j;
            TVector i = Chunk.Load<TVector>(z + j, left), f = Chunk.Load<TVector>(z + n + j, left);
            TVector g = Chunk.Load<TVector>(z + (2 * n) + j, left), o = Chunk.Load<TVector>(z + (3 * n) + j, left);
            TVector before = Chunk.Load<TVector>(kept + j, left), tanh = Chunk.Load<TVector>(kept + n + j, left);

            // h′ = o tanh c′, c′ = f c + i g
            TVector dh = Chunk.Load<TVector>(dhs + j, left);
            TVector dc = Chunk.Load<TVector>(dcs + j, left) + Gate.TanhBack(dh * o, tanh);
            Chunk.Store(Gate.SigmoidBack(dc * g, i), dz + j, left);
            Chunk.Store(Gate.SigmoidBack(dc * before, f), dz + n + j, left);
            Chunk.Store(Gate.TanhBack(dc * i, g), dz + (2 * n) + j, left);
            Chunk.Store(Gate.SigmoidBack(dh * tanh, o), dz + (3 * n) + j, left);
            Chunk.Store(dc * f, dcs + j, left);
        }
    }
}
