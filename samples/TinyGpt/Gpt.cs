using NeuralNet;

namespace TinyGpt;

/// <summary>A small GPT: blocks of causal attention and of two dense layers, each behind a norm, on characters and their positions.</summary>
/// <remarks>A. Radford et al.: "Language models are unsupervised multitask learners", 2019, in the size of nanoGPT's recipe for a CPU.</remarks>
internal static class Gpt
{
    public const int Steps = 64;

    private const int Blocks = 4, Heads = 4, Width = 128;

    /// <summary>Makes the network, before it has learned anything.</summary>
    /// <param name="vocabulary">How many characters there are.</param>
    /// <param name="learned">Whether positions are learned, as GPT-2 has them; otherwise each attention turns queries and keys by theirs.</param>
    /// <param name="seed">What decides the weights.</param>
    public static Network Make(int vocabulary, bool learned, long seed)
    {
        NetworkBuilder layers = Network.Create(Shape.Sequence(Steps, features: 1)).Embedding(vocabulary, Width);
        if (learned)
            layers = layers.LearnedPositions();
        Rotary? positions = learned ? null : Rotary.Default;
        for (int block = 0; block < Blocks; block++)
        {
            layers = layers
                .Residual(b => b.LayerNorm(bias: false).MultiHeadAttention(Heads, causal: true, bias: false, positions: positions))
                .Residual(b => b.LayerNorm(bias: false).Dense(4 * Width, Activation.Gelu, bias: false).Dense(Width, bias: false));
        }

        // The last layer compares what has been made of a character with every character: its matrix is the embedding's.
        Network network = layers.LayerNorm(bias: false)
            .Dense(vocabulary, Activation.Softmax, bias: false)
            .Tie("0.weight", to: $"{(2 * Blocks) + (learned ? 3 : 2)}.weight", transposed: true)
            .Build(seed);
        Initialize(network, seed);
        return network;
    }

    /// <summary>The place of a block's attention in the network.</summary>
    public static string Attention(Network network, int block) => $"{network.Layers.Count - 2 - (2 * (Blocks - block))}.1.1";

    // As GPT-2 does: all weights are small, and those that add to what goes past the blocks are smaller, the more of them there are.
    private static void Initialize(Network network, long seed)
    {
        const float Deviation = 0.02f;
        var stream = new RandomStream(seed);
        foreach ((int k, Block block) in network.Blocks.Index().Where(one => one.Item.Role == BlockRole.Weight))
        {
            bool isAdded = ((string[])[".1.1.out_weight", ".1.2.weight"]).Any(ending => block.Name.EndsWith(ending, StringComparison.Ordinal));
            new TruncatedNormal(isAdded ? Deviation / MathF.Sqrt(2 * Blocks) : Deviation).Fill(network.Parameter(block.Name), block, stream.Fork(k));
        }
    }
}
