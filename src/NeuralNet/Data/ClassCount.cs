using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>The number of classes: inferred where nobody stated it, and refused where its outputs have no room.</summary>
internal static class ClassCount
{
    private const long MaxInferredOutputs = 64 << 20;
    private const int ModestClasses = 100;

    // A reference, and a string of up to ten digits.
    private const long NameBytes = 56;

    /// <summary>Infers the number as the greatest label + 1, and refuses what can hardly be classes.</summary>
    /// <param name="file">The file of the labels.</param>
    /// <param name="labels">At least one, none negative.</param>
    public static int Infer(DataFile file, ReadOnlySpan<int> labels) => Infer(file, TensorPrimitives.Max(labels), labels.Length);

    /// <summary>Infers the number of classes from the greatest label of so many rows.</summary>
    public static int Infer(DataFile file, int greatest, long rows)
    {
        if (greatest == 0)
            throw file.Refuse("every row is of class 0, so the number of classes is unknown: state classes.");

        // The desired outputs have a column for each class: a column of prices must not ask for gigabytes.
        long most = Math.Max(1000, rows);
        if (greatest >= most)
            throw file.Refuse($"the greatest class is {greatest} in {rows} rows: if these are classes, state their number.");

        // Nor must one wrong label among many rows. A small number of classes is believed, however many rows there are.
        int classes = greatest + 1;
        long outputs = rows * classes;
        if (classes > ModestClasses && outputs > MaxInferredOutputs)
            throw file.Refuse(
                $"the greatest class is {greatest}, so {rows} rows × {classes} classes would be {outputs} floats: " +
                "if there are so many classes, state classes.");

        return classes;
    }

    /// <summary>Refuses a number of classes whose one-hot outputs fit into no array, or not into the memory.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="file">The file that says so, or null if the caller does.</param>
    public static void Check(int rows, int classes, DataFile? file)
    {
        long outputs = (long)rows * classes;
        bool tooLong = outputs > Array.MaxLength;
        if (tooLong || (sizeof(float) * outputs) + (NameBytes * classes) > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw Refusal(rows, classes, file, tooLong ? "an array can hold" : "there is memory for", null);
    }

    /// <summary>The refusal of a number of classes for which memory ran out.</summary>
    public static Exception OutOfMemory(int rows, int classes, OutOfMemoryException cause) =>
        Refusal(rows, classes, null, "there is memory for", cause);

    private static Exception Refusal(int rows, int classes, DataFile? file, string limit, Exception? cause)
    {
        string problem = $"{rows} rows × {classes} classes would be {(long)rows * classes} floats, more than {limit}.";
        return file is null ? new ArgumentException(problem, nameof(classes), cause) : file.Refuse(problem);
    }
}
