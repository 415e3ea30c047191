using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>
/// The real vectors (along the features axis) of a batch, as runs that lie together: all of them in one run, or where rows
/// have lengths those of each row. Vectors past a row's length are in none.
/// </summary>
internal readonly ref struct VectorRuns
{
    private readonly ReadOnlySpan<int> lengths;
    private readonly int steps, all;

    public VectorRuns(Shape shape, int rows, int steps, ReadOnlySpan<int> lengths)
    {
        this.lengths = lengths;
        this.steps = steps;
        all = rows * shape.VectorsAt(steps);
        Count = lengths.IsEmpty ? 1 : rows;
    }

    /// <summary>How many runs there are.</summary>
    public int Count { get; }

    public VectorRun this[int run] => lengths.IsEmpty ? new(0, 0, all) : new(run, run * steps, lengths[run]);

    /// <summary>0 in place of the vectors that are in no run.</summary>
    public void ClearRest(Span<float> values, int width)
    {
        for (int row = 0; row < lengths.Length; row++)
            values.Slice(((row * steps) + lengths[row]) * width, (steps - lengths[row]) * width).Clear();
    }

    /// <summary>Copies the vectors of all runs, and makes 0 of the others without reading them.</summary>
    public void Copy(ReadOnlySpan<float> from, Span<float> to, int width)
    {
        for (int i = 0; i < Count; i++)
            this[i].Of(from, width).CopyTo(this[i].Of(to, width));
        ClearRest(to, width);
    }
}

/// <summary>Some vectors that lie together.</summary>
/// <param name="Row">The row of the first.</param>
/// <param name="First">The first, counted through all rows.</param>
/// <param name="Count">How many.</param>
internal readonly record struct VectorRun(int Row, int First, int Count)
{
    public Span<float> Of(Span<float> all, int width) => all.Slice(First * width, Count * width);

    public ReadOnlySpan<float> Of(ReadOnlySpan<float> all, int width) => all.Slice(First * width, Count * width);

    /// <summary>y = f(z) in a layer's forward pass.</summary>
    /// <param name="activation">f.</param>
    /// <param name="pass">The layer's pass.</param>
    /// <param name="vectorsPerRow">How many vectors each row has: the steps of a sequence.</param>
    /// <param name="z">The arguments of these vectors.</param>
    /// <param name="y">To be overwritten with their values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Forward(Activation activation, in ForwardPass pass, int vectorsPerRow, ReadOnlySpan<float> z, Span<float> y) => activation.Forward(new ActivationForwardPass
    {
        Vectors = Count,
        Z = z,
        Y = y,
        FirstRow = pass.FirstRow + Row,
        VectorsPerRow = vectorsPerRow,
        Training = pass.Training,
        Stream = pass.Stream,
        Workers = pass.Workers,
    });

    /// <summary>∇z = ∇y J_f(z) in a layer's backward pass.</summary>
    /// <param name="activation">f.</param>
    /// <param name="pass">The layer's pass.</param>
    /// <param name="vectorsPerRow">How many vectors each row has, as in forward.</param>
    /// <param name="z">The arguments of forward, if the activation reads them.</param>
    /// <param name="y">The values of forward, if the activation reads them.</param>
    /// <param name="dy">∇y.</param>
    /// <param name="dz">To be overwritten with ∇z.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Backward(
        Activation activation, in BackwardPass pass, int vectorsPerRow, ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) => activation.Backward(new ActivationBackwardPass
        {
            Vectors = Count,
            Z = z,
            Y = y,
            OutputGradient = dy,
            InputGradient = dz,
            FirstRow = pass.FirstRow + Row,
            VectorsPerRow = vectorsPerRow,
            Stream = pass.Stream,
            Workers = pass.Workers,
        });
}
