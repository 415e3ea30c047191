namespace NeuralNet.Kernels;

/// <summary>The sizes of a recurrent layer's pass.</summary>
internal readonly record struct RecurrentSizes(int Rows, int Steps, int Hidden, bool LastStepOnly)
{
    /// <summary>The floats of y.</summary>
    public int Outputs => LastStepOnly ? States : Vectors;

    /// <summary>One state for each row.</summary>
    public int States => checked(Rows * Hidden);

    /// <summary>One state for each step of each row.</summary>
    public int Vectors => checked(Rows * Steps * Hidden);

    /// <summary>What <see cref="PackedFactor"/> needs, in either direction.</summary>
    public static int Room(int hidden, int width) => Math.Max(PackedFactor.ScratchFor(hidden, width), PackedFactor.ScratchFor(width, hidden));
}

/// <summary>The memory of a recurrent layer's forward pass; see <see cref="RecurrentJob{TCell}"/> for what each is.</summary>
internal unsafe ref struct RecurrentForward
{
    public required RecurrentSizes Sizes { get; init; }

    public required ReadOnlySpan<int> Lengths { get; init; }

    public required ReadOnlySpan<float> Weights { get; init; }

    public required ReadOnlySpan<float> Bias { get; init; }

    public required Span<float> Z { get; init; }

    public required Span<float> Kept { get; init; }

    public required Span<float> HBefore { get; init; }

    public required Span<float> Output { get; init; }

    public required Span<float> State { get; init; }

    public required Span<float> Room { get; init; }

    public required Span<float> H { get; init; }

    public required Span<float> C { get; init; }

    public required Span<float> Product { get; init; }

    /// <summary>From z = W x + b makes Output, Kept, HBefore and State, and the gates' values in place of Z.</summary>
    public readonly void Run<TCell>(TCell cell, Workers workers)
        where TCell : struct, IRecurrentCell
    {
        (int states, int vectors, int width) = (Sizes.States, Sizes.Vectors, TCell.Gates * Sizes.Hidden);
        Require.SameLength(Z.Length, checked(TCell.Gates * vectors));
        Require.SameLength(Output.Length, Sizes.Outputs);
        Require.SameLength(Weights.Length, checked(Sizes.Hidden * width));
        Require.SameLength(Bias.Length, TCell.SeparatesGradients ? Sizes.Hidden : 0);
        Require.SameLength(Room.Length, RecurrentSizes.Room(Sizes.Hidden, width));
        Require.SameLength(H.Length, states);
        Require.SameLength(C.Length, TCell.HasCell ? states : 0);
        Require.SameLength(Product.Length, checked(TCell.Gates * states));
        Require.Lengths(Lengths, Sizes.Rows, Sizes.Steps);
        if (!State.IsEmpty)
            Require.SameLength(State.Length, TCell.HasCell ? checked(2 * states) : states);
        if (!Kept.IsEmpty || !HBefore.IsEmpty)
        {
            Require.SameLength(Kept.Length, checked(TCell.Kept * vectors));
            Require.SameLength(HBefore.Length, vectors);
        }

        fixed (int* lengths = Lengths)
        fixed (float* weights = Weights, bias = Bias, z = Z, kept = Kept, before = HBefore, output = Output, state = State)
        fixed (float* room = Room, h = H, c = C, product = Product)
        {
            var job = new RecurrentJob<TCell>
            {
                Cell = cell,
                Sizes = Sizes,
                Lengths = lengths,
                Z = z,
                Kept = kept,
                HBefore = before,
                Output = output,
                State = state,
                Weights = weights,
                Bias = bias,
                Room = room,
                H = h,
                C = c,
                Product = product,
            };
            RecurrentJob<TCell>.Run(ref job, workers, backward: false);
        }
    }
}

/// <summary>The memory of a recurrent layer's backward pass; see <see cref="RecurrentJob{TCell}"/> for what each is.</summary>
internal unsafe ref struct RecurrentBackward
{
    public required RecurrentSizes Sizes { get; init; }

    public required ReadOnlySpan<int> Lengths { get; init; }

    public required ReadOnlySpan<float> Weights { get; init; }

    public required ReadOnlySpan<float> Z { get; init; }

    public required ReadOnlySpan<float> Kept { get; init; }

    public required ReadOnlySpan<float> HBefore { get; init; }

    public required ReadOnlySpan<float> OutputGradient { get; init; }

    public required Span<float> Room { get; init; }

    public required Span<float> Dh { get; init; }

    public required Span<float> Dc { get; init; }

    public required Span<float> Dz { get; init; }

    public required Span<float> Dproduct { get; init; }

    /// <summary>From ∇y makes Dz and Dproduct.</summary>
    public readonly void Run<TCell>(TCell cell, Workers workers)
        where TCell : struct, IRecurrentCell
    {
        (int states, int vectors, int width) = (Sizes.States, Sizes.Vectors, TCell.Gates * Sizes.Hidden);
        Require.SameLength(Z.Length, checked(TCell.Gates * vectors));
        Require.SameLength(Kept.Length, checked(TCell.Kept * vectors));
        Require.SameLength(HBefore.Length, vectors);
        Require.SameLength(OutputGradient.Length, Sizes.Outputs);
        Require.SameLength(Weights.Length, checked(Sizes.Hidden * width));
        Require.SameLength(Room.Length, RecurrentSizes.Room(Sizes.Hidden, width));
        Require.SameLength(Dh.Length, states);
        Require.SameLength(Dc.Length, TCell.HasCell ? states : 0);
        Require.SameLength(Dz.Length, checked(TCell.Gates * vectors));
        Require.SameLength(Dproduct.Length, TCell.SeparatesGradients ? checked(TCell.Gates * vectors) : 0);
        Require.Lengths(Lengths, Sizes.Rows, Sizes.Steps);

        fixed (int* lengths = Lengths)
        fixed (float* weights = Weights, z = Z, kept = Kept, before = HBefore, dy = OutputGradient)
        fixed (float* room = Room, dh = Dh, dc = Dc, dz = Dz, dproduct = Dproduct)
        {
            var job = new RecurrentJob<TCell>
            {
                Cell = cell,
                Sizes = Sizes,
                Lengths = lengths,
                Z = z,
                Kept = kept,
                HBefore = before,
                Output = dy,
                Weights = weights,
                Room = room,
                H = dh,
                C = dc,
                Dz = dz,
                Dproduct = dproduct,
            };
            RecurrentJob<TCell>.Run(ref job, workers, backward: true);
        }
    }
}
