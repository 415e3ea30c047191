using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What <see cref="GroupNorm"/> and <see cref="InstanceNorm"/> share: the channels of each row are normalized in groups, by the mean and
/// variance of a group over all real steps or pixels of the row.</summary>
internal readonly struct GroupNormalization
{
    private readonly Shape shape;
    private readonly ColumnLines lines;
    private readonly float epsilon;
    private readonly int group;

    public GroupNormalization(Shape input, int groups, float epsilon)
    {
        shape = input;
        group = input.FeatureCount / groups;
        lines = new ColumnLines(input.FeatureCount);
        this.epsilon = Guard.Moderate(epsilon, nameof(epsilon), "ε");
        Cache = new BufferSize(0, Guard.Size((long)ChannelFigures.Kept * groups, nameof(groups), "Each row would keep"));
    }

    /// <summary>Three numbers for each group of a row.</summary>
    public BufferSize Cache { get; }

    /// <summary>Refuses what gives every group a single value: it would make 0 of whatever it gets.</summary>
    public static Shape Check(Shape input, int groups, string remedy)
    {
        Guard.NotEmpty(input, nameof(input));
        return input.Size / groups > 1 ? input : throw new ArgumentException(
            $"A variance takes at least 2 values, but got {input}, of which each of {groups} groups has a single one; {remedy}.", nameof(input));
    }

    public void Forward(in ForwardPass pass, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias) => GroupNormKernels.Forward(new GroupNormPass
    {
        Rows = pass.Rows,
        VectorsPerRow = shape.VectorsAt(pass.Steps),
        Lengths = pass.Lengths,
        Lines = lines,
        Group = group,
        Epsilon = epsilon,
        Input = pass.Input,
        Gain = gain,
        Bias = bias,
        Output = pass.Output,
        Keeps = pass.BackwardFollows ? pass.Cache[..Cache.At(pass.Rows)] : default,
        Workers = pass.Workers,
    });

    public void Backward(in BackwardPass pass, ReadOnlySpan<float> gain, Span<float> gainGradient, Span<float> biasGradient) =>
        GroupNormKernels.Backward(new GroupNormPass
        {
            Rows = pass.Rows,
            VectorsPerRow = shape.VectorsAt(pass.Steps),
            Lengths = pass.Lengths,
            Lines = lines,
            Group = group,
            Epsilon = epsilon,
            Input = pass.Input,
            Gain = gain,
            Kept = pass.Cache[..Cache.At(pass.Rows)],
            OutputGradient = pass.OutputGradient,
            InputGradient = pass.InputGradient,
            GainGradient = gainGradient,
            BiasGradient = biasGradient,
            Workers = pass.Workers,
        });
}
