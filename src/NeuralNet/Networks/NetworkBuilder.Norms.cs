namespace NeuralNet;

/// <content>Normalization, dropout, and activations by themselves.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a layer normalization: y = g ⊙ (x − μ) / √(σ² + ε) + b, with mean and variance of each vector's features.</summary>
    /// <inheritdoc cref="NeuralNet.LayerNorm.LayerNorm(Shape, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder LayerNorm(float epsilon = 1e-5f) => Add(shape => new LayerNorm(shape, epsilon));

    /// <summary>Adds a normalization by the root mean square: y = g ⊙ x / √(mean x² + ε), over each vector's features.</summary>
    /// <inheritdoc cref="NeuralNet.RmsNorm.RmsNorm(Shape, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder RmsNorm(float epsilon = 1e-6f) => Add(shape => new RmsNorm(shape, epsilon));

    /// <summary>Adds dropout: while training each value is made 0 with probability p, and the others are divided by 1 − p.</summary>
    /// <inheritdoc cref="NeuralNet.Dropout.Dropout(Shape, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Dropout(float rate = 0.5f) => Add(shape => new Dropout(shape, rate));

    /// <summary>Adds an activation without weights: y = f(x), along the features axis.</summary>
    /// <param name="activation">f.</param>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Activation(Activation activation) => Add(shape => new ActivationLayer(shape, activation));
}
