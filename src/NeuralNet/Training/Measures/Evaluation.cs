namespace NeuralNet;

/// <content>How it is measured.</content>
public sealed partial class Evaluation
{
    /// <summary>Measures a network on a data set, or on another source of rows, in inference.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The rows. Those of a source that does not say how many there are, or of outputs that may be numbers or labels, are read
    /// twice: before they are measured it is seen what they are.</param>
    /// <param name="divergence">The divergence to measure.</param>
    /// <param name="threads">How many threads share the work.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">The widths, lengths or class ids of the data do not fit the network, or its desired values the divergence.
    /// </exception>
    /// <exception cref="InvalidDataException">A source gives a row that does not fit, or none that counts.</exception>
    public static Evaluation Of(Network network, IRowSource data, Divergence divergence, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(divergence);
        var plan = new EvaluationPlan(network, data, divergence, nameof(data));
        using Workspace workspace = network.CreateWorkspace(plan.RowsAtATime, threads, training: false);
        return plan.Measure(network, workspace, needs: null);
    }

    // Bit for bit, for another process.
    internal void Write(BinaryWriter to)
    {
        to.Write(Divergence);
        tally.Write(to);
        to.Write(outputs.Length);
        foreach ((string name, Evaluation of) in outputs)
        {
            to.Write(name);
            of.Write(to);
        }
    }

    internal static Evaluation Read(BinaryReader from)
    {
        double divergence = from.ReadDouble();
        Tally tally = Tally.Read(from);
        var outputs = new (string, Evaluation)[from.ReadInt32()];
        for (int k = 0; k < outputs.Length; k++)
            outputs[k] = (from.ReadString(), Read(from));
        return new Evaluation(tally, divergence, outputs);
    }

    // Several, of other rows each, as one.
    internal static Evaluation Joined(IReadOnlyList<Evaluation> parts)
    {
        Evaluation first = parts[0];
        double weight = parts.Sum(part => part.tally.Weight);
        return new Evaluation(
            Tally.Joined([.. parts.Select(part => part.tally)]),
            parts.Sum(part => part.Divergence * part.tally.Weight) / weight,
            [.. first.OutputNames.Select(name => (name, Joined([.. parts.Select(part => part[name])])))]);
    }
}
