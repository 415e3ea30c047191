using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The divergence of a network's named outputs, a weighted sum of one for each (<see cref="NetworkOutputs"/>). Part k is output k's.
/// </summary>
internal sealed class ByOutputs : ByColumns
{
    // Outputs whose desired values may be ids or not; more than these are not tried out.
    private const int MostChoices = 16;

    private readonly NetworkOutputs outputs;
    private ByOutputs? other; // the form that was asked for last where other outputs have ids

    private ByOutputs(NetworkOutputs outputs, Part[] parts)
        : base(parts) => this.outputs = outputs;

    public override string Kind => "Outputs";

    public override KindSettings Settings => new KindSettings().Set("outputs", string.Join("; ", Words()));

    public NetworkOutputs Outputs => outputs;

    internal override bool ReadsIds
    {
        get
        {
            foreach (Part part in Parts)
            {
                if (part.Of.TakesIds)
                    return true;
            }

            return false;
        }
    }

    public static ByOutputs Of(NetworkOutputs outputs, ReadOnlySpan<(string Name, Divergence Divergence, float Weight)> given)
    {
        var own = new (Divergence? Of, float Weight)[outputs.Count];
        bool isAny = false;
        foreach ((string name, Divergence divergence, float weight) in given)
        {
            ArgumentNullException.ThrowIfNull(name, nameof(outputs));
            ArgumentNullException.ThrowIfNull(divergence, nameof(outputs));
            int k = outputs.TakeWhile(output => output.Name != name).Count();
            if (k == outputs.Count)
                throw new ArgumentException($"The network has no output \"{name}\"; it has {outputs.Names}.", nameof(outputs));
            if (own[k].Of is not null)
                throw new ArgumentException(
                    $"Output \"{name}\" has two divergences, {own[k].Of} and {divergence}; one was expected.", nameof(outputs));
            if (divergence is ByOutputs)
                throw new ArgumentException(
                    $"The divergence of output \"{name}\" is one of several outputs; one of its own was expected.", nameof(outputs));
            own[k] = (divergence, Guard.NotNegative(weight, nameof(outputs), $"The weight of output \"{name}\""));
            isAny |= weight > 0;
        }

        if (Array.FindIndex(own, one => one.Of is null) is >= 0 and int missing)
            throw new ArgumentException(
                $"Output \"{outputs[missing].Name}\" has no divergence; give it one, with the weight 0 if nothing is to be learned from it.",
                nameof(outputs));
        if (!isAny)
            throw new ArgumentException($"The weights of all outputs ({outputs.Names}) are 0; at least one must count.", nameof(outputs));
        return new ByOutputs(outputs, Laid(outputs, k => own[k].Of!, k => own[k].Weight));
    }

    // Which part of what is desired is that of an output.
    public Part PartOf(string name) => Parts[outputs.TakeWhile(output => output.Name != name).Count()];

    /// <summary>What is desired of all outputs, in one row for each vector of the network's.</summary>
    /// <param name="desired">What is desired of an output by itself.</param>
    /// <param name="vectors">How many vectors there are.</param>
    public float[] Laid(Func<int, float[]> desired, int vectors)
    {
        int each = DesiredWidth(0);
        float[] all = new float[vectors * each];
        for (int k = 0; k < Parts.Length; k++)
            ColumnKernels.ToColumns(desired(k), Parts[k].DesiredCount, all, each, Parts[k].FirstDesired, Workers.Alone);
        return all;
    }

    public override Divergence? Through(ReadOnlySpan<FinalActivation> activations, int width, Span<bool> taken)
    {
        Part[] forms = Parts.ToArray();
        bool isAny = false;
        for (int k = 0, next = 0; k < forms.Length; k++)
        {
            Part part = forms[k];
            while (next < activations.Length && activations[next].First < part.First)
                next++;
            int first = next;
            while (next < activations.Length && activations[next].First + activations[next].Count <= part.First + part.Count)
                next++;
            Span<bool> own = taken[first..next];
            if (part.Weight == 0)
                own.Fill(true);
            else if (Ask(part, activations[first..next]) is { OnLogits: { } form } asked)
            {
                forms[k] = part with { Of = form };
                asked.Taken.CopyTo(own);
                isAny = true;
            }
        }

        return isAny ? Of(forms, Kind) : null;
    }

    public override string ToString() => string.Join(" + ", Words());

    protected internal override void CheckWidth(int width)
    {
        if (width != outputs.Row.FeatureCount)
            throw new ArgumentException(
                $"The divergence is that of the outputs {outputs}, {outputs.Row.FeatureCount} values of a vector, but got vectors of {width}: "
                + "take the divergence that the network itself makes, network.Outputs.Divergence(…).");
    }

    internal override Divergence? For(int desired, long vectors, int width)
    {
        int each = DesiredWidth(width);
        if (desired == vectors * each)
            return this;
        if (desired % vectors != 0)
            return null;
        int wanted = (int)(desired / vectors);
        return other is { } last && last.DesiredWidth(width) == wanted ? last : Chosen(each, wanted);
    }

    // By itself, so that steps, which ask for the last form, take no memory for the functions here.
    private ByOutputs? Chosen(int each, int wanted)
    {
        // Every choice of the outputs of which ids may be desired; there must be one only.
        List<int> choices = Choices();
        int found = 0;
        for (int mask = 1; mask < 1 << choices.Count; mask++)
        {
            int sum = each;
            for (int i = 0; i < choices.Count; i++)
                sum -= (mask >> i & 1) == 0 ? 0 : Parts[choices[i]].DesiredCount - Parts[choices[i]].Vectors;
            if (sum == wanted && found != 0)
                return null;
            found = sum == wanted ? mask : found;
        }

        if (found == 0)
            return null;
        Part[] parts = Parts.ToArray();
        for (int i = 0; i < choices.Count; i++)
        {
            if ((found >> i & 1) != 0)
                parts[choices[i]] = parts[choices[i]] with { Of = parts[choices[i]].Of.OfIds! };
        }

        return other = new ByOutputs(outputs, Laid(outputs, k => parts[k].Of, k => parts[k].Weight));
    }

    internal override string Expected(long vectors, int width)
    {
        List<int> choices = Choices();
        var each = new List<string>();
        for (int k = 0; k < Parts.Length; k++)
        {
            Part part = Parts[k];
            each.Add($"\"{outputs[k].Name}\" {part.Of.Expected(part.Vectors, part.Count / part.Vectors)}");
        }

        return $"{vectors * DesiredWidth(width)} desired values{(choices.Count > 0 ? ", or fewer with class ids," : "")} for {vectors} "
            + $"{(vectors == 1 ? "vector" : "vectors")} of {string.Join(", ", each)} each"
            + (choices.Count > 1 ? " (if it is not clear of which output ids are desired, say it: new CrossEntropy(ids: true))" : "");
    }

    internal override void CheckIds(in DivergencePass pass, int width, int firstRow, bool isPart, string vector)
    {
        int each = DesiredWidth(width);
        for (int k = 0; k < Parts.Length; k++)
        {
            ref readonly Part part = ref Parts[k];
            if (!part.Of.TakesIds)
                continue;
            int classes = part.Count / part.Vectors;
            for (int row = 0; row < pass.Rows; row++)
            {
                int real = pass.IsPresent(row) ? pass.VectorsOf(row) * part.Vectors : 0;
                for (int v = 0; v < real; v++)
                {
                    if (pass.Weights.Length > pass.Rows && pass.Weights[(row * pass.Vectors) + (v / part.Vectors)] == 0)
                        continue;
                    int at = (((row * pass.Vectors) + (v / part.Vectors)) * each) + part.FirstDesired + (v % part.Vectors);
                    float id = pass.Desired[at];
                    if (!(id >= -1 && id < classes && id == (int)id))
                        throw WrongId(outputs[k].Name, id, classes, firstRow + row, pass.Vectors * part.Vectors > 1 ? $", {vector} {v}" : "");
                }
            }
        }
    }

    private static ArgumentException WrongId(string output, float id, int classes, int row, string place) => new(FormattableString.Invariant(
        $"What is desired of output \"{output}\" in row {row}{place} is {id}; a class id was expected, a whole number from 0 to {classes - 1}, ")
        + "or −1 for none.");

    // Of an output that lies flat the activation is one of each of its vectors.
    private static DivergenceForm? Ask(in Part part, ReadOnlySpan<FinalActivation> activations)
    {
        int width = part.Count / part.Vectors;
        FinalActivation[] own = new FinalActivation[activations.Length];
        for (int i = 0; i < own.Length; i++)
            own[i] = activations[i] with { First = activations[i].First - part.First };
        if (part.Vectors > 1)
        {
            if (own is not [{ First: 0 } only] || only.Count != part.Count)
                return null;
            own = [new FinalActivation(only.Activation, 0, width)];
        }

        return DivergenceForm.Ask(part.Of, own, width);
    }

    private static Part[] Laid(NetworkOutputs outputs, Func<int, Divergence> of, Func<int, float> weight)
    {
        var parts = new Part[outputs.Count];
        for (int k = 0, first = 0; k < parts.Length; first += parts[k].DesiredCount, k++)
        {
            NamedPart output = outputs[k];
            int width = output.Shape.FeatureCount;
            try
            {
                of(k).CheckWidth(width);
            }
            catch (ArgumentException refusal)
            {
                throw new ArgumentException($"Output \"{output.Name}\": {refusal.Message}", refusal);
            }

            parts[k] = new Part(of(k), output.First, output.Count, first, checked(of(k).DesiredWidth(width) * output.Vectors))
            {
                Weight = weight(k),
                Vectors = output.Vectors,
            };
        }

        return parts;
    }

    // The outputs of which ids may be desired instead.
    private List<int> Choices()
    {
        var choices = new List<int>();
        for (int k = 0; k < Parts.Length; k++)
        {
            if (Parts[k].Of.OfIds is not null && Parts[k].Count > Parts[k].Vectors && choices.Count < MostChoices)
                choices.Add(k);
        }

        return choices;
    }

    private IEnumerable<string> Words()
    {
        for (int k = 0; k < Parts.Length; k++)
        {
            string weight = Parts[k].Weight == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{Parts[k].Weight} ");
            yield return $"{weight}{Parts[k].Of} of {outputs[k].Name}";
        }
    }
}
