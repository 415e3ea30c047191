namespace NeuralNet;

/// <summary>
/// A recurrent cell as its formulas, forward beside backward, written once for every vector width: what one step makes of
/// z = W x + b and of the recurrent product p = U h.
/// </summary>
/// <remarks>
/// <para>Implement it as a small readonly struct, its methods marked <c>AggressiveInlining</c>, and hand it to a
/// <see cref="RecurrentLayer{TFormula}"/>. The layer makes the matrix products and runs the formulas over all units, rows and
/// steps: first a loop for each gate, in their order, then one loop for <see cref="Forward"/>.</para>
/// <para>Every unit has its own element in each gate, in h and in c, and units do not meet in a formula: only U brings them
/// together. <c>TUnits</c> is a handle of the units that one vector holds.</para>
/// <para>The JIT inlines only so much into one loop, so one exponential, tangent or the like in each of <see cref="Gate"/> (for
/// one gate), <see cref="Forward"/> and <see cref="Backward"/> is fast, and three in one of them are not.</para>
/// </remarks>
public interface ICellFormula
{
    /// <summary>How many gates there are, the candidates for a new state among them: 1 to 8. z and p have an element of each for every unit.</summary>
    static abstract int Gates { get; }

    /// <summary>How many values of each unit backward needs beside the gates and h before the step.</summary>
    static abstract int Kept { get; }

    /// <summary>Whether a cell state c goes from step to step beside h.</summary>
    static virtual bool HasCell => false;

    /// <summary>
    /// Whether h before the step enters the formulas by itself, not through p alone. Then a part of ∇h goes past U, and is to be
    /// given.
    /// </summary>
    static virtual bool UsesH => false;

    /// <summary>
    /// Whether p enters in another way than as z + p. Then ∇p is another than ∇z and is to be given too, and p of the last gate
    /// has a bias of its own.
    /// </summary>
    static virtual bool SeparatesProduct => false;

    /// <summary>The value of one gate, from z, p and the gates before it: σ(z + p), for instance.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <typeparam name="TUnits">The units' values.</typeparam>
    /// <param name="gate">Which gate, from 0; a constant for the compiler, so that no time is lost where gates are told apart.</param>
    /// <param name="units">The units.</param>
    /// <returns>The value.</returns>
    TVector Gate<TVector, TUnits>(int gate, TUnits units)
        where TVector : struct, IVector<TVector>
        where TUnits : struct, ICellForward<TVector>;

    /// <summary>The new state from the gates and the old state; keeps what backward needs.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <typeparam name="TUnits">The units' values.</typeparam>
    /// <param name="units">The units: h, and c, are to be set.</param>
    void Forward<TVector, TUnits>(TUnits units)
        where TVector : struct, IVector<TVector>
        where TUnits : struct, ICellForward<TVector>;

    /// <summary>The chain rule: ∇z, and ∇p, of every gate, and what of ∇h and ∇c goes back to the state before the step.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <typeparam name="TUnits">The units' values.</typeparam>
    /// <param name="units">The units.</param>
    void Backward<TVector, TUnits>(TUnits units)
        where TVector : struct, IVector<TVector>
        where TUnits : struct, ICellBackward<TVector>;
}

/// <summary>The values of some units of a recurrent cell at one step, forward.</summary>
/// <typeparam name="TVector">The kind of vector.</typeparam>
public interface ICellForward<TVector>
    where TVector : struct, IVector<TVector>
{
    /// <summary>z = W x + b; of this gate and of later ones.</summary>
    /// <param name="gate">Which gate.</param>
    /// <returns>The values.</returns>
    TVector Z(int gate);

    /// <summary>p = U h, without a bias.</summary>
    /// <param name="gate">Which gate.</param>
    /// <returns>The values.</returns>
    TVector Product(int gate);

    /// <summary>The bias that belongs to p of the last gate, if <see cref="ICellFormula.SeparatesProduct"/>.</summary>
    TVector ProductBias { get; }

    /// <summary>What <see cref="ICellFormula.Gate"/> gave; in that of a later gate and in <see cref="ICellFormula.Forward"/>.</summary>
    /// <param name="gate">Which gate.</param>
    /// <returns>The values.</returns>
    TVector Gate(int gate);

    /// <summary>h: to be read before the step, if <see cref="ICellFormula.UsesH"/>; to be set to that after it.</summary>
    TVector H { get; set; }

    /// <summary>c, if <see cref="ICellFormula.HasCell"/>: that before the step until it is set to that after it.</summary>
    TVector C { get; set; }

    /// <summary>Keeps a value for backward; does nothing in inference.</summary>
    /// <param name="index">Which of the <see cref="ICellFormula.Kept"/> values.</param>
    /// <param name="value">The values.</param>
    void Keep(int index, TVector value);
}

/// <summary>The values of some units of a recurrent cell at one step, backward.</summary>
/// <typeparam name="TVector">The kind of vector.</typeparam>
public interface ICellBackward<TVector>
    where TVector : struct, IVector<TVector>
{
    /// <summary>The value of a gate.</summary>
    /// <param name="gate">Which gate.</param>
    /// <returns>The values.</returns>
    TVector Gate(int gate);

    /// <summary>What forward kept.</summary>
    /// <param name="index">Which of the <see cref="ICellFormula.Kept"/> values.</param>
    /// <returns>The values.</returns>
    TVector Kept(int index);

    /// <summary>h before the step, if <see cref="ICellFormula.UsesH"/>.</summary>
    TVector H { get; }

    /// <summary>
    /// ∇h of the state after the step; if <see cref="ICellFormula.UsesH"/>, to be set to what of it goes to h before the step past
    /// U. The layer adds ∇p Uᵀ.
    /// </summary>
    TVector HGradient { get; set; }

    /// <summary>∇c of the state after the step, if <see cref="ICellFormula.HasCell"/>; to be set to that of c before it.</summary>
    TVector CGradient { get; set; }

    /// <summary>Gives ∇z.</summary>
    /// <param name="gate">Which gate; every one is to be given.</param>
    /// <param name="value">The values.</param>
    void SetZGradient(int gate, TVector value);

    /// <summary>Gives ∇p, if <see cref="ICellFormula.SeparatesProduct"/>; otherwise it is ∇z.</summary>
    /// <param name="gate">Which gate; every one is to be given.</param>
    /// <param name="value">The values.</param>
    void SetProductGradient(int gate, TVector value);
}
