using NeuralNet.Onnx.Tests.Import;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>A small GPT as a whole: ids, positions, blocks, and logits by the table of the ids.</summary>
public class GptTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_answers_in_another_runtime_as_here_and_when_it_comes_back(bool bias)
    {
        Network network = Gpt(bias, bias ? Activation.GeluTanh : Activation.Gelu);
        Same.AsPredicted(network);

        Network again = OnnxFile.Load(network.ToOnnx());
        Imported.PredictsLike(again, network);
        Blocks(again).Should().Equal([.. Blocks(network), "7.weight 16×19"], "what was tied comes back apart");
    }

    // The probabilities of the next id, as a model that is trained has them.
    [Fact]
    public void With_a_softmax_it_does_too()
    {
        Network network = Gpt(bias: false, Activation.Gelu, Activation.Softmax);
        Same.AsPredicted(network);
        Network again = OnnxFile.Load(network.ToOnnx());
        Imported.PredictsLike(again, network);

        // One more step of a text at a time, with keys and values carried, as what was exported has it.
        float[] text = Same.Inputs(network, 1, seed: 5), all = again.Predict(text), step = new float[19], state = new float[again.StatePerRow];
        using Workspace workspace = again.CreateWorkspace(maxRows: 1, training: false);
        for (int t = 0; t < 7; t++)
        {
            again.Predict(new Batch { Rows = 1, Steps = 1, Inputs = text.AsSpan(t, 1), State = state }, step, workspace);
            step.Should().Equal(all[(19 * t)..(19 * (t + 1))]);
        }
    }

    private static IEnumerable<string> Blocks(Network network) =>
        network.Blocks.Select(block => $"{block.Name} {string.Join("×", block.Dimensions)}");

    private static Network Gpt(bool bias, Activation activation, Activation? last = null)
    {
        NetworkBuilder builder = Network.Create(Shape.Sequence(7, 1)).Embedding(19, 16).LearnedPositions();
        for (int k = 0; k < 2; k++)
        {
            builder.Residual(b => b.LayerNorm(bias: bias).MultiHeadAttention(4, causal: true, bias: bias))
                .Residual(b => b.LayerNorm(bias: bias).Dense(64, activation, bias: bias).Dense(16, bias: bias));
        }

        Network network = builder.LayerNorm(bias: bias).Dense(19, last, bias: false).Tie("0.weight", to: "7.weight", transposed: true).Build(seed: 1);
        var stream = new RandomStream(4);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] += 0.2f * stream.Normal(0, i);
        return network;
    }
}
