using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The activation at the end of a layer that makes z by a product: y = f(z), and where z lies meanwhile.</summary>
internal readonly struct FusedActivation
{
    private readonly int outputs;
    private readonly bool isSeparate, keepsZ, readsY;

    /// <summary>Takes the activation.</summary>
    /// <param name="activation">f; null for none.</param>
    /// <param name="outputs">The width of y.</param>
    public FusedActivation(Activation? activation, int outputs)
    {
        Activation = activation ?? Activation.Identity;
        this.outputs = outputs;
        Width = Activation.InputWidth(outputs);
        IsNone = Activation is Identity;
        Rectifies = Activation is Relu;

        // z lies in the output and becomes y there, unless the activation cannot work in place or backward reads z.
        isSeparate = !Activation.WorksInPlace || Width != outputs;
        keepsZ = Activation.BackwardReads.HasFlag(BackwardReads.Input);
        readsY = Activation.BackwardReads.HasFlag(BackwardReads.Output);
    }

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <summary>The width of z.</summary>
    public int Width { get; }

    /// <summary>Whether f is the rectifier, which the product can do at its end.</summary>
    public bool Rectifies { get; }

    /// <summary>Whether there is none: y = z.</summary>
    public bool IsNone { get; }

    /// <summary>What backward reads of the layer's output.</summary>
    public BackwardReads OutputReads => Activation.BackwardReads & BackwardReads.Output;

    public IReadOnlyList<FinalActivation> Final => Width == outputs ? FinalActivation.OfAll(Activation, outputs) : [];

    public string? Detail => IsNone ? null : Activation.ToString();

    /// <summary>What forward keeps, if z has this size.</summary>
    public BufferSize Cache(BufferSize z) => keepsZ ? z : default;

    /// <summary>What a pass needs, if z has this size.</summary>
    public BufferSize Scratch(BufferSize z) => IsNone ? default : z;

    /// <summary>Where z of some vectors is to be written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<float> PlaceOfZ(in ForwardPass pass, VectorRun run, Span<float> y) => pass.OmitActivation ? y
        : pass.BackwardFollows && keepsZ ? run.Of(pass.Cache, Width)
        : isSeparate ? run.Of(pass.Scratch, Width)
        : y;

    /// <summary>y = f(z)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Forward(in ForwardPass pass, VectorRun run, int vectorsPerRow, ReadOnlySpan<float> z, Span<float> y)
    {
        if (!pass.OmitActivation && !IsNone)
            Activation.Forward(pass, run, vectorsPerRow, z, y);
    }

    /// <summary>∇z = ∇y J_f(z)</summary>
    /// <returns>∇z, which is ∇y where there is no activation.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<float> Backward(in BackwardPass pass, VectorRun run, int vectorsPerRow)
    {
        ReadOnlySpan<float> dy = run.Of(pass.OutputGradient, outputs);
        if (pass.OmitActivation || IsNone)
            return dy;
        Span<float> dz = run.Of(pass.Scratch, Width);
        Activation.Backward(
            pass, run, vectorsPerRow, keepsZ ? run.Of(pass.Cache, Width) : default, readsY ? run.Of(pass.Output, outputs) : default, dy, dz);
        return dz;
    }
}
