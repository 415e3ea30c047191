namespace NeuralNet.Onnx;

/// <summary>In which order the rows of a network have the values of images and signals, where files have them in another.</summary>
/// <remarks>Here channels lie last: pixel after pixel, each with its channels side by side, and step after step. In files of ONNX they mostly lie
/// first, channel after channel: [batch, channels, height, width], and [batch, channels, steps] for operators that slide along steps.</remarks>
public enum OnnxImages
{
    /// <summary>Rows are as the library has them, Shape.Image(height, width, channels) and Shape.Sequence(steps, features), whatever the order of
    /// the file is: pictures of a <see cref="Dataset"/> go in as they are, and nothing is moved at the beginning of the network.</summary>
    ChannelsLast,

    /// <summary>Rows are as the file's inputs and outputs lie in memory, so that what another runtime is given can be given to the network.</summary>
    AsInFile,
}
