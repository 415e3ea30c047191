using static System.FormattableString;

namespace NeuralNet;

/// <summary>The rules for a training, each with its threshold.</summary>
/// <remarks>Thresholds are wide: what is healthy differs by factors of ten between networks, what is sick by factors of a thousand. Rules about a
/// layer ask most of the readings, so that neither the first steps nor one odd batch decide; only what is there before the first step is judged by
/// it.
/// </remarks>
internal static partial class TrainingRules
{
    /// <summary>With half of its units a layer of a usual size still learns, but no initialization leaves so few.</summary>
    public const double MostDead = 0.5;

    /// <summary>Where training works, units become level for rows of which they are sure, but rarely for most rows in most layers.</summary>
    public const double MostSaturated = 0.6;

    /// <summary>Between the layers of healthy networks ‖g‖ / ‖w‖ differs by factors of 0.05 to 10. At a thousandth a layer stays as it was
    /// initialized while a later one has learned all it can.</summary>
    public const double SmallestGradientRatio = 1e-3;

    /// <summary>The other way round a step that is right for the later layers throws away what an early one was.</summary>
    public const double LargestGradientRatio = 30;

    /// <summary>A healthy step moves weights by about a thousandth of their size, a bold one by a hundredth.</summary>
    public const double LargestUpdate = 0.1;

    /// <summary>At a ten-thousandth it takes ten thousand steps to make other weights, if all go one way.</summary>
    public const double SmallestUpdate = 1e-4;

    /// <summary>A batch differs from the next by some tens of percent, and over many steps a network that does not learn is no worse than it began;
    /// in the first steps an odd batch may be several times as bad as another, but not ten times.</summary>
    public const double Growth = 1.5, GrowthAtFirst = 10;

    /// <summary>After so many steps a divergence that has not fallen by a twentieth will take very long.</summary>
    public const long StepsToFall = 50;

    /// <summary>What a divergence should have fallen to by then.</summary>
    public const double FallenTo = 0.95;

    /// <summary>Learned by heart: the divergence in training against the best on the validation rows, and against that of an answer that is always
    /// the same.</summary>
    public const double LearnedByHeart = 2 / 3.0;

    /// <summary>Of fewer readings nothing is said about layers.</summary>
    public const int LeastReadings = 3;

    /// <summary>All findings, in any order.</summary>
    public static IEnumerable<Finding> All(XRay xray)
    {
        if (xray.Trainer is not { } trainer)
            return [];
        var found = new List<Finding>();
        Add(InputScale(xray, trainer.Network));
        foreach (DesiredSummary wanted in xray.Rows!.Outputs)
        {
            Add(OrderedLabels(wanted));
            Add(MemorizedLabels(xray, trainer, wanted));
            Add(UnsuitedDivergence(trainer, wanted));
        }

        int first = found.Count;
        Add(RateTooHigh(xray));
        bool isTooHigh = found.Count > first;
        Add(DeadUnits(xray, isTooHigh));
        Add(SaturatedUnits(xray, isTooHigh));
        Add(VanishingGradient(xray, isTooHigh));
        Add(ExplodingGradient(xray));
        if (found.Count == first)
            Add(RateTooLow(xray));
        return found;

        void Add(Finding? finding)
        {
            if (finding is not null)
                found.Add(finding);
        }
    }

    private static Finding? DeadUnits(XRay xray, bool isTooHigh)
    {
        if (Worst(xray, layer => layer.Dead ?? 0) is not var (layer, share) || share < MostDead)
            return null;
        double atFirst = Of(xray.Readings[0], layer).Dead ?? 0;
        bool fromTheBeginning = atFirst >= MostDead / 2;
        return new Finding(
            FindingKind.DeadUnits, share > 0.9 ? FindingSeverity.Serious : FindingSeverity.Warning, Where(layer),
            Invariant($"{share:P0} of its {layer.Units} units gave 0 for all rows that were looked at (at the first step {atFirst:P0})."),
            fromTheBeginning
                ? "Biases or weights are so negative from the beginning that the activation is 0 for every row, where it has no slope: nothing "
                    + "brings it back."
                : "Steps were so large that they pushed the units to where the activation is 0 for every row: there no slope brings them back.",
            (fromTheBeginning ? "" : "A smaller learning rate, at the beginning above all (OneCycle). ")
                + "Initializer.HeNormal with biases of 0, inputs with mean 0 and deviation 1, or an activation that has a slope everywhere: "
                + "Activation.LeakyRelu, Elu, Gelu.")
        {
            Place = layer.Place,
            Order = Order(FindingKind.DeadUnits, isTooHigh && !fromTheBeginning),
        };
    }

    private static Finding? SaturatedUnits(XRay xray, bool isTooHigh)
    {
        // What the network ends with is to be sure of its answers.
        if (Worst(xray, (reading, k) => IsLast(xray, reading, k) ? 0 : reading.Layers[k].Saturated ?? 0) is not var (layer, share)
            || share < MostSaturated)
        {
            return null;
        }

        double atFirst = Of(xray.Readings[0], layer).Saturated ?? 0;
        bool fromTheBeginning = atFirst >= MostSaturated / 2;
        return new Finding(
            FindingKind.SaturatedUnits, share > 0.9 ? FindingSeverity.Serious : FindingSeverity.Warning, Where(layer),
            Invariant($"At {share:P0} of its outputs the activation has under 5 % of its largest slope (at the first step {atFirst:P0})."),
            fromTheBeginning ? "What comes into the activation is too large from the beginning: large weights, or large inputs."
                : "Weights have grown until the activation is level nearly everywhere.",
            "Initializer.GlorotUniform (the default), inputs with mean 0 and deviation 1 (Standardize), a norm before the activation (BatchNorm, "
                + "LayerNorm), "
                + (fromTheBeginning ? "or Activation.Relu in hidden layers." : "a smaller learning rate, or weight decay (AdamW)."))
        {
            Place = layer.Place,
            Order = Order(FindingKind.SaturatedUnits, isTooHigh && !fromTheBeginning),
        };
    }

    private static Finding? VanishingGradient(XRay xray, bool isTooHigh)
    {
        // For each layer the median, over the readings, of its gradient against the largest of a later layer. What is frozen has none.
        if (Worst(xray, (reading, k) => 1 / Ratio(xray, reading, k)) is not var (layer, inverse) || inverse < 1 / SmallestGradientRatio)
            return null;

        LayerReading end = xray.Readings[^1].Layers.Last(one => one.Parameters > 0);
        return new Finding(
            FindingKind.VanishingGradient, FindingSeverity.Serious, Where(layer),
            Invariant($"The gradient, relative to the weights, is {1 / inverse:G2} times that of a later layer; ")
                + Invariant($"the outputs of layer {end.Place} spread into {end.EffectiveRank:0.#} directions."),
            "Each layer multiplies the gradient by the slope of its activation and by its weights; if that is less than 1, little is left after many "
                + "layers (or steps of a recurrent one).",
            "Activation.Relu with Initializer.HeNormal instead of sigmoids, norms between the layers (BatchNorm, LayerNorm), shortcuts (.Residual), "
                + "fewer layers; for long sequences Lstm or Gru instead of Rnn.")
        {
            Place = layer.Place,
            Order = Order(FindingKind.VanishingGradient, isTooHigh && 1 / RatioOf(xray, xray.Readings[0], layer) < 1 / SmallestGradientRatio),
        };
    }

    private static Finding? ExplodingGradient(XRay xray)
    {
        if (xray.Readings.Count == 0)
            return null;
        XRayReading reading = xray.Readings[0];
        int worst = Enumerable.Range(0, reading.Layers.Count).MaxBy(k => Ratio(xray, reading, k));
        double ratio = reading.Layers.Count == 0 ? 0 : Ratio(xray, reading, worst);
        if (!(ratio > LargestGradientRatio) || double.IsPositiveInfinity(ratio))
            return null;
        LayerReading layer = reading.Layers[worst];
        bool isRecurrent = layer.Kind is nameof(Rnn) or nameof(Lstm) or nameof(Gru);
        return new Finding(
            FindingKind.ExplodingGradient, FindingSeverity.Serious, Where(layer),
            Invariant($"At step {reading.Step} the gradient has the norm {layer.GradientNorm:G2}, the weights {layer.WeightNorm:G2}: ")
                + Invariant($"that is {ratio:G2} times as much as in a later layer."),
            isRecurrent ? "The recurrent weights multiply the gradient at each step; if they are too large, it grows from step to step."
                : "The weights of the layers multiply the gradient; if they are too large, it grows from layer to layer.",
            (isRecurrent ? "Recurrent weights by Initializer.Orthogonal (the default), Lstm or Gru, "
                : "Initializer.HeNormal or GlorotUniform, norms between the layers, ") + "and GradientClipping by the norm (Trainer.Clipping).")
        {
            Place = layer.Place,
        };
    }

    // The divergence of an output; the trainer's where it is all of the network.
    private static Divergence DivergenceOf(Trainer trainer, DesiredSummary wanted) =>
        trainer.Divergence is ByOutputs several && wanted.Name is { } name ? several.PartOf(name).Of : trainer.Divergence;

    private static string Where(string what, DesiredSummary wanted) => wanted.Name is null ? what : $"{what}, output \"{wanted.Name}\"";

    // What a rule has found is ranked by its kind; what came of a rate that was too high comes right behind that.
    private static double Order(FindingKind kind, bool isOfRate) =>
        isOfRate ? (double)FindingKind.RateTooHigh + 0.5 + ((double)kind / 100) : (double)kind;

    private static string Where(LayerReading layer) => $"layer {layer.Place}, {layer.Kind}";

    private static LayerReading Of(XRayReading reading, LayerReading layer) => reading.Layers.First(one => one.Place == layer.Place);

    // The gradient of a layer, relative to its weights, against the largest of a later layer; NaN where one of them has none.
    private static double Ratio(XRay xray, XRayReading reading, int k)
    {
        double own = Gradient(reading.Layers[k]), later = 0;
        for (int next = k + 1; next < reading.Layers.Count; next++)
        {
            if (!AreParallel(xray, reading, k, next))
                later = Math.Max(later, Gradient(reading.Layers[next]));
        }

        return own > 0 && later > 0 ? own / later : double.NaN;

        // Of an embedding a step moves the rows of its ids only, and the norm is that of all.
        static double Gradient(LayerReading layer) => layer.Kind == nameof(Embedding) ? 0 : layer.RelativeGradient;
    }

    private static double RatioOf(XRay xray, XRayReading reading, LayerReading layer) =>
        Ratio(xray, reading, reading.Layers.ToList().FindIndex(one => one.Place == layer.Place));

    private static bool AreParallel(XRay xray, XRayReading reading, int one, int other) =>
        LayerPlaces.AreParallel(xray.Trainer!.Network, reading.Layers[one].Place, reading.Layers[other].Place);

    // Whether no layer comes behind it, unless beside it.
    private static bool IsLast(XRay xray, XRayReading reading, int k) =>
        Enumerable.Range(k + 1, reading.Layers.Count - k - 1).All(next => AreParallel(xray, reading, k, next));

    // The layer of which the median of a measure over the readings is the largest, and that median. Of many readings the later half counts.
    private static (LayerReading Layer, double Median)? Worst(XRay xray, Func<LayerReading, double> measure) =>
        Worst(xray, (reading, k) => measure(reading.Layers[k]));

    private static (LayerReading Layer, double Median)? Worst(XRay xray, Func<XRayReading, int, double> measure)
    {
        if (xray.Readings.Count < LeastReadings)
            return null;
        XRayReading[] later = Later(xray);
        (LayerReading, double)? worst = null;
        for (int k = 0; k < later[0].Layers.Count; k++)
        {
            double median = Median(later.Select(reading => measure(reading, k)));
            if (worst is not var (_, before) || median > before)
                worst = (later[^1].Layers[k], median);
        }

        return worst;
    }

    private static XRayReading[] Later(XRay xray) => [.. xray.Readings.Skip(xray.Readings.Count / 2)];

    // NaN counts as 0.
    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Select(value => double.IsNaN(value) ? 0 : value).Order()];
        return sorted.Length == 0 ? 0 : sorted[(sorted.Length - 1) / 2];
    }
}
