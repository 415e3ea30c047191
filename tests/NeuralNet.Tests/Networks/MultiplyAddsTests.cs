using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Networks;

public class MultiplyAddsTests
{
    public static TheoryData<string> Layers => PublicKinds.Names(Known.Select(one => one.Layer));

    // Counted by hand: vectors · inputs · outputs, and what each kind has otherwise.
    private static IReadOnlyList<(Layer Layer, long Expected)> Known { get; } =
    [
        (new Dense(5, 4, Activation.Tanh), 5 * 4),
        (new Dense(Shape.Sequence(3, 5), 4), 3 * 5 * 4),
        (new Dense(Shape.Image(6, 7, 5), 4, Activation.Glu), 6 * 7 * 5 * 8),
        (new Lstm(Shape.Sequence(9, 3), 5), 9 * (3 + 5) * 4 * 5),
        (new Gru(Shape.Sequence(9, 3), 5, lastStep: true), 9 * (3 + 5) * 3 * 5),
        (new Gru(Shape.Sequence(9, 3), 5, resetsBefore: true), 9 * (3 + 5) * 3 * 5),
        (new Rnn(Shape.Sequence(9, 3), 5), 9 * (3 + 5) * 5),
        (new Embedding(Shape.Sequence(9, 1), 50, 6), 0),
        (new LearnedPositions(Shape.Sequence(9, 4)), 0),
        (new LayerNorm(Shape.Sequence(9, 4)), 0),
        (new Prelu(7), 0),
        (new ActivationLayer(7, Activation.Softmax), 0),
        (new MultiHeadAttention(Shape.Sequence(6, 8), 2, outputs: 3), (6 * 8 * 3 * 8) + (6 * 8 * 3) + (2 * 6 * 6 * 8)),
        (new MultiHeadAttention(Shape.Sequence(6, 8), 2, causal: true), (6 * 8 * 3 * 8) + (6 * 8 * 8) + (2 * (1 + 2 + 3 + 4 + 5 + 6) * 8)),
        (MultiHeadAttention.Cross(Shape.Sequence(6, 8), Shape.Sequence(10, 5), 2), (6 * 8 * 8) + (10 * 5 * 16) + (6 * 8 * 8) + (2 * 6 * 10 * 8)),
        (new Conv(Shape.Image(28, 28, 1), 6, 5), 24 * 24 * 5 * 5 * 6),
        (new Conv(Shape.Image(9, 8, 6), 12, (3, 2), stride: 2, padding: Padding.Same, groups: 3), 5 * 4 * (3 * 2) * (6 / 3) * 12),
        (new Conv(Shape.Image(9, 8, 6), 6, 3, groups: 6), 7 * 6 * 9 * 6),
        (new Conv(Shape.Sequence(20, 4), 7, 3, padding: Padding.Causal, dilation: 2), 20 * 3 * 4 * 7),
        (new ConvTranspose(Shape.Image(4, 5, 6), 3, 2, stride: 2), 4 * 5 * (2 * 2) * 6 * 3),
        (new Chain([new Dense(5, 4), new Dense(4, 3)]), (5 * 4) + (4 * 3)),
        (new Branches([new Dense(5, 4), new Dense(5, 3)], Merge.Concat), (5 * 4) + (5 * 3)),
        (new Own(5, null), 5 * 5),
        (new Own(Shape.Sequence(3, 5), 7), 7),
        (new OwnComposite(new Dense(5, 4)), (5 * 4) + 9),
    ];

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_says_how_many_multiply_adds_a_row_takes(string name)
    {
        (Layer layer, long expected) = Known[int.Parse(name[..name.IndexOf(':', StringComparison.Ordinal)], null)];
        layer.MultiplyAdds.Should().Be(expected);
        Network.Create(layer.Input).Add(_ => layer).Build().MultiplyAdds.Should().Be(expected);
    }

    [Fact]
    public void Counts_may_pass_those_of_an_int()
    {
        var image = Shape.Image(512, 512, 64);
        new Conv(image, 64, 3, padding: Padding.Same).MultiplyAdds.Should().Be(512L * 512 * 9 * 64 * 64);
        Network.Create(image).Conv(64, 3, padding: Padding.Same).Build().Summary().Should().EndWith("9,663,676,416\n");
    }

    [Fact]
    public void The_summary_has_what_a_composite_adds_to_its_children_in_its_own_line() =>
        Network.Create(Shape.Image(3, 4, 2)).Conv(3, 2).Flatten().Add(shape => new OwnComposite(new Dense(shape, 100))).Build().Summary().Should().Be(
            """
            #   layer         output  params  mul-adds
                input         3×4×2
            0   Conv, 2×2     2×3×3       27       144
            1   Flatten       18           0         0
            2   OwnComposite  100                    9
            2.0   Dense       100      1,900     1,800
                total                  1,927     1,953

            """.ReplaceLineEndings("\n"));

    // y = W x of each vector, or whatever is said.
    private sealed class Own : Layer
    {
        public Own(Shape shape, long? multiplyAdds)
            : base(shape, shape)
        {
            int features = shape.FeatureCount;
            Blocks =
            [
                new("weight", BlockRole.Weight, [features, features], Initializer.Zeros),
                new("gain", BlockRole.Scale, [features], Initializer.Zeros), new("bias", BlockRole.Bias, [features], Initializer.Zeros),
            ];
            if (multiplyAdds is { } stated)
                MultiplyAdds = stated;
        }

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    private sealed class OwnComposite : Composite
    {
        public OwnComposite(Layer child)
            : base(child.Input, child.Output, [child]) => MultiplyAdds = child.MultiplyAdds + 9;

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }
}
