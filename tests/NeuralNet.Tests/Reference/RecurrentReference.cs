namespace NeuralNet.Tests.Reference;

/// <summary>Recurrent layers beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class RecurrentReference
{
    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("recurrent.json", one =>
    {
        Shape input = Shape.Sequence(one.Dims[0], one.Dims[1]);
        (int hidden, bool lastStep) = (one.Dims[2], one.Dims[3] == 1);
        return one.Kind switch
        {
            "Rnn" => new Rnn(input, hidden, lastStep: lastStep),
            "RnnRelu" => new Rnn(input, hidden, Activation.Relu, lastStep),
            "Lstm" => new Lstm(input, hidden, lastStep),
            _ => new Gru(input, hidden, lastStep),
        };
    });
}
