namespace NeuralNet;

/// <summary>Writes event files for TensorBoard (<c>tensorboard --logdir FOLDER</c>): divergences, measures and the learning rate as curves,
/// parameters and gradients as histograms.</summary>
/// <remarks><para>What is measured in training goes into the folder "training", what is measured on the validation set into "validation", under the
/// same names: TensorBoard draws both into one picture. The horizontal axis is the steps that have been made in all.</para>
/// <para>Every so many steps: <c>step/divergence</c>, <c>step/learning_rate</c> and <c>step/seconds</c>. Of each epoch: <c>epoch/divergence</c>,
/// <c>epoch/seconds</c>, <c>epoch/accuracy</c> where there is one, and the <see cref="Trainer.Monitor"/> by its name; what
/// <see cref="Trainer.EndEpoch"/> was given is <c>epoch/monitored</c> in "training". Histograms:
/// <c>parameters/0.weight</c> and <c>gradients/0.weight</c>, and so on for each block, before the step that they are of moves the parameters.</para>
/// <para>Each call of Fit makes new files. They say after which step they go on, and TensorBoard passes over what older ones have of later steps: so
/// a training that is taken up from a checkpoint has one curve. Another training is given another folder.</para></remarks>
public sealed class TensorBoard : ITrainingObserver, IDisposable
{
    private readonly string folder;
    private readonly TimeProvider time;
    private readonly Histogram histogram = new();
    private EventFile? training, validation;
    private (string Parameters, string Gradients)[] names = [];
    private int epochOfHistograms;

    /// <summary>Makes an observer. Files are made when training begins, and closed when Fit ends.</summary>
    /// <param name="folder">The folder of this training; it is made if there is none.</param>
    public TensorBoard(string folder)
        : this(folder, TimeProvider.System)
    {
    }

    internal TensorBoard(string folder, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (this.folder, this.time) = (folder, time);
    }

    /// <summary>Every how many steps there are numbers of one, counted over all steps; 10 unless set, null: none.</summary>
    public int? EverySteps { get; init => field = Checked(value, nameof(EverySteps)); } = 10;

    /// <summary>Every how many epochs there are histograms, of the first step of the epoch; 1 unless set, null: none.</summary>
    public int? HistogramsEveryEpochs { get; init => field = Checked(value, nameof(HistogramsEveryEpochs)); } = 1;

    /// <summary>Every how many steps there are histograms, too, counted over all steps; null unless set: none.</summary>
    public int? HistogramsEverySteps { get; init => field = Checked(value, nameof(HistogramsEverySteps)); }

    /// <summary>Where it writes.</summary>
    /// <returns>For example <c>TensorBoard in "runs/1"</c>.</returns>
    public override string ToString() => $"TensorBoard in \"{folder}\"";

    /// <inheritdoc/>
    public void OnStart(TrainingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Dispose();
        Open(start.Trainer.StepCount);
        if (start.Validation is not null)
            validation = Make("validation", start.Trainer.StepCount);
    }

    /// <inheritdoc/>
    public void OnGradient(in TrainingStep step)
    {
        bool isNew = HistogramsEveryEpochs is { } epochs && step.Epoch != epochOfHistograms && (step.Epoch - 1) % epochs == 0;
        if (!isNew && !(HistogramsEverySteps is { } steps && step.Number % steps == 0))
            return;
        epochOfHistograms = step.Epoch;
        WriteHistograms(Open(step.Number - 1), step.Trainer.Network, step.Number, step.Gradient);
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (EverySteps is not { } every || step.Number % every != 0)
            return;
        EventFile file = Open(step.Number - 1);
        file.BeginSummary(step.Number);
        file.Scalar("step/divergence", step.Divergence);
        file.Scalar("step/learning_rate", step.LearningRate);
        if (step.Seconds > 0)
            file.Scalar("step/seconds", step.Seconds);
        file.EndSummary();
    }

    /// <inheritdoc/>
    public void OnEpoch(Trainer trainer, EpochResult epoch)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(epoch);
        long step = trainer.StepCount;
        EventFile file = Open(step);
        file.BeginSummary(step);
        file.Scalar("epoch/divergence", epoch.TrainingDivergence);
        file.Scalar("epoch/learning_rate", epoch.LearningRate);
        file.Scalar("epoch/seconds", epoch.Seconds);
        if (epoch is { Monitor: { } given, ValidationDivergence: null })
            file.Scalar($"epoch/{given}", epoch.Monitored);
        file.EndSummary();
        if (epoch.ValidationDivergence is not { } measured)
            return;
        validation ??= Make("validation", step);
        validation.BeginSummary(step);
        validation.Scalar("epoch/divergence", measured);
        if (epoch.ValidationAccuracy is { } accuracy)
            validation.Scalar("epoch/accuracy", accuracy);
        if (epoch.Monitor is { } monitor && monitor != Metric.Accuracy.Name)
            validation.Scalar($"epoch/{monitor}", epoch.Monitored);
        validation.EndSummary();
    }

    /// <inheritdoc/>
    public void OnEnd(Trainer trainer, Exception? problem)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        try
        {
            if (training is not null && (HistogramsEveryEpochs ?? HistogramsEverySteps) is not null)
                WriteHistograms(training, trainer.Network, trainer.StepCount, []);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Closes the files, which a loop of one's own leaves open; a next event makes new ones.</summary>
    public void Dispose()
    {
        training?.Dispose();
        validation?.Dispose();
        (training, validation, epochOfHistograms) = (null, null, 0);
    }

    private static int? Checked(int? value, string name) => value is null ? null : Guard.Count(value.Value, name);

    private EventFile Open(long step) => training ??= Make("training", step);

    private EventFile Make(string run, long step) => new(Path.Combine(folder, run), step, time);

    // Of the parameters, and of the gradient if there is one; a block that is tied to another is that one.
    private void WriteHistograms(EventFile file, Network network, long step, ReadOnlySpan<float> gradient)
    {
        if (names.Length == 0)
            names = [.. network.Blocks.Select(block => ($"parameters/{block.Name}", $"gradients/{block.Name}"))];
        file.BeginSummary(step);
        int start = 0;
        for (int i = 0; i < network.Blocks.Count; i++)
        {
            Block block = network.Blocks[i];
            if (block.Role == BlockRole.Statistic)
                continue;
            histogram.Fill(network.Parameters.Slice(start, block.Length));
            file.Histogram(names[i].Parameters, histogram);
            if (!gradient.IsEmpty)
            {
                histogram.Fill(gradient.Slice(start, block.Length));
                file.Histogram(names[i].Gradients, histogram);
            }

            start += block.Length;
        }

        file.EndSummary();
    }
}
