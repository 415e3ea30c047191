namespace NeuralNet;

/// <summary>One layer by itself with the buffers that it needs, for checks and tests.</summary>
internal sealed class LayerRun
{
    private readonly Layer layer;
    private readonly int rows, steps;
    private readonly int[] lengths;
    private readonly RandomStream? stream;
    private readonly BlockPlace[] places;

    public LayerRun(Layer layer, int rows, int[]? lengths = null, RandomStream? stream = null, int? steps = null)
    {
        this.layer = layer;
        this.rows = rows;
        this.lengths = lengths ?? [];
        this.stream = stream;
        this.steps = steps ?? layer.Input.Steps;
        places = BlockPlace.LayOut(layer.Blocks, 1, out int parameterCount, out int statisticCount);
        InputIds = Tracing.InputIds(layer);
        Parameters = new float[parameterCount];
        Statistics = new float[statisticCount];
        Gradient = new float[parameterCount];
        Input = new float[rows * layer.Input.SizeAt(this.steps)];
        Output = new float[rows * layer.Output.SizeAt(layer.OutputSteps(this.steps))];
        OutputGradient = new float[Output.Length];
        InputGradient = new float[Input.Length];
        Cache = new float[layer.Cache.At(rows)];
        Scratch = new float[layer.Scratch.At(rows)];
        State = new float[layer.StatePerRow * rows];
        InitialState = new float[State.Length];
        LastStateGradient = new float[State.Length];
        StateGradient = new float[State.Length];
    }

    /// <inheritdoc cref="Tracing.InputIds(Layer)"/>
    public int[] InputIds { get; }

    public float[] Parameters { get; }

    public float[] Statistics { get; }

    public float[] Gradient { get; }

    public float[] Input { get; }

    public float[] Output { get; }

    public float[] OutputGradient { get; }

    public float[] InputGradient { get; }

    public float[] Cache { get; }

    public float[] Scratch { get; }

    public float[] State { get; }

    /// <summary>What the state is before forward; 0 unless filled.</summary>
    public float[] InitialState { get; }

    /// <summary>Whether backward is to give the state's gradient, from <see cref="LastStateGradient"/>.</summary>
    public bool WantsStateGradient { get; init; }

    /// <summary>The gradient of the state after forward; 0 unless filled.</summary>
    public float[] LastStateGradient { get; }

    /// <summary>The gradient of the state before forward, after backward.</summary>
    public float[] StateGradient { get; }

    public int FirstRow { get; init; }

    public bool OmitActivation { get; init; }

    /// <summary>Whether passes that backward may follow compute what a prediction computes (<see cref="Batch.Inference"/>).</summary>
    public bool Inference { get; init; }

    /// <summary>The values of a block in the parameters, or in another buffer of their layout.</summary>
    public Span<float> Block(int block, float[]? buffer = null) =>
        (buffer ?? (layer.Blocks[block].Role == BlockRole.Statistic ? Statistics : Parameters)).AsSpan(places[block].Start, places[block].Length);

    /// <summary>Fills parameters by their initializers and shakes them, so that no bias is left at 0. Ordinary inputs and ∇y are drawn from
    /// N(0, 1), as is that of the last state; states from N(0, 1/16), but counts begin at 0.</summary>
    public void Randomize(RandomStream random)
    {
        for (int i = 0; i < places.Length; i++)
        {
            Span<float> values = Block(i);
            layer.Blocks[i].Initializer.Fill(values, layer.Blocks[i], random.Fork(i));
            if (layer.Blocks[i].Role == BlockRole.Statistic)
                continue;
            for (int k = 0; k < values.Length; k++)
                values[k] += 0.1f * random.Normal(i + 1, k);
        }

        RandomStream inputs = random.Fork(-1), gradients = random.Fork(-2), states = random.Fork(-4), stateGradients = random.Fork(-5);
        Ids.Draw(inputs, InputIds, Input);
        for (int i = 0; i < OutputGradient.Length; i++)
            OutputGradient[i] = gradients.Normal(0, i);
        for (int i = 0; i < InitialState.Length; i++)
        {
            InitialState[i] = layer.CountsAt(i % layer.StatePerRow) ? 0 : 0.25f * states.Normal(0, i);
            LastStateGradient[i] = stateGradients.Normal(0, i);
        }
    }

    /// <summary>Puts NaN where nothing may be read: past the lengths of the input rows, and in ∇y past those of the output rows where the layer
    /// keeps lengths.</summary>
    public void PoisonPadding()
    {
        for (int row = 0; row < lengths.Length; row++)
        {
            Padding(Input, layer.Input, row, lengths[row]).Fill(float.NaN);
            OutputPadding(OutputGradient, row).Fill(float.NaN);
        }
    }

    /// <summary>What lies behind the real steps of an output row, in the output or its gradient; empty unless the layer keeps lengths.</summary>
    public Span<float> OutputPadding(float[] values, int row) =>
        lengths.Length > 0 && layer.KeepsLengths ? Padding(values, layer.Output, row, layer.OutputSteps(lengths[row])) : [];

    public void Forward(bool training = true)
    {
        InitialState.CopyTo(State, 0);
        layer.Forward(new ForwardPass
        {
            Rows = rows,
            Steps = steps,
            Input = Input,
            Output = Output,
            Lengths = lengths,
            FirstRow = FirstRow,
            BackwardFollows = training,
            UsesStatistics = !training || Inference,
            OmitActivation = OmitActivation,
            Stream = training && !Inference ? stream : null,
            Cache = training ? Cache : default,
            Scratch = Scratch,
            State = training && !layer.TrainsWithState ? default : State,
            Parameters = Parameters,
            Statistics = Statistics,
            Blocks = places,
        });
    }

    public void Backward(bool wantsInputGradient = true, bool frozen = false)
    {
        LastStateGradient.CopyTo(StateGradient, 0);
        layer.Backward(Pass(wantsInputGradient, frozen));
    }

    private BackwardPass Pass(bool wantsInputGradient, bool frozen) => new()
    {
        Rows = rows,
        Steps = steps,
        Input = Input,
        Output = Output,
        OutputGradient = OutputGradient,
        InputGradient = wantsInputGradient ? InputGradient : default,
        Lengths = lengths,
        FirstRow = FirstRow,
        UsesStatistics = Inference,
        OmitActivation = OmitActivation,
        Stream = Inference ? null : stream,
        Cache = Cache,
        Scratch = Scratch,
        Parameters = Parameters,
        Statistics = Statistics,
        Blocks = places,
        Gradient = frozen ? default : Gradient,
        GradientBlocks = frozen ? new BlockPlace[places.Length] : places,
        StateGradient = WantsStateGradient ? StateGradient : default,
    };

    private Span<float> Padding(float[] values, Shape shape, int row, int length)
    {
        int size = values.Length / rows;
        return values.AsSpan(row * size, size)[shape.SizeAt(length)..];
    }
}
