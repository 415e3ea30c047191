using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A formula with numbers of each feature, over all real vectors of a batch. Where there are few features their numbers are repeated for a
/// line of several vectors, so that registers are full.</summary>
internal readonly struct FeatureLines(Shape shape)
{
    private readonly ColumnLines lines = new(shape.FeatureCount);

    /// <summary>The floats of the repeated numbers of two blocks.</summary>
    public BufferSize Scratch => new(lines.Repeats > 1 ? checked(2 * lines.Wide) : 0, 0);

    /// <summary>y = f(x), and 0 behind the lengths of rows.</summary>
    /// <typeparam name="TFormula">f, of x and of two numbers of its feature.</typeparam>
    /// <param name="pass">The pass.</param>
    /// <param name="p">The block of the first number.</param>
    /// <param name="q">The block of the second.</param>
    public void Forward<TFormula>(in ForwardPass pass, int p, int q) where TFormula : struct, IFeatureFormula
    {
        ReadOnlySpan<float> ps = pass.Statistic(p), qs = pass.Statistic(q);
        Repeat(ref ps, ref qs, pass.Scratch);
        var runs = new VectorRuns(shape, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
            Elementwise.Features<TFormula>(run.Of(pass.Input, lines.Width), default, ps, qs, run.Of(pass.Output, lines.Width), pass.Workers);
        runs.ClearRest(pass.Output, lines.Width);
    }

    /// <summary>∇x of x and ∇y, where it is wanted.</summary>
    /// <inheritdoc cref="Forward"/>
    public void Backward<TFormula>(in BackwardPass pass, int p, int q) where TFormula : struct, IFeatureFormula
    {
        if (pass.InputGradient.IsEmpty)
            return;
        ReadOnlySpan<float> ps = pass.Statistic(p), qs = pass.Statistic(q);
        Repeat(ref ps, ref qs, pass.Scratch);
        var runs = new VectorRuns(shape, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
        {
            ReadOnlySpan<float> x = TFormula.ReadsInput ? run.Of(pass.Input, lines.Width) : default;
            Elementwise.Features<TFormula>(
                x, run.Of(pass.OutputGradient, lines.Width), ps, qs, run.Of(pass.InputGradient, lines.Width), pass.Workers);
        }

        runs.ClearRest(pass.InputGradient, lines.Width);
    }

    private void Repeat(ref ReadOnlySpan<float> p, ref ReadOnlySpan<float> q, Span<float> scratch)
    {
        if (lines.Repeats == 1)
            return;
        Span<float> first = scratch[..lines.Wide], second = scratch.Slice(lines.Wide, lines.Wide);
        for (int at = 0; at < lines.Wide; at += lines.Width)
        {
            p.CopyTo(first[at..]);
            q.CopyTo(second[at..]);
        }

        p = first;
        q = second;
    }
}
