using System.Globalization;

namespace NeuralNet;

/// <summary>Group normalization: y = g ⊙ (x − μ) / √(σ² + ε) + b, with mean and variance of each group of channels over all pixels, or real
/// steps, of the row.</summary>
/// <remarks><para>forward: for each row and each group G of neighbouring channels μ = mean x, σ² = mean (x − μ)² over all places of the row and the
/// channels of G; x̂ = (x − μ) / √(σ² + ε), y = g ⊙ x̂ + b, with g and b of the channel.</para>
/// <para>backward: ∇x̂ = g ⊙ ∇y; ∇x = (∇x̂ − mean ∇x̂ − x̂ mean(∇x̂ ⊙ x̂)) / √(σ² + ε), means over the same values; ∇g += Σ ∇y ⊙ x̂, ∇b += Σ ∇y
/// over the places, row by row.</para>
/// <para>Parameters: "weight" [channels], g, which starts at 1, and "bias" [channels], b, at 0. No row knows of another, so training and inference
/// are the same, whatever the size of a batch. Steps behind a row's length are not read. The values may lie far from 0 beside their spread. It needs
/// the whole row, so a row cannot come in pieces. Of a group with one value, such as a sequence of one real step with one channel in a group, y = b
/// and ∇x = 0. With one group it is the layer normalization of a whole image; <see cref="LayerNorm"/> is that of each pixel. Y. Wu, K. He: "Group
/// normalization", 2018.</para>
/// <para>A value further from the mean than 3.4e38, so that the difference is no float, makes NaN or 0 of the values beside it.</para></remarks>
public sealed class GroupNorm : Layer, ILayerKind
{
    private const int Weight = 0, Bias = 1;

    private readonly GroupNormalization normalization;

    /// <summary>Makes a group normalization.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="groups">Into how many groups the channels are divided, which their number must be a multiple of.</param>
    /// <param name="epsilon">ε, from 10⁻³⁰ to 10³⁰.</param>
    /// <exception cref="ArgumentException">The shape is empty, its channels cannot be divided into so many groups, or a group would have one value.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of groups is not positive, or ε is outside of that range, or NaN.</exception>
    public GroupNorm(Shape input, int groups, float epsilon = 1e-5f)
        : base(Check(input, groups), input)
    {
        normalization = new GroupNormalization(input, groups, epsilon);
        Groups = groups;
        Epsilon = epsilon;
        int channels = input.FeatureCount;
        Blocks = [new("weight", BlockRole.Scale, [channels], Initializer.Ones), new("bias", BlockRole.Bias, [channels], Initializer.Zeros)];
        Cache = normalization.Cache;
        BackwardReads = BackwardReads.Input;
        IsStreamable = input.Kind != ShapeKind.Sequence;
    }

    /// <summary>Into how many groups the channels are divided.</summary>
    public int Groups { get; }

    /// <summary>ε.</summary>
    public float Epsilon { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("groups", Groups).Set("epsilon", Epsilon);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new GroupNorm(input, settings.GetInt32("groups"), settings.GetSingle("epsilon"));

    internal override string Detail => $"{Groups} {(Groups == 1 ? "group" : "groups")}";

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => normalization.Forward(pass, pass.Parameter(Weight), pass.Parameter(Bias));

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) =>
        normalization.Backward(pass, pass.Parameter(Weight), pass.ParameterGradient(Weight), pass.ParameterGradient(Bias));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Input}, {Detail}, ε = {Epsilon}");

    private static Shape Check(Shape input, int groups)
    {
        Guard.Count(groups, nameof(groups));
        Guard.NotEmpty(input, nameof(input));
        if (input.FeatureCount % groups != 0)
        {
            throw new ArgumentException(
                $"{input.FeatureCount} channels cannot be divided into {groups} groups of as many each; a multiple of {groups} was expected.",
                nameof(groups));
        }

        return GroupNormalization.Check(input, groups, "use fewer groups");
    }
}
