using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>An activation as a layer of its own, without weights: y = f(x), along the features axis.</summary>
/// <remarks><para>forward: y = f(x).</para>
/// <para>backward: ∇x = ∇y J_f(x): for a scalar f ∇xᵢ = f′(xᵢ) ∇yᵢ, for a vector f ∇xᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂xᵢ.</para>
/// <para>Every step of a sequence is a vector, and so are the channels of every pixel of an image. The output has as many features as f makes of
/// the input's (<see cref="Activation.OutputWidth"/>): a gated linear unit makes half of them. A random activation draws a number for each row and
/// place in the row, counted vector by vector; a scalar one counts an image channel by channel.</para></remarks>
public sealed class ActivationLayer : Layer, ILayerKind
{
    private readonly Activation activation;
    private readonly int inputs, outputs, pixels;
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
        bool sameWidth = Output == Input;

        // A scalar activation acts on values, wherever the channels lie.
        bool isElementwise = sameWidth && activation is ScalarActivation;
        pixels = isElementwise ? 1 : input.Height * input.Width;
        inputs = input.Size / input.Steps / pixels;
        outputs = Output.Size / Output.Steps / pixels;
        BackwardReads = activation.BackwardReads;
        readsX = BackwardReads.HasFlag(BackwardReads.Input);
        readsY = BackwardReads.HasFlag(BackwardReads.Output);
        IsRandom = activation.IsRandom;

        // A caller that applies the activation itself treats a row as one vector, which is wrong for the pixels of an image.
        FinalActivations = sameWidth && pixels == 1 ? FinalActivation.OfAll(activation, Output.FeatureCount) : [];
        if (pixels == 1)
            return;

        // One row at a time: x and y, or ∇x and ∇y, as vectors along the channels, and what backward reads.
        long floats = (long)pixels * ((readsX ? 2L : 1) * inputs + ((readsY ? 2L : 1) * outputs));
        Scratch = new(Guard.Size(floats, nameof(input), $"{activation} along the channels of {input} would take"), 0);
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
        else if (pixels > 1)
        {
            for (int row = 0; row < pass.Rows; row++)
                ForwardImage(pass, row);
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
        else if (pixels > 1)
        {
            for (int row = 0; row < pass.Rows; row++)
                BackwardImage(pass, row);
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
        return input.Size == 0 ? input : input.WithFeatures(activation.OutputWidth(input.FeatureCount));
    }

    private void ForwardImage(in ForwardPass pass, int row)
    {
        var pixel = new VectorRun(row, 0, pixels);
        Span<float> x = pixel.Of(pass.Scratch, inputs), y = pixel.Of(pass.Scratch[x.Length..], outputs);
        TransposeKernels.Transpose(pass.Input.Slice(row * x.Length, x.Length), x, inputs, pixels, pass.Workers);
        activation.Forward(pass, pixel, pixels, x, y);
        TransposeKernels.Transpose(y, pass.Output.Slice(row * y.Length, y.Length), pixels, outputs, pass.Workers);
    }

    private void BackwardImage(in BackwardPass pass, int row)
    {
        var pixel = new VectorRun(row, 0, pixels);
        Span<float> dy = pixel.Of(pass.Scratch, outputs), dx = pixel.Of(pass.Scratch[dy.Length..], inputs);
        Span<float> rest = pass.Scratch[(dy.Length + dx.Length)..];
        Span<float> x = readsX ? pixel.Of(rest, inputs) : default, y = readsY ? pixel.Of(rest[x.Length..], outputs) : default;
        TransposeKernels.Transpose(pass.OutputGradient.Slice(row * dy.Length, dy.Length), dy, outputs, pixels, pass.Workers);
        if (readsX)
            TransposeKernels.Transpose(pass.Input.Slice(row * dx.Length, dx.Length), x, inputs, pixels, pass.Workers);
        if (readsY)
            TransposeKernels.Transpose(pass.Output.Slice(row * dy.Length, dy.Length), y, outputs, pixels, pass.Workers);
        activation.Backward(pass, pixel, pixels, x, y, dy, dx);
        TransposeKernels.Transpose(dx, pass.InputGradient.Slice(row * dx.Length, dx.Length), pixels, inputs, pass.Workers);
    }
}
