namespace NeuralNet.Kernels;

/// <summary>A recurrent layer's formulas for all units of one row at one step; <see cref="RecurrentForward{TCell}"/> and
/// <see cref="RecurrentBackward{TCell}"/> run them along the steps.</summary>
internal interface IRecurrentCell
{
    /// <summary>From z = W x + b and p = U h makes the new state; z becomes what backward needs of the gates.</summary>
    void Forward<TVector>(in CellRow row) where TVector : struct, ISimdVector<TVector>;

    /// <summary>From ∇h, and ∇c, of the state after the step makes ∇z, and what of ∇h goes past U to the state before it.</summary>
    void Backward<TVector>(in CellRow row) where TVector : struct, ISimdVector<TVector>;
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

    /// <summary>∇h, and ∇c, after the step; overwritten with what goes past U to those before it.</summary>
    public float* Dh, Dc;

    /// <summary>To be overwritten with ∇z and ∇p of each gate, the same array unless they differ.</summary>
    public float* Dz, Dproduct;

    // The same for a cell of one gate that lies in a room without pointers.
    public readonly Span<float> ZSpan => new(Z, Hidden);

    public readonly Span<float> ProductSpan => new(Product, Hidden);

    public readonly Span<float> HSpan => new(H, Hidden);

    public readonly Span<float> KeptSpan => new(Kept, Kept == null ? 0 : Hidden);

    public readonly Span<float> DhSpan => new(Dh, Hidden);

    public readonly Span<float> DzSpan => new(Dz, Hidden);
}
