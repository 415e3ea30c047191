namespace NeuralNet.Tests.Contracts;

/// <summary>A normalization over the rows of a batch as a user writes it, with public types alone: y = g (x − μ) / √(σ² + ε) + b for each feature,
/// with mean and variance of the rows in training, and stored ones otherwise. Rows of weight 0 are as if absent.</summary>
internal sealed class BatchStatistics : Layer
{
    private const int Gain = 0, Bias = 1, Mean = 2, Variance = 3;
    private const float Epsilon = 1e-3f, Momentum = 0.25f;

    private readonly int width;

    public BatchStatistics(int features)
        : base(features, features)
    {
        width = features;
        Blocks =
        [
            new("weight", BlockRole.Scale, [features], Initializer.Ones),
            new("bias", BlockRole.Bias, [features], Initializer.Zeros),
            new("mean", BlockRole.Statistic, [features], Initializer.Zeros),
            new("variance", BlockRole.Statistic, [features], Initializer.Ones),
        ];
        Cache = new BufferSize(2 * features, 0);
        BackwardReads = BackwardReads.Input;
        MixesRows = true;
    }

    public override void Check(in CheckPass pass)
    {
        int rows = Count(pass.Weights, pass.Rows);
        if (!pass.UsesStatistics && rows < 2)
            throw new ArgumentException($"A variance takes 2 rows at least, but got {rows}; use larger batches.");
    }

    public override void Forward(in ForwardPass pass)
    {
        ReadOnlySpan<float> mean = pass.Statistic(Mean), variance = pass.Statistic(Variance);
        if (!pass.UsesStatistics)
        {
            Measure(pass.Input, pass.Weights, pass.Rows, pass.Cache);
            mean = pass.Cache[..width];
            variance = pass.Cache[width..];
        }

        for (int at = 0; at < pass.Input.Length; at++)
        {
            int i = at % width;
            pass.Output[at] = (pass.Parameter(Gain)[i] * Normal(pass.Input[at], mean[i], variance[i])) + pass.Parameter(Bias)[i];
        }
    }

    public override void Backward(in BackwardPass pass)
    {
        ReadOnlySpan<float> mean = pass.UsesStatistics ? pass.Statistic(Mean) : pass.Cache[..width];
        ReadOnlySpan<float> variance = pass.UsesStatistics ? pass.Statistic(Variance) : pass.Cache[width..];
        int rows = Count(pass.Weights, pass.Rows);
        for (int i = 0; i < width; i++)
        {
            float gain = pass.Parameter(Gain)[i], deviation = MathF.Sqrt(variance[i] + Epsilon);
            double sum = 0, product = 0;
            for (int row = 0; row < pass.Rows; row++)
            {
                int at = (row * width) + i;
                if (!IsThere(pass.Weights, row))
                    continue;
                float dy = pass.OutputGradient[at], normal = Normal(pass.Input[at], mean[i], variance[i]);
                sum += dy;
                product += dy * normal;
            }

            if (!pass.ParameterGradient(Gain).IsEmpty)
                pass.ParameterGradient(Gain)[i] += (float)product;
            if (!pass.ParameterGradient(Bias).IsEmpty)
                pass.ParameterGradient(Bias)[i] += (float)sum;
            for (int row = 0; row < pass.Rows && !pass.InputGradient.IsEmpty; row++)
            {
                int at = (row * width) + i;
                float dy = IsThere(pass.Weights, row) ? pass.OutputGradient[at] : 0;
                double centered = pass.UsesStatistics ? dy
                    : IsThere(pass.Weights, row) ? dy - (sum / rows) - (Normal(pass.Input[at], mean[i], variance[i]) * product / rows)
                    : 0;
                pass.InputGradient[at] = (float)(gain / deviation * centered);
            }
        }
    }

    public override void UpdateStatistics(in StatisticsPass pass)
    {
        for (int i = 0; i < width; i++)
        {
            Follow(ref pass.Statistic(Mean)[i], pass.Cache[i]);
            Follow(ref pass.Statistic(Variance)[i], pass.Cache[width + i]);
        }
    }

    private static void Follow(ref float running, float now) => running += Momentum * (now - running);

    private static float Normal(float x, float mean, float variance) => (x - mean) / MathF.Sqrt(variance + Epsilon);

    private static bool IsThere(ReadOnlySpan<float> weights, int row) => weights.IsEmpty || weights[row] > 0;

    private static int Count(ReadOnlySpan<float> weights, int rows)
    {
        int count = 0;
        for (int row = 0; row < rows; row++)
            count += IsThere(weights, row) ? 1 : 0;
        return count;
    }

    private void Measure(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, int rows, Span<float> measured)
    {
        int count = Count(weights, rows);
        for (int i = 0; i < width; i++)
        {
            double sum = 0, squares = 0;
            for (int row = 0; row < rows; row++)
                sum += IsThere(weights, row) ? x[(row * width) + i] : 0;
            double mean = sum / count;
            for (int row = 0; row < rows; row++)
            {
                double distance = IsThere(weights, row) ? x[(row * width) + i] - mean : 0;
                squares += distance * distance;
            }

            (measured[i], measured[width + i]) = ((float)mean, (float)(squares / count));
        }
    }
}
