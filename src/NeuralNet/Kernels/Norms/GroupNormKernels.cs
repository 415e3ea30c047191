namespace NeuralNet.Kernels;

/// <summary>Rows of which each is normalized by itself, group of channels by group of channels. Threads divide rows.</summary>
internal static unsafe class GroupNormKernels
{
    /// <summary>y of all rows, and for backward <see cref="ChannelFigures.Kept"/> numbers of each group of each row.</summary>
    public static void Forward(in GroupNormPass pass)
    {
        Check(pass, pass.Output.Length, pass.Keeps.Length);
        var job = new ForwardJob { Pass = pass, Memory = MemoryOf(pass, parameters: 0, out int each), Each = each };
        Workers.Share(pass.Workers, pass.Input.Length, ref job);
    }

    /// <summary>∇x, if it is wanted, and ∇g and ∇b, which are added to row by row.</summary>
    public static void Backward(in GroupNormPass pass)
    {
        Check(pass, pass.OutputGradient.Length, pass.Kept.Length);
        int channels = pass.Lines.Width;
        bool wants = !(pass.GainGradient.IsEmpty && pass.BiasGradient.IsEmpty);
        Require.SameLength(pass.InputGradient.IsEmpty ? pass.Input.Length : pass.InputGradient.Length, pass.Input.Length);
        Require.SameLength(pass.Kept.Length, KeptOf(pass) * pass.Rows);
        Require.SameLength(pass.GainGradient.IsEmpty ? channels : pass.GainGradient.Length, channels);
        Require.SameLength(pass.BiasGradient.IsEmpty ? channels : pass.BiasGradient.Length, channels);
        if (!wants && pass.InputGradient.IsEmpty)
            return;

        // What each row adds is made by whoever has the row, and then added in the order of rows.
        int parameters = wants ? 2 * channels : 0;
        var job = new BackwardJob { Pass = pass, Parameters = parameters, Memory = MemoryOf(pass, parameters, out int each), Each = each };
        Workers.Share(pass.Workers, pass.Input.Length, ref job);
        for (int row = 0; row < pass.Rows && wants; row++)
        {
            Span<float> added = job.Memory.Slice(row * parameters, parameters);
            AddTo(pass.GainGradient, added[..channels]);
            AddTo(pass.BiasGradient, added[channels..]);
        }
    }

    private static void AddTo(Span<float> gradient, ReadOnlySpan<float> added)
    {
        if (!gradient.IsEmpty)
            Elementwise.Map(default(PairSum), gradient, added, gradient);
    }

    private static void Check(in GroupNormPass pass, int outputs, int kept)
    {
        int channels = pass.Lines.Width;
        Require.SameLength(pass.Input.Length, checked(pass.Rows * pass.VectorsPerRow * channels));
        Require.SameLength(outputs, pass.Input.Length);
        Require.Lengths(pass.Lengths, pass.Rows, pass.VectorsPerRow);
        Require.SameLength(pass.Gain.IsEmpty ? channels : pass.Gain.Length, channels);
        Require.SameLength(pass.Bias.IsEmpty ? channels : pass.Bias.Length, channels);
        if (kept != 0)
            Require.SameLength(kept, checked(KeptOf(pass) * pass.Rows));
    }

    private static int KeptOf(in GroupNormPass pass) => ChannelFigures.Kept * (pass.Lines.Width / pass.Group);

    // For each thread the sums of a row and four numbers of each place of a line, and those of a row that nobody keeps; before that what each row
    // adds to the gradients.
    private static Span<float> MemoryOf(in GroupNormPass pass, int parameters, out int each)
    {
        each = checked((pass.Lines.Memory(pass.VectorsPerRow) + (4 * pass.Lines.Wide) + KeptOf(pass) + Workers.Line) & -Workers.Line);
        int threads = pass.Workers.ShareElements(pass.Input.Length) ? pass.Workers.Count : 1;
        int floats = checked((threads * each) + (parameters * pass.Rows) + Workers.Line);
        return new Span<float>(pass.Workers.Scratch(floats), floats);
    }

    // A thread's own memory, from a multiple of 64 bytes on.
    private static Span<float> MemoryOf(Span<float> all, int rows, int each, int part) =>
        all.Slice(((rows + (Workers.Line - 1)) & -Workers.Line) + (part * each), each);

    private static int SizeOf(in GroupNormPass pass, int row) =>
        (pass.Lengths.IsEmpty ? pass.VectorsPerRow : pass.Lengths[row]) * pass.Lines.Width;

    private static ColumnSums SumsOf(
        in GroupNormPass pass, ReadOnlySpan<float> x, ReadOnlySpan<float> dz, ReadOnlySpan<float> origin, Span<float> memory) => new()
        {
            Lines = pass.Lines,
            Vectors = new PresentVectors(1, x.Length / pass.Lines.Width, default, default),
            Input = x,
            Slopes = dz,
            Origin = origin,
            Memory = memory,
            Workers = null,
        };

    private static void ForwardRow(in GroupNormPass pass, int row, Span<float> memory)
    {
        int size = pass.VectorsPerRow * pass.Lines.Width, real = SizeOf(pass, row), wide = pass.Lines.Wide, kept = KeptOf(pass);
        ReadOnlySpan<float> x = pass.Input.Slice(row * size, real);
        Span<float> y = pass.Output.Slice(row * size, size), rest = memory;
        Span<float> sums = SpanCutter.Take(ref rest, pass.Lines.Memory(pass.VectorsPerRow)), origin = SpanCutter.Take(ref rest, wide);
        Span<float> scale = SpanCutter.Take(ref rest, wide), shift = SpanCutter.Take(ref rest, wide);
        Span<float> keeps = pass.Keeps.IsEmpty ? rest[..kept] : pass.Keeps.Slice(row * kept, kept);
        ChannelFigures.Measure(SumsOf(pass, x, default, origin, sums), pass.Group, pass.Epsilon, origin, keeps);
        ChannelScale channels = ChannelFigures.Forward(keeps, pass.Group, pass.Gain, pass.Bias, pass.Lines.Width, origin, scale, shift);
        ChannelKernels.Scale(x, channels, y[..real], null);
        y[real..].Clear();
    }

    private static void BackwardRow(in GroupNormPass pass, int row, Span<float> added, Span<float> memory)
    {
        int channels = pass.Lines.Width, size = pass.VectorsPerRow * channels, real = SizeOf(pass, row), wide = pass.Lines.Wide, kept = KeptOf(pass);
        ReadOnlySpan<float> x = pass.Input.Slice(row * size, real), dz = pass.OutputGradient.Slice(row * size, real);
        ReadOnlySpan<float> keeps = pass.Kept.Slice(row * kept, kept);
        Span<float> rest = memory, sumMemory = SpanCutter.Take(ref rest, pass.Lines.Memory(pass.VectorsPerRow));
        Span<float> origin = SpanCutter.Take(ref rest, wide), scale = SpanCutter.Take(ref rest, wide);
        Span<float> slope = SpanCutter.Take(ref rest, wide), shift = SpanCutter.Take(ref rest, wide);
        ChannelFigures.Origins(keeps, pass.Group, channels, origin);
        ColumnSums sums = SumsOf(pass, x, dz, origin, sumMemory);
        sums.Add(default(SlopeTerms));
        if (!added.IsEmpty)
        {
            added.Clear();
            ChannelFigures.AddGradients(sums, keeps, pass.Group, added[..channels], added[channels..]);
        }

        if (pass.InputGradient.IsEmpty)
            return;
        Span<float> dx = pass.InputGradient.Slice(row * size, size);
        ChannelFigures.Backward(sums, keeps, pass.Group, pass.Gain, scale, slope, shift);
        ChannelKernels.InputGradient(x, origin, scale, slope, shift, dz, dx[..real], null);
        dx[real..].Clear();
    }

    private ref struct ForwardJob : IJob<ForwardJob>
    {
        public GroupNormPass Pass;
        public Span<float> Memory;
        public int Each;

        public static void Part<TVector>(ref ForwardJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Rows, 1, part, parts);
            Span<float> memory = MemoryOf(job.Memory, 0, job.Each, part);
            for (int row = first; row < first + count; row++)
                ForwardRow(job.Pass, row, memory);
        }
    }

    private ref struct BackwardJob : IJob<BackwardJob>
    {
        public GroupNormPass Pass;
        public int Parameters;
        public Span<float> Memory;
        public int Each;

        public static void Part<TVector>(ref BackwardJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Rows, 1, part, parts);
            Span<float> memory = MemoryOf(job.Memory, job.Parameters * job.Pass.Rows, job.Each, part);
            for (int row = first; row < first + count; row++)
                BackwardRow(job.Pass, row, job.Memory.Slice(row * job.Parameters, job.Parameters), memory);
        }
    }
}
