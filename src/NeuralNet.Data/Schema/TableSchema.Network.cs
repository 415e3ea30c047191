namespace NeuralNet;

/// <content>From the schema to a network, and both into one file.</content>
public sealed partial class TableSchema
{
    /// <summary>The name under which a network has its schema, as JSON, in its <see cref="Network.Metadata"/>.</summary>
    public const string MetadataName = "table.schema";

    /// <summary>Begins a network for the schema's rows: the layers that scale numbers, and learned vectors for categories with many values.</summary>
    /// <remarks>First a <see cref="PowerTransform"/>, if a column has λ other than 1; then a <see cref="Standardize"/>, if one is scaled
    /// at all; then, if a category has an embedding, branches that take the row apart and join it again in the schema's order.</remarks>
    /// <returns>A builder, for the layers of one's own: <c>schema.CreateNetwork().Dense(64, Activation.Relu).Dense(schema.Outputs,
    /// schema.OutputActivation).Build(seed: 1)</c>.</returns>
    public NetworkBuilder CreateNetwork() => LookUp(CreateScaling());

    /// <summary>Begins a network with the layers that scale numbers.</summary>
    internal NetworkBuilder CreateScaling()
    {
        NetworkBuilder builder = Network.Create(Inputs);
        double[] lambdas = new double[Inputs], means = new double[Inputs], deviations = new double[Inputs];
        lambdas.AsSpan().Fill(1);
        deviations.AsSpan().Fill(1);
        for (int i = 0; i < columns.Length; i++)
        {
            Range features = starts[i]..starts[i + 1];
            columns[i].WriteScale(lambdas.AsSpan(features), means.AsSpan(features), deviations.AsSpan(features));
        }

        if (lambdas.AsSpan().ContainsAnyExcept(1))
            builder.PowerTransform(lambdas);
        if (means.AsSpan().ContainsAnyExcept(0) || deviations.AsSpan().ContainsAnyExcept(1))
            builder.Standardize(means, deviations);
        return builder;
    }

    /// <summary>Goes on with the learned vectors of categories with many values.</summary>
    internal NetworkBuilder LookUp(NetworkBuilder builder)
    {
        List<Func<NetworkBuilder, NetworkBuilder>> branches = Branches();
        return branches.Count == 0 ? builder : branches.Count == 1 ? branches[0](builder) : builder.Parallel(Merge.Concat, [.. branches]);
    }

    /// <summary>The network with the schema in its metadata, and behind its last layer what brings scaled outputs back into the targets' own units.
    /// </summary>
    /// <param name="network">A trained network.</param>
    /// <returns>A network with values of its own; <paramref name="network"/> has not changed.</returns>
    /// <exception cref="ArgumentException">The network's inputs or outputs are not those of the schema, or it has one already.</exception>
    public Network Complete(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Metadata.ContainsKey(MetadataName))
            throw new ArgumentException(
                "The network has a schema already, and gives what it predicts in the targets' own units; save it by itself.", nameof(network));
        CheckFits(network, message => new ArgumentException(message, nameof(network)));
        Network whole = Unscaling() is { } unscaling ? Network.Concat(network, unscaling) : network.Clone();
        whole.Metadata = new Dictionary<string, string>(network.Metadata) { [MetadataName] = ToJson() };
        return whole;
    }

    /// <summary>Saves the network with the schema: all that a second program needs. Its outputs are then in the targets' own units.</summary>
    /// <param name="network">A trained network.</param>
    /// <param name="path">The file, by custom "NAME.safetensors".</param>
    /// <exception cref="ArgumentException">As for <see cref="Complete"/>.</exception>
    /// <exception cref="IOException">The file cannot be written; an older one is still whole.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void Save(Network network, string path) => Complete(network).Save(path);

    /// <summary>Reads the schema of a file that <see cref="Save"/> has written, without its network.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The schema.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or has no schema.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static TableSchema Load(string path) => Network.ReadMetadata(path).TryGetValue(MetadataName, out string? json) ? FromJson(json)
        : throw new InvalidDataException($"{path}: the file has no schema; TableSchema.Save writes one.");

    /// <summary>The schema that a network carries.</summary>
    /// <param name="network">A network that was loaded from a file that <see cref="Save"/> has written, or made by <see cref="Complete"/>.</param>
    /// <returns>The schema.</returns>
    /// <exception cref="InvalidDataException">It has no schema, or one that does not fit it.</exception>
    public static TableSchema FromNetwork(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (!network.Metadata.TryGetValue(MetadataName, out string? json))
            throw new InvalidDataException("The network has no schema; TableSchema.Save and Complete give it one.");
        TableSchema schema = FromJson(json);
        schema.CheckFits(network, message => new InvalidDataException(message));
        return schema;
    }

    private void CheckFits(Network network, Func<string, Exception> refusal)
    {
        if (network.Input != Shape.Features(Inputs))
            throw refusal(FormattableString.Invariant(
                $"The network takes {network.Input}, but the schema's rows have {Inputs} features; begin it with schema.CreateNetwork()."));
        if (network.Output != Shape.Features(Outputs))
            throw refusal(FormattableString.Invariant(
                $"The network gives {network.Output}, but the schema has {Outputs} outputs; end it with ")
                + ".Dense(schema.Outputs, schema.OutputActivation).");
    }

    // Features that follow one another go through as they are; the id of each category with an embedding becomes its vector.
    private List<Func<NetworkBuilder, NetworkBuilder>> Branches()
    {
        var branches = new List<Func<NetworkBuilder, NetworkBuilder>>();
        int passed = 0;
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i].Embedding is not var (ids, width, padding))
                continue;
            Through(starts[i]);
            int first = starts[i];
            branches.Add(branch => (Inputs == 1 ? branch : branch.Slice(first, 1)).Embedding(ids, width, paddingId: padding).Flatten());
            passed = starts[i + 1];
        }

        if (branches.Count > 0)
            Through(Inputs);
        return branches;

        void Through(int end)
        {
            int first = passed, count = end - passed;
            if (count > 0)
                branches.Add(branch => branch.Slice(first, count));
        }
    }

    // The way back from scaled outputs: σ y + μ, the inverse power, and the offset. Null: nothing is scaled.
    private Network? Unscaling()
    {
        if (targets[0] is not NumberTarget)
            return null;
        NumberScale[] scales = [.. targets.Select(target => ((NumberTarget)target).Scale!)];
        bool hasPower = Array.Exists(scales, scale => scale.Lambda != 1);
        double[] ones = [.. scales.Select(_ => 1.0)], offsets = [.. scales.Select(scale => scale.Offset)];
        double[] means = [.. scales.Select(scale => hasPower ? scale.Mean : scale.Mean + scale.Offset)];
        double[] deviations = [.. scales.Select(scale => scale.Deviation)];
        if (!hasPower && means.All(mean => mean == 0) && deviations.All(deviation => deviation == 1))
            return null;
        NetworkBuilder builder = Network.Create(scales.Length).Standardize(means, deviations, inverse: true);
        if (hasPower)
            builder.PowerTransform([.. scales.Select(scale => scale.Lambda)], inverse: true);
        if (hasPower && offsets.Any(offset => offset != 0))
            builder.Standardize(offsets, ones, inverse: true);
        return builder.Build();
    }
}
