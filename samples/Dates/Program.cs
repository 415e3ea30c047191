// Reads dates as people write them, "the 3rd of march, 1987" or "tue 3.3.87", and answers with their numbers, "1987-03-03", character by character:
// a sequence-to-sequence network with attention, in one piece. An encoder goes along the letters in both directions, a decoder along its own answer,
// and for each character attention looks where in the text it stands. All texts are generated; a tenth of the days is never trained on.
//
//     dotnet run -c Release --project samples/Dates [-- --output FOLDER --seed N --epochs N]
//     dotnet run -c Release --project samples/Dates -- --prompt "the 3rd of march, 1987"    answers with the network of the last run
using System.CommandLine;
using System.Diagnostics;
using Dates;
using NeuralNet;
using Samples;

var output = SampleCommand.Output("the network and the picture");
var seed = SampleCommand.Seed(1, "the texts and the initial weights");
var epochs = SampleCommand.Count("--epochs", 4, "How many times 20,000 new texts are learned from");
var prompt = new Option<string>("--prompt")
{
    Description = "Translates this date, with the network of the last run if there is one",
    HelpName = "TEXT",
};
prompt.Validators.Add(result =>
{
    string text = result.GetValueOrDefault<string>() ?? "";
    if (text.Length is 0 or > Translator.Longest)
        result.AddError($"--prompt must have 1 to {Translator.Longest} characters, not {text.Length}.");
    if (Translator.Unknown(text) is { Length: > 0 } unknown)
        result.AddError($"--prompt may have letters from a to z, digits, spaces and ,.'/- but has \"{unknown}\".");
});
return SampleCommand.Run(args, new RootCommand("Translates dates in words into numbers.") { output, seed, epochs, prompt }, options =>
{
    string folder = options.Folder(output), file = Path.Combine(folder, "dates.safetensors");
    if (options.GetValue(prompt) is null || !File.Exists(file))
        Learn(options.GetValue(seed), options.GetValue(epochs), file);

    // Whoever translates needs the file alone.
    Network network = Network.Load(file);
    string text = options.GetValue(prompt) ?? "the 3rd of march, 1987", picture = Path.Combine(folder, "dates-attention.svg");
    Console.WriteLine($"{text} -> {Translator.Translate(network, [text])[0]}");
    Translator.Picture(network, text).Save(picture);
    Console.WriteLine(picture);
});

static void Learn(long seed, int epochs, string file)
{
    // Each text is made when it is asked for, and no epoch repeats another; those of the validation are the same after each epoch.
    IRowSource train = RowSource.Generate(Translator.Rows, 20_000, (stream, _, row) => Write(Writing.ToLearn, stream, 0, row));
    var validationTexts = new RandomStream(seed).Fork(1);
    IRowSource validation = RowSource.Generate(
        Translator.Rows, 2_000, (_, number, row) => Write(Writing.ToTest, validationTexts, (int)number, row));

    Network network = Translator.Create(seed);
    Console.WriteLine(network.Summary());
    var watch = Stopwatch.StartNew();
    using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(learningRate: 5e-3f))
    {
        BatchSize = 64,
        Threads = Math.Min(Environment.ProcessorCount, 4),
        Seed = seed,
        Schedule = new CosineDecay(epochs),
        Clipping = GradientClipping.ByNorm(1),
    };
    trainer.Fit(train, epochs, validation, new ConsoleProgress());
    Console.WriteLine(FormattableString.Invariant(
        $"trained in {watch.Elapsed.TotalSeconds:0} s on {Writing.ToLearn.Length:N0} days, written in {Writing.Forms} ways"));

    // Without being told what comes before: each character is made behind the network's own.
    var testTexts = new RandomStream(seed).Fork(2);
    (string Text, DateOnly Day)[] tests = [.. Enumerable.Range(0, 5_000).Select(row => Writing.Any(Writing.ToTest, testTexts, row))];
    string[] answers = Translator.Translate(network, [.. tests.Select(test => test.Text)]);
    bool IsRight(int row) => answers[row] == Translator.Iso(tests[row].Day);
    int[] wrong = [.. Enumerable.Range(0, tests.Length).Where(row => !IsRight(row))];
    double right = 100.0 * (tests.Length - wrong.Length) / tests.Length;
    Console.WriteLine(FormattableString.Invariant(
        $"{right:0.00} % of {tests.Length:N0} texts of {Writing.ToTest.Length:N0} days never seen are right"));
    foreach (int row in Enumerable.Range(0, 6).Concat(wrong.Take(6)))
        Console.WriteLine($"  {tests[row].Text,-Translator.Longest} {answers[row]}{(IsRight(row) ? "" : $"   is {Translator.Iso(tests[row].Day)}")}");

    network.Save(file);
    Console.WriteLine(file);
}

static void Write(DateOnly[] days, RandomStream stream, int number, RowSpans row)
{
    (string text, DateOnly day) = Writing.Any(days, stream, number);
    Translator.WritePair(text, day, row);
}
