namespace NeuralNet;

/// <content>Recurrent layers.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a simple recurrent layer: hₜ = f(W xₜ + b + U hₜ₋₁).</summary>
    /// <param name="hidden">The width of h.</param>
    /// <param name="activation">f, a scalar activation; the hyperbolic tangent unless given.</param>
    /// <param name="lastStep">Whether to give the last real step alone instead of every step.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Rnn(int hidden, Activation? activation = null, bool lastStep = false) => Add(shape => new Rnn(shape, hidden, activation, lastStep));

    /// <summary>Adds long short-term memory.</summary>
    /// <param name="hidden">The width of h and of the cell.</param>
    /// <param name="lastStep">Whether to give the last real step alone instead of every step.</param>
    /// <param name="forgetBias">What the forget gate's biases start from.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Lstm(int hidden, bool lastStep = false, float forgetBias = 1) => Add(shape => new Lstm(shape, hidden, lastStep, forgetBias));

    /// <summary>Adds gated recurrent units.</summary>
    /// <param name="hidden">The width of h.</param>
    /// <param name="lastStep">Whether to give the last real step alone instead of every step.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Gru(int hidden, bool lastStep = false) => Add(shape => new Gru(shape, hidden, lastStep));
}
