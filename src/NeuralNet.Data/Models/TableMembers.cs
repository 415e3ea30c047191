using System.Runtime.ExceptionServices;

namespace NeuralNet;

/// <summary>The networks that a model is the mean of.</summary>
internal sealed class TableMembers
{
    private readonly TableSchema schema;
    private readonly TableTraining settings;
    private readonly Trainer[] trainers;
    private Trainer[] trained;

    private TableMembers(TableSchema schema, TableTraining settings)
    {
        (this.schema, this.settings) = (schema, settings);
        trainers = new Trainer[settings.Members!.Value];
        trained = trainers;
    }

    /// <summary>The trainer of the first one, after its training.</summary>
    public Trainer First => trained[0];

    public IReadOnlyList<TrainingHistory> Histories => Array.AsReadOnly(Array.ConvertAll(trained, trainer => trainer.History));

    /// <summary>Trains them all: beside each other where threads are given and nobody watches.</summary>
    public static TableMembers Train(TableSchema schema, Table train, string target, TableTraining settings, CancellationToken cancellation)
    {
        var members = new TableMembers(schema, settings);
        Dataset data = schema.ToDataset(train);
        (int[] strata, int count) = Table.Strata(train[target]);
        bool isWatched = settings.Progress is not null || settings.Observers.Count > 0;
        bool beside = settings.Threads > 1 && members.trainers.Length > 1 && !isWatched;
        int rounds = beside ? (members.trainers.Length + settings.Threads - 1) / settings.Threads : members.trainers.Length;
        var shared = new ParallelOptions { MaxDegreeOfParallelism = beside ? settings.Threads : 1 };
        var problems = new Exception?[members.trainers.Length];
        Parallel.For(0, members.trainers.Length, shared, member =>
        {
            try
            {
                members.Train(member, data, strata, count, beside ? 1 : settings.Threads, settings.TimeLimit / rounds, cancellation);
            }
            catch (Exception problem) when (beside)
            {
                problems[member] = problem;
            }
        });

        // What is thrown does not depend on who was first.
        if (Array.Find(problems, problem => problem is not null) is { } first)
            ExceptionDispatchInfo.Throw(first);

        // Initial weights would only spoil the mean.
        members.trained = Array.FindAll(members.trainers, trainer => trainer.History.Epochs.Count > 0);
        return members.trained.Length > 0 ? members : throw new TimeoutException(FormattableString.Invariant(
            $"The time limit of {settings.TimeLimit} was over before an epoch was: expected a longer one, or fewer rows."));
    }

    /// <summary>One network that gives the mean of what the members say; the layers that scale are there once.</summary>
    public Network ToNetwork()
    {
        if (trained.Length == 1)
            return First.Network;
        var branches = new Func<NetworkBuilder, NetworkBuilder>[trained.Length];
        Array.Fill(branches, branch => Layers(schema.LookUp(branch)));
        double[] zeros = new double[schema.Outputs], counts = new double[schema.Outputs];
        Array.Fill(counts, trained.Length);
        Network mean = schema.CreateScaling().Parallel(Merge.Sum, branches).Standardize(zeros, counts).Build();

        // Blocks stand in the order of the layers, in a branch as in a network.
        using IEnumerator<Block> blocks = Learned(mean).GetEnumerator();
        foreach (Network member in trained.Select(trainer => trainer.Network))
        {
            foreach (Block block in Learned(member))
            {
                blocks.MoveNext();
                member.Parameter(block.Name).CopyTo(mean.Parameter(blocks.Current.Name));
            }
        }

        return mean;

        static IEnumerable<Block> Learned(Network network) => network.Blocks.Where(block => block.Role != BlockRole.Statistic);
    }

    private void Train(
        int member, Dataset data, int[] strata, int count, int threads, TimeSpan? limit, CancellationToken cancellation)
    {
        Dataset train = data;
        Dataset? validation = null;
        if (settings.ValidationFraction > 0)
        {
            // Of each deal every part is held out once, before the rows are dealt anew.
            int parts = Math.Min(data.Rows, (int)Math.Round(1 / settings.ValidationFraction)), held = member % parts;
            int[] partOf = StratifiedSplit.Deal(strata, count, parts, settings.Seed + (member / parts));
            train = data.Select([.. Enumerable.Range(0, data.Rows).Where(row => partOf[row] != held)]);
            validation = data.Select([.. Enumerable.Range(0, data.Rows).Where(row => partOf[row] == held)]);
        }

        long seed = unchecked((settings.Seed * 1000) + member);
        var trainer = new Trainer(
            Layers(schema.CreateNetwork()).Build(seed), schema.Divergence, new AdamW(settings.LearningRate!.Value, weightDecay: settings.WeightDecay))
        {
            BatchSize = settings.BatchSize!.Value,
            Threads = threads,
            Seed = seed,
            Schedule = new CosineDecay(settings.Epochs!.Value),
            KeepBest = validation is not null,
            Patience = validation is null ? null : settings.Patience,
            Observers = settings.Observers,
        };
        trainers[member] = trainer;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (limit is { TotalMilliseconds: < 1 })
            over.Cancel(); // a timer may come too late
        else if (limit is { } time)
            over.CancelAfter(time);
        try
        {
            trainer.Fit(train, settings.Epochs!.Value, validation, settings.Progress, over.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            if (settings.ValidationFraction > 0)
                trainer.RestoreBest();
        }
        finally
        {
            // Its threads end; what it has learned is still there to be reported.
            trainer.Dispose();
        }
    }

    private NetworkBuilder Layers(NetworkBuilder builder)
    {
        foreach (int width in settings.Hidden!)
        {
            builder.Dense(width, settings.Activation);
            if (settings.Dropout > 0)
                builder.Dropout(settings.Dropout);
        }

        return builder.Dense(schema.Outputs, schema.OutputActivation);
    }
}
