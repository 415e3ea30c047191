using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace NeuralNet.Tests.Serialization;

/// <summary>One change of a file: what is done, and three numbers that say where and how.</summary>
internal readonly record struct Change(int Kind, uint A, uint B, uint C);

/// <summary>What of a file is damaged: the less of it, the deeper the damage gets into the reader.</summary>
internal enum Depth
{
    /// <summary>Any bytes.</summary>
    Anything,

    /// <summary>The header.</summary>
    Header,

    /// <summary>The text that says what layers there are; the rest of the header is right.</summary>
    Structure,

    /// <summary>The same, and the tensors, the checksum and the check are made anew to fit it.</summary>
    Rebuilt,
}

/// <summary>A damaged file: which valid file it was, what was done to it, and what was put right again.</summary>
internal sealed record FileMutation(int File, int Other, Change[] Changes, Depth Depth, bool FixesLength, bool FixesChecksum, bool IntoNetwork)
{
    private const int Word = 5, Number = 6, NumberEverywhere = 7, Kinds = 10, Small = 9;

    private static readonly string[] numbers =
    [
        "0", "1", "2", "3", "4", "5", "7", "8", "16", "-1", "-0", "1.0", "1e3", "0.5", "1e999", "-1e999", "63", "64", "65", "127", "128", "255",
        "256", "4095", "4096", "4097", "65535", "65536", "46341", "1000000", "100000000", "2147483647", "2147483648", "-2147483648", "4294967295",
        "4294967296", "9007199254740993", "1152921504606846976", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "99999999999999999999999999", "null", "true", "\"1\"", "[]", "{}", "\"NaN\"", "\"Infinity\"",
    ];

    private static readonly string[] words =
    [
        "Dense", "Chain", "Branches", "Skip", "Dropout", "Embedding", "Flatten", "Gru", "LastStep", "LayerNorm", "LearnedPositions", "Lstm",
        "MaxOverSteps", "MeanOverSteps", "MultiHeadAttention", "PowerTransform", "Prelu", "Reshape", "Reverse", "RmsNorm", "Rnn",
        "SinusoidalPositions", "Slice", "Standardize", "inverse", "ActivationLayer", "Relu", "Tanh", "Softmax", "Glu", "Max", "Product", "Identity",
        "LeakyRelu", "RandomizedLeakyRelu", "Sum", "Concat",
        "true", "false", "null", "kind", "input", "layers", "outputs", "activation", "version", "dtype", "shape", "data_offsets", "F32", "F64", "F16",
        "BF16", "I64", "F4", "BOOL", "__metadata__", "neuralnet", "inputs", "crc32c", "weight", "bias",
        "\\ud800", "\\\\ud800", "\\u0061", "\u0000", "{", "}", "[", "]", ",", ":", "\"", "\\\"", "\\",
    ];

    public static Gen<FileMutation> Generator(int files)
    {
        Gen<Change> change = Gen.Select(Gen.Int[0, Kinds - 1], Gen.UInt, Gen.UInt, Gen.UInt, (kind, a, b, c) => new Change(kind, a, b, c));
        return Gen.Select(Gen.Int[0, files - 1], Gen.Int[0, files - 1], change.Array[1, 4], Gen.Int[0, 63], (file, other, changes, bits) =>
            Of(file, other, changes, (Depth)(bits & 3), bits));
    }

    // Of a structure mostly a number or a word is changed, or two: more would not be a network any more.
    private static FileMutation Of(int file, int other, Change[] changes, Depth depth, int bits)
    {
        if (depth >= Depth.Structure && changes[0].C % 8 != 0)
            changes = [.. changes.Take(1 + (changes.Length / 4)).Select(change => change with { Kind = Word + (change.Kind % 3) })];
        return new FileMutation(file, other, changes, depth, (bits & 4) != 0, (bits & 24) == 24, depth <= Depth.Header && (bits & 32) != 0);
    }

    /// <summary>The damaged file.</summary>
    public byte[] Apply(IReadOnlyList<FileParts> files)
    {
        FileParts parts = files[File];
        byte[] whole = parts.Whole, other = files[Other].Whole;
        switch (Depth)
        {
            case Depth.Structure:
                return parts.WithStructure(Damaged(Encoding.UTF8.GetBytes(parts.Structure), files[Other].Structure));
            case Depth.Rebuilt:
                return parts.Rebuilt(Damaged(Encoding.UTF8.GetBytes(parts.Structure), files[Other].Structure), Changes[0].C);
            case Depth.Header:
                List<byte> header = Damaged(whole.AsSpan(8, parts.Data - 8), other);
                byte[] file = [.. whole[..8], .. header, .. whole[parts.Data..]];
                return Mended(file, 8 + header.Count);
            default:
                file = [.. Damaged(whole, other)];
                return Mended(file, Array.LastIndexOf(file, (byte)'}') + 1); // a header ends with a brace, mostly
        }
    }

    private List<byte> Damaged(ReadOnlySpan<byte> bytes, string other) => Damaged(bytes, Encoding.UTF8.GetBytes(other));

    private List<byte> Damaged(ReadOnlySpan<byte> bytes, byte[] other)
    {
        List<byte> damaged = [.. bytes];
        foreach (Change change in Changes)
            Apply(change, damaged, other);
        return damaged;
    }

    private byte[] Mended(byte[] file, int headerEnd)
    {
        if (FixesLength && file.Length >= 8)
            BitConverter.GetBytes((long)Math.Max(0, headerEnd - 8)).CopyTo(file, 0);
        return FixesChecksum ? WithChecksum(file) : file;
    }

    private static void Apply(Change change, List<byte> bytes, byte[] other)
    {
        if (bytes.Count == 0)
            return;
        int at = (int)(change.A % (uint)bytes.Count), left = bytes.Count - at;
        switch (change.Kind)
        {
            case 0:
                bytes[at] ^= (byte)(1 << (int)(change.B % 8));
                break;
            case 1:
                bytes[at] = (byte)change.B;
                break;
            case 2:
                bytes.Insert(at, (byte)change.B);
                break;
            case 3:
                bytes.RemoveRange(at, (int)Math.Min(left, 1 + (change.B % 16)));
                break;
            case 4: // a piece comes a second time, elsewhere
                List<byte> piece = bytes.GetRange(at, (int)Math.Min(left, 1 + (change.B % 200)));
                bytes.InsertRange((int)(change.C % (uint)bytes.Count), piece);
                break;
            case Number:
                ReplaceRun(change, bytes, IsDigit, (change.C & 1) == 0 ? numbers[..Small] : numbers);
                break;
            case Word:
                ReplaceRun(change, bytes, IsLetter, words);
                break;
            case NumberEverywhere:
                ReplaceEverywhere(change, bytes);
                break;
            case 8:
                bytes.RemoveRange(at, left);
                break;
            default: // the end of another file
                bytes.RemoveRange(at, left);
                bytes.AddRange(other[(int)(change.B % (uint)other.Length)..]);
                break;
        }
    }

    // A number wherever it stands: shapes that fit each other still do.
    private static void ReplaceEverywhere(Change change, List<byte> bytes)
    {
        string text = Encoding.Latin1.GetString([.. bytes]), number = numbers[1 + (change.A % 6)],
            other = numbers[change.B % (change.C % 4 == 0 ? (uint)numbers.Length : Small)];
        text = Regex.Replace(text, $"(?<![0-9.]){number}(?![0-9.])", other);
        bytes.Clear();
        bytes.AddRange(Encoding.Latin1.GetBytes(text));
    }

    // From anywhere on, the next number or word.
    private static void ReplaceRun(Change change, List<byte> bytes, Func<byte, bool> belongs, string[] with)
    {
        int start = (int)(change.A % (uint)bytes.Count);
        while (start < bytes.Count && !belongs(bytes[start]))
            start++;
        while (start > 0 && start < bytes.Count && belongs(bytes[start - 1]))
            start--;
        int end = start;
        while (end < bytes.Count && belongs(bytes[end]))
            end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.UTF8.GetBytes(with[change.B % (uint)with.Length]));
    }

    private static bool IsDigit(byte one) => one is >= (byte)'0' and <= (byte)'9' or (byte)'.' or (byte)'-';

    private static bool IsLetter(byte one) => char.IsAsciiLetterOrDigit((char)one) || one == (byte)'_';

    // The text may be anything by now: only eight digits are written over.
    private static byte[] WithChecksum(byte[] file)
    {
        long header = file.Length >= 8 ? BitConverter.ToInt64(file) : -1;
        int at = file.AsSpan().IndexOf("crc32c\\\":\\\""u8);
        if (header < 0 || header > file.Length - 8 || at < 0 || at + 18 > file.Length)
            return file;
        var sum = new Checksum();
        sum.Add(file.AsSpan(8 + (int)header));
        Encoding.ASCII.GetBytes(sum.Value.ToString("x8", CultureInfo.InvariantCulture)).CopyTo(file, at + 10);
        return file;
    }
}
