using System.Diagnostics;
using System.Globalization;
using CsCheck;
using NeuralNet.Tests.Contracts;
using Xunit.Abstractions;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>
/// Any damage to a file ends in an <see cref="InvalidDataException"/> or in a network, in bounded memory. 20,000 files unless
/// the environment variable NEURALNET_FUZZ says how many; then all cores take part.
/// </summary>
public class DamagedNetworkTests(ITestOutputHelper output)
{
    private const int Quick = 20_000;

    // What the library may take for layers and for asking the network, and a small multiple of the file.
    private const long MaxAllocated = (2 * (256L << 20)) + (8 << 20);

    [Fact]
    public void Any_damage_is_refused_or_harmless()
    {
        FileParts[] files = [.. Networks().Select(network => new FileParts(WithAnswers(network)))];
        Network[] targets = [.. Networks()];
        string? asked = Environment.GetEnvironmentVariable("NEURALNET_FUZZ");
        long count = asked is null ? Quick : long.Parse(asked, CultureInfo.InvariantCulture);
        int workers = asked is null ? 1 : Environment.ProcessorCount;

        var watch = Stopwatch.StartNew();
        var runs = new Run[workers];
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(w => new Thread(() => runs[w] = Damage(files, targets, w, count / workers)))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        string report = string.Create(
            CultureInfo.InvariantCulture,
            $"{runs.Sum(run => run.Files):N0} files in {watch.Elapsed.TotalSeconds:N1} s on {workers} threads, refused for their layers "
            + $"{runs.Sum(run => run.Layers):N0}, tensors {runs.Sum(run => run.Tensors):N0}, answers {runs.Sum(run => run.Answers):N0}, "
            + $"loaded {runs.Sum(run => run.Loaded):N0}; slowest {runs.Max(run => run.Slowest):N0} ms, most allocated by one "
            + $"{runs.Max(run => run.Allocated) >> 20} MB, peak working set {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");
        output.WriteLine(report);
        if (asked is not null)
            Console.WriteLine(report);
        runs.Select(run => run.Failure).Where(failure => failure is not null).Should().BeEmpty();

        // Damage that never got beyond the header would say nothing of what comes after it.
        long few = count / 200;
        runs.Sum(run => run.Layers).Should().BeGreaterThan(few);
        runs.Sum(run => run.Tensors).Should().BeGreaterThan(few);
        runs.Sum(run => run.Answers).Should().BeGreaterThan(few);
        runs.Sum(run => run.Loaded).Should().BeGreaterThan(few);
        runs.Max(run => run.Allocated).Should().BeLessThan(MaxAllocated);
    }

    private static Run Damage(FileParts[] files, Network[] targets, int worker, long count)
    {
        Gen<FileMutation> generator = FileMutation.Generator(files.Length);
        var random = new PCG((uint)worker + 1, 1);
        Network[] own = [.. targets.Select(network => network.Clone())];
        var run = new Run();
        for (; run.Files < count; run.Files++)
        {
            FileMutation mutation = generator.Generate(random, null, out _);
            byte[] file = [];
            long allocated = 0, started = Stopwatch.GetTimestamp();
            try
            {
                file = mutation.Apply(files);
                (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
                Stream stream = (mutation.Changes[0].C & 1) == 0 ? new MemoryStream(file) : new OneWay(new MemoryStream(file), 1000);
                if (mutation.IntoNetwork && mutation.Changes.Length % 2 == 0)
                    NetworkFile.ReadWeights(stream, "file", own[mutation.File], name => name, allowMissing: mutation.Changes.Length > 2);
                else
                    Network.Load(stream, Own);
                run.Loaded++;
            }
            catch (InvalidDataException refusal)
            {
                if (refusal.Message.Length is 0 or > 1 << 20)
                    run.Failure ??= $"a message of {refusal.Message.Length} characters for {Convert.ToBase64String(file)}";
                if (refusal.Message.Contains("tensors are not those", StringComparison.Ordinal))
                    run.Tensors++;
                else if (refusal.Message.Contains("answers are not those", StringComparison.Ordinal))
                    run.Answers++;
                else if (refusal.Message.StartsWith("The stream: network", StringComparison.Ordinal))
                    run.Layers++;
            }
            catch (Exception failure)
            {
                run.Failure ??= $"{failure} for {mutation} {Convert.ToBase64String(file)}";
            }

            run.Slowest = Math.Max(run.Slowest, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated - (100L * file.Length);
            if (allocated > MaxAllocated)
                run.Failure ??= $"{allocated >> 20} MB allocated for {Convert.ToBase64String(file)}";
            run.Allocated = Math.Max(run.Allocated, allocated);
        }

        return run;
    }

    // As far as it takes rows that are drawn.
    private static byte[] WithAnswers(Network network)
    {
        try
        {
            return Save(network, Examples(network));
        }
        catch (ArgumentException)
        {
            return Save(network);
        }
    }

    // Small ones, of every kind of tensor, setting and check.
    private static IEnumerable<Network> Networks() =>
    [
        Of(new Dense(2, 1)),
        OfChain(
            new Dense(2, 3, Activation.Tanh), Branches.Residual(new Dense(3, 3, new Glu(new LeakyRelu(0.2f)))),
            new Dense(3, 2, Activation.Softmax)),
        OfChain(
            new Embedding(Shape.Sequence(3, 1), 5, 2, paddingId: 0), new SinusoidalPositions(Shape.Sequence(3, 2)),
            new Gru(Shape.Sequence(3, 2), 2, lastStep: true)),
        OfChain(
            new LearnedPositions(Shape.Sequence(2, 3)), new MultiHeadAttention(Shape.Sequence(2, 3), 1, outputs: 2, keyMask: true),
            new MeanOverSteps(Shape.Sequence(2, 2))),
        Of(MultiHeadAttention.Cross(Shape.Sequence(2, 2), Shape.Sequence(1, 3), 2)),
        OfChain(
            new Lstm(Shape.Sequence(2, 1), 2), new Reverse(Shape.Sequence(2, 2)), new Rnn(Shape.Sequence(2, 2), 1, Activation.Relu),
            new Flatten(Shape.Sequence(2, 1))),
        Of(new Branches([new Dense(4, 2, new Max(3)), new Chain([new Slice(4, 1, 2), new LayerNorm(2), new Prelu(2)]), new Probe(4)], Merge.Concat)),
        Of(new Chain([new ActivationLayer(4, new Product(4, (0, 1), (3, 2))), new Dropout(2, 0.5f), new RmsNorm(2),
        new Reshape(2, Shape.Image(2, 1, 1))])),
        Of(new Skip(1)),
        TiedNetworks.Tied("autoencoder"),
    ];

    private static Network OfChain(params Layer[] layers) => Of(new Chain(layers));

    private sealed class Run
    {
        public long Files, Layers, Tensors, Answers, Loaded, Allocated;
        public double Slowest;
        public string? Failure;
    }
}
