using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A layer that makes z by a product, and can do something to each feature of z while it is in the near cache.</summary>
internal interface IProductLayer
{
    /// <summary>Whether y = f(z), so that nothing that comes behind the layer may be done to z.</summary>
    bool HasActivation { get; }

    /// <summary>The feature of z that a weight is for.</summary>
    int FeatureOf(int weight);

    /// <summary>The same product with a bias and y = f(z).</summary>
    Layer WithBiasAnd(Activation activation);

    /// <summary>The same product for predictions, on weights in the order in which it reads them.</summary>
    /// <param name="weights">The weights.</param>
    /// <returns>The layer and the weights in that order; null where there is none but their own.</returns>
    (Layer Layer, float[] Weights)? WithPackedWeights(ReadOnlySpan<float> weights) => null;

    /// <summary>Forward, and then what is done to each feature.</summary>
    void Forward(in ForwardPass pass, in ChannelScale then);
}
