using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What <see cref="Dropout"/> and <see cref="ChannelDropout"/> have in common: a mask that is drawn while training.</summary>
/// <remarks><para>forward: y = m ⊙ x; y = x in inference.</para>
/// <para>backward: ∇x = m ⊙ ∇y, with the mask of forward: it is drawn again, and nothing is kept.</para></remarks>
public abstract class DropoutLayer : Layer
{
    private protected DropoutLayer(Shape input, float rate)
        : base(input, input)
    {
        Rate = Guard.Fraction(rate, nameof(rate), "The rate");
        IsRandom = rate > 0;
        IsStreamable = true;
        BackwardReads = BackwardReads.None;
    }

    /// <summary>p.</summary>
    public float Rate { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("rate", Rate);

    internal override string Detail => Rate.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        if (IsRandom && pass.Stream is { } stream)
            Drop(stream, pass.FirstRow, pass.Input, pass.Output, pass.Rows, pass.Steps, pass.Lengths, pass.Workers);
        else
            pass.Copy(Input);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.InputGradient.IsEmpty)
            return;
        if (IsRandom && pass.Stream is { } stream)
            Drop(stream, pass.FirstRow, pass.OutputGradient, pass.InputGradient, pass.Rows, pass.Steps, pass.Lengths, pass.Workers);
        else
            pass.Copy(Input);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {Detail}";

    // m ⊙ x, and m ⊙ ∇y
    private protected abstract void Drop(
        RandomStream stream, int firstRow, ReadOnlySpan<float> from, Span<float> to, int rows, int steps, ReadOnlySpan<int> lengths, Workers workers);
}
