using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>How many directions vectors spread into: the participation ratio (Σ λ)² / Σ λ² of the eigenvalues of their covariance.</summary>
/// <remarks><para>With centered vectors as the rows of Y, Σ λ is the trace of Y Yᵀ and Σ λ² is the sum of the squares of its elements, so that no
/// eigenvalue has to be computed. Both are the same of Yᵀ Y; the smaller one of the two is made. The ratio is 1 where all vectors lie on a line, and
/// d where they spread alike into d directions. O. Roy, M. Vetterli: "The effective rank", 2007, take the exponential of an entropy instead, which
/// needs the singular values.</para>
/// <para>The product's sums are the chains of <see cref="MatrixProduct"/> and the others are in double, each in one order: the bits are the same on
/// every machine.</para></remarks>
/// <param name="widest">The largest width of a vector.</param>
internal sealed class EffectiveRank(int widest)
{
    /// <summary>Of more vectors some are taken, at equal distances.</summary>
    public const int MostVectors = 128;

    private readonly float[] taken = new float[MostVectors * widest];
    private readonly float[] products = new float[Math.Min(MostVectors, widest) * Math.Min(MostVectors, widest)];
    private readonly double[] sums = new double[widest], vector = new double[widest];
    private readonly float[] means = new float[widest];

    /// <summary>The rank of vectors that lie one after the other; 0 where all are the same, or a value is not finite.</summary>
    /// <param name="values">[vectors, width].</param>
    /// <param name="width">The width of a vector.</param>
    /// <param name="workers">Who shares the work.</param>
    public double Of(ReadOnlySpan<float> values, int width, Workers workers)
    {
        int all = values.Length / width, count = Math.Min(all, MostVectors), size = Math.Min(count, width);
        Span<float> y = taken.AsSpan(0, count * width), product = products.AsSpan(0, size * size);
        Take(values, width, y);
        if (size == width)
        {
            product.Clear();
            MatrixProduct.AddWeightGradient(y, y, product, count, width, width, workers);
        }
        else
        {
            MatrixProduct.InputGradient(y, y, product, count, count, width, workers);
        }

        double trace = 0, squares = DoubleSums.Dot(product, product, workers);
        for (int i = 0; i < size; i++)
            trace += product[(i * size) + i];
        return squares > 0 && double.IsFinite(trace) && double.IsFinite(squares) ? trace * trace / squares : 0;
    }

    // Some of the vectors, centered. Sums of few floats are exact in double, so that nothing is left of vectors that are all the same.
    private void Take(ReadOnlySpan<float> values, int width, Span<float> y)
    {
        int all = values.Length / width, count = y.Length / width;
        Span<double> sum = sums.AsSpan(0, width), wide = vector.AsSpan(0, width);
        Span<float> mean = means.AsSpan(0, width);
        sum.Clear();
        for (int v = 0; v < count; v++)
        {
            ReadOnlySpan<float> one = values.Slice((int)((long)v * all / count) * width, width);
            one.CopyTo(y[(v * width)..]);
            TensorPrimitives.ConvertTruncating(one, wide);
            TensorPrimitives.Add(sum, wide, sum);
        }

        for (int i = 0; i < width; i++)
            mean[i] = (float)(sum[i] / count);
        for (int v = 0; v < count; v++)
            TensorPrimitives.Subtract(y.Slice(v * width, width), mean, y.Slice(v * width, width));
    }
}
