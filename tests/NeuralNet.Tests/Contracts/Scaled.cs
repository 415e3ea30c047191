namespace NeuralNet.Tests.Contracts;

/// <summary>A composite as a user writes it that has parameters, statistics and a state of its own beside those of its child F:
/// y_t = s ⊙ F(x)_t + u_t with u_{t+1} = ½ u_t + x_t0, and a count of the rows that it was trained on.</summary>
internal sealed class Scaled : Composite
{
    private readonly int scale, width;

    public Scaled(Layer inner)
        : base(inner.Input, inner.Output, [inner])
    {
        if (Input.Kind == ShapeKind.Image)
            throw new ArgumentException($"Features or a sequence were expected, but got {Input}.", nameof(inner));
        (scale, width) = (Blocks.Count, Output.FeatureCount);
        Blocks = [.. Blocks, new("scale", BlockRole.Scale, [width], Initializer.Ones), new("count", BlockRole.Statistic, [1], Initializer.Zeros)];
        StatePerRow++;
    }

    public override KindSettings Settings => new KindSettings().Set("layers", Children);

    public override void Forward(in ForwardPass pass)
    {
        ReadOnlySpan<float> f = ForwardChild(pass, 0, pass.Input), s = pass.Parameter(scale);
        pass.Output.Clear();
        for (int row = 0; row < pass.Rows; row++)
        {
            Span<float> state = pass.StateOf(row);
            float u = state.IsEmpty ? 0 : state[^1];
            for (int t = 0; t < pass.LengthOf(row); t++)
            {
                int at = ((row * pass.Steps) + t) * width;
                for (int i = 0; i < width; i++)
                    pass.Output[at + i] = (s[i] * f[at + i]) + u;
                u = (u / 2) + pass.Input[at];
            }

            if (!state.IsEmpty)
                state[^1] = u;
        }
    }

    public override void Backward(in BackwardPass pass)
    {
        ReadOnlySpan<float> f = OutputOf(pass, 0), dy = pass.OutputGradient, s = pass.Parameter(scale);
        Span<float> df = OutputGradientOf(pass, 0), dx = pass.InputGradient, ds = pass.ParameterGradient(scale);
        df.Clear();
        foreach (Range run in pass.RealValues(Output))
        {
            for (int at = run.Start.Value; at < run.End.Value; at++)
            {
                df[at] = s[at % width] * dy[at];
                if (!ds.IsEmpty)
                    ds[at % width] += f[at] * dy[at];
            }
        }

        BackwardChild(pass, 0, pass.Input, df, !dx.IsEmpty).CopyTo(dx);
        for (int row = 0; row < pass.Rows; row++)
        {
            Span<float> state = pass.StateGradientOf(row);
            float du = state.IsEmpty ? 0 : state[^1];
            for (int t = pass.LengthOf(row) - 1; t >= 0; t--)
            {
                int at = ((row * pass.Steps) + t) * width;
                if (!dx.IsEmpty)
                    dx[at] += du;
                du /= 2;
                for (int i = 0; i < width; i++)
                    du += dy[at + i];
            }

            if (!state.IsEmpty)
                state[^1] = du;
        }
    }

    public override void UpdateStatistics(in StatisticsPass pass)
    {
        base.UpdateStatistics(pass);
        pass.Statistic(scale + 1)[0] += pass.Rows;
    }
}
