using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Predictions that are measured: the processes of a cluster make some each and gather them, so that each can measure all of them, with the
/// bits that one process has.</summary>
internal sealed class SharedPredictions
{
    // What a process says of its rows beside the outputs: Σ w D and Σ w.
    private const int Header = 2 * sizeof(double) / sizeof(float);

    private readonly Cluster? cluster;
    private readonly int rowsOfPart, outputs, parts;
    private readonly float[] blocks; // for each process the header, then the outputs of its rows

    /// <summary>Takes memory.</summary>
    /// <param name="network">A network of which outputs are measured.</param>
    /// <param name="rowsOfPart">The rows that go through it at a time.</param>
    /// <param name="inputs">The values that a row has beside its outputs.</param>
    /// <param name="cluster">The processes; null: this one alone.</param>
    public SharedPredictions(Network network, int rowsOfPart, int inputs, Cluster? cluster)
    {
        const long MostFloats = 1 << 24;
        (this.rowsOfPart, outputs) = (rowsOfPart, network.Output.Size);
        this.cluster = cluster is { Size: > 1 } ? cluster : null;
        int size = this.cluster?.Size ?? 1;
        parts = (int)Math.Clamp(MostFloats / ((long)rowsOfPart * (inputs + outputs)), 1, size);
        blocks = new float[Guard.Size((Int128)size * BlockFloats, nameof(cluster), "The predictions of all processes would have", Array.MaxLength)];
    }

    /// <summary>The rows that are predicted at a time by all processes together.</summary>
    public int Rows => rowsOfPart * parts;

    private int BlockFloats => Header + (rowsOfPart * outputs);

    /// <summary>How many parts so many rows have.</summary>
    public int PartsOf(int rows) => (rows + rowsOfPart - 1) / rowsOfPart;

    /// <summary>A part of some rows.</summary>
    public Batch Part(scoped in Batch batch, int part)
    {
        int first = part * rowsOfPart;
        return Network.PartOf(batch, first, Math.Min(rowsOfPart, batch.Rows - first), 0);
    }

    /// <summary>Σ w D and Σ w of a part that has been predicted.</summary>
    public WeightedSum SumOf(int part)
    {
        ReadOnlySpan<double> header = MemoryMarshal.Cast<float, double>(blocks.AsSpan(part * BlockFloats, Header));
        return new WeightedSum(header[0], header[1]);
    }

    /// <summary>The outputs of a part that has been predicted.</summary>
    public ReadOnlySpan<float> OutputsOf(int part, int rows) => blocks.AsSpan((part * BlockFloats) + Header, rows * outputs);

    /// <summary>Predicts rows: this process those of its part.</summary>
    public void Predict(Network network, scoped in Batch batch, Divergence divergence, Workspace workspace)
    {
        int own = cluster?.Rank ?? 0;
        if (own < PartsOf(batch.Rows))
        {
            Batch part = Part(batch, own);
            Span<float> block = blocks.AsSpan(own * BlockFloats, BlockFloats);
            WeightedSum sum = network.Measure(part, divergence, block.Slice(Header, part.Rows * outputs), workspace);
            Span<double> header = MemoryMarshal.Cast<float, double>(block[..Header]);
            (header[0], header[1]) = (sum.Sum, sum.Weight);
        }

        if (cluster is null)
            return;
        cluster.Meet(new Notice { Meeting = Meeting.Measure, Number = batch.FirstRow, Rows = ((long)batch.Rows << 32) | (uint)blocks.Length });
        cluster.Gather(MemoryMarshal.AsBytes(blocks.AsSpan()));
    }
}
