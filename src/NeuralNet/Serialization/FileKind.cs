using System.Text;

namespace NeuralNet;

/// <summary>What a file is that is not what was asked for, by its first bytes: a person who is told learns what to do about it.</summary>
internal static class FileKind
{
    /// <summary>How many bytes there must be to see.</summary>
    public const int Bytes = 264;

    private const string Unpack = ": unpack it first";

    /// <summary>The kind in words and what to do about it, as the end of a message; empty if it is none of those that are known.</summary>
    /// <param name="start">The first bytes of the file, <see cref="Bytes"/> unless it has fewer.</param>
    /// <param name="wanted">What was asked for.</param>
    public static string Words(ReadOnlySpan<byte> start, Wanted wanted = Wanted.Safetensors) =>
        Of(start, wanted == Wanted.Onnx) is { } kind ? $" It seems to be {kind}." : "";

    // The length of a safetensors header can begin as many other kinds do, and what follows is the surest to be seen: it comes first.
    private static string? Of(ReadOnlySpan<byte> start, bool isOnnx)
    {
        string torch = isOnnx ? "export the model with torch.onnx.export"
            : "save the tensors with safetensors.torch.save_file(model.state_dict(), …)";
        string keras = isOnnx ? "export the model with model.export(…, format=\"onnx\") or tf2onnx"
            : "save the weights with safetensors.numpy.save_file, or export the model to ONNX";
        string numpy = isOnnx ? "arrays have no graph, and OnnxFile reads graphs" : "save the arrays with safetensors.numpy.save_file";
        string pickle = $"a pickle of Python, as old versions of torch.save write, which could run any code: in Python, {torch}";
        return IsSafetensors(start) ? "a safetensors file, as Network.Save writes; Network.Load reads it"
            : start.StartsWith("PK\x3\x4"u8) || start.StartsWith("PK\x5\x6"u8)
                ? $"a zip, as torch.save writes (in Python, {torch}), Keras its .keras ({keras}), numpy its .npz ({numpy})"
            : start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "gzip" + Unpack
            : start.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz" + Unpack
            : start.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C]) ? "7z" + Unpack
            : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "zstd" + Unpack
            : start.StartsWith("BZh"u8) ? "bzip2" + Unpack
            : start.StartsWith("Rar!"u8) ? "rar" + Unpack
            : start.Length > 261 && start[257..].StartsWith("ustar"u8) ? "tar" + Unpack
            : start.Length > 7 && start[0] == 0x89 && start[1..].StartsWith("HDF\r\n\x1a\n"u8) ? $"HDF5, as Keras writes: in Python, {keras}"
            : start.Length > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5 ? pickle
            : start.StartsWith("(dp0\n"u8) || start.StartsWith("(lp0\n"u8) ? pickle
            : start.Length > 5 && start[0] == 0x93 && start[1..].StartsWith("NUMPY"u8) ? $"an array of numpy: in Python, {numpy}"
            : start.StartsWith("GGUF"u8) ? "GGUF, as llama.cpp reads"
            : start.Length > 7 && start[4..].StartsWith("TFL3"u8) ? "TensorFlow Lite: export the model that it was made of to ONNX"
            : IsOnnx(start) ? "an ONNX file: OnnxFile.Load of NeuralNet.Onnx reads it"
            : IsProtocolBuffer(start) ? "a model of another program, such as TensorFlow's saved_model.pb or one of Core ML: export it to ONNX"
            : OfText(start);
    }

    /// <summary>Whether a file begins as one of safetensors: with the length of its header, and the header with "{".</summary>
    public static bool IsSafetensors(ReadOnlySpan<byte> start) =>
        start.Length > 8 && start[4..8].IndexOfAnyExcept((byte)0) < 0 && start[8] == (byte)'{';

    /// <summary>Whether a file begins as one of ONNX.</summary>
    // The version of the format as field 1, then one of the others: the producer, the domain, the version or the text of the model, the graph, the
    // operators. Other programs have a message as field 2, and so another field's number where the producer's name would have a letter.
    public static bool IsOnnx(ReadOnlySpan<byte> start) => IsProtocolBuffer(start)
        && (start[2] != 0x12 || start.Length < 5 || start[3] == 0 || (start[3] < 0x80 && start[4] >= (byte)' '));

    private static bool IsProtocolBuffer(ReadOnlySpan<byte> start) => start.Length > 3 && start[0] == 0x08 && start[1] is > 0 and < 32
        && start[2] is 0x12 or 0x1A or 0x22 or 0x28 or 0x32 or 0x3A or 0x42;

    private static string? OfText(ReadOnlySpan<byte> start)
    {
        if (start.Length == 0 || start.IndexOfAnyInRange((byte)0, (byte)8) >= 0)
            return null;
        string text = Encoding.UTF8.GetString(start).TrimStart('\uFEFF').TrimStart();
        return text.StartsWith("version https://", StringComparison.Ordinal)
                ? "a pointer of Git LFS instead of the file: fetch it with git lfs pull"
            : text.StartsWith('<') ? "a web page, or XML, instead of the file"
            : text.StartsWith('{') || text.StartsWith('[') ? "JSON (the index of a model in several files, say: then load its .safetensors files)"
            : start.ContainsAnyExceptInRange((byte)'\t', (byte)'~') ? null : "text";
    }

    /// <summary>Which reader was given the file: what to do about it depends on that.</summary>
    public enum Wanted
    {
        Safetensors,
        Onnx,
    }
}
