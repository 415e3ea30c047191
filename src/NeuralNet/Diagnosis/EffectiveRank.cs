using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>How many directions vectors spread into: the participation ratio (Σ λ)² / Σ λ² of the eigenvalues of their covariance.</summary>
/// <remarks>With centered vectors as the rows of Y, Σ λ is the trace of Y Yᵀ and Σ λ² is the sum of the squares of its elements, so that no
/// eigenvalue has to be computed. It is 1 where all vectors lie on a line, and d where they spread alike into d directions. O. Roy, M. Vetterli: "The
/// effective rank", 2007, take the exponential of an entropy instead, which needs the singular values.</remarks>
internal static class EffectiveRank
{
    /// <summary>Of more vectors some are taken, at equal distances.</summary>
    public const int MostVectors = 128;

    /// <summary>The rank of vectors that lie one after the other; 0 where all are the same, or a value is not finite.</summary>
    /// <param name="values">[vectors, width].</param>
    /// <param name="width">The width of a vector.</param>
    /// <param name="memory">Of <see cref="MostVectors"/> · width values; overwritten.</param>
    public static double Of(ReadOnlySpan<float> values, int width, Span<float> memory)
    {
        int all = values.Length / width, count = Math.Min(all, MostVectors);
        Span<float> taken = memory[..(count * width)];
        for (int v = 0; v < count; v++)
            values.Slice((int)((long)v * all / count) * width, width).CopyTo(taken[(v * width)..]);
        for (int i = 0; i < width; i++)
        {
            double sum = 0;
            for (int v = 0; v < count; v++)
                sum += taken[(v * width) + i];
            float mean = (float)(sum / count);
            for (int v = 0; v < count; v++)
                taken[(v * width) + i] -= mean;
        }

        double trace = 0, squares = 0;
        for (int v = 0; v < count; v++)
        {
            ReadOnlySpan<float> one = taken.Slice(v * width, width);
            for (int other = 0; other <= v; other++)
            {
                double product = TensorPrimitives.Dot(one, taken.Slice(other * width, width));
                trace += other == v ? product : 0;
                squares += (other == v ? 1 : 2) * product * product;
            }
        }

        return squares > 0 && double.IsFinite(trace) && double.IsFinite(squares) ? trace * trace / squares : 0;
    }
}
