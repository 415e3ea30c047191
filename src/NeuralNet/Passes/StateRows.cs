namespace NeuralNet;

/// <summary>Where the state of a layer lies in that of a batch: all that a row carries is one span, and within it the layers follow one
/// another.</summary>
internal static class StateRows
{
    /// <summary>A layer's part of a row.</summary>
    /// <param name="state">[rows, what a row carries in all]; empty: nothing is carried.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="row">The row.</param>
    /// <param name="start">Where the part begins in a row.</param>
    /// <param name="length">The length of the part; 0: all that a row carries.</param>
    public static Span<float> Of(Span<float> state, int rows, int row, int start, int length)
    {
        if (state.IsEmpty)
            return state;
        int perRow = state.Length / rows;
        return state.Slice(checked((row * perRow) + start), length == 0 ? perRow : length);
    }

    /// <inheritdoc cref="Of(Span{float}, int, int, int, int)"/>
    public static ReadOnlySpan<float> Of(ReadOnlySpan<float> state, int rows, int row, int start, int length)
    {
        if (state.IsEmpty)
            return state;
        int perRow = state.Length / rows;
        return state.Slice(checked((row * perRow) + start), length == 0 ? perRow : length);
    }
}
