using CsCheck;
using NeuralNet.Tests;
using NeuralNet.Tests.Contracts;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Networks as people build them, and others drawn at random.</summary>
public class WholeNetworkTests
{
    [Fact]
    public void A_trained_classifier()
    {
        Network network = TestData.Classifier();
        new Trainer(network, Divergence.CrossEntropy, new Adam(learningRate: 1e-2f)) { BatchSize = 32 }.Fit(TestData.Clouds(), epochs: 3);
        Same.AsPredicted(network);
    }

    [Fact]
    public void A_residual_network_with_norms_and_dropout() => Same.AsPredicted(Network.Create(8)
        .Dense(16, Activation.Relu)
        .Residual(b => b.LayerNorm().Dense(32, Activation.Gelu).Dropout().Dense(16))
        .Residual(b => b.RmsNorm().Dense(24, Activation.SwiGlu).Dropout(0.1f).Dense(16))
        .Maxout(12, pieces: 3).Prelu().Dense(4, Activation.LogSoftmax).Build(seed: 1));

    [Fact]
    public void A_bidirectional_lstm() => Same.AsPredicted(Network.Create(Shape.Sequence(12, 3))
        .Bidirectional(b => b.Lstm(8)).Bidirectional(b => b.Gru(6)).MeanOverSteps().Dense(4, Activation.Softmax).Build(seed: 1));

    [Fact]
    public void Recurrent_layers_over_many_steps() => Same.AsPredicted(Network.Create(Shape.Sequence(200, 4))
        .Gru(16).Rnn(16, Activation.Softsign).Lstm(16, lastStep: true).Dense(1).Build(seed: 1));

    [Fact]
    public void A_transformer_of_words() => Same.AsPredicted(Network.Create(Shape.Sequence(9, 1))
        .Embedding(50, 16, paddingId: 0).SinusoidalPositions()
        .Residual(b => b.LayerNorm().MultiHeadAttention(4, causal: true).Dropout(0.1f))
        .Residual(b => b.RmsNorm().Dense(64, Activation.GeluTanh).Dense(16))
        .LayerNorm().Dense(50, Activation.Softmax).Build(seed: 1));

    [Fact]
    public void An_encoder_and_a_decoder_side_by_side_in_a_row()
    {
        Shape source = Shape.Sequence(5, 4), target = Shape.Sequence(3, 4);
        Same.AsPredicted(Network.Create(source.Size + target.Size)
            .Parallel(
                Merge.Concat,
                b => b.Slice(source.Size, target.Size).Reshape(target).LearnedPositions().MultiHeadAttention(2, causal: true).Flatten(),
                b => b.Slice(0, source.Size).Reshape(source).LearnedPositions().MultiHeadAttention(2).Flatten())
            .CrossAttention(target, source, 2).Dense(7, Activation.Softmax).Build(seed: 1));
    }

    [Fact]
    public void Ids_beside_numbers() => Same.AsPredicted(Network.Create(4)
        .Parallel(Merge.Concat, b => b.Slice(0, 1).Embedding(100, 8).Flatten(), b => b.Slice(1, 3)).Dense(3, Activation.Tanh).Build(seed: 1));

    [Fact]
    public void An_image_of_which_channels_are_mixed() => Same.AsPredicted(Network.Create(Shape.Image(4, 5, 6))
        .LayerNorm().Activation(Activation.Glu).Parallel(Merge.Concat, b => b.Slice(0, 2), b => b.Prelu().Activation(Activation.Softmax))
        .Flatten().Dense(3).Build(seed: 1));

    [Fact]
    public void A_network_that_changes_nothing() =>
        Same.AsPredicted(Network.Create(Shape.Sequence(2, 3)).Add(shape => new Skip(shape)).Dropout().Build());

    [Fact]
    public void The_input_as_several_branches() =>
        Same.AsPredicted(Network.Create(3).Parallel(Merge.Product, b => b.Dropout(), b => b.Dropout(), b => b.Dense(3)).Build(seed: 1));

    [Theory]
    [InlineData(Merge.Sum)]
    [InlineData(Merge.Product)]
    [InlineData(Merge.Concat)]
    public void Many_networks_drawn_at_random(Merge merge)
    {
        Layer[] steps = [.. Kinds(Shape.Sequence(4, 6))], features = [.. Kinds(Shape.Features(6))];
        Gen<int[]> choices = Gen.Int[0, 1_000_000].Array[1, 6];
        foreach (int[] choice in Property.Cases(choices, 40))
        {
            Layer[] kinds = choice[0] % 2 == 0 ? steps : features;
            Layer[] chosen = [.. choice.Select(number => kinds[number % kinds.Length])];
            Layer half = new Chain([.. chosen.Take((chosen.Length + 1) / 2)]);
            Same.AsPredicted(Network.Create(half.Input).Add(_ => new Branches([half, new Chain(chosen), half], merge)).Build(seed: choice[0]),
                seed: choice[0]);
        }
    }

    // Layers that keep the shape; none that multiplies what it is given with itself over and over.
    private static IEnumerable<Layer> Kinds(Shape shape)
    {
        yield return new Skip(shape);
        yield return new LayerNorm(shape);
        yield return new RmsNorm(shape);
        yield return new Prelu(shape);
        yield return new Dropout(shape);
        foreach (Activation activation in PublicKinds.Activations())
            yield return activation.InputWidth(6) == 6 ? new ActivationLayer(shape, activation) : new Dense(shape, 6, activation);
        if (shape.Kind == ShapeKind.Features)
            yield break;
        yield return new Lstm(shape, 6);
        yield return new Gru(shape, 6);
        yield return new Rnn(shape, 6, Activation.Sine);
        yield return new MultiHeadAttention(shape, 3, causal: true);
        yield return new Reverse(shape);
        yield return new SinusoidalPositions(shape);
    }
}
