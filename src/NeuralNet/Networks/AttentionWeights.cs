using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>What the heads of an attention layer looked at in a prediction: of each query the weights a = softmax(s) with which it took from the
/// keys. Made by <see cref="Network.PredictAttention(ReadOnlySpan{float}, string)"/>.</summary>
/// <remarks>The weights of a query add up to 1, and are exactly 0 for keys that it does not see: behind a row's length, masked, out of its window, or
/// later than a causal query. All are 0 for a query that sees no key, and for one behind its row's length.</remarks>
public sealed class AttentionWeights
{
    private readonly WeightTap kept;

    internal AttentionWeights(string place, WeightTap kept) => (Place, this.kept) = (place, kept);

    /// <summary>The place of the layer, such as "2.1.0".</summary>
    public string Place { get; }

    /// <summary>The rows of the prediction.</summary>
    public int Rows => kept.Rows;

    /// <summary>The heads of the layer.</summary>
    public int Heads => kept.Heads;

    /// <summary>The steps that were queries, as many as the rows had in the layer.</summary>
    public int Queries => kept.Queries;

    /// <summary>The steps that were keys: those of the queries, or in cross attention those of the memory.</summary>
    public int Keys => kept.Keys;

    /// <summary>All weights, [rows, heads, queries, keys].</summary>
    public ReadOnlySpan<float> Values => kept.Values;

    /// <summary>The weights of one head.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="head">The head, from 0.</param>
    /// <returns>[queries, keys], a view.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or head.</exception>
    public ReadOnlySpan<float> Head(int row, int head)
    {
        CheckIndex(row, Rows, nameof(row), "row");
        CheckIndex(head, Heads, nameof(head), "head");
        int size = Queries * Keys;
        return Values.Slice(((row * Heads) + head) * size, size);
    }

    /// <summary>The weights of the first queries of one head for the first keys: of a row that is shorter than others without what lies behind its
    /// end.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="head">The head, from 0.</param>
    /// <param name="queries">How many queries, from 1 to <see cref="Queries"/>.</param>
    /// <param name="keys">How many keys, from 1 to <see cref="Keys"/>.</param>
    /// <returns>[queries, keys], a copy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or head, or there are not so many queries or keys.</exception>
    public float[] HeadPart(int row, int head, int queries, int keys) => First(Head(row, head), queries, keys);

    /// <summary>The mean of the weights over the heads, one picture of a layer for all of them.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="queries">Of how many queries, from 1 to <see cref="Queries"/>; of all unless given.</param>
    /// <param name="keys">Of how many keys, from 1 to <see cref="Keys"/>; of all unless given.</param>
    /// <returns>[queries, keys].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row, or there are not so many queries or keys.</exception>
    public float[] MeanOfHeads(int row, int? queries = null, int? keys = null)
    {
        float[] mean = Head(row, 0).ToArray();
        for (int head = 1; head < Heads; head++)
            TensorPrimitives.Add(mean, Head(row, head), mean);
        TensorPrimitives.Divide(mean, Heads, mean);
        return First(mean, queries ?? Queries, keys ?? Keys);
    }

    /// <summary>Whose weights, and how many.</summary>
    /// <returns>For example <c>Attention weights of layer 2.1.0, 3 rows, 4 heads, 10 queries, 20 keys</c>.</returns>
    public override string ToString() => FormattableString.Invariant(
        $"Attention weights of layer {Place}, {Rows} rows, {Heads} heads, {Queries} queries, {Keys} keys");

    private float[] First(ReadOnlySpan<float> all, int queries, int keys)
    {
        CheckIndex(queries - 1L, Queries, nameof(queries), "number of queries", from: 1);
        CheckIndex(keys - 1L, Keys, nameof(keys), "number of keys", from: 1);
        float[] first = new float[queries * keys];
        for (int query = 0; query < queries; query++)
            all.Slice(query * Keys, keys).CopyTo(first.AsSpan(query * keys));
        return first;
    }

    private static void CheckIndex(long index, int count, string name, string what, int from = 0)
    {
        if (index < 0 || index >= count)
            throw Guard.OutOfRange(name, index + from, FormattableString.Invariant($"A {what} from {from} to {count - 1 + from} was expected."));
    }
}
