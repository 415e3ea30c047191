namespace NeuralNet;

/// <content>Recurrent layers.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a simple recurrent layer: hₜ = f(W xₜ + b + U hₜ₋₁).</summary>
    /// <inheritdoc cref="NeuralNet.Rnn.Rnn(Shape, int, Activation, bool, Initializer, Initializer)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Rnn(
        int hidden, Activation? activation = null, bool lastStep = false,
        Initializer? initializer = null, Initializer? recurrentInitializer = null) =>
        Add(shape => new Rnn(shape, hidden, activation, lastStep, initializer, recurrentInitializer));

    /// <summary>Adds long short-term memory.</summary>
    /// <inheritdoc cref="NeuralNet.Lstm.Lstm(Shape, int, bool, float, Initializer, Initializer, Activation, Activation)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Lstm(
        int hidden, bool lastStep = false, float forgetBias = 1, Initializer? initializer = null, Initializer? recurrentInitializer = null,
        Activation? gates = null, Activation? activation = null) =>
        Add(shape => new Lstm(shape, hidden, lastStep, forgetBias, initializer, recurrentInitializer, gates, activation));

    /// <summary>Adds gated recurrent units.</summary>
    /// <inheritdoc cref="NeuralNet.Gru.Gru(Shape, int, bool, Initializer, Initializer, bool, Activation, Activation)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Gru(
        int hidden, bool lastStep = false, Initializer? initializer = null, Initializer? recurrentInitializer = null,
        bool resetsBefore = false, Activation? gates = null, Activation? activation = null) =>
        Add(shape => new Gru(shape, hidden, lastStep, initializer, recurrentInitializer, resetsBefore, gates, activation));
}
