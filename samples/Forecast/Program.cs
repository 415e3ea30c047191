// Forecasts how warm the sea off Peru will be in each of the next twelve months, from the last 24. Every few years it is much
// warmer than normal: El Niño. The program learns from the years 1950 to 1985, chooses when to stop on 1986 to 1993, and is
// tested on 1994 to 2010, beside three forecasts that need no network. It draws what came and what was forecast.
//
//     dotnet run -c Release --project samples/Forecast [-- --output FOLDER --seed N --epochs N]
using System.CommandLine;
using Forecast;
using NeuralNet;
using Samples;

var output = SampleCommand.Output("the picture");
var seed = SampleCommand.Seed(1, "the initial weights");
var epochs = SampleCommand.Count("--epochs", 200, "How many times to go through the training windows at most");
return SampleCommand.Run(args, new RootCommand("Forecasts the temperature of the sea off Peru.") { output, seed, epochs }, options =>
{
    string folder = options.Folder(output);

    // What is normal is learned from the training years alone, too. The network says how far from normal it will be.
    Series series = Series.Load(Path.Combine(AppContext.BaseDirectory, "elnino.csv"));
    int trainingEnd = Series.January(1986), validationEnd = Series.January(1994);
    var climate = new Climate(series, trainingEnd);
    var train = new Windows(series, climate, 0, trainingEnd);
    var validation = new Windows(series, climate, trainingEnd, validationEnd);
    var test = new Windows(series, climate, validationEnd, series.Months);

    Network network = Network.Create(Shape.Sequence(Windows.Past, Windows.Features))
        .Gru(16, lastStep: true)
        .Dense(Windows.Ahead)
        .Build(options.GetValue(seed));
    Console.WriteLine(network.Summary());

    // Few windows, and all much alike: it soon learns them by heart. So the epoch that was best on the validation years is kept.
    using var trainer = new Trainer(network, Divergence.L2, new AdamW(learningRate: 3e-3f, weightDecay: 0.1f)) { KeepBest = true, Patience = 30 };
    TrainingHistory history = trainer.Fit(train.Data, options.GetValue(epochs), validation.Data);
    Console.WriteLine($"{train.Count} windows to learn from, {history.Epochs.Count} epochs, the best {history.Best!.Epoch}; " +
        $"{test.Count} windows to be tested on\n");

    float[] forecasts = test.Forecast(network);
    Console.WriteLine("how far off in °C, 1994 to 2010: mean absolute errors, and the root of the mean square error (RMSE)");
    Report.Write(
        test.Truth,
        ("the network", forecasts),
        ("as last month (naive)", test.LastValue),
        ("as a year ago (seasonal-naive)", test.YearBefore),
        ("as is normal for the month", test.Normal));

    string picture = Path.Combine(folder, "forecast.svg");
    Picture.Save(picture, series, climate, test, forecasts);
    Console.WriteLine($"\n{picture}");
});
