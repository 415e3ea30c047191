using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>The gated linear unit, a vector activation: y = a ⊙ f(b), where z = [a, b] are two halves of y's width;
/// ∇a = ∇y ⊙ f(b), ∇b = ∇y ⊙ a ⊙ f′(b).</summary>
/// <remarks>With f = σ: Y. Dauphin, A. Fan, M. Auli, D. Grangier: "Language modeling with gated convolutional networks", 2017; with other gates
/// (Silu: SwiGLU, Gelu: GeGLU, Relu: ReGLU, Identity: bilinear): N. Shazeer: "GLU variants improve transformer", 2020. Where the
/// gate has a kink backward uses the gate's subgradient there.</remarks>
public sealed class Glu : VectorActivation, IActivationKind
{
    // Halves are copied together, so that the gate sees many short vectors as one.
    private const int Block = 512;

    /// <summary>Makes a gated linear unit.</summary>
    /// <param name="gate">f; the sigmoid unless given.</param>
    /// <exception cref="ArgumentException">The gate draws random numbers.</exception>
    public Glu(ScalarActivation? gate = null)
    {
        if (gate is { IsRandom: true })
            throw new ArgumentException($"The gate must not be random; {gate} draws random numbers.", nameof(gate));
        Gate = gate ?? new Sigmoid();
    }

    /// <summary>f.</summary>
    public ScalarActivation Gate { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("gate", Gate);

    static Activation IActivationKind.FromSettings(KindSettings settings) =>
        new Glu(settings.GetActivation("gate") as ScalarActivation ?? throw new ArgumentException("The gate is not a scalar activation."));

    /// <inheritdoc/>
    public override BackwardReads BackwardReads => BackwardReads.Input;

    /// <inheritdoc/>
    public override int InputWidth(int outputs) => Times(outputs, 2);

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass)
    {
        int n = pass.Y.Length / pass.Vectors, most = Math.Max(1, Block / n), widest = Math.Min(n, Block);
        Span<float> bs = stackalloc float[Block];
        for (int v = 0; v < pass.Vectors; v += most)
        {
            for (int i = 0; i < n; i += widest)
            {
                // Either several whole vectors, or a part of one.
                int count = Math.Min(most, pass.Vectors - v), width = Math.Min(widest, n - i);
                Span<float> b = bs[..(count * width)], y = pass.Y.Slice((v * n) + i, b.Length);
                Gather(pass.Z, v, n, i, count, width, b);

                // y = a ⊙ f(b)
                Gate.Forward(new ActivationForwardPass { Vectors = 1, Z = b, Y = y });
                for (int k = 0; k < count; k++)
                    TensorPrimitives.Multiply(pass.Z.Slice(((v + k) * 2 * n) + i, width), y.Slice(k * width, width), y.Slice(k * width, width));
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(in ActivationBackwardPass pass)
    {
        int n = pass.OutputGradient.Length / pass.Vectors, most = Math.Max(1, Block / n), widest = Math.Min(n, Block);
        Span<float> bs = stackalloc float[Block], values = stackalloc float[Block], slopes = stackalloc float[Block];
        for (int v = 0; v < pass.Vectors; v += most)
        {
            for (int i = 0; i < n; i += widest)
            {
                int count = Math.Min(most, pass.Vectors - v), width = Math.Min(widest, n - i);
                Span<float> b = bs[..(count * width)], f = values[..b.Length], slope = slopes[..b.Length];
                ReadOnlySpan<float> dy = pass.OutputGradient.Slice((v * n) + i, b.Length);
                Gather(pass.Z, v, n, i, count, width, b);
                Gate.Forward(new ActivationForwardPass { Vectors = 1, Z = b, Y = f });
                Gate.Backward(new ActivationBackwardPass { Vectors = 1, Z = b, Y = f, OutputGradient = dy, InputGradient = slope });
                for (int k = 0; k < count; k++)
                {
                    int at = ((v + k) * 2 * n) + i;

                    // ∇a = ∇y ⊙ f(b), ∇b = (∇y ⊙ f′(b)) ⊙ a
                    TensorPrimitives.Multiply(dy.Slice(k * width, width), f.Slice(k * width, width), pass.InputGradient.Slice(at, width));
                    TensorPrimitives.Multiply(slope.Slice(k * width, width), pass.Z.Slice(at, width), pass.InputGradient.Slice(at + n, width));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Gate is Sigmoid ? Kind : $"{Kind}({Gate})";

    private static void Gather(ReadOnlySpan<float> z, int v, int n, int i, int count, int width, Span<float> b)
    {
        for (int k = 0; k < count; k++)
            z.Slice(((v + k) * 2 * n) + n + i, width).CopyTo(b[(k * width)..]);
    }
}
