namespace NeuralNet;

/// <summary>Divides rows at random, class by class: into a training part and a test part, or into equal parts.</summary>
internal static class StratifiedSplit
{
    /// <summary>The rows of the two parts, each in random order.</summary>
    /// <param name="labels">The class of each row; empty without classes.</param>
    /// <param name="classes">The number of classes; 0 without.</param>
    /// <param name="rows">The number of rows, at least 2.</param>
    /// <param name="testFraction">Between 0 and 1, both excluded.</param>
    /// <param name="seed">The stream's seed.</param>
    public static (int[] Train, int[] Test) Divide(
        ReadOnlySpan<int> labels, int classes, int rows, double testFraction, long seed)
    {
        // Without classes all rows are of one class.
        var sizes = new int[Math.Max(classes, 1)];
        for (int row = 0; row < rows; row++)
            sizes[classes == 0 ? 0 : labels[row]]++;
        int[] wanted = TestRows(sizes, rows, testFraction);

        var test = new int[wanted.Sum()];
        var train = new int[rows - test.Length];
        int tests = 0, trains = 0;
        foreach (int row in Order(rows, seed))
        {
            if (wanted[classes == 0 ? 0 : labels[row]]-- > 0)
                test[tests++] = row;
            else
                train[trains++] = row;
        }

        return (train, test);
    }

    /// <summary>The part of each row, where rows are dealt out like cards, class after class: of the rows of a class, and of those of some classes
    /// that follow each other, any two parts get as many, or one gets one more.</summary>
    /// <param name="classOf">The class of each row, 0 … classes − 1.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="parts">The number of parts.</param>
    /// <param name="seed">The stream's seed.</param>
    public static int[] Deal(ReadOnlySpan<int> classOf, int classes, int parts, long seed)
    {
        // Where the next row of a class stands among all, ordered by class.
        var next = new int[classes + 1];
        foreach (int c in classOf)
            next[c + 1]++;
        for (int c = 0; c < classes; c++)
            next[c + 1] += next[c];
        var partOf = new int[classOf.Length];
        foreach (int row in Order(classOf.Length, seed))
            partOf[row] = next[classOf[row]]++ % parts;
        return partOf;
    }

    /// <summary>All rows in random order.</summary>
    public static int[] Order(int rows, long seed)
    {
        var order = new int[rows];
        RandomPurpose.Of(seed, RandomPurpose.Split).Permute(order);
        return order;
    }

    /// <summary>How many rows of each class go to the test part: the shares s_c = n_c · f, rounded by largest remainder so that
    /// they sum to round(n · f), then moved by single rows, where |t_c − s_c| ≤ 1 allows it, from classes that can give
    /// one to classes that would be missing from a part.</summary>
    public static int[] TestRows(ReadOnlySpan<int> sizes, int rows, double testFraction)
    {
        int total = Math.Clamp((int)Math.Round(rows * testFraction, MidpointRounding.AwayFromZero), 1, rows - 1);
        var counts = new int[sizes.Length];
        var shares = new double[sizes.Length];
        int left = total;
        for (int c = 0; c < sizes.Length; c++)
        {
            shares[c] = sizes[c] * testFraction;
            counts[c] = Math.Min((int)shares[c], Math.Max(sizes[c] - 1, 0));
            left -= counts[c];
        }

        // Stable: of equal remainders the lower class comes first.
        IEnumerable<int> byRemainder = Enumerable.Range(0, counts.Length)
            .OrderByDescending(c => shares[c] - counts[c]);
        foreach (int c in byRemainder.Take(left))
            counts[c]++;

        for (int c = 0; c < counts.Length; c++)
        {
            if (sizes[c] < 2)
                continue;
            if (counts[c] == 0)
                Move(sizes, shares, counts, c, +1);
            else if (counts[c] == sizes[c])
                Move(sizes, shares, counts, c, -1);
        }

        return counts;
    }

    // Adds change (±1) to class c and takes it from the class that is furthest from its share in that direction, if one
    // can spare it. A class of one row is in one part only, whichever.
    private static void Move(ReadOnlySpan<int> sizes, double[] shares, int[] counts, int c, int change)
    {
        int from = -1;
        for (int k = 0; k < counts.Length; k++)
        {
            int after = counts[k] - change;
            bool keepsBoth = sizes[k] == 1 ? after is 0 or 1 : after > 0 && after < sizes[k];
            bool staysNear = change * (counts[k] - shares[k]) >= 0;
            if (keepsBoth && staysNear
                && (from < 0 || change * (counts[k] - shares[k]) > change * (counts[from] - shares[from])))
            {
                from = k;
            }
        }

        if (from >= 0)
        {
            counts[from] -= change;
            counts[c] += change;
        }
    }
}
