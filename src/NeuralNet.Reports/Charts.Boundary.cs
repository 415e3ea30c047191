namespace NeuralNet;

/// <content>What a network says of a plane.</content>
public static partial class Charts
{
    /// <summary>What a network of two inputs says of each point of the plane: the colours of the classes, mixed as it is sure of them, and on top the
    /// points of a data set. Draw it at several steps of a training, and put those into a <see cref="Grid"/>.</summary>
    /// <param name="network">A network with two inputs. It has one output for each class, or one in all, which is the second class from
    /// <paramref name="threshold"/> on.</param>
    /// <param name="points">The points, with labels if they have classes.</param>
    /// <param name="title">The title, such as the step of the training.</param>
    /// <param name="hasLegend">Whether the names of the classes are in a legend.</param>
    /// <param name="threshold">Where one output changes the class: 0.5 unless given, as of a probability.</param>
    /// <param name="size">How wide the plane is drawn.</param>
    /// <returns>The chart.</returns>
    /// <exception cref="ArgumentException">The network or the data has not two inputs a row, or the data has more classes than
    /// the network.</exception>
    public static Chart Boundary(
        Network network, Dataset points, string title = "Decision boundary", bool hasLegend = true, double threshold = 0.5, double size = 320)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(title);
        if (network.Input.Size != 2 || points.InputWidth != 2)
            throw new ArgumentException(
                $"Expected a network and points of 2 inputs, the two directions of the plane, but got {network.Input.Size} and {points.InputWidth}.",
                nameof(network));
        int outputs = network.Output.Size, classes = Math.Max(outputs, 2), pixels = (int)Math.Clamp(size, 16, 1024);
        if (points.Classes > classes)
            throw new ArgumentException(
                $"Expected points of {classes} classes, as many as the network knows, but got {points.Classes}.", nameof(points));

        // The axes have one scale: what is round is drawn round.
        (double x0, double x1, double y0, double y1) = Range(points);
        double reach = Math.Max(x1 - x0, y1 - y0) * 0.54, midX = (x0 + x1) / 2, midY = (y0 + y1) / 2;
        (reach, x0, y0) = reach > 0 ? (reach, midX - reach, midY - reach) : (1, midX - 1, midY - 1);
        float[] grid = new float[pixels * pixels * 2];
        for (int i = 0; i < pixels * pixels; i++)
        {
            grid[2 * i] = (float)(x0 + (2 * reach * ((i % pixels) + 0.5) / pixels));
            grid[(2 * i) + 1] = (float)(y0 + (2 * reach * (pixels - (i / pixels) - 0.5) / pixels));
        }

        float[] answers = network.Predict(grid);
        IReadOnlyList<string> names = points.Classes > 0 ? points.ClassNames : [.. Enumerable.Range(0, classes).Select(c => Markup.Value(c))];
        Plot.Entry[] legend = hasLegend ? [.. names.Select((name, c) => new Plot.Entry(name, ChartColor.Of(c), EntryKind.Dot))] : [];
        const double Edge = 16;
        bool hasHead = title.Length > 0 || legend.Length > 0;
        double width = size + (2 * Edge), top = hasHead ? Plot.Head(new Chart(width, size, ""), title, legend) - 4 : Edge;
        var chart = new Chart(width, top + size + Edge, title);
        if (hasHead)
            Plot.Head(chart, title, legend);
        chart.Pixels(Edge, top, size, size, pixels, pixels, (x, y) => Mixed(answers.AsSpan(((y * pixels) + x) * outputs, outputs), threshold));
        double radius = Math.Clamp(size / 120, 1.5, 4);
        chart.Dots(Enumerable.Range(0, points.Rows).Select(Place), radius + 0.7, White);
        foreach (IGrouping<ChartColor, int> rows in Enumerable.Range(0, points.Rows).GroupBy(row => LabelColor(points, row)))
            chart.Dots(rows.Select(Place), radius, rows.Key);
        return chart;

        (double X, double Y) Place(int row)
        {
            ReadOnlySpan<float> point = points.InputRow(row);
            return (Edge + ((point[0] - x0) / (2 * reach) * size), top + size - ((point[1] - y0) / (2 * reach) * size));
        }
    }

    // Pale, so that points stand out.
    private static ChartColor Mixed(ReadOnlySpan<float> answer, double threshold)
    {
        const double Pale = 0.55;
        Span<double> shares = stackalloc double[Math.Max(answer.Length, 2)];
        if (answer.Length == 1)
        {
            double second = threshold == 0.5 ? Math.Clamp(answer[0], 0, 1) : answer[0] >= threshold ? 1 : 0;
            (shares[0], shares[1]) = (1 - second, second);
        }
        else
        {
            // Probabilities as they are; of other outputs the greatest one wins.
            bool areShares = answer.ToArray().All(a => a is >= 0 and <= 1) && Math.Abs(answer.ToArray().Sum() - 1) < 0.01;
            for (int c = 0; c < answer.Length; c++)
                shares[c] = areShares ? answer[c] : c == Metrics.ArgMax(answer) ? 1 : 0;
        }

        // In 32 steps, finer than the eye sees here: the image takes a third of the room.
        foreach (ref double share in shares)
            share = Math.Round(share * 32) / 32;
        double red = 0, green = 0, blue = 0;
        for (int c = 0; c < shares.Length; c++)
        {
            ChartColor color = ChartColor.Between(ChartColor.Of(c), White, Pale);
            (red, green, blue) = (red + (shares[c] * color.Red), green + (shares[c] * color.Green), blue + (shares[c] * color.Blue));
        }

        static byte Byte(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
        return new ChartColor(Byte(red), Byte(green), Byte(blue));
    }

    private static (double X0, double X1, double Y0, double Y1) Range(Dataset points)
    {
        (double x0, double x1, double y0, double y1) = (double.MaxValue, double.MinValue, double.MaxValue, double.MinValue);
        for (int row = 0; row < points.Rows; row++)
        {
            ReadOnlySpan<float> point = points.InputRow(row);
            (x0, x1, y0, y1) = (Math.Min(x0, point[0]), Math.Max(x1, point[0]), Math.Min(y0, point[1]), Math.Max(y1, point[1]));
        }

        return (x0, x1, y0, y1);
    }

    // Of points without labels the desired value says the class, where it is one.
    private static ChartColor LabelColor(Dataset points, int row)
    {
        if (points.Classes > 0 && points.Labels.Length == points.Rows)
            return points.Labels[row] >= 0 ? Darker(ChartColor.Of(points.Labels[row])) : ChartColor.Between(ChartColor.Muted, White, 0);
        ReadOnlySpan<float> desired = points.DesiredRow(row);
        return Darker(ChartColor.Of(desired.Length == 1 ? (desired[0] > 0.5f ? 1 : 0) : Metrics.ArgMax(desired)));
    }

    // A mixture has no twin on dark pages, where the plane is the same as on white ones.
    private static ChartColor Darker(ChartColor color) => ChartColor.Between(color, new ChartColor(0, 0, 0), 0.2);
}
