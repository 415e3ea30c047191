using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The units of one row that a vector holds: what a formula sees of memory. It cannot reach what it has not declared; with a
/// constant index that check leaves no code.</summary>
internal unsafe struct CellUnits<TFormula, TVector>(CellRow row) : ICellForward<TVector>, ICellBackward<TVector> where TFormula : struct, ICellFormula
    where TVector : struct, ISimdVector<TVector>
{
    public readonly CellRow Row = row;
    public int At;

    public readonly TVector ProductBias
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Load(Row.ProductBias, 0, TFormula.SeparatesProduct ? 1 : 0);
    }

    public TVector H
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => Load(Row.H, 0, TFormula.UsesH ? 1 : 0);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Store(value, Row.H, 0, 1);
    }

    public TVector C
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => Load(Row.C, 0, TFormula.HasCell ? 1 : 0);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Store(value, Row.C, 0, TFormula.HasCell ? 1 : 0);
    }

    public TVector HGradient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => Load(Row.Dh, 0, 1);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Store(value, Row.Dh, 0, TFormula.UsesH ? 1 : 0);
    }

    public TVector CGradient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => Load(Row.Dc, 0, TFormula.HasCell ? 1 : 0);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Store(value, Row.Dc, 0, TFormula.HasCell ? 1 : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Z(int gate) => Load(Row.Z, gate, TFormula.Gates);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Product(int gate) => Load(Row.Product, gate, TFormula.Gates);

    /// <summary>A gate's value, which lies in the place of its z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Gate(int gate) => Load(Row.Z, gate, TFormula.Gates);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetGate(int gate, TVector value) => Store(value, Row.Z, gate, TFormula.Gates);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Kept(int index) => Load(Row.Kept, index, TFormula.Kept);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Keep(int index, TVector value)
    {
        if (Row.Kept != null)
            Store(value, Row.Kept, index, TFormula.Kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetZGradient(int gate, TVector value) => Store(value, Row.Dz, gate, TFormula.Gates);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetProductGradient(int gate, TVector value) =>
        Store(value, Row.Dproduct, gate, TFormula.SeparatesProduct ? TFormula.Gates : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TVector Load(float* from, int index, int count) => VectorTail.Load<TVector>(from + Offset(index, count), Row.Hidden - At);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(TVector value, float* to, int index, int count) =>
        VectorTail.Store(value, to + Offset(index, count), Row.Hidden - At);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly nint Offset(int index, int count)
    {
        if ((uint)index >= (uint)count)
            Throw(index, count);
        return (nint)(index * Row.Hidden) + At;
    }

    private static void Throw(int index, int count) =>
        throw new InvalidOperationException($"A cell's formula asked for a value with index {index}, but has declared {count} of its kind.");
}
