namespace NeuralNet;

/// <content>Recurrent layers.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a simple recurrent layer: hₜ = f(W xₜ + b + U hₜ₋₁).</summary>
    /// <param name="hidden">The width of h.</param>
    /// <param name="activation">f, a scalar activation; the hyperbolic tangent unless given.</param>
    /// <param name="lastStep">Whether to give the last real step alone instead of every step.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Rnn(
        int hidden, Activation? activation = null, bool lastStep = false,
        Initializer? initializer = null, Initializer? recurrentInitializer = null) =>
        Add(shape => new Rnn(shape, hidden, activation, lastStep, initializer, recurrentInitializer));

    /// <summary>Adds long short-term memory.</summary>
    /// <param name="hidden">The width of h and of the cell.</param>
    /// <param name="lastStep">Whether to give the last real step alone instead of every step.</param>
    /// <param name="forgetBias">What the forget gate's biases start from.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Lstm(
        int hidden, bool lastStep = false, float forgetBias = 1, Initializer? initializer = null, Initializer? recurrentInitializer = null) =>
        Add(shape => new Lstm(shape, hidden, lastStep, forgetBias, initializer, recurrentInitializer));

    /// <summary>Adds gated recurrent units.</summary>
    /// <param name="hidden">The width of h.</param>
    /// <param name="lastStep">Whether to give the last real step alone instead of every step.</param>
    /// <param name="initializer">How W is initialized; by Glorot's scheme, with the fans of one gate, unless given.</param>
    /// <param name="recurrentInitializer">How U is initialized; orthogonal unless given.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Gru(int hidden, bool lastStep = false, Initializer? initializer = null, Initializer? recurrentInitializer = null) =>
        Add(shape => new Gru(shape, hidden, lastStep, initializer, recurrentInitializer));
}
