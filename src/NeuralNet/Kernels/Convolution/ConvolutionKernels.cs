namespace NeuralNet.Kernels;

/// <summary>The three products of a convolution, on images whose channels lie last: each strip of pixels of an output is a product of the input as it
/// lies with the weights.</summary>
/// <remarks>Each element of a result is one chain of fused multiply-adds: of z over the window's lines, columns and channels ascending, from the
/// bias; of ∇w over rows and pixels ascending; of ∇x over the outputs' lines and columns and then filters ascending. So it has the same bits for
/// every vector width and number of threads, and a row of a batch is the batch of one.</remarks>
internal static unsafe class ConvolutionKernels
{
    /// <summary>z = b + the convolution of x with w.</summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="x">[rows, lines, columns, channels]</param>
    /// <param name="w">[kernel lines, kernel columns, channels of a group, filters]</param>
    /// <param name="bias">[filters], or empty.</param>
    /// <param name="z">[rows, output lines, output columns, filters]; overwritten.</param>
    /// <param name="rows">How many images.</param>
    /// <param name="then">What is done to each filter's values then.</param>
    /// <param name="workers">Who shares the work.</param>
    /// <param name="isPacked">Whether w lies in panels (<see cref="Packed"/>).</param>
    public static void Forward(
        in ConvolutionSizes sizes, ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> z, int rows,
        in ChannelScale then, Workers workers, bool isPacked = false)
    {
        Check(sizes, x.Length, w.Length, z.Length, rows);
        if (!bias.IsEmpty)
            Require.SameLength(bias.Length, sizes.Filters);
        if (sizes.IsPointwise)
            MatrixProduct.Forward(x, w, bias, z, rows * sizes.Places, sizes.Channels, sizes.Filters, then, workers, isPacked);
        else
            Run(new ConvolutionMap(sizes, isBackward: false), x, w, bias, z, rows, then, workers, isPacked);
    }

    /// <summary>Puts weights into the order in which <see cref="Forward"/> would copy them in each call, where they take no more memory so.</summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="w">[kernel lines, kernel columns, channels of a group, filters]</param>
    /// <returns>As many floats; null where the weights are not copied, or would leave a part of a panel empty.</returns>
    public static float[]? Packed(in ConvolutionSizes sizes, ReadOnlySpan<float> w)
    {
        Require.SameLength(w.Length, sizes.WeightSize);
        bool inPanels = sizes.Groups == 1 && (sizes.IsPointwise || !ConvolutionPlanes.Suits(new ConvolutionMap(sizes, isBackward: false)));
        return inPanels ? MatrixProduct.Packed(w, sizes.Taps * sizes.Channels, sizes.Filters) : null;
    }

    /// <summary>dw += Σ over rows and pixels of x dz.</summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="x">[rows, lines, columns, channels]</param>
    /// <param name="dz">[rows, output lines, output columns, filters]</param>
    /// <param name="dw">[kernel lines, kernel columns, channels of a group, filters]; added to.</param>
    /// <param name="rows">How many images.</param>
    /// <param name="sum">Memory of dw's size for the sum of each row, which is made from 0 and then added; empty: one chain over all rows.</param>
    /// <param name="workers">Who shares the work.</param>
    public static void AddWeightGradient(
        in ConvolutionSizes sizes, ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, int rows, Span<float> sum, Workers workers)
    {
        Check(sizes, x.Length, dw.Length, dz.Length, rows);
        if (!sum.IsEmpty)
            Require.SameLength(sum.Length, dw.Length);
        if (sizes.IsPointwise)
        {
            PlaceGradients.AddWeights(x, dz, dw, rows * sizes.Places, sizes.Places, sizes.Channels, sizes.Filters, sum, workers);
            return;
        }

        fixed (float* px = x, pdz = dz, pdw = dw, psum = sum)
        {
            if (sizes.IsDepthwise)
            {
                var depthwise = new DepthwiseWeights { X = px, Dz = pdz, Dw = pdw, Rows = rows, Sum = psum != null, Sizes = sizes };
                Run(ref depthwise, PartsOf(sizes, rows, (sizes.Channels + Workers.Line - 1) / Workers.Line, workers), workers);
                return;
            }

            int each = ConvolutionWeights.ScratchOf(sizes);
            int parts = Math.Min(PartsOf(sizes, rows, sizes.Pieces * sizes.Piece, workers), int.MaxValue / Math.Max(1, each));
            var job = new ConvolutionWeights
            {
                X = px,
                Dz = pdz,
                Dw = pdw,
                Sum = psum,
                Rows = rows,
                Sizes = sizes,
                Scratch = workers.Scratch(each * parts),
                ScratchPerPart = each,
            };
            Run(ref job, parts, workers);
        }
    }

    /// <summary>dx: of each input the sum over the outputs that it is in.</summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="dz">[rows, output lines, output columns, filters]</param>
    /// <param name="w">[kernel lines, kernel columns, channels of a group, filters]</param>
    /// <param name="bias">Where the chains start: [channels], or empty for 0.</param>
    /// <param name="dx">[rows, lines, columns, channels]; overwritten.</param>
    /// <param name="rows">How many images.</param>
    /// <param name="then">What is done to each channel's values then.</param>
    /// <param name="workers">Who shares the work.</param>
    public static void InputGradient(
        in ConvolutionSizes sizes, ReadOnlySpan<float> dz, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> dx, int rows,
        in ChannelScale then, Workers workers)
    {
        Check(sizes, dx.Length, w.Length, dz.Length, rows);
        if (!bias.IsEmpty)
            Require.SameLength(bias.Length, sizes.Channels);
        if (sizes.IsPointwise && bias.IsEmpty && then.IsNone)
            MatrixProduct.InputGradient(dz, w, dx, rows * sizes.Places, sizes.Channels, sizes.Filters, workers);
        else
            Run(new ConvolutionMap(sizes, isBackward: true), dz, w, bias, dx, rows, then, workers);
    }

    private static void Run(
        in ConvolutionMap map, ReadOnlySpan<float> from, ReadOnlySpan<float> w, ReadOnlySpan<float> start, Span<float> to, int rows,
        in ChannelScale then, Workers workers, bool isPacked = false)
    {
        int parts = PartsOf(map.Sizes, rows, rows * map.ToLines, workers);
        bool isDepthwise = map.Sizes.IsDepthwise, isSpread = !isDepthwise && ConvolutionSpread.Suits(map);
        bool inPlanes = !isDepthwise && !isSpread && ConvolutionPlanes.Suits(map);
        int each = isDepthwise ? 0 : isSpread ? ConvolutionSpread.ScratchOf(map)
            : inPlanes ? ConvolutionPlanes.ScratchOf(map) : ConvolutionJob.ScratchOf(map, isPacked);

        then.Check(map.ToChannels);

        // No more parts than there can be memory for: an image of 2²⁸ floats has room for seven.
        parts = Math.Min(parts, int.MaxValue / Math.Max(1, each));
        fixed (float* pfrom = from, pw = w, pstart = start, pto = to, porigin = then.Origin, pscale = then.Scale, pshift = then.Shift)
        {
            ConvolutionPass pass = new()
            {
                From = pfrom,
                W = pw,
                IsPacked = isPacked,
                Start = pstart,
                To = pto,
                Then = new ChannelFinish(then, porigin, pscale, pshift),
                Rows = rows,
                Map = map,
                Scratch = isDepthwise ? null : workers.Scratch(each * parts),
                ScratchPerPart = each,
            };
            if (isDepthwise)
            {
                var depthwise = new DepthwiseJob { Pass = pass };
                Run(ref depthwise, parts, workers);
            }
            else if (isSpread)
            {
                var spread = new ConvolutionSpread { Pass = pass };
                Run(ref spread, parts, workers);
            }
            else if (inPlanes)
            {
                var planes = new ConvolutionPlanes { Pass = pass };
                Run(ref planes, parts, workers);
            }
            else
            {
                var job = new ConvolutionJob { Pass = pass };
                Run(ref job, parts, workers);
            }
        }
    }

    private static int PartsOf(in ConvolutionSizes sizes, int rows, int most, Workers workers) =>
        workers.ShareProduct((long)rows * sizes.Places * sizes.WeightSize / sizes.Groups) ? Math.Min(most, workers.Count) : 1;

    private static void Run<TJob>(ref TJob job, int parts, Workers workers) where TJob : struct, IJob<TJob>
    {
        if (parts == 1)
            Workers.Do(ref job, 0, 1);
        else
            workers.Run(ref job, parts);
        GC.KeepAlive(workers); // the scratch memory is theirs
    }

    private static void Check(in ConvolutionSizes sizes, int input, int weights, int output, int rows)
    {
        Require.SameLength(input, checked(rows * sizes.InputSize));
        Require.SameLength(weights, sizes.WeightSize);
        Require.SameLength(output, checked(rows * sizes.OutputSize));
    }
}
