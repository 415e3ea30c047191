// Tables of other packages, and a network that learns from them: 344 penguins go through a DataFrame (Microsoft.Data.Analysis), a file of
// Apache Parquet, a file of Apache Arrow and a view of ML.NET, and come back the same each time. Each file beside this one brings tables from one
// package to NeuralNet.Data and back, and is made to be copied into a project.
//
//     dotnet run -c Release --project samples/DataFrames [-- --output FOLDER --seed N --epochs N]
using System.CommandLine;
using DataFrames;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using NeuralNet;
using Samples;

var output = SampleCommand.Output("the Parquet file and the Arrow file");
var seed = SampleCommand.Seed(1, "the division into training and test part, and the initial weights");
var epochs = SampleCommand.Epochs(60);
return SampleCommand.Run(args, new RootCommand("Brings tables from other packages, and learns from them.") { output, seed, epochs }, options =>
{
    string folder = options.Folder(output);
    string parquet = Path.Combine(folder, "penguins.parquet"), arrow = Path.Combine(folder, "penguins.arrow");
    Table penguins = Table.FromCsv(Path.Combine(AppContext.BaseDirectory, "penguins.csv"));
    Console.WriteLine($"{penguins}\n");

    DataFrame frame = penguins.ToDataFrame();
    Learn($"DataFrame, {frame.Rows.Count} rows", DataFrameTable.From(frame));

    penguins.WriteParquetAsync(parquet).GetAwaiter().GetResult();
    Learn($"Parquet, {new FileInfo(parquet).Length} bytes", ParquetTable.ReadAsync(parquet).GetAwaiter().GetResult());

    penguins.WriteArrow(arrow);
    Learn($"Arrow, {new FileInfo(arrow).Length} bytes", ArrowTable.Read(arrow));

    IDataView view = penguins.ToDataView();
    Learn($"ML.NET, {view.Schema.Count} columns", DataViewTable.From(view));

    // From here on it is as with any table: the schema says what becomes of words and missing values.
    void Learn(string way, Table table)
    {
        if (!Same(table, penguins))
            throw new InvalidDataException($"{way}: the table that came back is another one:\n{table}");
        (Table train, Table test) = table.Split(testFraction: 0.2, options.GetValue(seed), stratify: "species");
        TableSchema schema = TableSchema.Learn(train, target: "species");
        Network network = schema.CreateNetwork()
            .Dense(16, Activation.Relu)
            .Dense(schema.Outputs, schema.OutputActivation)
            .Build(options.GetValue(seed));
        using var trainer = new Trainer(network, schema.Divergence, new Adam(learningRate: 0.01f));
        trainer.Fit(schema.ToDataset(train), options.GetValue(epochs));
        Evaluation result = trainer.Evaluate(schema.ToDataset(test));
        Console.WriteLine($"{way}: the same table; {schema.Inputs} inputs, {test.Rows} penguins to be tested on, accuracy {result.Accuracy:0.000}");
    }

    static bool Same(Table one, Table other) => one.Columns.Count == other.Columns.Count && one.Columns.Zip(other.Columns).All(pair =>
        (pair.First.Name, pair.First.IsNumber, pair.First.Rows) == (pair.Second.Name, pair.Second.IsNumber, pair.Second.Rows)
        && Enumerable.Range(0, one.Rows).All(row => pair.First[row] == pair.Second[row]));
});
