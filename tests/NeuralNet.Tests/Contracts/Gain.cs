namespace NeuralNet.Tests.Contracts;

/// <summary>A layer as a user writes it: yᵢ = gᵢ xᵢ along the features axis, of a sequence for its real steps.</summary>
internal sealed class Gain : Layer
{
    public Gain(Shape shape)
        : base(shape, shape)
    {
        Blocks = [new Block("gain", BlockRole.Scale, [shape.FeatureCount], Initializer.Ones)];
        BackwardReads = BackwardReads.Input;
    }

    public override void Forward(in ForwardPass pass)
    {
        ReadOnlySpan<float> g = pass.Parameter(0);
        pass.Output.Clear();                            // 0 past a row's length
        foreach (Range run in pass.RealValues(Input))   // the real steps of a sequence; otherwise all values
        {
            ReadOnlySpan<float> x = pass.Input[run];
            Span<float> y = pass.Output[run];
            for (int i = 0; i < x.Length; i++)
                y[i] = g[i % g.Length] * x[i];
        }
    }

    public override void Backward(in BackwardPass pass)
    {
        ReadOnlySpan<float> g = pass.Parameter(0);
        Span<float> dg = pass.ParameterGradient(0);     // added to; empty if the block is frozen
        Span<float> dx = pass.InputGradient;            // overwritten; empty if nobody wants it
        dx.Clear();
        foreach (Range run in pass.RealValues(Input))
        {
            ReadOnlySpan<float> x = pass.Input[run], dy = pass.OutputGradient[run];
            for (int i = 0; i < dy.Length; i++)
            {
                if (!dg.IsEmpty)
                    dg[i % g.Length] += x[i] * dy[i];
                if (!dx.IsEmpty)
                    dx[run][i] = g[i % g.Length] * dy[i];
            }
        }
    }
}

/// <summary>The same as people write it at first: right wherever all values are real, but it reads past the length of a row.</summary>
internal sealed class GainOfAll : Layer
{
    public GainOfAll(Shape shape)
        : base(shape, shape)
    {
        Blocks = [new Block("gain", BlockRole.Scale, [shape.FeatureCount], Initializer.Ones)];
        BackwardReads = BackwardReads.Input;
    }

    public override void Forward(in ForwardPass pass)
    {
        ReadOnlySpan<float> g = pass.Parameter(0);
        for (int i = 0; i < pass.Input.Length; i++)
            pass.Output[i] = g[i % g.Length] * pass.Input[i];
    }

    public override void Backward(in BackwardPass pass)
    {
        ReadOnlySpan<float> g = pass.Parameter(0);
        Span<float> dg = pass.ParameterGradient(0);
        for (int i = 0; i < pass.Input.Length; i++)
        {
            if (!dg.IsEmpty)
                dg[i % g.Length] += pass.Input[i] * pass.OutputGradient[i];
            if (!pass.InputGradient.IsEmpty)
                pass.InputGradient[i] = g[i % g.Length] * pass.OutputGradient[i];
        }
    }
}
