namespace NeuralNet;

/// <summary>What a divergence says of a network's outputs, and of its final activations.</summary>
/// <param name="Of">The divergence.</param>
/// <param name="OnLogits">Its form on logits; null: there is none, and no activation is left out of a pass.</param>
/// <param name="Taken">For each final activation whether the form takes it through.</param>
/// <param name="DesiredWidth">How many values are desired of a vector.</param>
internal sealed record DivergenceForm(Divergence Of, Divergence? OnLogits, bool[] Taken, int DesiredWidth)
{
    /// <summary>Whether the form leaves an activation to the network.</summary>
    public bool HasRest { get; } = OnLogits is not null && Taken.Contains(false);

    /// <summary>Whether a class id is desired of a vector.</summary>
    public bool TakesIds { get; } = Of.TakesIds;

    /// <summary>Whether class ids are among what is desired.</summary>
    public bool ReadsIds { get; } = Of.ReadsIds;

    /// <summary>Asks the divergence.</summary>
    /// <param name="divergence">The divergence.</param>
    /// <param name="activations">The network's final activations.</param>
    /// <param name="width">The width of its outputs.</param>
    /// <exception cref="ArgumentException">The divergence takes no outputs of that width.</exception>
    /// <exception cref="InvalidOperationException">The form takes other desired values than the divergence.</exception>
    public static DivergenceForm Ask(Divergence divergence, FinalActivation[] activations, int width)
    {
        divergence.CheckWidth(width);
        var taken = new bool[activations.Length];
        int desired = divergence.DesiredWidth(width);
        Divergence? form = activations.Length == 0 ? null : divergence.Through(activations, width, taken);
        return form is null || (form.TakesIds == divergence.TakesIds && form.DesiredWidth(width) == desired)
            ? new DivergenceForm(divergence, form, taken, desired)
            : throw new InvalidOperationException(
                $"{divergence}.Through gives {form}, which takes {form.Expected(1, width)} for a vector of {width} outputs, where the divergence "
                + $"itself takes {divergence.Expected(1, width)}; the form must take what is desired of the divergence.");
    }
}
