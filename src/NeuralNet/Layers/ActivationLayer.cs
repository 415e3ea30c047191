namespace NeuralNet;

/// <summary>An activation as a layer of its own, without weights: y = f(x), along the features axis.</summary>
/// <remarks><para>forward: y = f(x).</para>
/// <para>backward: ∇x = ∇y J_f(x): for a scalar f ∇xᵢ = f′(xᵢ) ∇yᵢ, for a vector f ∇xᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂xᵢ.</para>
/// <para>Every step of a sequence is a vector, and so are the channels of every pixel of an image. The output has as many features as f makes of
/// the input's (<see cref="Activation.OutputWidth"/>): a gated linear unit makes half of them. A random activation draws a number for each row and
/// place in the row, counted vector by vector.</para></remarks>
public sealed class ActivationLayer : Layer, ILayerKind
{
    private readonly Activation activation;
    private readonly int inputs, outputs;
    private readonly bool readsX, readsY;

    /// <summary>Makes a layer of an activation.</summary>
    /// <param name="input">The shape of an input row; an integer stands for that many features.</param>
    /// <param name="activation">f.</param>
    /// <exception cref="ArgumentException">There is no number of outputs for which f takes so many features.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row would have 2³¹ values or more.</exception>
    public ActivationLayer(Shape input, Activation activation)
        : base(input, OutputOf(input, activation))
    {
        this.activation = activation;
        inputs = input.FeatureCount;
        outputs = Output.FeatureCount;
        BackwardReads = activation.BackwardReads;
        readsX = BackwardReads.HasFlag(BackwardReads.Input);
        readsY = BackwardReads.HasFlag(BackwardReads.Output);
        IsRandom = activation.IsRandom;
        IsStreamable = true;
        FinalActivations = inputs == outputs ? FinalActivation.OfAll(activation, outputs) : [];
    }

    /// <summary>f.</summary>
    public Activation Activation => activation;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("activation", activation);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new ActivationLayer(input, settings.GetActivation("activation"));

    internal override string? Detail => activation.ToString();

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        if (pass.OmitActivation)
        {
            runs.Copy(pass.Input, pass.Output);
        }
        else
        {
            foreach (VectorRun run in runs)
                activation.Forward(pass, run, Input.VectorsAt(pass.Steps), run.Of(pass.Input, inputs), run.Of(pass.Output, outputs));
            runs.ClearRest(pass.Output, outputs);
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.InputGradient.IsEmpty)
            return;

        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        if (pass.OmitActivation)
        {
            runs.Copy(pass.OutputGradient, pass.InputGradient);
        }
        else
        {
            foreach (VectorRun run in runs)
            {
                activation.Backward(
                    pass, run, Input.VectorsAt(pass.Steps),
                    readsX ? run.Of(pass.Input, inputs) : default,
                    readsY ? run.Of(pass.Output, outputs) : default,
                    run.Of(pass.OutputGradient, outputs), run.Of(pass.InputGradient, inputs));
            }

            runs.ClearRest(pass.InputGradient, inputs);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {activation}";

    private static Shape OutputOf(Shape input, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        return input.Size == 0 ? input : input.WithFeatures(activation.OutputWidth(input.FeatureCount), nameof(activation));
    }
}
