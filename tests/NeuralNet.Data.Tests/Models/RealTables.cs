using System.Globalization;
using System.Text.Json;

namespace NeuralNet.Tests.Models;

/// <summary>Two small real tables, and what scikit-learn reaches on them (Reference/reference_tables.py).</summary>
internal static class RealTables
{
    public static Table Penguins { get; } = Read(
        File.ReadLines(Place("penguins.csv")).Skip(1).Select(line => line.Split(',')), "NA",
        "species", "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex", "year");

    public static Table Cars { get; } = Read(
        File.ReadLines(Place("auto-mpg.data")).Select(line => line.Split('\t')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)), "?",
        "mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin");

    /// <summary>What is to be said of the cars: the origin is a number that stands for a part of the world.</summary>
    public static SchemaColumn[] CarColumns { get; } = [new CategoryColumn("origin")];

    public static JsonElement Reference { get; } = JsonDocument.Parse(File.ReadAllText(Place("tables.json"))).RootElement;

    /// <summary>What ML.NET's FastTree reaches on the same divisions (Reference/make_fasttree_reference.cs).</summary>
    public static JsonElement FastTree { get; } = JsonDocument.Parse(File.ReadAllText(Place("fasttree.json"))).RootElement;

    /// <summary>The two parts of the reference's division.</summary>
    public static (Table Train, Table Test) Divide(Table table, string name, int division)
    {
        int[] test = [.. Reference.GetProperty(name).GetProperty("test")[division].EnumerateArray().Select(row => row.GetInt32())];
        return (table.Select([.. Enumerable.Range(0, table.Rows).Except(test)]), table.Select(test));
    }

    /// <summary>The mean of a measure over the reference's divisions.</summary>
    public static double Mean(string name, string who, string measure) => Mean(Reference.GetProperty(name).GetProperty(who), measure);

    /// <summary>The mean of a measure of FastTree over the divisions.</summary>
    public static double MeanOfFastTree(string name, string measure) => Mean(FastTree.GetProperty(name), measure);

    public static string Place(string file) => Path.Combine(AppContext.BaseDirectory, "Reference", file);

    private static double Mean(JsonElement divisions, string measure) =>
        divisions.EnumerateArray().Average(result => result.GetProperty(measure).GetDouble());

    private static Table Read(IEnumerable<string[]> lines, string missing, params string[] names)
    {
        string[][] rows = [.. lines];
        return new Table([.. names.Select((name, column) => Column(name, [.. rows.Select(row => row[column])], missing))]);
    }

    private static TableColumn Column(string name, string[] texts, string missing) =>
        texts.All(text => text == missing || double.TryParse(text, CultureInfo.InvariantCulture, out _))
            ? TableColumn.OfNumbers(
                name, [.. texts.Select(text => text == missing ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture))])
            : TableColumn.OfTexts(name, [.. texts.Select(text => text == missing ? null : text)]);
}
