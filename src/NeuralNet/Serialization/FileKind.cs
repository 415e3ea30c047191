namespace NeuralNet;

/// <summary>What a file is that is not what was asked for, by its first bytes: a person who is told learns what to do about it.</summary>
internal static class FileKind
{
    /// <summary>How many bytes there must be to see.</summary>
    public const int Bytes = 16;

    /// <summary>The kind in words and what to do about it, as the end of a message; empty if it is none of those that are known.</summary>
    /// <param name="start">The first bytes of the file, <see cref="Bytes"/> unless it has fewer.</param>
    /// <param name="wanted">What was asked for.</param>
    public static string Words(ReadOnlySpan<byte> start, Wanted wanted = Wanted.Safetensors) =>
        Of(start, wanted) is { } kind ? $" It seems to be {kind}." : "";

    // The length of a safetensors header can begin as many other kinds do, and is what is the surest to be seen: it comes first.
    private static string? Of(ReadOnlySpan<byte> start, Wanted wanted)
    {
        bool isOnnx = wanted == Wanted.Onnx;
        string torch = isOnnx ? "export the model with torch.onnx.export"
            : "save the tensors with safetensors.torch.save_file(model.state_dict(), …)";
        string keras = isOnnx ? "export the model with model.export(…, format=\"onnx\") or tf2onnx"
            : "save the weights with safetensors.numpy.save_file, or export the model to ONNX";
        string numpy = isOnnx ? "arrays have no graph, and OnnxFile reads graphs" : "save the arrays with safetensors.numpy.save_file";
        return IsSafetensors(start) ? "a safetensors file: Network.Load reads it"
            : start.StartsWith("PK\x3\x4"u8)
                ? $"a zip, as torch.save writes (in Python, {torch}), Keras its .keras ({keras}), numpy its .npz ({numpy})"
            : start.Length > 2 && start[0] == 0x1F && start[1] == 0x8B ? "gzip: unpack it first"
            : start.Length > 7 && start[0] == 0x89 && start[1..].StartsWith("HDF\r\n\x1a\n"u8) ? $"HDF5, as Keras writes: in Python, {keras}"
            : start.Length > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5
                ? $"a pickle of Python, as old versions of torch.save write, which could run any code: in Python, {torch}"
            : start.Length > 5 && start[0] == 0x93 && start[1..].StartsWith("NUMPY"u8) ? $"an array of numpy: in Python, {numpy}"
            : start.StartsWith("GGUF"u8) ? "GGUF, as llama.cpp reads"
            : start.StartsWith("version https://"u8) ? "a pointer of Git LFS instead of the file: fetch it with git lfs pull"
            : start.StartsWith("<!DOCTYPE"u8) || start.StartsWith("<!doctype"u8) || start.StartsWith("<html"u8) ? "a web page instead of the file"
            : IsOnnx(start) ? "an ONNX file: OnnxFile.Load of NeuralNet.Onnx reads it"
            : null;
    }

    /// <summary>Whether a file begins as one of safetensors: with the length of its header, and the header with "{".</summary>
    public static bool IsSafetensors(ReadOnlySpan<byte> start) =>
        start.Length > 8 && start[4..8].IndexOfAnyExcept((byte)0) < 0 && start[8] == (byte)'{';

    /// <summary>Whether a file begins as one of ONNX.</summary>
    // The version of the format as field 1, then one of the others: producer, domain, version of the model, text, graph, operators.
    public static bool IsOnnx(ReadOnlySpan<byte> start) => start.Length > 3 && start[0] == 0x08 && start[1] is > 0 and < 32
        && start[2] is 0x12 or 0x1A or 0x22 or 0x28 or 0x32 or 0x3A or 0x42;

    /// <summary>Which reader was given the file: what to do about it depends on that.</summary>
    public enum Wanted
    {
        Safetensors,
        Onnx,
    }
}
