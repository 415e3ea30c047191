namespace NeuralNet.Onnx.Import;

/// <summary>
/// A constant of the graph: floats or whole numbers. One that has the same value everywhere keeps that value alone, so that
/// its size may be anything, the number of rows included.
/// </summary>
internal sealed class Tensor : Value
{
    private readonly float[]? floats;
    private readonly long[]? integers;
    private readonly Formula? formula;

    public Tensor(long[] dimensions, float[] floats)
        : this(dimensions) => this.floats = floats;

    public Tensor(long[] dimensions, long[] integers)
        : this(dimensions) => this.integers = integers;

    /// <summary>Values that are computed when they are asked for, and take no memory: a table of steps by steps, made of two lists.</summary>
    public Tensor(long[] dimensions, Formula formula)
        : this(dimensions) => this.formula = formula;

    private Tensor(long[] dimensions)
    {
        Dimensions = dimensions;
        Count = Sizes.Product(dimensions);
    }

    public long[] Dimensions { get; }

    /// <summary>How many values; −1 if they are too many for a number, which only equal ones can be.</summary>
    public long Count { get; }

    public bool IsInteger => integers is not null || formula is { IsInteger: true };

    /// <summary>How its values are computed; null if they are there.</summary>
    public Formula? Formula => formula;

    /// <summary>What the file's type of whole numbers ranges over, where it is known and not wider than 32 bits.</summary>
    public (long Lowest, long Highest)? Range { get; init; }

    /// <summary>Whether it stands for a larger one, in which it is repeated for each row.</summary>
    public bool IsOfOneRow { get; init; }

    /// <summary>Whether one value stands for all.</summary>
    public bool IsUniform => Stored == 1;

    public long Stored => formula is not null ? Count : integers?.Length ?? floats!.Length;

    public float Float(long i) => floats is not null ? floats[floats.Length == 1 ? 0 : i] : IsInteger ? Integer(i) : formula!.Float!(i);

    public long Integer(long i) => integers is not null ? integers[integers.Length == 1 ? 0 : i]
        : IsInteger ? formula!.Integer!(i) : Truncated(Float(i));

    /// <summary>The same, where it stands for what each row has.</summary>
    public Tensor OfOneRow() => formula is not null ? new Tensor(Dimensions, formula) { IsOfOneRow = true }
        : integers is not null ? new Tensor(Dimensions, integers) { Range = Range, IsOfOneRow = true }
        : new Tensor(Dimensions, floats!) { IsOfOneRow = true };

    public Tensor WithDimensions(params long[] dimensions) => formula is not null ? new Tensor(dimensions, formula)
        : integers is not null ? new Tensor(dimensions, integers) { Range = Range } : new Tensor(dimensions, floats!);

    public Tensor AsIntegers() => IsInteger ? this : formula is not null
        ? new Tensor(Dimensions, formula with { Integer = i => Truncated(formula.Float!(i)), Float = null })
        : new Tensor(Dimensions, Array.ConvertAll(floats!, Truncated));

    public Tensor AsFloats() => !IsInteger ? this : formula is not null
        ? new Tensor(Dimensions, formula with { Float = i => formula.Integer!(i), Integer = null })
        : new Tensor(Dimensions, Array.ConvertAll(integers!, value => (float)value));

    /// <summary>All values, one after the other; the array is the tensor's own where it can be.</summary>
    public float[] ToArray()
    {
        if (floats is not null && floats.Length == Count)
            return floats;
        formula?.Allowance.Take(Count, "a constant");
        float[] all = new float[Count];
        for (int i = 0; i < all.Length; i++)
            all[i] = Float(i);
        return all;
    }

    public bool All(Func<float, bool> holds)
    {
        formula?.TakeOnce(Count);
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
        if (offset == 0 && count == Count && strides.AsSpan().SequenceEqual(Strides(dimensions)))
            return WithDimensions(dimensions);
        if (formula is { Cost: < Formula.MaxCost / 2 } && count > Formula.Least)
        {
            return new Tensor(dimensions, formula with
            {
                Float = IsInteger ? null : i => Float(Place(i, dimensions, strides, offset)),
                Integer = IsInteger ? i => Integer(Place(i, dimensions, strides, offset)) : null,
                Cost = formula.Cost + 1,
            });
        }

        allowance.Take(count, "a constant");
        float[]? toFloats = IsInteger ? null : new float[count];
        long[]? toIntegers = IsInteger ? new long[count] : null;
        long[] index = new long[dimensions.Length];
        long from = offset;
        for (long i = 0; i < count; i++)
        {
            if (toFloats is not null)
                toFloats[i] = Float(from);
            else
                toIntegers![i] = Integer(from);
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

    /// <summary>Where the value number i is of a view with these dimensions and strides.</summary>
    public static long Place(long i, long[] dimensions, long[] strides, long offset)
    {
        for (int axis = dimensions.Length - 1; axis >= 0 && i > 0; axis--)
        {
            (i, long index) = Math.DivRem(i, dimensions[axis]);
            offset += index * strides[axis];
        }

        return offset;
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
