namespace NeuralNet.Tests.Contracts;

/// <summary>A composite as a user writes it, with public types alone: y = t ⊙ F(x) + (1 − t) ⊙ x with t = T(x).</summary>
internal sealed class Highway(Layer transform, Layer gate) : Composite(transform.Input, transform.Output, [transform, gate])
{
    private const int F = 0, T = 1;

    public override KindSettings Settings => new KindSettings().Set("layers", Children);

    public override void Forward(in ForwardPass pass)
    {
        Span<float> f = ForwardChild(pass, F, pass.Input), t = ForwardChild(pass, T, pass.Input);
        for (int i = 0; i < f.Length; i++)
            pass.Output[i] = (t[i] * f[i]) + ((1 - t[i]) * pass.Input[i]);
        Clear(pass.Output, pass.Rows, pass.Steps, pass.Lengths);
    }

    public override void Backward(in BackwardPass pass)
    {
        ReadOnlySpan<float> f = OutputOf(pass, F), t = OutputOf(pass, T), dy = pass.OutputGradient;
        Span<float> df = OutputGradientOf(pass, F), dt = OutputGradientOf(pass, T), dx = pass.InputGradient;
        for (int i = 0; i < dy.Length; i++)
            (df[i], dt[i]) = (dy[i] * t[i], dy[i] * (f[i] - pass.Input[i]));
        ReadOnlySpan<float> dxOfF = BackwardChild(pass, F, pass.Input, df, !dx.IsEmpty), dxOfT = BackwardChild(pass, T, pass.Input, dt, !dx.IsEmpty);
        for (int i = 0; i < dx.Length; i++)
            dx[i] = (dy[i] * (1 - t[i])) + dxOfF[i] + dxOfT[i];
        if (!dx.IsEmpty)
            Clear(dx, pass.Rows, pass.Steps, pass.Lengths);
    }

    // 0 past a row's length
    private void Clear(Span<float> values, int rows, int steps, ReadOnlySpan<int> lengths)
    {
        int width = Input.FeatureCount;
        for (int row = 0; row < rows && !lengths.IsEmpty; row++)
            values[(((row * steps) + lengths[row]) * width)..((row + 1) * steps * width)].Clear();
    }
}
