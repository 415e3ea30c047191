namespace NeuralNet;

/// <summary>A recurrent cell as its formulas, forward beside backward, written once for every vector width: what one step makes of
/// z = W x + b and of the recurrent product p = U h.</summary>
/// <remarks><para>Implement it as a small readonly struct, its methods marked <c>AggressiveInlining</c>, and hand it to a
/// <see cref="RecurrentLayer{TFormula}"/>. The layer makes the matrix products and runs the formulas over all units, rows and
/// steps: forward in one loop for each gate, from the first to the last, and one loop for <see cref="Forward"/>.</para>
/// <para>A unit is one element of h, with its elements of c and of each gate. Units do not meet in a formula: only U brings them
/// together. A call is about the few units that one vector holds; <c>units</c> is a handle on their values.</para>
/// <para>The JIT stops inlining where a loop grows too large: keep to one exponential, tangent or the like in each gate, in
/// <see cref="Forward"/> and in <see cref="Backward"/>.</para></remarks>
public interface ICellFormula
{
    /// <summary>How many gates there are, candidates for a new state counted too: 1 to 8. z and p have one element for each unit and gate.</summary>
    static abstract int Gates { get; }

    /// <summary>How many values of each unit backward needs beside the gates and h before the step.</summary>
    static abstract int Kept { get; }

    /// <summary>Whether a cell state c goes from step to step beside h.</summary>
    static virtual bool HasCell => false;

    /// <summary>Whether the formulas use h before the step itself, beside p. Then a part of ∇h goes past U, and is to be given.</summary>
    static virtual bool UsesH => false;

    /// <summary>Whether the formulas use p in another way than as z + p. Then ∇p differs from ∇z and is to be given too, and p of the last
    /// gate has a bias of its own.</summary>
    static virtual bool SeparatesProduct => false;

    /// <summary>The value of one gate, from z, p and the gates before it: σ(z + p), for instance.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <typeparam name="TUnits">The handle on the units' values.</typeparam>
    /// <param name="gate">Which gate, from 0; a constant for the JIT, so that telling gates apart costs nothing.</param>
    /// <param name="units">The units.</param>
    /// <returns>The value.</returns>
    TVector Gate<TVector, TUnits>(int gate, TUnits units) where TVector : struct, IVector<TVector> where TUnits : struct, ICellForward<TVector>;

    /// <summary>The new state from the gates and the old state; keeps what backward needs.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <typeparam name="TUnits">The handle on the units' values.</typeparam>
    /// <param name="units">The units: h, and c, are to be set.</param>
    void Forward<TVector, TUnits>(TUnits units) where TVector : struct, IVector<TVector> where TUnits : struct, ICellForward<TVector>;

    /// <summary>The chain rule: ∇z, and ∇p, of every gate, and what of ∇h and ∇c goes back to the state before the step.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <typeparam name="TUnits">The handle on the units' values.</typeparam>
    /// <param name="units">The units.</param>
    void Backward<TVector, TUnits>(TUnits units) where TVector : struct, IVector<TVector> where TUnits : struct, ICellBackward<TVector>;
}

/// <summary>The values of some units of a recurrent cell at one step, forward.</summary>
/// <typeparam name="TVector">The kind of vector.</typeparam>
public interface ICellForward<TVector> where TVector : struct, IVector<TVector>
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
public interface ICellBackward<TVector> where TVector : struct, IVector<TVector>
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

    /// <summary>∇h of the state after the step; if <see cref="ICellFormula.UsesH"/>, to be set to what of it goes to h before the step past
    /// U. The layer adds ∇p Uᵀ.</summary>
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
