namespace NeuralNet.Tests.Contracts;

/// <summary>
/// Layers as a user writes them, which give other numbers of steps than they take: a row has by itself what it has beside
/// longer ones.
/// </summary>
internal static class StepChanges
{
    public static IEnumerable<Layer> Layers()
    {
        Shape steps = Shape.Sequence(3, 2), two = Shape.Sequence(2, 2);
        return
        [
            new EverySecond(steps), new PairSums(steps), new ZeroFirst(steps), new Conv(steps, 3, 2, activation: Activation.Tanh),
            new Chain([new Dense(steps, 2, Activation.Tanh), new EverySecond(steps), new Dense(two, 3, Activation.Softmax)]),
            new Chain([new PairSums(steps), new Chain([new ZeroFirst(two), new Dense(steps, 2), new EverySecond(steps)]), new Gain(two),
            new Skip(two)]),
            new Chain([new Lstm(steps, 2), new PairSums(steps), new Gru(two, 3)]),
            new Chain([new EverySecond(steps), new Gru(two, 3, lastStep: true), new Dense(3, 2)]),
            new Chain([new PairSums(steps), new LastStep(two)]),
            new Branches([new EverySecond(steps), new Chain([new Dense(steps, 3, Activation.Tanh), new EverySecond(Shape.Sequence(3, 3))])],
            Merge.Concat),
            Branches.Residual(new Chain([new PairSums(steps), new Dense(two, 2, Activation.Tanh), new ZeroFirst(two)])),
            new Chain([new EverySecond(steps), Branches.Residual(new Dense(two, 2, Activation.Sigmoid)), new MeanOverSteps(two)]),
        ];
    }
}

/// <summary>Every second step: y_t = x_{2t}. Of n steps it makes (n + 1) / 2, or if it rounds down n / 2.</summary>
internal sealed class EverySecond(Shape input, bool roundsDown = false) : Layer(
    input, Shape.Sequence((input.Steps + (roundsDown ? 0 : 1)) / 2, input.FeatureCount))
{
    public override int OutputSteps(int steps) => (steps + (roundsDown ? 0 : 1)) / 2;

    public override void Forward(in ForwardPass pass)
    {
        pass.Output.Clear();
        for (int row = 0; row < pass.Rows; row++)
        {
            for (int t = 0; t < OutputSteps(pass.LengthOf(row)); t++)
                Step(pass.Input, row, 2 * t, pass.Steps).CopyTo(pass.Output[(((row * OutputSteps(pass.Steps)) + t) * Input.FeatureCount)..]);
        }
    }

    public override void Backward(in BackwardPass pass)
    {
        pass.InputGradient.Clear();
        for (int row = 0; row < pass.Rows && !pass.InputGradient.IsEmpty; row++)
        {
            for (int t = 0; t < OutputSteps(pass.LengthOf(row)); t++)
                Step(pass.OutputGradient, row, t, OutputSteps(pass.Steps))
                    .CopyTo(pass.InputGradient[(((row * pass.Steps) + (2 * t)) * Input.FeatureCount)..]);
        }
    }

    private ReadOnlySpan<float> Step(ReadOnlySpan<float> values, int row, int step, int steps) =>
        values.Slice(((row * steps) + step) * Input.FeatureCount, Input.FeatureCount);
}

/// <summary>Sums of two neighbouring steps: y_t = x_t + x_{t+1}. Of n steps it makes n − 1, and so nothing of 1.</summary>
internal sealed class PairSums(Shape input) : Layer(input, Shape.Sequence(input.Steps - 1, input.FeatureCount))
{
    public override int OutputSteps(int steps) => steps - 1;

    public override void Forward(in ForwardPass pass)
    {
        int width = Input.FeatureCount;
        pass.Output.Clear();
        for (int row = 0; row < pass.Rows; row++)
        {
            ReadOnlySpan<float> x = pass.Input.Slice(row * pass.Steps * width, pass.LengthOf(row) * width);
            for (int i = 0; i + width < x.Length; i++)
                pass.Output[(row * (pass.Steps - 1) * width) + i] = x[i] + x[i + width];
        }
    }

    public override void Backward(in BackwardPass pass)
    {
        int width = Input.FeatureCount;
        pass.InputGradient.Clear();
        for (int row = 0; row < pass.Rows && !pass.InputGradient.IsEmpty; row++)
        {
            Span<float> dx = pass.InputGradient.Slice(row * pass.Steps * width, pass.LengthOf(row) * width);
            for (int i = 0; i + width < dx.Length; i++)
            {
                dx[i] += pass.OutputGradient[(row * (pass.Steps - 1) * width) + i];
                dx[i + width] += pass.OutputGradient[(row * (pass.Steps - 1) * width) + i];
            }
        }
    }
}

/// <summary>A step of zeros before the others. Of n steps it makes n + 1.</summary>
internal sealed class ZeroFirst(Shape input) : Layer(input, Shape.Sequence(input.Steps + 1, input.FeatureCount))
{
    public override int OutputSteps(int steps) => steps + 1;

    public override void Forward(in ForwardPass pass)
    {
        int width = Input.FeatureCount;
        pass.Output.Clear();
        for (int row = 0; row < pass.Rows; row++)
            pass.Input.Slice(row * pass.Steps * width, pass.LengthOf(row) * width).CopyTo(pass.Output[(((row * (pass.Steps + 1)) + 1) * width)..]);
    }

    public override void Backward(in BackwardPass pass)
    {
        int width = Input.FeatureCount;
        pass.InputGradient.Clear();
        for (int row = 0; row < pass.Rows && !pass.InputGradient.IsEmpty; row++)
        {
            pass.OutputGradient.Slice(((row * (pass.Steps + 1)) + 1) * width, pass.LengthOf(row) * width)
                .CopyTo(pass.InputGradient[(row * pass.Steps * width)..]);
        }
    }
}
