namespace NeuralNet;

/// <summary>What a backward pass reads of the forward pass before it, beside its own cache.</summary>
/// <remarks>What is not declared may be overwritten or absent by then; the contract tests fill it with NaN.</remarks>
[Flags]
public enum BackwardReads
{
    /// <summary>Neither input nor output.</summary>
    None = 0,

    /// <summary>The input of forward: a layer's x, an activation's z.</summary>
    Input = 1,

    /// <summary>The output of forward: y.</summary>
    Output = 2,
}
