namespace NeuralNet.Kernels;

/// <summary>A recurrent layer's formulas for all units of one row at one step; <see cref="RecurrentForward{TCell}"/> and
/// <see cref="RecurrentBackward{TCell}"/> run them along the steps.</summary>
internal interface IRecurrentCell
{
    /// <summary>From z = W x + b and p = U h makes the new state; z becomes what backward needs of the gates.</summary>
    /// <param name="row">The row.</param>
    /// <param name="isLast">Whether all products of the step are there. Where p of the last gate is that of r ⊙ h
    /// (<see cref="RecurrentSizes.ResetsBefore"/>) the cell is called before it too, to make r ⊙ h.</param>
    void Forward<TVector>(in CellRow row, bool isLast) where TVector : struct, ISimdVector<TVector>;

    /// <summary>From ∇h, and ∇c, of the state after the step makes ∇z, and what of ∇h goes past U to the state before it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="isFirst">Whether this is the first call of the step. Where there is a product of r ⊙ h there is a second one, with the gradient
    /// of r ⊙ h, which follows from the last gate's ∇z.</param>
    void Backward<TVector>(in CellRow row, bool isFirst) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>One row at one step. Each array is [hidden] or several of that; what a direction does not need is null.</summary>
internal unsafe struct CellRow
{
    public int Hidden;

    /// <summary>z and p of each gate; z is overwritten with the gates' values, and p may be overwritten.</summary>
    public float* Z, Product;

    /// <summary>The bias that belongs to p of the last gate, if there is one.</summary>
    public float* ProductBias;

    /// <summary>h, and c, before the step; forward overwrites them with those after it.</summary>
    public float* H, C;

    /// <summary>What forward keeps for backward; null in inference.</summary>
    public float* Kept;

    /// <summary>r ⊙ h, to be overwritten; backward its gradient, which may be. Before the first call of a step there is nothing in it.</summary>
    public float* Reset;

    /// <summary>∇h, and ∇c, after the step; overwritten with what goes past U to those before it.</summary>
    public float* Dh, Dc;

    /// <summary>To be overwritten with ∇z and ∇p of each gate, the same array unless they differ.</summary>
    public float* Dz, Dproduct;

    public readonly bool Keeps => Kept != null;

    // The same for cells that lie in a room without pointers; of some gates, or kept values, that follow each other.
    public readonly ReadOnlySpan<float> ProductBiasSpan => new(ProductBias, Hidden);

    public readonly Span<float> HSpan => new(H, Hidden);

    public readonly Span<float> CSpan => new(C, Hidden);

    public readonly Span<float> ResetSpan => new(Reset, Hidden);

    public readonly Span<float> DhSpan => new(Dh, Hidden);

    public readonly Span<float> DcSpan => new(Dc, Hidden);

    public readonly Span<float> ZOf(int gate, int count = 1) => Of(Z, gate, count);

    public readonly Span<float> ProductOf(int gate, int count = 1) => Of(Product, gate, count);

    public readonly Span<float> KeptOf(int index, int count = 1) => Of(Kept, index, count);

    public readonly Span<float> DzOf(int gate, int count = 1) => Of(Dz, gate, count);

    public readonly Span<float> DproductOf(int gate, int count = 1) => Of(Dproduct, gate, count);

    private readonly Span<float> Of(float* array, int first, int count) => new(array + ((nint)first * Hidden), count * Hidden);
}
