namespace NeuralNet.Kernels;

/// <summary>Pools: the largest or the mean of each window, channel by channel, and their gradients. A window's padding is no value.</summary>
/// <remarks>Each output is made by one thread in a fixed order, and so is each element of dx, to which the windows that have it add in the order of
/// the outputs. Of dx a thread makes some lines: at their border it looks at windows of the neighbour too, and adds only to its own. Which value of
/// a window is the largest is found anew from x and y: to keep its place would take time and memory in forward, and save only loads in backward.
/// </remarks>
internal static class PoolKernels
{
    /// <summary>y = max over the window of x; NaN where any is.</summary>
    public static void Max(in PoolSizes sizes, ReadOnlySpan<float> x, Span<float> y, Workers workers)
    {
        sizes.Check(sizes.Columns.Size);
        Forward<MaxPoolFormula>(sizes, x, y, workers);
    }

    /// <summary>dx = dy at the first largest (or first NaN) of each window; those of several windows are added.</summary>
    public static void MaxGradient(
        in PoolSizes sizes, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, Workers workers)
    {
        sizes.Check(sizes.Columns.Size);
        Require.SameLength(x.Length, sizes.Size);
        Require.SameLength(y.Length, sizes.PooledSize);
        Backward<MaxPoolFormula>(sizes, x, y, dy, dx, workers);
    }

    /// <summary>y = Σ over the window of x / how many count (<see cref="PoolSizes.Count"/>).</summary>
    public static void Mean(in PoolSizes sizes, ReadOnlySpan<float> x, Span<float> y, Workers workers)
    {
        sizes.Check(sizes.Columns.Size);
        Forward<MeanPoolFormula>(sizes, x, y, workers);
    }

    /// <summary>dx = Σ over the windows that have x of dy / how many count.</summary>
    public static void MeanGradient(in PoolSizes sizes, ReadOnlySpan<float> dy, Span<float> dx, Workers workers)
    {
        sizes.Check(sizes.Columns.Size);
        Backward<MeanPoolFormula>(sizes, default, default, dy, dx, workers);
    }

    /// <summary>y has each value of x as often as a window has values: nearest neighbours. The pooled side is x; lengths are its.</summary>
    public static void Repeat(in PoolSizes sizes, ReadOnlySpan<float> x, Span<float> y, Workers workers)
    {
        sizes.Check(sizes.Columns.Outputs);
        Backward<MeanPoolFormula>(sizes, default, default, x, y, workers);
    }

    /// <summary>dx = Σ of dy over each window, the pooled side being dx.</summary>
    public static void RepeatGradient(in PoolSizes sizes, ReadOnlySpan<float> dy, Span<float> dx, Workers workers)
    {
        sizes.Check(sizes.Columns.Outputs);
        Forward<MeanPoolFormula>(sizes, dy, dx, workers);
    }

    private static void Forward<TFormula>(in PoolSizes sizes, ReadOnlySpan<float> x, Span<float> y, Workers workers)
        where TFormula : struct, IPoolFormula
    {
        Require.SameLength(x.Length, sizes.Size);
        Require.SameLength(y.Length, sizes.PooledSize);
        var job = new PoolForward<TFormula> { Sizes = sizes, X = x, Y = y };
        Workers.Share(workers, x.Length, ref job);
    }

    private static void Backward<TFormula>(
        in PoolSizes sizes, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, Workers workers)
        where TFormula : struct, IPoolFormula
    {
        Require.SameLength(dy.Length, sizes.PooledSize);
        Require.SameLength(dx.Length, sizes.Size);
        var job = new PoolBackward<TFormula> { Sizes = sizes, X = x, Y = y, Dy = dy, Dx = dx };
        Workers.Share(workers, dx.Length, ref job);
    }
}
