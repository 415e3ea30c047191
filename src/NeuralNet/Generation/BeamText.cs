namespace NeuralNet;

/// <summary>A text that <see cref="Generation.BeamSearch"/> has found.</summary>
public sealed class BeamText
{
    internal BeamText(int[] tokens, double logProbability, double score, bool isEnded) =>
        (Tokens, LogProbability, Score, IsEnded) = (tokens, logProbability, score, isEnded);

    /// <summary>The tokens behind the prompt, without that which ended the text.</summary>
    public IReadOnlyList<int> Tokens { get; }

    /// <summary>Σ log p of the tokens, of that which ended the text too.</summary>
    public double LogProbability { get; }

    /// <summary>What texts are compared by: <see cref="LogProbability"/> / nᵅ of n tokens.</summary>
    public double Score { get; }

    /// <summary>Whether a token ended the text, and not the number of tokens that was allowed.</summary>
    public bool IsEnded { get; }

    /// <summary>The text in words.</summary>
    /// <returns>For example <c>12 tokens, log p -3.41, score -0.262</c>.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"{Tokens.Count} {(Tokens.Count == 1 ? "token" : "tokens")}")
        + FormattableString.Invariant($", log p {LogProbability:0.###}, score {Score:0.###}{(IsEnded ? "" : ", not ended")}");
}
