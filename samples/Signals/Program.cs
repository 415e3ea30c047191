// A sensor on a machine: what is it hearing, at this moment? The signal is generated: noise, and in it knocks, hums and whistles that rise. A
// temporal convolutional network learns from whole recordings, and then hears new ones as they come, step by step, with an answer at each step.
// Its convolutions are causal, so that no answer waits for what comes later, and the pieces have the bits of the whole.
//
//     dotnet run -c Release --project samples/Signals [-- --output FOLDER --seed N --epochs N]
using System.CommandLine;
using System.Diagnostics;
using NeuralNet;
using Samples;
using Signals;

var output = SampleCommand.Output("the picture");
var seed = SampleCommand.Seed(1, "the recordings, the initial weights and their order");
var epochs = SampleCommand.Epochs(15);
return SampleCommand.Run(args, new RootCommand("Says at each moment what a sensor hears.") { output, seed, epochs }, options =>
{
    string folder = options.Folder(output);
    Dataset train = Recordings.Generate(rows: 400, options.GetValue(seed)), test = Recordings.Generate(rows: 100, options.GetValue(seed) + 1);

    // Each block looks twice as far back as the one before: behind the last an answer has heard 7 + 2 (1 + 2 + 4 + 8 + 16) = 69 steps.
    NetworkBuilder layers = Network.Create(train.InputShape).Conv(16, kernel: 7, padding: Padding.Causal, activation: Activation.Relu);
    foreach (int dilation in (int[])[1, 2, 4, 8, 16])
        layers = layers.Residual(block => block.Conv(16, kernel: 3, padding: Padding.Causal, dilation: dilation, activation: Activation.Relu));
    Network network = layers.Dense(Recordings.Names.Length, Activation.Softmax).Build(options.GetValue(seed));
    Console.WriteLine(network.Summary());

    int all = options.GetValue(epochs);
    using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(learningRate: 5e-3f))
    {
        BatchSize = 16,
        Threads = Math.Min(Environment.ProcessorCount, 4),
        Seed = options.GetValue(seed),
        Schedule = new CosineDecay(all),
    };
    trainer.Fit(train, all);
    Evaluation evaluation = trainer.Evaluate(test);
    Console.WriteLine(FormattableString.Invariant($"{evaluation.Accuracy * 100:0.0} % of {evaluation.Confusion!.Total:N0} moments heard right"));
    Console.WriteLine(evaluation.Confusion);

    float[] whole = network.Predict(test.Inputs);
    foreach (int piece in (int[])[1, 10])
    {
        Stream(network, test, piece);    // once for the compiler, which makes the code that has run for a while faster
        var watch = Stopwatch.StartNew();
        float[] streamed = Stream(network, test, piece);
        double microseconds = watch.Elapsed.TotalMicroseconds / (test.Rows * Recordings.Steps);
        bool isSame = streamed.AsSpan().SequenceEqual(whole);
        Console.WriteLine(FormattableString.Invariant(
            $"streamed, {piece,2} at a time: {microseconds:0.00} microseconds a step, {(isSame ? "the bits of the whole" : "NOT its bits")}"));
        if (!isSame)
            throw new InvalidDataException("A stream must have the bits of the whole recording.");
    }

    string picture = Path.Combine(folder, "signals.svg");
    Picture.Save(picture, test, whole);
    Console.WriteLine(picture);
});

// Gives each recording to the network piece by piece, as a sensor does. What the convolutions still need of earlier steps is in the state.
static float[] Stream(Network network, Dataset recordings, int piece)
{
    int classes = Recordings.Names.Length;
    float[] state = new float[network.StatePerRow], answers = new float[recordings.Rows * network.Output.Size];
    using Workspace workspace = network.CreateWorkspace(maxRows: 1, training: false);
    for (int row = 0; row < recordings.Rows; row++)
    {
        network.ClearState(state, rows: 1, row: 0);
        for (int step = 0; step < Recordings.Steps; step += piece)
        {
            Span<float> now = answers.AsSpan(((row * Recordings.Steps) + step) * classes, piece * classes);
            ReadOnlySpan<float> heard = recordings.InputRow(row).Slice(step, piece);
            network.Predict(new Batch { Rows = 1, Steps = piece, Inputs = heard, State = state }, now, workspace);
        }
    }

    return answers;
}
