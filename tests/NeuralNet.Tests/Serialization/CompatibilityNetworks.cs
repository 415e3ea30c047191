using System.Numerics.Tensors;
using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Serialization;

/// <summary>
/// The networks of the files in Compatibility: together every kind of the library, with settings away from the defaults. What
/// stands here has been saved; a new kind or setting needs a new network.
/// </summary>
internal static class CompatibilityNetworks
{
    /// <summary>The kinds of the tests' own; they never change.</summary>
    public static LayerTypes Own =>
        new LayerTypes().Add("Scaled", Scaled.From).AddActivation("Bent", settings => new Bent(settings.GetSingle("bend")));

    public static Dataset TrainingData { get; } = TestData.Clouds(100);

    /// <summary>A training with everything that a checkpoint keeps; 10 steps an epoch.</summary>
    public static Trainer Training(string? checkpoint) => new(
        Network.Create(2).Dense(5, Activation.Tanh).Dropout(0.1f).Dense(3, Activation.Softmax).Build(2),
        new CrossEntropy(labelSmoothing: 0.05f), new AdamW(0.02f))
    {
        BatchSize = 10,
        Seed = 4,
        KeepBest = true,
        Patience = 5,
        Schedule = new OneCycle(40),
        Clipping = GradientClipping.ByValue(1),
        Penalty = new Penalty(l1: 1e-4f),
        Checkpointing = checkpoint is null ? null : new Checkpointing(checkpoint, everySteps: 5),
    };

    // The activations of the networks below.
    private static readonly HashSet<string> earlier =
    [
        "Abs", "Celu", "Elu", "Gelu", "GeluTanh", "HardSigmoid", "HardSwish", "HardTanh", "LeakyRelu", "LogSigmoid", "Mish", "RandomizedLeakyRelu",
        "Relu", "Relu6", "Selu", "Sigmoid", "Silu", "Sine", "Softplus", "Softsign", "Tanh", "Identity", "Softmax", "LogSoftmax", "L2Normalize", "Glu",
        "Max", "Product",
    ];

    public static IEnumerable<(string Name, Network Network)> All()
    {
        yield return ("scalar-activations", Varied(Network.Create(3).Dense(4, Activation.Identity).Parallel(Merge.Concat, Each(
            new Abs(), new Celu(0.7f), new Elu(1.3f), new Gelu(), new GeluTanh(), new HardSigmoid(), new HardSwish(), new HardTanh(-0.5f, 0.75f),
            new LeakyRelu(0.3f), new LogSigmoid(), new Mish(), new RandomizedLeakyRelu(0.2f, 0.4f), new Relu(), new Relu6(), new Selu(),
            new Sigmoid(), new Silu(), new Sine(2.5f), new Softplus(), new Softsign(), new Tanh()))));
        yield return ("vector-activations", Varied(Network.Create(3).Dense(6).Parallel(Merge.Concat, Each(
            new Softmax(0.6f), new LogSoftmax(), new L2Normalize(0.01f), new Glu(new LeakyRelu(0.2f)), new Glu(new HardTanh(-2, 3)), new Max(3),
            new Product(), new Product(6, (0, 1), (5, 2), (3, 3))))));
        yield return ("dense", Varied(Network.Create(5).Dense(4, Activation.Tanh, bias: false).Dropout(0.3f)
            .Residual(b => b.Dense(6, new Elu(0.8f)).Dense(4)).Prelu()
            .Parallel(Merge.Product, b => b.Dense(3), b => b.Dense(3, Activation.Sigmoid)).LayerNorm(0.02f).Prelu(shared: true)
            .Maxout(3, 2).RmsNorm(0.03f)));
        yield return ("recurrent", Varied(Network.Create(Shape.Sequence(4, 3)).Lstm(3).Gru(2).Rnn(3, new LeakyRelu(0.1f))
            .Parallel(
                Merge.Concat, b => b.Lstm(2, lastStep: true), b => b.Gru(2, lastStep: true), b => b.Rnn(1, lastStep: true),
                b => b.Reverse().LastStep())));
        yield return ("gate-variants", Varied(Network.Create(Shape.Sequence(4, 3))
            .Lstm(3, gates: new HardSigmoid(0.2f), activation: Activation.Softsign).Gru(2, resetsBefore: true)
            .Gru(3, gates: Activation.HardSigmoid).Gru(2, resetsBefore: true, activation: new LeakyRelu(0.3f)).Lstm(2, activation: Activation.Elu)
            .Activation(new HardSigmoid(0.3f))));
        yield return ("both-directions", Varied(Network.Create(Shape.Sequence(4, 2)).Bidirectional(b => b.Gru(2)).MeanOverSteps()));
        yield return ("ids", Varied(Network.Create(Shape.Sequence(4, 3)).Parallel(Merge.Concat,
                b => b.Slice(0, 1).Embedding(5, 4, paddingId: 1).SinusoidalPositions(), b => b.Slice(1, 1).Embedding(3, 2).LearnedPositions(), b =>
                    b.Slice(2, 1))
            .Parallel(Merge.Sum, b => b.MaxOverSteps(), b => b.MeanOverSteps()).Reshape(Shape.Image(1, 1, 7)).LayerNorm().Flatten()));
        yield return ("attention", Varied(
            Network.Create(Shape.Sequence(3, 5)).MultiHeadAttention(2, keyMask: true).MultiHeadAttention(4, outputs: 3, causal: true, bias: false)));
        yield return ("attention-options", Varied(
            Network.Create(Shape.Sequence(4, 9)).MultiHeadAttention(4, outputs: 8, keyMask: true, positions: Rotary.Default, window: 2, keyHeads: 2)
                .MultiHeadAttention(2, causal: true, positions: new Rotary(50, features: 2, interleaved: true))
                .MultiHeadAttention(4, positions: Alibi.Default, keyHeads: 1).MultiHeadAttention(2, positions: new Alibi(0.5f, 0.125f), window: 3)
                .Flatten().CrossAttention(Shape.Sequence(2, 4), Shape.Sequence(4, 6), 4, bias: false, keyHeads: 2)));
        yield return ("cross-attention",
            Varied(Network.Create(26).CrossAttention(Shape.Sequence(2, 4), Shape.Sequence(3, 5), 2, outputs: 3, keyMask: true)));
        yield return ("cross-attention-alike", Varied(Network.Create(12).CrossAttention(Shape.Sequence(1, 4), Shape.Sequence(2, 4), 4, bias: false)));
        yield return ("images", Varied(Network.Create(Shape.Image(3, 2, 2)).Prelu().LayerNorm(0.1f).Activation(new Max(2))
            .Reshape(Shape.Sequence(3, 2)).Dense(2, Activation.Softmax)));

        yield return ("convolutions", Varied(Network.Create(Shape.Image(5, 6, 4))
            .Conv(6, (3, 2), stride: (2, 1), padding: Padding.Same, dilation: (1, 2), groups: 2, activation: new Elu(0.8f))
            .ConvTranspose(3, 2, stride: (2, 3), padding: Padding.Of(1, 0, 0, 2), outputPadding: (1, 2), bias: false)
            .Conv(5, 3, padding: Padding.Of(2)).Flatten().Dense(3)));
        yield return ("signals", Varied(Network.Create(Shape.Sequence(6, 2)).Conv(4, 3, padding: Padding.Causal, dilation: 2)
            .Conv(4, 2, stride: 2, padding: Padding.Of(1, 2), groups: 4).ConvTranspose(3, 3, stride: 2, padding: Padding.Same)));

        yield return ("image-order", Varied(Network.Create(Shape.Image(2, 2, 3)).Dense(3, Activation.Tanh).Flatten().LayerNorm()
            .Residual(b => b.Dense(4, Activation.Sigmoid).Dense(12))
            .Parallel(Merge.Concat, b => b.Slice(1, 9), b => b.Dense(3)).Dense(8).Prelu().Reshape(Shape.Image(2, 1, 4))
                .Activation(Activation.Softmax)));
        yield return ("pools", Varied(Network.Create(Shape.Image(7, 9, 2)).Pad(Padding.Of(1, 0, 0, 1), 0.5f).Pad(Padding.Of(1), mode: PadMode.Reflect)
            .MaxPool((2, 3), (1, 2), Padding.Of(1), (2, 1)).AveragePool(3, 2, Padding.Same).Dense(3)
            .AveragePool(2, 1, Padding.Of(1, 1, 0, 0), countPadding: true, ceiling: true).Upsample((2, 1)).Upsample(2, UpsampleMode.Bilinear)
            .Parallel(Merge.Concat, b => b.GlobalAveragePool(), b => b.GlobalMaxPool())));
        yield return ("pools-of-sequences", Varied(Network.Create(Shape.Sequence(9, 2)).Pad(Padding.Of(2, 1), mode: PadMode.Edge)
            .MaxPool(2, padding: Padding.Causal, ceiling: true).Upsample(3).AveragePool(3, 2, Padding.Of(1)).Dense(2)
            .Upsample(2, UpsampleMode.Bilinear).GlobalAveragePool()));
        yield return ("resized", Varied(Network.Create(Shape.Image(5, 7, 2)).Resize((8, 3), UpsampleMode.Bilinear, ResizePlaces.AlignedCorners)
            .Resize((5, 4), UpsampleMode.Bilinear).Dense(3).Resize(6, places: ResizePlaces.Asymmetric, rounding: ResizeRounding.Floor)
            .ResizeByScale(0.7f, 1.3f, rounding: ResizeRounding.HalfUp).ResizeByScale(1.6f, 0.9f, UpsampleMode.Bilinear, ResizePlaces.Asymmetric)
            .Resize(5, rounding: ResizeRounding.Ceiling)));
        yield return ("resized-sequences", Varied(Network.Create(Shape.Sequence(9, 2)).ResizeByScale(1, 0.8f, UpsampleMode.Bilinear)
            .Dense(3).Resize(10, UpsampleMode.Bilinear).Resize(4)));

        yield return ("channel-norms", Varied(Network.Create(Shape.Image(3, 2, 4)).BatchNorm(0.2f, 0.01f, activation: new LeakyRelu(0.3f))
            .GroupNorm(2, epsilon: 0.02f).InstanceNorm(0.03f, affine: true).InstanceNorm().ChannelDropout(0.4f).Flatten().BatchNorm(affine: false)));

        yield return ("scaling", Varied(Network.Create(Shape.Image(1, 2, 3)).PowerTransform([1, 0, 0.5]).Standardize([1, 2, 3], [4, 5, 6]).Flatten()
            .Standardize([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]).Dense(2).Standardize([1, 2], [3, 4], inverse: true)
            .PowerTransform([1, 2], inverse: true)));

        // An activation that came later has a network of its own.
        foreach (Activation activation in PublicKinds.Activations().Where(activation => !earlier.Contains(activation.Kind)))
            yield return ($"activation-{activation.Kind}", Varied(Network.Create(3).Dense(activation.InputWidth(4)).Activation(activation)));
        yield return ("own", Varied(Network.Create(4).Add(shape => new Scaled(shape)).Dense(3, new Bent(0.25f))));
    }

    private static Func<NetworkBuilder, NetworkBuilder>[] Each(params Activation[] activations) =>
        [.. activations.Select(activation => (Func<NetworkBuilder, NetworkBuilder>)(b => b.Activation(activation)))];

    // Values of no initializer's, so that a later one changes nothing here.
    private static Network Varied(NetworkBuilder builder)
    {
        Network network = builder.Build();
        var stream = new RandomStream(21);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] = MathF.Round(0.7f * stream.Normal(0, i), 4);
        for (int i = 0; i < network.Statistics.Length; i++)
            network.Statistics[i] = MathF.Round(stream.Normal(1, i), 4);
        foreach (Block block in network.Blocks.Where(block => block.Name.EndsWith("running_var", StringComparison.Ordinal)
            || block.Name.EndsWith("deviation", StringComparison.Ordinal)))
            TensorPrimitives.Abs(network.Parameter(block.Name), network.Parameter(block.Name));
        return network;
    }

    /// <summary>A layer of a user's own, with a parameter, a statistic and settings of every type: y = g x + c.</summary>
    internal sealed class Scaled : Layer
    {
        private static readonly Shape[] shapes = [Shape.Features(7), Shape.Sequence(2, 3), Shape.Image(2, 3, 1)];

        public Scaled(Shape shape)
            : base(shape, shape)
        {
            Blocks =
            [
                new("gain", BlockRole.Scale, [2, shape.FeatureCount / 2], Initializer.Ones),
                new("shift", BlockRole.Statistic, [shape.FeatureCount], Initializer.Zeros),
            ];
            BackwardReads = BackwardReads.None;
        }

        public override KindSettings Settings => new KindSettings()
            .Set("truth", true).Set("count", -3).Set("number", 1e-45f).Set("infinite", float.NegativeInfinity).Set("none", float.NaN)
            .Set("text", "ω \"quoted\"").Set("list", [3, -1])
            .Set("features", shapes[0]).Set("steps", shapes[1]).Set("image", shapes[2])
            .Set("activation", new Bent(0.5f)).Set("layer", new Dropout(2, 0.2f)).Set("layers", [new Skip(2), new Dense(2, 1, new Bent(1.5f))]);

        public static Scaled From(Shape input, KindSettings s)
        {
            s.GetBoolean("truth").Should().BeTrue();
            s.GetInt32("count").Should().Be(-3);
            s.GetSingle("number").Should().Be(1e-45f);
            s.GetSingle("infinite").Should().Be(float.NegativeInfinity);
            s.GetSingle("none").Should().Be(float.NaN);
            s.GetString("text").Should().Be("ω \"quoted\"");
            s.GetInt32s("list").Should().Equal(3, -1);
            new[] { s.GetShape("features"), s.GetShape("steps"), s.GetShape("image") }.Should().Equal(shapes);
            s.GetActivation("activation").Should().BeOfType<Bent>().Which.Bend.Should().Be(0.5f);
            s.GetLayer("layer").Should().BeOfType<Dropout>().Which.Rate.Should().Be(0.2f);
            IReadOnlyList<Layer> layers = s.GetLayers("layers");
            layers.Should().HaveCount(2);
            layers[1].Should().BeOfType<Dense>().Which.Activation.Should().BeOfType<Bent>().Which.Bend.Should().Be(1.5f);
            return new Scaled(input);
        }

        public override void Forward(in ForwardPass pass)
        {
            for (int i = 0; i < pass.Input.Length; i++)
                pass.Output[i] = (pass.Parameter(0)[i % Input.Size] * pass.Input[i]) + pass.Statistic(1)[i % Input.Size];
        }

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    /// <summary>An activation of a user's own, with a setting: y = z + bend z².</summary>
    internal sealed class Bent(float bend) : ScalarActivation
    {
        public float Bend => bend;

        public override KindSettings Settings => new KindSettings().Set("bend", bend);

        public override float Value(float z) => z + (bend * z * z);

        public override float Derivative(float z, float y) => 1 + (2 * bend * z);
    }
}
