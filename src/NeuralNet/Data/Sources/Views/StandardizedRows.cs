using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Rows whose inputs are standardized.</summary>
internal sealed class StandardizedRows(IRowSource inner, Standardizer standardizer) : ChangedRows(inner)
{
    protected override string Words
    {
        get
        {
            var checksum = new Checksum();
            checksum.Add(MemoryMarshal.AsBytes(standardizer.Means));
            checksum.Add(MemoryMarshal.AsBytes(standardizer.Deviations));
            return $"standardized by {checksum.Value.ToString("x8", CultureInfo.InvariantCulture)}";
        }
    }

    protected override void Change(RandomStream stream, Span<float> inputs, int length, Span<float> scratch)
    {
        int features = standardizer.Means.Length, most = inputs.Length / features;
        if (length > most)
            throw new InvalidDataException(FormattableString.Invariant(
                $"A row has length {length}, but {inputs.Length} inputs are {most} steps of {features} features."));
        Span<float> real = length == 0 ? inputs : inputs[..(length * features)];
        standardizer.Apply(real, real);
        inputs[real.Length..].Clear();
    }
}
