namespace NeuralNet.Tests.Reference;

/// <summary>Networks with tied blocks beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class TieReference
{
    // As in NetworkReference.
    private const double Bound = 2e-6;

    public static IEnumerable<LargestError> Measure()
    {
        foreach (Case one in ReferenceFile.Read<Values>("ties.json").Cases)
        {
            (NetworkBuilder builder, Divergence divergence) = one.Name switch
            {
                "language model" => (
                    Network.Create(Shape.Sequence(5, 1)).Embedding(11, 6).Dense(6, Activation.Tanh).Dense(11, Activation.Softmax)
                    .Tie("0.weight", to: "2.weight", transposed: true),
                    Divergence.CrossEntropy),
                "as it is and transposed" => (
                    Network.Create(5).Dense(5, Activation.Tanh).Dense(5, Activation.Sigmoid).Dense(5).Tie("0.weight", "1.weight")
                    .Tie("0.bias", "1.bias").Tie("0.weight", "2.weight", transposed: true),
                    Divergence.L2),
                _ => throw new InvalidDataException($"There is no network {one.Name}."),
            };
            Network network = builder.Build();
            one.Parameters.Length.Should().Be(network.Parameters.Length);
            one.Parameters.CopyTo(network.Parameters);
            using Workspace workspace = network.CreateWorkspace(one.Rows);
            float[] gradient = new float[one.Parameters.Length];
            float actual = network.AddGradient(new Batch { Rows = one.Rows, Inputs = one.X, Desired = one.D }, divergence, gradient, workspace);

            LargestError value = new(one.Name, "D", "of D", Bound), slope = new(one.Name, "∇W, ∇b", "of the block's largest", Bound);
            value.Add(actual, one.Value, one.Value, "Gradient");
            NetworkReference.AddBlocks(slope, network, gradient, one.Gradient, "Gradient");
            yield return value;
            yield return slope;
        }
    }

    private sealed record Values(Case[] Cases);

    private sealed record Case(string Name, int Rows, float[] X, float[] D, float[] Parameters, double Value, double[] Gradient);
}
