using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The simple recurrent layer: a fully connected one whose input is x beside its own output at the step before.</summary>
/// <remarks><para>forward: zₜ = W xₜ + b + U hₜ₋₁; hₜ = f(zₜ); yₜ = hₜ.</para>
/// <para>backward, from the last step to the first: ∇hₜ = ∇yₜ + ∇zₜ₊₁ Uᵀ; ∇zₜ = f′(zₜ) ∇hₜ. Then ∇W = x ∇z, ∇b = ∇z,
/// ∇U = hₜ₋₁ ∇z, summed over rows and steps; ∇x = ∇z Wᵀ.</para>
/// <para>Parameters: "weight_ih" W [inputs, hidden], "weight_hh" U [hidden, hidden], "bias" b [hidden]. State of a row: h,
/// [hidden]. J. Elman: "Finding structure in time", 1990. Gradients fade or explode over many steps, as U is multiplied again
/// and again: see <see cref="Lstm"/> and <see cref="Gru"/>, and <see cref="GradientClipping"/>.</para></remarks>
public sealed class Rnn : RecurrentLayer, ILayerKind
{
    private readonly ScalarActivation activation;

    /// <summary>Makes a layer.</summary>
    /// <param name="input">The shape of an input row, a sequence.</param>
    /// <param name="hidden">The width of h, at least 1.</param>
    /// <param name="activation">f, a scalar activation; the hyperbolic tangent unless given.</param>
    /// <param name="lastStep">Whether to give the last real step's h alone, [hidden], instead of that of every step.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given (which takes seconds for 1000 units and more).</param>
    /// <exception cref="ArgumentException">The input is no sequence, or f is a vector activation or random.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive or too large.</exception>
    public Rnn(
        Shape input,
        int hidden,
        Activation? activation = null,
        bool lastStep = false,
        Initializer? initializer = null,
        Initializer? recurrentInitializer = null)
        : base(input, new RecurrentSizes(hidden, lastStep, Gates: 1, Kept: 1), initializer, recurrentInitializer, biasInitializer: null)
    {
        this.activation = Scalar(activation, Activation.Tanh, nameof(activation));
    }

    /// <summary>f.</summary>
    public Activation Activation => activation;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("hidden", Hidden).Set("activation", activation).Set("lastStep", IsLastStepOnly);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new Rnn(input, settings.GetInt32("hidden"), settings.GetActivation("activation"), settings.GetBoolean("lastStep"));

    internal override string Detail => activation.ToString();

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => Forward(new Cell(activation), pass);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => Backward(new Cell(activation), pass);

    /// <inheritdoc/>
    public override string ToString() => $"{base.ToString()}, {Detail}";

    // h′ = f(z + p) with z = W x + b and p = U h; ∇z = f′(z + p) ∇h′. It takes all units at once, because f may have no formula
    // for vectors. z + p takes the place of z, and h′ is kept.
    private readonly struct Cell(ScalarActivation f) : IRecurrentCell
    {
        public void Forward<TVector>(in CellRow row, bool isLast) where TVector : struct, ISimdVector<TVector>
        {
            TensorPrimitives.Add(row.ZOf(0), row.ProductOf(0), row.ZOf(0));
            Activate(f, row.ZOf(0), row.HSpan);
            if (row.Keeps)
                row.HSpan.CopyTo(row.KeptOf(0));
        }

        public void Backward<TVector>(in CellRow row, bool isFirst) where TVector : struct, ISimdVector<TVector> =>
            ActivateBackward(f, row.ZOf(0), row.KeptOf(0), row.DhSpan, row.DzOf(0));
    }
}
