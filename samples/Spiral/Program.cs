// Two spirals that wind around each other three times: which of the two does a point belong to? No straight line comes
// anywhere near. The program draws what the network thinks of the whole plane while it learns, and puts the pictures of all
// stages side by side.
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

var output = SampleCommand.Output("the pictures");
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
    using var plane = new Plane(network);

    var pictures = new List<Picture>();
    var watch = new Stopwatch();
    int step = 0;
    foreach (int stage in (int[])[0, 100, 250, 500, 1000, 5000])
    {
        watch.Start();
        for (; step < stage; step++)
            trainer.Step(points, classes, rows: points.Length / 2);
        watch.Stop();

        Picture picture = plane.Draw(points, classes);
        pictures.Add(picture);
        picture.Save(Path.Combine(folder, $"step-{stage:0000}.png"));
        float divergence = Divergence.CrossEntropy.Forward(network.Predict(points), classes, points.Length / 2);
        Console.WriteLine(
            $"step {stage,4}  divergence {divergence:0.0000}  right {Right(points, classes)} of {points.Length / 2}, in between " +
            $"{Right(between, betweenClasses)} of {between.Length / 2}");
    }

    Console.WriteLine($"{step} steps in {watch.Elapsed.TotalSeconds:0.00} s");
    string all = Path.Combine(folder, "spiral.png");
    Picture.SideBySide(pictures, columns: 3).Save(all);
    Console.WriteLine(all);

    int Right(float[] inputs, float[] desired)
    {
        float[] y = network.Predict(inputs);
        return Enumerable.Range(0, y.Length / 2).Count(row => y[(2 * row) + 1] > y[2 * row] == desired[(2 * row) + 1] > 0);
    }
});
