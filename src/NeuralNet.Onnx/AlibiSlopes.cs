using System.Numerics;

namespace NeuralNet.Onnx;

/// <summary>The slopes of ALiBi that the paper has for a number of heads.</summary>
internal static class AlibiSlopes
{
    /// <summary>Those of a layer's positions.</summary>
    public static float[] Of(Alibi alibi, int heads) => alibi.Slopes.IsEmpty ? Usual(heads) : alibi.Slopes.ToArray();

    /// <summary>2^(−8h/n) of a power of two n; otherwise those of the one below, and then every other one of the next.</summary>
    public static float[] Usual(int heads)
    {
        int power = 1 << BitOperations.Log2((uint)heads);
        return [.. Enumerable.Range(0, heads).Select(h =>
            (float)Math.Pow(2, h < power ? -8.0 * (h + 1) / power : -4.0 * ((2 * (h - power)) + 1) / power))];
    }
}
