namespace NeuralNet;

/// <summary>The short way from a table to a network that predicts: learns a schema, trains, measures and explains; predicts single records, and is
/// one file.</summary>
/// <remarks><para>The model is one network, whose metadata have the schema (<see cref="TableSchema"/>); its outputs are in the targets' own units.
/// Where several networks were trained, it gives the mean of what they say.</para>
/// <para>Any number of threads may predict at the same time.</para></remarks>
/// <example>
/// <code>
/// TableModel model = TableModel.Train(table, target: "price");
/// Console.WriteLine(model.Report);
/// model.Save("houses.safetensors");
///
/// TableModel again = TableModel.Load("houses.safetensors");
/// float price = again.Predict(("rooms", 3), ("district", "north"));
/// </code>
/// </example>
public sealed partial class TableModel
{
    private readonly Lazy<TableReport>? report;

    private TableModel(Network network, TableSchema schema, IReadOnlyList<TrainingHistory> histories, Func<TableModel, TableReport>? report)
    {
        (Network, Schema, Histories) = (network, schema, histories);
        this.report = report is null ? null : new Lazy<TableReport>(() => report(this));
    }

    /// <summary>The network: it takes the rows that the schema makes, and gives what it predicts in the targets' own units.</summary>
    public Network Network { get; }

    /// <summary>What becomes of each column, and what the network's outputs say.</summary>
    public TableSchema Schema { get; }

    /// <summary>The course of the training of each member; empty of a model that was not trained in this process.</summary>
    public IReadOnlyList<TrainingHistory> Histories { get; }

    /// <summary>The course of the training, of the first member where there are several.</summary>
    /// <exception cref="InvalidOperationException">The model was not trained in this process.</exception>
    public TrainingHistory History => Histories.Count > 0 ? Histories[0] : throw NotTrainedHere("history");

    /// <summary>What the data were, how the training went, how good the model is, and which columns matter. It is made when it is first asked for.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model was not trained in this process.</exception>
    public TableReport Report => report?.Value ?? throw NotTrainedHere("report");

    /// <summary>Saves the network with the schema: all that another program needs.</summary>
    /// <param name="path">The file, by custom "NAME.safetensors".</param>
    /// <exception cref="IOException">The file cannot be written; an older one is still whole.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void Save(string path) => Network.Save(path);

    /// <summary>Reads a model that <see cref="Save"/>, or <see cref="TableSchema.Save"/>, has written.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The model.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or has no schema.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static TableModel Load(string path)
    {
        try
        {
            return FromNetwork(Network.Load(path));
        }
        catch (InvalidDataException refusal) when (!refusal.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: {refusal.Message}", refusal);
        }
    }

    /// <summary>A model of a network of one's own that carries its schema: one that <see cref="TableSchema.Complete"/> has made, or that was loaded.
    /// </summary>
    /// <param name="network">The network; from now on it is the model's.</param>
    /// <returns>The model.</returns>
    /// <exception cref="InvalidDataException">It has no schema, or one that does not fit it.</exception>
    public static TableModel FromNetwork(Network network) => new(network, TableSchema.FromNetwork(network), [], report: null);

    /// <summary>The model in a line.</summary>
    /// <returns>For example <c>TableModel of price from 8 columns: Network Features(12) → Features(1), 5 layers, 14805 parameters</c>.</returns>
    public override string ToString()
    {
        int columns = Schema.Columns.Count(column => column.Width > 0);
        string targets = string.Join(", ", Schema.Targets.Select(target => target.Name));
        return FormattableString.Invariant($"TableModel of {targets} from {columns} column{(columns == 1 ? "" : "s")}: {Network}");
    }

    private static InvalidOperationException NotTrainedHere(string what) => new(
        $"The model was not trained in this process, and has no {what}: a file has the network and its schema. Evaluate(table) measures it.");
}
