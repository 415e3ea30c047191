namespace NeuralNet;

/// <summary>The number of classes: inferred where nobody stated it, and refused where its outputs have no room.</summary>
internal static class ClassCount
{
    private const long MaxInferredOutputs = 64 << 20;
    private const int ModestClasses = 100;

    // A reference, and a string of up to ten digits.
    private const long NameBytes = 56;

    /// <summary>Infers the number of classes as the greatest label + 1, and refuses what can hardly be classes.</summary>
    /// <param name="refuse">The refusal of the file of the labels.</param>
    /// <param name="greatest">The greatest label.</param>
    /// <param name="rows">The number of rows.</param>
    public static int Infer(Func<string, InvalidDataException> refuse, int greatest, long rows)
    {
        if (greatest == 0)
            throw refuse("every row is of class 0, so the number of classes is unknown: state classes.");

        // The desired outputs have a column for each class: a column of prices must not ask for gigabytes.
        long most = Math.Max(1000, rows);
        if (greatest >= most)
            throw refuse($"the greatest class is {greatest} in {rows} rows: if these are classes, state their number.");

        // Nor must one wrong label among many rows. A small number of classes is believed, however many rows there are.
        int classes = greatest + 1;
        long outputs = rows * classes;
        if (classes > ModestClasses && outputs > MaxInferredOutputs)
            throw refuse(
                $"the greatest class is {greatest}, so {rows} rows × {classes} classes would be {outputs} floats: " +
                "if there are so many classes, state classes.");

        return classes;
    }

    /// <summary>Refuses a number of classes whose one-hot outputs fit into no array, or not into the memory.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="refuse">The refusal of the file that says so, or null if the caller does.</param>
    public static void Check(int rows, int classes, Func<string, InvalidDataException>? refuse)
    {
        long outputs = (long)rows * classes;
        bool tooLong = outputs > Array.MaxLength;
        if (tooLong || (sizeof(float) * outputs) + (NameBytes * classes) > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw Refusal(rows, classes, refuse, tooLong ? "an array can hold" : "there is memory for", null);
    }

    /// <summary>The refusal of a number of classes for which memory ran out.</summary>
    public static Exception OutOfMemory(int rows, int classes, OutOfMemoryException cause) =>
        Refusal(rows, classes, null, "there is memory for", cause);

    private static Exception Refusal(int rows, int classes, Func<string, InvalidDataException>? refuse, string limit, Exception? cause)
    {
        string problem = $"{rows} rows × {classes} classes would be {(long)rows * classes} floats, more than {limit}.";
        return refuse is null ? new ArgumentException(problem, nameof(classes), cause) : refuse(problem);
    }
}
