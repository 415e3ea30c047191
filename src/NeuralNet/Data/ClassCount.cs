namespace NeuralNet;

/// <summary>The number of classes where nobody stated it: the greatest label + 1.</summary>
internal static class ClassCount
{
    /// <summary>Infers the number, and refuses what can hardly be classes.</summary>
    /// <param name="file">The file of the labels.</param>
    /// <param name="labels">At least one, none negative.</param>
    public static int Infer(DataFile file, ReadOnlySpan<int> labels)
    {
        int greatest = 0;
        foreach (int label in labels)
            greatest = Math.Max(greatest, label);
        if (greatest == 0)
            throw file.Refuse("every row is of class 0, so the number of classes is unknown: state classes.");

        // The desired outputs have a column for each class: a column of prices must not ask for gigabytes.
        int most = Math.Max(1000, labels.Length);
        if (greatest >= most)
            throw file.Refuse($"the greatest class is {greatest} in {labels.Length} rows: if these are classes, state their number.");
        return greatest + 1;
    }

    /// <summary>Refuses a number of classes whose one-hot outputs do not fit into an array.</summary>
    public static void Check(DataFile file, int rows, int classes)
    {
        if ((long)rows * classes > Array.MaxLength)
            throw file.Refuse($"{rows} rows of {classes} classes are more numbers than an array can hold.");
    }
}
