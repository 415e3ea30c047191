namespace NeuralNet.Tests.Data.Sources;

/// <summary>Reads sources into rows that can be compared.</summary>
internal static class SourceRow
{
    /// <summary>Rows of a source: inputs, what is desired, weights and length of each, one after the other.</summary>
    public static float[][] Read(IRowSource source, long seed = 3, int epoch = 0, long first = 0, params int[] portions)
    {
        using IRowReader reader = source.Open(seed, epoch, first);
        return Rest(reader, source.Format, portions);
    }

    public static float[][] Rest(IRowReader reader, RowFormat format, params int[] portions)
    {
        var rows = new List<float[]>();
        for (int turn = 0; ; turn++)
        {
            int wanted = portions.Length == 0 ? 7 : portions[turn % portions.Length];
            float[][] some = Some(reader, format, wanted);
            rows.AddRange(some);
            if (some.Length < wanted)
                return [.. rows];
        }
    }

    public static float[][] Some(IRowReader reader, RowFormat format, int wanted)
    {
        float[] inputs = Unset(wanted * format.InputWidth), desired = Unset(wanted * format.OutputWidth);
        float[] weights = Unset(wanted * format.WeightsPerRow);
        int[] lengths = new int[format.HasLengths ? wanted : 0];
        int read = reader.Read(new RowSpans { Rows = wanted, Inputs = inputs, Desired = desired, Weights = weights, Lengths = lengths });
        return [.. Enumerable.Range(0, read).Select(row => Of(row, read))];

        float[] Of(int row, int read) =>
        [
            .. inputs.AsSpan(row * format.InputWidth, format.InputWidth), .. desired.AsSpan(row * format.OutputWidth, format.OutputWidth),
            .. weights.AsSpan(row * format.WeightsPerRow, format.WeightsPerRow), .. format.HasLengths ? [(float)lengths[row]] : Array.Empty<float>(),
        ];
    }

    public static void ShouldBe(this float[][] actual, float[][] expected, string because)
    {
        actual.Length.Should().Be(expected.Length, because);
        for (int row = 0; row < actual.Length; row++)
            actual[row].AsSpan().SequenceEqual(expected[row]).Should().BeTrue($"row {row}, {because}");
    }

    // What a reader does not write would be found.
    private static float[] Unset(int count)
    {
        float[] values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }
}
