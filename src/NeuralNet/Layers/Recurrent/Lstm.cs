using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// Long short-term memory: gates i, f and o multiply what a cell c takes up, keeps and shows.
/// </summary>
/// <remarks>
/// <para>forward: [i, f, g, o] = [σ, σ, tanh, σ](W xₜ + b + U hₜ₋₁); cₜ = f ⊙ cₜ₋₁ + i ⊙ g; hₜ = o ⊙ tanh cₜ; yₜ = hₜ.</para>
/// <para>backward, from the last step to the first: ∇hₜ = ∇yₜ + ∇zₜ₊₁ Uᵀ; ∇cₜ = ∇cₜ₊₁ ⊙ fₜ₊₁ + ∇hₜ ⊙ o ⊙ (1 − tanh² cₜ);
/// ∇z of i: ∇c ⊙ g ⊙ i (1 − i); of f: ∇c ⊙ cₜ₋₁ ⊙ f (1 − f); of g: ∇c ⊙ i ⊙ (1 − g²); of o: ∇h ⊙ tanh c ⊙ o (1 − o). Then
/// ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇z, summed over rows and steps; ∇x = ∇z Wᵀ.</para>
/// <para>Parameters: "weight_ih" W [inputs, 4 hidden], "weight_hh" U [hidden, 4 hidden], "bias" b [4 hidden], each in the order
/// i, f, g, o. State of a row: h, then c, [2 hidden].</para>
/// <para>S. Hochreiter, J. Schmidhuber: "Long short-term memory", 1997; the forget gate is that of F. Gers, J. Schmidhuber,
/// F. Cummins: "Learning to forget", 2000, its first bias that of R. Jozefowicz, W. Zaremba, I. Sutskever: "An empirical
/// exploration of recurrent network architectures", 2015.</para>
/// </remarks>
public sealed class Lstm : RecurrentLayer, ILayerKind
{
    /// <summary>Makes a layer.</summary>
    /// <param name="input">The shape of an input row, a sequence.</param>
    /// <param name="hidden">The width of h and of c, at least 1.</param>
    /// <param name="lastStep">Whether to give the last real step's h alone, [hidden], instead of that of every step.</param>
    /// <param name="forgetBias">What the forget gate's biases start from, finite; the others start at 0.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given (which takes seconds for 1000 units and more).</param>
    /// <exception cref="ArgumentException">The input is no sequence.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive or too large, or the bias is not finite.</exception>
    public Lstm(Shape input, int hidden, bool lastStep = false, float forgetBias = 1, Initializer? initializer = null, Initializer? recurrentInitializer = null)
        : base(input, hidden, lastStep, CellNumbers.Of<LstmCell>(), initializer, recurrentInitializer, new GateBias(4, 1, Guard.Finite(forgetBias, nameof(forgetBias), "The forget gate's bias")))
    {
    }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("hidden", Hidden).Set("lastStep", IsLastStepOnly);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new Lstm(input, settings.GetInt32("hidden"), settings.GetBoolean("lastStep"));

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => Forward(default(LstmCell), pass);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => Backward(default(LstmCell), pass);

    // One gate's biases at a value, the others' at 0.
    private sealed class GateBias(int gates, int gate, float value) : Initializer
    {
        public override void Fill(Span<float> values, Block block, RandomStream stream)
        {
            int hidden = values.Length / gates;
            values.Clear();
            values.Slice(gate * hidden, hidden).Fill(value);
        }
    }
}
