using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace NeuralNet;

/// <summary>Writes the header of a safetensors file.</summary>
internal static class SafetensorsWriter
{
    /// <summary>The length, the JSON, and blanks, so that the data begin at a multiple of 8 bytes.</summary>
    /// <param name="metadata">The texts of the metadata.</param>
    /// <param name="tensors">The tensors as they lie in the file, one behind the other from 0.</param>
    /// <exception cref="NotSupportedException">A name is not Unicode, or the header would be larger than a file may have.</exception>
    public static byte[] Header(IReadOnlyList<(string Name, string Text)> metadata, IReadOnlyList<TensorEntry> tensors)
    {
        byte[] json = Encoding.UTF8.GetBytes(StructureWriter.Json(writer =>
        {
            writer.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach ((string name, string text) in metadata)
                writer.WriteString(name, text);
            writer.WriteEndObject();
            foreach (TensorEntry tensor in tensors)
                WriteEntry(writer, tensor);
        }));
        int padded = (json.Length + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MaxBytes)
            throw new NotSupportedException(
                $"The header would have {padded} bytes; at most {SafetensorsHeader.MaxBytes} are possible. "
                + "Fewer examples or shorter metadata make it smaller.");

        byte[] header = new byte[SafetensorsHeader.LengthBytes + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.CopyTo(header, SafetensorsHeader.LengthBytes);
        header.AsSpan(SafetensorsHeader.LengthBytes + json.Length).Fill((byte)' ');
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter writer, TensorEntry tensor)
    {
        writer.WriteStartObject(StructureWriter.Checked(tensor.Name, "a block"));
        writer.WriteString("dtype", tensor.Type);
        writer.WriteStartArray("shape");
        foreach (long dimension in tensor.Dimensions)
            writer.WriteNumberValue(dimension);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(tensor.Start);
        writer.WriteNumberValue(tensor.End);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
