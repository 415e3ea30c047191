using System.Runtime.InteropServices;

namespace NeuralNet;

/// <content>How it goes to another process, with every bit.</content>
internal sealed partial class Tally
{
    /// <summary>Writes down what has been summed up and kept.</summary>
    public void Write(BinaryWriter to)
    {
        Form.Write(to);
        to.Write(IsKept || IsTooLarge);
        to.Write(IsTooLarge);
        to.Write(Confusion is not null);
        to.Write(weights is not null);
        to.Write(Count);
        foreach (double sum in (double[])[Weight, absoluteSum, squareSum, logSum, rightSum, brierSum, divergenceSum, .. ranks ?? []])
            to.Write(sum);
        Confusion?.Write(to);
        Outcomes kept = Outcomes;
        to.Write(MemoryMarshal.AsBytes(kept.Outputs));
        to.Write(MemoryMarshal.AsBytes(kept.Desired));
        to.Write(MemoryMarshal.AsBytes(kept.Weights));
    }

    /// <summary>Reads what was written down. Nothing can be added to it: there is no <see cref="Divergence"/> to measure that by, and no room.
    /// </summary>
    public static Tally Read(BinaryReader from)
    {
        OutcomeForm form = OutcomeForm.Read(from);
        bool hasDetails = from.ReadBoolean(), isTooLarge = from.ReadBoolean(), hasConfusion = from.ReadBoolean(), hasWeights = from.ReadBoolean();
        long count = from.ReadInt64();
        var tally = new Tally(form, isTooLarge ? long.MaxValue : count, hasDetails, hasConfusion)
        {
            Count = count,
            Weight = from.ReadDouble(),
            absoluteSum = from.ReadDouble(),
            squareSum = from.ReadDouble(),
            logSum = from.ReadDouble(),
            rightSum = from.ReadDouble(),
            brierSum = from.ReadDouble(),
            divergenceSum = from.ReadDouble(),
        };
        for (int rank = 0; rank < tally.ranks?.Length; rank++)
            tally.ranks[rank] = from.ReadDouble();
        tally.Confusion?.Read(from);
        if (!tally.IsKept)
            return tally;
        tally.outputs = Kept(tally.Held * form.Width);
        tally.desired = Kept(tally.Held * form.Kept);
        tally.weights = hasWeights ? Kept(tally.Held) : null;
        return tally;

        float[] Kept(int length)
        {
            float[] values = GC.AllocateUninitializedArray<float>(length);
            from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
    }
}
