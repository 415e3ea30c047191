namespace NeuralNet.Kernels;

/// <summary>The memory of a recurrent layer's pass, as spans; see <see cref="RecurrentJob{TCell}"/> for what each is.</summary>
internal unsafe ref struct RecurrentPass
{
    public required int Rows { get; init; }

    public required int Steps { get; init; }

    public required int Hidden { get; init; }

    public required bool LastStepOnly { get; init; }

    public required ReadOnlySpan<int> Lengths { get; init; }

    public required ReadOnlySpan<float> Weights { get; init; }

    public ReadOnlySpan<float> Bias { get; init; }

    public required ReadOnlySpan<float> Z { get; init; }

    public ReadOnlySpan<float> Kept { get; init; }

    public ReadOnlySpan<float> HBefore { get; init; }

    public required ReadOnlySpan<float> Output { get; init; }

    public Span<float> State { get; init; }

    public required Span<float> Room { get; init; }

    public required Span<float> H { get; init; }

    public required Span<float> C { get; init; }

    public Span<float> Product { get; init; }

    public Span<float> Dz { get; init; }

    public Span<float> Dproduct { get; init; }

    public required Workers Workers { get; init; }

    /// <summary>Forward through all steps: from Z makes Output, Kept, HBefore and State, and the gates' values in place of Z.</summary>
    public readonly void Forward<TCell>(TCell cell)
        where TCell : struct, IRecurrentCell => Run(cell, backward: false);

    /// <summary>Backward through all steps: from ∇y, in Output, makes Dz and Dproduct.</summary>
    public readonly void Backward<TCell>(TCell cell)
        where TCell : struct, IRecurrentCell => Run(cell, backward: true);

    private readonly void Run<TCell>(TCell cell, bool backward)
        where TCell : struct, IRecurrentCell
    {
        Check<TCell>(backward);
        fixed (int* lengths = Lengths)
        fixed (float* weights = Weights, bias = Bias, z = Z, kept = Kept, before = HBefore, output = Output, state = State)
        fixed (float* room = Room, h = H, c = C, product = Product, dz = Dz, dproduct = Dproduct)
        {
            var job = new RecurrentJob<TCell>
            {
                Cell = cell,
                Rows = Rows,
                Steps = Steps,
                Hidden = Hidden,
                Lengths = lengths,
                Z = z,
                Kept = kept,
                HBefore = before,
                Output = output,
                LastStepOnly = LastStepOnly,
                State = state,
                Weights = weights,
                Bias = bias,
                Room = room,
                H = h,
                C = c,
                Product = product,
                Dz = dz,
                Dproduct = dproduct,
            };
            if (backward)
                RecurrentJob<TCell>.Backward(ref job, Workers);
            else
                RecurrentJob<TCell>.Forward(ref job, Workers);
        }
    }

    private readonly void Check<TCell>(bool backward)
        where TCell : struct, IRecurrentCell
    {
        int states = Rows * Hidden, vectors = states * Steps, width = TCell.Gates * Hidden;
        Require.SameLength(Z.Length, TCell.Gates * vectors);
        Require.SameLength(Output.Length, LastStepOnly ? states : vectors);
        Require.SameLength(Weights.Length, Hidden * width);
        Require.SameLength(Room.Length, Math.Max(StepFactor.RoomFor(Hidden, width), StepFactor.RoomFor(width, Hidden)));
        Require.SameLength(H.Length, states);
        Require.SameLength(C.Length, TCell.HasCell ? states : 0);
        if (!Lengths.IsEmpty)
            Require.SameLength(Lengths.Length, Rows);
        if (!State.IsEmpty)
            Require.SameLength(State.Length, TCell.HasCell ? 2 * states : states);
        if (backward || !Kept.IsEmpty)
        {
            Require.SameLength(Kept.Length, TCell.Kept * vectors);
            Require.SameLength(HBefore.Length, vectors);
        }

        if (backward)
        {
            Require.SameLength(Dz.Length, TCell.Gates * vectors);
            Require.SameLength(Dproduct.Length, TCell.SeparatesGradients ? TCell.Gates * vectors : 0);
        }
        else
        {
            Require.SameLength(Product.Length, TCell.Gates * states);
        }
    }
}
