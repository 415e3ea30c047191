namespace NeuralNet.Tests.Reference;

/// <summary>Networks with tied blocks beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class TieReference
{
    // As in NetworkReference; of the models of many layers what is asked of sums everywhere.
    private const double Bound = 2e-6, BoundOfModels = 1e-5;

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
                "GPT" => (Gpt(bias: true), Divergence.CrossEntropy),
                "GPT without biases" => (Gpt(bias: false), Divergence.CrossEntropy),
                _ => throw new InvalidDataException($"There is no network {one.Name}."),
            };
            Network network = builder.Build();
            one.Parameters.Length.Should().Be(network.Parameters.Length);
            one.Parameters.CopyTo(network.Parameters);
            using Workspace workspace = network.CreateWorkspace(one.Rows);
            float[] gradient = new float[one.Parameters.Length];
            float actual = network.AddGradient(new Batch { Rows = one.Rows, Inputs = one.X, Desired = one.D }, divergence, gradient, workspace);

            double bound = network.Layers.Count > 4 ? BoundOfModels : Bound;
            LargestError value = new(one.Name, "D", "of D", bound), slope = new(one.Name, "∇W, ∇b", "of the block's largest", bound);
            value.Add(actual, one.Value, one.Value, "Gradient");
            NetworkReference.AddBlocks(slope, network, gradient, one.Gradient, "Gradient");
            yield return value;
            yield return slope;
        }
    }

    // nanoGPT's model of two blocks; PyTorch's module is in torch_gpt.py.
    private static NetworkBuilder Gpt(bool bias)
    {
        NetworkBuilder builder = Network.Create(Shape.Sequence(6, 1)).Embedding(11, 8).LearnedPositions();
        for (int k = 0; k < 2; k++)
        {
            builder.Residual(b => b.LayerNorm(bias: bias).MultiHeadAttention(2, causal: true, bias: bias))
                .Residual(b => b.LayerNorm(bias: bias).Dense(32, Activation.Gelu, bias: bias).Dense(8, bias: bias));
        }

        return builder.LayerNorm(bias: bias).Dense(11, Activation.Softmax, bias: false).Tie("0.weight", to: "7.weight", transposed: true);
    }

    private sealed record Values(Case[] Cases);

    private sealed record Case(string Name, int Rows, float[] X, float[] D, float[] Parameters, double Value, double[] Gradient);
}
