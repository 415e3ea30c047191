using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Long short-term memory: gates i, f and o multiply what a cell c takes up, keeps and shows.</summary>
/// <remarks><para>forward: [i, f, g, o] = [σ, σ, tanh, σ](W xₜ + b + U hₜ₋₁); cₜ = f ⊙ cₜ₋₁ + i ⊙ g; hₜ = o ⊙ tanh cₜ; yₜ = hₜ.</para>
/// <para>backward, from the last step to the first: ∇hₜ = ∇yₜ + ∇zₜ₊₁ Uᵀ; ∇cₜ = ∇cₜ₊₁ ⊙ fₜ₊₁ + ∇hₜ ⊙ o ⊙ (1 − tanh² cₜ);
/// ∇z of i: ∇c ⊙ g ⊙ i (1 − i); of f: ∇c ⊙ cₜ₋₁ ⊙ f (1 − f); of g: ∇c ⊙ i ⊙ (1 − g²); of o: ∇h ⊙ tanh c ⊙ o (1 − o). Then
/// ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇z, summed over rows and steps; ∇x = ∇z Wᵀ.</para>
/// <para>Parameters: "weight_ih" W [inputs, 4 hidden], "weight_hh" U [hidden, 4 hidden], "bias" b [4 hidden], each in the order
/// i, f, g, o. State of a row: h, then c, [2 hidden].</para>
/// <para>With other activations, a for the gates and k for the candidate and what is shown: [i, f, g, o] = [a, a, k, a](…), hₜ = o ⊙ k(cₜ); backward
/// a′ of i's, f's and o's sum takes the place of i (1 − i), f (1 − f) and o (1 − o), k′ that of 1 − g² and of 1 − tanh² cₜ. The hard sigmoid
/// of Keras 1 and 2 is <c>new HardSigmoid(0.2f)</c>, that of Keras 3 <see cref="NeuralNet.Activation.HardSigmoid"/>.</para>
/// <para>S. Hochreiter, J. Schmidhuber: "Long short-term memory", 1997; the forget gate is that of F. Gers, J. Schmidhuber,
/// F. Cummins: "Learning to forget", 2000, its first bias that of R. Jozefowicz, W. Zaremba, I. Sutskever: "An empirical
/// exploration of recurrent network architectures", 2015.</para></remarks>
public sealed class Lstm : RecurrentLayer<Lstm.Formula>, ILayerKind
{
    private readonly GateActivations activations;

    /// <summary>Makes a layer.</summary>
    /// <param name="input">The shape of an input row, a sequence.</param>
    /// <param name="hidden">The width of h and of c, at least 1.</param>
    /// <param name="lastStep">Whether to give the last real step's h alone, [hidden], instead of that of every step.</param>
    /// <param name="forgetBias">What the forget gate's biases start from, finite; the others start at 0.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given (which takes seconds for 1000 units and more).</param>
    /// <param name="gates">What makes i, f and o of their sums, a scalar activation; the sigmoid unless given.</param>
    /// <param name="activation">What makes g of its sum, and what h shows of c, a scalar activation; the hyperbolic tangent unless given.</param>
    /// <exception cref="ArgumentException">The input is no sequence, or an activation is a vector activation or random.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive or too large, or the bias is not finite.</exception>
    public Lstm(
        Shape input,
        int hidden,
        bool lastStep = false,
        float forgetBias = 1,
        Initializer? initializer = null,
        Initializer? recurrentInitializer = null,
        Activation? gates = null,
        Activation? activation = null)
        : this(
            GateActivations.Of(gates, activation), input, hidden, lastStep, initializer, recurrentInitializer,
            new GateBias(Formula.F, Guard.Finite(forgetBias, nameof(forgetBias), "The forget gate's bias")))
    {
    }

    private Lstm(
        GateActivations activations, Shape input, int hidden, bool lastStep, Initializer? initializer, Initializer? recurrentInitializer,
        Initializer bias)
        : base(
            activations.AreUsual ? null : new(hidden, lastStep, Formula.Gates, Cell.Kept, HasCell: true), input, hidden, lastStep,
            initializer, recurrentInitializer, bias) => this.activations = activations;

    /// <summary>What makes i, f and o of their sums.</summary>
    public Activation GateActivation => activations.Gates;

    /// <summary>What makes g of its sum, and what h shows of c.</summary>
    public Activation Activation => activations.Candidate;

    /// <inheritdoc/>
    public override KindSettings Settings => activations.AddTo(base.Settings);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new Lstm(
            input, settings.GetInt32("hidden"), settings.GetBoolean("lastStep"), gates: GateActivations.GatesIn(settings),
            activation: GateActivations.CandidateIn(settings));

    internal override string? Detail => activations.Detail();

    /// <inheritdoc/>
    public override string ToString() => Detail is { } detail ? $"{base.ToString()}, {detail}" : base.ToString();

    private protected override void RunForward(in ForwardPass pass)
    {
        if (activations.AreUsual)
            base.RunForward(pass);
        else
            Forward(new Cell(activations), pass);
    }

    private protected override void RunBackward(in BackwardPass pass)
    {
        if (activations.AreUsual)
            base.RunBackward(pass);
        else
            Backward(new Cell(activations), pass);
    }

    /// <summary>[i, f, g, o] = [σ, σ, tanh, σ](z + p) with z = W x + b and p = U h; c′ = f c + i g; h′ = o tanh c′.</summary>
    public readonly struct Formula : ICellFormula
    {
        internal const int I = 0, F = 1, G = 2, O = 3;
        private const int CBefore = 0, TanhC = 1;

        /// <inheritdoc/>
        public static int Gates => 4;

        /// <summary>c before the step, and tanh c after it.</summary>
        public static int Kept => 2;

        /// <inheritdoc/>
        public static bool HasCell => true;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gate<TVector, TUnits>(int gate, TUnits units) where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
            TVector z = units.Z(gate) + units.Product(gate);
            return gate == G ? TVector.Tanh(z) : TVector.Sigmoid(z);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Forward<TVector, TUnits>(TUnits units) where TVector : struct, IVector<TVector> where TUnits : struct, ICellForward<TVector>
        {
            TVector before = units.C;
            TVector c = TVector.FusedMultiplyAdd(units.Gate(F), before, units.Gate(I) * units.Gate(G));
            TVector tanh = TVector.Tanh(c);
            units.C = c;
            units.H = units.Gate(O) * tanh;
            units.Keep(CBefore, before);
            units.Keep(TanhC, tanh);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Backward<TVector, TUnits>(TUnits units) where TVector : struct, IVector<TVector> where TUnits : struct, ICellBackward<TVector>
        {
            TVector one = TVector.One, i = units.Gate(I), f = units.Gate(F), g = units.Gate(G), o = units.Gate(O), tanh = units.Kept(TanhC);

            // ∇c′ += ∇h′ o (1 − tanh² c′); then ∇i = ∇c′ g, ∇f = ∇c′ c, ∇g = ∇c′ i, ∇o = ∇h′ tanh c′, and ∇c = ∇c′ f
            TVector dh = units.HGradient, dc = units.CGradient + (dh * o * ((one - tanh) * (one + tanh)));
            units.SetZGradient(I, dc * g * (i * (one - i)));
            units.SetZGradient(F, dc * units.Kept(CBefore) * (f * (one - f)));
            units.SetZGradient(G, dc * i * ((one - g) * (one + g)));
            units.SetZGradient(O, dh * tanh * (o * (one - o)));
            units.CGradient = dc * f;
        }
    }

    // The same with other activations, which may have no formula for vectors: all units of a gate at once. The sums z + p take the place of z; kept
    // are i, f, g, o, c before and after the step, and k(c).
    private readonly struct Cell(GateActivations activations) : IRecurrentCell
    {
        public const int Kept = 7;
        private const int I = Formula.I, F = Formula.F, G = Formula.G, O = Formula.O, CBefore = 4, CAfter = 5, Shown = 6;

        public void Forward<TVector>(in CellRow row, bool isLast) where TVector : struct, ISimdVector<TVector>
        {
            Span<float> sums = row.ZOf(0, Formula.Gates), gates = row.ProductOf(0, Formula.Gates), c = row.CSpan;
            TensorPrimitives.Add(sums, gates, sums);
            Activate(activations.Gates, row.ZOf(I, 2), row.ProductOf(I, 2));
            Activate(activations.Candidate, row.ZOf(G), row.ProductOf(G));
            Activate(activations.Gates, row.ZOf(O), row.ProductOf(O));
            if (row.Keeps)
            {
                gates.CopyTo(row.KeptOf(I, Formula.Gates));
                c.CopyTo(row.KeptOf(CBefore));
            }

            // c′ = f c + i g; h′ = o k(c′)
            Span<float> taken = row.ProductOf(I), shown = row.ProductOf(G);
            TensorPrimitives.Multiply(taken, row.ProductOf(G), taken);
            TensorPrimitives.FusedMultiplyAdd(row.ProductOf(F), c, taken, c);
            Activate(activations.Candidate, c, shown);
            TensorPrimitives.Multiply(row.ProductOf(O), shown, row.HSpan);
            if (row.Keeps)
            {
                c.CopyTo(row.KeptOf(CAfter));
                shown.CopyTo(row.KeptOf(Shown));
            }
        }

        public void Backward<TVector>(in CellRow row, bool isFirst) where TVector : struct, ISimdVector<TVector>
        {
            // ∇c′ += ∇h′ o k′(c′)
            Span<float> dh = row.DhSpan, dc = row.DcSpan, dk = row.DzOf(I), dAfter = row.DzOf(F);
            TensorPrimitives.Multiply(dh, row.KeptOf(O), dk);
            ActivateBackward(activations.Candidate, row.KeptOf(CAfter), row.KeptOf(Shown), dk, dAfter);
            TensorPrimitives.Add(dc, dAfter, dc);

            // ∇o = ∇h′ k(c′), ∇i = ∇c′ g, ∇f = ∇c′ c, ∇g = ∇c′ i, and ∇c = ∇c′ f; ∇h′ is not needed any more, and its place is free
            TensorPrimitives.Multiply(dh, row.KeptOf(Shown), dh);
            Gate(row, activations.Gates, O, dh);
            TensorPrimitives.Multiply(dc, row.KeptOf(G), dh);
            Gate(row, activations.Gates, I, dh);
            TensorPrimitives.Multiply(dc, row.KeptOf(CBefore), dh);
            Gate(row, activations.Gates, F, dh);
            TensorPrimitives.Multiply(dc, row.KeptOf(I), dh);
            Gate(row, activations.Candidate, G, dh);
            TensorPrimitives.Multiply(dc, row.KeptOf(F), dc);
        }

        private static void Gate(in CellRow row, ScalarActivation f, int gate, ReadOnlySpan<float> gradient) =>
            ActivateBackward(f, row.ZOf(gate), row.KeptOf(gate), gradient, row.DzOf(gate));
    }

    // One gate's biases at a value, the others' at 0.
    private sealed class GateBias(int gate, float value) : Initializer
    {
        public override void Fill(Span<float> values, Block block, RandomStream stream)
        {
            int hidden = values.Length / Formula.Gates;
            values.Clear();
            values.Slice(gate * hidden, hidden).Fill(value);
        }
    }
}
