using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The largest of each group of neighbours, a vector activation: yⱼ = max zᵢ over i in group j, the arguments g·j … g·j + g − 1;
/// ∂yⱼ/∂zᵢ = 1 for the winner i of group j, otherwise 0.</summary>
/// <remarks><para>After a dense layer it is maxout (I. Goodfellow et al.: "Maxout networks", 2013): z is g times as wide as y. See
/// <see cref="NetworkBuilder.Maxout"/>.</para>
/// <para>Where several tie the first of the group wins: it gets all of the gradient, which is a subgradient (any weighted mean of
/// the tied ones would be). One NaN makes its group's y NaN, and the first NaN wins.</para></remarks>
public sealed class Max : VectorActivation, IActivationKind
{
    /// <summary>Makes a maximum over groups.</summary>
    /// <param name="groupSize">How many neighbours a group has, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public Max(int groupSize = 2)
    {
        Guard.Count(groupSize, nameof(groupSize));
        GroupSize = groupSize;
    }

    /// <summary>How many neighbours a group has.</summary>
    public int GroupSize { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("groupSize", GroupSize);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new Max(settings.GetInt32("groupSize"));

    /// <inheritdoc/>
    public override BackwardReads BackwardReads => BackwardReads.Input;

    /// <inheritdoc/>
    public override int InputWidth(int outputs) => Times(outputs, GroupSize);

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass) => MaxKernel.Forward(GroupSize, pass);

    /// <inheritdoc/>
    public override void Backward(in ActivationBackwardPass pass) => MaxKernel.Backward(GroupSize, pass);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}({GroupSize})";
}
