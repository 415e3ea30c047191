using System.Globalization;

namespace NeuralNet;

/// <summary>The test part under the magnifying glass: what shuffling a column costs, and where errors are large.</summary>
internal sealed class TablePart
{
    // The test part comes shuffled: of a large one the first rows do. Groups of few rows stand out by chance.
    private const int MostRows = 5000, Shufflings = 5, FewestInGroup = 8, MostGroups = 100;

    // So many standard errors, and a quarter of the error, must lie between a group and the rest.
    private const double StandsOut = 2.5, Clearly = 1.25;

    private readonly TableModel model;
    private readonly TableTraining settings;
    private readonly Table table;
    private readonly Dataset rows;
    private readonly double[] deviations, errors;
    private readonly double measure;

    public TablePart(TableModel model, Table test, TableTraining settings)
    {
        (this.model, this.settings) = (model, settings);
        table = test.Rows > MostRows ? test.Slice(0, MostRows) : test;
        rows = model.Schema.ToDataset(table, scaled: false);
        deviations = Deviations();
        errors = new double[rows.Rows];
        measure = Measure(rows.Inputs, errors);
    }

    /// <summary>What each column is worth, the most important first.</summary>
    public IReadOnlyList<ColumnImportance> Importance()
    {
        var found = new List<ColumnImportance>();
        var shuffled = new float[rows.Inputs.Length];
        var order = new int[rows.Rows];
        var scratch = new double[rows.Rows];
        int width = model.Schema.Inputs;
        for (int column = 0; column < model.Schema.Columns.Count; column++)
        {
            Range features = model.Schema.Features(column);
            if (model.Schema.Columns[column].Width == 0)
                continue;
            var costs = new double[Shufflings];
            rows.Inputs.CopyTo(shuffled);
            for (int repeat = 0; repeat < Shufflings; repeat++)
            {
                RandomPurpose.Of(settings.Seed, RandomPurpose.Shuffle).Fork(column).Fork(repeat).Permute(order);
                for (int row = 0; row < order.Length; row++)
                    rows.Inputs.Slice(order[row] * width, width)[features].CopyTo(shuffled.AsSpan(row * width, width)[features]);
                double now = Measure(shuffled, scratch);
                costs[repeat] = model.Schema.Targets[0] is NumberTarget ? now - measure : measure - now;
            }

            double mean = costs.Average();
            found.Add(new ColumnImportance(
                model.Schema.Columns[column].Name, mean, Math.Sqrt(costs.Sum(cost => (cost - mean) * (cost - mean)) / (Shufflings - 1))));
        }

        return [.. found.OrderByDescending(importance => importance.Mean)];
    }

    /// <summary>Where the model errs clearly more or less than elsewhere, the worst first.</summary>
    public IReadOnlyList<TableErrors> Errors()
    {
        var found = new List<(double Surplus, TableErrors Errors)>();
        foreach (SchemaColumn column in model.Schema.Columns)
        {
            string?[] groups = column is NumberColumn && table[column.Name].IsNumber ? Quarters(table[column.Name]) : Values(column);
            string[] names = [.. groups.OfType<string>().Distinct()];
            if (names.Length > MostGroups)
                continue;
            foreach (string name in names)
            {
                double[] inside = [.. errors.Where((_, row) => groups[row] == name)], outside = [.. errors.Where((_, row) => groups[row] != name)];
                if (inside.Length < FewestInGroup || outside.Length < FewestInGroup)
                    continue;
                (double mean, double variance) = Moments(inside);
                (double elsewhere, double other) = Moments(outside);
                double spread = Math.Sqrt((variance / inside.Length) + (other / outside.Length));
                bool isClear = Math.Max(mean, elsewhere) > Clearly * Math.Min(mean, elsewhere);
                if (isClear && Math.Abs(mean - elsewhere) > StandsOut * spread)
                    found.Add((mean - elsewhere, new TableErrors(column.Name, name, inside.Length, mean, elsewhere)));
            }
        }

        return [.. found.OrderByDescending(pair => pair.Surplus).Select(pair => pair.Errors)];
    }

    private static (double Mean, double Variance) Moments(double[] values)
    {
        double mean = values.Average();
        return (mean, values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    // Texts stand for themselves, dates and sentences for nothing.
    private string?[] Values(SchemaColumn column) => column.Width == 0 || column is DateColumn or TextColumn
        ? new string?[rows.Rows]
        : [.. Enumerable.Range(0, rows.Rows).Select(row => table[column.Name][row]).Select(value => value.IsMissing ? "(missing)" : $"{value}")];

    // The rows by the size of a number, in four parts; equal numbers stay together.
    private static string?[] Quarters(TableColumn column)
    {
        double[] there = [.. column.Numbers.ToArray().Where(number => !double.IsNaN(number)).Order()];
        var names = new string?[column.Rows];
        if (there.Length == 0)
            return names;
        double[] starts = [.. Enumerable.Range(0, 4).Select(quarter => there[quarter * there.Length / 4]).Distinct()];
        for (int row = 0; row < names.Length; row++)
        {
            double number = column.Numbers[row];
            int part = Array.FindLastIndex(starts, start => number >= start);
            names[row] = part < 0 ? "(missing)" : Name(part);
        }

        return names;

        string Name(int part)
        {
            double last = part + 1 < starts.Length ? there.Last(number => number < starts[part + 1]) : there[^1];
            return starts[part] == last ? string.Create(CultureInfo.InvariantCulture, $"{last}")
                : string.Create(CultureInfo.InvariantCulture, $"{starts[part]} to {last}");
        }
    }

    // Of several targets errors are counted in deviations of each, so that they can be added up.
    private double[] Deviations()
    {
        int wide = model.Schema.Targets.Count;
        var result = new double[wide];
        Array.Fill(result, 1);
        if (wide == 1 || model.Schema.Targets[0] is not NumberTarget)
            return result;
        for (int i = 0; i < wide; i++)
        {
            double[] values = new double[rows.Rows];
            for (int row = 0; row < values.Length; row++)
                values[row] = rows.DesiredRow(row)[i];
            double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
            result[i] = deviation > 0 ? deviation : 1;
        }

        return result;
    }

    // The root mean square error, or the accuracy; and the error of each row.
    private double Measure(ReadOnlySpan<float> inputs, double[] each)
    {
        float[] outputs = model.Outputs(inputs, settings.Threads);
        int wide = model.Schema.Outputs;
        double squares = 0, right = 0;
        for (int row = 0; row < each.Length; row++)
        {
            ReadOnlySpan<float> said = outputs.AsSpan(row * wide, wide);
            each[row] = 0;
            switch (model.Schema.Targets[0])
            {
                case ClassTarget:
                    each[row] = Metrics.ArgMax(said) == rows.Labels[row] ? 0 : 1;
                    break;
                case YesNoTarget:
                    for (int i = 0; i < wide; i++)
                        each[row] = said[i] >= 0.5f == rows.DesiredRow(row)[i] >= 0.5f ? each[row] : 1;
                    break;
                default:
                    for (int i = 0; i < wide; i++)
                    {
                        double error = (said[i] - (double)rows.DesiredRow(row)[i]) / deviations[i];
                        each[row] += Math.Abs(error) / wide;
                        squares += error * error / wide;
                    }

                    break;
            }

            right += 1 - each[row];
        }

        return model.Schema.Targets[0] is NumberTarget ? Math.Sqrt(squares / each.Length) : right / each.Length;
    }
}
