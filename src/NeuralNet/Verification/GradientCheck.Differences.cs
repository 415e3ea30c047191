namespace NeuralNet;

/// <content>Finite differences, and gradients beside them.</content>
public static partial class GradientCheck
{
    // What floats cannot tell of a slope: a few roundings of the outputs (2⁻²⁴), as they add up, over the shorter of the two distances.
    private static double Noise(float[] outputs, float[] weights, float step) =>
        4 * Math.Sqrt(outputs.Zip(weights, (y, weight) => Math.Pow((double)y * weight, 2)).Sum()) / (1 << 24) / (step / 2);

    private static GradientCheckPart Compare(
        string name, IReadOnlyList<int> dimensions, Span<float> values, ReadOnlySpan<float> analytic, float step, Func<double> value,
        double noise, Func<int, bool>? isConstant = null)
    {
        // For what is constant a gradient of 0 is expected.
        var differences = new Difference[values.Length];
        double middle = value();
        for (int i = 0; i < values.Length; i++)
            differences[i] = isConstant?.Invoke(i) == true ? default : Difference.At(ref values[i], step, middle, value);

        // An element is at a kink where its differences disagree by more than a small part of the largest gradient, and by more than noise: where
        // few elements have small gradients, because the terms of a sum cancel out, noise alone is more than that part. Where noise is not known
        // (0), the part is larger.
        double scale = differences.Length == 0 ? 0 : differences.Max(difference => Math.Abs(difference.Slope));
        double limit = (noise > 0 ? 2e-4 : 2e-3) * scale;

        // A bias moves all pixels of an image at once, and nearly always one of them past a kink. A shorter step meets fewer kinks, but noise grows
        // as the step shrinks, so that it is halved only while noise stays below the threshold.
        for (int i = 0; i < values.Length && noise > 0; i++)
        {
            for (int part = 2; part <= 64 && noise * part <= GradientCheckResult.DefaultThreshold * scale && IsAtKink(i); part *= 2)
                differences[i] = Difference.At(ref values[i], step / part, middle, value) with { Part = part };
        }

        // Of few elements, such as three biases, most may still be at a kink, and then one side without a kink has to be enough. Elsewhere it is
        // not: a kink very near to the element looks from one side like none.
        if (noise > 0 && Enumerable.Range(0, values.Length).Count(IsAtKink) * 2 > values.Length)
        {
            for (int i = 0; i < values.Length; i++)
                differences[i] = differences[i].OrOneSide(Limit(i));
        }

        double Limit(int i) => Math.Max(limit, noise * differences[i].Part);
        bool IsAtKink(int i) => differences[i].Disagreement > Limit(i);

        double off = 0, analyticSquares = 0, numericSquares = 0, worst = -1;
        int worstAt = 0, compared = 0, kinks = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (IsAtKink(i))
            {
                kinks++;
                continue;
            }

            compared++;
            double error = Math.Abs(analytic[i] - differences[i].Slope);
            off += error * error;
            analyticSquares += (double)analytic[i] * analytic[i];
            numericSquares += differences[i].Slope * differences[i].Slope;
            if (!double.IsNaN(worst) && !(error <= worst))
                (worst, worstAt) = (error, i);
        }

        // Likewise gradients so small that noise is more than the threshold of them are compared with what is as large as can be told.
        double least = scale > 0 ? noise * Math.Sqrt(compared) / GradientCheckResult.DefaultThreshold : 0;
        double norm = Math.Max(Math.Sqrt(Math.Max(analyticSquares, numericSquares)), least);
        return new GradientCheckPart(
            name, dimensions, off == 0 ? 0 : Math.Sqrt(off) / norm, worstAt,
            values.Length == 0 ? 0 : analytic[worstAt], values.Length == 0 ? 0 : differences[worstAt].Slope, compared, kinks);
    }

    // The central difference at one element, and by how much the differences at h and h/2 disagree, as they do at a kink.
    private readonly record struct Difference(double Slope, double Disagreement)
    {
        // The step is h divided by this: noise is so many times that at h.
        public int Part { get; init; } = 1;

        // The slopes to the right and to the left, each at h and at h/2.
        private (double Full, double Half) Right { get; init; }

        private (double Full, double Half) Left { get; init; }

        public static Difference At(ref float element, float step, double middle, Func<double> value)
        {
            (double right, double left) = Sides(ref element, step, middle, value);
            (double halfRight, double halfLeft) = Sides(ref element, step / 2, middle, value);

            // Smooth: both means agree, and the difference of the sides halves with h. A kink breaks one or the other.
            double means = Math.Abs((right + left) - (halfRight + halfLeft)) / 2;
            double bends = Math.Abs(((right - left) / 2) - (halfRight - halfLeft));

            // Richardson's extrapolation of the two central differences: the error falls from h² to h⁴.
            return new Difference(((2 * (halfRight + halfLeft)) - ((right + left) / 2)) / 3, Math.Max(means, bends))
            {
                Right = (right, halfRight),
                Left = (left, halfLeft),
            };
        }

        // Where kinks lie on one side only, the slope is the same over h and h/2 on the other, and that is the one at the element. If it is so on
        // both sides, and they disagree, the element is itself the kink, and neither is right.
        public Difference OrOneSide(double limit)
        {
            bool isRightStraight = Math.Abs(Right.Full - Right.Half) <= limit, isLeftStraight = Math.Abs(Left.Full - Left.Half) <= limit;
            if (!(Disagreement > limit) || isRightStraight == isLeftStraight)
                return this;
            (double full, double half) = isRightStraight ? Right : Left;
            return this with { Slope = (2 * half) - full, Disagreement = Math.Abs(full - half) };
        }

        // The slopes to the right and to the left over a distance of h, as far as floats can tell it.
        private static (double Right, double Left) Sides(ref float element, float step, double middle, Func<double> value)
        {
            float at = element;
            element = at + step;
            double right = (value() - middle) / ((double)element - at);
            element = at - step;
            double left = (middle - value()) / ((double)at - element);
            element = at;
            return (right, left);
        }
    }
}
