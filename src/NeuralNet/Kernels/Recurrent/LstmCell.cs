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
            TVector before = VectorTail.Load<TVector>(c + j, left);
            TVector product = VectorTail.Load<TVector>(z + j, left) * VectorTail.Load<TVector>(z + (2 * n) + j, left);
            TVector after = TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(z + n + j, left), before, product);
            TVector tanh = VectorMath.Tanh(after);
            VectorTail.Store(after, c + j, left);
            VectorTail.Store(VectorTail.Load<TVector>(z + (3 * n) + j, left) * tanh, h + j, left);
            if (kept != null)
            {
                VectorTail.Store(before, kept + j, left);
                VectorTail.Store(tanh, kept + n + j, left);
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
            TVector i = VectorTail.Load<TVector>(z + j, left), f = VectorTail.Load<TVector>(z + n + j, left);
            TVector g = VectorTail.Load<TVector>(z + (2 * n) + j, left), o = VectorTail.Load<TVector>(z + (3 * n) + j, left);
            TVector before = VectorTail.Load<TVector>(kept + j, left), tanh = VectorTail.Load<TVector>(kept + n + j, left);

            // h′ = o tanh c′, c′ = f c + i g
            TVector dh = VectorTail.Load<TVector>(dhs + j, left);
            TVector dc = VectorTail.Load<TVector>(dcs + j, left) + Gate.TanhBack(dh * o, tanh);
            VectorTail.Store(Gate.SigmoidBack(dc * g, i), dz + j, left);
            VectorTail.Store(Gate.SigmoidBack(dc * before, f), dz + n + j, left);
            VectorTail.Store(Gate.TanhBack(dc * i, g), dz + (2 * n) + j, left);
            VectorTail.Store(Gate.SigmoidBack(dh * tanh, o), dz + (3 * n) + j, left);
            VectorTail.Store(dc * f, dcs + j, left);
        }
    }
}
