using NeuralNet;

namespace FashionMnist;

/// <summary>The networks of this sample, from the simplest to the best.</summary>
internal static class Networks
{
    /// <summary>Every pixel is an input of its own: the network does not know which of them are neighbours.</summary>
    public static Network Dense(long seed) => Network.Create(inputs: 784)
        .Dense(256, Activation.Relu)
        .Dense(128, Activation.Relu)
        .Dense(10, Activation.Softmax)
        .Build(seed);

    /// <summary>Two convolutions, each before a pool, and dense layers, as in LeNet of 1998; wider, and with what was found since.</summary>
    public static Network LeNet(Shape image, long seed) => Network.Create(image)
        .Conv(32, kernel: 3, padding: Padding.Same, activation: Activation.Relu)
        .MaxPool(2)
        .Conv(64, kernel: 3, padding: Padding.Same, activation: Activation.Relu)
        .MaxPool(2)
        .Flatten().Dropout(0.4f)
        .Dense(128, Activation.Relu).Dropout(0.3f)
        .Dense(10, Activation.Softmax)
        .Build(seed);

    /// <summary>Two residual blocks: what convolutions find is added to what they were given. The mean over all pixels decides.</summary>
    public static Network ResNet(Shape image, long seed) => Network.Create(image)
        .Conv(32, kernel: 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .MaxPool(2)
        .Residual(block => Convolutions(block, 32, stride: 1)).Activation(Activation.Relu)

        // A sum needs two of the same shape: where a block makes fewer pixels of more channels, a 1×1 convolution does so beside it.
        .Parallel(
            Merge.Sum,
            block => Convolutions(block, 64, stride: 2),
            beside => beside.Conv(64, kernel: 1, stride: 2, bias: false).BatchNorm()).Activation(Activation.Relu)
        .GlobalAveragePool()
        .Dense(10, Activation.Softmax)
        .Build(seed);

    // Without biases, since the normalization behind each convolution would take them away again.
    private static NetworkBuilder Convolutions(NetworkBuilder block, int filters, int stride) => block
        .Conv(filters, kernel: 3, stride: stride, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .Conv(filters, kernel: 3, padding: Padding.Same, bias: false).BatchNorm();
}
