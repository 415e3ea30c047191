namespace NeuralNet;

/// <summary>
/// How far outputs y are from what is desired, d: the number that training makes small.
/// </summary>
/// <remarks>
/// <para>forward: the mean over the rows, Σᵣ wᵣ D(yᵣ, dᵣ) / Σᵣ wᵣ (all wᵣ = 1 unless given). backward: exactly the
/// gradient of that number, ∇yᵣ = wᵣ / Σ w · ∂D/∂yᵣ. The weights serve as a mask, too: a row of weight 0 is as if absent,
/// its y and d are not even read. Of a sequence
/// every real step counts as a vector of its own, with its row's weight.</para>
/// <para>Each D is the textbook formula, and overflows where that does (−log 0 = ∞). Together with the activation that
/// belongs to it a divergence may have a form on z that does not: <see cref="Through"/>. Training takes that form.</para>
/// <para>For your own: derive, and give value and gradient of D for one vector.</para>
/// </remarks>
public abstract partial class Divergence
{
    /// <summary>What kind of divergence this is, in messages and checkpoints: the class's name unless overridden.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>What a checkpoint compares of the divergence beside its kind: none unless overridden.</summary>
    public virtual KindSettings Settings => new();

    /// <summary>
    /// The same divergence as a function of z, where y = activation(z), in a form that is finite for all |z| up to 10³⁰; null
    /// if there is none.
    /// </summary>
    /// <param name="activation">The activation that makes y.</param>
    /// <returns>A divergence whose y is z; or null, and then y itself must be used.</returns>
    public virtual Divergence? Through(Activation activation) => null;

    /// <summary>The mean divergence of a batch.</summary>
    /// <param name="y">The outputs, [rows, width].</param>
    /// <param name="desired">What is desired, [rows, width].</param>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="weights">A weight for each row, finite, at least 0 and not all 0; empty means 1 each.</param>
    /// <returns>Σ w D / Σ w.</returns>
    /// <exception cref="ArgumentException">A size does not fit, or a weight is not allowed.</exception>
    public float Forward(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights = default)
    {
        Check(y, desired, rows, weights);
        return (float)Mean(new DivergencePass { Rows = rows, Output = y, Desired = desired, Weights = weights });
    }

    /// <summary>The gradient of the mean divergence with respect to y.</summary>
    /// <param name="y">The outputs, [rows, width].</param>
    /// <param name="desired">What is desired, [rows, width].</param>
    /// <param name="dy">Overwritten with ∇y, [rows, width].</param>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="weights">A weight for each row, finite, at least 0 and not all 0; empty means 1 each.</param>
    /// <exception cref="ArgumentException">A size does not fit, a weight is not allowed, or dy overlaps an input.</exception>
    public void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, Span<float> dy, int rows, ReadOnlySpan<float> weights = default)
    {
        Check(y, desired, rows, weights);
        if (dy.Length != y.Length)
            throw new ArgumentException($"dy has {dy.Length} values, y has {y.Length}.", nameof(dy));
        if (dy.Overlaps(y) || dy.Overlaps(desired) || dy.Overlaps(weights))
            throw new ArgumentException("dy must not overlap y, desired or weights.", nameof(dy));
        Mean(new DivergencePass { Rows = rows, Output = y, Desired = desired, Weights = weights, Gradient = dy });
    }

    /// <summary>The name.</summary>
    /// <returns>The divergence in words.</returns>
    public override string ToString() => Kind;

    internal static void CheckWeights(ReadOnlySpan<float> weights, int rows)
    {
        if (weights.IsEmpty)
            return;
        if (weights.Length != rows)
            throw new ArgumentException($"{rows} rows need {rows} weights, but got {weights.Length}.", nameof(weights));
        double total = 0;
        for (int row = 0; row < rows; row++)
        {
            if (!(weights[row] >= 0 && float.IsFinite(weights[row])))
                throw new ArgumentException($"The weight of row {row} is {weights[row]}; it must be finite and at least 0.", nameof(weights));
            total += weights[row];
        }

        if (total == 0)
            throw new ArgumentException("All weights are 0; at least one row must count.", nameof(weights));
    }

    // Refuses vectors of a width that the settings do not fit; before anything is written.
    internal virtual void CheckWidth(int width)
    {
    }

    // The one place where the mean over rows is taken, value and gradient together.
    internal double Mean(in DivergencePass pass)
    {
        double total = 0;
        for (int row = 0; row < pass.Rows; row++)
            total += pass.WeightOf(row) * pass.VectorsOf(row);

        int vectors = pass.Vectors, width = pass.Output.Length / (pass.Rows * vectors);
        if (pass.Weights.IsEmpty && pass.Lengths.IsEmpty)
            return SumOfAlike(pass, width, (float)(1 / total)) / total;

        double sum = 0;
        for (int row = 0; row < pass.Rows; row++)
        {
            double weight = pass.WeightOf(row);
            int real = weight == 0 ? 0 : pass.VectorsOf(row);
            for (int vector = 0; vector < vectors; vector++)
            {
                int at = ((row * vectors) + vector) * width;
                Span<float> gradient = pass.Gradient.IsEmpty ? default : pass.Gradient.Slice(at, width);
                if (vector >= real)
                    gradient.Clear();
                else if (gradient.IsEmpty)
                    sum += weight * Value(pass.Output.Slice(at, width), pass.Desired.Slice(at, width));
                else
                    sum += weight * ValueAndGradient(pass.Output.Slice(at, width), pass.Desired.Slice(at, width), (float)(weight / total), gradient);
            }
        }

        return sum / total;
    }

    /// <summary>D(y, d) of one vector.</summary>
    /// <param name="y">The output.</param>
    /// <param name="desired">What is desired, of the same width.</param>
    /// <returns>D.</returns>
    protected abstract double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired);

    /// <summary>weight · ∂D/∂y of one vector.</summary>
    /// <param name="y">The output.</param>
    /// <param name="desired">What is desired, of the same width.</param>
    /// <param name="weight">What the gradient is multiplied with: the vector's share in the mean.</param>
    /// <param name="gradient">To be overwritten with ∇y.</param>
    protected abstract void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient);

    /// <summary>Value and gradient at once; override it where they share work.</summary>
    /// <param name="y">The output.</param>
    /// <param name="desired">What is desired, of the same width.</param>
    /// <param name="weight">What the gradient is multiplied with.</param>
    /// <param name="gradient">To be overwritten with ∇y.</param>
    /// <returns>D, not multiplied with the weight.</returns>
    protected virtual double ValueAndGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
    {
        Gradient(y, desired, weight, gradient);
        return Value(y, desired);
    }

    // D of each vector and, where a gradient is wanted, weight · ∂D/∂y: many vectors at once, for those that gain by it.
    internal virtual void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
    {
        int width = y.Length / values.Length;
        for (int vector = 0; vector < values.Length; vector++)
        {
            int at = vector * width;
            values[vector] = gradient.IsEmpty
                ? Value(y.Slice(at, width), desired.Slice(at, width))
                : ValueAndGradient(y.Slice(at, width), desired.Slice(at, width), weight, gradient.Slice(at, width));
        }
    }

    // Vectors that all count, and alike, are handed on in groups.
    private double SumOfAlike(in DivergencePass pass, int width, float weight)
    {
        const int Group = 64;
        Span<double> values = stackalloc double[Group];
        double sum = 0;
        int count = pass.Rows * pass.Vectors;
        for (int first = 0; first < count; first += Group)
        {
            Span<double> some = values[..Math.Min(Group, count - first)];
            int at = first * width, length = some.Length * width;
            Values(
                pass.Output.Slice(at, length), pass.Desired.Slice(at, length), weight,
                pass.Gradient.IsEmpty ? default : pass.Gradient.Slice(at, length), some);
            foreach (double value in some)
                sum += value;
        }

        return sum;
    }

    private void Check(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, int rows, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        if (y.Length == 0 || y.Length % rows != 0)
            throw new ArgumentException($"y has {y.Length} values, which is not a positive multiple of {rows} rows.", nameof(y));
        if (desired.Length != y.Length)
            throw new ArgumentException($"desired has {desired.Length} values, y has {y.Length}.", nameof(desired));
        CheckWeights(weights, rows);
        CheckWidth(y.Length / rows);
    }
}
