using Google.Protobuf;
using NeuralNet.Onnx.Export;

namespace NeuralNet.Onnx;

/// <content>Export.</content>
public static partial class OnnxFile
{
    /// <summary>Writes the network as an ONNX file.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file; an older one of that name is replaced as a whole or, if anything fails, not at all.</param>
    public static void SaveOnnx(this Network network, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] model = network.ToOnnx();
        AtomicFile.Write(path, file => file.Write(model));
    }

    /// <summary>The network as the bytes of an ONNX file.</summary>
    /// <param name="network">The network.</param>
    /// <returns>The bytes; the same for the same network.</returns>
    public static byte[] ToOnnx(this Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new ModelBuilder(network).Build().ToByteArray();
    }
}
