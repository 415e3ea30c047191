namespace NeuralNet;

/// <summary>A measure of an evaluation, by which <see cref="Trainer.Monitor"/> may judge: those of <see cref="Metric"/>, or one of your
/// own.</summary>
/// <remarks>It is a function of the evaluation alone. Of outputs and desired values <see cref="Evaluation.Outcomes()"/> has all.</remarks>
public interface IMetric
{
    /// <summary>What it is called in texts and checkpoints; settings that make a difference belong to the name.</summary>
    string Name { get; }

    /// <summary>Whether a larger value is better.</summary>
    bool IsLargerBetter { get; }

    /// <summary>The value.</summary>
    /// <param name="evaluation">What was measured.</param>
    /// <returns>The value; NaN where there is none.</returns>
    double Of(Evaluation evaluation);
}
