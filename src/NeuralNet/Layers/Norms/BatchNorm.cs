using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Batch normalization: y = f(g ⊙ (x − μ) / √(σ² + ε) + b), with mean and variance of each feature over the batch while training, and
/// running ones in inference.</summary>
/// <remarks><para>forward: for each feature μ = mean x, σ² = mean (x − μ)² over all N vectors of the batch: rows, real steps of sequences, pixels of
/// images; x̂ = (x − μ) / √(σ² + ε), z = g ⊙ x̂ + b, y = f(z). Where the stored statistics are used, in inference and where they are frozen
/// (<see cref="Rates"/>), μ and σ² are the running ones.</para>
/// <para>backward: ∇z = ∇y J_f(z), ∇x̂ = g ⊙ ∇z; ∇x = (∇x̂ − mean ∇x̂ − x̂ mean(∇x̂ ⊙ x̂)) / √(σ² + ε); ∇g += Σ ∇z ⊙ x̂, ∇b += Σ ∇z over the
/// vectors. Stored statistics are constants: there ∇x = ∇x̂ / √(σ² + ε).</para>
/// <para>statistics, after the backward pass: mean ← (1 − m) mean + m μ, variance ← (1 − m) variance + m σ² N / (N − 1), with the momentum m.</para>
/// <para>Parameters: "weight" [features], g, which starts at 1, and "bias" [features], b, at 0, unless it is not affine. Statistics: "running_mean"
/// [features], which starts at 0, and "running_var" [features], at 1. A row of weight 0 is as if absent: it changes neither the statistics nor a
/// gradient, and its ∇x is 0; it is normalized by the statistics of the others all the same. A batch with fewer than two vectors has no variance,
/// and is refused while training; Fit lets such a last batch join the one before. Nothing is lost of values that lie far from 0 beside their
/// spread. S. Ioffe, C. Szegedy: "Batch normalization", 2015.</para>
/// <para>A value further from the mean than 3.4e38, so that the difference is no float, makes NaN or 0 of the values beside it.</para></remarks>
public sealed class BatchNorm : Layer, ILayerKind
{
    private const int Kept = ChannelFigures.Kept + 1, ChunkFloats = 1 << 14;

    private readonly Activation activation;
    private readonly ColumnLines lines;
    private readonly int features, weight = -1, bias = -1, mean;
    private readonly bool hasActivation, readsZ, readsY;

    /// <summary>Makes a batch normalization.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="momentum">m, above 0 and at most 1: how much of the running statistics a batch replaces.</param>
    /// <param name="epsilon">ε, from 10⁻³⁰ to 10³⁰.</param>
    /// <param name="affine">Whether each feature is scaled and shifted by learned numbers.</param>
    /// <param name="activation">f, which must give as many values as it takes; the identity unless given.</param>
    /// <exception cref="ArgumentException">The shape is empty, or f takes another number of values than it gives.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The momentum or ε is outside of its range, or NaN; or there are too many features.</exception>
    public BatchNorm(Shape input, float momentum = 0.1f, float epsilon = 1e-5f, bool affine = true, Activation? activation = null)
        : base(input, input)
    {
        this.activation = activation ?? Activation.Identity;
        features = input.FeatureCount;
        Momentum = momentum is > 0 and <= 1
            ? momentum
            : throw Guard.OutOfRange(nameof(momentum), momentum, "The momentum must be above 0 and at most 1.");
        Epsilon = Guard.Moderate(epsilon, nameof(epsilon), "ε");
        IsAffine = affine;
        hasActivation = this.activation is not Identity;
        if (this.activation.InputWidth(features) is int width && width != features)
        {
            throw new ArgumentException(
                $"{this.activation} takes {width} values for {features} outputs; a normalization needs as many. Add it behind, as a layer by itself.",
                nameof(activation));
        }

        var blocks = new List<Block>();
        if (affine)
        {
            (weight, bias) = (0, 1);
            blocks.Add(new("weight", BlockRole.Scale, [features], Initializer.Ones));
            blocks.Add(new("bias", BlockRole.Bias, [features], Initializer.Zeros));
        }

        mean = blocks.Count;
        blocks.Add(new("running_mean", BlockRole.Statistic, [features], Initializer.Zeros));
        blocks.Add(new("running_var", BlockRole.Statistic, [features], Initializer.Ones));
        Blocks = blocks;

        readsZ = hasActivation && this.activation.BackwardReads.HasFlag(BackwardReads.Input);
        readsY = hasActivation && this.activation.BackwardReads.HasFlag(BackwardReads.Output);
        int kept = Guard.Size((long)Kept * features, nameof(input), "The statistics of features would have");
        int all = Guard.Size((6L * (Workers.Line + Math.Max(features, 2 * ColumnLines.BlockLines))) + kept, nameof(input), "Features would take");
        lines = new ColumnLines(features);
        int rows = (hasActivation ? 1 : 0) + (readsZ ? 1 : 0);
        BufferSize places = new(Workers.Line * 2, Guard.Size((long)rows * input.Size, nameof(input), "z and its gradient would have"));
        Cache = new BufferSize(kept, 0);
        BufferSize sums = lines.MemoryOfRows(input.VectorsAt(input.Steps), nameof(input));
        MemoryOfChannels = new BufferSize(all, 0);
        Scratch = new BufferSize(
            Guard.Size((long)all + sums.Fixed + places.Fixed, nameof(input), "Features would take"),
            Guard.Size((long)sums.PerRow + places.PerRow, nameof(input), "A row would take"));
        BackwardReads = BackwardReads.Input | (readsY ? BackwardReads.Output : BackwardReads.None);
        MixesRows = true;
        IsRandom = this.activation.IsRandom;
        IsStreamable = true;
        FinalActivations = FinalActivation.OfAll(this.activation, features);
    }

    /// <summary>m.</summary>
    public float Momentum { get; }

    /// <summary>ε.</summary>
    public float Epsilon { get; }

    /// <summary>Whether each feature is scaled and shifted by learned numbers.</summary>
    public bool IsAffine { get; }

    /// <summary>f.</summary>
    public Activation Activation => activation;

    /// <inheritdoc/>
    public override KindSettings Settings =>
        new KindSettings().Set("momentum", Momentum).Set("epsilon", Epsilon).Set("affine", IsAffine).Set("activation", activation);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new BatchNorm(
        input, settings.GetSingle("momentum"), settings.GetSingle("epsilon"), settings.GetBoolean("affine"), settings.GetActivation("activation"));

    internal override bool ChecksBatches => true;

    /// <summary>The memory that <see cref="Channels"/> takes where statistics are stored.</summary>
    internal BufferSize MemoryOfChannels { get; }

    /// <summary>Whether <see cref="Channels"/> is all that a prediction does.</summary>
    internal bool IsOfChannels => activation is Identity or Relu;

    internal override string? Detail => hasActivation ? activation.ToString() : null;

    /// <inheritdoc/>
    public override void Check(in CheckPass pass)
    {
        if (pass.UsesStatistics)
            return;
        int count = new PresentVectors(pass.Rows, Input.VectorsAt(pass.Steps), pass.Lengths, pass.Weights).Count;
        if (count < 2)
            throw TooFew(count);
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        int perRow = Input.VectorsAt(pass.Steps);
        ChannelScale channels = Channels(pass, out Span<float> rest);
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        bool activates = hasActivation && !pass.OmitActivation && !channels.Rectifies;
        foreach (VectorRun run in runs)
        {
            // What is drawn at random goes by rows, which are not cut then.
            int some = activates && !IsRandom ? ChunkOf(pass.Workers) : run.Count;
            for (int first = 0; first < run.Count; first += some)
            {
                var chunk = new VectorRun(run.Row, run.First + first, Math.Min(some, run.Count - first));
                Span<float> y = chunk.Of(pass.Output, features), z = activates && !activation.WorksInPlace ? rest[..y.Length] : y;
                ChannelKernels.Scale(chunk.Of(pass.Input, features), channels, z, pass.Workers);
                if (activates)
                    activation.Forward(pass, chunk, perRow, z, y);
            }
        }

        runs.ClearRest(pass.Output, features);
    }

    /// <summary>What is done to each value of a channel, in memory of the pass. It rectifies where that is all that f does.</summary>
    /// <param name="pass">The pass, of which no more than <see cref="MemoryOfChannels"/> is used unless statistics are measured.</param>
    /// <param name="rest">The memory that is left.</param>
    internal ChannelScale Channels(scoped in ForwardPass pass, out Span<float> rest)
    {
        rest = pass.Scratch;
        Span<float> kept = Take(ref rest, Kept * features);
        Span<float> origin = Take(ref rest, lines.Wide), scale = Take(ref rest, lines.Wide), shift = Take(ref rest, lines.Wide);
        ReadOnlySpan<float> gain = IsAffine ? pass.Parameter(weight) : default, shifts = IsAffine ? pass.Parameter(bias) : default;
        if (!pass.UsesStatistics)
        {
            var vectors = new PresentVectors(pass.Rows, Input.VectorsAt(pass.Steps), pass.Lengths, pass.Weights);
            kept = pass.BackwardFollows ? pass.Cache : kept;
            ChannelFigures.Measure(SumsOf(vectors, pass.Input, default, origin, rest, pass.Workers), 1, Epsilon, origin, kept);
        }

        ChannelScale channels = pass.UsesStatistics
            ? Stored(pass.Statistic(mean), pass.Statistic(mean + 1), gain, shifts, kept, origin, scale, shift)
            : ChannelFigures.Forward(kept, 1, gain, shifts, features, origin, scale, shift);
        channels.Rectifies = activation is Relu && !pass.OmitActivation;
        return channels;
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        Span<float> dw = IsAffine ? pass.ParameterGradient(weight) : default, db = IsAffine ? pass.ParameterGradient(bias) : default;
        Span<float> dx = pass.InputGradient;
        bool isWanted = !(dw.IsEmpty && db.IsEmpty);
        if (!isWanted && dx.IsEmpty)
            return;

        Span<float> rest = pass.Scratch, kept = Take(ref rest, Kept * features), origin = Take(ref rest, lines.Wide);
        Span<float> scale = Take(ref rest, lines.Wide), slope = Take(ref rest, lines.Wide), shift = Take(ref rest, lines.Wide);
        ReadOnlySpan<float> figures = pass.UsesStatistics ? kept : pass.Cache;
        ReadOnlySpan<float> gain = IsAffine ? pass.Parameter(weight) : default, shifts = IsAffine ? pass.Parameter(bias) : default;
        ChannelScale channels = pass.UsesStatistics
            ? Stored(pass.Statistic(mean), pass.Statistic(mean + 1), gain, shifts, kept, origin, scale, shift)
            : ChannelFigures.Forward(figures, 1, gain, shifts, features, origin, scale, shift);

        int perRow = Input.VectorsAt(pass.Steps);
        var vectors = new PresentVectors(pass.Rows, perRow, pass.Lengths, pass.Weights);
        Span<float> memory = Take(ref rest, lines.Memory(vectors.Count));

        // ∇z = ∇y J_f(z), in the place of ∇x if that is wanted.
        bool activates = hasActivation && !pass.OmitActivation;
        Span<float> made = !activates ? default : dx.IsEmpty ? Take(ref rest, pass.OutputGradient.Length) : dx;
        ReadOnlySpan<float> dz = activates ? made : pass.OutputGradient;
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        ColumnSums sums = SumsOf(vectors, pass.Input, dz, origin, memory, pass.Workers);
        bool isFused = activates && !pass.UsesStatistics && vectors.IsWhole && !IsRandom;
        if (activates && !isFused)
        {
            foreach (VectorRun run in runs)
                BackThroughActivation(pass, run, perRow, channels, rest, made);
        }

        // ∇g and ∇b, summed over the vectors
        if (pass.UsesStatistics)
        {
            for (int row = 0; row < pass.Rows && isWanted; row++)
                AddRow(pass, row, vectors.Of(row), perRow * features, dz, origin, memory, figures, dw, db);
        }
        else
        {
            int groups = lines.Groups(vectors.Count), some = isFused ? pass.Workers.Count : groups;
            for (int group = 0; group < groups; group += some)
            {
                if (isFused)
                {
                    int first = group * lines.GroupVectors, end = Math.Min(vectors.Count - first, some * lines.GroupVectors);
                    BackThroughActivation(pass, new VectorRun(0, first, end), perRow, channels, rest, made);
                }

                sums.AddGroups(default(SlopeTerms), group, Math.Min(some, groups - group));
            }

            sums.Finish();
            ChannelFigures.AddGradients(sums, figures, 1, dw, db);
            ChannelFigures.Backward(sums, figures, 1, gain, scale, slope, shift);
        }

        // ∇x
        if (dx.IsEmpty)
            return;
        foreach (VectorRun run in runs)
        {
            ChannelKernels.InputGradient(
                run.Of(pass.Input, features), origin, scale, pass.UsesStatistics ? default : slope, pass.UsesStatistics ? default : shift,
                run.Of(dz, features), run.Of(dx, features), pass.Workers);
        }

        runs.ClearRest(dx, features);
        vectors.ClearAbsent(dx, features);
    }

    /// <inheritdoc/>
    public override void UpdateStatistics(in StatisticsPass pass)
    {
        double count = new PresentVectors(pass.Rows, Input.VectorsAt(pass.Steps), pass.Lengths, pass.Weights).Count;
        Span<float> means = pass.Statistic(mean), variances = pass.Statistic(mean + 1);
        ReadOnlySpan<float> origin = pass.Cache[..features], rest = pass.Cache.Slice(features, features);
        ReadOnlySpan<float> variance = pass.Cache.Slice(ChannelFigures.Kept * features, features);
        double share = pass.MeanOver > 0 ? 1.0 / pass.MeanOver : Momentum;
        for (int i = 0; i < features; i++)
        {
            means[i] = Follow(means[i], (double)origin[i] + rest[i], share);
            variances[i] = Follow(variances[i], variance[i] * count / (count - 1), share);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind} {Input}, momentum = {Momentum}, ε = {Epsilon}{(IsAffine ? "" : ", not affine")}{(hasActivation ? $", {activation}" : "")}");

    private static Span<float> Take(scoped ref Span<float> rest, int count) => SpanCutter.TakeLines(ref rest, count);

    private ArgumentException TooFew(int count) => new(
        $"A variance takes at least 2 values of each feature, but got {count} in this batch of {Input}; use larger batches, or GroupNorm, which "
        + "needs one row only.");

    // A running statistic is never infinite, because it would stay so whatever came then.
    private static float Follow(float running, double now, double share) =>
        (float)Math.Clamp(((1 - share) * running) + (share * now), float.MinValue, float.MaxValue);

    // How many vectors stay in the cache from one pass over them to the next, and are enough for the threads to share.
    private int ChunkOf(Workers workers) => Math.Max(1, (int)((long)ChunkFloats * workers.Count / features));

    private ChannelScale Stored(
        scoped ReadOnlySpan<float> means, scoped ReadOnlySpan<float> variances, scoped ReadOnlySpan<float> gain, scoped ReadOnlySpan<float> shifts,
        scoped Span<float> kept, Span<float> origin, Span<float> scale, Span<float> shift)
    {
        kept = kept[..(ChannelFigures.Kept * features)];
        ChannelFigures.Keep(means, variances, Epsilon, kept);
        return ChannelFigures.Stored(kept, gain, shifts, origin, scale, shift);
    }

    private ColumnSums SumsOf(
        PresentVectors vectors, ReadOnlySpan<float> x, ReadOnlySpan<float> dz, ReadOnlySpan<float> origin, Span<float> memory,
        Workers workers) => new()
        {
            Lines = lines,
            Vectors = vectors,
            Input = x,
            Slopes = dz,
            Origin = origin,
            Memory = memory,
            Workers = workers,
        };

    // Where statistics are stored no row knows of another: ∇g and ∇b are added row by row, so that parts of a step come to the bits of the whole.
    private void AddRow(
        in BackwardPass pass, int row, int real, int size, ReadOnlySpan<float> dz, ReadOnlySpan<float> origin, Span<float> memory,
        ReadOnlySpan<float> figures, Span<float> dw, Span<float> db)
    {
        if (real == 0)
            return;
        var place = new VectorRun(row, row * (size / features), real);
        ColumnSums sums = SumsOf(
            new PresentVectors(1, real, default, default), place.Of(pass.Input, features), place.Of(dz, features), origin, memory, pass.Workers);
        sums.Add(default(SlopeTerms));
        ChannelFigures.AddGradients(sums, figures, 1, dw, db);
    }

    // ∇z of a run, of which z is made again where the activation reads it: chunk by chunk.
    private void BackThroughActivation(
        in BackwardPass pass, VectorRun run, int perRow, in ChannelScale channels, Span<float> memory, Span<float> made)
    {
        int some = IsRandom ? run.Count : ChunkOf(pass.Workers);
        for (int first = 0; first < run.Count; first += some)
        {
            var chunk = new VectorRun(run.Row, run.First + first, Math.Min(some, run.Count - first));
            Span<float> z = default;
            if (readsZ)
            {
                z = memory[..(chunk.Count * features)];
                ChannelKernels.Scale(chunk.Of(pass.Input, features), channels, z, pass.Workers);
            }

            activation.Backward(
                pass, chunk, perRow, z, readsY ? chunk.Of(pass.Output, features) : default, chunk.Of(pass.OutputGradient, features),
                chunk.Of(made, features));
        }
    }
}
