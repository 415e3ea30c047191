namespace NeuralNet.Kernels;

/// <summary>h′ = f(z + U h) of an <see cref="Rnn"/>. Kept is h′; z + U h takes the place of z.</summary>
internal readonly unsafe struct RnnCell(ScalarActivation activation) : IRecurrentCell
{
    public static int Gates => 1;

    public static int Kept => 1;

    public static bool HasCell => false;

    public static bool SeparatesGradients => false;

    public void Forward<TVector>(in CellForward row)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = row.Hidden;
        for (int j = 0; j < n; j += TVector.Count)
            VectorTail.Store(VectorTail.Load<TVector>(row.Z + j, n - j) + VectorTail.Load<TVector>(row.Product + j, n - j), row.Z + j, n - j);
        var h = new Span<float>(row.H, n);
        activation.Forward(new ActivationForwardPass { Vectors = 1, Z = new ReadOnlySpan<float>(row.Z, n), Y = h });
        if (row.Kept != null)
            h.CopyTo(new Span<float>(row.Kept, n));
    }

    public void Backward<TVector>(in CellBackward row)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = row.Hidden;
        activation.Backward(new ActivationBackwardPass
        {
            Vectors = 1,
            Z = new ReadOnlySpan<float>(row.Z, n),
            Y = new ReadOnlySpan<float>(row.Kept, n),
            OutputGradient = new ReadOnlySpan<float>(row.Dh, n),
            InputGradient = new Span<float>(row.Dz, n),
        });
    }
}
