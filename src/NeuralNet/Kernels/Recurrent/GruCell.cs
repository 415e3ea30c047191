using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// The gates r, u and the candidate n of a <see cref="Gru"/>: with q = U_n h + b_hn, n = tanh(z_n + r ⊙ q);
/// h′ = n + u ⊙ (h − n). Kept is q.
/// </summary>
internal readonly unsafe struct GruCell : IRecurrentCell
{
    public static int Gates => 3;

    public static int Kept => 1;

    public static bool HasCell => false;

    public static bool SeparatesGradients => true;

    public void Forward<TVector>(in CellForward row)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = row.Hidden;
        Gate.Sigmoid<TVector>(row.Z, row.Product, 2 * n);
        Candidate<TVector>(row.Z, row.Product + (2 * n), row.Bias, row.Kept, n);
        Gate.Tanh<TVector>(row.Z + (2 * n), row.Product + (2 * n), n);
        Mix<TVector>(row.Z, row.H, n);
    }

    // product ← r ⊙ q
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Candidate<TVector>(float* r, float* product, float* bias, float* kept, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int j = 0; j < n; j += TVector.Count)
        {
            int left = n - j;
            TVector q = VectorTail.Load<TVector>(product + j, left) + VectorTail.Load<TVector>(bias + j, left);
            if (kept != null)
                VectorTail.Store(q, kept + j, left);
            VectorTail.Store(VectorTail.Load<TVector>(r + j, left) * q, product + j, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix<TVector>(float* z, float* h, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int j = 0; j < n; j += TVector.Count)
        {
            int left = n - j;
            TVector candidate = VectorTail.Load<TVector>(z + (2 * n) + j, left);
            VectorTail.Store(TVector.FusedMultiplyAdd(VectorTail.Load<TVector>(z + n + j, left), VectorTail.Load<TVector>(h + j, left) - candidate, candidate), h + j, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<TVector>(in CellBackward row)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = row.Hidden;
        float* z = row.Z, qs = row.Kept, before = row.HBefore, dhs = row.Dh, dz = row.Dz, dproduct = row.Dproduct;
        for (int j = 0; j < n; j += TVector.Count)
        {
            int left = n - j;
            TVector r = VectorTail.Load<TVector>(z + j, left), u = VectorTail.Load<TVector>(z + n + j, left), candidate = VectorTail.Load<TVector>(z + (2 * n) + j, left);
            TVector dh = VectorTail.Load<TVector>(dhs + j, left), q = VectorTail.Load<TVector>(qs + j, left);

            // h′ = n + u (h − n), n = tanh(z_n + r q)
            TVector dn = Gate.TanhBack(dh * (TVector.One - u), candidate);
            TVector du = Gate.SigmoidBack(dh * (VectorTail.Load<TVector>(before + j, left) - candidate), u);
            TVector dr = Gate.SigmoidBack(dn * q, r);
            VectorTail.Store(dr, dz + j, left);
            VectorTail.Store(du, dz + n + j, left);
            VectorTail.Store(dn, dz + (2 * n) + j, left);
            VectorTail.Store(dr, dproduct + j, left);
            VectorTail.Store(du, dproduct + n + j, left);
            VectorTail.Store(dn * r, dproduct + (2 * n) + j, left);
            VectorTail.Store(dh * u, dhs + j, left);
        }
    }
}
