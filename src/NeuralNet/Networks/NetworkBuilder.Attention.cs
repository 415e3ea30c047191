namespace NeuralNet;

/// <content>Attention.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>
    /// Adds multi-head self-attention, in which every step of a sequence takes from all steps as much as they match it:
    /// <see cref="NeuralNet.MultiHeadAttention"/>.
    /// </summary>
    /// <remarks>A. Vaswani et al.: "Attention is all you need", 2017.</remarks>
    /// <param name="heads">How many heads the features are divided into; their number must be a multiple of it.</param>
    /// <param name="outputs">The features of an output step; as many as the input's unless given.</param>
    /// <param name="causal">Whether a step sees no later ones.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="keyMask">Whether the last feature of each step says if the step is seen as a key, 1, or not, 0.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder MultiHeadAttention(int heads, int? outputs = null, bool causal = false, bool bias = true, bool keyMask = false) =>
        Add(shape => new MultiHeadAttention(shape, heads, outputs, causal, bias, keyMask));

    /// <summary>
    /// Adds multi-head attention of one sequence to another, which lie side by side in a row:
    /// <see cref="NeuralNet.MultiHeadAttention.Cross"/>.
    /// </summary>
    /// <param name="queries">The shape of the queries, which come first in a row.</param>
    /// <param name="memory">The shape of the memory, which comes after them.</param>
    /// <param name="heads">How many heads the queries' features are divided into; their number must be a multiple of it.</param>
    /// <param name="outputs">The features of an output step; as many as the queries' unless given.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="keyMask">Whether a row ends with a mask: 1 for each step of the memory that is seen, 0 for others.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder CrossAttention(Shape queries, Shape memory, int heads, int? outputs = null, bool bias = true, bool keyMask = false) =>
        Add(shape => NeuralNet.MultiHeadAttention.Cross(queries, memory, heads, outputs, bias, keyMask));
}
