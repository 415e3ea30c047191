using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Trains a network by gradient descent: each step computes the mean divergence of a batch, its gradient, and moves the
/// parameters against it.</summary>
/// <remarks><para>What is random or scheduled is a function of (<see cref="Seed"/>, epoch, step) alone: the same seed and data give
/// the same parameters, bit for bit, for any number of threads and on any machine.</para>
/// <para>A step allocates nothing after the first. A step that is refused, because sizes do not fit or a number is not
/// finite, changes nothing (an optimizer of your own that throws may have moved parameters). A trainer is for one thread at a
/// time; predict meanwhile on a <see cref="Network.Clone"/>.</para></remarks>
public sealed partial class Trainer : IDisposable
{
    private readonly OptimizerState state;
    private readonly ValueRange desiredRange;
    private readonly ByOutputs? outputs; // each with a divergence and a range of its own
    private readonly AlignedBuffer gradient; // the gradient, and behind it the changes of the statistics that the shards of a step make
    private readonly List<double> divergences = [];
    private Workspace? workspace, evaluationWorkspace;
    private float[] stateBefore = [];
    private readonly float[] statistics; // the network's, as the parts of a step have brought them up to date
    private ParameterRange[] penalized = [];
    private RatePlan? ratePlan; // what the rates mean, as of when Fit or Step began, or as schedules have them in a step
    private ScheduledRates? scheduledRates; // null: no rate follows a schedule
    private readonly TrainerTurns turns = new();
    private (int Epoch, double Factor) scheduled = (-1, 0); // what a schedule gave last
    private WeightedSum byHand; // Σ w D of the steps by hand of the epoch that is under way
    private FitState? fit; // the call of Fit that is under way, was interrupted, or waits to be taken up again
    private readonly RowBuffers rowBuffers = new();
    private CancellationToken fitToken;
    private bool isDisposed;

    /// <summary>Makes a trainer for a network.</summary>
    /// <param name="network">The network; its parameters are what training changes.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="optimizer">How parameters follow the gradient.</param>
    /// <exception cref="ArgumentException">The divergence, such as one with class weights, is of another width than the network's output, or is meant
    /// for other values than the network's last activation gives (<see cref="Divergence.OutputRange"/>).</exception>
    /// <exception cref="InvalidOperationException">The optimizer would remember fewer than 0 values of a parameter, or 2³¹ in all.</exception>
    public Trainer(Network network, Divergence divergence, Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(divergence);
        ArgumentNullException.ThrowIfNull(optimizer);
        network.CheckWidth(divergence);
        Pairing.Check(network, divergence);
        Network = network;
        Divergence = divergence;
        Optimizer = optimizer;
        state = optimizer.CreateState(network);
        desiredRange = divergence.TakesIds ? ValueRange.Unstated : divergence.DesiredRange;
        outputs = divergence as ByOutputs;
        statistics = new float[network.Layout.LearnsStatistics ? network.Statistics.Length : 0];
        gradient = new AlignedBuffer(checked(network.GradientLength + statistics.Length));
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>What is to become small.</summary>
    public Divergence Divergence { get; }

    /// <summary>How parameters follow the gradient.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The rows of a batch in <see cref="Fit"/>; the last batch of an epoch may have fewer. 32 unless set.</summary>
    public int BatchSize { get; init => field = Guard.Count(value, nameof(BatchSize)); } = 32;

    /// <summary>How many batches of <see cref="Fit"/> make one step, at least 1; 1 unless set. Their gradients are added up before the parameters
    /// move, so that a step can have more rows than fit into memory at once.</summary>
    /// <remarks>A step of A batches of B rows has the bits of one batch of A · B rows, unless a layer mixes rows
    /// (<see cref="Layer.MixesRows"/>), which it does within a batch.</remarks>
    public int AccumulateSteps { get; init => field = Guard.Count(value, nameof(AccumulateSteps)); } = 1;

    /// <summary>How many threads share the work of a step, at most 1024; 1 unless set, and then none is started.</summary>
    public int Threads { get; init => field = Guard.Threads(value); } = 1;

    /// <summary>How the learning rate changes in the course of training; null unless set: it stays as it is.</summary>
    /// <remarks>One that goes by epochs, as most do unless told otherwise, waits for the end of an epoch: <see cref="Fit"/> says it, and
    /// <see cref="EndEpoch"/> in a loop of your own.</remarks>
    public Schedule? Schedule { get; init; }

    /// <summary>What keeps the gradient of a step from being too large; null unless set: nothing.</summary>
    public GradientClipping? Clipping { get; init; }

    /// <summary>A price on large weights, of which a step adds the gradient but not the value; null unless set.</summary>
    /// <remarks>With a lazy optimizer (<see cref="Optimizer.IsLazy"/>) an element of a sparse block whose gradient is 0 stays as it is: what does not
    /// occur in a step pays no price in it.</remarks>
    public Penalty? Penalty
    {
        get;
        init
        {
            field = value;
            penalized = value is null ? [] : ParameterRange.Of(Network, separatesWeights: true, separatesSparse: true);
        }
    }

    /// <summary>What learns, and how fast, by place: <c>Rates = { ["0"] = 0, ["2"] = 0.1f }</c> freezes layer 0 and slows down layer 2. Without
    /// any, unless set, everything learns.</summary>
    /// <remarks>They are read when <see cref="Fit"/> or <see cref="Step(in Batch)"/> begins; what is changed during Fit counts from the next call.
    /// Places that the network does not have are refused then. Within a call places may follow schedules
    /// (<see cref="NeuralNet.Rates.Follow"/>).</remarks>
    public Rates Rates { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = new();

    /// <summary>What shuffling and random layers draw from; 0 unless set.</summary>
    public long Seed { get; init; }

    /// <summary>Whether <see cref="Fit"/> takes the rows of a <see cref="Dataset"/> in a new order each epoch; true unless set. Other sources have an
    /// order of their own.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>How <see cref="Fit"/> changes the inputs of each row at random, anew in each epoch; null unless set: not at all.</summary>
    /// <remarks>Rows are changed as they are put together for a step, by all threads; the data set stays as it is. Neither the validation set nor
    /// what <see cref="Evaluate"/> and <see cref="Step(in Batch)"/> are given is changed. What is desired stays as it is, too: noise makes a
    /// denoising autoencoder, but what is desired of each pixel does not move with the pixels. What rows are, images of some size for instance, says
    /// <see cref="Dataset.InputShape"/>, or else the network's input.</remarks>
    public Augmentation? Augmentation { get; init; }

    /// <summary>Whether <see cref="Fit"/> ends with the parameters of the best epoch (see <see cref="TrainingHistory.Best"/>) instead
    /// of the last; false unless set.</summary>
    /// <remarks>The best epoch of that call: another call of Fit begins with what the network has then, and looks for a best epoch of its own. Where
    /// an exception ends Fit (it was cancelled, training diverged, the progress threw), the network keeps the last parameters, so that training
    /// can go on; <see cref="RestoreBest"/> gives it the best ones.</remarks>
    public bool KeepBest { get; init; }

    /// <summary>After how many epochs without a better one <see cref="Fit"/> stops early; null unless set: never.</summary>
    /// <remarks>It counts the epochs of one call of Fit: a loop that calls Fit for one epoch at a time must count by itself. Schedules such as
    /// <see cref="Plateau"/> go by the epochs of all calls (<see cref="Divergences"/>).</remarks>
    public int? Patience { get; init => field = value is null ? null : Guard.Count(value.Value, nameof(Patience)); }

    /// <summary>The epochs that have been finished, over all calls of <see cref="Fit"/> and <see cref="EndEpoch"/>.</summary>
    public int Epoch { get; private set; }

    /// <summary>The steps that have been made.</summary>
    public long StepCount => state.Step;

    /// <summary>The bytes that steps have as their memory, beside the parameters, the gradient and what the optimizer remembers: 0 before the
    /// first step.</summary>
    public long WorkspaceBytes => sizeof(float) * ((long)(workspace?.Length ?? 0) + lanes.Sum(lane => (long)(lane.Workspace?.Length ?? 0)));

    /// <summary>How good each finished epoch was, the smaller the better: a number for each, over all calls of <see cref="Fit"/> and
    /// <see cref="EndEpoch"/>.</summary>
    /// <remarks>Fit adds what <see cref="Monitor"/> measures; where none is set, the divergence on the validation set, and without a validation set
    /// that of the training. A measure of which larger is better, such as an accuracy, has its sign changed. EndEpoch adds what it is given. These
    /// numbers, <see cref="Epoch"/> and <see cref="StepCount"/> are all that a <see cref="Schedule"/> goes by.</remarks>
    public IReadOnlyList<double> Divergences => divergences.AsReadOnly();

    /// <summary>η of the next step: the optimizer's, as the schedule has it.</summary>
    /// <exception cref="InvalidOperationException">The schedule's factor is negative or gives no finite rate.</exception>
    public float LearningRate
    {
        get
        {
            if (Schedule is null)
                return Optimizer.LearningRate;
            double factor = scheduled.Factor;
            if (!Schedule.IsPerEpoch || scheduled.Epoch != Epoch)
                factor = Schedule.Factor(Now);
            scheduled = (Epoch, factor);
            float rate = (float)(Optimizer.LearningRate * factor);
            return rate >= 0 && float.IsFinite(rate)
                ? rate
                : throw new InvalidOperationException(
                    FormattableString.Invariant(
                        $"{Schedule.Kind} gave the factor {factor} at step {StepCount} of epoch {Epoch}; a finite one of at least 0 was expected."));
        }
    }

    private ScheduleTime Now => new() { Step = StepCount, Epoch = Epoch, Divergences = CollectionsMarshal.AsSpan(divergences) };

    /// <summary>The course of the last <see cref="Fit"/>, also of one that was cancelled.</summary>
    public TrainingHistory History { get; private set; } = new();

    /// <summary>Measures the network on a data set, or on another source of rows: divergence, errors, and what there is of classes, labels or
    /// numbers.</summary>
    /// <param name="data">The rows (see <see cref="Evaluation.Of"/>).</param>
    /// <returns>The result.</returns>
    /// <exception cref="InvalidDataException">A source gives a row that does not fit, or none that counts.</exception>
    /// <exception cref="ArgumentException">The widths, lengths, weights or class ids of the rows do not fit the network, or its desired values the
    /// divergence.</exception>
    /// <exception cref="InvalidOperationException">Fit is under way on another thread.</exception>
    /// <exception cref="ClusterException">Another process of the <see cref="Cluster"/> failed, left, does something else, or has other rows.
    /// </exception>
    public Evaluation Evaluate(IRowSource data)
    {
        ArgumentNullException.ThrowIfNull(data);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (turns.IsFittingElsewhere)
            throw new InvalidOperationException("Fit is under way on another thread, and measures by itself; meanwhile measure a copy: "
                + "Evaluation.Of(trainer.Network.Clone(), …).");
        return Together(() => Measure(Network, new EvaluationPlan(Network, data, Divergence, nameof(data)), needs: null));
    }

    // Of the network or the average of its weights, which has the same layers; null needs all measures.
    private Evaluation Measure(Network network, EvaluationPlan plan, IMetric? needs)
    {
        // Not the workspace of the steps: predictions need no memory for backward.
        if (evaluationWorkspace is null || evaluationWorkspace.MaxRows < plan.RowsAtATime)
        {
            evaluationWorkspace?.Dispose();
            evaluationWorkspace = Network.CreateWorkspace(plan.RowsAtATime, Threads, training: false);
        }

        return plan.Measure(network, evaluationWorkspace, needs, Cluster);
    }

    /// <summary>What is trained, by what, and how far it has come.</summary>
    /// <returns>For example <c>Trainer of Network Features(2) → Features(1), 2 layers, 9 parameters; L2, Sgd(learningRate 0.1); epoch 3, step
    /// 120</c>.</returns>
    public override string ToString() => $"Trainer of {Network}; {Divergence}, {Optimizer}; epoch {Epoch}, step {StepCount}";

    /// <summary>Stops the helping threads; at one thread there are none, and nothing needs to be disposed of.</summary>
    public void Dispose()
    {
        isDisposed = true;
        foreach (ShardLane lane in lanes)
            lane.Dispose();
        laneWorkers?.Dispose();
        workspace?.Dispose();
        evaluationWorkspace?.Dispose();
    }
}
