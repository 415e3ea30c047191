// What does a convolutional network look at? This program trains a small one on handwritten digits and then draws, for a few digits that it
// has never seen: what its first layers find in them, which pixels its answer hangs on, and where its last convolution found the evidence.
//
//     dotnet run -c Release --project samples/Sees [-- --output FOLDER --seed N --epochs N]
//     dotnet run -c Release --project samples/Sees -- --fashion DIR      clothes of 28×28 pixels instead; DIR as for samples/FashionMnist
using System.CommandLine;
using NeuralNet;
using Samples;
using Sees;

var output = SampleCommand.Output("the picture");
var seed = SampleCommand.Seed(1, "the split, the initial weights and the order of the images");
var epochs = SampleCommand.Count("--epochs", null, "How many times to go through the training rows: 40 unless given, with --fashion 2");
var fashion = new Option<string>("--fashion") { Description = "The folder with the four gzipped files of Fashion-MNIST", HelpName = "DIR" };
return SampleCommand.Run(args, new RootCommand("Draws what a convolutional network looks at.") { output, seed, epochs, fashion }, options =>
{
    string folder = options.Folder(output);
    (Dataset train, Dataset test) = options.GetValue(fashion) is string directory ? Clothes(directory) : Digits(options.GetValue(seed));
    int all = options.GetValue(epochs) is > 0 and int given ? given : train.Rows > 10_000 ? 2 : 40;

    // Softmax is a layer of its own: without it the network says z, and asking what raises z of one class is a clearer question than what
    // raises its probability, which also rises where another class falls.
    Network network = Network.Create(train.InputShape)
        .Conv(8, kernel: 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .Conv(16, kernel: 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .MaxPool(2)
        .Conv(32, kernel: 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
        .GlobalAveragePool()
        .Dense(10)
        .Activation(Activation.Softmax)
        .Build(options.GetValue(seed));
    Console.WriteLine(network.Summary());

    using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(learningRate: 1e-2f))
    {
        BatchSize = 64,
        Threads = Math.Min(Environment.ProcessorCount, 4),
        Seed = options.GetValue(seed),
        Schedule = new CosineDecay(all),
    };
    trainer.Fit(train, all);
    double accuracy = trainer.Evaluate(test).Accuracy!.Value;
    Console.WriteLine(FormattableString.Invariant($"{all} epochs, test accuracy {accuracy:0.0000}"));

    string picture = Path.Combine(folder, "sees.svg");
    Picture.Save(picture, new Sight(network, found: [1, 3, 6], answer: 8), test, accuracy);
    Console.WriteLine(picture);
});

// Both have pixels from 0 to 1, with 0 for the paper: the zeros around an image, which a convolution takes for its border, are paper too.
static (Dataset Train, Dataset Test) Digits(long seed)
{
    Dataset data = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz"), classes: 10);
    float[] pixels = Array.ConvertAll(data.Inputs.ToArray(), pixel => pixel / 16);
    return Dataset.FromArrays(pixels, data.Labels, 10).WithInputShape(Shape.Image(8, 8, channels: 1)).Split(testFraction: 0.2, seed);
}

static (Dataset Train, Dataset Test) Clothes(string directory)
{
    return (Of("train"), Of("t10k"));

    Dataset Of(string part) => Dataset
        .FromIdx(Path.Combine(directory, $"{part}-images-idx3-ubyte.gz"), Path.Combine(directory, $"{part}-labels-idx1-ubyte.gz"), classes: 10)
        .WithClassNames("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot");
}
