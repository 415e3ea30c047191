using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Dropout of whole channels: while training each channel of a row, over all pixels of an image or all steps of a sequence, is made 0 with
/// probability p, and the others are divided by 1 − p, so that the mean stays; in inference nothing is changed.</summary>
/// <remarks><para>forward: y = m ⊙ x at every place of the row, with one m for each channel: 0 with probability p, otherwise 1 / (1 − p); y = x in
/// inference.</para>
/// <para>backward: ∇x = m ⊙ ∇y, with the mask of forward: it is drawn again, and nothing is kept.</para>
/// <para>Neighbouring pixels and steps are alike, so that of single values that are dropped the network reads the neighbours; a channel that is
/// missing everywhere cannot be read elsewhere. A mask is keyed by the row of the whole batch and the channel, the same however a batch is divided.
/// A dropped value is 0 · x: a NaN stays NaN. PyTorch has it as Dropout1d and Dropout2d. J. Tompson, R. Goroshin, A. Jain, Y. LeCun, C. Bregler:
/// "Efficient object localization using convolutional networks", 2015.</para></remarks>
public sealed class ChannelDropout : DropoutLayer, ILayerKind
{
    /// <summary>Makes a dropout layer of whole channels.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features, each a channel.</param>
    /// <param name="rate">p, at least 0 and below 1; at 0 nothing is dropped, and no random numbers are needed.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside of that range, or NaN.</exception>
    public ChannelDropout(Shape input, float rate = 0.5f)
        : base(input, rate)
    {
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new ChannelDropout(input, settings.GetSingle("rate"));

    private protected override void Drop(
        RandomStream stream, int firstRow, ReadOnlySpan<float> from, Span<float> to, int rows, int steps, ReadOnlySpan<int> lengths,
        Workers workers) =>
        DropoutKernels.ApplyToChannels(
            stream, Rate, firstRow, from, to, rows, Input.VectorsAt(steps), Input.FeatureCount, lengths, workers);
}
