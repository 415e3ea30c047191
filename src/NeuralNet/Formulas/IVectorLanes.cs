namespace NeuralNet;

/// <summary>A vector that a formula over whole vectors works with: it loads and stores the elements of a span, and sums them up.</summary>
/// <remarks>It has 16 lanes on every machine, so that a sum has one order and the same bits everywhere; 4 where no vector is wider. Element i
/// of a span goes to lane i mod <see cref="Count"/>; what is past the end of the span is neither read nor written.</remarks>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IVectorLanes<TSelf> : IVector<TSelf> where TSelf : struct, IVectorLanes<TSelf>
{
    /// <summary>How many elements a vector holds: the step of a loop over a span.</summary>
    static abstract int Count { get; }

    /// <summary>The elements of a span from an index on.</summary>
    /// <param name="from">The span.</param>
    /// <param name="index">The first element, from 0 to the span's length.</param>
    /// <param name="beyond">What the lanes past the end of the span hold.</param>
    /// <returns>The vector.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside of the span.</exception>
    static abstract TSelf Load(ReadOnlySpan<float> from, int index, float beyond = 0);

    /// <summary>Writes elements into a span from an index on, as many as the span has room for.</summary>
    /// <param name="value">The vector.</param>
    /// <param name="to">The span.</param>
    /// <param name="index">The first element, from 0 to the span's length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside of the span.</exception>
    static abstract void Store(TSelf value, Span<float> to, int index);

    /// <summary>The sum of all elements: the upper half is added to the lower until one is left. The tree is that of the lanes,
    /// not of the registers, so that 16 lanes give the same bits in one register and in four.</summary>
    /// <param name="value">The vector.</param>
    /// <returns>The sum.</returns>
    static abstract float SumLanes(TSelf value);

    /// <summary>The larger of each two; where one is NaN, either. One instruction where Max, which must look for NaN and −0, takes several.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The maximum.</returns>
    static abstract TSelf MaxOfNumbers(TSelf left, TSelf right);

    /// <summary>The largest of all elements; where one is NaN, any.</summary>
    /// <param name="value">The vector.</param>
    /// <returns>The maximum.</returns>
    static abstract float MaxLanesOfNumbers(TSelf value);
}
