namespace NeuralNet.Onnx.Import;

/// <summary>
/// A constant of the graph: floats or whole numbers. One that has the same value everywhere keeps that value alone, so that
/// its size may be anything, the number of rows included.
/// </summary>
internal sealed class Tensor : Value
{
    private readonly float[]? floats;
    private readonly long[]? integers;

    public Tensor(long[] dimensions, float[] floats)
        : this(dimensions) => this.floats = floats;

    public Tensor(long[] dimensions, long[] integers)
        : this(dimensions) => this.integers = integers;

    private Tensor(long[] dimensions)
    {
        Dimensions = dimensions;
        Count = Sizes.Product(dimensions);
    }

    public long[] Dimensions { get; }

    /// <summary>How many values; −1 if they are too many for a number, which only equal ones can be.</summary>
    public long Count { get; }

    public bool IsInteger => integers is not null;

    /// <summary>What the file's type of whole numbers ranges over, where it is known and not wider than 32 bits.</summary>
    public (long Lowest, long Highest)? Range { get; init; }

    /// <summary>Whether it stands for a larger one, in which it is repeated for each row.</summary>
    public bool IsOfOneRow { get; init; }

    /// <summary>Whether one value stands for all.</summary>
    public bool IsUniform => Stored == 1;

    public long Stored => integers?.Length ?? floats!.Length;

    public float Float(long i) => integers is null ? floats![floats.Length == 1 ? 0 : i] : Integer(i);

    public long Integer(long i) => integers is not null ? integers[integers.Length == 1 ? 0 : i] : Truncated(Float(i));

    /// <summary>The same, where it stands for what each row has.</summary>
    public Tensor OfOneRow() => integers is not null ? new Tensor(Dimensions, integers) { Range = Range, IsOfOneRow = true }
        : new Tensor(Dimensions, floats!) { IsOfOneRow = true };

    public Tensor WithDimensions(params long[] dimensions) =>
        integers is not null ? new Tensor(dimensions, integers) { Range = Range } : new Tensor(dimensions, floats!);

    public Tensor AsIntegers() => IsInteger ? this : new Tensor(Dimensions, Array.ConvertAll(floats!, Truncated));

    public Tensor AsFloats() => IsInteger ? new Tensor(Dimensions, Array.ConvertAll(integers!, value => (float)value)) : this;

    /// <summary>All values, one after the other; the array is the tensor's own where it can be.</summary>
    public float[] ToArray()
    {
        if (floats is not null && floats.Length == Count)
            return floats;
        float[] all = new float[Count];
        for (int i = 0; i < all.Length; i++)
            all[i] = Float(i);
        return all;
    }

    public bool All(Func<float, bool> holds)
    {
        for (long i = 0; i < Stored; i++)
        {
            if (!holds(Float(i)))
                return false;
        }

        return true;
    }

    /// <summary>The values at offset + Σ iₖ strideₖ, for all indices i below the dimensions.</summary>
    public Tensor Strided(long[] dimensions, long[] strides, long offset, Allowance allowance)
    {
        if (IsUniform || Stored == 0)
            return WithDimensions(dimensions);
        long count = Sizes.Product(dimensions);
        allowance.Take(count, "a constant");
        float[]? toFloats = IsInteger ? null : new float[count];
        long[]? toIntegers = IsInteger ? new long[count] : null;
        long[] index = new long[dimensions.Length];
        long from = offset;
        for (long i = 0; i < count; i++)
        {
            if (toFloats is not null)
                toFloats[i] = floats![from];
            else
                toIntegers![i] = integers![from];
            for (int axis = dimensions.Length - 1; axis >= 0; axis--)
            {
                from += strides[axis];
                if (++index[axis] < dimensions[axis])
                    break;
                from -= strides[axis] * index[axis];
                index[axis] = 0;
            }
        }

        return toFloats is not null ? new Tensor(dimensions, toFloats) : new Tensor(dimensions, toIntegers!) { Range = Range };
    }

    /// <summary>The strides of a row-major tensor; 0 where an axis has one index.</summary>
    public static long[] Strides(ReadOnlySpan<long> dimensions)
    {
        long[] strides = new long[dimensions.Length];
        long stride = 1;
        for (int axis = dimensions.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = dimensions[axis] == 1 ? 0 : stride;
            stride *= dimensions[axis];
        }

        return strides;
    }

    // NaN becomes 0, and what is beyond the whole numbers their end.
    private static long Truncated(float value) => (long)value;
}
