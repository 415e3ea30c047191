namespace Spiral;

/// <summary>The two spirals of Lang and Witbrock, in a circle of radius 6.5.</summary>
internal static class TwoSpirals
{
    /// <summary>Points of both spirals in turn, 16 for each half turn, from the outside inward.</summary>
    /// <param name="count">How many of each spiral.</param>
    /// <param name="first">Where along the spiral the first one lies; 97 points from 0 are the classical ones.</param>
    /// <returns>[points, 2] coordinates, and [points, 2] one-hot classes.</returns>
    public static (float[] Points, float[] Classes) Points(int count, float first)
    {
        var points = new List<float>();
        var classes = new List<float>();
        for (int i = 0; i < count; i++)
        {
            float angle = (i + first) * MathF.PI / 16, radius = 6.5f * (104 - (i + first)) / 104;
            (float sine, float cosine) = MathF.SinCos(angle);
            points.AddRange([radius * sine, radius * cosine, -radius * sine, -radius * cosine]);
            classes.AddRange([1, 0, 0, 1]);
        }

        return ([.. points], [.. classes]);
    }
}
