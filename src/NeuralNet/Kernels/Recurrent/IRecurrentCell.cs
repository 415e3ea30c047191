namespace NeuralNet.Kernels;

/// <summary>
/// A recurrent layer's formulas for all units of one row at one step; <see cref="RecurrentForward{TCell}"/> and
/// <see cref="RecurrentBackward{TCell}"/> run them along the steps. The properties are those of <see cref="ICellFormula"/>.
/// </summary>
internal interface IRecurrentCell
{
    static abstract int Gates { get; }

    static abstract int Kept { get; }

    static virtual bool HasCell => false;

    static virtual bool UsesH => false;

    static virtual bool SeparatesProduct => false;

    /// <summary>From z = W x + b and the recurrent product U h makes the new state; z becomes what backward needs of the gates.</summary>
    void Forward<TVector>(in CellForward row)
        where TVector : struct, ISimdVector<TVector>;

    /// <summary>From ∇h, and ∇c, of the state after the step makes ∇z, and what of ∇h goes past U to the state before it.</summary>
    void Backward<TVector>(in CellBackward row)
        where TVector : struct, ISimdVector<TVector>;
}

/// <summary>One row at one step, forward.</summary>
internal unsafe struct CellForward
{
    /// <summary>The width of the state.</summary>
    public int Hidden;

    /// <summary>z = W x + b, [gates · hidden]; overwritten with the gates' values.</summary>
    public float* Z;

    /// <summary>The recurrent product U h, [gates · hidden]; free to be overwritten.</summary>
    public float* Product;

    /// <summary>What of the bias belongs to the recurrent product of the last gate; null if nothing does.</summary>
    public float* Bias;

    /// <summary>h before the step; overwritten with h after it.</summary>
    public float* H;

    /// <summary>c before the step; overwritten with c after it.</summary>
    public float* C;

    /// <summary>What is kept for backward, [kept · hidden]; null in inference.</summary>
    public float* Kept;

    // As spans, for a cell that has one gate and keeps one value, and lies in another room.
    public readonly Span<float> ZSpan => new(Z, Hidden);

    public readonly ReadOnlySpan<float> ProductSpan => new(Product, Hidden);

    public readonly Span<float> HSpan => new(H, Hidden);

    public readonly Span<float> KeptSpan => new(Kept, Kept == null ? 0 : Hidden);
}

/// <summary>One row at one step, backward.</summary>
internal unsafe struct CellBackward
{
    /// <summary>The width of the state.</summary>
    public int Hidden;

    /// <summary>The gates' values.</summary>
    public float* Z;

    /// <summary>What forward kept.</summary>
    public float* Kept;

    /// <summary>h before the step.</summary>
    public float* HBefore;

    /// <summary>∇h after the step; overwritten with what of ∇h before it does not come through the recurrent product.</summary>
    public float* Dh;

    /// <summary>∇c after the step; overwritten with ∇c before it.</summary>
    public float* Dc;

    /// <summary>Overwritten with ∇z, [gates · hidden].</summary>
    public float* Dz;

    /// <summary>Overwritten with the gradient of the recurrent product, where it is another than ∇z.</summary>
    public float* Dproduct;

    public readonly ReadOnlySpan<float> ZSpan => new(Z, Hidden);

    public readonly ReadOnlySpan<float> KeptSpan => new(Kept, Hidden);

    public readonly ReadOnlySpan<float> DhSpan => new(Dh, Hidden);

    public readonly Span<float> DzSpan => new(Dz, Hidden);
}
