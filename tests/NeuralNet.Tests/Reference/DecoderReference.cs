namespace NeuralNet.Tests.Reference;

/// <summary>Two networks, of which the second begins with the last state of the first, beside PyTorch's; <see cref="ParityTests"/> asserts what is
/// measured here.</summary>
internal static class DecoderReference
{
    private const double Bound = 1e-5;

    public static IEnumerable<LargestError> Measure()
    {
        foreach (Case one in ReferenceFile.Read<Values>("decoders.json").Cases)
        {
            int rows = one.Rows, hidden = one.Dims[4];
            Network encoder = Make(one.Kind, one.Dims[0], one.Dims[1], hidden), decoder = Make(one.Kind, one.Dims[2], one.Dims[3], hidden);
            int own = encoder.Parameters.Length;
            one.Parameters.Length.Should().Be(own + decoder.Parameters.Length);
            one.Parameters.AsSpan(0, own).CopyTo(encoder.Parameters);
            one.Parameters.AsSpan(own).CopyTo(decoder.Parameters);
            using Workspace encoding = encoder.CreateWorkspace(rows), decoding = decoder.CreateWorkspace(rows);
            float[] state = new float[rows * encoder.StatePerRow], stateGradient = new float[state.Length],
                gradient = new float[one.Parameters.Length];
            float[] hiddens = new float[rows * encoder.Output.Size], y = new float[one.Y.Length], dx = new float[one.X.Length],
                dz = new float[one.Z.Length];

            var first = new Batch { Rows = rows, Inputs = one.X, Lengths = one.Lengths, State = state, StateGradient = stateGradient };
            var second = new Batch { Rows = rows, Inputs = one.Z, State = state, StateGradient = stateGradient };
            encoder.Forward(first, hiddens, encoding);
            decoder.Forward(second, y, decoding);
            decoder.Backward(second, one.Dy, gradient.AsSpan(own), dz, decoding);
            encoder.Backward(first, new float[hiddens.Length], gradient.AsSpan(0, own), dx, encoding);

            LargestError value = new(one.Name, "y", "of the largest", Bound), input = new(one.Name, "∇x", "of the largest", Bound);
            LargestError slope = new(one.Name, "∇ of blocks", "of the block's largest", Bound);
            value.Add(y, one.Y, "y");
            input.Add(dx, one.Dx, "the encoder's");
            input.Add(dz, one.Dz, "the decoder's");
            NetworkReference.AddBlocks(slope, encoder, gradient.AsSpan(0, own).ToArray(), one.Gradient[..own], "the encoder's");
            NetworkReference.AddBlocks(slope, decoder, gradient.AsSpan(own).ToArray(), one.Gradient[own..], "the decoder's");
            yield return value;
            yield return input;
            yield return slope;
        }
    }

    private static Network Make(string kind, int steps, int inputs, int hidden) =>
        Network.Create(Shape.Sequence(steps, inputs)).Add(shape => RecurrentReference.Make(kind, shape, hidden)).Build();

    private sealed record Values(Case[] Cases);

    private sealed record Case(
        string Name, string Kind, int[] Dims, int Rows, int[] Lengths, float[] X, float[] Z, float[] Dy, float[] Parameters, double[] Y, double[] Dx,
        double[] Dz, double[] Gradient);
}
