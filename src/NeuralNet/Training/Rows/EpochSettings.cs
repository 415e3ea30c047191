namespace NeuralNet;

/// <summary>Whether a network can train on a batch of so many rows, of such lengths.</summary>
internal delegate bool BatchTest(int rows, ReadOnlySpan<int> lengths);

/// <summary>What a trainer wants of the rows of its epochs, whatever they come from.</summary>
/// <param name="Plan">How they are cut.</param>
/// <param name="Augmentation">What changes them; null: nothing.</param>
/// <param name="Shape">What a row is for the augmentation.</param>
/// <param name="Seed">What random numbers are drawn from.</param>
/// <param name="CanTrainOn">Asks the network.</param>
internal sealed record EpochSettings(StepPlan Plan, Augmentation? Augmentation, Shape Shape, long Seed, BatchTest CanTrainOn);
