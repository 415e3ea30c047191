namespace NeuralNet;

/// <summary>What the data were, how a <see cref="TableModel"/> was trained, how good it is on rows that it has not learned from, which columns
/// matter, and where it errs: in words by <see cref="ToString"/>, with pictures by <see cref="Save"/>.</summary>
public sealed partial class TableReport
{
    private readonly TableModel model;
    private readonly Table train;
    private readonly Table? test;
    private readonly TableTraining settings;
    private readonly Trainer trainer;

    private TableReport(TableModel model, int without, Table train, Table? test, TableTraining settings, Trainer trainer)
    {
        (this.model, this.train, this.test, this.settings, this.trainer) = (model, train, test, settings, trainer);
        (RowsWithoutTarget, TrainRows, TestRows) = (without, train.Rows, test?.Rows ?? 0);
        if (test is null)
            return;
        Evaluation = model.Evaluate(test, settings.Threads);
        Baseline = TableBaseline.Of(model.Schema, train, test);
        var part = new TablePart(model, test, settings);
        Importance = part.Importance();
        Errors = part.Errors();
    }

    /// <summary>How many rows lack their target; they are in neither part.</summary>
    public int RowsWithoutTarget { get; }

    /// <summary>How many rows the model has learned from.</summary>
    public int TrainRows { get; }

    /// <summary>How many rows it was measured on; 0: there is no test part.</summary>
    public int TestRows { get; }

    /// <summary>How the training went, member by member.</summary>
    public IReadOnlyList<TrainingHistory> Histories => model.Histories;

    /// <summary>The measures on the test part, in the target's own units; null without a test part.</summary>
    public Evaluation? Evaluation { get; }

    /// <summary>What is reached on the test part without looking at any column; null without a test part.</summary>
    public TableBaseline? Baseline { get; }

    /// <summary>What each column is worth, the most important first; empty without a test part.</summary>
    public IReadOnlyList<ColumnImportance> Importance { get; } = [];

    /// <summary>The rows of the test part where the model errs clearly more or less than elsewhere, the worst first.</summary>
    public IReadOnlyList<TableErrors> Errors { get; } = [];

    internal static TableReport Of(TableModel model, int without, Table train, Table? test, TableTraining settings, Trainer trainer) =>
        new(model, without, train, test, settings, trainer);

    private bool HasNumbers => model.Schema.Targets[0] is NumberTarget;
}
