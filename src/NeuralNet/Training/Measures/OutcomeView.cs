namespace NeuralNet;

/// <summary>What of a network's outputs is measured: all columns, or those of one of several outputs, which stand side by side.</summary>
/// <param name="Network">The network.</param>
/// <param name="Data">The rows.</param>
/// <param name="Form">The divergence of the columns, in the form that takes what is desired of them.</param>
internal sealed record OutcomeView(Network Network, IRowSource Data, Divergence Form)
{
    private readonly int vectors = Network.OutputVectors(Network.Input.Steps);
    private OutcomeForm? meaning; // once it is known: it may take a look at all rows

    private delegate bool Test(ReadOnlySpan<float> desired);

    /// <summary>The first column of a vector of outputs, and of what is desired.</summary>
    public (int Outputs, int Desired) First { get; init; }

    /// <summary>How many columns there are of outputs.</summary>
    public int Width { get; init; } = Network.Output.FeatureCount;

    /// <summary>How many columns are desired: fewer or more than outputs where the divergence says so.</summary>
    public int Desired { get; init; } = Data.Format.OutputWidth / Network.OutputVectors(Network.Input.Steps);

    /// <summary>How many vectors of so many columns lie one after the other in a vector of the network's outputs.</summary>
    public int Vectors { get; init; } = 1;

    /// <summary>The names of the classes, where the columns are of such; empty: it is seen from what is desired.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = Data.Format.ClassNames;

    /// <summary>Whether the columns are those of all outputs, each of which is measured by itself.</summary>
    public bool IsJoined { get; init; }

    private bool IsWhole => Desired == Data.Format.OutputWidth / vectors;

    /// <summary>How much a vector of the network's outputs counts.</summary>
    public static float WeightOf(ReadOnlySpan<float> weights, int eachRow, int row, int vector) =>
        eachRow == 0 ? 1 : weights[(row * eachRow) + (eachRow == 1 ? 0 : vector)];

    /// <summary>The name of the output that the columns are; null: they are all.</summary>
    public string? Name { get; init; }

    /// <summary>The views of a network's outputs, each by itself: of named outputs, as far as something is desired of each.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The rows.</param>
    /// <param name="form">The divergence, in the form that takes what is desired.</param>
    public static OutcomeView[] OfOutputs(Network network, IRowSource data, Divergence form)
    {
        RowFormat rows = data.Format;
        int desired = rows.OutputWidth / network.OutputVectors(network.Input.Steps);
        if (!network.Outputs.AreNamed || (form is not ByOutputs && desired != network.Output.FeatureCount))
            return [];
        var views = new OutcomeView[network.Outputs.Count];
        for (int k = 0; k < views.Length; k++)
        {
            NamedPart output = network.Outputs[k];
            (Divergence of, int first, int count) = form is ByOutputs parts
                ? (parts.Parts[k].Of, parts.Parts[k].FirstDesired, parts.Parts[k].DesiredCount) : (form, output.First, output.Count);
            views[k] = new OutcomeView(network, data, of)
            {
                Name = output.Name,
                First = (output.First, first),
                Vectors = output.Vectors,
                Width = output.Count / output.Vectors,
                Desired = count / output.Vectors,
                ClassNames = rows.Parts.Count > 0 ? rows.Parts[k].ClassNames : [],
            };
        }

        return views;
    }

    /// <summary>An empty tally of these columns.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="needs">What it is for; null: all measures.</param>
    public Tally Tally(long rows, IMetric? needs)
    {
        OutcomeForm form = meaning ??= FormOf();
        bool hasDetails = needs is null || Metric.NeedsDetails(needs, form.Kind), hasConfusion = needs is not Metric { Need: Metric.Needs.Sums };
        return new Tally(form, (long)Int128.Min((Int128)rows * vectors * Vectors, long.MaxValue), hasDetails, hasConfusion)
        {
            Divergence = Name is null ? null : Form,
        };
    }

    private OutcomeForm FormOf()
    {
        var form = new OutcomeForm(Desired == Width ? OutcomeKind.Numbers : OutcomeKind.Other, Width, Desired)
        {
            First = First,
            Vectors = Vectors,
            ClassNames = ClassNames,
        };
        if (IsJoined)
            return form with { Kind = OutcomeKind.Other };
        if (Form.TakesIds)
            return form with { Kind = OutcomeKind.Classes, ClassNames = ClassNames.Count > 0 ? ClassNames : new NumberNames(Width) };
        if (Desired != Width)
            return form;
        if (ClassNames.Count > 0)
            return vectors == 1 || Name is not null ? form with { Kind = OutcomeKind.Classes } : form;
        if (Width > 1 && Form.DesiredRange == ValueRange.Probabilities)
            return All(IsOneHot, byVector: true) ? form with { Kind = OutcomeKind.Classes, ClassNames = new NumberNames(Width) } : form;
        if (Threshold() is not { } threshold)
            return form;
        form = form with { Kind = Width == 1 ? OutcomeKind.TwoClasses : OutcomeKind.Labels, Threshold = threshold };
        return Width == 1 ? form with { ClassNames = form.TwoNames } : form;
    }

    // From where on an output says that something is there, as the desired values 0 and 1, or −1 and 1, do; null: these are numbers.
    private float? Threshold()
    {
        FinalActivation[] ends = [.. Pairing.Ends(Network.Chain)
            .Where(end => end.First < First.Outputs + (Vectors * Width) && end.First + end.Count > First.Outputs)];
        bool areProbabilities = ends.Length > 0 && Array.TrueForAll(ends, end => end.Activation.OutputRange == ValueRange.ZeroToOne);
        float? threshold = Form.DesiredRange switch
        {
            ValueRange.Signs => 0,
            ValueRange.ZeroToOne or ValueRange.Probabilities or ValueRange.Any => 0.5f,
            ValueRange.Unstated when areProbabilities => 0.5f,
            _ => null,
        };
        float lower = threshold == 0 ? -1 : 0;
        return threshold is not null && All(desired => !desired.ContainsAnyExcept(lower, 1f), byVector: false) ? threshold : null;
    }

    private static bool IsOneHot(ReadOnlySpan<float> desired)
    {
        int id = desired.IndexOf(1f);
        return id >= 0 && !desired[..id].ContainsAnyExcept(0f) && !desired[(id + 1)..].ContainsAnyExcept(0f);
    }

    // Whether all that is desired of vectors that count passes a test, vector by vector or in longer pieces.
    private bool All(Test test, bool byVector)
    {
        using var blocks = new RowBlocks(Data, Network.ChunkRows);
        while (blocks.MoveNext())
        {
            if (!All(blocks.Rows, test, byVector))
                return false;
        }

        return true;
    }

    private bool All(in Batch rows, Test test, bool byVector)
    {
        int width = Data.Format.OutputWidth, each = width / vectors, eachRow = Data.Format.WeightsPerRow;
        for (int row = 0; row < rows.Rows; row++)
        {
            int real = Network.RealVectors(rows.Lengths, row, vectors);
            int count = byVector || !IsWhole || eachRow > 1 ? 1 : real;
            for (int v = 0; v < real; v += count)
            {
                int first = (row * width) + (v * each) + First.Desired;
                ReadOnlySpan<float> desired = rows.Desired.Slice(first, count == 1 ? Vectors * Desired : count * each);
                for (int some = byVector ? Desired : desired.Length; !desired.IsEmpty; desired = desired[some..])
                {
                    if (WeightOf(rows.Weights, eachRow, row, v) > 0 && !test(desired[..some]))
                        return false;
                }
            }
        }

        return true;
    }
}
