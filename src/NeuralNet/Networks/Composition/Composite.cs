namespace NeuralNet;

/// <summary>A layer that is made of layers, for composites of people's own: it plans their memory, and derives their passes from its own.</summary>
/// <remarks><para>To write one: derive, hand the children to the constructor, run them with <see cref="ForwardChild"/> and
/// <see cref="BackwardChild"/>, and merge their outputs and gradients by formulas of your own. Blocks, statistics, state, random streams and
/// lengths of the children are taken care of: their blocks are the composite's, with the child's index before the name ("1.weight").</para>
/// <para>Parameters, statistics and state that the composite has beside its children's stand behind them:
/// <c>Blocks = [.. Blocks, new Block("scale", …)]</c> is found in a pass by its index among all, and <c>StatePerRow += 2</c> in the last two floats
/// of <see cref="ForwardPass.StateOf"/>. A composite whose blocks do not begin with its children's is refused.</para>
/// <para>A child that takes a sequence gets the steps and lengths of the composite's input; put a <see cref="Chain"/> around layers that follow
/// one another. A child works once in a pass: it has one place for its output, cache and state, and a second run would write over what backward
/// reads of the first. <see cref="Layer.Settings"/> with <c>Set("layers", Children)</c> is what a file keeps.</para>
/// <para>The constructor sets <see cref="Layer.IsStreamable"/> if all children are, <see cref="Layer.MixesRows"/> and
/// <see cref="Layer.IsRandom"/> if one of them does or is. It cannot know the composite's own formula. Where that lets steps meet (a mean over
/// steps, for example), your constructor must set IsStreamable = false; where it lets rows meet or draws random numbers, MixesRows = true or
/// IsRandom = true. Likewise <see cref="Layer.InputIds"/> stays 0 unless your constructor sets it: where a child reads the composite's input as
/// ids, set their number, so that a network refuses wrong ids before anything is written.</para>
/// <para>Check it with <see cref="GradientCheck"/>, which draws ids where InputIds says so, and gives rows in pieces where IsStreamable does.</para>
/// <para>The library's own composites, <see cref="Chain"/> and <see cref="Branches"/>, take less memory, because they know in which order their
/// children work.</para></remarks>
public abstract class Composite : Layer
{
    private readonly Child[] children;
    private readonly BufferSize ownCache, outputs, inputs;
    private readonly BufferSize[] outputStart, inputStart;

    /// <summary>Plans the memory of the children.</summary>
    /// <param name="input">The shape of an input row.</param>
    /// <param name="output">The shape of an output row.</param>
    /// <param name="children">The children; one that takes a sequence takes as many steps as the composite.</param>
    /// <param name="cache">What the composite itself keeps for backward (<see cref="OwnCache(in ForwardPass)"/>).</param>
    /// <exception cref="ArgumentException">There is no child, it takes other steps, declares what cannot be, needs too much memory, or more than 256
    /// composites would be within one another.</exception>
    protected Composite(Shape input, Shape output, IReadOnlyList<Layer> children, BufferSize cache = default)
        : base(input, output)
    {
        ChildPlan.First(children, "composite", "Child");
        var plan = new ChildPlan("Child");
        outputStart = new BufferSize[children.Count];
        inputStart = new BufferSize[children.Count];
        for (int k = 0; k < children.Count; k++)
        {
            Layer child = children[k];
            bool isSequence = child.Input.Kind == ShapeKind.Sequence;
            if (isSequence && child.Input.Steps != input.Steps)
                throw new ArgumentException(
                    $"Child {k} ({child.Kind}) takes {child.Input}, but the composite has {input.Steps} steps; "
                    + "put a Chain around layers that change them.", nameof(children));

            try
            {
                (outputStart[k], inputStart[k]) = (outputs, inputs);
                outputs += new BufferSize(0, child.Output.Size).Aligned();
                inputs += new BufferSize(0, child.Input.Size).Aligned();
                plan.Add(child, kept: new BufferSize(0, child.Output.Size), lengthLevel: isSequence ? 0 : -1);
                ownCache = plan.Cache;
                Cache = plan.Cache + cache;
                Scratch = outputs + inputs + plan.Scratch;
            }
            catch (OverflowException)
            {
                throw plan.TooLarge(k, child);
            }
        }

        this.children = [.. plan.Children];
        Children = [.. children];
        Blocks = plan.Blocks;
        Depth = plan.Depth;
        ChangesSteps = base.ChangesSteps || children.Any(child => child.ChangesSteps);
        StatePerRow = plan.StatePerRow;
        BackwardReads = BackwardReads.Input;
        IsRandom = children.Any(child => child.IsRandom);
        MixesRows = children.Any(child => child.MixesRows);
        IsStreamable = children.All(child => child.IsStreamable);
        TrainsWithState = children.All(child => child.TrainsWithState);
        PieceSteps = Pieces.Together(children);
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Layer> Children { get; }

    internal sealed override bool ChangesSteps { get; }

    /// <inheritdoc/>
    public override void Check(in CheckPass pass)
    {
        foreach (ref readonly Child child in children.AsSpan())
            child.Check(pass, default, StepsOf(child, pass.Steps));
    }

    /// <inheritdoc/>
    public override void UpdateStatistics(in StatisticsPass pass)
    {
        foreach (ref readonly Child child in children.AsSpan())
            child.UpdateStatistics(pass, default, StepsOf(child, pass.Steps));
    }

    /// <summary>Computes a child's output; once per pass for each child.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <param name="child">The child's index.</param>
    /// <param name="input">The child's input: the composite's, or what another child gave.</param>
    /// <returns>The child's output, which stays as it is until the composite's pass ends, and where backward follows until that has ended.</returns>
    /// <exception cref="ArgumentException">The input has more or fewer values than the child takes.</exception>
    protected Span<float> ForwardChild(scoped in ForwardPass pass, int child, ReadOnlySpan<float> input)
    {
        ref readonly Child one = ref children[child];
        int steps = StepsOf(one, pass.Steps), outputSteps = one.StepsAfter(steps);
        if (input.Length != one.Layer.Input.SizeAt(steps) * pass.Rows)
            throw WrongLength(one, nameof(input), one.Layer.Input, steps, pass.Rows, input.Length);
        Span<float> y = pass.BackwardFollows ? one.Kept(pass.Cache, pass.Rows, outputSteps)
            : pass.Scratch.Slice(outputStart[child].At(pass.Rows), one.OutputSizeAt(outputSteps) * pass.Rows);
        ForwardPass derived = pass;
        one.Derive(pass, default, child, (outputs + inputs).At(pass.Rows), ref derived);
        derived.childSteps = steps;
        derived.childInput = input;
        derived.childOutput = y;
        derived.childOmitActivation = false;
        one.Layer.Forward(derived);
        pass.Learning?.Keep(child, y);
        return y;
    }

    /// <summary>What a child's output was in forward.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <param name="child">The child's index.</param>
    /// <returns>The output.</returns>
    protected ReadOnlySpan<float> OutputOf(scoped in BackwardPass pass, int child)
    {
        ref readonly Child one = ref children[child];
        return one.Kept(pass.Cache, pass.Rows, one.StepsAfter(StepsOf(one, pass.Steps)));
    }

    /// <summary>Memory for the gradient of a child's output, to be written before <see cref="BackwardChild"/>.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <param name="child">The child's index.</param>
    /// <returns>As many values as the child's output has, with anything in them.</returns>
    protected Span<float> OutputGradientOf(scoped in BackwardPass pass, int child)
    {
        ref readonly Child one = ref children[child];
        int size = one.OutputSizeAt(one.StepsAfter(StepsOf(one, pass.Steps)));
        return pass.Scratch.Slice(outputStart[child].At(pass.Rows), size * pass.Rows);
    }

    /// <summary>Runs the chain rule through a child: adds to the gradients of its parameters, and makes that of its input; once per pass for each
    /// child.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <param name="child">The child's index.</param>
    /// <param name="input">The child's input, as in forward.</param>
    /// <param name="outputGradient">∇y of the child.</param>
    /// <param name="wantsInputGradient">Whether ∇y₋ is wanted.</param>
    /// <returns>∇y₋ of the child, or an empty span.</returns>
    /// <exception cref="ArgumentException">The input has more or fewer values than the child takes, or ∇y than it gives.</exception>
    protected ReadOnlySpan<float> BackwardChild(
        scoped in BackwardPass pass, int child, ReadOnlySpan<float> input, ReadOnlySpan<float> outputGradient, bool wantsInputGradient = true)
    {
        ref readonly Child one = ref children[child];
        int steps = StepsOf(one, pass.Steps);
        ReadOnlySpan<float> y = OutputOf(pass, child);
        if (input.Length != one.Layer.Input.SizeAt(steps) * pass.Rows)
            throw WrongLength(one, nameof(input), one.Layer.Input, steps, pass.Rows, input.Length);
        if (outputGradient.Length != y.Length)
            throw WrongLength(one, nameof(outputGradient), one.Layer.Output, one.StepsAfter(steps), pass.Rows, outputGradient.Length);
        if (!wantsInputGradient && pass.StateGradient.IsEmpty && !one.Learns(pass.Learning))
            return default;
        Span<float> dx = pass.Scratch.Slice(outputs.At(pass.Rows) + inputStart[child].At(pass.Rows), wantsInputGradient ? input.Length : 0);
        BackwardPass derived = pass;
        one.Derive(pass, default, child, (outputs + inputs).At(pass.Rows), ref derived);
        derived.childSteps = steps;
        derived.childInput = input;
        derived.childOutput = y;
        derived.childOutputGradient = outputGradient;
        derived.childInputGradient = dx;
        derived.childOmitActivation = false;
        one.Layer.Backward(derived);
        return dx;
    }

    /// <summary>What the composite itself keeps for backward, of the size that its constructor states.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <returns>The memory; empty unless backward follows.</returns>
    protected Span<float> OwnCache(scoped in ForwardPass pass) => pass.BackwardFollows ? pass.Cache[ownCache.At(pass.Rows)..] : default;

    /// <summary>What the composite itself kept in forward.</summary>
    /// <param name="pass">The composite's pass.</param>
    /// <returns>The memory.</returns>
    protected ReadOnlySpan<float> OwnCache(scoped in BackwardPass pass) => pass.Cache[ownCache.At(pass.Rows)..];

    private static int StepsOf(in Child child, int steps) => child.LengthLevel == 0 ? steps : 1;

    private static ArgumentException WrongLength(in Child child, string name, Shape shape, int steps, int rows, int length) => new(
        $"Child {child.Index} ({child.Layer.Kind}) needs {shape.SizeAt(steps) * rows} values of {name}, but got {length}; give it {rows} rows of "
        + (shape.Kind == ShapeKind.Sequence ? $"{steps} × {shape.FeatureCount}, as many steps as the pass has." : $"{shape}."), name);
}
