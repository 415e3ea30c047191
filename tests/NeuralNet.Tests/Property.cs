using CsCheck;

namespace NeuralNet.Tests;

/// <summary>Cases for property tests, drawn by CsCheck's generators from a fixed seed: every run sees the same ones.</summary>
internal static class Property
{
    public static IEnumerable<T> Cases<T>(Gen<T> generator, int count)
    {
        var random = new PCG(1, 1);
        for (int i = 0; i < count; i++)
            yield return generator.Generate(random, null, out _);
    }
}
