namespace NeuralNet;

/// <summary>Several floats that are computed with together, element by element: what a formula is written on.</summary>
/// <remarks>The library implements it over the vector registers of the machine, so that one formula, written once, runs at
/// full speed on each. Every operation gives each element the same bits whatever the width, and whatever its position.
/// A comparison gives a mask (all bits set where it holds), to be used in <see cref="Select"/>; it is false for NaN.</remarks>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IVector<TSelf> where TSelf : struct, IVector<TSelf>
{
    /// <summary>0 in every element.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>1 in every element.</summary>
    static abstract TSelf One { get; }

    /// <summary>A value in every element.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The vector.</returns>
    static abstract TSelf Broadcast(float value);

    /// <summary>left + right.</summary>
    /// <param name="left">The first term.</param>
    /// <param name="right">The second term.</param>
    /// <returns>The sum.</returns>
    static abstract TSelf operator +(TSelf left, TSelf right);

    /// <summary>left − right.</summary>
    /// <param name="left">The minuend.</param>
    /// <param name="right">The subtrahend.</param>
    /// <returns>The difference.</returns>
    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>left · right.</summary>
    /// <param name="left">The first factor.</param>
    /// <param name="right">The second factor.</param>
    /// <returns>The product.</returns>
    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>left / right.</summary>
    /// <param name="left">The dividend.</param>
    /// <param name="right">The divisor.</param>
    /// <returns>The quotient.</returns>
    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>−value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The value with its sign changed.</returns>
    static abstract TSelf operator -(TSelf value);

    /// <summary>left · right + addend, rounded once.</summary>
    /// <param name="left">The first factor.</param>
    /// <param name="right">The second factor.</param>
    /// <param name="addend">What is added.</param>
    /// <returns>The fused result.</returns>
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The smaller of two; NaN where either is NaN.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The minimum.</returns>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>The larger of two; NaN where either is NaN.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The maximum.</returns>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>|value|.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The magnitude.</returns>
    static abstract TSelf Abs(TSelf value);

    /// <summary>√value, correctly rounded.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The square root.</returns>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>A mask of where left &lt; right.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The mask.</returns>
    static abstract TSelf LessThan(TSelf left, TSelf right);

    /// <summary>A mask of where left ≤ right.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The mask.</returns>
    static abstract TSelf LessThanOrEqual(TSelf left, TSelf right);

    /// <summary>A mask of where left = right.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The mask.</returns>
    static abstract TSelf Equal(TSelf left, TSelf right);

    /// <summary>Takes one value where a mask is set and the other elsewhere.</summary>
    /// <param name="mask">The mask, from a comparison.</param>
    /// <param name="ifSet">Taken where the mask is set.</param>
    /// <param name="otherwise">Taken where it is not.</param>
    /// <returns>The mixture.</returns>
    static abstract TSelf Select(TSelf mask, TSelf ifSet, TSelf otherwise);

    /// <summary>e to the power of value.</summary>
    /// <param name="value">The exponent.</param>
    /// <returns>The exponential.</returns>
    static abstract TSelf Exp(TSelf value);

    /// <summary>The natural logarithm.</summary>
    /// <param name="value">The argument.</param>
    /// <returns>The logarithm.</returns>
    static abstract TSelf Log(TSelf value);

    /// <summary>The hyperbolic tangent.</summary>
    /// <param name="value">The argument.</param>
    /// <returns>The tangent.</returns>
    static abstract TSelf Tanh(TSelf value);

    /// <summary>The logistic function, 1 / (1 + e^−value).</summary>
    /// <param name="value">The argument.</param>
    /// <returns>The value of the function.</returns>
    static abstract TSelf Sigmoid(TSelf value);

    /// <summary>e^value − 1, without the loss of digits where value is small.</summary>
    /// <param name="value">The exponent.</param>
    /// <returns>The exponential less 1.</returns>
    static abstract TSelf Expm1(TSelf value);

    /// <summary>factor · e^(value + correction), rounded as if e^value had no smallest and no largest number: a product such as
    /// z · e^z keeps its digits where the exponential alone is denormal.</summary>
    /// <param name="value">The exponent; below −172 the result is 0, and above 172 it is taken as 172.</param>
    /// <param name="correction">What rounding the exponent took from it, |correction| ≤ 0.001; 0 if nothing.</param>
    /// <param name="factor">The factor, of magnitude 10⁻³⁰ to 10³⁰, or 0.</param>
    /// <returns>The product.</returns>
    static abstract TSelf ScaledExp(TSelf value, TSelf correction, TSelf factor);

    /// <summary>ln(1 + value), without the loss of digits where value is small; for values up to 10³⁶, and ∞.</summary>
    /// <param name="value">The argument less 1.</param>
    /// <returns>The logarithm.</returns>
    static abstract TSelf Log1p(TSelf value);

    /// <summary>factor · Φ(value), with the distribution function of the standard normal distribution, Φ(x) = ½ erfc(−x / √2);
    /// accurate in both tails, and where Φ alone would be denormal.</summary>
    /// <param name="value">The argument of Φ.</param>
    /// <param name="factor">The factor: 1, or value itself.</param>
    /// <returns>The product.</returns>
    static abstract TSelf ScaledNormalCdf(TSelf value, TSelf factor);

    /// <summary>The sine, of any number of radians; of ±∞ it is NaN.</summary>
    /// <param name="value">The angle.</param>
    /// <returns>The sine.</returns>
    static abstract TSelf Sin(TSelf value);

    /// <summary>The cosine, of any number of radians; of ±∞ it is NaN.</summary>
    /// <param name="value">The angle.</param>
    /// <returns>The cosine.</returns>
    static abstract TSelf Cos(TSelf value);
}
