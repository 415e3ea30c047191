using System.Numerics;

namespace NeuralNet;

/// <summary>Looks into a training now and then, and says what is wrong with it: an observer, given to <see cref="Trainer.Observers"/>.</summary>
/// <remarks><para>It looks at every step whose number is a multiple of <see cref="Every"/>, and before the first of them at the steps 1, 2, 4, 8 … Of
/// such a step it takes at most <see cref="MostRows"/> rows of the batch (of one of several batches the last; fewer where layers are large), predicts
/// them with the parameters as they were before the step, and keeps a <see cref="XRayReading"/>. Training has the same bits as without.</para>
/// <para>A step that is not looked at costs one addition and no memory; one that is costs about a prediction of the batch, and once the memory of a
/// copy of the parameters. Of more than <see cref="MostReadings"/> readings every second one is dropped, and then it looks half as often.</para>
/// <para>The effective rank of a layer's outputs is the participation ratio (Σ λ)² / Σ λ² of the eigenvalues λ of their covariance, over at most 128
/// vectors (rows, steps or pixels): 1 where they all lie on a line, d where they spread alike into d directions. It is cheaper than the exponential
/// of an entropy (O. Roy, M. Vetterli: "The effective rank", 2007) and never larger.</para>
/// <para>Its numbers have the same bits on every machine, as those of the training have.</para>
/// <para>Rules about what is desired look at each of a network's outputs that has a divergence of its own (<see cref="NetworkOutputs"/>), and name
/// it: <see cref="Finding.Output"/>.</para>
/// <para>One X-ray watches one trainer at a time; with another trainer it begins anew.</para></remarks>
/// <example><code>var xray = new XRay(every: 100);
/// using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam()) { Observers = [xray] };
/// trainer.Fit(data, epochs: 10, validation);
/// Console.WriteLine(xray.Findings());</code></example>
public sealed class XRay : ITrainingObserver
{
    /// <summary>The most rows of a batch that are looked at.</summary>
    public const int MostRows = 256;

    /// <summary>The most readings that are kept.</summary>
    public const int MostReadings = 1024;

    private readonly List<XRayReading> readings = [];
    private LayerProbe? probe;
    private (int Epoch, ValueSummary Inputs)? pending; // a step that is being looked at
    private long interval;
    private IRowSource? data; // of the call of Fit that is under way

    /// <summary>Makes an X-ray.</summary>
    /// <param name="every">It looks at every step whose number is a multiple of this, at least 1, and at some of the first ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public XRay(int every = 100) => interval = Every = Guard.Count(every, nameof(every));

    /// <summary>How many steps lie between two that are looked at.</summary>
    public int Every { get; }

    /// <summary>What was seen, the first step first.</summary>
    public IReadOnlyList<XRayReading> Readings => readings;

    /// <summary>The message of the step that could not be made because something was not finite, which says where it came from; null: there was none.
    /// It is known of trainings by <see cref="Trainer.Fit"/>.</summary>
    public string? NotFinite { get; private set; }

    internal Trainer? Trainer { get; private set; }

    internal DivergenceCourse Course { get; private set; } = new();

    internal BatchSummary? Rows { get; private set; }

    internal List<EpochResult> Epochs { get; } = [];

    // Of each epoch each output that has a divergence of its own, on the validation rows.
    internal List<(string Name, double Divergence, double? Accuracy)> OutputEpochs { get; } = [];

    /// <summary>What is wrong with the training so far, by the rules of <see cref="FindingKind"/>.</summary>
    /// <returns>The findings, what is nearest to the cause first; none where all is well, and where too little has been seen.</returns>
    public Findings Findings() => new(TrainingRules.All(this));

    /// <summary>What was seen of one layer.</summary>
    /// <param name="place">The layer's place, such as "0" or "2.1".</param>
    /// <returns>The steps and the readings, the first one first; none for a layer without parameters.</returns>
    public IEnumerable<(long Step, LayerReading Layer)> Of(string place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return readings.SelectMany(reading => reading.Layers.Where(layer => layer.Place == place).Select(layer => (reading.Step, layer)));
    }

    /// <summary>What has been seen.</summary>
    /// <returns>For example <c>X-ray every 100 steps: 12 readings, the last of step 700</c>.</returns>
    public override string ToString() => readings.Count == 0
        ? FormattableString.Invariant($"X-ray every {Every} steps: no reading")
        : FormattableString.Invariant($"X-ray every {Every} steps: {readings.Count} readings, the last of step {readings[^1].Step}");

    void ITrainingObserver.OnStart(TrainingStart start)
    {
        Watch(start.Trainer);
        (data, NotFinite) = (start.Data, null);
    }

    void ITrainingObserver.OnGradient(in TrainingStep step)
    {
        pending = null;
        Watch(step.Trainer);
        if (step.Number % interval != 0 && (step.Number > interval || !BitOperations.IsPow2(step.Number)))
            return;
        Network network = step.Trainer.Network;
        int rows = Math.Min(step.Batch.Rows, MostRows);
        if (probe is null || (probe.Rows < rows && probe.Wanted < rows))
            probe = new LayerProbe(network, rows);

        Batch some = NeuralNet.NotFinite.Some(step.Batch, 0, Math.Min(rows, probe.Rows));
        pending = (step.Epoch, Rows!.AddInputs(network, some));
        probe.Begin(some, step.Gradient);
        if (network.For(step.Trainer.Divergence, step.Batch.Rows, step.Batch.Desired.Length) is { } form)
            Rows.AddDesired(network, form, step.Batch, rows, probe.Predicted, step.Epoch);
    }

    void ITrainingObserver.OnStep(in TrainingStep step)
    {
        Course.Add(step.Divergence, Math.Max(1, step.Rows));
        if (pending is not var (epoch, inputs))
            return;
        pending = null;
        readings.Add(new XRayReading(step.Number, epoch, step.Divergence, step.LearningRate, inputs, probe!.End()));
        if (readings.Count <= MostReadings)
            return;
        interval *= 2;
        int kept = 0;
        for (int i = 0; i < readings.Count; i++)
        {
            if (readings[i].Step < interval || readings[i].Step % interval == 0)
                readings[kept++] = readings[i];
        }

        readings.RemoveRange(kept, readings.Count - kept);
    }

    void ITrainingObserver.OnEpoch(Trainer trainer, EpochResult epoch)
    {
        Epochs.Add(epoch);
        if (epoch.ValidationDivergence is not null)
            OutputEpochs.AddRange(trainer.MeasuredOutputs);
    }

    void ITrainingObserver.OnEnd(Trainer trainer, Exception? problem)
    {
        NotFinite = (problem as NotFiniteNumberException)?.Message;
        if (NotFinite is null || readings.Count > 0 || data is null)
            return;

        // Not even the first step could be made: then the inputs have not been seen.
        using var rows = new RowBlocks(data, MostRows);
        if (rows.MoveNext())
            Rows!.AddInputs(trainer.Network, rows.Rows);
    }

    private void Watch(Trainer trainer)
    {
        if (trainer == Trainer)
            return;
        (Trainer, probe, pending, NotFinite, interval) = (trainer, null, null, null, Every);
        (Course, Rows) = (new DivergenceCourse(), new BatchSummary(trainer.Network, trainer.Divergence));
        readings.Clear();
        Epochs.Clear();
        OutputEpochs.Clear();
    }
}
