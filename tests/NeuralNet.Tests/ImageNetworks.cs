namespace NeuralNet.Tests;

/// <summary>Networks drawn at random in which images become features, and features images, with all kinds of layers in between.</summary>
internal static class ImageNetworks
{
    public static Network Draw(int seed)
    {
        var random = new Random(seed);
        Shape input = random.Next(4) == 0 ? Shape.Features(12) : Images()[random.Next(Images().Length)];
        NetworkBuilder builder = Network.Create(input);
        for (int k = 0, layers = 3 + random.Next(7); k < layers; k++)
            Add(builder, random, depth: 0);
        Network network = builder.Dense(5, Activation.Tanh).Build(seed);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] += 0.2f * new RandomStream(seed).Normal(0, i);
        return network;
    }

    private static Shape[] Images() =>
        [Shape.Image(2, 2, 3), Shape.Image(3, 2, 2), Shape.Image(2, 1, 6), Shape.Image(3, 4, 1), Shape.Image(1, 1, 12)];

    private static NetworkBuilder Add(NetworkBuilder builder, Random random, int depth)
    {
        Shape shape = builder.Shape;
        int features = shape.FeatureCount;
        return random.Next(14) switch
        {
            0 => builder.LayerNorm(0.1f),
            1 => builder.Prelu(),
            2 => builder.Activation(Activation.Tanh),
            3 => builder.Activation(new Softmax(0.7f)),
            4 => builder.Prelu(shared: true).Dropout(0.1f),
            5 => builder.Dense(shape.Kind == ShapeKind.Features ? 12 : features, Activation.Sigmoid),
            6 or 7 when shape.Kind == ShapeKind.Image => builder.Flatten(),
            6 or 7 when shape is { Kind: ShapeKind.Features, FeatureCount: 12 } => builder.Reshape(Images()[random.Next(Images().Length)]),
            8 when features > 3 && features % 2 == 0 => builder.Activation(random.Next(2) == 0 ? Activation.Glu : Activation.Max),
            9 when features > 2 => builder.Slice(1, features - 2),
            10 when depth < 2 => builder.Parallel(
                Merge.Concat, b => Add(b.Flatten(), random, depth + 1).Flatten(), b => b.Flatten().Dense(3), b => b.Flatten()),
            11 when depth < 2 => builder.Residual(b => Add(b.Activation(Activation.Tanh), random, 3).Flatten().Dense(shape.Size).Reshape(shape)),
            12 when depth < 2 => builder.Flatten()
                .Parallel(Merge.Product, b => b, b => b.Dense(shape.Size, Activation.Sigmoid), b => b.LayerNorm(0.1f)),
            13 when shape.Size % 2 == 0 => builder.Reshape(Shape.Sequence(2, shape.Size / 2)).Dense(shape.Size / 2).Flatten(),
            _ => builder.Activation(Activation.Softplus),
        };
    }
}
