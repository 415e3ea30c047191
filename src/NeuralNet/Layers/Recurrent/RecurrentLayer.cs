using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// What recurrent layers have in common: a state h that goes from step to step, hₜ = F(W xₜ + b, U hₜ₋₁), and is the output.
/// </summary>
/// <remarks>
/// <para>forward: z = W x + b of all steps, in one matrix product; then step by step the recurrent product U hₜ₋₁ and the
/// layer's own formulas.</para>
/// <para>backward through time: from the last step to the first, ∇hₜ = ∇yₜ + what step t + 1 passes on; ∇zₜ by the layer's own
/// formulas. Then, over all rows and steps, ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇z, and ∇x = ∇z Wᵀ.</para>
/// <para>Carried state: with <see cref="Batch.State"/> a row begins with the state that it is given, and leaves there the state
/// after its last real step, so that a long series can be given in pieces. Backward stops at the beginning of the piece:
/// truncated backpropagation through time (R. Williams, J. Peng: "An efficient gradient-based algorithm for on-line training of
/// recurrent network trajectories", 1990).</para>
/// <para>Rows of different lengths: only real steps are computed, a few rows at a time; rows that are sorted by length take
/// the least time.</para>
/// <para>While training, a row takes some 11 · steps · hidden floats in an LSTM or GRU, and 4 in a simple one.</para>
/// </remarks>
public abstract class RecurrentLayer : Layer
{
    private protected const int InputWeight = 0, RecurrentWeight = 1, Bias = 2, CandidateBias = 3;

    private readonly int inputs, gates, kept, room;
    private readonly bool hasCell, separatesGradients;

    private protected RecurrentLayer(
        Shape input, int hidden, bool lastStep, CellNumbers cell, Initializer? initializer, Initializer? recurrentInitializer, Initializer bias)
        : base(Check(input, hidden), lastStep ? Shape.Features(hidden) : input.WithFeatures(hidden))
    {
        inputs = input.FeatureCount;
        Hidden = hidden;
        IsLastStepOnly = lastStep;
        (gates, kept, hasCell, separatesGradients) = cell;
        try
        {
            int width = checked(gates * hidden), steps = input.Steps;
            Block inputWeight = new("weight_ih", BlockRole.Weight, [inputs, width], initializer ?? Initializer.GlorotUniform) { FanOut = hidden };
            Block recurrentWeight = new("weight_hh", BlockRole.Weight, [hidden, width], recurrentInitializer ?? Initializer.Orthogonal) { FanOut = hidden };
            Block offset = new("bias", BlockRole.Bias, [width], bias);
            Blocks = separatesGradients
                ? [inputWeight, recurrentWeight, offset, new("bias_hn", BlockRole.Bias, [hidden], Initializer.Zeros)]
                : [inputWeight, recurrentWeight, offset];

            room = RecurrentSizes.Room(hidden, width);
            int states = hasCell ? 2 * hidden : hidden;
            Cache = new(0, checked(steps * (width + (kept * hidden) + hidden)));
            int forward = checked((steps * width) + width + states), backward = checked((steps * width * (separatesGradients ? 2 : 1)) + states);
            Scratch = new(room, Math.Max(forward, backward));
            StatePerRow = states;
        }
        catch (OverflowException)
        {
            throw new ArgumentOutOfRangeException(nameof(hidden), hidden, $"With so wide a state a row of {input} would need 2³¹ floats or more.");
        }

        BackwardReads = BackwardReads.Input;
    }

    /// <summary>The width of the state h, and of y.</summary>
    public int Hidden { get; }

    /// <summary>Whether the output is the last real step's alone, instead of that of every step.</summary>
    public bool IsLastStepOnly { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}";

    private protected void Forward<TCell>(TCell cell, in ForwardPass pass)
        where TCell : struct, IRecurrentCell
    {
        int rows = pass.Rows, vectors = rows * pass.Steps, width = gates * Hidden;
        Span<float> cache = pass.Cache, scratch = pass.Scratch;
        Span<float> own = SpanCutter.Take(ref scratch, room);
        Span<float> z = pass.Training ? SpanCutter.Take(ref cache, vectors * width) : SpanCutter.Take(ref scratch, vectors * width);

        // z = W x + b
        ReadOnlySpan<float> w = pass.Parameter(InputWeight), b = pass.Parameter(Bias);
        foreach (VectorRun run in new VectorRuns(Input, rows, pass.Steps, pass.Lengths))
            MatrixProduct.Forward(run.Of(pass.Input, inputs), w, b, run.Of(z, width), run.Count, inputs, width, pass.Workers);

        // hₜ = F(zₜ, U hₜ₋₁)
        new RecurrentForward
        {
            Sizes = new(rows, pass.Steps, Hidden, IsLastStepOnly),
            Lengths = pass.Lengths,
            Weights = pass.Parameter(RecurrentWeight),
            Bias = separatesGradients ? pass.Parameter(CandidateBias) : default,
            Z = z,
            Kept = pass.Training ? SpanCutter.Take(ref cache, vectors * kept * Hidden) : default,
            HBefore = pass.Training ? SpanCutter.Take(ref cache, vectors * Hidden) : default,
            Output = pass.Output,
            State = pass.State,
            Room = own,
            H = SpanCutter.Take(ref scratch, rows * Hidden),
            C = SpanCutter.Take(ref scratch, hasCell ? rows * Hidden : 0),
            Product = SpanCutter.Take(ref scratch, rows * width),
        }.Run(cell, pass.Workers);
    }

    private protected void Backward<TCell>(TCell cell, in BackwardPass pass)
        where TCell : struct, IRecurrentCell
    {
        int rows = pass.Rows, vectors = rows * pass.Steps, width = gates * Hidden;
        ReadOnlySpan<float> cache = pass.Cache;
        ReadOnlySpan<float> z = SpanCutter.Take(ref cache, vectors * width), keptValues = SpanCutter.Take(ref cache, vectors * kept * Hidden), before = SpanCutter.Take(ref cache, vectors * Hidden);
        Span<float> scratch = pass.Scratch;
        Span<float> own = SpanCutter.Take(ref scratch, room), dz = SpanCutter.Take(ref scratch, vectors * width);
        Span<float> dproduct = SpanCutter.Take(ref scratch, separatesGradients ? vectors * width : 0);

        // ∇h and ∇z, from the last step to the first
        new RecurrentBackward
        {
            Sizes = new(rows, pass.Steps, Hidden, IsLastStepOnly),
            Lengths = pass.Lengths,
            Weights = pass.Parameter(RecurrentWeight),
            Z = z,
            Kept = keptValues,
            HBefore = before,
            OutputGradient = pass.OutputGradient,
            Room = own,
            Dh = SpanCutter.Take(ref scratch, rows * Hidden),
            Dc = SpanCutter.Take(ref scratch, hasCell ? rows * Hidden : 0),
            Dz = dz,
            Dproduct = dproduct,
        }.Run(cell, pass.Workers);

        var runs = new VectorRuns(Input, rows, pass.Steps, pass.Lengths);
        AddGradients(pass, runs, before, dz, separatesGradients ? dproduct : dz);

        // ∇x = ∇z Wᵀ
        if (pass.InputGradient.IsEmpty)
            return;
        foreach (VectorRun run in runs)
            MatrixProduct.InputGradient(run.Of(dz, width), pass.Parameter(InputWeight), run.Of(pass.InputGradient, inputs), run.Count, inputs, width, pass.Workers);
        runs.ClearRest(pass.InputGradient, inputs);
    }

    // ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇z, summed over rows and steps
    private void AddGradients(scoped in BackwardPass pass, scoped VectorRuns runs, ReadOnlySpan<float> before, ReadOnlySpan<float> dz, ReadOnlySpan<float> dproduct)
    {
        int width = gates * Hidden;
        Span<float> dw = pass.ParameterGradient(InputWeight), du = pass.ParameterGradient(RecurrentWeight), db = pass.ParameterGradient(Bias);
        foreach (VectorRun run in runs)
        {
            ReadOnlySpan<float> some = run.Of(dz, width);
            if (!dw.IsEmpty)
                MatrixProduct.AddWeightGradient(run.Of(pass.Input, inputs), some, dw, run.Count, inputs, width, pass.Workers);
            if (!du.IsEmpty)
                MatrixProduct.AddWeightGradient(run.Of(before, Hidden), run.Of(dproduct, width), du, run.Count, Hidden, width, pass.Workers);
            if (!db.IsEmpty)
                MatrixProduct.AddColumnSums(some, db, run.Count, width, pass.Workers);
        }

        if (!separatesGradients)
            return;
        Span<float> candidate = pass.ParameterGradient(CandidateBias);
        if (candidate.IsEmpty)
            return;
        foreach (VectorRun run in runs)
            MatrixProduct.AddColumnSums(run.Of(dproduct, width)[(width - Hidden)..], candidate, run.Count, Hidden, width, pass.Workers);
    }

    private static Shape Check(Shape input, int hidden)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hidden);
        return Guard.Sequence(input, "A recurrent layer");
    }
}

/// <summary>What the memory of a recurrent layer follows from.</summary>
internal readonly record struct CellNumbers(int Gates, int Kept, bool HasCell, bool SeparatesGradients)
{
    public static CellNumbers Of<TCell>()
        where TCell : struct, IRecurrentCell => new(TCell.Gates, TCell.Kept, TCell.HasCell, TCell.SeparatesGradients);
}
