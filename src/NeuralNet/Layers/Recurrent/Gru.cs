using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The gated recurrent unit: a gate u mixes the state with a candidate n, and a gate r decides what of the state the candidate
/// sees.</summary>
/// <remarks><para>forward: [z_r, z_u, z_n] = W xₜ + b; [p_r, p_u, p_n] = U hₜ₋₁; r = σ(z_r + p_r); u = σ(z_u + p_u); q = p_n + b_hn;
/// n = tanh(z_n + r ⊙ q); hₜ = (1 − u) ⊙ n + u ⊙ hₜ₋₁; yₜ = hₜ.</para>
/// <para>backward, from the last step to the first: ∇hₜ = ∇yₜ + ∇hₜ₊₁ ⊙ uₜ₊₁ + ∇pₜ₊₁ Uᵀ; ∇z_n = ∇h ⊙ (1 − u) ⊙ (1 − n²);
/// ∇z_u = ∇h ⊙ (hₜ₋₁ − n) ⊙ u (1 − u); ∇z_r = ∇z_n ⊙ q ⊙ r (1 − r); ∇p_r = ∇z_r, ∇p_u = ∇z_u, ∇p_n = ∇q = ∇z_n ⊙ r. Then
/// ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇p, ∇b_hn = ∇q, summed over rows and steps; ∇x = ∇z Wᵀ.</para>
/// <para>It is PyTorch's form, and Keras's with reset_after=True: r multiplies the recurrent product, with a bias of its own in it. In the original
/// form it multiplies h before (<see cref="ResetsBefore"/>): n = tanh(z_n + U_n (r ⊙ hₜ₋₁)), which makes two products a step, the second after the
/// first. Its backward: ∇(r ⊙ h) = ∇z_n U_nᵀ; ∇z_r = ∇(r ⊙ h) ⊙ hₜ₋₁ ⊙ r (1 − r); to ∇hₜ₋₁ goes ∇(r ⊙ h) ⊙ r past U's other columns; ∇p = ∇z;
/// ∇U_n = (r ⊙ hₜ₋₁) ∇z_n.</para>
/// <para>With other activations, a for the gates and k for the candidate: r, u = a(…), n = k(…); backward a′ of r's and u's sum takes the place of
/// r (1 − r) and u (1 − u), k′ of n's sum that of 1 − n². The hard sigmoid of Keras 1 and 2 is <c>new HardSigmoid(0.2f)</c>, that of Keras 3
/// <see cref="NeuralNet.Activation.HardSigmoid"/>.</para>
/// <para>Parameters: "weight_ih" W [inputs, 3 hidden], "weight_hh" U [hidden, 3 hidden], "bias" b [3 hidden],
/// each in the order r, u, n (PyTorch's r, z, n), and, unless r multiplies h before, "bias_hn" [hidden]. State of a row: h, [hidden].</para>
/// <para>K. Cho et al.: "Learning phrase representations using RNN encoder-decoder for statistical machine translation", 2014.</para></remarks>
public sealed class Gru : RecurrentLayer<Gru.Formula>, ILayerKind
{
    private readonly GateActivations activations;

    /// <summary>Makes a layer.</summary>
    /// <param name="input">The shape of an input row, a sequence.</param>
    /// <param name="hidden">The width of h, at least 1.</param>
    /// <param name="lastStep">Whether to give the last real step's h alone, [hidden], instead of that of every step.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given (which takes seconds for 1000 units and more).</param>
    /// <param name="resetsBefore">Whether r multiplies h before the recurrent product, as in the original form (Keras: reset_after=False; ONNX:
    /// linear_before_reset = 0), instead of the product.</param>
    /// <param name="gates">What makes r and u of their sums, a scalar activation; the sigmoid unless given.</param>
    /// <param name="activation">What makes n of its sum, a scalar activation; the hyperbolic tangent unless given.</param>
    /// <exception cref="ArgumentException">The input is no sequence, or an activation is a vector activation or random.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive or too large.</exception>
    public Gru(
        Shape input,
        int hidden,
        bool lastStep = false,
        Initializer? initializer = null,
        Initializer? recurrentInitializer = null,
        bool resetsBefore = false,
        Activation? gates = null,
        Activation? activation = null)
        : this(resetsBefore, GateActivations.Of(gates, activation), input, hidden, lastStep, initializer, recurrentInitializer)
    {
    }

    private Gru(
        bool resetsBefore, GateActivations activations, Shape input, int hidden, bool lastStep, Initializer? initializer,
        Initializer? recurrentInitializer)
        : base(
            !resetsBefore && activations.AreUsual ? null : Cell.Sizes(hidden, lastStep, resetsBefore), input, hidden, lastStep, initializer,
            recurrentInitializer) => this.activations = activations;

    /// <summary>Whether r multiplies h before the recurrent product, instead of the product.</summary>
    public bool ResetsBefore => Sizes.ResetsBefore;

    /// <summary>What makes r and u of their sums.</summary>
    public Activation GateActivation => activations.Gates;

    /// <summary>What makes n of its sum.</summary>
    public Activation Activation => activations.Candidate;

    /// <inheritdoc/>
    public override KindSettings Settings => activations.AddTo(ResetsBefore ? base.Settings.Set("resetsBefore", true) : base.Settings);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new Gru(
            input, settings.GetInt32("hidden"), settings.GetBoolean("lastStep"),
            resetsBefore: settings.Contains("resetsBefore") && settings.GetBoolean("resetsBefore"),
            gates: GateActivations.GatesIn(settings), activation: GateActivations.CandidateIn(settings));

    internal override string? Detail => activations.Detail(ResetsBefore);

    /// <inheritdoc/>
    public override string ToString() => Detail is { } detail ? $"{base.ToString()}, {detail}" : base.ToString();

    private bool IsUsual => activations.AreUsual && !ResetsBefore;

    private protected override void RunForward(in ForwardPass pass)
    {
        if (IsUsual)
            base.RunForward(pass);
        else
            Forward(new Cell(activations, ResetsBefore), pass);
    }

    private protected override void RunBackward(in BackwardPass pass)
    {
        if (IsUsual)
            base.RunBackward(pass);
        else
            Backward(new Cell(activations, ResetsBefore), pass);
    }

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

    // The same with other activations, which may have no formula for vectors, or r before the product: all units of a gate at once. The sums take
    // the place of z; kept are r, u, n, and, unless r comes before, q.
    private readonly struct Cell(GateActivations activations, bool resetsBefore) : IRecurrentCell
    {
        private const int R = 0, U = 1, N = 2, Q = 3;

        public static RecurrentSizes Sizes(int hidden, bool lastStep, bool resetsBefore) =>
            new(hidden, lastStep, Formula.Gates, resetsBefore ? 3 : 4, UsesH: true, SeparatesProduct: !resetsBefore, ResetsBefore: resetsBefore);

        public void Forward<TVector>(in CellRow row, bool isLast) where TVector : struct, ISimdVector<TVector>
        {
            Span<float> gates = row.ProductOf(R, 2), sums = row.ZOf(R, 2), sum = row.ZOf(N), p = row.ProductOf(N), h = row.HSpan;
            if (!isLast || !resetsBefore)
            {
                TensorPrimitives.Add(sums, gates, sums);
                Activate(activations.Gates, sums, gates);
                if (row.Keeps)
                    gates.CopyTo(row.KeptOf(R, 2));
            }

            if (!isLast)
            {
                TensorPrimitives.Multiply(row.ProductOf(R), h, row.ResetSpan);
                return;
            }

            if (!resetsBefore)
            {
                // q = p + b_hn, and r q in its place
                TensorPrimitives.Add(p, row.ProductBiasSpan, p);
                if (row.Keeps)
                    p.CopyTo(row.KeptOf(Q));
                TensorPrimitives.Multiply(row.ProductOf(R), p, p);
            }

            // n = k(z + r q), or k(z + p); h′ = n + u (h − n)
            TensorPrimitives.Add(sum, p, sum);
            Span<float> n = p;
            Activate(activations.Candidate, sum, n);
            if (row.Keeps)
                n.CopyTo(row.KeptOf(N));
            TensorPrimitives.Subtract(h, n, h);
            TensorPrimitives.FusedMultiplyAdd(row.ProductOf(U), h, n, h);
        }

        public void Backward<TVector>(in CellRow row, bool isFirst) where TVector : struct, ISimdVector<TVector>
        {
            Span<float> r = row.KeptOf(R), u = row.KeptOf(U), n = row.KeptOf(N), dh = row.DhSpan, dn = row.DzOf(N), dr = row.DzOf(R);
            if (!isFirst)
            {
                // With the gradient of r h: ∇h += it · r, ∇r = it · h
                Span<float> reset = row.ResetSpan;
                TensorPrimitives.FusedMultiplyAdd(reset, r, dh, dh);
                TensorPrimitives.Multiply(reset, row.HSpan, reset);
                ActivateBackward(activations.Gates, row.ZOf(R), r, reset, dr);
                return;
            }

            // ∇n = ∇h′ (1 − u), ∇u = ∇h′ (h − n); past U, ∇h = ∇h′ u
            TensorPrimitives.Subtract(1f, u, dr);
            TensorPrimitives.Multiply(dh, dr, dr);
            ActivateBackward(activations.Candidate, row.ZOf(N), n, dr, dn);
            TensorPrimitives.Subtract(row.HSpan, n, dr);
            TensorPrimitives.Multiply(dh, dr, dr);
            ActivateBackward(activations.Gates, row.ZOf(U), u, dr, row.DzOf(U));
            TensorPrimitives.Multiply(dh, u, dh);
            if (resetsBefore)
                return;

            // ∇r = ∇z_n q, ∇q = ∇z_n r; the other ∇p are the ∇z
            Span<float> dq = row.DproductOf(N);
            TensorPrimitives.Multiply(dn, row.KeptOf(Q), dq);
            ActivateBackward(activations.Gates, row.ZOf(R), r, dq, dr);
            TensorPrimitives.Multiply(dn, r, dq);
            row.DzOf(R, 2).CopyTo(row.DproductOf(R, 2));
        }
    }
}
