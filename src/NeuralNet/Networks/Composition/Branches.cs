using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Layers side by side: the same x goes into each, and their outputs are merged into one. With the identity as one of two
/// branches and a sum it is a residual block, y = x + F(x): <see cref="Residual"/>.</summary>
/// <remarks><para>forward: yₘ = fₘ(x) for every branch m; y = Σₘ yₘ, Πₘ yₘ or [y₀, y₁, …], as <see cref="Merge"/> says.</para>
/// <para>backward: ∇yₘ = ∇y for a sum, ∇y ⊙ Π_{k≠m} y_k for a product (multiplied out, because an output may be 0), and the branch's
/// columns of ∇y for a concatenation. Then the distributed chain rule: x feeds every branch, so ∇x = Σₘ ∇xₘ.</para>
/// <para>Its blocks are those of the branches, with the branch's index before the name: "1.0.weight". Sums and products are
/// taken in the order of the branches. With M branches, ∇y of a product takes M (M − 1) multiplications an element.</para>
/// <para>Source of residual blocks: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016.</para></remarks>
public sealed class Branches : Layer, ILayerKind
{
    private readonly Child[] children;
    private readonly bool[] keepsOutput;
    private readonly int[] firstColumn;
    private readonly BufferSize output, inputGradient;

    /// <summary>Puts branches side by side.</summary>
    /// <param name="branches">The branches; all take the same shape. <see cref="Skip"/> is the one that does nothing.</param>
    /// <param name="merge">What becomes of their outputs.</param>
    /// <exception cref="ArgumentException">There is no branch, the shapes of two do not fit, a branch declares what cannot be, or more than 256
    /// composites would be within one another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such way to merge, or a row of the output would have 2³¹ values or more.</exception>
    public Branches(IReadOnlyList<Layer> branches, Merge merge)
        : base(ChildPlan.First(branches, "layer of branches", "Branch").Input, Merged(branches, merge))
    {
        var plan = new ChildPlan("Branch");
        int count = branches.Count, column = 0;
        keepsOutput = new bool[count];
        firstColumn = new int[count];
        BufferSize widest = default, scratch = default;
        for (int m = 0; m < count; m++)
        {
            Layer branch = branches[m];
            keepsOutput[m] = merge == Merge.Product || branch.BackwardReads.HasFlag(BackwardReads.Output);
            firstColumn[m] = column;
            column += branch.Output.FeatureCount;
            try
            {
                BufferSize made = new BufferSize(0, branch.Output.Size).Aligned();
                plan.Add(branch, kept: keepsOutput[m] ? made : default, lengthLevel: 0);
                widest = BufferSize.Max(widest, made);
                inputGradient = count > 1 ? new BufferSize(0, Input.Size).Aligned() : default;
                scratch = widest + inputGradient + plan.Scratch;
            }
            catch (OverflowException)
            {
                throw plan.TooLarge(m, branch);
            }
        }

        children = [.. plan.Children];
        output = widest;
        Layers = [.. branches];
        Merge = merge;
        Blocks = plan.Blocks;
        Depth = plan.Depth;
        KeepsLengths = branches.All(branch => branch.KeepsLengths);
        ChangesSteps = base.ChangesSteps || branches.Any(branch => branch.ChangesSteps);
        Cache = plan.Cache;
        Scratch = scratch;
        StatePerRow = plan.StatePerRow;
        BackwardReads = branches.Aggregate(BackwardReads.None, (reads, branch) => reads | (branch.BackwardReads & BackwardReads.Input));
        ChecksBatches = children.Any(child => child.ChecksBatches);
        IsStreamable = branches.All(branch => branch.IsStreamable);
        TrainsWithState = branches.All(branch => branch.TrainsWithState);
        PieceSteps = Pieces.Together(branches);
        MixesRows = branches.Any(branch => branch.MixesRows);
        IsRandom = branches.Any(branch => branch.IsRandom);
        InputIds = branches.Aggregate(0, (ids, branch) => Ids.Fewest(ids, branch.InputIds));

        if (merge == Merge.Concat)
        {
            FinalActivations =
                [.. branches.SelectMany((branch, m) => branch.FinalActivations.Select(one => one with { First = firstColumn[m] + one.First }))];
        }
    }

    /// <summary>The branches, the first one first.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>What becomes of their outputs.</summary>
    public Merge Merge { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("merge", Merge.ToString()).Set("layers", Layers);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Branches(
        settings.GetLayers("layers"),
        settings.GetString("merge") switch
        {
            nameof(Merge.Sum) => Merge.Sum,
            nameof(Merge.Product) => Merge.Product,
            nameof(Merge.Concat) => Merge.Concat,
            string other => throw new ArgumentException($"\"merge\" is \"{other}\"; Sum, Product or Concat was expected."),
        });

    /// <inheritdoc/>
    public override bool KeepsLengths { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> Children => Layers;

    internal override bool ChangesSteps { get; }

    internal override bool ChecksBatches { get; }

    internal override string Detail => Merge.ToString();

    /// <summary>A residual block: y = x + F(x), so ∇x = ∇y + ∇y ∂F/∂x. Its branch 0 is the identity, branch 1 is F.</summary>
    /// <param name="layer">F; it gives the shape that it takes.</param>
    /// <returns>The sum of the identity and F.</returns>
    /// <exception cref="ArgumentException">F gives another shape than it takes, or declares what cannot be.</exception>
    public static Branches Residual(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return layer.Output == layer.Input ? new Branches([new Skip(layer.Input), layer], Merge.Sum)
            : throw new ArgumentException(
                $"A residual block is x + F(x), and here x is {layer.Input}, but F(x) is {layer.Output}; they must have one shape.", nameof(layer));
    }

    /// <summary>The marks of one branch's output row, from those of the merged one (<see cref="Tracing"/>); null for a sum or product.</summary>
    internal int[]? MarksOfBranch(int m, int[] merged)
    {
        if (Merge != Merge.Concat)
            return null;
        int width = Layers[m].Output.FeatureCount, all = Output.FeatureCount;
        int[] marks = new int[Layers[m].Output.Size];
        for (int i = 0; i < marks.Length; i++)
            marks[i] = merged[(i / width * all) + firstColumn[m] + (i % width)];
        return marks;
    }

    /// <inheritdoc/>
    public override int OutputSteps(int steps) => children[0].StepsAfter(steps);

    /// <inheritdoc/>
    public override void Check(in CheckPass pass)
    {
        foreach (ref readonly Child child in children.AsSpan())
            child.Check(pass, default, pass.Steps);
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        ForwardPass derived = pass;
        int steps = OutputSteps(pass.Steps), scratchStart = (output + inputGradient).At(pass.Rows);
        ReadOnlySpan<float> merged = default;
        for (int m = 0; m < children.Length; m++)
        {
            ref readonly Child child = ref children[m];
            Span<float> y = pass.BackwardFollows && keepsOutput[m] ? child.Kept(pass.Cache, pass.Rows, steps)
                : m == 0 && Merge != Merge.Concat ? pass.Output
                : pass.Scratch[..(child.OutputSizeAt(steps) * pass.Rows)];

            // yₘ = fₘ(x)
            child.Derive(pass, default, m, scratchStart, ref derived);
            derived.childOmitActivation = pass.OmitActivation && child.HasFinalActivations;
            derived.childOutput = y;
            child.Layer.Forward(derived);
            pass.Learning?.Keep(m, y);

            // y = Σₘ yₘ, Πₘ yₘ or [y₀, y₁, …]
            if (Merge == Merge.Concat)
                ColumnKernels.ToColumns(y, child.Layer.Output.FeatureCount, pass.Output, Output.FeatureCount, firstColumn[m], pass.Workers);
            else if (m > 0 && Merge == Merge.Sum)
                Elementwise.Map(default(PairSum), merged, y, pass.Output, pass.Workers);
            else if (m > 0)
                Elementwise.Map(default(PairProduct), merged, y, pass.Output, pass.Workers);
            else if (children.Length == 1 && keepsOutput[m] && pass.BackwardFollows)
                y.CopyTo(pass.Output);
            merged = m == 0 ? y : pass.Output;
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        BackwardPass derived = pass;
        int steps = OutputSteps(pass.Steps), scratchStart = (output + inputGradient).At(pass.Rows);
        Span<float> dx = pass.InputGradient;
        for (int m = 0; m < children.Length; m++)
        {
            ref readonly Child child = ref children[m];
            if (dx.IsEmpty && pass.StateGradient.IsEmpty && !child.Learns(pass.Learning))
                continue;
            Span<float> dxm = m == 0 ? dx : pass.Scratch.Slice(output.At(pass.Rows), dx.Length);

            child.Derive(pass, default, m, scratchStart, ref derived);
            derived.childOmitActivation = pass.OmitActivation && child.HasFinalActivations;
            derived.childOutput = keepsOutput[m] ? child.Kept(pass.Cache, pass.Rows, steps) : default;
            derived.childOutputGradient = GradientOf(m, pass, steps);
            derived.childInputGradient = dxm;
            child.Layer.Backward(derived);

            // The distributed chain rule: ∇x = Σₘ ∇xₘ
            if (m > 0 && !dx.IsEmpty)
                Elementwise.Map(default(PairSum), dx, dxm, dx, pass.Workers);
        }
    }

    /// <inheritdoc/>
    public override void UpdateStatistics(in StatisticsPass pass)
    {
        foreach (ref readonly Child child in children.AsSpan())
            child.UpdateStatistics(pass, default, pass.Steps);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {Merge} of {Layers.Count}";

    // ∇yₘ, from ∇y: for a sum ∇y itself, for a product ∇y ⊙ Π_{k≠m} y_k, for a concatenation its columns.
    private ReadOnlySpan<float> GradientOf(int m, scoped in BackwardPass pass, int steps)
    {
        if (Merge == Merge.Sum || children.Length == 1)
            return pass.OutputGradient;

        Span<float> dy = pass.Scratch[..(children[m].OutputSizeAt(steps) * pass.Rows)];
        if (Merge == Merge.Concat)
        {
            int width = children[m].Layer.Output.FeatureCount;
            ColumnKernels.FromColumns(pass.OutputGradient, Output.FeatureCount, firstColumn[m], dy, width, pass.Workers);
            return dy;
        }

        ReadOnlySpan<float> made = pass.OutputGradient;
        for (int k = 0; k < children.Length; k++)
        {
            if (k == m)
                continue;
            Elementwise.Map(default(PairProduct), made, children[k].Kept(pass.Cache, pass.Rows, steps), dy, pass.Workers);
            made = dy;
        }

        return dy;
    }

    private static Shape Merged(IReadOnlyList<Layer> branches, Merge merge)
    {
        if (merge is not (Merge.Sum or Merge.Product or Merge.Concat))
            throw Guard.OutOfRange(nameof(merge), (long)merge, "Sum, Product or Concat was expected.");
        Layer first = branches[0];
        long features = 0;
        for (int m = 0; m < branches.Count; m++)
        {
            Layer branch = branches[m];
            if (branch.Input != first.Input)
                throw new ArgumentException(
                    $"Branch {m} ({branch.Kind}) takes {branch.Input}, but branch 0 ({first.Kind}) takes {first.Input}; "
                    + "all branches have the same input.", nameof(branches));

            Shape alike = merge == Merge.Concat ? branch.Output.WithFeatures(first.Output.FeatureCount) : branch.Output;
            if (alike != first.Output)
            {
                string wanted = merge == Merge.Concat ? "outputs that differ in their features only" : "outputs of one shape";
                throw new ArgumentException(
                    $"Branch {m} ({branch.Kind}) gives {branch.Output}, but branch 0 ({first.Kind}) gives {first.Output}; {merge} needs {wanted}.",
                    nameof(branches));
            }

            features += branch.Output.FeatureCount;
        }

        if (merge != Merge.Concat)
            return first.Output;
        return first.Output.WithFeatures(Guard.Size(features, nameof(branches), "The features axis would have"));
    }
}
