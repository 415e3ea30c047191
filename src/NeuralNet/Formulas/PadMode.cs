namespace NeuralNet;

/// <summary>What stands around an image or a sequence that is padded.</summary>
public enum PadMode
{
    /// <summary>A number.</summary>
    Constant,

    /// <summary>The input as a mirror shows it that stands on its first or last value, which is not repeated: c b | a b c | b a.</summary>
    Reflect,

    /// <summary>The value at the edge, repeated: a a | a b c | c c.</summary>
    Edge,
}
