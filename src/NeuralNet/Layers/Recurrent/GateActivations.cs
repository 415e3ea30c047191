namespace NeuralNet;

/// <summary>The activations of a layer with gates: the sigmoid and the hyperbolic tangent, or what takes their places.</summary>
/// <param name="Gates">What makes a gate of its sum.</param>
/// <param name="Candidate">What makes the candidate for a new state of its sum, and what is shown of a cell.</param>
internal sealed record GateActivations(ScalarActivation Gates, ScalarActivation Candidate)
{
    private const string GatesName = "gates", CandidateName = "activation";

    /// <summary>Whether they are the sigmoid and the hyperbolic tangent, for which the layers have formulas.</summary>
    public bool AreUsual => Gates is Sigmoid && Candidate is Tanh;

    /// <exception cref="ArgumentException">One is a vector activation or random.</exception>
    public static GateActivations Of(Activation? gates, Activation? activation) =>
        new(
            RecurrentLayer.Scalar(gates, Activation.Sigmoid, nameof(gates)),
            RecurrentLayer.Scalar(activation, Activation.Tanh, nameof(activation)));

    /// <summary>Sets those that are not the usual ones, so that of the usual ones files are what they were before there were others.</summary>
    public KindSettings AddTo(KindSettings settings)
    {
        if (Gates is not Sigmoid)
            settings.Set(GatesName, Gates);
        return Candidate is Tanh ? settings : settings.Set(CandidateName, Candidate);
    }

    /// <summary>What else than the usual there is in a layer, in words, which a comma separates; null: nothing.</summary>
    public string? Detail(bool resetsBefore = false)
    {
        string words = (resetsBefore ? ", resets before" : "") + (Gates is Sigmoid ? "" : $", gates {Gates}")
            + (Candidate is Tanh ? "" : $", {Candidate}");
        return words.Length == 0 ? null : words[2..];
    }

    public static Activation? GatesIn(KindSettings settings) => In(settings, GatesName);

    public static Activation? CandidateIn(KindSettings settings) => In(settings, CandidateName);

    private static Activation? In(KindSettings settings, string name) => settings.Contains(name) ? settings.GetActivation(name) : null;
}
