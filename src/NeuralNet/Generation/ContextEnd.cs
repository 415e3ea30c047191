namespace NeuralNet;

/// <summary>What generation does where a text has as many tokens as the network has steps.</summary>
public enum ContextEnd
{
    /// <summary>The text ends.</summary>
    Stop,

    /// <summary>The network forgets all but the last half of its steps and reads those anew: a token costs about as much as before, but what
    /// is known of the text goes down to a half now and then. Tokens that are appended together are the last of that half.</summary>
    Halve,

    /// <summary>The network always has the last tokens, as many as it has steps, and reads all of them anew for each token: the most is known of the
    /// text, and a token costs a pass of all steps.</summary>
    Slide,
}
