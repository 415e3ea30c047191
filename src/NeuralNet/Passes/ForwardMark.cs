namespace NeuralNet;

/// <summary>What identifies a forward pass, so that a backward pass of another batch is refused.</summary>
/// <remarks>Only a sample of the inputs is taken: a batch that agrees in all of the sampled values is not told apart. Of the weights
/// counts which are 0. Statistics say which statistics were frozen; null: none.</remarks>
internal readonly record struct ForwardMark(
    object? Network, int Rows, int Steps, int FirstRow, RandomStream? Stream, bool Inference, ulong Values, Learning? Statistics, bool AllowsBackward)
{
    private const int Samples = 64;

    public static ForwardMark Of(object network, in Batch batch, int steps, Learning? statistics, bool allowsBackward)
    {
        ulong values = 0;
        int count = batch.Inputs.Length;
        for (int i = 0; i < Math.Min(count, Samples); i++)
        {
            // Scattered, because with equal distances all could fall into one column.
            int at = count <= Samples ? i : (int)(((ulong)((uint)i * 0x9E3779B9u) * (uint)count) >> 32);
            values = Mix(values, BitConverter.SingleToUInt32Bits(batch.Inputs[at]));
        }

        foreach (int length in batch.Lengths)
            values = Mix(values, (uint)length);
        for (int i = 0; i < batch.Weights.Length; i++)
            values = batch.Weights[i] == 0 ? Mix(values, (uint)i) : values;
        return new ForwardMark(network, batch.Rows, steps, batch.FirstRow, batch.Stream, batch.Inference, values, statistics, allowsBackward);
    }

    private static ulong Mix(ulong state, uint value) => System.Numerics.BitOperations.RotateLeft((state ^ value) * 0x9E3779B97F4A7C15UL, 29);
}
