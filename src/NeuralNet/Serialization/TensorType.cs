namespace NeuralNet;

/// <summary>The element types of a safetensors file, by the names that stand there.</summary>
internal static class TensorType
{
    public const string Single = "F32", Double = "F64", Half = "F16", BFloat16 = "BF16";

    /// <summary>How many bits an element takes; 0: no such type.</summary>
    public static int Bits(string name) => name switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E5M2FNUZ" or "F8_E4M3FNUZ" => 8,
        "I16" or "U16" or Half or BFloat16 => 16,
        "I32" or "U32" or Single => 32,
        "I64" or "U64" or Double or "C64" => 64,
        _ => 0,
    };

    /// <summary>Whether elements can become floats that stand for the same numbers, of <see cref="Double"/> the nearest.</summary>
    public static bool IsReal(string name) => name is Single or Double or Half or BFloat16;
}

/// <summary>A tensor as a file's header has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The name of its element type.</param>
/// <param name="Dimensions">Its dimensions; none: one element.</param>
/// <param name="Start">Where its bytes begin, from the end of the header.</param>
/// <param name="End">Where they end.</param>
internal sealed record TensorEntry(string Name, string Type, long[] Dimensions, long Start, long End)
{
    // More dimensions than these nobody would read.
    public string Shape => $"[{string.Join(", ", Dimensions.Take(8))}{(Dimensions.Length > 8 ? ", …" : "")}]";
}
