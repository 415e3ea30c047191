using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The gated recurrent unit: a gate u mixes the state with a candidate n, and a gate r decides what of the state the candidate
/// sees.</summary>
/// <remarks><para>forward: [z_r, z_u, z_n] = W xₜ + b; [p_r, p_u, p_n] = U hₜ₋₁; r = σ(z_r + p_r); u = σ(z_u + p_u); q = p_n + b_hn;
/// n = tanh(z_n + r ⊙ q); hₜ = (1 − u) ⊙ n + u ⊙ hₜ₋₁; yₜ = hₜ.</para>
/// <para>backward, from the last step to the first: ∇hₜ = ∇yₜ + ∇hₜ₊₁ ⊙ uₜ₊₁ + ∇pₜ₊₁ Uᵀ; ∇z_n = ∇h ⊙ (1 − u) ⊙ (1 − n²);
/// ∇z_u = ∇h ⊙ (hₜ₋₁ − n) ⊙ u (1 − u); ∇z_r = ∇z_n ⊙ q ⊙ r (1 − r); ∇p_r = ∇z_r, ∇p_u = ∇z_u, ∇p_n = ∇q = ∇z_n ⊙ r. Then
/// ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇p, ∇b_hn = ∇q, summed over rows and steps; ∇x = ∇z Wᵀ.</para>
/// <para>It is PyTorch's form, in which r multiplies the recurrent product, with a bias of its own in it; the original one
/// multiplies h before. Parameters: "weight_ih" W [inputs, 3 hidden], "weight_hh" U [hidden, 3 hidden], "bias" b [3 hidden],
/// each in the order r, u, n (PyTorch's r, z, n), and "bias_hn" [hidden]. State of a row: h, [hidden].</para>
/// <para>K. Cho et al.: "Learning phrase representations using RNN encoder-decoder for statistical machine translation", 2014.</para></remarks>
public sealed class Gru : RecurrentLayer<Gru.Formula>, ILayerKind
{
    /// <summary>Makes a layer.</summary>
    /// <param name="input">The shape of an input row, a sequence.</param>
    /// <param name="hidden">The width of h, at least 1.</param>
    /// <param name="lastStep">Whether to give the last real step's h alone, [hidden], instead of that of every step.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given (which takes seconds for 1000 units and more).</param>
    /// <exception cref="ArgumentException">The input is no sequence.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive or too large.</exception>
    public Gru(Shape input, int hidden, bool lastStep = false, Initializer? initializer = null, Initializer? recurrentInitializer = null)
        : base(default, input, hidden, lastStep, initializer, recurrentInitializer)
    {
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new Gru(input, settings.GetInt32("hidden"), settings.GetBoolean("lastStep"));

    /// <summary>r = σ(z_r + p_r); u = σ(z_u + p_u); q = p_n + b_hn, n = tanh(z_n + r q); h′ = n + u (h − n), with z = W x + b and p = U h.</summary>
    public readonly struct Formula : ICellFormula
    {
        private const int R = 0, U = 1, N = 2, Q = 0;

        /// <inheritdoc/>
        public static int Gates => 3;

        /// <summary>q.</summary>
        public static int Kept => 1;

        /// <inheritdoc/>
        public static bool UsesH => true;

        /// <inheritdoc/>
        public static bool SeparatesProduct => true;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gate<TVector, TUnits>(int gate, TUnits units) where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
            if (gate != N)
                return TVector.Sigmoid(units.Z(gate) + units.Product(gate));
            TVector q = units.Product(N) + units.ProductBias;
            units.Keep(Q, q);
            return TVector.Tanh(units.Z(N) + (units.Gate(R) * q));
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Forward<TVector, TUnits>(TUnits units) where TVector : struct, IVector<TVector> where TUnits : struct, ICellForward<TVector>
        {
            TVector n = units.Gate(N);
            units.H = TVector.FusedMultiplyAdd(units.Gate(U), units.H - n, n);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Backward<TVector, TUnits>(TUnits units) where TVector : struct, IVector<TVector> where TUnits : struct, ICellBackward<TVector>
        {
            TVector one = TVector.One, r = units.Gate(R), u = units.Gate(U), n = units.Gate(N), dh = units.HGradient;

            // ∇n = ∇h′ (1 − u), ∇u = ∇h′ (h − n); ∇r = ∇z_n q, ∇q = ∇z_n r; past U, ∇h = ∇h′ u
            TVector dn = dh * (one - u) * ((one - n) * (one + n));
            TVector du = dh * (units.H - n) * (u * (one - u));
            TVector dr = dn * units.Kept(Q) * (r * (one - r));
            units.SetZGradient(R, dr);
            units.SetZGradient(U, du);
            units.SetZGradient(N, dn);
            units.SetProductGradient(R, dr);
            units.SetProductGradient(U, du);
            units.SetProductGradient(N, dn * r);
            units.HGradient = dh * u;
        }
    }
}
