namespace NeuralNet.Tests.Models;

/// <summary>Tables whose answers are known, and models that cost little.</summary>
internal static class Small
{
    public static readonly TableTraining Quick = new() { Hidden = [8], Members = 2, Epochs = 30, LearningRate = 0.05f };

    /// <summary>Prices by rooms and district, with ids and some missing values.</summary>
    public static Table Houses(int rows = 200)
    {
        int[] lots = [.. Enumerable.Range(0, rows)];
        string[] districts = ["harbour", "north", "south"];
        return new Table(
            TableColumn.OfTexts("id", [.. lots.Select(i => $"h{i}")]),
            TableColumn.OfNumbers("rooms", [.. lots.Select(i => i % 13 == 0 ? double.NaN : 1 + (i % 6))]),
            TableColumn.OfTexts("district", [.. lots.Select(i => districts[i % 7 % 3])]),
            TableColumn.OfTexts("garden", [.. lots.Select(i => i % 5 == 0 ? "yes" : "no")]),
            TableColumn.OfTexts("kind", [.. lots.Select(i => i % 6 < 2 ? "flat" : i % 6 < 4 ? "house" : "villa")]),
            TableColumn.OfNumbers("price", [.. lots.Select(i => 90_000.0 * (1 + (i % 6)) + 50_000 * (i % 7 % 3))]));
    }

    public static TableModel Price { get; } = TableModel.Train(Houses().Without("kind"), "price", settings: Quick);

    public static TableModel Kind { get; } = TableModel.Train(Houses().Without("price"), "kind", settings: Quick);

    public static TableModel Garden { get; } = TableModel.Train(Houses(), "garden", settings: Quick);
}

/// <summary>A record as a person has it.</summary>
internal sealed record House(double? Rooms, string? District, string? Garden)
{
    public static RecordColumns<House> Columns { get; } = new RecordColumns<House>()
        .Add("rooms", house => house.Rooms).Add("district", house => house.District).Add("garden", house => house.Garden);
}
