using System.Numerics.Tensors;

namespace NeuralNet;

/// <content>How much rows count so that what is rare weighs as much as what is frequent.</content>
public sealed partial class Dataset
{
    private const string Apart = "Give the data weights that lie less far apart.";

    /// <summary>The same rows with weights by which each class weighs as much as another: W / (K · W_c) for a row of class c.</summary>
    /// <remarks><para>W_c is Σ w over the rows of class c, and W that over all; K classes have a W_c above 0. Without weights before, W_c counts
    /// rows, and the weight is scikit-learn's "balanced". Weights that the data has are multiplied, and their sum stays. Where steps have class ids,
    /// steps are counted and have the weights; a step of id −1, or past its row's length where a row has as many ids as steps, gets 0.</para>
    /// <para>The mean is then divided by what the rows of a step weigh, Σ w. Class weights within a divergence
    /// (<see cref="BalancedClassWeights"/>) are not divided by, so that a step of many rare rows goes further.</para></remarks>
    /// <returns>A data set that shares the numbers of this one.</returns>
    /// <exception cref="InvalidOperationException">The rows have no classes, nothing counts, the weights are not those of what has a class, or a
    /// balanced one would be too large for a float.</exception>
    public Dataset WithBalancedClasses()
    {
        int vectors = VectorsOfClasses;
        double[] sums = WeightsOfClasses(vectors);
        double share = sums.Sum() / sums.Count(sum => sum > 0);
        var balanced = new float[Rows * vectors];
        foreach ((int row, int vector, float weight) in Counted(vectors))
        {
            if (ClassOf(row, vector) is not (>= 0 and int c) || weight == 0)
                continue;
            double own = weight * (share / sums[c]);
            balanced[(row * vectors) + vector] = own <= float.MaxValue ? (float)own
                : throw TooLarge(
                    $"Row {row}{(vectors == 1 ? "" : $", vector {vector}")} has weight {weight}, and balanced it", own,
                    "Divide all weights by one number first: how they compare stays the same.");
        }

        return WithWeights(balanced);
    }

    /// <summary>A weight for each class, W / (K · W_c), for <see cref="CrossEntropy"/>'s class weights: those of <see cref="WithBalancedClasses"/>.
    /// </summary>
    /// <remarks>Take the one or the other: with both, rare classes would weigh too much.</remarks>
    /// <returns>[<see cref="Classes"/>].</returns>
    /// <exception cref="InvalidOperationException">The rows have no classes, a class has no row that counts, the weights are not those of what has
    /// a class, or one that balances would be too large for a float.</exception>
    public float[] BalancedClassWeights()
    {
        double[] sums = WeightsOfClasses(VectorsOfClasses);
        int absent = Array.FindIndex(sums, sum => sum == 0);
        if (absent >= 0)
            throw new InvalidOperationException(
                $"Class {absent} (\"{ClassNames[absent]}\") has no row that counts, so no weight balances it. Weights of rows, WithBalancedClasses, "
                + "need none for it.");
        double share = sums.Sum() / sums.Length;
        return [.. sums.Select((sum, c) => share / sum <= float.MaxValue ? (float)(share / sum)
            : throw TooLarge($"Class {c} (\"{ClassNames[c]}\") weighs {sum:G3}, and what balances it", share / sum, Apart))];
    }

    /// <summary>A weight of the positives for each output, Σ w (1 − d) / Σ w d, for <see cref="BinaryCrossEntropy"/>: "yes" and "no" then weigh
    /// alike.</summary>
    /// <remarks>Of an output that is "yes" in one row of ten it is 9.</remarks>
    /// <param name="outputs">The outputs of a step or pixel, where a row has several of them; null: <see cref="OutputWidth"/>, all of a row.</param>
    /// <returns>[outputs].</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outputs"/> is not positive.</exception>
    /// <exception cref="ArgumentException"><paramref name="outputs"/> does not divide <see cref="OutputWidth"/>.</exception>
    /// <exception cref="InvalidOperationException">Class ids are desired, a desired value is not from 0 to 1, an output has no positives or nothing
    /// else, the weights are not those of rows or of their vectors, or one that balances would be too large for a float.</exception>
    public float[] BalancedPositiveWeights(int? outputs = null)
    {
        int width = Guard.Count(outputs ?? OutputWidth, nameof(outputs));
        if (OutputWidth % width != 0)
            throw new ArgumentException($"{width} outputs do not divide the {OutputWidth} desired values of a row.", nameof(outputs));
        if (Format.Parts.Count > 0)
            throw SeveralOutputs();
        if (HasClassIds)
            throw new InvalidOperationException("The data has class ids, of which none is positive; see BalancedClassWeights.");
        double[] yes = new double[width], no = new double[width];
        foreach ((int row, int vector, float weight) in Counted(OutputWidth / width))
        {
            for (int i = 0; i < width && weight > 0; i++)
            {
                int column = (vector * width) + i;
                float d = desired[(row * OutputWidth) + column];
                if (d is not (>= 0 and <= 1))
                    throw new InvalidOperationException(FormattableString.Invariant(
                        $"What is desired in row {row}, column {column} is {d}; a number from 0 to 1 was expected."));
                yes[i] += weight * (double)d;
                no[i] += weight * (1 - (double)d);
            }
        }

        for (int i = 0; i < width; i++)
        {
            if (yes[i] == 0 || no[i] == 0)
                throw new InvalidOperationException(
                    $"Output {i} is {(yes[i] == 0 ? 0 : 1)} in all rows that count, so no weight balances it; leave it out, or state weights.");
        }

        return [.. yes.Zip(no, (some, others) => others / some <= float.MaxValue ? (float)(others / some)
            : throw TooLarge($"The positives of an output weigh {some:G3}, and what balances them", others / some, Apart))];
    }

    private int VectorsOfClasses => Format.Parts.Count > 0 ? throw SeveralOutputs() : Classes == 0
        ? throw new InvalidOperationException("The rows have no classes to balance; see BalancedPositiveWeights for outputs of 0 and 1.")
        : HasClassIds ? OutputWidth : 1;

    private static InvalidOperationException TooLarge(FormattableString what, double balanced, string remedy) =>
        new(FormattableString.Invariant($"{FormattableString.Invariant(what)} would be {balanced:G3}, which no float is. {remedy}"));

    private InvalidOperationException SeveralOutputs() => new(
        $"The data has several outputs, {NamedParts.NamesOf(OutputNames)}; balance by one of them: "
        + $"data.WithWeights(data.Output(\"{OutputNames[0]}\").WithBalancedClasses().Weights).");

    private int ClassOf(int row, int vector) => HasClassIds ? (int)desired[(row * OutputWidth) + vector] : labels[row];

    // Σ w of each class.
    private double[] WeightsOfClasses(int vectors)
    {
        var sums = new double[Classes];
        foreach ((int row, int vector, float weight) in Counted(vectors))
        {
            if (ClassOf(row, vector) is >= 0 and int c)
                sums[c] += weight;
        }

        return sums.AsSpan().ContainsAnyExcept(0.0) ? sums
            : throw new InvalidOperationException("Nothing that counts has a class: every such weight is 0.");
    }

    // The vectors within the lengths, with their weights.
    private IEnumerable<(int Row, int Vector, float Weight)> Counted(int vectors)
    {
        // Where it is not said how many steps a row has, there are as many as vectors, if no length is beyond these.
        int each = weights.Length / Rows, steps = InputShape.Kind == ShapeKind.Sequence ? InputShape.Steps : vectors;
        bool areSteps = lengths.Length > 0 && vectors > 1 && vectors == steps && TensorPrimitives.Max<int>(lengths) <= steps;
        if (each > 1 && each != vectors)
            throw new InvalidOperationException(
                $"The data has {each} weights a row; {(vectors == 1 ? "1 was expected" : $"1 or {vectors} were expected")}, as what is desired has.");
        for (int row = 0; row < Rows; row++)
        {
            int real = areSteps ? lengths[row] : vectors;
            for (int vector = 0; vector < real; vector++)
                yield return (row, vector, each == 0 ? 1 : weights[each == 1 ? row : (row * vectors) + vector]);
        }
    }
}
