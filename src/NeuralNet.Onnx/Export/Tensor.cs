using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Constants as the format has them: little-endian bytes, row-major.</summary>
internal static class Tensor
{
    public static TensorProto Of(string name, ReadOnlySpan<float> values, ReadOnlySpan<long> dimensions)
    {
        GraphBuilder.CheckSize(4L * values.Length);
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> words = MemoryMarshal.Cast<byte, int>(bytes.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        return Of(name, TensorProto.Types.DataType.Float, bytes, dimensions);
    }

    public static TensorProto Of(string name, ReadOnlySpan<long> values)
    {
        byte[] bytes = new byte[8 * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 * i), values[i]);
        return Of(name, TensorProto.Types.DataType.Int64, bytes, [values.Length]);
    }

    private static TensorProto Of(string name, TensorProto.Types.DataType type, byte[] bytes, ReadOnlySpan<long> dimensions)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        tensor.Dims.AddRange(dimensions.ToArray());
        return tensor;
    }
}
