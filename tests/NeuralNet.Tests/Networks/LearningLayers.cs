namespace NeuralNet.Tests;

/// <summary>The identity, which counts its backward passes and those that were asked for ∇x.</summary>
internal sealed class Counting : Layer
{
    public Counting(Shape shape)
        : base(shape, shape) => BackwardReads = BackwardReads.None;

    public int Backwards { get; private set; }

    public int Wanted { get; private set; }

    public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

    public override void Backward(in BackwardPass pass)
    {
        Backwards++;
        if (pass.InputGradient.IsEmpty)
            return;
        Wanted++;
        pass.OutputGradient.CopyTo(pass.InputGradient);
    }

    public (int Backwards, int Wanted) Count()
    {
        (int, int) count = (Backwards, Wanted);
        (Backwards, Wanted) = (0, 0);
        return count;
    }
}

/// <summary>A layer of parameters that are a constant: the network does not know of them.</summary>
internal sealed class Fixed : Layer
{
    private readonly Layer layer;
    private readonly float[] values;

    public Fixed(Layer layer, float[] values)
        : base(layer.Input, layer.Output)
    {
        (this.layer, this.values) = (layer, values);
        (Cache, Scratch, BackwardReads) = (layer.Cache, layer.Scratch, layer.BackwardReads);
    }

    public override void Forward(in ForwardPass pass) => layer.Forward(pass with { Parameters = values, Blocks = Places });

    public override void Backward(in BackwardPass pass) =>
        layer.Backward(pass with { Parameters = values, Blocks = Places, GradientBlocks = new BlockPlace[1] });

    private BlockPlace[] Places => [new BlockPlace(0, values.Length)];
}

/// <summary>y = x − m + b, where m is the mean of the batch, and in inference a running mean: the smallest layer that mixes rows.</summary>
internal sealed class Centering : Layer
{
    private const int Bias = 0, Mean = 1, Updates = 2;

    public Centering(Shape shape)
        : base(shape, shape)
    {
        Blocks =
        [
            new Block("bias", BlockRole.Bias, [shape.Size], Initializer.Zeros),
            new Block("mean", BlockRole.Statistic, [shape.Size], Initializer.Zeros),
            new Block("updates", BlockRole.Statistic, [1], Initializer.Zeros),
        ];
        Cache = new BufferSize(shape.Size, 0);
        Scratch = new BufferSize(shape.Size, 0);
        BackwardReads = BackwardReads.None;
        MixesRows = true;
    }

    /// <summary>What the last passes said: check, forward, backward.</summary>
    public bool?[] Seen { get; } = new bool?[3];

    public override void Check(in CheckPass pass)
    {
        Seen[0] = pass.UsesStatistics;
        if (!pass.UsesStatistics && pass.Rows < 2)
            throw new ArgumentException($"The mean of a batch needs 2 rows or more, but got {pass.Rows}.");
    }

    public override void Forward(in ForwardPass pass)
    {
        Seen[1] = pass.UsesStatistics;
        ReadOnlySpan<float> mean = pass.Statistic(Mean);
        if (!pass.UsesStatistics)
        {
            SetMean(pass.Input, pass.Rows, pass.Cache);
            mean = pass.Cache;
        }

        for (int at = 0; at < pass.Input.Length; at++)
            pass.Output[at] = pass.Input[at] - mean[at % mean.Length] + pass.Parameter(Bias)[at % mean.Length];
    }

    public override void Backward(in BackwardPass pass)
    {
        Seen[2] = pass.UsesStatistics;
        Span<float> db = pass.ParameterGradient(Bias), mean = pass.Scratch;
        mean.Clear();
        if (!pass.UsesStatistics)
            SetMean(pass.OutputGradient, pass.Rows, mean);
        for (int at = 0; at < pass.OutputGradient.Length; at++)
        {
            if (!db.IsEmpty)
                db[at % db.Length] += pass.OutputGradient[at];
            if (!pass.InputGradient.IsEmpty)
                pass.InputGradient[at] = pass.OutputGradient[at] - mean[at % mean.Length];
        }
    }

    public override void UpdateStatistics(in StatisticsPass pass)
    {
        pass.Statistic(Updates)[0]++;
        Span<float> mean = pass.Statistic(Mean);
        for (int i = 0; i < mean.Length; i++)
            mean[i] += 0.1f * (pass.Cache[i] - mean[i]);
    }

    private static void SetMean(ReadOnlySpan<float> values, int rows, Span<float> mean)
    {
        mean.Clear();
        for (int at = 0; at < values.Length; at++)
            mean[at % mean.Length] += values[at] / rows;
    }
}

/// <summary>A layer around another that hands its own passes on, without the help of a <see cref="Composite"/>.</summary>
internal sealed class Wrapper : Layer
{
    private readonly Layer layer;

    public Wrapper(Layer layer)
        : base(layer.Input, layer.Output)
    {
        this.layer = layer;
        Blocks = [.. layer.Blocks.Select(block => block.Within(0))];
        (Cache, Scratch, BackwardReads, MixesRows) = (layer.Cache, layer.Scratch, layer.BackwardReads, layer.MixesRows);
    }

    public override IReadOnlyList<Layer> Children => [layer];

    public override void Check(in CheckPass pass) => layer.Check(pass);

    public override void Forward(in ForwardPass pass) => layer.Forward(pass);

    public override void Backward(in BackwardPass pass) => layer.Backward(pass);

    public override void UpdateStatistics(in StatisticsPass pass) => layer.UpdateStatistics(pass);
}
