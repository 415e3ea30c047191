namespace NeuralNet;

/// <summary>Values that a layer was made with: those of statistics that are known beforehand. Every seed gives the same.</summary>
internal sealed class GivenValues(float[] given) : Initializer
{
    /// <summary>One number for each feature.</summary>
    /// <param name="input">The shape of a row.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="argument">Which argument they are.</param>
    /// <param name="what">What they are, in a word.</param>
    /// <param name="expected">What one of them must be, in words.</param>
    /// <param name="isRight">Whether one is that, as a float.</param>
    public static GivenValues Of(
        Shape input, ReadOnlySpan<double> values, string argument, string what, string expected, Func<float, bool> isRight)
    {
        int features = Guard.NotEmpty(input, nameof(input)).FeatureCount;
        if (values.Length != features)
        {
            throw new ArgumentException(
                $"{input} has {features} feature{(features == 1 ? "" : "s")}; a {what} of each was expected, but got {values.Length}.", argument);
        }

        float[] given = new float[features];
        for (int i = 0; i < features; i++)
        {
            given[i] = (float)values[i];
            if (!isRight(given[i]))
                throw new ArgumentException(FormattableString.Invariant($"Feature {i}: {expected} was expected, but got {values[i]}."), argument);
        }

        return new GivenValues(given);
    }

    public override void Fill(Span<float> values, Block block, RandomStream stream) => given.CopyTo(values);

    public override string ToString() => $"{given.Length} given values";
}
