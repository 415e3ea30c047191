namespace NeuralNet.Onnx.Import;

/// <content>Constant factors and terms: a part of the linear layer before them, or layers of their own.</content>
internal sealed partial class Lowering
{
    private Lowered Affine(Expr last)
    {
        // All factors and terms back to a linear layer that nothing else reads.
        var chain = new List<Expr>();
        Expr origin = last;
        while (chain.Count < ElementRegion.MaxNodes && (chain.Count == 0 || origin.Uses <= 1) && InputOf(origin) is { } input)
        {
            chain.Add(origin);
            origin = input;
        }

        if (origin is LinearExpr { Uses: <= 1, Input: not AttentionExpr } or ConvExpr { Uses: <= 1 }
            && chain.TrueForAll(expr => IsAlongFeatures(expr)))
        {
            (LinearExpr? linear, ConvExpr? conv) = (origin as LinearExpr, origin as ConvExpr);
            int outputs = origin.Shape.FeatureCount;
            float[] weight = (float[])(linear?.Weight ?? conv!.Weight).Clone();
            float[] bias = (float[]?)(linear is null ? conv!.Bias : linear.Bias)?.Clone() ?? new float[outputs];
            for (int k = chain.Count - 1; k >= 0; k--)
            {
                (float[] vector, _, bool multiplies) = Read(chain[k]);
                for (int j = 0; j < outputs; j++)
                {
                    float value = vector[vector.Length == 1 ? 0 : j];
                    bias[j] = multiplies ? bias[j] * value : bias[j] + value;
                }

                for (int i = 0; i < weight.Length && multiplies; i++)
                    weight[i] *= vector[vector.Length == 1 ? 0 : conv?.FilterOf(i) ?? i % outputs];
            }

            return linear is not null ? Dense(new LinearExpr(linear.Input, linear.Shape, weight, bias, linear.Origin!))
                : Convolution(new ConvExpr(conv!.Settings, conv.Input, weight, bias, conv.Origin!));
        }

        if (Scaling(chain) is { } scaling)
            return scaling;
        {
            (float[] vector, long stride, bool multiplies) = Read(last);
            Expr input = InputOf(last)!;
            float[] all = Spread(vector, stride, last.Shape.Size);
            return multiplies ? Factor(input, all) : Term(input, all);
        }
    }

    // (x − μ) / σ or σ x + μ of each feature; of the network's input also x − μ, x / σ or σ x alone.
    private Lowered? Scaling(List<Expr> chain)
    {
        Expr last = chain[0];
        if (!IsOfFeatures(last))
            return null;
        (float[] outer, _, bool multiplies) = Read(last);
        float[] means, deviations;
        Expr from = chain.Count > 1 && IsOfFeatures(chain[1]) && Read(chain[1]).Multiplies != multiplies ? chain[1] : last;
        bool isInverse = from == last ? multiplies && DivisorsOf(last) is null : !multiplies;
        if (from != last)
        {
            float[] inner = Read(from).Vector;
            (means, deviations) = multiplies ? (Negated(inner), DivisorsOf(last) ?? Array.ConvertAll(outer, factor => 1 / factor)) : (outer, inner);
        }
        else if (InputOf(last) is InputExpr)
        {
            (means, deviations) = multiplies ? (new float[1], DivisorsOf(last) ?? outer) : (Negated(outer), new float[] { 1 });
        }
        else
        {
            return null;
        }

        if (!Array.TrueForAll(deviations, deviation => deviation > 0 && float.IsFinite(deviation)) || !Array.TrueForAll(means, float.IsFinite))
            return null;
        allowance.Take(2L * last.Shape.FeatureCount, "a scaling");
        float[] Each(float[] numbers) => numbers.Length > 1 ? numbers : [.. Enumerable.Repeat(numbers[0], last.Shape.FeatureCount)];
        return Lowered.Of(As(InputOf(from)!, last.Shape), new Part(
            new Standardize(last.Shape, isInverse), [("mean", Each(means)), ("deviation", Each(deviations))]));
    }

    private static float[] Negated(float[] vector) => Array.ConvertAll(vector, value => -value);

    private static bool IsOfFeatures(Expr expr) =>
        IsAlongFeatures(expr) && expr is not ElementExpr { Operation: "Neg" } and not ElementExpr { Operation: "Sub", IsNumberFirst: true };

    private static float[]? DivisorsOf(Expr expr) => expr switch
    {
        VectorExpr vector => vector.Divisors,
        ElementExpr { Operation: "Div" } element => [(float)element.Number],
        _ => null,
    };

    private static Expr? InputOf(Expr expr) => expr switch
    {
        VectorExpr vector => vector.Input,
        ElementExpr { HasNumber: true, Operation: "Add" or "Sub" or "Mul" } element => element.Left,
        ElementExpr { HasNumber: true, Operation: "Div", IsNumberFirst: false } element => element.Left,
        ElementExpr { Operation: "Neg" } element => element.Left,
        _ => null,
    };

    private static bool IsAlongFeatures(Expr expr) => expr is not VectorExpr vector
        || vector.Vector.Length == 1 || (vector.Vector.Length == vector.Shape.FeatureCount && vector.Stride == 1);

    private static (float[] Vector, long Stride, bool Multiplies) Read(Expr expr)
    {
        if (expr is VectorExpr vector)
            return (vector.Vector, vector.Stride, vector.Multiplies);
        var element = (ElementExpr)expr;
        float number = (float)element.Number;
        return element.Operation switch
        {
            "Neg" => ([-1f], 1, true),
            "Add" => ([number], 1, false),
            "Sub" when !element.IsNumberFirst => ([-number], 1, false),
            "Mul" => ([number], 1, true),
            "Div" when !element.IsNumberFirst => ([(float)(1 / element.Number)], 1, true),
            _ => throw new Refusal($"a number {(element.Operation == "Div" ? "divided by" : "less")} the network's values is imported as a part of " +
                $"an activation", element.Origin),
        };
    }

    // One value for each of a row.
    private float[] Spread(float[] vector, long stride, int size)
    {
        if (vector.Length == size)
            return vector;
        allowance.Take(size, "a constant for each value of a row");
        float[] all = new float[size];
        for (int i = 0; i < size; i++)
            all[i] = vector[i / stride % vector.Length];
        return all;
    }

    // x + v: what is learned for each step, or what the sinusoidal positions are.
    private Lowered Term(Expr input, float[] values)
    {
        Shape shape = input.Shape.Kind == ShapeKind.Sequence ? input.Shape : Shape.Sequence(1, input.Shape.Size);
        if (AreSinusoidal(values, shape))
            return Lowered.Of(input, new Part(new SinusoidalPositions(shape)));
        Part positions = new(new LearnedPositions(shape, Initializer.Zeros), [("weight", values)]);
        return shape == input.Shape ? Lowered.Of(input, positions) : Lowered.Of(
            As(input, shape), positions, new Part(Reshapes.Layer(shape, input.Shape)));
    }

    private static bool AreSinusoidal(float[] values, Shape shape)
    {
        int width = shape.FeatureCount;
        if (shape.Steps < 2)
            return false;
        for (int i = 0; i < values.Length; i++)
        {
            (int step, int feature) = Math.DivRem(i, width);
            double angle = step / Math.Pow(10000, (feature & ~1) / (double)width);
            double wave = (feature & 1) == 0 ? Math.Sin(angle) : Math.Cos(angle);
            if (!(Math.Abs(values[i] - wave) < 1e-6))
                return false;
        }

        return true;
    }

    private Lowered Factors(FactorsExpr factors)
    {
        allowance.Take(factors.Shape.Size, "a constant for each value of a row");
        float[] all = new float[factors.Shape.Size];
        for (int i = 0; i < all.Length; i++)
            all[i] = factors.At(i);
        return Factor(factors.Input, all);
    }

    // x ⊙ v: the library has no such layer, but products of branches, of which one gives v whatever it takes: 0 · x + v.
    private static Lowered Factor(Expr input, float[] values)
    {
        Shape shape = input.Shape, single = Shape.Sequence(shape.Size, 1);
        var constant = new Chain([
            new Reshape(shape, single), new Dense(single, 1, null, Initializer.Zeros, bias: false),
            new LearnedPositions(single, Initializer.Zeros), Reshapes.Layer(single, shape)]);
        var layer = new Branches([new Skip(shape), constant], Merge.Product);
        return Lowered.Of(input, new Part(layer, [("1.2.weight", values)]));
    }
}
