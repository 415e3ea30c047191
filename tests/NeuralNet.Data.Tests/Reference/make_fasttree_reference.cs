#:package Microsoft.ML@5.0.1
#:package Microsoft.ML.FastTree@5.0.1
#:property PublishAot=false
#:property JsonSerializerIsReflectionEnabledByDefault=true

// Writes fasttree.json: what ML.NET's FastTree (boosted trees) reaches, with its own settings, on the tables and divisions of tables.json.
//
//     dotnet run make_fasttree_reference.cs -- FOLDER_OF_THE_TABLES
//
// It is a yardstick, not an opponent of the same kind: trees need no scaling, and take missing numbers as they are. Of three classes there is a
// FastTree for each against the others. Made with Microsoft.ML.FastTree 5.0.1.
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

string folder = args[0], here = Path.GetDirectoryName(Source())!;
using JsonDocument tables = JsonDocument.Parse(File.ReadAllText(Path.Combine(here, "tables.json")));

Row[] penguins = [.. File.ReadLines(Path.Combine(folder, "penguins.csv")).Skip(1).Select(line => line.Split(',')).Select(field => new Row
{
    Class = field[0], One = field[1], Other = field[6], Numbers = [.. new[] { 2, 3, 4, 5, 7 }.Select(column => Number(field[column]))],
})];
Row[] cars = [.. File.ReadLines(Path.Combine(folder, "auto-mpg.data"))
    .Select(line => line.Split('\t')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(field => new Row
{
    Label = Number(field[0]), One = field[7], Numbers = [.. field[1..7].Select(Number)],
})];

using var file = new StreamWriter(Path.Combine(here, "fasttree.json"));
file.Write("{\"penguins\":[");
Each(penguins, "penguins", 5, (ml, data, features) =>
{
    var trainer = ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.FastTree());
    var model = features.Append(ml.Transforms.Conversion.MapValueToKey("Label", nameof(Row.Class))).Append(trainer).Fit(data.Train);
    var found = ml.MulticlassClassification.Evaluate(model.Transform(data.Test));
    return $"{{\"accuracy\":{Text(found.MicroAccuracy)},\"logLoss\":{Text(found.LogLoss)}}}";
});
file.Write("],\"cars\":[");
Each(cars, "cars", 6, (ml, data, features) =>
{
    var found = ml.Regression.Evaluate(features.Append(ml.Regression.Trainers.FastTree()).Fit(data.Train).Transform(data.Test));
    return $"{{\"rmse\":{Text(found.RootMeanSquaredError)},\"mae\":{Text(found.MeanAbsoluteError)}}}";
});
file.Write("]}\n");

void Each(Row[] rows, string name, int numbers, Func<MLContext, (IDataView Train, IDataView Test), IEstimator<ITransformer>, string> measure)
{
    int division = 0;
    foreach (JsonElement test in tables.RootElement.GetProperty(name).GetProperty("test").EnumerateArray())
    {
        var ml = new MLContext(seed: division);
        HashSet<int> those = [.. test.EnumerateArray().Select(row => row.GetInt32())];
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Numbers)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, numbers);
        IDataView Part(bool isTest) => ml.Data.LoadFromEnumerable(rows.Where((_, row) => those.Contains(row) == isTest).ToArray(), schema);
        var features = ml.Transforms.Categorical.OneHotEncoding(nameof(Row.One)).Append(ml.Transforms.Categorical.OneHotEncoding(nameof(Row.Other)))
            .Append(ml.Transforms.Concatenate("Features", nameof(Row.One), nameof(Row.Other), nameof(Row.Numbers)));
        string found = measure(ml, (Part(false), Part(true)), features);
        file.Write($"{(division++ > 0 ? "," : "")}{found}");
        Console.WriteLine($"{name} {found}");
    }
}

static float Number(string text) => float.TryParse(text, CultureInfo.InvariantCulture, out float number) ? number : float.NaN;

static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

static string Source([CallerFilePath] string path = "") => path;

internal sealed class Row
{
    public float Label { get; set; }

    public string Class { get; set; } = "";

    public string One { get; set; } = "";

    public string Other { get; set; } = "";

    public float[] Numbers { get; set; } = [];
}
