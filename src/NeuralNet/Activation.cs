using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>An activation y = f(z), with the product of a gradient and its Jacobian.</summary>
/// <remarks><para>forward: y = f(z). backward: ∇zᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂zᵢ.</para>
/// <para>In general f is a <i>vector</i> activation: every output a function of every input, such as
/// <see cref="NeuralNet.Softmax"/>; derive from this class for your own. Where yᵢ depends on zᵢ alone the Jacobian is
/// diagonal: derive from <see cref="ScalarActivation"/>. An activation holds settings, never values.</para></remarks>
public abstract partial class Activation
{
    /// <summary>What kind of activation this is, in summaries, messages and files: the class's name unless overridden.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>What a file keeps of the activation beside its kind: none unless overridden.</summary>
    public virtual KindSettings Settings => new();

    /// <summary>What backward reads: z (input), y (output) or both. The rest may be given as an empty span.</summary>
    public virtual BackwardReads BackwardReads => BackwardReads.Input | BackwardReads.Output;

    /// <summary>Whether forward may be called with y in the place of z (the same span).</summary>
    public virtual bool WorksInPlace => false;

    /// <summary>Whether training draws random numbers.</summary>
    public virtual bool IsRandom => false;

    /// <summary>The values of z at which f is not differentiable, so that backward gives a subgradient; empty for most.</summary>
    public virtual IReadOnlyList<float> Kinks => [];

    /// <summary>Which values y has; not stated unless overridden. A trainer refuses an activation whose values are not those that its divergence is
    /// meant for (<see cref="Divergence.OutputRange"/>).</summary>
    public virtual ValueRange OutputRange => ValueRange.Unstated;

    /// <summary>How the weights before this activation are initialized unless the user says otherwise.</summary>
    public virtual Initializer DefaultInitializer => Initializer.GlorotUniform;

    /// <summary>How wide z must be for y to have so many outputs.</summary>
    /// <param name="outputs">The width of y.</param>
    /// <returns>The width of z; the same unless overridden.</returns>
    public virtual int InputWidth(int outputs) => outputs;

    /// <summary>How wide y is where z has so many values: the inverse of <see cref="InputWidth"/>.</summary>
    /// <remarks>Found by trying, for which z must not become narrower where y becomes wider; override it where that is not so.</remarks>
    /// <param name="inputs">The width of z, at least 1.</param>
    /// <returns>The width of y: the same where that fits, otherwise the smallest that does.</returns>
    /// <exception cref="ArgumentException">There is none.</exception>
    public virtual int OutputWidth(int inputs)
    {
        Guard.Count(inputs, nameof(inputs));
        int above = 0, enough = inputs;
        if (InputWidth(inputs) == inputs)
            return inputs;

        // Twice as many until there are enough, and then halves.
        for (; InputWidth(enough) < inputs; enough = (int)Math.Min(2L * enough, int.MaxValue))
        {
            above = enough;
            if (enough == int.MaxValue)
                break;
        }

        while (enough - above > 1)
        {
            int middle = above + ((enough - above) / 2);
            (above, enough) = InputWidth(middle) < inputs ? (middle, enough) : (above, middle);
        }

        int width = InputWidth(enough);
        return width == inputs
            ? enough
            : throw new ArgumentException(
                $"{this} takes {width} values for {enough} {(enough == 1 ? "output" : "outputs")}"
                + $"{(above > 0 ? $" and {InputWidth(above)} for {above}" : "")}, but got {inputs}.",
                nameof(inputs));
    }

    /// <summary>Computes y = f(z) for one vector: the whole span.</summary>
    /// <param name="z">The argument.</param>
    /// <param name="y">Overwritten with the value.</param>
    /// <exception cref="ArgumentException">The widths do not fit, or the spans overlap.</exception>
    public void Forward(ReadOnlySpan<float> z, Span<float> y)
    {
        CheckWidths(z.Length, y.Length);
        bool isAllowed = !z.Overlaps(y, out int offset) || (WorksInPlace && offset == 0);
        if (!isAllowed)
            throw new ArgumentException("z and y must not overlap, unless the activation works in place and they are one span.", nameof(y));
        Forward(new ActivationForwardPass { Vectors = 1, Z = z, Y = y });
    }

    /// <summary>Computes ∇zᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂zᵢ for one vector: the whole span.</summary>
    /// <param name="z">The argument of forward.</param>
    /// <param name="y">The value of forward.</param>
    /// <param name="dy">∇y.</param>
    /// <param name="dz">Overwritten with ∇z.</param>
    /// <exception cref="ArgumentException">The widths do not fit, or dz overlaps another span.</exception>
    public void Backward(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
    {
        CheckWidths(z.Length, y.Length);
        if (dy.Length != y.Length)
            throw new ArgumentException($"dy has {dy.Length} values, y has {y.Length}.", nameof(dy));
        if (dz.Length != z.Length)
            throw new ArgumentException($"dz has {dz.Length} values, z has {z.Length}.", nameof(dz));
        if (dz.Overlaps(z) || dz.Overlaps(y) || dz.Overlaps(dy))
            throw new ArgumentException("dz must not overlap z, y or dy.", nameof(dz));
        Backward(new ActivationBackwardPass { Vectors = 1, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
    }

    /// <summary>Computes the Jacobian at z, for learning and for tests: row by row from backward.</summary>
    /// <param name="z">The argument.</param>
    /// <param name="jacobian">Overwritten with [j, i] = ∂yⱼ/∂zᵢ, row-major [outputs, inputs].</param>
    /// <exception cref="ArgumentException">The size is not outputs · inputs.</exception>
    public void Jacobian(ReadOnlySpan<float> z, Span<float> jacobian)
    {
        if (z.IsEmpty || jacobian.Length % z.Length != 0)
            throw new ArgumentException($"jacobian has {jacobian.Length} values, a multiple of z's {z.Length} was expected.", nameof(jacobian));
        int outputs = jacobian.Length / z.Length;
        float[] y = new float[outputs], unit = new float[outputs];
        Forward(z, y);
        for (int j = 0; j < outputs; j++)
        {
            unit[j] = 1;
            Backward(z, y, unit, jacobian.Slice(j * z.Length, z.Length));
            unit[j] = 0;
        }
    }

    /// <summary>Forward over many vectors, as layers call it; sizes have been checked.</summary>
    /// <param name="pass">The vectors.</param>
    public virtual void Forward(in ActivationForwardPass pass)
    {
        if (pass.Vectors == 1)
        {
            ForwardVector(pass.Z, pass.Y);
            return;
        }

        int inputs = pass.Z.Length / pass.Vectors, outputs = pass.Y.Length / pass.Vectors;
        for (int v = 0; v < pass.Vectors; v++)
            ForwardVector(pass.Z.Slice(v * inputs, inputs), pass.Y.Slice(v * outputs, outputs));
    }

    /// <summary>Backward over many vectors, as layers call it; sizes have been checked.</summary>
    /// <param name="pass">The vectors.</param>
    public virtual void Backward(in ActivationBackwardPass pass)
    {
        int inputs = pass.InputGradient.Length / pass.Vectors, outputs = pass.OutputGradient.Length / pass.Vectors;
        for (int v = 0; v < pass.Vectors; v++)
        {
            BackwardVector(
                pass.Z.IsEmpty ? default : pass.Z.Slice(v * inputs, inputs),
                pass.Y.IsEmpty ? default : pass.Y.Slice(v * outputs, outputs),
                pass.OutputGradient.Slice(v * outputs, outputs),
                pass.InputGradient.Slice(v * inputs, inputs));
        }
    }

    // y = f(z) of vectors that lie together, in a layer's forward pass.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Forward(in ForwardPass pass, VectorRun run, int vectorsPerRow, ReadOnlySpan<float> z, Span<float> y) =>
        Forward(new ActivationForwardPass
        {
            Vectors = run.Count,
            Z = z,
            Y = y,
            FirstRow = pass.FirstRow + run.Row,
            VectorsPerRow = vectorsPerRow,
            Stream = pass.Stream,
            Workers = pass.Workers,
        });

    // ∇z = ∇y J_f(z) of vectors that lie together, in a layer's backward pass.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Backward(
        in BackwardPass pass, VectorRun run, int vectorsPerRow,
        ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        Backward(new ActivationBackwardPass
        {
            Vectors = run.Count,
            Z = z,
            Y = y,
            OutputGradient = dy,
            InputGradient = dz,
            FirstRow = pass.FirstRow + run.Row,
            VectorsPerRow = vectorsPerRow,
            Stream = pass.Stream,
            Workers = pass.Workers,
        });

    /// <summary>The name, and the settings if there are any.</summary>
    /// <returns>The activation in words.</returns>
    public override string ToString() => Kind;

    /// <summary>y = f(z) for one vector.</summary>
    /// <param name="z">The argument.</param>
    /// <param name="y">To be overwritten; the same span as z only if <see cref="WorksInPlace"/>.</param>
    protected abstract void ForwardVector(ReadOnlySpan<float> z, Span<float> y);

    /// <summary>∇zᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂zᵢ for one vector.</summary>
    /// <param name="z">The argument of forward; empty unless <see cref="BackwardReads"/> names the input.</param>
    /// <param name="y">The value of forward; empty unless <see cref="BackwardReads"/> names the output.</param>
    /// <param name="dy">∇y.</param>
    /// <param name="dz">To be overwritten with ∇z.</param>
    protected abstract void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz);

    // The width of z where it is a multiple of y's.
    private protected int Times(int outputs, int factor) =>
        (long)outputs * factor <= int.MaxValue
            ? outputs * factor
            : throw Guard.OutOfRange(
                nameof(outputs), outputs, $"{this} takes {factor} values for each output; for {outputs} outputs z would have 2,147,483,648 or more.");

    private void CheckWidths(int inputs, int outputs)
    {
        if (outputs == 0 || InputWidth(outputs) != inputs)
        {
            string expected = outputs == 0 ? "y is empty" : $"for {outputs} outputs z must have {InputWidth(outputs)} values";
            throw new ArgumentException($"{Kind}: {expected}; z has {inputs}.");
        }
    }
}
