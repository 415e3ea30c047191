namespace NeuralNet.Tests.Reference;

/// <summary>Scalings by known numbers of each feature beside scikit-learn's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class ScalingReference
{
    // Relative to the largest value expected, in each tensor by itself.
    private const double Bound = 1e-5;

    public static IEnumerable<LargestError> Measure()
    {
        foreach (Case one in ReferenceFile.Read<Values>("scaling.json").Cases)
        {
            Shape shape = one.Dims switch
            {
                [int features] => features,
                [int steps, int features] => Shape.Sequence(steps, features),
                [int height, int width, int channels] => Shape.Image(height, width, channels),
                _ => throw new InvalidDataException(one.Name),
            };
            Layer layer = one.Kind == "Standardize" ? new Standardize(shape, one.Inverse) : new PowerTransform(shape, one.Inverse);
            var run = new LayerRun(layer, one.Rows, one.Lengths);
            one.X.CopyTo(run.Input, 0);
            one.Dy.CopyTo(run.OutputGradient, 0);
            one.Numbers.CopyTo(run.Statistics, 0);
            run.Forward();
            run.Backward();

            LargestError y = new(one.Name, "y", "of the largest", Bound), dx = new(one.Name, "∇x", "of the largest", Bound);
            y.Add(run.Output, one.Y, "y");
            dx.Add(run.InputGradient, one.Dx, "∇x");
            yield return y;
            yield return dx;
        }
    }

    internal sealed record Case(
        string Name, string Kind, int[] Dims, int Rows, bool Inverse, float[] Numbers, float[] X, float[] Dy, double[] Y, double[] Dx,
        int[]? Lengths = null);

    private sealed record Values(Case[] Cases);
}
