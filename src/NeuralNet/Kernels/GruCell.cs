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
            TVector q = Chunk.Load<TVector>(product + j, left) + Chunk.Load<TVector>(bias + j, left);
            if (kept != null)
                Chunk.Store(q, kept + j, left);
            Chunk.Store(Chunk.Load<TVector>(r + j, left) * q, product + j, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix<TVector>(float* z, float* h, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int j = 0; j < n; j += TVector.Count)
        {
            int left = n - j;
            TVector candidate = Chunk.Load<TVector>(z + (2 * n) + j, left);
            Chunk.Store(TVector.FusedMultiplyAdd(Chunk.Load<TVector>(z + n + j, left), Chunk.Load<TVector>(h + j, left) - candidate, candidate), h + j, left);
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
            TVector r = Chunk.Load<TVector>(z + j, left), u = Chunk.Load<TVector>(z + n + j, left), candidate = Chunk.Load<TVector>(z + (2 * n) + j, left);
            TVector dh = Chunk.Load<TVector>(dhs + j, left), q = Chunk.Load<TVector>(qs + j, left);

            // h′ = n + u (h − n), n = tanh(z_n + r q)
            TVector dn = Gate.TanhBack(dh * (TVector.One - u), candidate);
            TVector du = Gate.SigmoidBack(dh * (Chunk.Load<TVector>(before + j, left) - candidate), u);
            TVector dr = Gate.SigmoidBack(dn * q, r);
            Chunk.Store(dr, dz + j, left);
            Chunk.Store(du, dz + n + j, left);
            Chunk.Store(dn, dz + (2 * n) + j, left);
            Chunk.Store(dr, dproduct + j, left);
            Chunk.Store(du, dproduct + n + j, left);
            Chunk.Store(dn * r, dproduct + (2 * n) + j, left);
            Chunk.Store(dh * u, dhs + j, left);
        }
    }
}
