using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Adds to each step of a sequence waves of its position, so that layers which treat all steps alike can tell them apart.</summary>
/// <remarks><para>forward: y_t = x_t + P_t, P[t, 2i] = sin(t / 10000^(2i/d)), P[t, 2i + 1] = cos(t / 10000^(2i/d)), with d features and t
/// from 0. With carried state (<see cref="Batch.State"/>) t goes on where the last piece ended: the position is the state of a row, one
/// float, and steps past those of the shape are refused.</para>
/// <para>backward: ∇x_t = ∇y_t, and 0 past a row's length.</para>
/// <para>P is made once, in double from + − × ÷ alone, so that it has the same bits on every machine; its error before
/// rounding is about 10⁻¹⁵ (1 + t). It takes steps · features floats. There are no parameters;
/// <see cref="LearnedPositions"/> has them. A. Vaswani et al.: "Attention is all you need", 2017.</para></remarks>
public sealed class SinusoidalPositions : Layer, ILayerKind
{
    // ln 10000
    private const double LogBase = 9.210340371976182736;

    private readonly float[] table;

    /// <summary>Makes the layer.</summary>
    /// <param name="input">The shape of an input row, a sequence; the output's too.</param>
    /// <exception cref="ArgumentException">The shape is not a sequence.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The table of so many positions would have nearly 2³¹ values or more.</exception>
    public SinusoidalPositions(Shape input)
        : base(Guard.Sequence(input, nameof(SinusoidalPositions)), input)
    {
        BackwardReads = BackwardReads.None;
        StatePerRow = 1;
        StateIsCount = true;
        IsStreamable = true;
        int width = input.FeatureCount;
        table = new float[Guard.Size(input.Size, nameof(input), $"Positions of {input} would take a table of", Array.MaxLength)];
        for (int j = 0; j < width; j += 2)
        {
            double halfTurns = Exact.ExpOfNegative(-LogBase * j / width) / Math.PI;
            for (int t = 0; t < input.Steps; t++)
            {
                (double sin, double cos) = Exact.SinCosPi(t * halfTurns);
                table[(t * width) + j] = (float)sin;
                if (j + 1 < width)
                    table[(t * width) + j + 1] = (float)cos;
            }
        }
    }

    // p, [steps, features].
    internal ReadOnlySpan<float> Table => table;

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new SinusoidalPositions(input);

    static long ILayerKind.TableFloats(Shape input, KindSettings settings) => input.Size;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">With carried state a row would pass the last position, or has none.</exception>
    public override void Check(in CheckPass pass) => CarriedPositions.Check(Input, pass);

    internal override bool ChecksBatches => true;

    internal override int CarriedSteps => CarriedPositions.Most(Input.Steps);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => CarriedPositions.Add(Input, table, pass);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        CarriedPositions.ClearGradient(pass);
        pass.Copy(Input);
    }
}
