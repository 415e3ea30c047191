using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What <see cref="Conv"/> and <see cref="ConvTranspose"/> have in common: a window with weights between an image and another, or between
/// the steps of two sequences.</summary>
/// <remarks><para>Both know one set of sums, over pairs of pixels that a window joins. A convolution goes through them in one direction, and its
/// gradient with respect to the input in the other; a transposed convolution is that gradient as a layer.</para>
/// <para>∇b of each row is made from 0 and added in the order of rows, and so is ∇W where a row of the input or the output has 1,024 places or more,
/// because one chain over all places would lose digits.</para></remarks>
public abstract class ConvolutionLayer : Layer, IProductLayer
{
    private const int Weight = 0, Bias = 1;

    // ∇W copies lines with their padding, and a causal layer its rows: 64 MB, or so many times the row itself, is as much as anybody needs.
    private const long LargePadded = 1 << 24, MostPadded = 64;

    private readonly FusedActivation fused;
    private readonly TransposedWindow? transposed;
    private readonly ConvolutionSizes sizes;
    private readonly int zPerRow, sumMemory;
    private readonly int carried, paddedPerRow; // floats of causal padding, and of a row with it
    private bool isPacked;

    private protected ConvolutionLayer(
        Window window, in FusedActivation fused, Shape input, int filters, Padding padding, int groups, bool bias, Initializer? initializer)
        : this(window, null, fused, input, window.Output(filters), padding, groups, bias, initializer)
    {
    }

    private protected ConvolutionLayer(
        TransposedWindow window, in FusedActivation fused, Shape input, Padding padding, int groups, bool bias, Initializer? initializer)
        : this(window.Over, window, fused, input, window.Output, padding, groups, bias, initializer)
    {
    }

    // The window slides over the input, or of a transposed convolution over the output.
    private ConvolutionLayer(
        Window window, TransposedWindow? transposed, in FusedActivation fused, Shape input, Shape output, Padding padding, int groups, bool bias,
        Initializer? initializer)
        : base(input, output)
    {
        this.fused = fused;
        this.transposed = transposed;
        (Window, Padding, Groups, HasBias) = (window, padding, groups, bias);
        int inputs = input.FeatureCount, width = fused.Width;
        CheckGroups(groups, inputs, width);
        sizes = SizesAt(input.Steps);

        (int height, int along, int columns, int rows) = (window.Kernel.Height, window.Kernel.Width, sizes.Filters, sizes.GroupChannels);
        int[] dimensions = input.Kind == ShapeKind.Sequence ? [along, rows, columns] : [height, along, rows, columns];
        long taps = (long)height * along;
        string cause = taps > Math.Max(rows, columns) ? "kernel" : rows > columns ? nameof(input) : "filters";
        Guard.Size((Int128)taps * rows * columns, cause, "W would have");
        Block weight = new("weight", BlockRole.Weight, dimensions, initializer ?? fused.Activation.DefaultInitializer)
        {
            // Of a transposed convolution each output has a part of the window only, as the stride says.
            FanIn = Fan(taps * (inputs / groups) / (IsTransposed ? (long)window.Stride.Height * window.Stride.Width : 1)),
            FanOut = Fan(taps * (width / groups)),
        };
        Blocks = bias ? [weight, new("bias", BlockRole.Bias, [width], Initializer.Zeros)] : [weight];

        int places = output.VectorsAt(output.Steps);
        zPerRow = Guard.Size((long)width * places, "filters", "z would have");
        sumMemory = PlaceGradients.Memory(Math.Max(places, input.VectorsAt(input.Steps)), 1, weight.Length);
        Int128 padded = (Int128)window.Lines.Padded * window.ColumnsAt(IsTransposed ? output.Steps : input.Steps).Padded * sizes.Channels;
        Guard.Size(
            padded,
            padding != Padding.Valid ? nameof(padding) : IsTransposed ? "filters" : nameof(input),
            padding == Padding.Valid ? "A row would have"
                : "The padding, which Same and Causal take from kernel and dilation, is out of proportion: a row would have",
            (int)Math.Min(int.MaxValue / 2, Math.Max(LargePadded, MostPadded * Math.Max(input.Size, (long)output.Size))));
        if (padding.IsCausal)
        {
            PieceSteps = window.Stride.Width;
            carried = StatePerRow = (int)(padded - input.Size);
            paddedPerRow = (int)padded;
        }

        BufferSize z = new(0, zPerRow);
        BufferSize own = fused.Scratch(z), kept = fused.Cache(z);
        Cache = new BufferSize(kept.Fixed, Guard.Size((long)kept.PerRow + carried, nameof(padding), "A row with what is carried would take"));
        Scratch = new BufferSize(
            Guard.Size((long)own.Fixed + sumMemory, "filters", "The weights would take"),
            Guard.Size(own.PerRow + (2L * paddedPerRow), nameof(padding), "A row with what is carried would take"));
        BackwardReads = BackwardReads.Input | fused.OutputReads;
        IsRandom = fused.Activation.IsRandom;
        IsStreamable = input.Kind != ShapeKind.Sequence || padding.IsCausal || IsPointwise(window, padding);
        FinalActivations = fused.Final;
        MultiplyAdds = (long)sizes.WeightSize * sizes.Places;
    }

    /// <summary>How many features each place of the output has.</summary>
    public int Filters => Output.FeatureCount;

    /// <summary>How many values the window has; of a sequence 1 × that many.</summary>
    public HeightWidth Kernel => Window.Kernel;

    /// <summary>How far the window moves from place to place.</summary>
    public HeightWidth Stride => Window.Stride;

    /// <summary>How far the values of the window lie apart.</summary>
    public HeightWidth Dilation => Window.Dilation;

    /// <summary>What is thought around the image that the window slides over.</summary>
    public Padding Padding { get; }

    /// <summary>Into how many groups the features of input and output are divided; each output sees the inputs of its group.</summary>
    public int Groups { get; }

    /// <summary>Whether there is a bias.</summary>
    public bool HasBias { get; }

    /// <summary>f.</summary>
    public Activation Activation => fused.Activation;

    /// <inheritdoc/>
    public override KindSettings Settings => Padding.AddTo(new KindSettings()
        .Set("filters", Filters).Set("kernel", Kernel.Numbers).Set("stride", Stride.Numbers).Set("dilation", Dilation.Numbers)
        .Set("groups", Groups).Set("bias", HasBias).Set("activation", Activation));

    private protected Window Window { get; }

    internal bool IsTransposed => transposed is not null;

    // A stride may make as many steps of the shape's, and others of fewer.
    internal override bool ChangesSteps => Output.Kind == ShapeKind.Sequence && (Stride.Width > 1 || Input.Steps != Output.Steps);

    internal override string? Detail => string.Join(", ", new[]
    {
        Input.Kind == ShapeKind.Sequence ? FormattableString.Invariant($"{Kernel.Width}") : Kernel.ToString(),
        Stride == 1 ? null : $"stride {Stride}",
        Dilation == 1 ? null : $"dilation {Dilation}",
        Padding == Padding.Valid ? null : Padding.ToString(),
        Groups == 1 ? null : FormattableString.Invariant($"{Groups} groups"),
        fused.Detail,
    }.OfType<string>());

    /// <inheritdoc/>
    public override int OutputSteps(int steps) => transposed?.OutputSteps(steps) ?? Window.OutputSteps(steps);

    bool IProductLayer.HasActivation => !fused.IsNone;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => Forward(pass, new ChannelScale { Rectifies = fused.Rectifies && !pass.OmitActivation });

    // Of a transposed convolution the inputs are the last axis of the weights, and the outputs of their group the one before it.
    int IProductLayer.FeatureOf(int weight)
    {
        if (!IsTransposed)
            return weight % Filters;
        (int inputs, int perGroup) = (Input.FeatureCount, Filters / Groups);
        (int place, int input) = Math.DivRem(weight, inputs);
        return (input / (inputs / Groups) * perGroup) + (place % perGroup);
    }

    Layer IProductLayer.WithBiasAnd(Activation activation) => this is ConvTranspose { OutputPadding: var outputPadding }
        ? new ConvTranspose(Input, Filters, Kernel, Stride, Padding, outputPadding, Dilation, Groups, bias: true, activation)
        : new Conv(Input, Filters, Kernel, Stride, Padding, Dilation, Groups, bias: true, activation);

    // A layer of its own, as the one whose weights lie in their own order is other networks' too.
    (Layer Layer, float[] Weights)? IProductLayer.WithPackedWeights(ReadOnlySpan<float> weights)
    {
        bool canPack = !isPacked && !IsTransposed && Input.Kind == ShapeKind.Image;
        return canPack && ConvolutionKernels.Packed(sizes, weights) is { } packed
            ? (new Conv(Input, Filters, Kernel, Stride, Padding, Dilation, Groups, HasBias, Activation) { isPacked = true }, packed)
            : null;
    }

    void IProductLayer.Forward(in ForwardPass pass, in ChannelScale then) => Forward(pass, then);

    private void Forward(in ForwardPass pass, in ChannelScale then)
    {
        int outSteps = OutputSteps(pass.Steps), outPerRow = Output.VectorsAt(outSteps), zSize = outPerRow * fused.Width;
        for (int row = 0, count; row < pass.Rows; row += count)
        {
            count = RowsAlike(row, pass.Rows, pass.Steps, pass.Lengths, out int length);
            ConvolutionSizes at = SizesAt(length);
            int outputs = Output.VectorsAt(OutputSteps(length));
            var run = new VectorRun(row, row * outPerRow, count * outputs);
            Span<float> y = run.Of(pass.Output, Filters), z = fused.PlaceOfZ(pass, run, y);
            ReadOnlySpan<float> w = pass.Parameter(Weight), b = HasBias ? pass.Parameter(Bias) : default;
            ReadOnlySpan<float> x = pass.Input.Slice(row * Input.SizeAt(pass.Steps), count * Input.SizeAt(length));

            // z = b + the sums over the window
            if (carried > 0)
                x = WithState(pass, row, count, x);
            if (IsTransposed)
                ConvolutionKernels.InputGradient(at, x, w, b, z, count, then, pass.Workers);
            else
                ConvolutionKernels.Forward(at, x, w, b, z, count, then, pass.Workers, isPacked);

            // y = f(z)
            if (!fused.Rectifies)
                fused.Forward(pass, run, outPerRow, z, y);
        }

        if (!pass.Lengths.IsEmpty)
            ClearRest(pass.Output, Filters, outSteps, pass.Lengths, isOutput: true);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        int outPerRow = Output.VectorsAt(OutputSteps(pass.Steps)), inputs = Input.FeatureCount;
        for (int row = 0, count; row < pass.Rows; row += count)
        {
            count = RowsAlike(row, pass.Rows, pass.Steps, pass.Lengths, out int length);
            ConvolutionSizes at = SizesAt(length);
            int outputs = Output.VectorsAt(OutputSteps(length)), start = row * Input.SizeAt(pass.Steps), size = count * Input.SizeAt(length);
            var run = new VectorRun(row, row * outPerRow, count * outputs);

            // ∇z = ∇y J_f(z)
            ReadOnlySpan<float> dz = fused.Backward(pass, run, outPerRow), x = pass.Input.Slice(start, size);
            if (carried > 0)
                x = WithState(pass, row, count, x);

            // ∇W = y₋ ∇z, ∇b = ∇z, summed over the rows and places
            Span<float> dw = pass.ParameterGradient(Weight), sum = pass.Scratch[^sumMemory..];
            if (!dw.IsEmpty)
                ConvolutionKernels.AddWeightGradient(at, IsTransposed ? dz : x, IsTransposed ? x : dz, dw, count, sum, pass.Workers);

            if (HasBias)
                PlaceGradients.AddBiasesOfRows(dz, pass.ParameterGradient(Bias), run.Count, outputs, fused.Width, fused.Width, pass.Workers);

            // ∇y₋: each input's sum over the outputs that its windows are in
            Span<float> dx = pass.InputGradient.IsEmpty ? default : pass.InputGradient.Slice(start, size);
            if (carried > 0)
                CarryBack(pass, at, row, count, dz, dx);
            else if (!dx.IsEmpty && IsTransposed)
                ConvolutionKernels.Forward(at, dz, pass.Parameter(Weight), [], dx, count, default, pass.Workers);
            else if (!dx.IsEmpty)
                ConvolutionKernels.InputGradient(at, dz, pass.Parameter(Weight), [], dx, count, default, pass.Workers);
        }

        if (!pass.Lengths.IsEmpty && !pass.InputGradient.IsEmpty)
            ClearRest(pass.InputGradient, inputs, pass.Steps, pass.Lengths, isOutput: false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {Detail}";

    // What a causal convolution slides over is a copy of the row behind what it carries, so that a row has the same bits whether it comes as a whole
    // or in pieces.
    private protected ConvolutionSizes SizesAt(int steps)
    {
        if (sizes.Channels > 0 && steps == Input.Steps)
            return sizes;
        WindowAxis columns = Window.ColumnsAt(IsTransposed ? OutputSteps(steps) : steps);
        if (Padding.IsCausal)
            columns = new WindowAxis(columns.Padded, columns.Kernel, columns.Stride, columns.Dilation, 0, 0);
        (int channels, int filters) = (Input.FeatureCount, fused.Width);
        return IsTransposed ? new(Window.Lines, columns, filters, channels, Groups) : new(Window.Lines, columns, channels, filters, Groups);
    }

    private static bool IsPointwise(Window window, Padding padding) =>
        window.Kernel.Width == 1 && window.Stride.Width == 1 && (padding == Padding.Valid || padding.IsSame);

    private static int Fan(long values) => (int)Math.Clamp(values, 1, int.MaxValue);

    private static void CheckGroups(int groups, int inputs, int width)
    {
        if (Guard.Count(groups, nameof(groups)) > 1 && (inputs % groups != 0 || width % groups != 0))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{groups} groups must divide the {inputs} features of the input and the {width} of z, but leave {inputs % groups} and ")
                + FormattableString.Invariant($"{width % groups}."),
                nameof(groups));
        }
    }

    // How many rows from this one on have all steps of the call, 1 at least, and the steps of each.
    private static int RowsAlike(int row, int rows, int steps, ReadOnlySpan<int> lengths, out int length)
    {
        length = lengths.IsEmpty ? steps : lengths[row];
        if (lengths.IsEmpty)
            return rows;
        int count = 1;
        while (length == steps && row + count < rows && lengths[row + count] == steps)
            count++;
        return count;
    }

    // 0 behind the real steps of each row.
    private void ClearRest(Span<float> values, int width, int steps, ReadOnlySpan<int> lengths, bool isOutput)
    {
        for (int row = 0; row < lengths.Length; row++)
        {
            int real = isOutput ? OutputSteps(lengths[row]) : lengths[row];
            values.Slice(((row * steps) + real) * width, (steps - real) * width).Clear();
        }
    }

    // Some rows behind what they carry, and what they carry next.
    private ReadOnlySpan<float> WithState(scoped in ForwardPass pass, int row, int count, ReadOnlySpan<float> x)
    {
        int size = x.Length / count, padded = carried + size;
        Span<float> copy = Copies(pass.Scratch, pass.Rows)[..(count * padded)];
        for (int r = 0; r < count; r++)
        {
            Span<float> own = copy.Slice(r * padded, padded), before = own[..carried], state = pass.StateOf(row + r);
            if (state.IsEmpty)
                before.Clear();
            else
                state.CopyTo(before);
            x.Slice(r * size, size).CopyTo(own[carried..]);
            if (pass.BackwardFollows)
                before.CopyTo(Kept(pass.Cache, pass.Rows, row + r));
            if (!state.IsEmpty)
                own[^carried..].CopyTo(state);
        }

        return copy;
    }

    private ReadOnlySpan<float> WithState(scoped in BackwardPass pass, int row, int count, ReadOnlySpan<float> x)
    {
        int size = x.Length / count, padded = carried + size;
        Span<float> copy = Copies(pass.Scratch, pass.Rows)[..(count * padded)];
        for (int r = 0; r < count; r++)
        {
            Span<float> own = copy.Slice(r * padded, padded);
            Kept(pass.Cache, pass.Rows, row + r).CopyTo(own);
            x.Slice(r * size, size).CopyTo(own[carried..]);
        }

        return copy;
    }

    // ∇x, and the gradient of what the rows began with: that of what they leave goes on to the inputs, or the state, that it was made of.
    private void CarryBack(in BackwardPass pass, in ConvolutionSizes at, int row, int count, ReadOnlySpan<float> dz, Span<float> dx)
    {
        if (dx.IsEmpty && pass.StateGradient.IsEmpty)
            return;
        int padded = at.InputSize, size = padded - carried;
        Span<float> made = Copies(pass.Scratch, pass.Rows).Slice(pass.Rows * paddedPerRow, count * padded);
        ConvolutionKernels.InputGradient(at, dz, pass.Parameter(Weight), [], made, count, default, pass.Workers);
        for (int r = 0; r < count; r++)
        {
            Span<float> own = made.Slice(r * padded, padded), gradient = pass.StateGradientOf(row + r);
            if (!gradient.IsEmpty)
            {
                Elementwise.Map(default(PairSum), own[^carried..], gradient, own[^carried..]);
                own[..carried].CopyTo(gradient);
            }

            if (!dx.IsEmpty)
                own[carried..].CopyTo(dx.Slice(r * size, size));
        }
    }

    // The memory for two copies of every row, behind that of z.
    private Span<float> Copies(Span<float> scratch, int rows)
    {
        int size = 2 * rows * paddedPerRow;
        return scratch.Slice(scratch.Length - sumMemory - size, size);
    }

    // What a row began with, at the end of the cache.
    private Span<float> Kept(Span<float> cache, int rows, int row) => cache.Slice(cache.Length - ((rows - row) * carried), carried);

    private ReadOnlySpan<float> Kept(ReadOnlySpan<float> cache, int rows, int row) => cache.Slice(cache.Length - ((rows - row) * carried), carried);
}
