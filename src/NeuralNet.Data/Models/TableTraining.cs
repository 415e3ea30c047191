namespace NeuralNet;

/// <summary>How <see cref="TableModel.Train(Table, string, IReadOnlyList{int}, TableTraining, CancellationToken)"/> trains. Nothing needs to be set:
/// what is null is chosen by the number of rows.</summary>
/// <remarks>The defaults for up to 5000 rows were chosen on the training parts of two small tables, by the rows that a member had not learned from.
/// Those for more rows follow custom, and were not tuned: search for better ones where it matters.</remarks>
public sealed record TableTraining
{
    // Up to so many rows a table is small: five networks cost seconds, and their mean is better than one.
    private const int FewRows = 5000, ManyRows = 50_000;

    /// <summary>The widths of the hidden layers; null: 64 and 32, and beyond 5000 rows 128 and 64. Empty: there are none, which makes a linear model.
    /// </summary>
    /// <exception cref="ArgumentException">A width is not positive.</exception>
    public IReadOnlyList<int>? Hidden
    {
        get;
        init
        {
            foreach (int width in value ?? [])
                Guard.Count(width, nameof(Hidden));
            field = value is null ? null : [.. value];
        }
    }

    /// <summary>The activation of the hidden layers.</summary>
    public Activation Activation { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = Activation.Silu;

    /// <summary>What the division of the rows, the initial weights and the order of the rows depend on.</summary>
    public long Seed { get; init; }

    /// <summary>The share of the rows that is kept from training, for the report; 0: none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 0 to below 1.</exception>
    public double TestFraction { get; init => field = Fraction(value, nameof(TestFraction)); } = 0.2;

    /// <summary>The share of the training rows that a member does not learn from, but is judged by after each epoch; it ends with the weights of its
    /// best epoch. The members take turns, so that with five of them and a fifth each row is held out once. 0: none, all epochs are
    /// trained.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 0 to 0.5.</exception>
    public double ValidationFraction
    {
        get;
        init => field = value is >= 0 and <= 0.5 ? value
            : throw Guard.OutOfRange(nameof(ValidationFraction), value, "Expected a fraction from 0 to 0.5.");
    }
        = 0.2;

    /// <summary>How many networks are trained, each from initial weights of its own; the model gives the mean of what they say, as one network. Null:
    /// 5, beyond 5000 rows 3, and beyond 50,000 one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 1 to 100.</exception>
    public int? Members { get; init => field = Positive(value, 100, nameof(Members)); }

    /// <summary>How many epochs are trained at most, over which the learning rate decays as a cosine; null: 100, and beyond 5000 rows as many as make
    /// 500,000 rows, at least 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int? Epochs { get; init => field = Positive(value, int.MaxValue, nameof(Epochs)); }

    /// <summary>After how many epochs without a better one a member stops; null: a third of them, at least 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int? Patience { get; init => field = Positive(value, int.MaxValue, nameof(Patience)); }

    /// <summary>How long training may take in all; null: as long as it takes. Each member has its share; when that is over, it keeps its best weights
    /// until then.</summary>
    /// <remarks>Where it ends the training, the result depends on how fast the machine is.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, or more than 24 days.</exception>
    public TimeSpan? TimeLimit
    {
        get;
        init => field = value is null || (value > TimeSpan.Zero && value <= TimeSpan.FromDays(24)) ? value
            : throw Guard.OutOfRange(nameof(TimeLimit), value.Value.TotalSeconds, "Expected a positive time of at most 24 days, in seconds.");
    }

    /// <summary>The rows of a step; null: 32, and beyond 5000 rows up to 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int? BatchSize { get; init => field = Positive(value, int.MaxValue, nameof(BatchSize)); }

    /// <summary>The learning rate of <see cref="AdamW"/> at the beginning; null: 0.02, and beyond 5000 rows 0.005.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive and finite.</exception>
    public float? LearningRate
    {
        get;
        init => field = value is null ? null : Guard.Positive(value.Value, nameof(LearningRate), "the learning rate");
    }

    /// <summary>The decoupled weight decay of <see cref="AdamW"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public float WeightDecay { get; init => field = Guard.NotNegative(value, nameof(WeightDecay), "the weight decay"); } = 0.1f;

    /// <summary>The share of the outputs of each hidden layer that a step leaves out; 0: none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 0 to below 1.</exception>
    public float Dropout { get; init => field = Guard.Fraction(value, nameof(Dropout), "the rate"); }

    /// <summary>What is known of some columns: <c>[new CategoryColumn("origin"), new SkippedColumn("id")]</c>; of all others it is chosen by what is
    /// there.</summary>
    /// <exception cref="ArgumentException">One is null.</exception>
    public IReadOnlyList<SchemaColumn> Columns
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (SchemaColumn column in value)
                ArgumentNullException.ThrowIfNull(column, nameof(Columns));
            field = [.. value];
        }
    }
        = [];

    /// <summary>How many threads share the work; the result does not depend on it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 1 to 1024.</exception>
    public int Threads { get; init => field = Guard.Threads(value); } = 1;

    /// <summary>Is told of each step and epoch of each member, one after the other; null: nobody is.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>What watches the training of each member, one after the other.</summary>
    public IReadOnlyList<ITrainingObserver> Observers { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = [];

    /// <summary>The settings in words.</summary>
    /// <returns>For example <c>5 members, hidden 64, 32 (Silu), up to 100 epochs of batches of 32, AdamW 0.02, decay 0.1, seed 0</c>; what is chosen
    /// by the rows is said as such.</returns>
    public override string ToString()
    {
        string hidden = Hidden is null ? "hidden by rows"
            : Hidden.Count == 0 ? "no hidden layers" : $"hidden {string.Join(", ", Hidden)} ({Activation})";
        string dropout = Dropout == 0 ? "" : FormattableString.Invariant($", dropout {Dropout}");
        return FormattableString.Invariant($"{Of(Members)} member{(Members == 1 ? "" : "s")}, {hidden}, up to {Of(Epochs)} epochs of batches of ")
            + FormattableString.Invariant($"{Of(BatchSize)}, AdamW {Of(LearningRate)}, decay {WeightDecay}{dropout}, seed {Seed}");

        static string Of<T>(T? value)
            where T : struct => value is null ? "(by rows)" : FormattableString.Invariant($"{value}");
    }

    /// <summary>The settings for so many training rows, with nothing left open.</summary>
    internal TableTraining For(int rows)
    {
        int epochs = Epochs ?? Math.Clamp(500_000 / rows, 10, 100);
        return this with
        {
            Hidden = Hidden ?? (rows <= FewRows ? [64, 32] : [128, 64]),
            Members = Members ?? (rows <= FewRows ? 5 : rows <= ManyRows ? 3 : 1),
            Epochs = epochs,
            Patience = Patience ?? Math.Max(5, epochs / 3),
            BatchSize = BatchSize ?? (rows <= FewRows ? 32 : rows <= ManyRows ? 128 : 256),
            LearningRate = LearningRate ?? (rows <= FewRows ? 0.02f : 0.005f),
        };
    }

    private static double Fraction(double value, string name) => value is >= 0 and < 1 ? value
        : throw Guard.OutOfRange(name, value, "Expected a fraction from 0 to below 1.");

    private static int? Positive(int? value, int most, string name)
    {
        if (value is not null && Guard.Count(value.Value, name) > most)
            throw Guard.OutOfRange(name, value.Value, FormattableString.Invariant($"Expected at most {most}."));
        return value;
    }
}
