using System.Collections;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Several divisions of a data set into rows to train on and rows to test with, for <see cref="CrossValidation"/>.</summary>
/// <remarks><para>Rows stand in the order of the data set. A fold copies its rows when they are asked for; asking for it again (<see cref="this"/>)
/// copies them again, so that memory holds no more than the folds that somebody works on.</para>
/// <para>The same data, settings and seed give the same folds on every machine.</para></remarks>
public sealed class Folds : IReadOnlyList<Fold>
{
    private readonly (int[] Train, int[] Test)[] rows;

    private Folds(Dataset data, (int[] Train, int[] Test)[] rows)
    {
        Data = data;
        this.rows = rows;
    }

    /// <summary>The data set that is divided.</summary>
    public Dataset Data { get; }

    /// <summary>The number of folds.</summary>
    public int Count => rows.Length;

    /// <summary>One of the folds.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such fold.</exception>
    public Fold this[int index] => (uint)index < (uint)rows.Length
        ? new Fold(index, rows.Length, Data, rows[index].Train, rows[index].Test)
        : throw Guard.OutOfRange(nameof(index), index, FormattableString.Invariant($"Expected a fold 0 … {rows.Length - 1}, but got {index}."));

    /// <summary>Folds at random: each row is tested with in exactly one of them, and trained on in the others.</summary>
    /// <remarks>Rows are dealt out class by class, as <see cref="Dataset.Split"/> divides them (<see cref="Dataset.Labels"/>, or those of the first
    /// of several outputs that has a class for each row; no class, −1, is one more): any two folds have as many rows of a class, or one of them
    /// has one more, and so with all rows. A class of fewer rows than folds is missing from the test rows of some. Without classes rows are
    /// dealt out as they are. Rows of weight 0 are dealt out by themselves, so that the folds differ by at most one row that counts.</remarks>
    /// <param name="data">The data set.</param>
    /// <param name="folds">How many, at least 2.</param>
    /// <param name="seed">Another seed gives another division.</param>
    /// <returns>The folds.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="folds"/> is less than 2.</exception>
    /// <exception cref="ArgumentException">The data have fewer rows that count than folds.</exception>
    public static Folds Stratified(Dataset data, int folds, long seed = 0)
    {
        (int[] strata, int classes) = StrataOf(data, folds);
        int counted = strata.Count(stratum => stratum < classes);
        if (counted < folds)
            throw new ArgumentException(
                FormattableString.Invariant($"The data have {counted} rows{(counted < data.Rows ? " of a weight above 0" : "")}, but got {folds} ")
                + "folds; each fold needs a row to test with.", nameof(folds));
        return ByPart(data, StratifiedSplit.Deal(strata, classes + 1, folds, seed), folds);
    }

    /// <summary>Folds by groups: all rows of a group, such as the measurements of a patient, are on the same side of each fold.</summary>
    /// <remarks>Else a network would be tested with what it has nearly seen. The groups are dealt out from the largest to the smallest, each to the
    /// fold f where Σ_c n_cf g_c / n_c is least, where n_cf, g_c and n_c are the rows of class c in the fold so far, in the group and in all; of
    /// equal ones to the one with the fewest rows. Without classes that is the fold with the fewest rows. Rows of weight 0 do not count.</remarks>
    /// <typeparam name="T">What names a group: a number or a text.</typeparam>
    /// <param name="data">The data set.</param>
    /// <param name="groups">The group of each row, [rows].</param>
    /// <param name="folds">How many, at least 2.</param>
    /// <param name="seed">Another seed takes groups of the same size in another order.</param>
    /// <returns>The folds: each row is tested with in exactly one.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="folds"/> is less than 2.</exception>
    /// <exception cref="ArgumentException">There is not a group for each row, or there are fewer groups with a row that counts than folds.
    /// </exception>
    public static Folds Grouped<T>(Dataset data, IReadOnlyList<T> groups, int folds, long seed = 0)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(groups);
        (int[] strata, int classes) = StrataOf(data, folds);
        if (groups.Count != data.Rows)
            throw new ArgumentException(
                FormattableString.Invariant($"Expected a group for each of {data.Rows} rows, but got {groups.Count}."), nameof(groups));
        var numbers = new Dictionary<T, int>();
        int[] groupOf = [.. groups.Select(group => numbers.TryAdd(group, numbers.Count) ? numbers.Count - 1 : numbers[group])];
        var sizes = new double[numbers.Count][];
        for (int row = 0; row < data.Rows; row++)
            (sizes[groupOf[row]] ??= new double[classes + 1])[strata[row]]++;

        // What has weight 0 is not to be seen in any sum.
        foreach (double[] size in sizes)
            size[classes] = 0;
        int counted = sizes.Count(size => size.Sum() > 0);
        if (counted < folds)
            throw new ArgumentException(
                FormattableString.Invariant($"There are {counted} groups with rows that count, but got {folds} folds; ")
                + "each fold needs a group to test with.", nameof(groups));
        int[] foldOf = DealGroups(sizes, folds, seed);
        return ByPart(data, [.. groupOf.Select(group => foldOf[group])], folds);
    }

    /// <summary>Folds in the order of time, for rows that follow each other: each fold is tested with rows that come after all that it trains on.
    /// </summary>
    /// <remarks>The last folds · t rows are tested with, t after t, where t = ⌊rows / (folds + 1)⌋ unless given; a fold trains on all rows before
    /// its own, but for the gap, or on the last of them only. So the training grows from fold to fold, as it does in use.</remarks>
    /// <param name="data">The data set, the oldest row first.</param>
    /// <param name="folds">How many, at least 2.</param>
    /// <param name="gap">How many rows before the test rows are left out, because they overlap with these or would not be known yet.</param>
    /// <param name="largestTraining">How many rows are trained on at most, the last ones; null: all.</param>
    /// <param name="testRows">How many rows a fold is tested with; null: ⌊rows / (folds + 1)⌋.</param>
    /// <returns>The folds, the oldest first.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="folds"/> is less than 2, <paramref name="gap"/> negative, or another number not
    /// positive.</exception>
    /// <exception cref="ArgumentException">The data have too few rows: nothing would be left for the first fold to train on, or to test with.
    /// </exception>
    public static Folds InTimeOrder(Dataset data, int folds, int gap = 0, int? largestTraining = null, int? testRows = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        Guard.AtLeast(folds, 2, nameof(folds));
        Guard.AtLeast(gap, 0, nameof(gap));
        int most = largestTraining is { } largest ? Guard.Count(largest, nameof(largestTraining)) : int.MaxValue;
        int tests = testRows is { } wanted ? Guard.Count(wanted, nameof(testRows)) : data.Rows / (folds + 1);
        long first = data.Rows - ((long)folds * tests) - gap;
        if (first < 1 || tests < 1)
        {
            tests = Math.Max(tests, 1);
            throw new ArgumentException(
                FormattableString.Invariant($"The data have {data.Rows} rows; {folds} folds of {tests} rows to test with, a gap of {gap} and 1 row ")
                + FormattableString.Invariant($"to train on take {((long)folds * tests) + gap + 1}."), nameof(data));
        }

        var rows = new (int[], int[])[folds];
        for (int k = 0; k < folds; k++)
        {
            int end = (int)first + (k * tests), count = Math.Min(end, most);
            rows[k] = ([.. Enumerable.Range(end - count, count)], [.. Enumerable.Range(end + gap, tests)]);
        }

        return new Folds(data, rows);
    }

    /// <summary>Folds of your own.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="folds">Of each fold the rows to train on, and those to test with; a row may be trained on more than once. At least one.</param>
    /// <returns>The folds, in the order given, with their rows in the order given.</returns>
    /// <exception cref="ArgumentException">There are no folds; one has nothing to train on or to test with; a row is on both sides of a fold, or is
    /// tested with twice in it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public static Folds Of(Dataset data, params IReadOnlyList<(int[] Train, int[] Test)> folds)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(folds);
        if (folds.Count == 0)
            throw new ArgumentException("Expected at least one fold.", nameof(folds));
        for (int k = 0; k < folds.Count; k++)
        {
            (int[] train, int[] test) = folds[k];
            ArgumentNullException.ThrowIfNull(train, nameof(folds));
            ArgumentNullException.ThrowIfNull(test, nameof(folds));
            if (train.Length == 0 || test.Length == 0)
                throw new ArgumentException(
                    FormattableString.Invariant($"Fold {k} has no row to {(train.Length == 0 ? "train on" : "test with")}."), nameof(folds));
            foreach (int row in train.Concat(test))
            {
                if ((uint)row >= (uint)data.Rows)
                    throw Guard.OutOfRange(nameof(folds), row, FormattableString.Invariant($"Fold {k} has row {row}, expected 0 … {data.Rows - 1}."));
            }

            var trained = train.ToHashSet();
            var tested = new HashSet<int>();
            foreach (int row in test)
            {
                if (trained.Contains(row))
                    throw new ArgumentException(FormattableString.Invariant($"Fold {k} both trains on row {row} and tests with it."), nameof(folds));
                if (!tested.Add(row))
                    throw new ArgumentException(FormattableString.Invariant($"Fold {k} tests with row {row} twice."), nameof(folds));
            }
        }

        return new Folds(data, [.. folds.Select(fold => ((int[])fold.Train.Clone(), (int[])fold.Test.Clone()))]);
    }

    /// <inheritdoc/>
    public IEnumerator<Fold> GetEnumerator() => Enumerable.Range(0, Count).Select(k => this[k]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>How many folds there are, and of what.</summary>
    /// <returns>For example <c>5 folds of Dataset of 150 rows: 4 inputs, 3 classes</c>.</returns>
    public override string ToString() => FormattableString.Invariant($"{Count} {(Count == 1 ? "fold" : "folds")} of {Data}");

    // By which the rows of all folds are told from others.
    internal string RowsInWords
    {
        get
        {
            var checksum = new Checksum();
            foreach ((int[] train, int[] test) in rows)
            {
                checksum.Add(MemoryMarshal.AsBytes<int>([train.Length, test.Length]));
                checksum.Add(MemoryMarshal.AsBytes(train.AsSpan()));
                checksum.Add(MemoryMarshal.AsBytes(test.AsSpan()));
            }

            return FormattableString.Invariant($"{rows.Length} folds, {checksum.Value:x8}");
        }
    }

    // What rows are dealt out by: their class, or the number of classes where nothing of the row counts.
    private static (int[] Strata, int Classes) StrataOf(Dataset data, int folds)
    {
        ArgumentNullException.ThrowIfNull(data);
        Guard.AtLeast(folds, 2, nameof(folds));
        (int[] labels, int classes) = data.Strata();
        int each = data.Weights.Length / data.Rows;
        var strata = new int[data.Rows];
        classes = Math.Max(classes, 1);
        for (int row = 0; row < data.Rows; row++)
            strata[row] = each > 0 && !data.Weights.Slice(row * each, each).ContainsAnyExcept(0f) ? classes : labels.Length == 0 ? 0 : labels[row];
        return (strata, classes);
    }

    // The fold of each group. The sizes are the group's rows, class by class.
    private static int[] DealGroups(double[][] sizes, int folds, long seed)
    {
        var all = new double[sizes[0].Length];
        foreach (double[] size in sizes)
        {
            for (int c = 0; c < all.Length; c++)
                all[c] += size[c];
        }

        var had = new double[folds][];
        for (int f = 0; f < folds; f++)
            had[f] = new double[all.Length];
        var foldOf = new int[sizes.Length];
        foreach (int group in StratifiedSplit.Order(sizes.Length, seed).OrderByDescending(group => sizes[group].Sum()))
        {
            int fold = Enumerable.Range(0, folds).MinBy(f => (Crowd(had[f], sizes[group]), had[f].Sum()));
            for (int c = 0; c < all.Length; c++)
                had[fold][c] += sizes[group][c];
            foldOf[group] = fold;
        }

        return foldOf;

        double Crowd(double[] there, double[] size)
        {
            double sum = 0;
            for (int c = 0; c < all.Length; c++)
                sum += all[c] == 0 ? 0 : there[c] * size[c] / all[c];
            return sum;
        }
    }

    private static Folds ByPart(Dataset data, int[] partOf, int folds)
    {
        var rows = new (int[] Train, int[] Test)[folds];
        for (int k = 0; k < folds; k++)
        {
            ILookup<bool, int> sides = Enumerable.Range(0, partOf.Length).ToLookup(row => partOf[row] == k);
            rows[k] = ([.. sides[false]], [.. sides[true]]);
        }

        return new Folds(data, rows);
    }
}
