using NeuralNet;

namespace Digits;

/// <summary>
/// One training from a seed: this is all that a program needs of the library.
/// </summary>
internal sealed class Experiment : IDisposable
{
    private readonly Trainer trainer;
    private readonly Dataset train, test;
    private readonly int epochs;

    public Experiment(Dataset digits, bool convolutions, int epochs, long seed)
    {
        this.epochs = epochs;

        // A fifth of each class is kept for the test, and nothing is learned or chosen from it. Pixels that are dark in
        // every image say little, those that vary much: the network begins with a layer that gives each the same scale. Convolutions
        // look at all pixels alike, so there one mean and one scale of all pixels will do.
        (train, test) = digits.Split(testFraction: 0.2, seed);
        Network = convolutions ? Convolutions(train, seed) : Dense(train, seed);

        // 1,437 digits are few for 50,000 weights; the weight decay keeps the network from learning them by heart. Convolutions
        // have help: dropout, and digits that are moved by up to a pixel, anew in each epoch.
        trainer = new Trainer(Network, Divergence.CrossEntropy, new AdamW(learningRate: 2e-3f, weightDecay: convolutions ? 0.1f : 0.3f))
        {
            BatchSize = convolutions ? 32 : 64,
            Seed = seed,
            Schedule = convolutions ? new CosineDecay(epochs) : null,
            Augmentation = convolutions ? Augmentation.Shift(rows: 1, columns: 1) : null,
            Observers = [new Follower(this)],
        };
    }

    public Network Network { get; }

    /// <summary>The test digits as they are in the file, pixels 0 … 16.</summary>
    public Dataset TestPixels => test;

    public IReadOnlyList<EpochResult> Epochs => trainer.History.Epochs;

    /// <summary>The accuracy on the training part after each epoch, to be seen beside that on the test part.</summary>
    public List<double> TrainingAccuracies { get; } = [];

    /// <summary>Trains; when cancelled, the network keeps what it has learned so far.</summary>
    public void Train(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            trainer.Fit(train, epochs, validation: progress is null ? null : test, progress, cancellationToken);
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Shows the network the test digits.</summary>
    public TestResult Test()
    {
        Evaluation evaluation = trainer.Evaluate(test);
        return new TestResult(evaluation.Accuracy!.Value, evaluation.Confusion!, Network.Predict(test.Inputs));
    }

    /// <summary>Saves the network, with three test digits and its answers.</summary>
    public void Save(string file) => Network.Save(file, examples: test.Inputs[..(3 * test.InputWidth)]);

    /// <summary>Saves all that there is to say of the training as a page.</summary>
    public void SaveReport(string file) => new TrainingReport(trainer, train, test) { Title = "Handwritten digits" }.Save(file);

    public void Dispose() => trainer.Dispose();

    private static Network Dense(Dataset train, long seed) => Network.Create(inputs: 64)
        .Standardize(train)
        .Dense(256, Activation.Relu)
        .Dense(128, Activation.Relu)
        .Dense(10, Activation.Softmax)
        .Build(seed);

    // 3×3 pixels at a time: strokes and corners, wherever they are. The pool lets them lie a pixel further.
    private static Network Convolutions(Dataset train, long seed) => Network.Create(train.InputShape)
        .Standardize(train)
        .Conv(16, kernel: 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .Conv(32, kernel: 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .MaxPool(2)
        .Conv(64, kernel: 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .Flatten().Dropout(0.3f)
        .Dense(10, Activation.Softmax)
        .Build(seed);

    // Where the test part is measured after each epoch, so is the training part.
    private sealed class Follower(Experiment experiment) : ITrainingObserver
    {
        public void OnEpoch(Trainer trainer, EpochResult epoch)
        {
            if (epoch.ValidationAccuracy is not null)
                experiment.TrainingAccuracies.Add(trainer.Evaluate(experiment.train).Accuracy!.Value);
        }
    }
}

/// <summary>What the test came to; the outputs are [rows, 10], for each digit how sure the network is of each class.</summary>
internal sealed record TestResult(double Accuracy, ConfusionMatrix Confusion, float[] Outputs);
