using static System.FormattableString;

namespace NeuralNet;

/// <content>Rules about the course of the divergence, and about what goes in and is desired.</content>
internal static partial class TrainingRules
{
    /// <summary>How much larger than in all data the share of the largest class of a batch may be: shuffled batches of 8 of two classes come to 0.65.
    /// </summary>
    public const double LargestShareOfBatch = 0.9, LargestShareOfAll = 0.7;

    /// <summary>How many vectors have to be seen before what is desired of them all is believed.</summary>
    public const int LeastVectors = 30;

    private static Finding? RateTooHigh(XRay xray)
    {
        if (xray.Readings.Count == 0 && xray.NotFinite is null)
            return null;
        DivergenceCourse course = xray.Course;
        double update = xray.Readings.Count == 0 ? 0 : xray.Readings.Max(LargestUpdateOf);
        double usual = xray.Readings.Count == 0 ? 0 : Median(Later(xray).Select(LargestUpdateOf));
        double growth = course.Steps < StepsToFall ? GrowthAtFirst : Growth;
        bool grows = course.Late - course.First > (growth - 1) * Math.Abs(course.First);
        bool stays = course.Late > Fallen(course.First);

        // What begins at 0 moves by all of its size at first.
        bool wasted = update >= LargestUpdate && usual >= LargestUpdate / 10 && stays && course.Steps >= StepsToFall;
        bool kills = update >= LargestUpdate && Worst(xray, layer => layer.Dead ?? 0) is var (layer, share) && share >= MostDead
            && Of(xray.Readings[0], layer).Dead < MostDead / 2;
        if (xray.NotFinite is null && !grows && !wasted && !kills && !(usual >= LargestUpdate && course.Late > Fallen(course.Early)))
            return null;
        float rate = xray.Readings.Count == 0 ? xray.Trainer!.LearningRate : xray.Readings[^1].LearningRate;
        string moved = Invariant($"a step moved the weights of a layer by up to {update:G2} times their size");
        return new Finding(
            FindingKind.RateTooHigh, FindingSeverity.Serious, Invariant($"the learning rate, {rate:G3}"),
            xray.NotFinite is null
                ? Invariant($"The divergence came from {course.First:G3} to {course.Late:G3} in {course.Steps} steps; {moved}.")
                : Invariant($"After {course.Steps} steps one could not be made: {xray.NotFinite}{(course.Steps > 0 ? $" Before, {moved}." : "")}"),
            "Steps are so large that they jump over the minimum, further each time, or to where the network is level.",
            "A rate a tenth of this, or the one that RateTest.Run proposes; a warm-up (OneCycle); GradientClipping (Trainer.Clipping).");
    }

    private static Finding? RateTooLow(XRay xray)
    {
        DivergenceCourse course = xray.Course;
        if (xray.Readings.Count < LeastReadings || course.Steps < StepsToFall || course.Late < Fallen(course.Early))
            return null;
        double update = Median(Later(xray).Select(LargestUpdateOf));
        if (!(update > 0 && update < SmallestUpdate))
            return null;
        return new Finding(
            FindingKind.RateTooLow, FindingSeverity.Warning, Invariant($"the learning rate, {xray.Readings[^1].LearningRate:G3}"),
            Invariant($"The divergence came from {course.Early:G3} to {course.Late:G3} in {course.Steps} steps; ")
                + Invariant($"a step moves the weights of no layer by more than {update:G2} of their size."),
            "Steps are so small that the network hardly changes.",
            "A rate ten or a hundred times this, or the one that RateTest.Run proposes; Adam, which needs less of a guess.");
    }

    // To what a divergence should have come; one without its constant may be negative.
    private static double Fallen(double from) => from - ((1 - FallenTo) * Math.Abs(from));

    private static double LargestUpdateOf(XRayReading reading) => reading.Layers.Select(layer => layer.UpdateRatio).DefaultIfEmpty(0).Max();

    private static Finding? InputScale(XRay xray, Network network)
    {
        return xray.Rows is { Vectors: >= LeastVectors } rows
            ? DataRules.InputScale(FirstColumns.Of(network, [.. rows.Columns().Index()])) : null;
    }

    private static Finding? OrderedLabels(DesiredSummary rows)
    {
        if (rows is not { IsOneHot: true, Batches: >= LeastReadings, Wanted: >= LeastVectors }
            || rows.LargestShareOfBatch < LargestShareOfBatch || rows.LargestShare > LargestShareOfAll || rows.WantedRows < 4 * rows.Batches)
        {
            return null;
        }

        return new Finding(
            FindingKind.OrderedLabels, FindingSeverity.Serious, Where("the order of the rows", rows),
            Invariant($"The largest class of a batch has {rows.LargestShareOfBatch:P0} of its rows, but {rows.LargestShare:P0} of all rows."),
            "The rows come class after class: a network that sees them in this order forgets one class while it learns the next.",
            "Trainer.Shuffle = true (as it is unless set), or a source that gives its rows in another order.")
        {
            Output = rows.Name,
        };
    }

    private static Finding? MemorizedLabels(XRay xray, Trainer trainer, DesiredSummary rows)
    {
        // Of one of several outputs the trainer's epochs say nothing; what was seen of it in training are the rows that were looked at.
        (double Divergence, double? Accuracy)[] measured = rows.Name is null
            ? [.. xray.Epochs.Where(epoch => epoch.ValidationDivergence is not null)
                .Select(epoch => (epoch.ValidationDivergence!.Value, epoch.ValidationAccuracy))]
            : [.. xray.OutputEpochs.Where(epoch => epoch.Name == rows.Name).Select(epoch => (epoch.Divergence, epoch.Accuracy))];
        if (measured.Length < 2)
            return null;
        (double first, double end) = rows.Name is null
            ? (xray.Course.First, xray.Epochs.Last(epoch => epoch.ValidationDivergence is not null).TrainingDivergence)
            : (rows.FirstTrained, rows.Trained);
        double guess = rows.Guessed, known = measured.Min(epoch => epoch.Divergence);
        if (!(end > 0 && end < LearnedByHeart * Math.Min(guess, known)))
            return null;
        bool hasClasses = measured[^1].Accuracy is not null && rows is { IsOneHot: true, Wanted: > 0 };
        double best = hasClasses ? measured.Max(epoch => epoch.Accuracy!.Value) : known;

        // Guessing is right by chance a little more often than the largest class is there; the best of many epochs is lucky.
        // Where nearly all rows are of one class, no accuracy is far from guessing; the divergence tells the two apart.
        double share = rows.LargestShare, luck = Math.Min(Math.Min(0.1, share / 2), (1 - share) / 2);
        bool guesses = (!hasClasses || best < share + luck) && known > FallenTo * guess;
        if (!guesses)
            return null;
        string validation = hasClasses
            ? Invariant($"its accuracy on the validation rows was never above {best:P0}, and guessing the largest class gives {rows.LargestShare:P0}")
            : Invariant($"on the validation rows it was never below {best:G3}, and answering with the mean gives {guess:G3}");
        return new Finding(
            FindingKind.MemorizedLabels, FindingSeverity.Serious, Where("what is desired", rows),
            Invariant($"In training the divergence ({DivergenceOf(trainer, rows).Kind}) fell from {first:G3} to {end:G3}; {validation}."),
            "The network learns rows by heart and finds nothing that holds for others: what is desired belongs to other rows (shuffled, or shifted "
                + "by a row), or does not follow from the inputs.",
            "Look at some rows with what is desired of them, from the file to the data set: were inputs and labels sorted or shuffled apart? "
                + "DataCheck.Of says whether neighbours have the same class.")
        {
            Output = rows.Name,
        };
    }
}
