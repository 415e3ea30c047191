// Two tables as people have them, and the short way from each to a model: which species a penguin is, and how many miles a car goes on a
// gallon. Each model is trained, reports how good it is and what it looks at, and is saved; then it is read from its file, as a second program
// would, and asked about a record with a value that nobody knows and a word that it has never seen.
//
//     dotnet run -c Release --project samples/Tables [-- --output FOLDER --seed N --epochs N]
using System.CommandLine;
using System.Globalization;
using NeuralNet;
using Samples;

var output = SampleCommand.Output("the models and the reports");
var seed = SampleCommand.Seed(0, "the division of the rows, the initial weights and the order of the rows");
var epochs = SampleCommand.Count("--epochs", 100, "How many times to go through the training rows at most");
return SampleCommand.Run(args, new RootCommand("Makes models of a table of penguins and a table of cars.") { output, seed, epochs }, options =>
{
    string folder = options.Folder(output);
    var settings = new TableTraining
    {
        Seed = options.GetValue(seed),
        Epochs = options.GetValue(epochs),
        Threads = Math.Min(Environment.ProcessorCount, 4),
    };

    // A file with titles needs no word: what separates the fields, which columns are numbers and what stands for a missing value is found out.
    Table penguins = Table.FromCsv(Path.Combine(AppContext.BaseDirectory, "penguins.csv"));
    TableModel species = Make(penguins, "species", settings, folder, "penguins");
    Ask(species, ("island", "Biscoe"), ("bill_length_mm", 46.1), ("bill_depth_mm", TableValue.Missing), ("flipper_length_mm", 215),
        ("body_mass_g", 5100), ("sex", "not determined"), ("year", 2009));

    // This one has no titles, several blanks between the numbers, a tab before the name, and "?" where the horsepower is not known. The
    // origin is a number that stands for a part of the world, and the name is all but different in each row: that is known better than found out.
    Table cars = Table.FromCsv(Path.Combine(AppContext.BaseDirectory, "auto-mpg.data"), new CsvOptions
    {
        Titles = ["mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin", "name"],
    });
    settings = settings with { Columns = [new CategoryColumn("origin"), new SkippedColumn("name")] };
    TableModel mileage = Make(cars, "mpg", settings, folder, "cars");
    Ask(mileage, ("cylinders", 4), ("displacement", 97), ("horsepower", TableValue.Missing), ("weight", 2130), ("acceleration", 14.5),
        ("year", 80), ("origin", "another world"), ("name", "a car of tomorrow"));
});

static TableModel Make(Table table, string target, TableTraining settings, string folder, string name)
{
    Console.WriteLine(table);
    TableModel model = TableModel.Train(table, target, settings: settings);
    Console.WriteLine();
    Console.WriteLine(model.Report);

    string file = Path.Combine(folder, name + ".safetensors"), report = Path.Combine(folder, name + ".html");
    model.Save(file);
    model.Report.Save(report);
    Console.WriteLine(file);
    Console.WriteLine(report);

    // The file has the network and all that it needs to know of the table.
    return TableModel.Load(file);
}

static void Ask(TableModel model, params (string Name, TableValue Value)[] record)
{
    foreach ((string name, TableValue value) in record)
        Console.WriteLine($"  {name}: {(value.IsMissing ? "not known" : value)}");
    TablePrediction prediction = model.Predict(record);
    Console.WriteLine($"→ {prediction}");
    foreach (string known in model.Schema.ClassNames)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {known} {prediction.Probability(known):0.0000}"));
    Console.WriteLine();
}
