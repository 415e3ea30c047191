namespace NeuralNet;

/// <summary>Rows of which it is known how many there are, and that all of them count: the steps of an epoch are known before it begins.</summary>
internal abstract class PlannedRows : EpochRows
{
    private readonly BatchTest canTrainOn;
    private readonly Dictionary<int, bool> answers = []; // for numbers of rows whose lengths are not looked at
    private int step = -1, steps;
    private long rows;

    protected PlannedRows(StepPlan plan, BatchTest canTrainOn)
        : base(plan) => this.canTrainOn = canTrainOn;

    public override int? Steps => steps;

    public override bool HasNext => step + 1 < steps;

    public override int RowsOfStep => (int)(step == steps - 1 ? rows - FirstOfStep : Plan.StepRows);

    /// <summary>The rows of the largest step.</summary>
    protected long LargestStep => steps == 1 ? rows : Math.Max(Plan.StepRows, rows - ((steps - 1) * Plan.StepRows));

    /// <summary>The first row of the present step, counted in the epoch.</summary>
    protected long FirstOfStep => step * Plan.StepRows;

    public override void Begin(int epoch, int step, long row) => this.step = step - 1;

    public override void MoveNext() => step++;

    /// <summary>Says how many rows an epoch has. A last step with too few rows to train on joins the one before.</summary>
    protected void Cut(long rows)
    {
        this.rows = rows;
        steps = (int)Math.Min(int.MaxValue, (rows + Plan.StepRows - 1) / Plan.StepRows);
        step = steps - 1;
        if (steps > 1 && !CanTrainOnStep(RowsOfStep))
            steps--;
        step = -1;
    }

    protected override bool CanTrainOn(int first, int rows)
    {
        ReadOnlySpan<int> lengths = LengthsOf(first, rows, out bool areTheirOwn);
        if (areTheirOwn)
            return canTrainOn(rows, lengths);
        if (!answers.TryGetValue(rows, out bool answer))
            answers[rows] = answer = canTrainOn(rows, lengths);
        return answer;
    }

    /// <summary>The lengths that some rows of the present step may have: their own where these are known before the epoch.</summary>
    protected abstract ReadOnlySpan<int> LengthsOf(int first, int rows, out bool areTheirOwn);
}
