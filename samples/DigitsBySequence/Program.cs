// Handwritten digits, read like a text: eight steps from the top row of pixels to the bottom one, eight pixels each. A network
// with a memory goes along the rows and says at the end which digit it was; one with attention looks at all of them at once,
// and is told by learned positions which row is which.
//
//     dotnet run -c Release --project samples/DigitsBySequence [-- --seed N --epochs N]
using System.CommandLine;
using System.Diagnostics;
using NeuralNet;
using Samples;

var seed = SampleCommand.Seed(1, "the split, the initial weights and the order of the digits");
var epochs = SampleCommand.Epochs(40);
return SampleCommand.Run(args, new RootCommand("Reads handwritten digits row by row, with three kinds of layers.") { seed, epochs }, options =>
{
    // The seed decides the split, the weights and the order of the rows.
    Dataset data = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz"), classes: 10);
    (Dataset train, Dataset test) = data.Split(testFraction: 0.2, options.GetValue(seed));

    Learn("Lstm", layers => layers.Lstm(96, lastStep: true));
    Learn("Gru", layers => layers.Gru(96, lastStep: true));
    Learn("attention", layers => layers
        .LearnedPositions()
        .Residual(block => block.LayerNorm().MultiHeadAttention(heads: 4))
        .Residual(block => block.LayerNorm().Dense(128, Activation.Gelu).Dense(64))
        .LayerNorm()
        .Flatten());

    void Learn(string name, Func<NetworkBuilder, NetworkBuilder> reader)
    {
        // The same for all three: pixels are 0 to 16, and a sixth of that for the network; 64 features of each row of them, then the reader,
        // then the class.
        double[] mean = new double[8], deviation = [.. Enumerable.Repeat(6.0, 8)];
        NetworkBuilder rows = Network.Create(Shape.Sequence(steps: 8, features: 8)).Standardize(mean, deviation)
            .Dense(64, Activation.Relu).Dropout(0.2f);
        Network network = reader(rows).Dropout(0.2f).Dense(10, Activation.Softmax).Build(options.GetValue(seed));

        int all = options.GetValue(epochs);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(learningRate: 3e-3f))
        {
            Seed = options.GetValue(seed),
            Schedule = new CosineDecay(all),
            Clipping = GradientClipping.ByNorm(1),
        };
        var watch = Stopwatch.StartNew();
        trainer.Fit(train, all, progress: new LiveView { Title = name });
        Console.WriteLine($"{name,-10} test accuracy {trainer.Evaluate(test).Accuracy:0.0000}   {network.Parameters.Length:N0} parameters, {all} " +
            $"epochs in {watch.Elapsed.TotalSeconds:0.0} s");
    }
});
