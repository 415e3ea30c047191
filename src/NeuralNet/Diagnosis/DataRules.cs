using static System.FormattableString;

namespace NeuralNet;

/// <summary>The rules for data, each with its threshold.</summary>
internal static class DataRules
{
    /// <summary>Single repetitions are there in most data; more than one row in a hundred changes what is measured.</summary>
    public const double MostRepeated = 0.01;

    /// <summary>Rows repeat by chance as soon as there are as many rows as combinations of values: they must have this many bits more than a number
    /// of a row has. That columns depend on each other, which makes rows more alike, is in it.</summary>
    public const double BitsToSpare = 14;

    /// <summary>Standardized inputs have a root mean square of 1, pixels from 0 to 1 about 0.3, bytes 100.</summary>
    public const double LargestRms = 10, SmallestRms = 0.01;

    /// <summary>How far inputs may lie from 0, in their deviations: what is common to all rows then hides what differs.</summary>
    public const double LargestOffset = 10;

    /// <summary>A learning rate that is right for a column is wrong by the square of this for another one.</summary>
    public const double LargestDeviationRatio = 100;

    /// <summary>From this ratio on a network may leave a class out and be right nearly always.</summary>
    public const double LargestClassRatio = 10;

    /// <summary>Of the changes from class to class that shuffled rows have, data in their order have fewer.</summary>
    public const double LeastChanges = 0.5;

    /// <summary>How much more often than by chance neighbours must have one class, in deviations of such a share.</summary>
    public const double ChanceDeviations = 3;

    /// <summary>Of fewer rows nothing is said about order and classes.</summary>
    public const int LeastRows = 30;

    /// <summary>So many columns of whole numbers up to 255 are the pixels of a picture sooner than ids.</summary>
    public const int LeastPixels = 16;

    /// <summary>Of the places of a text, padded at its end, not more than these are mostly padding.</summary>
    public const double LargestShareOfPadding = 0.75;

    private const string
        DenseRemedy = "a network that begins with Standardize(train), which learns the scale of each column; for pixels a division by 255.",
        SparseRemedy = "divide each by its largest value in training or, of counts, take log(1 + x).";

    /// <summary>All findings, in any order.</summary>
    public static IEnumerable<Finding> All(DataCheck check, Network? network)
    {
        Finding?[] all =
        [
            Leaked(check), Contradicting(check), Unpredictable(check), Ordered(check), Scale(check, network), Constant(check), Unbalanced(check),
            Repeated(check),
        ];
        return all.OfType<Finding>();
    }

    /// <summary>Whether columns that hold amounts are so large, so small or so different that training suffers.</summary>
    /// <remarks>Of a column that is mostly 0 the mean and the deviation say how often it is not 0; how large it is, what is not 0 says. So they are
    /// judged by themselves, and are told to stay sparse.</remarks>
    public static Finding? InputScale(params (int Index, InputColumn Column)[] columns)
    {
        (int, InputColumn)[] dense = [.. columns.Where(one => !one.Column.IsSparse)];
        (int, InputColumn)[] sparse = [.. columns.Where(one => one.Column.IsSparse && !one.Column.IsConstant)];
        string stays = sparse.Length == 0 ? "" : $" Where 0 is to stay 0, as in columns that are mostly 0, rather: {SparseRemedy}";
        return sparse.Length > dense.Length ? OfSparse() ?? OfDense() : OfDense() ?? OfSparse();

        Finding? OfDense() => Unscaled(
            dense, column => column.Range.Mean, column => column.Range.Deviation, "the inputs", Widest, $"A{DenseRemedy[1..]}{stays}");

        Finding? OfSparse() => Unscaled(
            sparse, _ => 0, column => column.RmsOfRest, "what is not 0 in the inputs that mostly are", WidestSparse,
            $"As columns that are mostly 0 should stay so, no mean is to be subtracted: {SparseRemedy}");

        static string Widest(int index, InputColumn column) =>
            Invariant($"The largest is column {index}, with mean {column.Range.Mean:G3}, deviation {column.Range.Deviation:G3}.");

        static string WidestSparse(int index, InputColumn column) => Invariant(
            $"The largest is column {index}: {column.Zeros:P0} of it is 0, the rest goes up to {Math.Max(-column.Range.Min, column.Range.Max):G3}.");
    }

    private static Finding? Unscaled(
        (int Index, InputColumn Column)[] columns, Func<InputColumn, double> mean, Func<InputColumn, double> deviation, string what,
        Func<int, InputColumn, string> widest, string remedy)
    {
        double[] varying = [.. columns.Select(one => deviation(one.Column)).Where(value => value > 0).Order()];
        if (varying.Length == 0)
            return null;
        double means = Math.Sqrt(columns.Average(one => mean(one.Column) * mean(one.Column)));
        double deviations = Math.Sqrt(columns.Average(one => deviation(one.Column) * deviation(one.Column))), rms = double.Hypot(means, deviations);
        (int index, InputColumn largest) = columns.MaxBy(one => double.Hypot(mean(one.Column), deviation(one.Column)));
        double ratio = varying[^1] / varying[(varying.Length - 1) / 2];
        string? evidence = rms > LargestRms ? Invariant($"The root mean square of {what} is {rms:G3}; about 1 is expected.")
            : rms < SmallestRms ? Invariant($"The root mean square of {what} is {rms:G2}; about 1 is expected.")
            : means > LargestOffset * deviations ? Invariant($"The inputs lie around {means:G3} and vary by {deviations:G2} only.")
            : ratio > LargestDeviationRatio ? Invariant($"A column varies by {varying[^1]:G3}, half of them by {varying[^1] / ratio:G2} or less.")
            : null;
        return evidence is null ? null : new Finding(
            FindingKind.UnscaledInputs, rms > LargestRms * LargestRms ? FindingSeverity.Serious : FindingSeverity.Warning, "the inputs",
            $"{evidence} {widest(index, largest)}",
            "Inputs come as they were measured: the gradient of a weight is as large as its input, so one learning rate is too high for some weights "
                + "and too low for others, and the first activations are level.",
            remedy);
    }

    private static Finding? Scale(DataCheck check, Network? network)
    {
        if (check.Rows < LeastRows)
            return null;
        (int Index, InputColumn Column)[] all = [.. check.Inputs.Index()];
        if (network is not null)
            return InputScale(FirstColumns.Of(network, all));
        (int Index, InputColumn Column)[] ids = Ids(check.Format.InputShape, all);
        return InputScale([.. all.Except(ids)]) ?? (InputScale(ids) is null ? null : new Finding(
            FindingKind.UnscaledInputs, FindingSeverity.Hint, "the inputs",
            Invariant($"{ids.Length} of {all.Length} columns have whole numbers only, from {ids.Min(one => one.Column.Range.Min)} to ")
                + Invariant($"{ids.Max(one => one.Column.Range.Max)}, as ids do."),
            "They are ids, such as those of words, if an Embedding reads them. If they are amounts, such as ages or counts, they are not scaled.",
            $"For ids nothing. For amounts: {DenseRemedy}"));
    }

    // The columns that may be ids: whole numbers from 0 or more, more than yes and no, in rows that are no pictures. Of some of them most may be 0,
    // which is padding then; where nearly all are so, they are counts of what is rare.
    private static (int Index, InputColumn Column)[] Ids(Shape shape, (int Index, InputColumn Column)[] columns)
    {
        (int Index, InputColumn Column)[] whole = shape.Kind == ShapeKind.Image ? []
            : [.. columns.Where(one => one.Column is { IsWhole: true, IsConstant: false, Range: { Min: >= 0, Max: > 1 and <= NeuralNet.Ids.Max } })];
        bool areCounts = shape.FeatureCount > 1 && whole.Count(one => one.Column.IsSparse) > LargestShareOfPadding * whole.Length;
        bool areBytes = whole.Length >= LeastPixels && whole.Max(one => one.Column.Range.Max) == 255;
        return areCounts || areBytes ? [] : whole;
    }

    private static Finding? Leaked(DataCheck check)
    {
        double share = check.LeakedRows is null ? 0 : check.LeakedRows.Value / (double)Math.Max(1, check.TestRows!.Value);
        return share <= MostRepeated || !RowsAreOwn(check) ? null : new Finding(
            FindingKind.LeakedRows, FindingSeverity.Serious, "the test rows",
            Invariant($"{check.LeakedRows} of {check.TestRows} test rows ({share:P0}) have exactly the inputs of a training row."),
            check.RepeatedRows > MostRepeated * check.Rows
                ? "Rows were repeated before the data were split, or the test rows were taken from training."
                : "The test rows were taken from the training rows without being taken away there.",
            "Remove repeated rows first, then split (Dataset.Split); what was measured on these test rows is too good.");
    }

    private static Finding? Repeated(DataCheck check)
    {
        double share = check.RepeatedRows / (double)check.Rows;
        return share <= MostRepeated || !RowsAreOwn(check) ? null : new Finding(
            FindingKind.RepeatedRows, FindingSeverity.Hint, "the training rows",
            Invariant($"{check.RepeatedRows} of {check.Rows} training rows ({share:P0}) have exactly the inputs of another one."),
            "A file was read twice, or rows were repeated to balance classes.",
            "Leave them out; to let a class count more take Dataset.WithBalancedClasses. Split before anything is repeated.");
    }

    private static Finding? Contradicting(DataCheck check)
    {
        double share = check.ContradictingRows / (double)check.Rows;
        return check.Format.Classes == 0 || share <= MostRepeated ? null : new Finding(
            FindingKind.ContradictingLabels, FindingSeverity.Warning, "the training rows",
            Invariant($"{check.ContradictingRows} of {check.Rows} training rows ({share:P0}) have the inputs of a row of another class."),
            "Rows were labelled more than once, or a column is missing that tells them apart.",
            "Decide on one label for each, or add what tells them apart; no accuracy can reach 100 % on such rows.");
    }

    private static Finding? Unpredictable(DataCheck check)
    {
        // Of a few rows that are not of the largest class nothing can be said.
        if (check.NeighbourAccuracy is not { } accuracy || check.ChanceAccuracy is not { } chance || check.Compared * (1 - chance) < LeastRows
            || accuracy > chance + (ChanceDeviations * Math.Sqrt(chance * (1 - chance) / check.Compared)))
        {
            return null;
        }

        return new Finding(
            FindingKind.UnpredictableLabels, FindingSeverity.Hint, "the labels",
            Invariant($"Of {check.Compared} rows {accuracy:P1} have the class of their nearest neighbour; by chance it would be {chance:P1}."),
            "The labels may belong to other rows (shuffled, or shifted by a row); or columns without meaning outweigh the others, or classes "
                + "do not lie together, as in parity.",
            "Look at some rows with their labels, from the file to the data set: were inputs and labels sorted or shuffled apart?");
    }

    private static Finding? Ordered(DataCheck check)
    {
        long all = check.ClassRows.Sum();
        double expected = all == 0 ? 0 : (all - 1) * (1 - check.ClassRows.Sum(rows => rows / (double)all * (rows / (double)all)));
        return check.Rows < LeastRows || expected < 10 || check.LabelChanges >= LeastChanges * expected ? null : new Finding(
            FindingKind.OrderedLabels, check.IsDataset ? FindingSeverity.Hint : FindingSeverity.Serious, "the order of the rows",
            Invariant($"{check.LabelChanges} rows have another class than the row before; of shuffled rows it would be {expected:0}."),
            "The rows come class after class.",
            check.IsDataset
                ? "Nothing, as long as Trainer.Shuffle stays true: a Dataset is shuffled in each epoch. Take a Split, not a Slice, for testing."
                : "A source that gives its rows in another order: a network that sees class after class forgets one while it learns the next.");
    }

    private static Finding? Constant(DataCheck check)
    {
        int[] constant = [.. Enumerable.Range(0, check.Columns.Count).Where(i => check.Columns[i].Min == check.Columns[i].Max)];
        return check.Rows < LeastRows || constant.Length == 0 ? null : new Finding(
            FindingKind.ConstantColumns, FindingSeverity.Hint, "the inputs",
            Invariant($"{constant.Length} of {check.Columns.Count} columns have the same value in all {check.Rows} rows: ")
                + $"{string.Join(", ", constant.Take(8).Select(i => Invariant($"{i}")))}{(constant.Length > 8 ? " …" : "")}.",
            "Pixels at an edge, or a column that was not filled in.",
            "Nothing where they are pixels; otherwise leave the columns out, or find out why they are empty.");
    }

    private static Finding? Unbalanced(DataCheck check)
    {
        if (check.ClassRows.Count < 2 || check.Rows < LeastRows)
            return null;
        long[] rows = [.. check.ClassRows];
        (long least, long most) = (rows.Min(), rows.Max());
        int rarest = Array.IndexOf(rows, least), largest = Array.IndexOf(rows, most);
        return most < LargestClassRatio * least ? null : new Finding(
            FindingKind.UnbalancedClasses, least == 0 ? FindingSeverity.Warning : FindingSeverity.Hint, "the classes",
            Invariant($"Class \"{check.Format.ClassNames[rarest]}\" has {least} rows, class \"{check.Format.ClassNames[largest]}\" {most}."),
            least == 0 ? "A class is named that has no rows: it was left out on the way, or the number of classes is too large."
                : "Some classes are rare: who guesses the frequent ones has a high accuracy.",
            "Measure by balanced accuracy or F1 (Metric) instead of accuracy; Dataset.WithBalancedClasses lets each class count alike.");
    }

    // Whether two rows are hardly ever the same by chance.
    private static bool RowsAreOwn(DataCheck check) => check.Bits > Math.Log2(check.Rows) + BitsToSpare;
}
