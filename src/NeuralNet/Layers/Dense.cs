using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The fully connected layer: z = W y₋ + b, y = f(z), along the features axis of its input.</summary>
/// <remarks><para>forward: zⱼ = bⱼ + Σᵢ wᵢⱼ xᵢ, y = f(z).</para>
/// <para>backward: ∇z = ∇y J_f(z); ∇wᵢⱼ += xᵢ ∇zⱼ, ∇bⱼ += ∇zⱼ (summed over the rows); ∇xᵢ = Σⱼ wᵢⱼ ∇zⱼ.</para>
/// <para>Parameters: "weight" [inputs, width of z], "bias" [width of z]. The same weights map every step of a sequence, and every pixel
/// of an image, along its channels: there the layer is a 1×1 convolution. Where a row has 1,024 places or more, ∇W and ∇b of each row
/// are made from 0 and added in the order of rows, because one chain over all places would lose digits.</para></remarks>
public sealed class Dense : Layer, ILayerKind, IProductLayer
{
    private const int Weight = 0, Bias = 1;

    private readonly FusedActivation fused;
    private readonly int inputs, width, outputs, pixels;
    private readonly int sumMemory; // for ∇W of one row, where it has many places; otherwise 0
    private readonly bool isSequence;
    private bool isPacked; // the weights, for predictions

    /// <summary>Makes a fully connected layer.</summary>
    /// <param name="input">The shape of an input row; an integer stands for that many features.</param>
    /// <param name="outputs">The width of y, at least 1.</param>
    /// <param name="activation">f; the identity unless given.</param>
    /// <param name="initializer">How W is initialized; the activation's own choice unless given. b starts at 0.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A width is not positive, or W or a row would have 2³¹ values or more.</exception>
    public Dense(Shape input, int outputs, Activation? activation = null, Initializer? initializer = null, bool bias = true)
        : base(Check(input, outputs), input.WithFeatures(outputs, nameof(outputs)))
    {
        fused = new FusedActivation(activation, outputs);
        this.outputs = outputs;
        inputs = input.FeatureCount;
        width = fused.Width;
        HasBias = bias;
        isSequence = input.Kind == ShapeKind.Sequence;
        pixels = input.Height * input.Width;
        Block weight = new("weight", BlockRole.Weight, [inputs, width], initializer ?? Activation.DefaultInitializer);
        Blocks = bias ? [weight, new("bias", BlockRole.Bias, [width], Initializer.Zeros)] : [weight];

        BufferSize z = new(0, Guard.Size((long)width * input.Steps * pixels, nameof(outputs), "z would have"));
        Cache = fused.Cache(z);
        sumMemory = PlaceGradients.Memory(input.VectorsAt(input.Steps), inputs, width);
        Scratch = fused.Scratch(z) + new BufferSize(sumMemory, 0);
        BackwardReads = BackwardReads.Input | fused.OutputReads;
        IsRandom = Activation.IsRandom;
        IsStreamable = true;
        FinalActivations = fused.Final;
    }

    /// <summary>f.</summary>
    public Activation Activation => fused.Activation;

    /// <summary>Whether there is a bias.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("outputs", outputs).Set("activation", Activation).Set("bias", HasBias);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new Dense(input, settings.GetInt32("outputs"), settings.GetActivation("activation"), bias: settings.GetBoolean("bias"));

    internal override string? Detail => fused.Detail;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        // Kept small so that the JIT inlines it, which a tiny network notices; ForwardRuns would serve this case too.
        if (pass.Lengths.IsEmpty)
            Forward(pass, 0, 0, pass.Rows * VectorsPerRow(pass.Steps));
        else
            ForwardRuns(pass);
    }

    bool IProductLayer.HasActivation => !fused.IsNone;

    int IProductLayer.FeatureOf(int weight) => weight % width;

    Layer IProductLayer.WithBiasAnd(Activation activation) => new Dense(Input, outputs, activation);

    (Layer Layer, float[] Weights)? IProductLayer.WithPackedWeights(ReadOnlySpan<float> weights) =>
        !isPacked && MatrixProduct.Packed(weights, inputs, width) is { } packed
            ? (new Dense(Input, outputs, Activation, bias: HasBias) { isPacked = true }, packed) : null;

    void IProductLayer.Forward(in ForwardPass pass, in ChannelScale then)
    {
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
        {
            MatrixProduct.Forward(
                run.Of(pass.Input, inputs), pass.Parameter(Weight), HasBias ? pass.Parameter(Bias) : default, run.Of(pass.Output, outputs),
                run.Count, inputs, width, then, pass.Workers, isPacked);
        }

        runs.ClearRest(pass.Output, outputs);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.Lengths.IsEmpty)
            Backward(pass, 0, 0, pass.Rows * VectorsPerRow(pass.Steps));
        else
            BackwardRuns(pass);
    }

    /// <inheritdoc/>
    public override string ToString() => $"Dense {Input} → {Output}, {Activation}";

    private static Shape Check(Shape input, int outputs)
    {
        Guard.Count(outputs, nameof(outputs));
        return Guard.NotEmpty(input, nameof(input));
    }

    // Hot: Shape.VectorsAt would copy the shape in every call.
    private int VectorsPerRow(int steps) => isSequence ? steps : pixels;

    private void ForwardRuns(in ForwardPass pass)
    {
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
            Forward(pass, run.Row, run.First, run.Count);
        runs.ClearRest(pass.Output, outputs);
    }

    private void BackwardRuns(in BackwardPass pass)
    {
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
            Backward(pass, run.Row, run.First, run.Count);
        if (!pass.InputGradient.IsEmpty)
            runs.ClearRest(pass.InputGradient, inputs);
    }

    private void Forward(in ForwardPass pass, int row, int first, int count)
    {
        var run = new VectorRun(row, first, count);
        Span<float> y = run.Of(pass.Output, outputs), z = fused.PlaceOfZ(pass, run, y);

        // z = W y₋ + b
        MatrixProduct.Forward(
            run.Of(pass.Input, inputs), pass.Parameter(Weight), HasBias ? pass.Parameter(Bias) : default, z,
            run.Count, inputs, width, pass.Workers, isPacked);

        // y = f(z)
        fused.Forward(pass, run, VectorsPerRow(pass.Steps), z, y);
    }

    private void Backward(in BackwardPass pass, int row, int first, int count)
    {
        var run = new VectorRun(row, first, count);
        ReadOnlySpan<float> x = run.Of(pass.Input, inputs);

        // ∇z = ∇y J_f(z)
        ReadOnlySpan<float> dz = fused.Backward(pass, run, VectorsPerRow(pass.Steps));

        // ∇W = y₋ ∇z, ∇b = ∇z, summed over the rows
        Span<float> dw = pass.ParameterGradient(Weight), db = HasBias ? pass.ParameterGradient(Bias) : default;
        if (sumMemory > 0)
        {
            AddRowByRow(pass, x, dz, dw, db, run.Count);
        }
        else
        {
            if (!dw.IsEmpty)
                MatrixProduct.AddWeightGradient(x, dz, dw, run.Count, inputs, width, pass.Workers);
            if (!db.IsEmpty)
                MatrixProduct.AddColumnSums(dz, db, run.Count, width, pass.Workers);
        }

        // ∇y₋ = ∇z W
        if (!pass.InputGradient.IsEmpty)
        {
            MatrixProduct.InputGradient(
                dz, pass.Parameter(Weight), run.Of(pass.InputGradient, inputs), run.Count, inputs, width, pass.Workers);
        }
    }

    // By itself, so that tiny networks have a short way past it.
    private void AddRowByRow(in BackwardPass pass, ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, Span<float> db, int vectors)
    {
        int places = VectorsPerRow(pass.Steps);
        Span<float> memory = pass.Scratch[^sumMemory..];
        PlaceGradients.AddWeights(x, dz, dw, vectors, places, inputs, width, memory, pass.Workers);
        PlaceGradients.AddBiases(dz, db, vectors, places, width, width, memory, pass.Workers);
    }
}
