// Two spirals that wind around each other three times: which of the two does a point belong to? No straight line comes
// anywhere near. The program draws what the network thinks of the whole plane while it learns.
//
//     dotnet run -c Release --project samples/Spiral [-- --output FOLDER --seed N]
//
// K. Lang, M. Witbrock: "Learning to tell two spirals apart", 1988. Training is on their 194 points; the test is on the 192
// points halfway between those.
using System.CommandLine;
using System.Diagnostics;
using NeuralNet;
using Samples;
using Spiral;

var output = SampleCommand.Output("the picture");
var seed = SampleCommand.Seed(1, "the initial weights");
return SampleCommand.Run(args, new RootCommand("Learns to tell two spirals apart, and draws what it thinks.") { output, seed }, options =>
{
    string folder = options.Folder(output);
    (float[] points, float[] classes) = TwoSpirals.Points(count: 97, first: 0);
    (float[] between, float[] betweenClasses) = TwoSpirals.Points(count: 96, first: 0.5f);

    Network network = Network.Create(inputs: 2)
        .Dense(64, Activation.Tanh)
        .Dense(64, Activation.Tanh)
        .Dense(2, Activation.Softmax)
        .Build(options.GetValue(seed));
    using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(learningRate: 1e-2f, weightDecay: 0.1f));
    Dataset spirals = Dataset.FromArrays(points, classes, points.Length / 2);
    var charts = new List<Chart>();
    var watch = new Stopwatch();
    int step = 0;
    foreach (int stage in (int[])[0, 100, 250, 500, 1000, 5000])
    {
        watch.Start();
        for (; step < stage; step++)
            trainer.Step(points, classes, rows: points.Length / 2);
        watch.Stop();

        int right = Right(points, classes);
        charts.Add(Charts.Boundary(network, spirals, $"step {stage}: {right} of {points.Length / 2} right", hasLegend: false, size: 250));
        float divergence = Divergence.CrossEntropy.Forward(network.Predict(points), classes, points.Length / 2);
        Console.WriteLine(
            $"step {stage,4}  divergence {divergence:0.0000}  right {right} of {points.Length / 2}, in between " +
            $"{Right(between, betweenClasses)} of {between.Length / 2}");
    }

    Console.WriteLine($"{step} steps in {watch.Elapsed.TotalSeconds:0.00} s");
    string picture = Path.Combine(folder, "spiral.svg");
    Charts.Grid("Two spirals, and what the network thinks of the plane", columns: 3, charts,
        ("one spiral", ChartColor.Of(0)), ("the other", ChartColor.Of(1))).Save(picture);
    Console.WriteLine(picture);

    int Right(float[] inputs, float[] desired)
    {
        float[] y = network.Predict(inputs);
        return Enumerable.Range(0, y.Length / 2).Count(row => y[(2 * row) + 1] > y[2 * row] == desired[(2 * row) + 1] > 0);
    }
});
