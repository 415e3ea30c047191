using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Dropout: while training each value is made 0 with probability p, and the others are divided by 1 − p, so that the mean
/// stays; in inference nothing is changed.</summary>
/// <remarks><para>forward: y = m ⊙ x, with mᵢ = 0 with probability p, otherwise 1 / (1 − p); y = x in inference.</para>
/// <para>backward: ∇x = m ⊙ ∇y, with the mask of forward: it is drawn again, and nothing is kept.</para>
/// <para>Every value of a row of any shape has a mask of its own, keyed by the row of the whole batch and the place in it: the same
/// however a batch is divided. A dropped value is 0 · x: a NaN stays NaN, and an infinity becomes one, as in PyTorch; of
/// negative values there remains −0. A place is counted from the beginning of what a call is given: pieces of a row, with carried state, draw
/// other masks than the whole, and alike ones unless each brings a stream of its own, as each step of a trainer does.</para>
/// <para>N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: "Dropout: a simple way to prevent neural networks from
/// overfitting", 2014; dividing while training ("inverted") leaves inference alone.</para></remarks>
public sealed class Dropout : DropoutLayer, ILayerKind
{
    /// <summary>Makes a dropout layer.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="rate">p, at least 0 and below 1; at 0 nothing is dropped, and no random numbers are needed.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside of that range, or NaN.</exception>
    public Dropout(Shape input, float rate = 0.5f)
        : base(input, rate)
    {
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Dropout(input, settings.GetSingle("rate"));

    private protected override void Drop(
        RandomStream stream, int firstRow, ReadOnlySpan<float> from, Span<float> to, int rows, int steps, ReadOnlySpan<int> lengths,
        Workers workers) =>
        DropoutKernels.Apply(stream, Rate, firstRow, from, to, rows, Input.SizeAt(steps), lengths, Input.FeatureCount, workers);
}
