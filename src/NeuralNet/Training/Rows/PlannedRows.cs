namespace NeuralNet;

/// <summary>Rows of which it is known how many there are, and that all of them count: the steps of an epoch are known before it begins.</summary>
internal abstract class PlannedRows(RowFormat format, EpochSettings settings) : EpochRows(format, settings)
{
    private int step = -1, steps;
    private long rows, offset; // the rows of the epoch; the row at which its first step would begin

    public override int? Steps => steps;

    public override bool HasNext => step + 1 < steps;

    public override int RowsOfStep => (int)(step == steps - 1 ? rows - FirstOfStep : Plan.StepRows);

    /// <summary>The rows of the largest step.</summary>
    protected long LargestStep => steps == 1 ? rows : Math.Max(Plan.StepRows, rows - offset - ((steps - 1) * Plan.StepRows));

    /// <summary>The first row of the present step, counted in the epoch.</summary>
    protected long FirstOfStep => offset + (step * Plan.StepRows);

    public override void Begin(int epoch, int step, long row) => this.step = step - 1;

    public override void MoveNext() => step++;

    /// <summary>Says how many rows an epoch has. A last step with too few rows to train on joins the one before.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="done">The steps that have been made.</param>
    /// <param name="row">The rows that have been read for them: others than now belong to so many steps, if settings have changed since.</param>
    protected void Cut(long rows, int done = 0, long row = 0)
    {
        (this.rows, offset) = (rows, row - (done * Plan.StepRows));
        steps = (int)Math.Min(int.MaxValue, done + ((rows - row + Plan.StepRows - 1) / Plan.StepRows));
        step = steps - 1;
        if (steps - done > 1 && !CanTrainOnStep(RowsOfStep))
            steps--;
        step = done - 1;
    }
}
