using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>What generation has to know of a network, and what it refuses.</summary>
internal sealed class TokenNetwork
{
    private readonly Chain chain;

    /// <exception cref="ArgumentException">The network does not take tokens, or does not give scores of them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such end of the context.</exception>
    public TokenNetwork(Network network, ContextEnd contextEnd)
    {
        ArgumentNullException.ThrowIfNull(network);
        chain = network.Chain;
        ContextEnd = Checked(contextEnd, nameof(contextEnd));
        Vocabulary = network.Output.FeatureCount;
        InputVocabulary = TokensTaken(network);
        Temperature = TemperatureOf(network);
        Carries = network.Chain.IsStreamable && network.PieceSteps == 1;
        StateSize = Carries ? network.StatePerRow : 0;
        MaxTokens = !Carries ? network.Input.Steps : network.Chain.CarriedSteps < int.MaxValue ? network.Chain.CarriedSteps : null;
    }

    /// <summary>How many tokens there are to choose from.</summary>
    public int Vocabulary { get; }

    /// <summary>How many tokens the network takes, as many or more.</summary>
    public int InputVocabulary { get; }

    /// <summary>T of the softmax that the network ends with: p = softmax(z / T).</summary>
    public float Temperature { get; }

    /// <summary>What happens where a text has as many tokens as the network has steps.</summary>
    public ContextEnd ContextEnd { get; }

    /// <summary>Whether a text may come token by token, with the state carried from one to the next.</summary>
    public bool Carries { get; }

    /// <summary>The floats of that state.</summary>
    public int StateSize { get; }

    /// <summary>How many tokens a text may have; null: any number.</summary>
    public int? MaxTokens { get; }

    /// <exception cref="ArgumentOutOfRangeException">There is no such end of the context.</exception>
    public static ContextEnd Checked(ContextEnd value, string name) => Enum.IsDefined(value) ? value
        : throw Guard.OutOfRange(name, (long)value, "One of Stop, Halve and Slide was expected.");

    /// <summary>How many tokens a text of so many may still be given.</summary>
    public long RoomBehind(long used) => ContextEnd == ContextEnd.Stop && MaxTokens is int most ? most - used : long.MaxValue;

    /// <exception cref="ArgumentException">A token is none that the network takes.</exception>
    public void CheckTokens(ReadOnlySpan<int> tokens, string argument)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)InputVocabulary)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Token {token} is none of the network's; tokens from 0 to {InputVocabulary - 1} were expected."), argument);
        }
    }

    /// <exception cref="ArgumentException">There is no token, one is none that the network takes, or there are too many behind those whose state
    /// the text begins with.</exception>
    public void CheckPrompt(ReadOnlySpan<int> prompt, ReadOnlySpan<float> state, string argument)
    {
        if (prompt.IsEmpty)
            throw new ArgumentException("A prompt has no token; at least one was expected, such as one that says that a text begins.", argument);
        CheckTokens(prompt, argument);
        int used = PositionIn(state);
        if (prompt.Length > RoomBehind(used))
            throw new ArgumentException(TooMany("A text", used, prompt.Length), argument);
    }

    /// <summary>Words for a text that has no room.</summary>
    public string TooMany(string text, long used, int count) =>
        FormattableString.Invariant($"{text} has {used} tokens and is given {count}; the network has steps for {MaxTokens}. ")
        + "Give fewer, or let ContextEnd.Halve or ContextEnd.Slide forget the first ones.";

    /// <exception cref="ArgumentException">State to begin with does not fit the network, or what happens at the end of the context.</exception>
    public void CheckState(ReadOnlySpan<float> state, string argument)
    {
        if (state.IsEmpty)
            return;
        if (state.Length != StateSize)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"The state that a text begins with has {state.Length} values, but {StateSize} were expected")
                + (StateSize == 0 ? ": the network carries none from token to token." : "."), argument);
        }

        if (ContextEnd != ContextEnd.Stop && MaxTokens is not null)
        {
            throw new ArgumentException(
                $"With ContextEnd.{ContextEnd} a text begins anew at the end of the context, without the state that it began with; "
                + "use ContextEnd.Stop.", argument);
        }

        float position = PositionIn(chain, state) ?? 0;
        if (!(position >= 0 && position <= (MaxTokens ?? 0) && position == (int)position))
        {
            throw new ArgumentException(
                "The state that a text begins with has positions that are not one and the same whole number "
                + FormattableString.Invariant($"from 0 to {MaxTokens ?? 0}, as they are after a batch with state."), argument);
        }
    }

    /// <summary>How many steps of the network lie before a text that begins with this state; 0 where it has no positions.</summary>
    public int PositionIn(ReadOnlySpan<float> state) => state.IsEmpty ? 0 : (int)(PositionIn(chain, state) ?? 0);

    // Layers with positions have theirs first in their state, and the states of children lie one after the other. NaN: they are not the same.
    private static float? PositionIn(Layer layer, ReadOnlySpan<float> state)
    {
        if (layer.Children.Count == 0)
            return layer.CarriedSteps < int.MaxValue ? state[0] : null;
        float? common = null;
        foreach (Layer child in layer.Children)
        {
            float? position = PositionIn(child, state);
            common = position is null || common is null || position == common ? common ?? position : float.NaN;
            state = state[child.StatePerRow..];
        }

        return common;
    }

    private static int TokensTaken(Network network)
    {
        Shape input = network.Input, output = network.Output;
        if (input.Kind != ShapeKind.Sequence)
            throw No(network, $"takes {input}; a sequence of tokens was expected, Shape.Sequence(steps, features: 1)");
        if (output.Kind == ShapeKind.Image || (output.Kind == ShapeKind.Sequence && output.Steps != input.Steps))
            throw No(network, $"gives {output} of {input}; scores of the next token were expected, at each step or for the last one");
        for (int steps = 1; steps <= input.Steps && network.Chain.ChangesSteps; steps++)
        {
            // What a layer makes of so few steps it says itself.
            if (steps == 1)
                network.CheckStepsBehind(1, [], firstRow: 0, nameof(network));
            if (output.Kind == ShapeKind.Sequence && network.OutputVectors(steps) != steps)
                throw No(network, $"gives {network.OutputVectors(steps)} steps of {steps}; the score of the next token at each step was expected");
        }

        int scores = output.FeatureCount;
        if (network.InputIds.IsEmpty)
        {
            return input.FeatureCount == scores && scores > 1 ? scores : throw No(
                network, $"takes {input} and gives {output}; ids were expected, as an Embedding takes them, or one-hot vectors as wide as that");
        }

        int ids = TensorPrimitives.Min(network.InputIds);
        if (input.FeatureCount != 1 || ids == 0)
            throw No(network, $"takes {input}; one id at each step was expected");
        return ids >= scores ? ids : throw No(network, FormattableString.Invariant(
            $"gives scores of {scores} tokens but takes only {ids}, so that it could not read what it has written; as many were expected"));
    }

    private static float TemperatureOf(Network network)
    {
        IReadOnlyList<FinalActivation> finals = network.Chain.FinalActivations;
        return finals switch
        {
            [] => 1,
            [{ Activation: Softmax softmax } one] when one.Count == network.Output.FeatureCount => softmax.Temperature,
            [{ Activation: LogSoftmax } one] when one.Count == network.Output.FeatureCount => 1,
            _ => throw No(network, $"ends with {string.Join(", ", finals.Select(final => final.Activation))}; softmax or log-softmax over all "
                + "tokens, or no activation were expected"),
        };
    }

    private static ArgumentException No(Network network, string what) => new($"The network cannot write: it {what}.", nameof(network));
}
