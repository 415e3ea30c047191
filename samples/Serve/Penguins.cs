using NeuralNet;

namespace Serve;

/// <summary>What is served where nothing else is.</summary>
internal static class Penguins
{
    public static Table Table => Table.FromCsv(Path.Combine(AppContext.BaseDirectory, "penguins.csv"));

    /// <summary>The model of the species that a file has. If there is no such file, it is trained and saved first.</summary>
    public static TableModel LoadOrTrain(string file)
    {
        if (!File.Exists(file))
        {
            Console.WriteLine("There is no model yet: training one of penguins.");
            Train(Table, ["species"]).Save(file);
        }

        return TableModel.Load(file);
    }

    /// <summary>A small model, trained in a second or two; samples/Tables trains a better one.</summary>
    public static TableModel Train(Table table, string[] targets) =>
        TableModel.Train(table, targets, hidden: [16], new TableTraining { Members = 1, Epochs = 30 });
}
