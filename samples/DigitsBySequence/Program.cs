// Handwritten digits, read like text: eight steps from the top row of pixels to the bottom one, eight pixels each. A network
// with a memory goes along the rows and says at the end which digit it was; one with attention looks at all rows at once.
//
//     dotnet run -c Release --project samples/DigitsBySequence
using System.Diagnostics;
using System.Globalization;
using NeuralNet;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Dataset data = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz"), classes: 10);
(Dataset train, Dataset test) = data.Split(testFraction: 0.2, seed: 1);
Standardizer scale = Standardizer.Learn(train);
(train, test) = (scale.Apply(train), scale.Apply(test));

Shape rowsOfPixels = Shape.Sequence(steps: 8, features: 8);
Report("Lstm", Network.Create(rowsOfPixels).Lstm(96, lastStep: true));
Report("Gru", Network.Create(rowsOfPixels).Gru(96, lastStep: true));

void Report(string name, NetworkBuilder layers)
{
    Network network = layers.Dense(10, Activation.Softmax).Build(seed: 1);
    const int Epochs = 40;
    using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(learningRate: 3e-3f, weightDecay: 0.01f))
    {
        Schedule = new CosineDecay(Epochs),
    };
    var watch = Stopwatch.StartNew();
    trainer.Fit(train, Epochs);
    Console.WriteLine($"{name,-10} test accuracy {trainer.Evaluate(test).Accuracy:0.0000}  ({network.Parameters.Length:N0} parameters, {watch.Elapsed.TotalSeconds:0.0} s)");
}
