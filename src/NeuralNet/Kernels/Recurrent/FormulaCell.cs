using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>A cell's formula over the units of one row: a loop for each gate, and one for the rest.</summary>
/// <remarks>With two transcendental functions in one method the JIT stops inlining, and what goes from loop to loop lies in the
/// first-level cache. A gate's index is a type here, and so a constant in its loop.</remarks>
internal readonly struct FormulaCell<TFormula>(TFormula formula) : IRecurrentCell where TFormula : struct, ICellFormula
{
    public const int MaxGates = 8;

    private readonly TFormula formula = formula;

    private interface IIndex
    {
        static abstract int Value { get; }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Forward<TVector>(in CellRow row, bool isLast) where TVector : struct, ISimdVector<TVector>
    {
        Gate<TVector, Index0>(row);
        Gate<TVector, Index1>(row);
        Gate<TVector, Index2>(row);
        Gate<TVector, Index3>(row);
        Gate<TVector, Index4>(row);
        Gate<TVector, Index5>(row);
        Gate<TVector, Index6>(row);
        Gate<TVector, Index7>(row);
        Combine<TVector>(row);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<TVector>(in CellRow row, bool isFirst) where TVector : struct, ISimdVector<TVector>
    {
        TFormula formula = this.formula;
        var units = new CellUnits<TFormula, TVector>(row);
        for (; units.At < units.Row.Hidden; units.At += TVector.Count)
            formula.Backward<TVector, CellUnits<TFormula, TVector>>(units);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Gate<TVector, TIndex>(in CellRow row) where TVector : struct, ISimdVector<TVector> where TIndex : struct, IIndex
    {
        if (TIndex.Value < TFormula.Gates)
            GateLoop<TVector, TIndex>(row);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void GateLoop<TVector, TIndex>(in CellRow row) where TVector : struct, ISimdVector<TVector> where TIndex : struct, IIndex
    {
        TFormula formula = this.formula;
        var units = new CellUnits<TFormula, TVector>(row);
        for (; units.At < units.Row.Hidden; units.At += TVector.Count)
            units.SetGate(TIndex.Value, formula.Gate<TVector, CellUnits<TFormula, TVector>>(TIndex.Value, units));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Combine<TVector>(in CellRow row) where TVector : struct, ISimdVector<TVector>
    {
        TFormula formula = this.formula;
        var units = new CellUnits<TFormula, TVector>(row);
        for (; units.At < units.Row.Hidden; units.At += TVector.Count)
            formula.Forward<TVector, CellUnits<TFormula, TVector>>(units);
    }

    private readonly struct Index0 : IIndex { public static int Value => 0; }
    private readonly struct Index1 : IIndex { public static int Value => 1; }
    private readonly struct Index2 : IIndex { public static int Value => 2; }
    private readonly struct Index3 : IIndex { public static int Value => 3; }
    private readonly struct Index4 : IIndex { public static int Value => 4; }
    private readonly struct Index5 : IIndex { public static int Value => 5; }
    private readonly struct Index6 : IIndex { public static int Value => 6; }
    private readonly struct Index7 : IIndex { public static int Value => 7; }
}
