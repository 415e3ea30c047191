using System.Globalization;
using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A random matrix with orthonormal rows or columns, whichever are fewer, times a gain: it keeps lengths (and as a square
/// matrix nothing else) in both directions.</summary>
/// <remarks><para>A. Saxe, J. McClelland, S. Ganguli: "Exact solutions to the nonlinear dynamics of learning in deep linear neural
/// networks", 2014. A normal matrix is made orthonormal by Gram and Schmidt's process, done twice (W. Kahan's "twice is
/// enough"), in double. The triangle it divides off has a positive diagonal, so that the result is uniform over all such
/// matrices: F. Mezzadri, "How to generate random matrices from the classical compact groups", 2007.</para>
/// <para>A block of two dimensions is taken as it is. Of one with more, the matrix has a row for each index of the first dimension if all others
/// feed one output (fan in = the product of the others, as in [outputs, inputs, k, k]); otherwise a column for each index of the last. For n
/// vectors of m values it makes some 2 n² m multiplications, which takes about a second for 1000 × 1000.</para></remarks>
public sealed class Orthogonal : Initializer
{
    /// <summary>Makes the initializer.</summary>
    /// <param name="gain">What the matrix is multiplied with, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The gain is not a positive number.</exception>
    public Orthogonal(float gain = 1) => Gain = Guard.Positive(gain, nameof(gain), "The gain");

    /// <summary>What the matrix is multiplied with.</summary>
    public float Gain { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The block has one dimension, or 2³¹ values or more.</exception>
    public override void Fill(Span<float> values, Block block, RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(block);
        if (block.Dimensions.Count < 2)
            throw new ArgumentException($"Block {block} has one dimension; an orthogonal matrix needs at least two.", nameof(block));
        bool outputsFirst = block.Dimensions.Count > 2 && block.FanIn == block.Length / block.Dimensions[0];
        int columns = outputsFirst ? block.Length / block.Dimensions[0] : block.Dimensions[^1], rows = block.Length / columns;

        // Each vector is contiguous here, whether it becomes a row or a column.
        int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        if ((long)count * length > Array.MaxLength)
            throw new ArgumentException($"Block {block} is too large for an orthogonal matrix of at most {Array.MaxLength} values.", nameof(block));
        double[] vectors = new double[count * length];
        for (int k = 0; k < count; k++)
        {
            Span<double> vector = vectors.AsSpan(k * length, length);
            int attempt = 0;
            do
                Draw(vector, stream, attempt++, k * length);
            while (!IsNewDirection(vectors.AsSpan(0, k * length), vector));
        }

        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double value = rows < columns ? vectors[(row * length) + column] : vectors[(column * length) + row];
                values[(row * columns) + column] = (float)(Gain * value);
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Orthogonal({Gain})");

    private static void Draw(Span<double> vector, RandomStream stream, int attempt, int first)
    {
        for (int i = 0; i < vector.Length; i++)
            vector[i] = stream.Normal(attempt, first + i);
    }

    // Takes off what lies along the others, and scales to length 1; false where nothing but rounding is left (which hardly
    // ever happens).
    private static bool IsNewDirection(ReadOnlySpan<double> others, Span<double> vector)
    {
        double before = Math.Sqrt(DoubleSums.Dot(vector, vector));
        for (int time = 0; time < 2; time++)
        {
            for (int at = 0; at < others.Length; at += vector.Length)
            {
                ReadOnlySpan<double> other = others.Slice(at, vector.Length);
                TensorPrimitives.MultiplyAdd(other, -DoubleSums.Dot(other, vector), vector, vector);
            }
        }

        double norm = Math.Sqrt(DoubleSums.Dot(vector, vector));
        if (!(norm > 1e-8 * before))
            return false;
        for (int i = 0; i < vector.Length; i++)
            vector[i] /= norm;
        return true;
    }
}
