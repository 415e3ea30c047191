namespace NeuralNet;

/// <summary>What a divergence says of a network's final activations.</summary>
/// <param name="Of">The divergence.</param>
/// <param name="OnLogits">Its form on logits; null: there is none, and no activation is left out of a pass.</param>
/// <param name="Taken">For each final activation whether the form takes it through.</param>
internal sealed record LogitsForm(Divergence Of, Divergence? OnLogits, bool[] Taken)
{
    /// <summary>Whether the form leaves an activation to the network.</summary>
    public bool HasRest { get; } = OnLogits is not null && Taken.Contains(false);

    /// <summary>Asks the divergence.</summary>
    /// <param name="divergence">The divergence.</param>
    /// <param name="activations">The network's final activations.</param>
    /// <param name="width">The width of its outputs.</param>
    /// <exception cref="InvalidOperationException">The form takes other desired values than the divergence.</exception>
    public static LogitsForm Ask(Divergence divergence, FinalActivation[] activations, int width)
    {
        var taken = new bool[activations.Length];
        Divergence? form = activations.Length == 0 ? null : divergence.Through(activations, width, taken);
        return form is null || (form.TakesIds == divergence.TakesIds && form.DesiredWidth(width) == divergence.DesiredWidth(width))
            ? new LogitsForm(divergence, form, taken)
            : throw new InvalidOperationException(
                $"{divergence}.Through gives {form}, which takes {form.Expected(1, width)} for a vector of {width} outputs, where the divergence "
                + $"itself takes {divergence.Expected(1, width)}; the form must take what is desired of the divergence.");
    }
}
