using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralNet.Tests.Contracts;

/// <summary>
/// The bits of every kind by itself, forward and backward, beside those that are committed: a change that moves one bit of one
/// formula shows which.
/// </summary>
public class FingerprintTests
{
    /// <summary>Where the bits begin in the table of parity, which has them at its end.</summary>
    internal const string Heading = "\n## Bits\n";

    [Fact]
    public void Every_kind_has_the_bits_that_are_written_down()
    {
        string committed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "PARITY.md")).ReplaceLineEndings("\n");
        string[] lines = committed[committed.IndexOf(Heading, StringComparison.Ordinal)..].Split('\n');
        All().Should().Equal(
            lines.Where(line => line.Contains('\t', StringComparison.Ordinal)),
            "NEURALNET_WRITE_PARITY=1 writes them anew, for a new kind or for bits that are meant to change");
    }

    /// <summary>The section of the table.</summary>
    internal static string Section() => $"""
        {Heading}
        A hash of what each kind gives, forward and backward, on fixed inputs: the same on every machine. `FingerprintTests` computes it
        again, so that a change that moves one bit of one formula shows which.

        ```
        {string.Join('\n', All())}
        ```

        """.ReplaceLineEndings("\n");

    private static IEnumerable<string> All() =>
    [
        .. Lines("activation", PublicKinds.Activations(), Activation),
        .. Lines("divergence", PublicKinds.DivergencesAndTheirFormsOnLogits(), Divergence),
        .. Lines("layer", PublicKinds.Layers(), Layer),
        .. Lines("optimizer", PublicKinds.Optimizers(), Optimizer),
        .. Lines("schedule", PublicKinds.Schedules(), Schedule),
        .. Lines("initializer", PublicKinds.Initializers(), Initializer),
        .. Lines("augmentation", PublicKinds.Augmentations(), Augmentation),
    ];

    // Kinds that have the same name, such as one layer in several sizes, are numbered.
    private static IEnumerable<string> Lines<T>(string idea, IEnumerable<T> kinds, Action<T, Hash> compute)
        where T : notnull
    {
        var seen = new Dictionary<string, int>();
        foreach (T kind in kinds)
        {
            string name = kind is Initializer ? kind.GetType().Name : kind.ToString()!;
            int number = CollectionsMarshal.GetValueRefOrAddDefault(seen, name, out _)++;
            using var hash = new Hash();
            compute(kind, hash);
            yield return string.Create(CultureInfo.InvariantCulture, $"{idea}\t{name}{(number > 0 ? $" #{number + 1}" : "")}\t{hash}");
        }
    }

    // One vector, few, and many; narrow and wide, so that every path is taken.
    private static void Activation(Activation activation, Hash hash)
    {
        foreach ((int vectors, int outputs) in new[] { (1, 3), (1, 37), (5, 37), (40, 3), (40, 10), (3, 100) })
        {
            int inputs = activation.InputWidth(outputs);
            float[] z = TestData.Normal(vectors * inputs, 9, 3), y = new float[vectors * outputs], dz = new float[z.Length];
            var stream = new RandomStream(7);
            activation.Forward(new ActivationForwardPass { Vectors = vectors, Z = z, Y = y, Stream = stream });
            activation.Backward(new ActivationBackwardPass
            {
                Vectors = vectors,
                Z = z,
                Y = y,
                OutputGradient = TestData.Normal(y.Length, 8),
                InputGradient = dz,
                Stream = stream,
            });
            hash.Add(y);
            hash.Add(dz);
        }
    }

    private static void Divergence(Divergence divergence, Hash hash)
    {
        bool onLogits = divergence.ToString().Contains("through", StringComparison.Ordinal);
        foreach ((int rows, int width) in new[] { (1, 3), (7, 1), (40, 3), (70, 10), (5, 37), (3, 200) })
        {
            float[] y = TestData.Normal(rows * width, 4), desired = TestData.OneHotOf(TestData.Labels(rows, width), width), dy = new float[y.Length];
            if (!onLogits)
                Array.ConvertAll(y, z => Math.Clamp((z + 3) / 7, 0.001f, 0.999f)).CopyTo(y, 0);
            foreach (float[] weights in new[] { [], Array.ConvertAll(TestData.Normal(rows, 5), Math.Abs) })
            {
                divergence.Backward(y, desired, dy, rows, weights);
                hash.Add([divergence.Forward(y, desired, rows, weights)]);
                hash.Add(dy);
            }
        }
    }

    private static void Layer(Layer layer, Hash hash)
    {
        foreach (int rows in new[] { 1, 7 })
        {
            int[]? lengths =
                layer.Input.Kind == ShapeKind.Sequence ? [.. Enumerable.Range(0, rows).Select(row => 1 + (row % layer.Input.Steps))] : null;
            foreach (int[]? real in new[] { null, lengths })
            {
                var run = new LayerRun(layer, rows, real, new RandomStream(3)) { FirstRow = 2 };
                run.Randomize(new RandomStream(6));
                run.Forward(training: true);
                run.Backward();
                foreach (float[] values in new[] { run.Output, run.State, run.InputGradient, run.Gradient, run.Parameters })
                    hash.Add(values);
            }
        }
    }

    private static void Initializer(Initializer initializer, Hash hash)
    {
        float[] values = new float[300 * 70];
        initializer.Fill(values, new Block("weight", BlockRole.Weight, [300, 70], initializer), new RandomStream(5));
        hash.Add(values);
    }

    private static void Optimizer(Optimizer optimizer, Hash hash)
    {
        Network network =
            Network.Create(Shape.Sequence(3, 1)).Embedding(1000, 7).MeanOverSteps().Dense(61, NeuralNet.Activation.Relu).Dense(5).Build(1);
        OptimizerState state = optimizer.CreateState(network);
        for (int step = 0; step < 4; step++)
        {
            float[] gradient = TestData.Normal(network.Parameters.Length, step + 2, 0.1f);
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = i < 7000 && i % 700 > 20 ? 0 : gradient[i];
            optimizer.Step(network.Parameters, gradient, state);
        }

        hash.Add(network.Parameters);
    }

    private static void Schedule(Schedule schedule, Hash hash)
    {
        for (int step = 0; step < 60; step++)
            hash.Add([(float)schedule.Factor(new ScheduleTime { Step = step, Epoch = step / 3 })]);
    }

    private static void Augmentation(Augmentation augmentation, Hash hash)
    {
        foreach (Shape image in new[] { Shape.Image(7, 9, 1), Shape.Image(28, 28, 1), Shape.Image(8, 10, 3) })
        {
            for (int row = 0; row < 5; row++)
            {
                float[] values = TestData.Normal(image.Size);
                augmentation.Apply(values, image, new RandomStream(3).AtStep(2), row);
                hash.Add(values);
            }
        }
    }

    private sealed class Hash : IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Add(ReadOnlySpan<float> values) => hash.AppendData(MemoryMarshal.AsBytes(values));

        public void Dispose() => hash.Dispose();

        public override string ToString() => Convert.ToHexString(hash.GetCurrentHash())[..16];
    }
}
