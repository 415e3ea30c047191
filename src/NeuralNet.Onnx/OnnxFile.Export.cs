using Google.Protobuf;
using NeuralNet.Onnx.Export;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx;

/// <content>Export.</content>
public static partial class OnnxFile
{
    /// <summary>Writes the network as an ONNX file, for prediction by any runtime that reads opset 13 (of 2020), or 17 where there is a
    /// <see cref="LayerNorm"/>.</summary>
    /// <remarks>
    /// <para>The model has the network's inputs and outputs by their names (<see cref="Network.Inputs"/>, <see cref="Network.Outputs"/>), one of
    /// each, "input" and "output", unless they have names; floats all: [batch, n] for features, [batch, steps, n]
    /// for a sequence, [batch, channels, height, width] for an image as other programs expect it (or, if asked for,
    /// [batch, height, width, channels] as rows of the library lie), with any number of rows. Every layer, activation and
    /// composition of the library is exported, as it computes in inference. Sequences have all their steps: lengths and
    /// carried state have no place in the file, and a recurrent layer begins with the state 0.</para>
    /// <para>Weights keep the names of their blocks ("0.weight") where the operator takes them as they are; nodes are named by
    /// the position of their layer ("0/Gemm"). The network's <see cref="Network.Metadata"/> are the model's <c>metadata_props</c>.</para>
    /// </remarks>
    /// <param name="network">The network.</param>
    /// <param name="path">The file. An older one of that name is replaced as a whole or, if anything fails, stays as it is.</param>
    /// <param name="images">The order of the values of images that go in and come out: <see cref="OnnxImages.AsInFile"/>, channels first as
    /// files have them; or <see cref="OnnxImages.ChannelsLast"/>, rows as they are predicted here.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order.</exception>
    /// <exception cref="NotSupportedException">A layer or an activation is a person's own, the values take more than
    /// 2,000,000,000 bytes, or composites nest deeper than the stack of this thread allows; nothing has been written
    /// then.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void SaveOnnx(this Network network, string path, OnnxImages images = OnnxImages.AsInFile)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelProto model = Model(network, images);
        AtomicFile.Write(path, model.WriteTo);
    }

    /// <summary>The network as the bytes of an ONNX file: what <see cref="SaveOnnx"/> writes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">The order of the values of images that go in and come out; see <see cref="SaveOnnx"/>.</param>
    /// <returns>The bytes; the same network gives the same ones.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order.</exception>
    /// <exception cref="NotSupportedException">A layer or an activation is a person's own, the values take more than
    /// 2,000,000,000 bytes, or composites nest deeper than the stack of this thread allows.</exception>
    public static byte[] ToOnnx(this Network network, OnnxImages images = OnnxImages.AsInFile)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Model(network, images).ToByteArray();
    }

    private static ModelProto Model(Network network, OnnxImages images)
    {
        CheckImages(images);
        try
        {
            return ModelBuilder.Build(network, images == OnnxImages.ChannelsLast);
        }
        catch (InsufficientExecutionStackException refusal)
        {
            throw new NotSupportedException("Composites nest deeper than the stack of this thread allows.", refusal);
        }
    }
}
