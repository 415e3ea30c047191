// Overloads document the rates; the other parameters are inherited.
#pragma warning disable CS1573

namespace NeuralNet;

/// <content>Forward and backward where not everything learns.</content>
public sealed partial class Network
{
    /// <summary>Computes the outputs and keeps what backward needs, with the stored statistics where the rates freeze statistics; otherwise
    /// it is <see cref="Forward(in Batch, Span{float}, Workspace)"/>.</summary>
    /// <inheritdoc cref="Forward(in Batch, Span{float}, Workspace)"/>
    /// <param name="rates">What learns.</param>
    /// <exception cref="ArgumentException">A size does not fit, the workspace is too small, not for training or another network's, or the rates
    /// name what the network does not have.</exception>
    public void Forward(in Batch batch, Span<float> y, Workspace workspace, Rates rates) => Forward(batch, y, workspace, PlanOf(rates));

    /// <summary>Runs the chain rule backward as far down as something learns, or to ∇x where that is wanted; the gradient of what is frozen is
    /// not touched.</summary>
    /// <inheritdoc cref="Backward(in Batch, ReadOnlySpan{float}, Span{float}, Span{float}, Workspace)"/>
    /// <param name="rates">What learns; factors other than 0 are the optimizer's affair. Where they freeze statistics, Forward had the same.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the rates name what the network does not have.</exception>
    public void Backward(in Batch batch, ReadOnlySpan<float> dy, Span<float> gradient, Span<float> dx, Workspace workspace, Rates rates) =>
        Backward(batch, dy, gradient, dx, workspace, PlanOf(rates));

    /// <summary>The mean divergence of a batch and the gradient of what learns; that of what is frozen is not touched.</summary>
    /// <inheritdoc cref="AddGradient(in Batch, Divergence, Span{float}, Workspace)"/>
    /// <param name="rates">What learns; factors other than 0 are the optimizer's affair.</param>
    /// <exception cref="ArgumentException">
    /// A size does not fit, a weight is not allowed, the workspace is too small, not for training or another network's, or the rates name what
    /// the network does not have.
    /// </exception>
    public float AddGradient(in Batch batch, Divergence divergence, Span<float> gradient, Workspace workspace, Rates rates) =>
        AddGradient(batch, divergence, gradient, workspace, PlanOf(rates));

    internal float AddGradient(in Batch batch, Divergence divergence, Span<float> gradient, Workspace workspace, RatePlan? plan)
    {
        if (workspace is not null && batch.Rows > workspace.MaxRows)
            throw TooManyRows(workspace, batch.Rows);
        return (float)AddPart(batch, divergence, gradient, workspace!, plan).ShareOf(batch.TotalWeight);
    }

    internal RatePlan? PlanOf(Rates rates, bool followsSchedules = false)
    {
        ArgumentNullException.ThrowIfNull(rates);
        return rates.For(chain, layout, followsSchedules);
    }
}
