namespace NeuralNet;

/// <content>Rows in files.</content>
public static partial class RowSource
{
    /// <summary>The rows of a file that <see cref="Save"/> has written, or another program; it may be larger than memory.</summary>
    /// <remarks><para>It is a safetensors file, of which each tensor has an entry for every row: <c>inputs</c>, [rows, inputs],
    /// [rows, steps, features] or [rows, height, width, channels], of type F32, or U8, bytes that are divided by 255; and one of three tensors:
    /// <c>desired</c>, [rows, values], F32; <c>labels</c>, [rows], a class each, of which one-hot vectors are made; or <c>ids</c>, [rows] or [rows,
    /// steps], class ids (<see cref="RowFormat.HasClassIds"/>), −1 for none. There may be <c>weights</c>, [rows] or [rows, vectors], F32, and
    /// <c>lengths</c>, [rows]. Whole numbers are of type I32, I64 or U8. The metadata say how many classes there are, <c>classes</c>, or give their
    /// names, <c>class_names</c>, as a JSON list. Of several named outputs (<see cref="RowFormat.OutputNames"/>) all that is desired lies in
    /// <c>desired</c>, and the metadata have <c>outputs</c>, a JSON list of what belongs to which:
    /// <c>[{"name": "class", "values": 3, "class_names": ["a", "b", "c"]}, {"name": "word", "values": 1, "classes": 500, "ids": true},
    /// {"name": "size", "values": 1}]</c>, and <c>vectors</c> where each of several vectors of a row has them.</para>
    /// <para>In Python: <c>safetensors.numpy.save_file({"inputs": x, "labels": y}, "train.rows", metadata={"classes": "10"})</c>, with x of
    /// type float32 or uint8.</para>
    /// <para>A training that is taken up again recognizes the file by its size, its header and 17 places in it.</para></remarks>
    /// <param name="path">The file.</param>
    /// <returns>The source; it opens anywhere.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or no such file; the message says what was expected and what it got instead.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static IRowSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new RowFile(path);
    }

    /// <summary>Saves the rows of a source, of a <see cref="Dataset"/> too, in a file that <see cref="FromFile"/> reads.</summary>
    /// <remarks>The rows go through memory some at a time, and are checked: every number is finite. One-hot vectors are written as they are. A source
    /// that does not know how many rows it has is read twice. The file is there as a whole or, after an exception, not at all.</remarks>
    /// <param name="source">The source.</param>
    /// <param name="path">The file.</param>
    /// <param name="seed">What the source draws random numbers from, where it does.</param>
    /// <param name="epoch">Which epoch of the source.</param>
    /// <exception cref="InvalidDataException">The source has no rows, or a row has a value that it may not have.</exception>
    /// <exception cref="NotSupportedException">A name of a class or an output is no Unicode.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Save(this IRowSource source, string path, long seed = 0, int epoch = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(path);
        RowFileWriter.Write(source, path, seed, epoch);
    }

    /// <summary>The images and classes of a pair of idx files (MNIST, Fashion-MNIST), read as they are needed.</summary>
    /// <remarks>The rows are those of <see cref="Dataset.FromIdx"/>. Files that are not compressed open anywhere; of others
    /// (<c>.gz</c>) the rows before are decompressed and passed over. The labels are looked at once, when the source is made.</remarks>
    /// <param name="imagesPath">Unsigned bytes of rank 2 or more; the first size is the number of images.</param>
    /// <param name="labelsPath">Unsigned bytes of rank 1, as many as images.</param>
    /// <param name="classes">The number of classes, at least 2; null takes the greatest label + 1.</param>
    /// <returns>The source; its desired outputs are one-hot.</returns>
    /// <exception cref="InvalidDataException">A file's content is not as described; of a compressed one that may be found in reading.</exception>
    /// <exception cref="ArgumentException">A path is empty, or <paramref name="classes"/> is less than 2.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read, or is a folder.</exception>
    public static IRowSource FromIdx(string imagesPath, string labelsPath, int? classes = null)
    {
        if (classes is { } count)
            Guard.AtLeast(count, 2, nameof(classes));
        return new IdxRows(imagesPath, labelsPath, classes);
    }
}
