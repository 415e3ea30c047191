using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>A range of parameters for one step of an optimizer: what it remembers is [values per parameter, parameters].</summary>
internal static class RangePass
{
    public static OptimizerPass Of(
        Span<float> w, Span<float> g, Span<float> values, long step = 1, float rate = 0.1f, float decay = 0, bool isSparse = false,
        Workers? workers = null, int start = 0, int? total = null) =>
        new()
        {
            Parameters = w,
            Gradient = g,
            Values = values,
            Start = start,
            Total = total ?? w.Length,
            Step = step,
            LearningRate = rate,
            WeightDecay = decay,
            IsSparse = isSparse,
            Workers = workers,
        };

    /// <summary>Makes an optimizer's step on spans, without a network.</summary>
    public static void Move(
        this Optimizer optimizer, Span<float> w, Span<float> g, Span<float> values, long step = 1, bool isSparse = false, Workers? workers = null,
        float? rate = null) =>
        Update(optimizer, Of(w, g, values, step, rate ?? optimizer.LearningRate, optimizer.WeightDecay, isSparse, workers));

    [UnsafeAccessor(UnsafeAccessorKind.Method)]
    public static extern void Update(Optimizer optimizer, in OptimizerPass pass);
}
