namespace NeuralNet.Kernels;

/// <summary>What the memory of a recurrent layer follows from; <see cref="ICellFormula"/> says what the numbers of a cell mean.</summary>
internal readonly record struct RecurrentSizes(
    int Hidden, bool LastStepOnly, int Gates, int Kept, bool HasCell = false, bool UsesH = false, bool SeparatesProduct = false)
{
    /// <summary>The width of z.</summary>
    public int Width => checked(Gates * Hidden);

    /// <summary>The width of a row's state.</summary>
    public int States => checked(HasCell ? 2 * Hidden : Hidden);

    /// <summary>What <see cref="PackedFactor"/> needs, in either direction.</summary>
    public int Room => Math.Max(PackedFactor.ScratchFor(Hidden, Width), PackedFactor.ScratchFor(Width, Hidden));

    /// <exception cref="ArgumentException">The formula has not 1 to 8 gates, or keeps fewer than 0 values.</exception>
    public static RecurrentSizes Of<TFormula>(int hidden, bool lastStepOnly) where TFormula : struct, ICellFormula =>
        TFormula.Gates is >= 1 and <= FormulaCell<TFormula>.MaxGates && TFormula.Kept >= 0
            ? new(hidden, lastStepOnly, TFormula.Gates, TFormula.Kept, TFormula.HasCell, TFormula.UsesH, TFormula.SeparatesProduct)
            : throw new ArgumentException(
                $"A cell has 1 to {FormulaCell<TFormula>.MaxGates} gates and keeps 0 values or more, but got {TFormula.Gates} and {TFormula.Kept}.");
}
