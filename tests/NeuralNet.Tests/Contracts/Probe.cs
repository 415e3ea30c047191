namespace NeuralNet.Tests.Contracts;

/// <summary>
/// A layer with everything that a layer may have, by hand: yᵢ = gᵢ mᵢ xᵢ + cᵢ + s, with a parameter g, a random mask m of
/// 0 and 2 while training, a statistic c that counts rows, and a state s of each row that counts calls; a call is a piece of one step.
/// </summary>
internal sealed class Probe : Layer
{
    private const int Gain = 0, Count = 1;

    public Probe(Shape shape)
        : base(shape, shape)
    {
        Blocks =
        [
            new Block("gain", BlockRole.Scale, [shape.FeatureCount], Initializer.Ones),
            new Block("count", BlockRole.Statistic, [shape.FeatureCount], Initializer.Zeros),
        ];
        StatePerRow = 1;
        IsStreamable = true;
        IsRandom = true;
        BackwardReads = BackwardReads.Input;
    }

    public override void Forward(in ForwardPass pass)
    {
        int width = Input.Size;
        for (int at = 0; at < pass.Input.Length; at++)
        {
            (int row, int i) = (at / width, at % width);
            float state = pass.State.IsEmpty ? 0 : pass.StateOf(row)[0];
            pass.Output[at] =
                (pass.Parameter(Gain)[i] * Mask(pass.Stream, pass.FirstRow + row, i) * pass.Input[at]) + pass.Statistic(Count)[i] + state;
        }

        for (int row = 0; row < pass.Rows && !pass.State.IsEmpty; row++)
            pass.StateOf(row)[0]++;
    }

    public override void Backward(in BackwardPass pass)
    {
        int width = Input.Size;
        for (int at = 0; at < pass.Input.Length; at++)
        {
            (int row, int i) = (at / width, at % width);
            float mask = Mask(pass.Stream, pass.FirstRow + row, i);
            if (!pass.ParameterGradient(Gain).IsEmpty)
                pass.ParameterGradient(Gain)[i] += mask * pass.Input[at] * pass.OutputGradient[at];
            if (!pass.InputGradient.IsEmpty)
                pass.InputGradient[at] = mask * pass.Parameter(Gain)[i] * pass.OutputGradient[at];
            if (!pass.StateGradient.IsEmpty)
                pass.StateGradientOf(row)[0] += pass.OutputGradient[at];
        }
    }

    public override void UpdateStatistics(in StatisticsPass pass)
    {
        foreach (ref float count in pass.Statistic(Count))
            count += pass.Rows;
    }

    private static float Mask(RandomStream? stream, int row, int element) =>
        stream is null ? 1 : stream.Value.Uniform(row, element) < 0.5f ? 0 : 2;
}

/// <summary>Makes a sequence of features: the same values, in so many steps.</summary>
internal sealed class Repeat : Layer
{
    public Repeat(int steps, int features)
        : base(steps * features, Shape.Sequence(steps, features)) => BackwardReads = BackwardReads.None;

    public override KindSettings Settings => new KindSettings().Set("output", Output);

    public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
            pass.OutputGradient.CopyTo(pass.InputGradient);
    }
}
