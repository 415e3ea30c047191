using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What recurrent layers have in common: a state h that goes from step to step, hₜ = F(W xₜ + b, U hₜ₋₁), and is the output.</summary>
/// <remarks><para>forward: z = W x + b of all steps, in one matrix product; then step by step the recurrent product pₜ = U hₜ₋₁ and the
/// layer's own formulas.</para>
/// <para>backward through time: from the last step to the first, ∇hₜ = ∇yₜ + what step t + 1 passes on; ∇zₜ by the layer's own formulas, and ∇pₜ,
/// which is ∇zₜ where z + p is all that the formulas use. Then, over all rows and steps, ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇p, and ∇x = ∇z Wᵀ.</para>
/// <para>Carried state: with <see cref="Batch.State"/> a row begins with the state that it is given, and leaves there the state after its last real
/// step, so that a long series can be given in pieces. Backward stops at the beginning of the piece: truncated backpropagation through time (R.
/// Williams, J. Peng: "An efficient gradient-based algorithm for on-line training of recurrent network trajectories", 1990). With
/// <see cref="Batch.StateGradient"/> it does not: ∇h, and ∇c, of a row's last step begin with the gradient of the state that the row leaves, and
/// those before its first step are the gradient of the state that it began with, ∇h₋₁ = ∇p₀ Uᵀ and what goes past U.</para>
/// <para>Rows of different lengths: only real steps are computed, a few rows at a time; rows that are sorted by length take the least time.</para>
/// <para>While training, a row takes some 11 · steps · hidden floats in an LSTM or GRU, up to 16 in one with other activations
/// than the usual ones, and 4 in a simple one.</para></remarks>
public abstract class RecurrentLayer : Layer
{
    private const int InputWeight = 0, RecurrentWeight = 1, Bias = 2, ProductBias = 3;

    private readonly int inputs, sumMemory;

    private protected RecurrentLayer(
        Shape input, RecurrentSizes sizes, Initializer? initializer, Initializer? recurrentInitializer, Initializer? biasInitializer)
        : base(Check(input, sizes.Hidden), sizes.LastStepOnly ? Shape.Features(sizes.Hidden) : input.WithFeatures(sizes.Hidden))
    {
        inputs = input.FeatureCount;
        Sizes = sizes;
        try
        {
            int hidden = sizes.Hidden, width = sizes.Width, steps = input.Steps;
            Block w = new("weight_ih", BlockRole.Weight, [inputs, width], initializer ?? Initializer.GlorotUniform) { FanOut = hidden };
            Block u = new("weight_hh", BlockRole.Weight, [hidden, width], recurrentInitializer ?? Initializer.Orthogonal) { FanOut = hidden };
            Block b = new("bias", BlockRole.Bias, [width], biasInitializer ?? Initializer.Zeros);
            Blocks = sizes.SeparatesProduct ? [w, u, b, new("bias_hn", BlockRole.Bias, [hidden], Initializer.Zeros)] : [w, u, b];

            StatePerRow = sizes.States;
            Cache = new(0, checked(steps * (width + (sizes.Kept * hidden) + hidden + sizes.Reset)));
            int forward = checked((steps * width) + width), backward = checked(steps * width * (sizes.SeparatesProduct ? 2 : 1));
            sumMemory = PlaceGradients.Memory(steps, Math.Max(inputs, hidden), width);
            Scratch = new(checked(sizes.Room + sizes.ResetRoom + sumMemory), checked(Math.Max(forward, backward) + sizes.States + sizes.Reset));
        }
        catch (OverflowException)
        {
            throw TooWide(input, sizes.Hidden);
        }

        BackwardReads = BackwardReads.Input;
        IsStreamable = true;
    }

    /// <summary>The width of the state h, and of y.</summary>
    public int Hidden => Sizes.Hidden;

    private protected RecurrentSizes Sizes { get; }

    /// <summary>Whether the output is the last real step's alone, instead of that of every step.</summary>
    public bool IsLastStepOnly => Sizes.LastStepOnly;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("hidden", Hidden).Set("lastStep", IsLastStepOnly);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}";

    private protected void Forward<TCell>(TCell cell, in ForwardPass pass) where TCell : struct, IRecurrentCell
    {
        var job = new RecurrentForward<TCell>(
            cell, pass, Sizes, pass.Parameter(RecurrentWeight), Sizes.SeparatesProduct ? pass.Parameter(ProductBias) : default);

        // z = W x + b
        ReadOnlySpan<float> w = pass.Parameter(InputWeight), b = pass.Parameter(Bias);
        foreach (VectorRun run in new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths))
            MatrixProduct.Forward(run.Of(pass.Input, inputs), w, b, run.Of(job.Z, b.Length), run.Count, inputs, b.Length, pass.Workers);

        // hₜ = F(zₜ, U hₜ₋₁)
        RecurrentForward<TCell>.Run(ref job);
    }

    private protected void Backward<TCell>(TCell cell, in BackwardPass pass) where TCell : struct, IRecurrentCell
    {
        // ∇h and ∇z, from the last step to the first
        var job = new RecurrentBackward<TCell>(cell, pass, Sizes, pass.Parameter(RecurrentWeight));
        RecurrentBackward<TCell>.Run(ref job);

        // ∇W = x ∇z, ∇b = ∇z, ∇U = hₜ₋₁ ∇p, summed over rows and steps
        int hidden = Hidden, width = Sizes.Width;
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        Span<float> dw = pass.ParameterGradient(InputWeight), du = pass.ParameterGradient(RecurrentWeight), db = pass.ParameterGradient(Bias);
        Span<float> productBias = Sizes.SeparatesProduct ? pass.ParameterGradient(ProductBias) : default;
        Span<float> memory = pass.Scratch[^sumMemory..];
        foreach (VectorRun run in runs)
        {
            ReadOnlySpan<float> dz = run.Of(job.Dz, width), dproduct = run.Of(job.Dproduct, width);
            PlaceGradients.AddWeights(run.Of(pass.Input, inputs), dz, dw, run.Count, pass.Steps, inputs, width, memory, pass.Workers);
            if (Sizes.ResetsBefore)
                AddResetWeights(job, run, pass, du);
            else
                PlaceGradients.AddWeights(run.Of(job.HBefore, hidden), dproduct, du, run.Count, pass.Steps, hidden, width, memory, pass.Workers);
            PlaceGradients.AddBiases(dz, db, run.Count, pass.Steps, width, width, memory, pass.Workers);
            PlaceGradients.AddBiases(
                dproduct[(width - hidden)..], productBias, run.Count, pass.Steps, hidden, width, memory, pass.Workers);
        }

        // ∇x = ∇z Wᵀ
        if (pass.InputGradient.IsEmpty)
            return;
        ReadOnlySpan<float> w = pass.Parameter(InputWeight);
        foreach (VectorRun run in runs)
            MatrixProduct.InputGradient(run.Of(job.Dz, width), w, run.Of(pass.InputGradient, inputs), run.Count, inputs, width, pass.Workers);
        runs.ClearRest(pass.InputGradient, inputs);
    }

    /// <summary>y = f(z) for the units of one row.</summary>
    private protected static void Activate(ScalarActivation f, ReadOnlySpan<float> z, Span<float> y) =>
        f.Forward(new ActivationForwardPass { Vectors = 1, Z = z, Y = y });

    /// <summary>∇z = f′ ∇y for the units of one row.</summary>
    private protected static void ActivateBackward(
        ScalarActivation f, ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        f.Backward(new ActivationBackwardPass { Vectors = 1, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });

    /// <exception cref="ArgumentException">The activation that is given is a vector activation or random.</exception>
    internal static ScalarActivation Scalar(Activation? given, Activation usual, string name) =>
        (given ?? usual) is ScalarActivation { IsRandom: false } scalar
            ? scalar
            : throw new ArgumentException(
                $"A recurrent layer takes a scalar activation that is not random, as {usual} is, but for {name} got {given}.", name);

    // ∇U where the last gate's product is that of r ⊙ h: ∇U = [hₜ₋₁ ∇p of the gates before it, (r ⊙ hₜ₋₁) ∇z of the last one]
    private void AddResetWeights<TCell>(in RecurrentBackward<TCell> job, VectorRun run, in BackwardPass pass, Span<float> du)
        where TCell : struct, IRecurrentCell
    {
        if (du.IsEmpty)
            return;
        (int hidden, int width, int direct) = (Hidden, Sizes.Width, Sizes.Direct);
        ReadOnlySpan<float> dz = run.Of(job.Dz, width);
        Span<float> memory = pass.Scratch[^sumMemory..];
        PlaceGradients.AddWeights(
            run.Of(job.HBefore, hidden), dz, du, run.Count, pass.Steps, hidden, direct, width, memory, pass.Workers);
        PlaceGradients.AddWeights(
            run.Of(job.HReset, hidden), dz[direct..], du[direct..], run.Count, pass.Steps, hidden, hidden, width, memory, pass.Workers);
    }

    private static ArgumentOutOfRangeException TooWide(Shape input, int hidden) =>
        new(nameof(hidden), hidden, $"With so wide a state a row of {input} would need 2³¹ floats or more.");

    private static Shape Check(Shape input, int hidden)
    {
        Guard.Count(hidden, nameof(hidden));
        return Guard.Sequence(input, "A recurrent layer");
    }
}

/// <summary>A recurrent layer whose formulas are written once for every vector width: for people's own cells too, at the speed of the
/// library's.</summary>
/// <remarks><para>To write your own: a struct with the formulas, <see cref="ICellFormula"/>; a class that derives from this one, with a
/// constructor that hands the struct on. The layer makes z = W x + b and p = U h, and all gradients from the ∇z that the formula
/// gives; check it with <see cref="GradientCheck"/>. <see cref="Lstm"/> and <see cref="Gru"/> are written so.</para>
/// <para>Parameters: "weight_ih" W [inputs, gates · hidden], "weight_hh" U [hidden, gates · hidden], "bias" b [gates · hidden],
/// each gate after gate; if <see cref="ICellFormula.SeparatesProduct"/>, "bias_hn" [hidden], that of p of the last gate. State of
/// a row: h, then c if there is one.</para></remarks>
/// <typeparam name="TFormula">The cell's formulas, forward beside backward.</typeparam>
public abstract class RecurrentLayer<TFormula> : RecurrentLayer where TFormula : struct, ICellFormula
{
    private readonly TFormula formula;

    // Of a cell that may be another one than the formula's, and then has the sizes that are given.
    private protected RecurrentLayer(
        RecurrentSizes? sizes, Shape input, int hidden, bool lastStep, Initializer? initializer, Initializer? recurrentInitializer,
        Initializer? biasInitializer = null)
        : base(input, sizes ?? RecurrentSizes.Of<TFormula>(hidden, lastStep), initializer, recurrentInitializer, biasInitializer)
    {
    }

    /// <summary>Makes a layer.</summary>
    /// <param name="formula">The formulas with their settings.</param>
    /// <param name="input">The shape of an input row, a sequence.</param>
    /// <param name="hidden">The width of h, and of c, at least 1.</param>
    /// <param name="lastStep">Whether to give the last real step's h alone, [hidden], instead of that of every step.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given (which takes seconds for 1000 units and more).</param>
    /// <param name="biasInitializer">How b is initialized; 0 unless given.</param>
    /// <exception cref="ArgumentException">The input is no sequence, or the formula has not 1 to 8 gates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive or too large.</exception>
#pragma warning disable RS0022 // Deriving is what this class is for; its base shows nothing more to those who do.
    protected RecurrentLayer(
#pragma warning restore RS0022
        TFormula formula,
        Shape input,
        int hidden,
        bool lastStep = false,
        Initializer? initializer = null,
        Initializer? recurrentInitializer = null,
        Initializer? biasInitializer = null)
        : base(input, RecurrentSizes.Of<TFormula>(hidden, lastStep), initializer, recurrentInitializer, biasInitializer) =>
        this.formula = formula;

    /// <inheritdoc/>
    public sealed override void Forward(in ForwardPass pass) => RunForward(pass);

    /// <inheritdoc/>
    public sealed override void Backward(in BackwardPass pass) => RunBackward(pass);

    // What a layer with another cell than the formula's overrides.
    private protected virtual void RunForward(in ForwardPass pass) => Forward(Cell(), pass);

    private protected virtual void RunBackward(in BackwardPass pass) => Backward(Cell(), pass);

    // Memory was planned for the numbers that the formula gave when the layer was made.
    private FormulaCell<TFormula> Cell() => RecurrentSizes.Of<TFormula>(Hidden, IsLastStepOnly) == Sizes
        ? new(formula)
        : throw new InvalidOperationException($"{Kind}: the formula must give the same gates, kept values and flags in every call.");
}
