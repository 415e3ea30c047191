namespace NeuralNet.Tests.Reference;

/// <summary>Normalization and activations by themselves beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class NormReference
{
    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("norms.json", one =>
    {
        Shape shape = one.Dims switch
        {
            [int features] => features,
            [int steps, int features] => Shape.Sequence(steps, features),
            [int height, int width, int channels] => Shape.Image(height, width, channels),
            _ => throw new InvalidDataException(one.Name),
        };
        return one.Kind switch
        {
            "LayerNorm" => new LayerNorm(shape),
            "LayerNorm, no bias" => new LayerNorm(shape, bias: false),
            "RmsNorm" => new RmsNorm(shape, one.Dims is [1] ? 0.5f : 1e-6f),
            "Softmax" => new ActivationLayer(shape, Activation.Softmax),
            "Glu" => new ActivationLayer(shape, Activation.Glu),
            "Gelu" => new ActivationLayer(shape, Activation.Gelu),
            _ => throw new InvalidDataException(one.Kind),
        };
    });
}
