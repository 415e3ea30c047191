// A small language model: it reads Shakespeare letter by letter, and then writes. In size and training it is nanoGPT's recipe for a CPU, 2,000 steps
// of 12 pieces of 64 characters; its positions are rotary unless --learned-positions asks for those of the recipe.
//
//     dotnet run -c Release --project samples/TinyGpt                             trains, saves, writes
//     dotnet run -c Release --project samples/TinyGpt -- --prompt "To be, "       writes on, with the model that was saved
using System.CommandLine;
using System.Diagnostics;
using NeuralNet;
using NeuralNet.CSharp;
using NeuralNet.Onnx;
using Samples;
using TinyGpt;

const int Rows = 12, StepsOfEpoch = 250;
var output = SampleCommand.Output("the model");
var seed = SampleCommand.Seed(1, "the initial weights, the pieces that are read, and what is written");
var steps = SampleCommand.Count("--steps", 2000, "How many steps of training");
var prompt = new Option<string?>("--prompt")
{
    Description = "Writes on from this text; without a model in the folder it is trained first",
    HelpName = "TEXT",
};
var length = SampleCommand.Count("--length", 500, "How many characters to write");
var temperature = new Option<float>("--temperature")
{
    Description = "Below 1: likely characters become likelier; 0: always the likeliest",
    HelpName = "T",
    DefaultValueFactory = _ => 0.8f,
};
var learned = new Option<bool>("--learned-positions") { Description = "Positions as in the recipe, and not rotary ones, which learn faster" };
var command = new RootCommand("A small GPT that learns from Shakespeare and writes.")
{
    output, seed, steps, learned, prompt, length, temperature,
};
return SampleCommand.Run(args, command, options =>
{
    string folder = options.Folder(output), file = Path.Combine(folder, "tiny-gpt.safetensors");
    string begin = options.GetValue(prompt) is { Length: > 0 } given ? given : "\n";
    var writing = new GenerationOptions
    {
        Temperature = options.GetValue(temperature),
        Seed = options.GetValue(seed),
        ContextEnd = ContextEnd.Slide, // the last 64 characters are what the model knows of a longer text
    };
    Network network = options.GetValue(prompt) is not null && File.Exists(file) ? Network.Load(file) : Train(options, folder, file, begin);
    var alphabet = Alphabet.Of(network);
    IEnumerable<int> written = Generation.Sample(network, alphabet.Tokens(begin), writing);
    Console.Write(begin);
    foreach (int token in written.Take(options.GetValue(length)))
        Console.Write(alphabet.Text([token]));
    Console.WriteLine();
});

Network Train(ParseResult options, string folder, string file, string begin)
{
    Corpus corpus = Corpus.Read(Path.Combine(AppContext.BaseDirectory, "tinyshakespeare.txt.gz"));
    corpus.Alphabet.Tokens(begin); // what the model will not know is refused now
    Network network = Gpt.Make(corpus.Alphabet.Characters.Length, options.GetValue(learned), options.GetValue(seed));
    corpus.Alphabet.AddTo(network);
    Console.WriteLine(network.Summary());

    int all = options.GetValue(steps), epochs = (all + StepsOfEpoch - 1) / StepsOfEpoch, ofEpoch = all / epochs;
    using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(1e-3f, beta2: 0.99f, weightDecay: 0.1f))
    {
        BatchSize = Rows,
        Schedule = new CosineDecay(epochs * ofEpoch, warmUp: Math.Min(100, all / 2), minimum: 0.1f, ScheduleUnit.Steps),
        Clipping = GradientClipping.ByNorm(1),
        Threads = Math.Min(Environment.ProcessorCount, 4),
        Seed = options.GetValue(seed),
        Observers = [new Reader(corpus.Alphabet)],
    };
    IRowSource rest = corpus.Rest(Gpt.Steps);
    var watch = Stopwatch.StartNew();
    trainer.Fit(corpus.Pieces(Gpt.Steps, Rows * ofEpoch), epochs, rest.Take(200), new ConsoleProgress());
    double seconds = watch.Elapsed.TotalSeconds, divergence = trainer.Evaluate(rest).Divergence;
    Console.WriteLine(FormattableString.Invariant(
        $"{epochs * ofEpoch:N0} steps in {seconds:0} s; validation {divergence:0.000}: of each character {Math.Exp(divergence):0.0} are as likely"));

    network.Save(file);
    network.SaveOnnx(Path.ChangeExtension(file, ".onnx"));
    File.WriteAllText(Path.Combine(folder, "TinyGpt.cs"), network.ToCSharp("TinyGpt"));
    string picture = Path.ChangeExtension(file, ".svg");
    Looked(network, corpus.Alphabet).Save(picture);
    Speed(network);
    Console.WriteLine($"{file}, .onnx, .svg, and TinyGpt.cs: the network as C# without any package");
    return network;
}

// What the second block looked at in a line that everybody knows.
static Chart Looked(Network network, Alphabet alphabet)
{
    const string Line = "To be, or not to be, that is the question";
    float[] x = [.. alphabet.Tokens(Line).Select(token => (float)token)];
    AttentionWeights weights = network.PredictAttention(new Batch { Rows = 1, Steps = x.Length, Inputs = x }, Gpt.Attention(network, block: 1));
    string[] letters = [.. Line.Select(letter => $"{letter}")];
    return Charts.Attention(weights.MeanOfHeads(row: 0), letters, letters, "Where the second block looks, in the mean of its heads");
}

// How fast it writes: one character a time, the keys and values of those before kept; and the whole text anew for each.
static void Speed(Network network)
{
    using var generator = new Generator(network);
    var watch = new Stopwatch();
    for (int round = 0; round < 20; round++)
    {
        if (round == 10)
            watch.Restart();
        generator.Begin(0);
        for (int token = 0; token < Gpt.Steps; token++)
            generator.Append(0, token);
    }

    double each = watch.Elapsed.TotalMicroseconds / (10 * Gpt.Steps);
    float[] x = new float[Gpt.Steps];
    watch.Restart();
    for (int round = 0; round < 100; round++)
        network.Predict(x);
    Console.WriteLine(FormattableString.Invariant(
        $"{1e6 / each:N0} characters a second; a pass of all {Gpt.Steps} takes as long as {watch.Elapsed.TotalMicroseconds / 100 / each:0} of them"));
}
