using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The units of one row that a vector holds, forward: what a formula sees of memory, and cannot reach beyond.</summary>
internal unsafe struct ForwardUnits<TFormula, TVector>(CellForward row) : ICellForward<TVector>
    where TFormula : struct, ICellFormula
    where TVector : struct, ISimdVector<TVector>
{
    public readonly CellForward Row = row;
    public int At;

    public readonly TVector ProductBias
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => CellUnits.Load<TVector>(Row.Bias, 0, TFormula.SeparatesProduct ? 1 : 0, Row.Hidden, At);
    }

    public TVector H
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => CellUnits.Load<TVector>(Row.H, 0, TFormula.UsesH ? 1 : 0, Row.Hidden, At);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => CellUnits.Store(value, Row.H, 0, 1, Row.Hidden, At);
    }

    public TVector C
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => CellUnits.Load<TVector>(Row.C, 0, TFormula.HasCell ? 1 : 0, Row.Hidden, At);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => CellUnits.Store(value, Row.C, 0, TFormula.HasCell ? 1 : 0, Row.Hidden, At);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Z(int gate) => Gate(gate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Product(int gate) => CellUnits.Load<TVector>(Row.Product, gate, TFormula.Gates, Row.Hidden, At);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Gate(int gate) => CellUnits.Load<TVector>(Row.Z, gate, TFormula.Gates, Row.Hidden, At);

    /// <summary>Puts a gate's value in the place of its z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetGate(int gate, TVector value) => CellUnits.Store(value, Row.Z, gate, TFormula.Gates, Row.Hidden, At);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Keep(int index, TVector value)
    {
        if (Row.Kept != null)
            CellUnits.Store(value, Row.Kept, index, TFormula.Kept, Row.Hidden, At);
    }
}

/// <summary>The units of one row that a vector holds, backward.</summary>
internal unsafe struct BackwardUnits<TFormula, TVector>(CellBackward row) : ICellBackward<TVector>
    where TFormula : struct, ICellFormula
    where TVector : struct, ISimdVector<TVector>
{
    public readonly CellBackward Row = row;
    public int At;

    public readonly TVector H
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => CellUnits.Load<TVector>(Row.HBefore, 0, TFormula.UsesH ? 1 : 0, Row.Hidden, At);
    }

    public TVector HGradient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => CellUnits.Load<TVector>(Row.Dh, 0, 1, Row.Hidden, At);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => CellUnits.Store(value, Row.Dh, 0, TFormula.UsesH ? 1 : 0, Row.Hidden, At);
    }

    public TVector CGradient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get => CellUnits.Load<TVector>(Row.Dc, 0, TFormula.HasCell ? 1 : 0, Row.Hidden, At);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => CellUnits.Store(value, Row.Dc, 0, TFormula.HasCell ? 1 : 0, Row.Hidden, At);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Gate(int gate) => CellUnits.Load<TVector>(Row.Z, gate, TFormula.Gates, Row.Hidden, At);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Kept(int index) => CellUnits.Load<TVector>(Row.Kept, index, TFormula.Kept, Row.Hidden, At);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetZGradient(int gate, TVector value) => CellUnits.Store(value, Row.Dz, gate, TFormula.Gates, Row.Hidden, At);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetProductGradient(int gate, TVector value) =>
        CellUnits.Store(value, Row.Dproduct, gate, TFormula.SeparatesProduct ? TFormula.Gates : 0, Row.Hidden, At);
}

/// <summary>
/// One vector of an array [count, hidden], where there is such. With a formula's constant index the check leaves no code.
/// </summary>
internal static unsafe class CellUnits
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(float* from, int index, int count, int hidden, int at)
        where TVector : struct, ISimdVector<TVector>
    {
        if ((uint)index >= (uint)count)
            Throw(index, count);
        return VectorTail.Load<TVector>(from + (index * hidden) + at, hidden - at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(TVector value, float* to, int index, int count, int hidden, int at)
        where TVector : struct, ISimdVector<TVector>
    {
        if ((uint)index >= (uint)count)
            Throw(index, count);
        VectorTail.Store(value, to + (index * hidden) + at, hidden - at);
    }

    private static void Throw(int index, int count) =>
        throw new InvalidOperationException($"A cell formula asked for value {index} where it has declared {count}.");
}
