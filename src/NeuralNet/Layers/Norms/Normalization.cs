using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What <see cref="LayerNorm"/> and <see cref="RmsNorm"/> share: each vector along the features axis is normalized by itself, with or
/// without its mean subtracted.</summary>
internal readonly struct Normalization
{
    private readonly Shape shape;
    private readonly float epsilon;
    private readonly bool centers;

    public Normalization(Shape input, float epsilon, bool centers)
    {
        shape = input;
        this.epsilon = Guard.Moderate(epsilon, nameof(epsilon), "ε");
        this.centers = centers;
        long kept = (long)NormKernels.KeptPerVector * input.VectorsAt(input.Steps);
        Cache = new BufferSize(0, Guard.Size(kept, nameof(input), $"{input} has too many vectors: each row would keep"));
    }

    /// <summary>Three numbers for each vector.</summary>
    public BufferSize Cache { get; }

    public void Forward(in ForwardPass pass, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias)
    {
        int width = shape.FeatureCount;
        var runs = new VectorRuns(shape, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
        {
            NormKernels.Forward(new NormPass
            {
                Vectors = run.Count,
                Width = width,
                Centers = centers,
                Epsilon = epsilon,
                Input = run.Of(pass.Input, width),
                Gain = gain,
                Bias = bias,
                Output = run.Of(pass.Output, width),
                Keeps = pass.BackwardFollows ? run.Of(pass.Cache, NormKernels.KeptPerVector) : default,
                Workers = pass.Workers,
            });
        }

        runs.ClearRest(pass.Output, width);
    }

    public void Backward(in BackwardPass pass, ReadOnlySpan<float> gain, Span<float> gainGradient, Span<float> biasGradient)
    {
        int width = shape.FeatureCount;
        bool wantsInput = !pass.InputGradient.IsEmpty;
        var runs = new VectorRuns(shape, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
        {
            NormKernels.Backward(new NormPass
            {
                Vectors = run.Count,
                Width = width,
                Centers = centers,
                Epsilon = epsilon,
                Input = run.Of(pass.Input, width),
                Gain = gain,
                Kept = run.Of(pass.Cache, NormKernels.KeptPerVector),
                OutputGradient = run.Of(pass.OutputGradient, width),
                InputGradient = wantsInput ? run.Of(pass.InputGradient, width) : default,
                GainGradient = gainGradient,
                BiasGradient = biasGradient,
                Workers = pass.Workers,
            });
        }

        if (wantsInput)
            runs.ClearRest(pass.InputGradient, width);
    }
}
