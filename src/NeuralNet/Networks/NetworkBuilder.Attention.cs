namespace NeuralNet;

/// <content>Attention.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Adds multi-head self-attention, in which every step of a sequence takes from all steps as much as they match it:
    /// <see cref="NeuralNet.MultiHeadAttention"/>.</summary>
    /// <remarks>A. Vaswani et al.: "Attention is all you need", 2017.</remarks>
    /// <inheritdoc path="/param"
    /// cref="NeuralNet.MultiHeadAttention.MultiHeadAttention(Shape, int, int?, bool, bool, bool, AttentionPositions?, int?, int?, float)"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder MultiHeadAttention(
        int heads, int? outputs = null, bool causal = false, bool bias = true, bool keyMask = false,
        AttentionPositions? positions = null, int? window = null, int? keyHeads = null, float dropout = 0) =>
        Add(shape => new MultiHeadAttention(shape, heads, outputs, causal, bias, keyMask, positions, window, keyHeads, dropout));

    /// <summary>Adds multi-head attention of one sequence to another, which lie side by side in a row:
    /// <see cref="NeuralNet.MultiHeadAttention.Cross"/>.</summary>
    /// <inheritdoc cref="NeuralNet.MultiHeadAttention.Cross(Shape, Shape, int, int?, bool, bool, int?, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder CrossAttention(
        Shape queries, Shape memory, int heads, int? outputs = null, bool bias = true, bool keyMask = false, int? keyHeads = null,
        float dropout = 0) =>
        Add(shape => NeuralNet.MultiHeadAttention.Cross(queries, memory, heads, outputs, bias, keyMask, keyHeads, dropout));
}
