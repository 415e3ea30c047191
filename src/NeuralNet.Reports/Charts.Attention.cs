namespace NeuralNet;

/// <content>What attention looks at.</content>
public static partial class Charts
{
    /// <summary>What a head of attention looked at: a line for each query, a column for each key; the stronger the blue, the larger the weight.
    /// </summary>
    /// <remarks><para>Of a network: <c>Charts.Attention(network.PredictAttention(x, "3").Head(row: 0, head: 0), words, words)</c>; of a row that is
    /// shorter than others <c>.HeadPart(0, 0, queries: words.Length, keys: words.Length)</c>.</para>
    /// <para>The strongest blue is the largest weight of all, as the legend says. A label of nothing but space is drawn as ␣, ⇥ or ↵. Of more than 64
    /// queries there are no labels of queries, and so it is with keys.</para></remarks>
    /// <param name="weights">The weights, [queries, keys]; finite, and at least 0.</param>
    /// <param name="queries">A label for each query.</param>
    /// <param name="keys">A label for each key.</param>
    /// <param name="title">The title; may be empty.</param>
    /// <returns>The chart; its size goes by the number of queries and keys.</returns>
    /// <exception cref="ArgumentException">There is no label, there is not a weight for each query and key, or one is negative or not finite.
    /// </exception>
    public static Chart Attention(
        ReadOnlySpan<float> weights, IReadOnlyList<string> queries, IReadOnlyList<string> keys, string title = "Attention")
    {
        ArgumentNullException.ThrowIfNull(title);
        string[] rows = LabelsOf(queries, nameof(queries)), columns = LabelsOf(keys, nameof(keys));
        if (weights.Length != (long)rows.Length * columns.Length)
            throw new ArgumentException(
                FormattableString.Invariant($"Expected {(long)rows.Length * columns.Length} weights, of {rows.Length} queries ")
                + FormattableString.Invariant($"and {columns.Length} keys, but got {weights.Length}; of a part of a row take its HeadPart."),
                nameof(weights));
        float[] all = weights.ToArray();
        if (Array.FindIndex(all, weight => !(weight >= 0 && float.IsFinite(weight))) is >= 0 and int wrong)
            throw new ArgumentException(FormattableString.Invariant(
                $"Expected finite weights of at least 0, but got {all[wrong]} of query {wrong / columns.Length} for key {wrong % columns.Length}."),
                nameof(weights));

        const double Edge = 16, Most = 150, Narrow = 16, Size = 12;
        // Cells are squares, unless there are so many one way that they would be lines the other way too.
        int longer = Math.Max(rows.Length, columns.Length);
        double largestCell = longer switch { <= 12 => 32, <= 30 => 22, _ => Narrow };
        double cellWide = Math.Min(largestCell, 960.0 / columns.Length), cellHigh = Math.Min(largestCell, 960.0 / rows.Length);
        bool namesColumns = columns.Length <= 64, namesRows = rows.Length <= 64;
        double lines = namesRows ? Math.Min(Most, rows.Max(label => TextWidth.Of(label, Size))) : 0;
        double above = namesColumns ? Math.Min(Most, columns.Max(label => TextWidth.Of(label, Size))) : 0;

        // The labels of columns stand where their cells are wide enough, and otherwise read upward.
        bool isUpright = above <= cellWide - 1;
        double largest = all.Max();
        Plot.Entry[] legend =
        [
            new("0", ChartColor.Card, EntryKind.Area), new(Markup.Value(largest / 2, 2), Blue(0.5), EntryKind.Area),
            new(Markup.Value(largest, 2), Blue(1), EntryKind.Area),
        ];
        double left = Edge + 20 + lines + 8, wide = cellWide * columns.Length, high = cellHigh * rows.Length;
        double width = Math.Max(300, Math.Ceiling(left + wide + Edge)), head = Plot.Head(new Chart(width, Height, ""), title, legend);
        double top = head + 12 + (!namesColumns ? 8 : isUpright ? 22 : above + 14);
        var chart = new Chart(width, Math.Max(Math.Ceiling(top + high), Math.Ceiling(top) + 48) + Edge, title);
        Plot.Head(chart, title, legend);
        chart.Text("keys", left, head + 10, Size, ChartColor.Muted);
        chart.TextUpward("queries", Edge + 10, top + 46, Size, ChartColor.Muted);
        chart.Fill(left, top, wide, high, ChartColor.Card);
        chart.Pixels(left, top, wide, high, columns.Length, rows.Length, (key, query) =>
            Blue(largest > 0 ? all[(query * columns.Length) + key] / largest : 0));

        for (int key = 0; namesColumns && key < columns.Length; key++)
        {
            double middle = left + (cellWide * (key + 0.5));
            string label = TextWidth.Fit(columns[key], Size, Most);
            if (isUpright)
                chart.Text(label, middle, top - 6, Size, ChartColor.Ink, ChartAlign.Center);
            else
                chart.TextUpward(label, middle + 4, top - 6, Size, ChartColor.Ink);
            if (key > 0)
                chart.Line(middle - (cellWide / 2), top, middle - (cellWide / 2), top + high, ChartColor.Paper);
        }

        for (int query = 0; namesRows && query < rows.Length; query++)
        {
            double y = top + (cellHigh * query);
            chart.Text(TextWidth.Fit(rows[query], Size, Most), left - 8, y + (cellHigh / 2) + 4.5, Size, ChartColor.Ink, ChartAlign.Right);
            if (query > 0)
                chart.Line(left, y, left + wide, y, ChartColor.Paper);
        }

        return chart;

        static ChartColor Blue(double strength) => ChartColor.First with { Opacity = strength };
    }

    private static string[] LabelsOf(IReadOnlyList<string> labels, string name)
    {
        ArgumentNullException.ThrowIfNull(labels, name);
        if (labels.Count == 0)
            throw new ArgumentException("Expected at least one label, but got none.", name);
        return [.. labels.Select(label => label is null ? throw new ArgumentException("One of the labels is null.", name)
            : !string.IsNullOrWhiteSpace(label) ? label : string.Concat(label.Select(space => space switch { '\t' => '⇥', '\n' => '↵', _ => '␣' })))];
    }
}
