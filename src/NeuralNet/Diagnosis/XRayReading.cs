namespace NeuralNet;

/// <summary>What an <see cref="XRay"/> saw of one step.</summary>
/// <param name="Step">Which step of all, from 1.</param>
/// <param name="Epoch">The epoch that it belongs to, from 1.</param>
/// <param name="Divergence">The mean divergence of its rows, before the parameters moved.</param>
/// <param name="LearningRate">η of the step.</param>
/// <param name="Inputs">The range of the inputs that were looked at.</param>
/// <param name="Layers">The layers, the first one first: the same ones in every reading of a training.</param>
public sealed record XRayReading(
    long Step, int Epoch, double Divergence, float LearningRate, ValueSummary Inputs, IReadOnlyList<LayerReading> Layers)
{
    /// <summary>The reading in a line.</summary>
    /// <returns>For example <c>step 100: divergence 0.52, learning rate 0.001, 4 layers</c>.</returns>
    public override string ToString() => FormattableString.Invariant(
        $"step {Step}: divergence {Divergence:G4}, learning rate {LearningRate:G4}, {Layers.Count} layer{(Layers.Count == 1 ? "" : "s")}");
}

/// <summary>What an <see cref="XRay"/> saw of a layer in one step.</summary>
/// <param name="Place">The layer's place: "0", or "2.1" within a composite.</param>
/// <param name="Kind">What kind of layer it is.</param>
/// <param name="GradientNorm">‖g‖ over the layer's own parameters; 0 where it has none, and where it is frozen.</param>
/// <param name="WeightNorm">‖w‖ over what the layer multiplies with: its weights and scales, or its biases where it has nothing else.</param>
/// <param name="UpdateRatio">‖Δw‖ / ‖w‖ of the step, over the same; 0 where there is none.</param>
/// <param name="Outputs">The range of the outputs, as a prediction gives them.</param>
/// <param name="EffectiveRank">How many directions the outputs spread into: see <see cref="XRay"/>.</param>
public sealed record LayerReading(
    string Place, string Kind, double GradientNorm, double WeightNorm, double UpdateRatio, ValueSummary Outputs, double EffectiveRank)
{
    /// <summary>How many parameters the layer has of its own.</summary>
    public int Parameters { get; init; }

    /// <summary>How many units the layer has: its output's features, or channels.</summary>
    public int Units { get; init; }

    /// <summary>The share of the units that were 0 for all rows of this reading and the (up to) four before, where the activation has no slope at 0;
    /// null for other activations.</summary>
    public double? Dead { get; init; }

    /// <summary>The share of the outputs at which the activation has less than 5 % of its largest slope; null for activations that do not level off
    /// on both sides.</summary>
    public double? Saturated { get; init; }

    /// <summary>‖g‖ / ‖w‖, by which layers of different sizes can be compared; 0 where the layer has no parameters, or they are 0.</summary>
    public double RelativeGradient => WeightNorm > 0 ? GradientNorm / WeightNorm : 0;

    /// <summary>The layer in a line.</summary>
    /// <returns>For example <c>0 (Dense): gradient 0.1, weights 4, update 0.001, outputs 0 to 2, mean 0.3, deviation 0.4, rank 5.1 of 16</c>.
    /// </returns>
    public override string ToString()
    {
        string dead = Dead is null ? "" : FormattableString.Invariant($", dead {Dead:P0}");
        string saturated = Saturated is null ? "" : FormattableString.Invariant($", saturated {Saturated:P0}");
        return FormattableString.Invariant($"{Place} ({Kind}): gradient {GradientNorm:G3}, weights {WeightNorm:G3}, update {UpdateRatio:G3}, ")
            + FormattableString.Invariant($"outputs {Outputs}{dead}{saturated}, rank {EffectiveRank:0.#} of {Units}");
    }
}
