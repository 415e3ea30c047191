using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>How far outputs y are from what is desired, d: the number that training makes small.</summary>
/// <remarks><para>forward: the mean over the rows, Σᵣ wᵣ D(yᵣ, dᵣ) / Σᵣ wᵣ (all wᵣ = 1 unless given). backward: exactly the gradient of that
/// number, ∇yᵣ = wᵣ / Σ w · ∂D/∂yᵣ. The weights serve as a mask, too: a row of weight 0 is as if absent, its y and d are not even read. Of a
/// sequence every real step counts as a vector of its own, with its row's weight.</para>
/// <para>d has as many values a vector as y, unless a divergence says otherwise (<see cref="DesiredWidth"/>): the id of a class, for example.</para>
/// <para>Each D is the textbook formula, but a logarithm of y is at least −100: where a probability is too small for a float, D is large and
/// the gradient is 0 or finite, so that no such row can end a training. Together with the activation that belongs to it a divergence may have
/// a form on z that needs no bound: <see cref="Through(Activation)"/>. Training takes that form.</para>
/// <para>For your own: where D is a sum over the outputs, derive from <see cref="Divergence{TFormula}"/> and give its term and the
/// term's derivative, which run at vector speed; otherwise derive from this class and give value and gradient of D for one vector.</para></remarks>
public abstract partial class Divergence
{
    /// <summary>What kind of divergence this is, in messages and checkpoints: the class's name unless overridden.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>What a checkpoint compares of the divergence beside its kind: none unless overridden.</summary>
    public virtual KindSettings Settings => new();

    /// <summary>The same divergence as a function of z, where y = activation(z), in a form that is finite for all |z| up to 10³⁰; null
    /// if there is none.</summary>
    /// <param name="activation">The activation that makes y.</param>
    /// <returns>A divergence whose y is z; or null, and then y itself must be used.</returns>
    public virtual Divergence? Through(Activation activation) => null;

    /// <summary>The same where activations make columns of y, as at the end of several heads side by side: a divergence of z in the columns of
    /// those that it takes through, and of y = f(z) in all others.</summary>
    /// <remarks><para>A network asks once for each divergence, and keeps the form. Unless overridden, one activation that makes all columns is
    /// taken where <see cref="Through(Activation)"/> has a form; a divergence whose term and derivative are given by a formula, being a sum over the
    /// columns, takes each that it has a form for.</para>
    /// <para>The gradient of such a form is ∇z in the columns that it takes and ∇y elsewhere; who asked makes ∇z of the latter.</para></remarks>
    /// <param name="activations">The network's final activations, in the order of their columns; at least one.</param>
    /// <param name="width">The width of y: columns that no activation names are y itself.</param>
    /// <param name="taken">For each activation, to be set to true if the form takes z there; false as given.</param>
    /// <returns>The form; or null, and then y itself must be used, whatever <paramref name="taken"/> says.</returns>
    public virtual Divergence? Through(ReadOnlySpan<FinalActivation> activations, int width, Span<bool> taken)
    {
        if (activations.Length != 1 || activations[0].Count != width)
            return IsSumOverColumns ? ByColumns.Of(this, activations, width, taken) : null;
        Divergence? form = Through(activations[0].Activation);
        taken[0] = form is not null;
        return form;
    }

    /// <summary>Whether a class id is desired of every vector, instead of values: a whole number from 0 to the width of y less 1, or −1, which
    /// says that nothing is desired and that the vector is as if absent, in Σ w too. False unless overridden.</summary>
    /// <remarks>Ids are checked before anything is written; <see cref="Value"/> and <see cref="Gradient"/> are given none of −1.</remarks>
    public virtual bool TakesIds => false;

    /// <summary>Which outputs it is meant for; not stated unless overridden. A trainer refuses a network that ends with an activation of other
    /// values (<see cref="Activation.OutputRange"/>).</summary>
    public virtual ValueRange OutputRange => ValueRange.Unstated;

    /// <summary>Which desired values it is meant for; not stated unless overridden. Training and measuring on a data set refuse others, and so does
    /// every step of a trainer. Class ids are checked by themselves.</summary>
    public virtual ValueRange DesiredRange => ValueRange.Unstated;

    // Whether D of a vector is a sum of the same function of each (yᵢ, dᵢ), so that some columns are as good as all.
    internal virtual bool IsSumOverColumns => false;

    // The same divergence where ids are desired; null: there is none.
    internal virtual Divergence? OfIds => null;

    // Whether class ids are among what is desired: all of it, or of some outputs of several.
    internal virtual bool ReadsIds => TakesIds;

    // Refuses ids that are none.
    internal virtual void CheckIds(in DivergencePass pass, int width, int firstRow, bool isPart, string vector) =>
        pass.CheckIds(width, firstRow, isPart, vector);

    /// <summary>How many desired values belong to one vector of y: as many as outputs, or one class id, unless overridden.</summary>
    /// <param name="outputs">The width of y.</param>
    /// <returns>The width of d, at least 1.</returns>
    public virtual int DesiredWidth(int outputs) => TakesIds ? 1 : outputs;

    /// <summary>The mean divergence of a batch.</summary>
    /// <param name="y">The outputs, [rows, width].</param>
    /// <param name="desired">What is desired, [rows, <see cref="DesiredWidth"/>].</param>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="weights">A weight for each row, finite, at least 0 and not all 0; empty means 1 each. Of sequences, give steps as rows.</param>
    /// <returns>Σ w D / Σ w.</returns>
    /// <exception cref="ArgumentException">A size does not fit, or a weight is not allowed.</exception>
    public float Forward(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights = default)
    {
        Divergence form = Check(y, desired, rows, weights);
        return (float)form.Sum(new DivergencePass { Rows = rows, Output = y, Desired = desired, Weights = weights }).Mean;
    }

    /// <summary>The gradient of the mean divergence with respect to y.</summary>
    /// <param name="y">The outputs, [rows, width].</param>
    /// <param name="desired">What is desired, [rows, <see cref="DesiredWidth"/>].</param>
    /// <param name="dy">Overwritten with ∇y, [rows, width].</param>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="weights">A weight for each row, finite, at least 0 and not all 0; empty means 1 each.</param>
    /// <exception cref="ArgumentException">A size does not fit, a weight is not allowed, or dy overlaps an input.</exception>
    public void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, Span<float> dy, int rows, ReadOnlySpan<float> weights = default)
    {
        Divergence form = Check(y, desired, rows, weights);
        if (dy.Length != y.Length)
            throw new ArgumentException($"dy has {dy.Length} values, y has {y.Length}.", nameof(dy));
        if (dy.Overlaps(y) || dy.Overlaps(desired) || dy.Overlaps(weights))
            throw new ArgumentException("dy must not overlap y, desired or weights.", nameof(dy));
        form.Sum(new DivergencePass { Rows = rows, Output = y, Desired = desired, Weights = weights, Gradient = dy });
    }

    /// <summary>The name.</summary>
    /// <returns>The divergence in words.</returns>
    public override string ToString() => Kind;

    // A weight for each row, or for each of the vectors of all rows.
    internal static void CheckWeights(ReadOnlySpan<float> weights, int rows, int vectors = 1, string vector = "step")
    {
        if (!weights.IsEmpty && weights.Length != rows && weights.Length != (long)rows * vectors)
            throw WrongWeights(weights, rows, vectors, vector);
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0 && float.IsFinite(weights[i])))
                throw WrongWeight(i, weights, vectors, weights.Length == rows ? "" : vector);
        }
    }

    internal static ArgumentException NoneCounts() => new("All weights are 0; at least one row must count.", "weights");

    private static ArgumentException WrongWeights(ReadOnlySpan<float> weights, int rows, int vectors, string vector) => new(
        $"{rows} rows need {rows} weights{(vectors == 1 ? "" : $", or {(long)rows * vectors} for their {vector}s")}, but got {weights.Length}.",
        nameof(weights));

    private static ArgumentException WrongWeight(int at, ReadOnlySpan<float> weights, int vectors, string vector)
    {
        string place = vector == "" ? $"row {at}" : $"row {at / vectors}, {vector} {at % vectors}";
        return new(FormattableString.Invariant($"The weight of {place} is {weights[at]}; it must be finite and at least 0."), nameof(weights));
    }

    // This divergence, or the same of ids, whichever takes so many desired values; null: neither.
    internal virtual Divergence? For(int desired, long vectors, int width) =>
        desired == vectors * DesiredWidth(width) ? this
        : width > 1 && desired == vectors ? OfIds
        : null;

    // How many values that expects, in words.
    internal virtual string Expected(long vectors, int width)
    {
        string ids = vectors == 1 ? "1 class id" : $"{vectors} class ids";
        return TakesIds ? ids : $"{vectors * DesiredWidth(width)} desired values{(OfIds is null || width == 1 ? "" : $", or {ids}")}";
    }

    // The one place where vectors are added up, Σ w D, and the gradient of their share in the mean is made. Vectors that count alike go
    // through together. The sum goes on from that of the vectors before.
    [SkipLocalsInit]
    internal WeightedSum Sum(in DivergencePass pass, double before = 0)
    {
        bool byIds = TakesIds, areAlike = !byIds && pass.Weights.IsEmpty && pass.Lengths.IsEmpty;
        double sum = before, own = pass.OwnWeight(byIds), total = pass.TotalWeight > 0 ? pass.TotalWeight : own, weight = 1;
        int vectors = pass.Rows * pass.Vectors, width = pass.Output.Length / vectors;
        int each = pass.Desired.Length == pass.Output.Length ? width : pass.Desired.Length / vectors;
        Span<double> values = stackalloc double[64];
        for (int first = 0, count; first < vectors; first += count)
        {
            count = Math.Min(values.Length, vectors - first);
            if (!areAlike)
                (count, weight) = pass.Alike(first, count, byIds);
            Span<float> gradient = pass.Gradient.IsEmpty ? default : pass.Gradient.Slice(first * width, count * width);
            if (weight == 0)
            {
                gradient.Clear();
                continue;
            }

            Values(
                pass.Output.Slice(first * width, count * width), pass.Desired.Slice(first * each, count * each), (float)(weight / total), gradient,
                values[..count], pass.Workers);
            foreach (double value in values[..count])
                sum += weight * value;
        }

        return new WeightedSum(sum, own);
    }

    /// <summary>Refuses vectors of a width that the settings do not fit: none unless overridden.</summary>
    /// <param name="width">The width of y and d.</param>
    /// <exception cref="ArgumentException">The width does not fit.</exception>
    protected internal virtual void CheckWidth(int width)
    {
    }

    /// <summary>D(y, d) of one vector.</summary>
    /// <param name="y">The output.</param>
    /// <param name="desired">What is desired: <see cref="DesiredWidth"/> values.</param>
    /// <returns>D.</returns>
    protected abstract double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired);

    /// <summary>weight · ∂D/∂y of one vector.</summary>
    /// <param name="y">The output.</param>
    /// <param name="desired">What is desired: <see cref="DesiredWidth"/> values.</param>
    /// <param name="weight">What the gradient is multiplied by: the vector's share in the mean.</param>
    /// <param name="gradient">To be overwritten with ∇y.</param>
    protected abstract void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient);

    /// <summary>D of several vectors that lie one after the other and, where it is wanted, weight · ∂D/∂y. It calls <see cref="Value"/> and
    /// <see cref="Gradient"/> for each vector; override it where value and gradient, or vectors, share work.</summary>
    /// <param name="y">The outputs, [vectors, width].</param>
    /// <param name="desired">What is desired, [vectors, <see cref="DesiredWidth"/>].</param>
    /// <param name="weight">What the gradient, but not the value, is multiplied by.</param>
    /// <param name="gradient">To be overwritten with ∇y, [vectors, width]; empty: only the values are wanted.</param>
    /// <param name="values">To be overwritten with D of each vector; at least one.</param>
    protected virtual void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
    {
        int width = y.Length / values.Length, each = desired.Length / values.Length;
        for (int vector = 0; vector < values.Length; vector++)
        {
            int at = vector * width;
            ReadOnlySpan<float> d = desired.Slice(vector * each, each);
            if (!gradient.IsEmpty)
                Gradient(y.Slice(at, width), d, weight, gradient.Slice(at, width));
            values[vector] = Value(y.Slice(at, width), d);
        }
    }

    // The same on several threads; on the caller's alone unless overridden, because a divergence of somebody's own may keep something in it.
    internal virtual void Values(
        ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values, Workers? workers) =>
        Values(y, desired, weight, gradient, values);

    // Value and Gradient of those whose work is done in Values.
    internal double ValueOf(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight = 0, Span<float> gradient = default)
    {
        double value = 0;
        Values(y, desired, weight, gradient, new Span<double>(ref value));
        return value;
    }

    private Divergence Check(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights)
    {
        Guard.Count(rows, nameof(rows));
        if (y.Length == 0 || y.Length % rows != 0)
            throw new ArgumentException($"y has {y.Length} values, which is not a positive multiple of {rows} rows.", nameof(y));
        int width = y.Length / rows;
        Divergence form = For(desired.Length, rows, width) ?? throw new ArgumentException(
            $"desired has {desired.Length} values; for {rows} rows of {width} outputs {Expected(rows, width)} were expected.", nameof(desired));
        CheckWeights(weights, rows);
        if (!weights.IsEmpty && !weights.ContainsAnyExcept(0f))
            throw NoneCounts();
        form.CheckWidth(width);
        if (form.ReadsIds)
            form.CheckIds(new DivergencePass { Rows = rows, Output = y, Desired = desired, Weights = weights }, width, 0, isPart: false, "step");
        return form;
    }
}

/// <summary>A divergence D = Σᵢ value(yᵢ, dᵢ) whose formula is written once for every vector width, and runs as one fused loop.</summary>
/// <typeparam name="TFormula">Value and derivative, side by side.</typeparam>
/// <param name="formula">The formula with its settings.</param>
public abstract class Divergence<TFormula>(TFormula formula) : Divergence where TFormula : struct, IDivergenceFormula
{
    /// <summary>False: the formula takes a d for each y.</summary>
    public sealed override bool TakesIds => false;

    /// <summary>As many values as outputs: the formula takes a d for each y.</summary>
    /// <param name="outputs">The width of y.</param>
    /// <returns>The width of d.</returns>
    public sealed override int DesiredWidth(int outputs) => outputs;

    internal sealed override bool IsSumOverColumns => true;

    /// <inheritdoc/>
    protected sealed override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueOf(y, desired);

    /// <inheritdoc/>
    protected sealed override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        ValueOf(y, desired, weight, gradient);

    /// <inheritdoc/>
    protected sealed override void Values(
        ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values) =>
        DivergencePasses.Run(formula, default(PlainDesired), y, desired, weight, gradient, values);
}
