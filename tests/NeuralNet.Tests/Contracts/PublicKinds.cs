using System.Reflection;

namespace NeuralNet.Tests.Contracts;

/// <summary>Every public kind of the library: found by reflection, or listed where a kind needs settings.</summary>
public static partial class PublicKinds
{
    // A layer needs sizes, which reflection cannot guess; a kind that is missing here fails a test.
    public static IEnumerable<Layer> Layers() =>
        [.. LayersOfFeatures(), .. RecurrentLayers(), .. StepLayers(), .. AttentionLayers(), .. NormLayers(), .. ScalingLayers(), .. ImageLayers(),
            .. WindowLayers(), .. Composites()];

    public static IEnumerable<Type> LayerTypes() => Concrete<Layer>();

    public static IEnumerable<Activation> Activations() => Concrete<Activation>().Select(Default<Activation>)
        .Concat([Activation.SwiGlu, Activation.GeGlu, new Softmax(0.5f), new Max(3)]);

    public static IEnumerable<Divergence> Divergences() => Concrete<Divergence>().Select(Default<Divergence>)
        .Concat([new CrossEntropy(labelSmoothing: 0.1f), new BinaryCrossEntropy(positiveWeight: 3), new Huber(0.1f), new Hinge(0.3f)]);

    public static IEnumerable<Divergence> DivergencesAndTheirFormsOnLogits() => Divergences()
        .Concat(Divergences().SelectMany(divergence => Activations().Select(divergence.Through).OfType<Divergence>()));

    public static IEnumerable<Optimizer> Optimizers() =>
    [
        new Sgd(0.01f), new Sgd(0.01f, 0.9f), new Sgd(0.01f, 0.9f, nesterov: true, weightDecay: 0.01f),
        new Adagrad(weightDecay: 0.01f), new RmsProp(0.001f), new RmsProp(0.001f, momentum: 0.9f),
        new RmsProp(0.001f, momentum: 0.9f, centered: true), new RmsProp(0.001f, centered: true),
        new Adam(), new Adam(lazy: true), new AdamW(), new AdamW(lazy: true), new Nadam(), new Nadam(weightDecay: 0.01f), new Rprop(),
    ];

    public static IEnumerable<Schedule> Schedules() =>
        [new CosineDecay(20), new StepDecay(3), new ExponentialDecay(0.9f), new OneCycle(60), new Plateau(), new Unfreeze(3, 4)];

    public static IEnumerable<Initializer> Initializers() =>
    [
        Initializer.GlorotUniform, Initializer.GlorotNormal, Initializer.HeUniform, Initializer.HeNormal,
        Initializer.LecunUniform, Initializer.LecunNormal, Initializer.Orthogonal, Initializer.TruncatedNormal, new Constant(0.5f),
    ];

    public static TheoryData<string> Names<T>(IEnumerable<T> kinds) => [.. kinds.Select((kind, i) => $"{i}: {kind}")];

    public static T Find<T>(IEnumerable<T> kinds, string name) =>
        kinds.ElementAt(int.Parse(name[..name.IndexOf(':', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture));

    private static IEnumerable<Layer> LayersOfFeatures() =>
    [
        .. Activations().Select(activation => new Dense(5, 4, activation)),
        new Dense(1, 1),
        new Dense(3, 17, Activation.Tanh, bias: false),
        new Dense(4, 3, new Twist()),
        new Dense(Shape.Sequence(3, 5), 4, Activation.Softmax),
        new Dense(Shape.Sequence(3, 2), 3, new Twist()),
        new Dense(Shape.Image(2, 3, 5), 4, Activation.Softmax),
        new Dense(Shape.Image(3, 1, 2), 3, new Twist()),
        new Dense(Shape.Image(2, 2, 4), 3, Activation.RandomizedLeakyRelu, bias: false),
        new Prelu(5), new Prelu(1), new Prelu(19, slope: -0.5f), new Prelu(7, shared: true),
        new Prelu(Shape.Sequence(3, 5)), new Prelu(Shape.Sequence(3, 4), shared: true), new Prelu(Shape.Image(4, 5, 3)),
        new Prelu(Shape.Image(3, 3, 2), shared: true),
    ];

    private static IEnumerable<Layer> Composites() =>
    [
        new Chain([new Dense(5, 7, Activation.Tanh)]),
        new Chain([new Dense(5, 7, Activation.Sigmoid), new Dense(7, 6, new Twist()), new Dense(6, 3, Activation.Softmax)]),
        new Chain([new Probe(5), new Chain([new Dense(5, 4, Activation.Tanh), new Probe(4)]), new Dense(4, 3, Activation.Sigmoid)]),
        new Chain([new Dense(6, 6, Activation.Tanh), new Repeat(3, 2), new Dense(Shape.Sequence(3, 2), 4, Activation.Softmax)]),
        new Chain([new Dense(Shape.Sequence(3, 2), 4, Activation.Tanh), new LastStep(Shape.Sequence(3, 4)), new Dense(4, 3, Activation.Softmax)]),
        new Chain([new Dense(Shape.Sequence(3, 2), 4, Activation.Tanh), new Chain([new Dense(Shape.Sequence(3, 4), 3, Activation.Sigmoid)])]),
        new Chain([new Dense(5, 4, Activation.Tanh), Branches.Residual(new Dense(4, 4, Activation.Sigmoid)), new Dense(4, 3, Activation.Softmax)]),
        new Skip(5), new Skip(Shape.Sequence(3, 2)), new Skip(Shape.Image(3, 4, 2)),
        .. Merges().SelectMany(merge => new[]
        {
            new Branches([new Dense(5, 4, Activation.Tanh)], merge),
            new Branches([new Dense(5, 4), new Dense(5, 4, Activation.Softmax)], merge),
            new Branches([new Skip(5), new Dense(5, 5, Activation.Sigmoid), new Dense(5, 5, new Twist())], merge),
            new Branches([new Dense(5, 5, new Twist()), new Probe(5), new Dense(5, 5, Activation.LeakyRelu), new Probe(5)], merge),
            new Branches([new Dense(Shape.Sequence(3, 2), 4, Activation.Tanh), new Dense(Shape.Sequence(3, 2), 4)], merge),
            new Branches(
            [
                new Skip(Shape.Sequence(3, 2)),
                new Chain([new Dense(Shape.Sequence(3, 2), 4, Activation.Tanh), new Dense(Shape.Sequence(3, 4), 2, Activation.Softmax)]),
            ], merge),
            new Branches(
            [
                new Chain([new Dense(Shape.Sequence(3, 2), 4, Activation.Tanh), new LastStep(Shape.Sequence(3, 4))]),
                new Chain([new LastStep(Shape.Sequence(3, 2)), new Dense(2, 4)]),
            ], merge),
            new Branches([new Chain([new Dense(6, 6, Activation.Tanh), new Repeat(3, 2)]), new Repeat(3, 2)], merge),
            new Branches([new Skip(Shape.Image(2, 3, 2)), new Skip(Shape.Image(2, 3, 2)), new Skip(Shape.Image(2, 3, 2))], merge),
            new Branches([new Chain([new Probe(4), Branches.Residual(new Chain([new Dense(4, 6, Activation.Tanh), new Dense(6, 4)]))]),
            Nested(merge)], merge),
        }),
        new Branches([new Dense(5, 3, Activation.Tanh), new Dense(5, 1), new Skip(5)], Merge.Concat),
        new Chain(
        [
            new Branches([new Dense(Shape.Sequence(3, 2), 3, Activation.Softmax), new Dense(Shape.Sequence(3, 2), 4, Activation.Tanh)], Merge.Concat),
            new Reverse(Shape.Sequence(3, 7)), new Slice(Shape.Sequence(3, 7), 0, 5), new LastStep(Shape.Sequence(3, 5)), new Skip(5),
        ]),
        new Branches(
            [new Dense(Shape.Sequence(3, 2), 3, Activation.Tanh), new Skip(Shape.Sequence(3, 2)), new Dense(Shape.Sequence(3, 2), 1)], Merge.Concat),
    ];

    private static Merge[] Merges() => Enum.GetValues<Merge>();

    // Branches in branches, of which each merges in another way.
    private static Chain Nested(Merge outer) => new(
    [
        new Branches(
            [new Dense(4, 3, Activation.Tanh), new Chain([new Probe(4), new Dense(4, 3, Activation.Sigmoid)])],
            outer == Merge.Sum ? Merge.Product : Merge.Sum),
        new Branches([new Skip(3), new Dense(3, 1, Activation.Tanh)], Merge.Concat),
    ]);

    public static IEnumerable<Type> Concrete<T>() => typeof(Network).Assembly.GetExportedTypes()
        .Where(type => typeof(T).IsAssignableFrom(type) && !type.IsAbstract)
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    private static T Default<T>(Type type)
    {
        ConstructorInfo constructor =
            type.GetConstructors().OrderBy(c => c.GetParameters().Length).First(c => c.GetParameters().All(p => p.HasDefaultValue));
        return (T)constructor.Invoke([.. constructor.GetParameters().Select(p => p.DefaultValue)]);
    }

    /// <summary>
    /// A person's own vector activation: cannot work in place, reads z as well as y, and z is wider than y:
    /// yᵢ = zᵢ · sin(zᵢ₊₁).
    /// </summary>
    internal sealed class Twist : Activation
    {
        public override int InputWidth(int outputs) => outputs + 1;

        protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y)
        {
            for (int i = 0; i < y.Length; i++)
                y[i] = z[i] * MathF.Sin(z[i + 1]);
        }

        protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
        {
            dz.Clear();
            for (int i = 0; i < dy.Length; i++)
            {
                dz[i] += dy[i] * MathF.Sin(z[i + 1]);
                dz[i + 1] += dy[i] * z[i] * MathF.Cos(z[i + 1]);
            }
        }
    }
}
