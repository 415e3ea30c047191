namespace NeuralNet.Tests.Reference;

/// <summary>Recurrent layers beside PyTorch's, and variants that it has no module for beside its operations; <see cref="ParityTests"/> asserts what
/// is measured here.</summary>
internal static class RecurrentReference
{
    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("recurrent.json", one =>
    {
        Shape input = Shape.Sequence(one.Dims[0], one.Dims[1]);
        int hidden = one.Dims[2];
        foreach (string composition in new[] { "Bidirectional", "Stacked" })
        {
            if (!one.Kind.StartsWith(composition, StringComparison.Ordinal))
                continue;
            string kind = one.Kind[composition.Length..];
            return composition == "Stacked"
                ? new Chain([Make(kind, input, hidden), Make(kind, input.WithFeatures(hidden), hidden)])
                : Network.Create(input).Bidirectional(b => b.Add(shape => Make(kind, shape, hidden))).Build().Layers[0];
        }

        return Make(one.Kind, input, hidden, one.Dims[3] == 1);
    });

    internal static RecurrentLayer Make(string kind, Shape input, int hidden, bool lastStep = false) => kind switch
    {
        "Rnn" => new Rnn(input, hidden, lastStep: lastStep),
        "RnnRelu" => new Rnn(input, hidden, Activation.Relu, lastStep),
        "Lstm" => new Lstm(input, hidden, lastStep),
        "HardLstm" => new Lstm(input, hidden, lastStep, gates: new HardSigmoid(0.2f), activation: Activation.Softsign),
        "ReluLstm" => new Lstm(input, hidden, lastStep, activation: Activation.Relu),
        "FirstGru" => new Gru(input, hidden, lastStep, resetsBefore: true),
        "HardGru" => new Gru(input, hidden, lastStep, gates: new HardSigmoid(0.2f), activation: Activation.Softsign),
        "HardFirstGru" =>
            new Gru(input, hidden, lastStep, resetsBefore: true, gates: new HardSigmoid(0.2f), activation: Activation.Softsign),
        "ReluFirstGru" => new Gru(input, hidden, lastStep, resetsBefore: true, gates: Activation.HardSigmoid, activation: Activation.Relu),
        _ => new Gru(input, hidden, lastStep),
    };
}
