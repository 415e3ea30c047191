namespace NeuralNet;

/// <summary>
/// What a forward pass can be recognised by, so that backward after another one is refused.
/// </summary>
/// <remarks>
/// Of the inputs a sample of values is taken, not all: another batch is told from it unless it agrees in all of them.
/// </remarks>
internal readonly record struct ForwardMark(Network? Network, int Rows, int Steps, int FirstRow, RandomStream? Stream, ulong Values, bool AllowsBackward)
{
    private const int Samples = 64;

    public static ForwardMark Of(Network network, in Batch batch, int steps, bool allowsBackward)
    {
        ulong values = 0;
        int count = batch.Inputs.Length;
        for (int i = 0; i < Math.Min(count, Samples); i++)
        {
            // Scattered, so that no width makes them all fall into one column.
            int at = count <= Samples ? i : (int)(((ulong)((uint)i * 0x9E3779B9u) * (uint)count) >> 32);
            values = Mix(values, BitConverter.SingleToUInt32Bits(batch.Inputs[at]));
        }

        foreach (int length in batch.Lengths)
            values = Mix(values, (uint)length);
        return new ForwardMark(network, batch.Rows, steps, batch.FirstRow, batch.Stream, values, allowsBackward);
    }

    private static ulong Mix(ulong state, uint value) => System.Numerics.BitOperations.RotateLeft((state ^ value) * 0x9E3779B97F4A7C15UL, 29);
}
