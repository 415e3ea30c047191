namespace NeuralNet.Kernels;

/// <summary>What the memory of a recurrent layer follows from; <see cref="ICellFormula"/> says what the numbers of a cell mean.</summary>
/// <remarks>ResetsBefore says that p of the last gate is not U h but U (r ⊙ h), where r is one of the gates before it: a second product at every
/// step, which waits for the first one and for r.</remarks>
internal readonly record struct RecurrentSizes(
    int Hidden, bool LastStepOnly, int Gates, int Kept, bool HasCell = false, bool UsesH = false, bool SeparatesProduct = false,
    bool ResetsBefore = false)
{
    /// <summary>The width of z.</summary>
    public int Width => checked(Gates * Hidden);

    /// <summary>How many columns of U multiply h itself.</summary>
    public int Direct => ResetsBefore ? Width - Hidden : Width;

    /// <summary>The width of r ⊙ h where it is needed, otherwise 0.</summary>
    public int Reset => ResetsBefore ? Hidden : 0;

    /// <summary>The width of a row's state.</summary>
    public int States => checked(HasCell ? 2 * Hidden : Hidden);

    /// <summary>What the <see cref="PackedFactor"/> of h needs, in either direction.</summary>
    public int Room => Math.Max(PackedFactor.ScratchFor(Hidden, Direct), PackedFactor.ScratchFor(Direct, Hidden));

    /// <summary>What that of r ⊙ h needs.</summary>
    public int ResetRoom => ResetsBefore ? PackedFactor.ScratchFor(Hidden, Hidden) : 0;

    /// <exception cref="ArgumentException">The formula has not 1 to 8 gates, or keeps fewer than 0 values.</exception>
    public static RecurrentSizes Of<TFormula>(int hidden, bool lastStepOnly) where TFormula : struct, ICellFormula =>
        TFormula.Gates is >= 1 and <= FormulaCell<TFormula>.MaxGates && TFormula.Kept >= 0
            ? new(hidden, lastStepOnly, TFormula.Gates, TFormula.Kept, TFormula.HasCell, TFormula.UsesH, TFormula.SeparatesProduct)
            : throw new ArgumentException(
                $"A cell has 1 to {FormulaCell<TFormula>.MaxGates} gates and keeps 0 values or more, but got {TFormula.Gates} and {TFormula.Kept}.");
}
