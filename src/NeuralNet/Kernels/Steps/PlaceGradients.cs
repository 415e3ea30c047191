using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>∇W and ∇b of a layer that sees each row at several places, the steps of a sequence or the pixels of an image.</summary>
/// <remarks>One chain over all places of all rows loses digits where a row has many: of 64 rows of 112 × 112 pixels the fourth. So from
/// <see cref="Many"/> places on, by the layer's shape, the sum of each row is made from 0, and these sums are added in the order of rows. Parts of a
/// step add up to the same bits in either way.</remarks>
internal static class PlaceGradients
{
    /// <summary>From so many places of a row on sums are made row by row.</summary>
    public const int Many = 1024;

    /// <summary>The memory for the sum of a row; 0 where there are fewer places.</summary>
    /// <exception cref="OverflowException">It would be 2³¹ floats or more.</exception>
    public static int Memory(int places, int inputs, int outputs) => places < Many ? 0 : checked(inputs * outputs);

    /// <summary>dw[i, j] += Σ over rows of Σ over places of x[place, i] dz[place, j]</summary>
    /// <param name="x">[vectors, inputs]</param>
    /// <param name="dz">[vectors, outputs]</param>
    /// <param name="dw">[inputs, outputs]; added to. Empty: not wanted.</param>
    /// <param name="vectors">The places of all rows; the last row may have fewer than the others.</param>
    /// <param name="places">The places of a row.</param>
    /// <param name="inputs">The width of x.</param>
    /// <param name="outputs">The width of dz.</param>
    /// <param name="memory">At least as many floats as <see cref="Memory"/> says; where it says 0, empty.</param>
    /// <param name="workers">Who shares the work.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddWeights(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, int vectors, int places, int inputs, int outputs, Span<float> memory,
        Workers workers)
    {
        if (dw.IsEmpty)
            return;
        if (memory.IsEmpty)
            MatrixProduct.AddWeightGradient(x, dz, dw, vectors, inputs, outputs, workers);
        else
            AddWeightsOfRows(x, dz, dw, vectors, places, inputs, outputs, memory, workers);
    }

    /// <summary>db[j] += Σ over rows of Σ over places of dz[place, j], of some columns of a matrix whose rows are <paramref name="step"/> apart.
    /// </summary>
    /// <inheritdoc cref="AddWeights"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddBiases(
        ReadOnlySpan<float> dz, Span<float> db, int vectors, int places, int outputs, int step, Span<float> memory, Workers workers)
    {
        if (db.IsEmpty)
            return;
        if (memory.IsEmpty)
            MatrixProduct.AddColumnSums(dz, db, vectors, outputs, step, workers);
        else
            AddBiasesOfRows(dz, db, vectors, places, outputs, step, memory, workers);
    }

    private static void AddWeightsOfRows(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dz, Span<float> dw, int vectors, int places, int inputs, int outputs, Span<float> memory,
        Workers workers)
    {
        Span<float> sum = memory[..dw.Length];
        for (int first = 0; first < vectors; first += places)
        {
            int count = Math.Min(places, vectors - first);
            sum.Clear();
            MatrixProduct.AddWeightGradient(x[(first * inputs)..], dz[(first * outputs)..], sum, count, inputs, outputs, workers);
            Elementwise.Map(default(PairSum), dw, sum, dw, workers);
        }
    }

    private static void AddBiasesOfRows(
        ReadOnlySpan<float> dz, Span<float> db, int vectors, int places, int outputs, int step, Span<float> memory, Workers workers)
    {
        Span<float> sum = memory[..db.Length];
        for (int first = 0; first < vectors; first += places)
        {
            int count = Math.Min(places, vectors - first);
            sum.Clear();
            MatrixProduct.AddColumnSums(dz[(first * step)..], sum, count, outputs, step, workers);
            Elementwise.Map(default(PairSum), db, sum, db, workers);
        }
    }
}
