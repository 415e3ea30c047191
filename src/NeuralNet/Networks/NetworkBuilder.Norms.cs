namespace NeuralNet;

/// <content>Scaling, normalization, dropout, and activations by themselves.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds a scaling by known numbers: y = (x − μ) / σ for each feature, or back, y = σ x + μ. What is learned from data instead:
    /// <see cref="Scaling.Standardize(NetworkBuilder, IRowSource)"/>.</summary>
    /// <inheritdoc cref="NeuralNet.Standardize.Standardize(Shape, ReadOnlySpan{double}, ReadOnlySpan{double}, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Standardize(ReadOnlySpan<double> means, ReadOnlySpan<double> deviations, bool inverse = false)
    {
        double[] mean = means.ToArray(), deviation = deviations.ToArray();
        return Add(shape => new Standardize(shape, mean, deviation, inverse));
    }

    /// <summary>Adds Yeo and Johnson's power transformation: y = ((x + 1)^λ − 1) / λ for x ≥ 0, log(1 + x) at λ = 0, and alike for x &lt; 0; or
    /// back.</summary>
    /// <inheritdoc cref="NeuralNet.PowerTransform.PowerTransform(Shape, ReadOnlySpan{double}, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder PowerTransform(ReadOnlySpan<double> lambdas, bool inverse = false)
    {
        double[] powers = lambdas.ToArray();
        return Add(shape => new PowerTransform(shape, powers, inverse));
    }

    /// <summary>Adds a layer normalization: y = g ⊙ (x − μ) / √(σ² + ε) + b, with mean and variance of each vector's features.</summary>
    /// <inheritdoc cref="NeuralNet.LayerNorm.LayerNorm(Shape, float, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder LayerNorm(float epsilon = 1e-5f, bool bias = true) => Add(shape => new LayerNorm(shape, epsilon, bias));

    /// <summary>Adds a normalization by the root mean square: y = g ⊙ x / √(mean x² + ε), over each vector's features.</summary>
    /// <inheritdoc cref="NeuralNet.RmsNorm.RmsNorm(Shape, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder RmsNorm(float epsilon = 1e-6f) => Add(shape => new RmsNorm(shape, epsilon));

    /// <summary>Adds a batch normalization: y = f(g ⊙ (x − μ) / √(σ² + ε) + b), with mean and variance of each feature over the batch while training,
    /// and running ones in inference.</summary>
    /// <inheritdoc cref="NeuralNet.BatchNorm.BatchNorm(Shape, float, float, bool, Activation?)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder BatchNorm(float momentum = 0.1f, float epsilon = 1e-5f, bool affine = true, Activation? activation = null) =>
        Add(shape => new BatchNorm(shape, momentum, epsilon, affine, activation));

    /// <summary>Adds a group normalization: y = g ⊙ (x − μ) / √(σ² + ε) + b, with mean and variance of each group of channels over all pixels, or
    /// real steps, of the row.</summary>
    /// <inheritdoc cref="NeuralNet.GroupNorm.GroupNorm(Shape, int, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder GroupNorm(int groups, float epsilon = 1e-5f) => Add(shape => new GroupNorm(shape, groups, epsilon));

    /// <summary>Adds an instance normalization: y = (x − μ) / √(σ² + ε), with mean and variance of each channel over all pixels, or real steps, of
    /// the row.</summary>
    /// <inheritdoc cref="NeuralNet.InstanceNorm.InstanceNorm(Shape, float, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder InstanceNorm(float epsilon = 1e-5f, bool affine = false) => Add(shape => new InstanceNorm(shape, epsilon, affine));

    /// <summary>Adds dropout of whole channels: while training each channel of a row is made 0, over all its pixels or steps, with probability p, and
    /// the others are divided by 1 − p.</summary>
    /// <inheritdoc cref="NeuralNet.ChannelDropout.ChannelDropout(Shape, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder ChannelDropout(float rate = 0.5f) => Add(shape => new ChannelDropout(shape, rate));

    /// <summary>Adds dropout: while training each value is made 0 with probability p, and the others are divided by 1 − p.</summary>
    /// <inheritdoc cref="NeuralNet.Dropout.Dropout(Shape, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Dropout(float rate = 0.5f) => Add(shape => new Dropout(shape, rate));

    /// <summary>Adds an activation without weights: y = f(x), along the features axis.</summary>
    /// <param name="activation">f.</param>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Activation(Activation activation) => Add(shape => new ActivationLayer(shape, activation));
}
