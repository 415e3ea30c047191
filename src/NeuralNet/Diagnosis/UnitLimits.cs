namespace NeuralNet;

/// <summary>Where the units of a layer stop learning, told by their outputs alone.</summary>
/// <param name="CanDie">Whether an output of 0 has no slope.</param>
/// <param name="Low">At this output or below the slope is under 5 % of the largest.</param>
/// <param name="High">At this output or above it is.</param>
internal readonly record struct UnitLimits(bool CanDie, double Low, double High)
{
    // y (1 − y) = 5 % of 1/4; 1 − y² = 5 %; (1 − |y|)² = 5 %.
    private const double OfSigmoid = 0.012660, OfTanh = 0.974679, OfSoftsign = 0.776393;

    private static UnitLimits None => new(false, double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Whether the outputs level off on both sides.</summary>
    public bool CanSaturate => double.IsFinite(Low);

    // Of gates only the output can be seen, which is a hyperbolic tangent, or what takes its place, times what is at most 1.
    public static UnitLimits Of(Layer layer) => layer switch
    {
        Dense dense => Of(dense.Activation),
        ConvolutionLayer convolution => Of(convolution.Activation),
        BatchNorm norm => Of(norm.Activation),
        ActivationLayer alone => Of(alone.Activation),
        Rnn rnn => Of(rnn.Activation),
        Lstm lstm => OfGated(lstm.GateActivation, lstm.Activation),
        Gru gru => OfGated(gru.GateActivation, gru.Activation),
        _ => None,
    };

    // A gate that is nearly shut makes a small output of any value: that tells nothing where small values are those that have no slope.
    private static UnitLimits OfGated(Activation gates, Activation activation) =>
        gates.OutputRange == ValueRange.ZeroToOne && Of(activation) is { Low: < 0 } limits ? limits : None;

    private static UnitLimits Of(Activation activation) => activation switch
    {
        Relu or Relu6 or HardSwish or ThresholdedRelu => None with { CanDie = true },
        Sigmoid => new(false, OfSigmoid, 1 - OfSigmoid),
        Tanh => new(false, -OfTanh, OfTanh),
        Softsign => new(false, -OfSoftsign, OfSoftsign),
        HardSigmoid => new(false, 0, 1),
        HardTanh hard => new(false, hard.Minimum, hard.Maximum),
        _ => None,
    };
}
