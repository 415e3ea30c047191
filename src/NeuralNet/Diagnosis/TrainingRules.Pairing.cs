using static System.FormattableString;

namespace NeuralNet;

/// <content>Pairs of a last activation, a divergence and desired values that are allowed, but rarely meant.</content>
internal static partial class TrainingRules
{
    private const string Classes = "Activation.Softmax with Divergence.CrossEntropy for classes of which one is right; Activation.Sigmoid with "
        + "Divergence.BinaryCrossEntropy for one output, or for classes that do not exclude each other.";

    private static Finding? UnsuitedDivergence(Trainer trainer, DesiredSummary rows)
    {
        Divergence divergence = DivergenceOf(trainer, rows);
        FinalActivation[] ends = [.. Pairing.Ends(trainer.Network.Chain)];
        if (rows.Name is { } name)
        {
            NamedPart own = trainer.Network.Outputs[name];
            ends = Array.FindAll(ends, one => one.First < own.First + own.Count && one.First + one.Count > own.First);
        }

        if (ends is not [var end] || rows.Batches == 0)
            return null;
        Activation last = end.Activation;
        bool isDistance = divergence.OutputRange == ValueRange.Unstated && divergence.DesiredRange == ValueRange.Any;
        bool isBinary = rows is { IsBinary: true, Wanted: >= LeastVectors, Smallest: 0, Largest: 1 };
        string pair = $"{(rows.Name is null ? "The network" : $"Output \"{rows.Name}\"")} ends with {last}, and the divergence is {divergence}";
        if (isDistance && last is Softmax or Sigmoid && isBinary)
        {
            return Unsuited(
                FindingSeverity.Warning, $"{pair}; what is desired is 0 or 1.",
                $"Where {last} is sure of a wrong answer it is level, and the gradient of {divergence} passes through its slope: the worst mistakes "
                + "are learned from least. The slope cancels out with the divergence that belongs to the activation.",
                Classes);
        }

        if (isDistance && last is Identity && isBinary && rows.HasAllClasses)
        {
            return Unsuited(
                FindingSeverity.Warning, $"{pair}; what is desired is 0 or 1 in all {rows.Wanted} vectors that were looked at.",
                "These are classes, but the network is trained to hit numbers: it is punished for being more than sure, and its outputs are no "
                + "probabilities.", Classes);
        }

        if (divergence is BinaryCrossEntropy && rows is { IsOneHot: true, Wanted: >= LeastVectors, HasAllClasses: true })
        {
            return Unsuited(
                FindingSeverity.Warning,
                Invariant($"{pair}; in each of the {rows.Wanted} vectors that were looked at exactly one of {rows.Width} classes is desired."),
                "Each class is learned as a question of its own, to which the answer is mostly no; that one of them is right is not used.", Classes);
        }

        (double least, double most) = RangeOf(last);
        double beyond = Math.Max(least - rows.Smallest, rows.Largest - most);
        return !isDistance || rows.Wanted < LeastVectors || !(beyond > 1e-3 * (rows.Largest - rows.Smallest)) ? null
            : Unsuited(
                FindingSeverity.Serious,
                Invariant($"{pair}; what is desired goes from {rows.Smallest:G4} to {rows.Largest:G4}, but {last} gives {least:G4} to {most:G4}."),
                "The network cannot give what is desired of it.",
                "No activation at the end (Activation.Identity), or what is desired scaled to what the activation can give.");

        Finding Unsuited(FindingSeverity severity, string evidence, string cause, string remedy) =>
            new(FindingKind.UnsuitedDivergence, severity, Where("the last activation and the divergence", rows), evidence, cause, remedy)
            {
                Output = rows.Name,
            };
    }

    // The smallest and the largest value of an activation.
    private static (double Least, double Most) RangeOf(Activation activation) => activation switch
    {
        Tanh or Softsign or Sine => (-1, 1),
        HardTanh hard => (hard.Minimum, hard.Maximum),
        Relu6 => (0, 6),
        LogSigmoid or LogSoftmax => (double.NegativeInfinity, 0),
        _ => activation.OutputRange switch
        {
            ValueRange.NotNegative => (0, double.PositiveInfinity),
            ValueRange.ZeroToOne or ValueRange.Probabilities => (0, 1),
            _ => (double.NegativeInfinity, double.PositiveInfinity),
        },
    };
}
