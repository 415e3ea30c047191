namespace NeuralNet;

// Data sets of images, from files.
public sealed partial class Dataset
{
    /// <summary>Reads images and their classes from a pair of idx files (MNIST, Fashion-MNIST).</summary>
    /// <remarks>A row is an image: its pixels, row-major, as numbers 0 … 1 (the byte divided by 255). Its <see cref="InputShape"/> is
    /// <c>Shape.Image(height, width, 1)</c>, of files [images, height, width, channels] <c>Shape.Image(height, width, channels)</c>, and plain
    /// features for any other rank. A file is compressed (gzip, one member) if its name ends in <c>.gz</c>.</remarks>
    /// <param name="imagesPath">Unsigned bytes of rank 2 or more; the first size is the number of images.</param>
    /// <param name="labelsPath">Unsigned bytes of rank 1, as many as images.</param>
    /// <param name="classes">The number of classes, at least 2; null takes the greatest label + 1, unless that is
    /// above 100 with more than 2²⁶ desired outputs in all.</param>
    /// <returns>The data set; its desired outputs are one-hot.</returns>
    /// <exception cref="InvalidDataException">A file's content is not as described: the message says in which file, what
    /// was expected and what it got instead.</exception>
    /// <exception cref="ArgumentException">A path is empty, or <paramref name="classes"/> is less than 2 or rows · classes
    /// desired outputs have no room.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read, or is a directory.</exception>
    public static Dataset FromIdx(string imagesPath, string labelsPath, int? classes = null)
    {
        if (classes is { } count)
            Guard.AtLeast(count, 2, nameof(classes));
        return IdxReader.Read(imagesPath, labelsPath, classes);
    }

    /// <summary>Reads CIFAR-10 in its binary version: photographs of 32 × 32 pixels in 10 classes.</summary>
    /// <remarks><para>A record is a byte for the class and 3,072 for the image: all red values, all green ones, all blue ones. A row is the image
    /// with its channels last, <c>Shape.Image(32, 32, 3)</c>, as numbers 0 … 1 (the byte divided by 255). The classes have their names: airplane,
    /// automobile, bird, cat, deer, dog, frog, horse, ship, truck.</para>
    /// <para>The training part is in five files, data_batch_1.bin … data_batch_5.bin, the test part in test_batch.bin. A file is compressed (gzip,
    /// one member) if its name ends in <c>.gz</c>. A. Krizhevsky: "Learning multiple layers of features from tiny images", 2009.</para></remarks>
    /// <param name="paths">The files, in the order of their rows.</param>
    /// <returns>The data set; its desired outputs are one-hot.</returns>
    /// <exception cref="InvalidDataException">A file's content is not as described: the message says in which file and at which byte, what
    /// was expected and what it got instead.</exception>
    /// <exception cref="ArgumentException">There is no path, or one is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read, or is a directory.</exception>
    public static Dataset FromCifar10(params IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            throw new ArgumentException("Expected the path of at least one file.", nameof(paths));
        return new CifarReader("CIFAR-10", CifarReader.Classes10).Read(paths);
    }

    /// <summary>Reads CIFAR-100 in its binary version: photographs of 32 × 32 pixels in 100 classes, or in the 20 that these belong to.</summary>
    /// <remarks>As <see cref="FromCifar10"/>, but a record begins with two bytes: the class of the 20, then the one of the 100. The training part is
    /// in train.bin, the test part in test.bin.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="coarse">Whether the classes are the 20, such as "fish", instead of the 100, such as "trout".</param>
    /// <returns>The data set; its desired outputs are one-hot.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <inheritdoc cref="FromCifar10"/>
    public static Dataset FromCifar100(string path, bool coarse = false) =>
        new CifarReader("CIFAR-100", CifarReader.Coarse100, CifarReader.Classes100) { Wanted = coarse ? 0 : 1 }.Read([path]);
}
