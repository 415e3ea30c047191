namespace NeuralNet.Onnx.Import;

/// <summary>What the caller of an import chooses.</summary>
/// <param name="Images">The order of the values of a row.</param>
/// <param name="FoldsNorms">Whether normalizations with fixed statistics become a part of the layer before them.</param>
/// <param name="Output">The one output that is wanted; null for all.</param>
/// <param name="Steps">The size of an axis of steps that has none in the file.</param>
/// <param name="Height">The size of an axis of lines that has none.</param>
/// <param name="Width">The size of an axis of columns that has none.</param>
/// <param name="Rows">Which axis is that of the rows.</param>
internal readonly record struct LoadSettings(
    OnnxImages Images, bool FoldsNorms, string? Output, int? Steps, int? Height, int? Width, OnnxRows Rows)
{
    /// <exception cref="ArgumentOutOfRangeException">There is no such order or axis, or a size is below 1.</exception>
    public LoadSettings Checked()
    {
        OnnxFile.CheckImages(Images);
        if (Rows is not (OnnxRows.Automatic or OnnxRows.First or OnnxRows.One))
            throw new ArgumentOutOfRangeException("rows", Rows, "There is no such choice; take Automatic, First or One.");
        foreach ((int? size, string name) in new[] { (Steps, "steps"), (Height, "height"), (Width, "width") })
        {
            if (size < 1)
                throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{size}"), "A size of at least 1 was expected.");
        }

        return this;
    }
}
