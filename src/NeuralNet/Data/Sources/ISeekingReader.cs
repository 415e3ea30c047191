namespace NeuralNet;

/// <summary>A reader that goes on at any row, so that reading here and there does not need a new one each time.</summary>
internal interface ISeekingReader : IRowReader
{
    /// <summary>Goes on at a row, as a reader that was opened there.</summary>
    /// <returns>Whether it does; false if that is not possible: nothing has happened then.</returns>
    bool TrySeek(long row);
}
