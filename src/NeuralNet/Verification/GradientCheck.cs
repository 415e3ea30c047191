using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Compares backward with finite differences: for anyone's layer, activation or divergence, in one line of a unit test.</summary>
/// <remarks><para>Of L = Σ cᵢ yᵢ with random c (a divergence is its own L; the state that a layer leaves counts as outputs do), each gradient is
/// compared with the central difference (L(p + h) − L(p − h)) / 2h, extrapolated from h and h/2. In float32 with h = 10⁻² the two agree to about
/// 5 · 10⁻⁵ for smooth functions.</para>
/// <para>Where a kink lies between p − h and p + h the difference means nothing. That is noticed from values of the function
/// alone, never from backward: differences at h and h/2 disagree. Such an element of a layer or an activation is
/// tried again with h/2, h/4, down to h/64, as long as the rounding of the outputs stays small beside the gradient; where most elements of a
/// gradient are still at kinks, the slope on a side without a kink is taken. Elements that remain are left out and counted.</para>
/// <para>Backward is given only what the layer or activation declares that it reads (the rest is NaN, or absent), and a
/// layer must add to its parameters' gradients and overwrite that of its input. Past a row's length the input is NaN, and so is ∇y
/// where the layer <see cref="Layer.KeepsLengths"/>: an error of NaN with lengths means that steps are read which are not there, or
/// that their outputs are not written (<see cref="ForwardPass.RealValues"/>).</para>
/// <para>Backward of a layer is run once more with all of its blocks frozen, as <see cref="Rates"/> may freeze them: their gradients are empty then
/// (<see cref="BackwardPass.ParameterGradient"/>), and ∇x must have the bits that it has otherwise.</para>
/// <para>In a unit test: <c>GradientCheck.Layer(new MyLayer()).EnsurePasses();</c></para></remarks>
public static partial class GradientCheck
{
    private const float DefaultStep = 1e-2f;
    private const long MaxValues = 1 << 24;

    /// <summary>Checks a layer: ∇x, the gradient of each block of parameters, and if it has a state ∇state, that of the state which a row begins
    /// with (0 for counts, <see cref="Layer.StateIsCount"/>).</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="seed">What inputs, parameters and c are drawn from.</param>
    /// <param name="step">h.</param>
    /// <param name="lengths"> For a layer that takes sequences the real steps of each row. Null: all steps are real, and then the same is checked
    /// once more with rows of several lengths ("∇x with lengths"). Besides, if the layer draws random numbers or has statistics, its gradient is
    /// checked as that of a prediction ("∇x in inference"); and if it is streamable, the outputs of a row in two pieces ("y in pieces").
    /// </param>
    /// <returns>The comparison.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit, or of one of them the layer makes no possible number of steps.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or there are too many values.</exception>
    public static GradientCheckResult Layer(Layer layer, int rows = 4, long seed = 0, float step = DefaultStep, int[]? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        CheckSettings(rows, layer.Input.Size + (long)layer.Output.Size, step);
        if (lengths is not null && (layer.Input.Kind != ShapeKind.Sequence || lengths.Length != rows
            || lengths.Any(length => length < 1 || length > layer.Input.Steps)))
        {
            throw new ArgumentException($"{rows} lengths of 1 to {layer.Input.Steps} steps were expected, for a sequence.", nameof(lengths));
        }

        foreach (int length in lengths ?? [layer.Input.Steps])
        {
            if (Refusal(layer, layer.Input.Steps, length) is { } refusal)
                throw new ArgumentException(refusal, nameof(lengths));
        }

        List<GradientCheckPart> parts = Parts(layer, rows, seed, step, lengths, "");
        if (lengths is null && layer.Input.Kind == ShapeKind.Sequence && layer.Input.Steps > 1)
        {
            // Of the lengths that leave a row with a step, as many as there are rows.
            int all = layer.Input.Steps;
            int[] possible = [.. Enumerable.Range(1, all).Where(length => Refusal(layer, all, length) is null).Take(rows)];
            int[] several = [.. Enumerable.Range(0, rows).Select(row => possible[row % possible.Length])];
            parts.AddRange(Parts(layer, rows, seed, step, several, " with lengths"));
        }

        if (layer.IsRandom || layer.Blocks.Any(block => block.Role == BlockRole.Statistic))
            parts.AddRange(Parts(layer, rows, seed, step, lengths, " in inference", inference: true));
        if (lengths is null && InPieces(layer, rows, seed) is { } pieces)
            parts.Add(pieces);
        return new GradientCheckResult(parts);
    }

    /// <summary>Checks an activation: ∇z.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="outputs">The width of y.</param>
    /// <param name="vectors">How many vectors, each with other values.</param>
    /// <param name="seed">What z and c are drawn from.</param>
    /// <param name="step">h.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or there are too many values.</exception>
    public static GradientCheckResult Activation(Activation activation, int outputs = 6, int vectors = 20, long seed = 0, float step = DefaultStep)
    {
        ArgumentNullException.ThrowIfNull(activation);
        Guard.Count(outputs, nameof(outputs));
        CheckSettings(vectors, outputs + (long)activation.InputWidth(outputs), step);
        int inputs = activation.InputWidth(outputs);
        var random = new RandomStream(seed);
        float[] z = Normal(random.Fork(0), vectors * inputs, 1.5f), y = new float[vectors * outputs];
        float[] weights = Normal(random.Fork(1), y.Length, 1), dz = new float[z.Length];
        RandomStream stream = random.Fork(2);
        double Value()
        {
            activation.Forward(new ActivationForwardPass { Vectors = vectors, Z = z, Y = y, Stream = stream });
            return Dot(y, weights);
        }

        Value();
        activation.Backward(new ActivationBackwardPass
        {
            Vectors = vectors,
            Z = activation.BackwardReads.HasFlag(BackwardReads.Input) ? z : default,
            Y = activation.BackwardReads.HasFlag(BackwardReads.Output) ? y : default,
            OutputGradient = weights,
            InputGradient = dz,
            Stream = stream,
        });
        return new GradientCheckResult([Compare("∇z", [vectors, inputs], z, dz, step, Value, Noise(y, weights, step))]);
    }

    /// <summary>Checks a divergence: ∇y, with and without weights of the rows.</summary>
    /// <param name="divergence">The divergence.</param>
    /// <param name="width">The width of y.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="seed">What y and d are drawn from: y from [0.1, 0.9), and d alike, with the sum 1 in each row; or d are ids where
    /// <see cref="NeuralNet.Divergence.TakesIds"/>.</param>
    /// <param name="step">h.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or there are too many values.</exception>
    public static GradientCheckResult Divergence(Divergence divergence, int width = 5, int rows = 4, long seed = 0, float step = DefaultStep)
    {
        ArgumentNullException.ThrowIfNull(divergence);
        Guard.Count(width, nameof(width));
        CheckSettings(rows, width, step);
        var random = new RandomStream(seed);
        float[] y = Unit(random, rows, width), desired = Desired(divergence, random.Fork(0), rows, width), dy = new float[y.Length];
        var parts = new List<GradientCheckPart>();
        foreach ((string name, float[] weights) in new[] { ("∇y", []), ("∇y with weights", Unit(random.Fork(1), rows, 1)) })
        {
            divergence.Backward(y, desired, dy, rows, weights);
            parts.Add(Compare(name, [rows, width], y, dy, step, () => divergence.Forward(y, desired, rows, weights), noise: 0));
        }

        return new GradientCheckResult(parts);
    }

    private static List<GradientCheckPart> Parts(Layer layer, int rows, long seed, float step, int[]? lengths, string suffix, bool inference = false)
    {
        bool carries = layer.StatePerRow > 0 && layer.TrainsWithState;
        var random = new RandomStream(seed);
        var run = new LayerRun(layer, rows, lengths, random.Fork(-3)) { Inference = inference, WantsStateGradient = carries };
        run.Randomize(random);
        float[] weights = [.. run.OutputGradient];
        run.PoisonPadding();
        double Value()
        {
            Array.Fill(run.Output, float.NaN);
            run.Forward();
            return Dot(run.Output, weights) + Dot(run.State, run.LastStateGradient);
        }

        Value();
        double noise = Math.Max(Noise(run.Output, weights, step), Noise(run.State, run.LastStateGradient, step));
        GradientCheckPart? padding = Padding(layer, run, lengths ?? [], "y" + suffix);
        GradientCheckPart? frozen = BackwardAsDeclared(layer, run, "∇x with frozen blocks" + suffix);
        float[] gradient = [.. run.Gradient];

        // Ids and padding, which is NaN, have no neighbours to go to and no derivative.
        bool IsConstant(int i) => float.IsNaN(run.Input[i]) || (run.InputIds.Length > 0 && run.InputIds[i % layer.Input.Size] > 0);
        List<GradientCheckPart> parts =
            [Compare("∇x" + suffix, [rows, layer.Input.Size], run.Input, run.InputGradient, step, Value, noise, IsConstant)];
        for (int i = 0; i < layer.Blocks.Count; i++)
        {
            Block block = layer.Blocks[i];
            if (block.Role != BlockRole.Statistic)
                parts.Add(Compare("∇" + block.Name + suffix, block.Dimensions, run.Block(i), run.Block(i, gradient), step, Value, noise));
        }

        // A count has none either.
        if (carries)
        {
            parts.Add(Compare(
                "∇state" + suffix, [rows, layer.StatePerRow], run.InitialState, run.StateGradient, step, Value, noise,
                i => layer.CountsAt(i % layer.StatePerRow)));
        }

        parts.AddRange(new[] { frozen, padding }.OfType<GradientCheckPart>());
        return parts;
    }

    // An output behind a row's length that is not 0; null if there is none. Of a constant, such as σ(0), no gradient tells; of NaN ∇x does.
    private static GradientCheckPart? Padding(Layer layer, LayerRun run, int[] lengths, string name)
    {
        for (int row = 0, size = layer.Output.Size; row < lengths.Length; row++)
        {
            Span<float> padding = run.OutputPadding(run.Output, row);
            if (padding.IndexOfAnyExcept(0f, float.NaN) is >= 0 and int at)
                return new GradientCheckPart(
                    name, [lengths.Length, size], double.PositiveInfinity, ((row + 1) * size) - padding.Length + at, padding[at], 0, size, 0)
                {
                    Fault = FormattableString.Invariant(
                        $"behind the length of row {row} there is an output of {padding[at]}; 0 was expected (see ForwardPass.RealValues)."),
                };
        }

        return null;
    }

    // Why a row of so many real steps, in a call of so many, is refused; null if it is not.
    private static string? Refusal(Layer layer, int steps, int length)
    {
        int behind = steps, real = length;
        string refusal = "";
        return StepCheck.Passes(layer, ref behind, ref real, ref refusal) ? null : $"Of {length} steps layer {refusal.TrimStart('.', ' ')}.";
    }

    // Three backward passes, the last one without ∇x, and then a third of the sum. So a layer that overwrites the gradient of a
    // parameter is off by a factor, and one that writes ∇x where it is not wanted fails. Then another one with all blocks frozen: what is wrong
    // there, or null.
    private static GradientCheckPart? BackwardAsDeclared(Layer layer, LayerRun run, string nameWhileFrozen)
    {
        float[] input = [.. run.Input];
        if (!layer.BackwardReads.HasFlag(BackwardReads.Input))
            Array.Fill(run.Input, float.NaN);
        if (!layer.BackwardReads.HasFlag(BackwardReads.Output))
            Array.Fill(run.Output, float.NaN);
        for (int time = 0; time < 2; time++)
        {
            Array.Fill(run.InputGradient, float.NaN);
            Array.Fill(run.Scratch, float.NaN);
            run.Backward();
        }

        run.Backward(wantsInputGradient: false);
        GradientCheckPart? frozen = run.Gradient.Length > 0 ? WhileFrozen(layer, run, nameWhileFrozen) : null;

        input.CopyTo(run.Input, 0);
        for (int i = 0; i < run.Gradient.Length; i++)
            run.Gradient[i] /= 3;
        return frozen;
    }

    // What is wrong with ∇x and ∇state where all blocks are frozen, beside those where all learn; null if nothing is.
    private static GradientCheckPart? WhileFrozen(Layer layer, LayerRun run, string name)
    {
        const string Advice = "The gradient of a frozen block is empty: where ParameterGradient(…).IsEmpty, add nothing to it, and give the rest.";
        float[] dx = [.. run.InputGradient], dstate = [.. run.StateGradient];
        string? fault = null;
        int at = -1;
        Array.Fill(run.InputGradient, float.NaN);
        Array.Fill(run.Scratch, float.NaN);
        try
        {
            run.Backward(frozen: true);
            at = FirstOther(run.InputGradient, dx);
            if (at >= 0 || FirstOther(run.StateGradient, dstate) >= 0)
                fault = $"{(at >= 0 ? "∇x" : "∇state")} is another than where they learn. {Advice}";
        }
        catch (Exception failure) when (failure is IndexOutOfRangeException or ArgumentException or ArithmeticException)
        {
            fault = $"backward throws {failure.GetType().Name}: {failure.Message} {Advice}";
        }

        at = Math.Max(at, 0);
        var part = new GradientCheckPart(
            name, [dx.Length / layer.Input.Size, layer.Input.Size], double.PositiveInfinity, at, run.InputGradient[at], dx[at], dx.Length, 0)
        {
            Fault = fault,
        };
        dx.CopyTo(run.InputGradient, 0);
        dstate.CopyTo(run.StateGradient, 0);
        return fault is null ? null : part;
    }

    // The first place where two have not the same bits; −1 if there is none.
    private static int FirstOther(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        int same = MemoryMarshal.Cast<float, int>(one).CommonPrefixLength(MemoryMarshal.Cast<float, int>(other));
        return same < one.Length ? same : -1;
    }

    private static void CheckSettings(int rows, long width, float step)
    {
        Guard.Count(rows, nameof(rows));
        if (rows * width > MaxValues)
            throw Guard.OutOfRange(nameof(rows), rows, $"{rows} rows of {width} values are too many to compare one by one; use few.");
        if (!(step > 0 && float.IsFinite(step)))
            throw Guard.OutOfRange(nameof(step), step, "The step must be a positive number.");
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }

    // As many values as the divergence takes: distributions, or class ids.
    private static float[] Desired(Divergence divergence, RandomStream random, int vectors, int width)
    {
        if (divergence is ByOutputs outputs)
            return outputs.Laid(k => Desired(outputs.Parts[k].Of, random.Fork(k), vectors * outputs.Parts[k].Vectors,
                outputs.Parts[k].Count / outputs.Parts[k].Vectors), vectors);
        if (!divergence.TakesIds)
            return Distributions(random, vectors, divergence.DesiredWidth(width));
        float[] ids = new float[vectors];
        Ids.Draw(random, [width], ids);
        return ids;
    }

    // From [0.1, 0.9), where the logarithm of a probability is not steep.
    private static float[] Unit(RandomStream random, int rows, int width)
    {
        float[] values = new float[rows * width];
        for (int i = 0; i < values.Length; i++)
            values[i] = 0.1f + (0.8f * random.Uniform(i / width, i % width));
        return values;
    }

    private static float[] Distributions(RandomStream random, int rows, int width)
    {
        float[] values = Unit(random, rows, width);
        for (int row = 0; row < rows && width > 1; row++)
        {
            Span<float> one = values.AsSpan(row * width, width);
            float sum = 0;
            foreach (float value in one)
                sum += value;
            foreach (ref float value in one)
                value /= sum;
        }

        return values;
    }

    private static float[] Normal(RandomStream random, int count, float deviation)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = deviation * random.Normal(0, i);
        return values;
    }
}
