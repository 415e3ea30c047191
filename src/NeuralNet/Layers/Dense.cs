using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The fully connected layer: z = W y₋ + b, y = f(z), along the features axis of its input.
/// </summary>
/// <remarks>
/// <para>forward: zⱼ = bⱼ + Σᵢ wᵢⱼ xᵢ, y = f(z).</para>
/// <para>backward: ∇z = ∇y J_f(z); ∇wᵢⱼ += xᵢ ∇zⱼ, ∇bⱼ += ∇zⱼ (summed over the rows); ∇xᵢ = Σⱼ wᵢⱼ ∇zⱼ.</para>
/// <para>Parameters: "weight" [inputs, width of z], "bias" [width of z]. Of a sequence, every step is mapped by the same
/// weights.</para>
/// </remarks>
public sealed class Dense : Layer
{
    private const int Weight = 0, Bias = 1;

    private readonly Activation activation;
    private readonly int inputs, width, outputs;
    private readonly bool hasBias, separateZ, keepsZ, readsY, isSequence, hasActivation;

    /// <summary>Makes a fully connected layer.</summary>
    /// <param name="input">The shape of an input row; an integer stands for that many features.</param>
    /// <param name="outputs">The width of y, at least 1.</param>
    /// <param name="activation">f; the identity unless given.</param>
    /// <param name="initializer">How W is initialized; the activation's own choice unless given. b starts at 0.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <exception cref="ArgumentException">The input is an image: add a flattening layer before.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A width is not positive, or W would have 2³¹ values or more.</exception>
    public Dense(Shape input, int outputs, Activation? activation = null, Initializer? initializer = null, bool bias = true)
        : base(Check(input, outputs), input.WithFeatures(outputs))
    {
        this.activation = activation ?? Activation.Identity;
        this.outputs = outputs;
        inputs = input.FeatureCount;
        width = this.activation.InputWidth(outputs);
        hasBias = bias;
        isSequence = input.Kind == ShapeKind.Sequence;
        hasActivation = this.activation is not Identity;
        Block weight = new("weight", BlockRole.Weight, [inputs, width], initializer ?? this.activation.DefaultInitializer);
        Blocks = bias ? [weight, new("bias", BlockRole.Bias, [width], Initializer.Zeros)] : [weight];

        // z lies in the output and becomes y there, unless the activation cannot work in place or backward reads z.
        separateZ = !this.activation.WorksInPlace || width != outputs;
        keepsZ = this.activation.BackwardReads.HasFlag(BackwardReads.Input);
        readsY = this.activation.BackwardReads.HasFlag(BackwardReads.Output);
        if ((long)width * input.Steps > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(outputs), outputs, $"z would have {width} values at each of {input.Steps} steps; at most 2,147,483,647 in all are possible.");
        BufferSize z = new(0, width * input.Steps);
        Cache = keepsZ ? z : default;
        Scratch = hasActivation ? z : default;
        BackwardReads = BackwardReads.Input | (this.activation.BackwardReads & BackwardReads.Output);
        IsRandom = this.activation.IsRandom;
        FinalActivation = width == outputs ? this.activation : null;
    }

    /// <summary>f.</summary>
    public Activation Activation => activation;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        if (pass.Lengths.IsEmpty)
        {
            Forward(pass, 0, 0, pass.Rows * VectorsPerRow(pass.Steps));
            return;
        }

        for (int row = 0; row < pass.Rows; row++)
        {
            Forward(pass, row, row * pass.Steps, pass.Lengths[row]);
            Vectors(pass.Output, (row * pass.Steps) + pass.Lengths[row], pass.Steps - pass.Lengths[row], outputs).Clear();
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.Lengths.IsEmpty)
        {
            Backward(pass, 0, 0, pass.Rows * VectorsPerRow(pass.Steps));
            return;
        }

        for (int row = 0; row < pass.Rows; row++)
        {
            Backward(pass, row, row * pass.Steps, pass.Lengths[row]);
            if (!pass.InputGradient.IsEmpty)
                Vectors(pass.InputGradient, (row * pass.Steps) + pass.Lengths[row], pass.Steps - pass.Lengths[row], inputs).Clear();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"Dense {Input} → {Output}, {activation}";

    private static Shape Check(Shape input, int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        return input.Kind == ShapeKind.Image
            ? throw new ArgumentException($"Dense acts along the features axis, and {input} is an image: add Flatten before it.", nameof(input))
            : input;
    }

    private static Span<float> Vectors(Span<float> all, int first, int count, int width) => all.Slice(first * width, count * width);

    private static ReadOnlySpan<float> Vectors(ReadOnlySpan<float> all, int first, int count, int width) => all.Slice(first * width, count * width);

    private int VectorsPerRow(int steps) => isSequence ? steps : 1;

    private void Forward(in ForwardPass pass, int row, int first, int count)
    {
        Span<float> y = Vectors(pass.Output, first, count, outputs);
        Span<float> z = pass.OmitActivation ? y
            : pass.Training && keepsZ ? Vectors(pass.Cache, first, count, width)
            : separateZ ? Vectors(pass.Scratch, first, count, width)
            : y;

        // z = W y₋ + b
        MatrixProduct.Forward(
            Vectors(pass.Input, first, count, inputs), pass.Parameter(Weight), hasBias ? pass.Parameter(Bias) : default, z,
            count, inputs, width, pass.Workers);

        // y = f(z)
        if (!pass.OmitActivation && hasActivation)
        {
            activation.Forward(new ActivationForwardPass
            {
                Vectors = count,
                Z = z,
                Y = y,
                FirstRow = pass.FirstRow + row,
                VectorsPerRow = VectorsPerRow(pass.Steps),
                Training = pass.Training,
                Stream = pass.Stream,
                Workers = pass.Workers,
            });
        }
    }

    private void Backward(in BackwardPass pass, int row, int first, int count)
    {
        ReadOnlySpan<float> x = Vectors(pass.Input, first, count, inputs);
        ReadOnlySpan<float> dz = Vectors(pass.OutputGradient, first, count, outputs);

        // ∇z = ∇y J_f(z)
        if (!pass.OmitActivation && hasActivation)
        {
            Span<float> made = Vectors(pass.Scratch, first, count, width);
            activation.Backward(new ActivationBackwardPass
            {
                Vectors = count,
                Z = keepsZ ? Vectors(pass.Cache, first, count, width) : default,
                Y = readsY ? Vectors(pass.Output, first, count, outputs) : default,
                OutputGradient = dz,
                InputGradient = made,
                FirstRow = pass.FirstRow + row,
                VectorsPerRow = VectorsPerRow(pass.Steps),
                Stream = pass.Stream,
                Workers = pass.Workers,
            });
            dz = made;
        }

        // ∇W = y₋ ∇z, ∇b = ∇z, summed over the rows
        Span<float> dw = pass.ParameterGradient(Weight);
        if (!dw.IsEmpty)
            MatrixProduct.AddWeightGradient(x, dz, dw, count, inputs, width, pass.Workers);
        Span<float> db = hasBias ? pass.ParameterGradient(Bias) : default;
        if (!db.IsEmpty)
            MatrixProduct.AddColumnSums(dz, db, count, width, pass.Workers);

        // ∇y₋ = ∇z W
        if (!pass.InputGradient.IsEmpty)
        {
            MatrixProduct.InputGradient(
                dz, pass.Parameter(Weight), Vectors(pass.InputGradient, first, count, inputs), count, inputs, width, pass.Workers);
        }
    }
}
