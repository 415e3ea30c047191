namespace NeuralNet.Onnx.Import;

/// <summary>Decides what each expression becomes, when all that it is a part of is known.</summary>
/// <content>By kind; attention and constants are in the other parts.</content>
internal sealed partial class Lowering(Allowance allowance)
{
    private readonly Reshapes reshapes = new(keepsUses: false);

    /// <summary>What an expression becomes.</summary>
    /// <exception cref="Refusal">There is nothing for it.</exception>
    public Lowered Of(Expr expr)
    {
        Lowered made = Raw(expr);
        Shape shape = made.Parts.Count > 0 ? made.Parts[^1].Layer.Output : made.Merge == Merge.Concat || made.Inputs.Count == 0
            ? expr.Shape : made.Inputs[0].Shape;
        return shape == expr.Shape ? made : made with { Parts = [.. made.Parts, new Part(Reshapes.Layer(shape, expr.Shape))] };
    }

    private Lowered Raw(Expr expr) => expr switch
    {
        InputExpr => new Lowered([], null, []),
        LayerExpr layer => Lowered.Of(layer.Input, new Part(layer.Layer, layer.Values)),
        MergeExpr merge => TwoClasses(merge) ?? new Lowered(merge.Inputs, merge.Merge, []),
        LinearExpr { Input: AttentionExpr attention } last => Attention(attention, last),
        LinearExpr linear => Dense(linear),
        ConvExpr conv => Convolution(conv),
        ElementExpr element => Element(element),
        VectorExpr vector => Affine(vector),
        FactorsExpr factors => Factors(factors),
        NormExpr norm => Norm(norm),
        GroupNormExpr norm => Norm(norm),
        ReduceExpr reduce => Reduce(reduce),
        StateExpr state => throw new InvalidDataException(
            $"Input \"{Printable.Text(state.Name)}\" gives first states of recurrent layers, and other values are made of it too."),
        CellExpr => throw new Refusal("c after the last step (Y_c) is no output of a network, but a part of the state that a batch carries "
            + "(Batch.State); it is left out where it is laid out as the input that gives initial_c", expr.Origin),
        WholeExpr => throw new Refusal("whole numbers are imported as ids that an embedding looks up, and as masks", expr.Origin),
        GatherExpr { Otherwise: { } slices } => Lowered.Of(slices),
        GatherExpr gather => Columns(gather),
        BroadcastExpr broadcast => Broadcast(broadcast),
        LimitExpr limit => Limit(limit),
        _ => throw new Refusal("it is imported as a part of attention, softmax(q kᵀ / √d + mask) v between linear layers, and these do not make one",
            expr.Origin),
    };

    private static Lowered Dense(LinearExpr linear)
    {
        var layer = new Dense(linear.Input.Shape, linear.Shape.FeatureCount, null, Initializer.Zeros, linear.Bias is not null);
        return Lowered.Of(linear.Input,
            new Part(layer, linear.Bias is { } bias ? [("weight", linear.Weight), ("bias", bias)] : [("weight", linear.Weight)]));
    }

    private static Lowered Convolution(ConvExpr conv) => Lowered.Of(
        conv.Input, new Part(conv.Settings.Layer(conv.Input.Shape, conv.Bias is not null),
            conv.Bias is { } bias ? [("weight", conv.Weight), ("bias", bias)] : [("weight", conv.Weight)]));

    private Lowered Norm(GroupNormExpr norm)
    {
        var values = new List<(string, float[])>();
        if (norm.Gain is not null)
            values.Add(("weight", norm.Gain));
        if (norm.Bias is not null)
            values.Add(("bias", norm.Bias));
        allowance.Take(2L * norm.Shape.FeatureCount, "a norm");
        return Lowered.Of(norm.Input, new Part(
            norm.Groups == norm.Shape.FeatureCount && norm.Shape.Kind != ShapeKind.Features
                ? new InstanceNorm(norm.Shape, norm.Epsilon, affine: values.Count > 0) : new GroupNorm(norm.Shape, norm.Groups, norm.Epsilon),
            values));
    }

    private Lowered Norm(NormExpr norm)
    {
        int features = norm.Shape.FeatureCount;
        allowance.Take(norm.Gain is null ? features : 0L, "a norm");
        var values = new List<(string, float[])>();
        if (norm.Gain is not null)
            values.Add(("weight", norm.Gain));
        if (norm.Bias is not null)
            values.Add(("bias", norm.Bias));
        return Lowered.Of(norm.Input, new Part(
            norm.Centers ? new LayerNorm(norm.Shape, norm.Epsilon, norm.Bias is not null) : new RmsNorm(norm.Shape, norm.Epsilon), values));
    }

    private Lowered Element(ElementExpr element)
    {
        if (ActivationFinder.Of(element) is { } own && element.Left is not ElementExpr { HasNumber: true })
            return Lowered.Of(As(element.Left, element.Shape), new Part(new ActivationLayer(element.Shape, own)));
        foreach (Expr origin in ElementRegion.Bases(element))
        {
            if (ActivationFinder.Of(element, origin) is { } activation)
                return activation is Identity ? Lowered.Of(As(origin, element.Shape)) : Lowered.Of(
                    As(origin, element.Shape), new Part(new ActivationLayer(element.Shape, activation)));
        }

        if (element.Shape.FeatureCount == 1 && NormOfOne(element) is { } norm)
            return norm;
        if (OtherClass(element) is { } other)
            return other;
        if (element is { Operation: "Sub", HasNumber: true, IsNumberFirst: true })
        {
            var minus = new ElementExpr("Neg", element.Left, null, element.Shape, element.Origin!);
            return Affine(new ElementExpr("Add", minus, null, element.Shape, element.Origin!) { Number = element.Number });
        }

        if (element.HasNumber && element.Operation is "Add" or "Sub" or "Mul" or "Div")
            return Affine(element);
        if (element.Operation == "HardSigmoid")
            return ScaledHardSigmoid(element);
        if (element is { Operation: "Selu", Alpha: > 0 })
        {
            var elu = new ElementExpr("Elu", element.Left, null, element.Shape, element.Origin!) { Alpha = element.Alpha };
            return Affine(new ElementExpr("Mul", elu, null, element.Shape, element.Origin!) { Number = element.Beta });
        }

        if (element is { Operation: "Mul", Right: { } right })
        {
            return Pairs(element.Left, right) ?? Gated(element.Left, right) ?? Gated(right, element.Left)
                ?? new Lowered([element.Left, As(right, element.Shape)], Merge.Product, []);
        }

        if (element is { Operation: "Max" or "Min", Right: not null })
            return Largest(element);
        if (element is { Operation: "Pow", HasNumber: true, IsNumberFirst: false, Number: 2 or 3 or 4 })
            return new Lowered([.. Enumerable.Repeat(element.Left, (int)element.Number)], Merge.Product, []);
        if (element.Operation == "Shrink" && Shrunk(element) is { } shrunk)
            return shrunk;
        if (element is { Operation: "Div", Right: not null } or { Operation: "Div" or "Pow", IsNumberFirst: true } or { Operation: "Reciprocal" })
            throw new Refusal("values are divided by computed ones in norms, softmax and activations alone", element.Origin);
        if (element is { Operation: "Add", Right: { } term })
            return new Lowered([element.Left, As(term, element.Shape)], Merge.Sum, []);
        if (element is { Operation: "Neg" })
            return Affine(element);
        if (element is { Operation: "Sub", Right: { } subtrahend })
        {
            var negated = new ElementExpr("Neg", As(subtrahend, element.Shape), null, element.Shape, element.Origin!);
            return new Lowered([element.Left, negated], Merge.Sum, []);
        }

        throw new Refusal("the library has no activation that this, with the operators around it, is a part of", element.Origin);
    }

    // Of one feature, where a mean is the value itself: g x / √(x² + ε), or x / max(|x|, ε). How small ε is shows at tiny x, where both are
    // multiples of it.
    private static Lowered? NormOfOne(ElementExpr element)
    {
        const double Tiny = 1e-30;
        foreach (Expr origin in ElementRegion.Bases(element))
        {
            if (origin.Shape != element.Shape || ElementRegion.Evaluate(element, origin, ElementRegion.Points) is not { } values)
                continue;
            double gain = values[^2], least = gain * Tiny / (ElementRegion.Evaluate(element, origin, [Tiny]) ?? [0])[0];
            if (!(least is > 1e-20 and < 1e15))
                continue;
            if (ActivationFinder.Is(element, origin, values, least, z => z / Math.Max(Math.Abs(z), least)))
                return Lowered.Of(origin, new Part(new ActivationLayer(element.Shape, new L2Normalize((float)least))));
            double epsilon = least * least;
            if (epsilon >= 1e-30 && ActivationFinder.Is(element, origin, values, least, z => gain * z / Math.Sqrt((z * z) + epsilon)))
                return Lowered.Of(origin, new Part(new RmsNorm(element.Shape, (float)epsilon), [("weight", [(float)gain])]));
        }

        return null;
    }

    // σ(α z + ½) is the library's with the slope α; σ(α z + β) its usual one at 6 α z + 6 β − 3.
    private static Lowered ScaledHardSigmoid(ElementExpr element)
    {
        if (element.Beta == 0.5 && element.Alpha > 0)
            return Lowered.Of(element.Left, new Part(new ActivationLayer(element.Shape, new HardSigmoid((float)element.Alpha))));
        var scaled = new ElementExpr("Mul", element.Left, null, element.Shape, element.Origin!) { Number = 6 * element.Alpha };
        var shifted = new ElementExpr("Add", scaled, null, element.Shape, element.Origin!) { Number = (6 * element.Beta) - 3 };
        return Lowered.Of(shifted, new Part(new ActivationLayer(element.Shape, Activation.HardSigmoid)));
    }

    // a ⊙ f(b) of the halves of one vector
    private static Lowered? Gated(Expr plain, Expr gate)
    {
        if (plain is not LayerExpr { Layer: Slice { First: 0 } first } a)
            return null;
        (Expr half, ScalarActivation? f) = (gate, null);
        if (gate is ElementExpr element)
        {
            half = ElementRegion.Bases(element).FirstOrDefault(origin => origin is LayerExpr { Layer: Slice }) ?? gate;
            f = half == gate ? null : ActivationFinder.Of(element, half);
        }
        else
        {
            f = new Identity();
        }

        return f is not null && half is LayerExpr { Layer: Slice second } b && b.Input == a.Input && first.Input == second.Input
            && second.First == first.Count && second.Count == first.Count && first.Input.FeatureCount == 2 * first.Count
            ? Lowered.Of(a.Input, new Part(new ActivationLayer(first.Input, new Glu(f))))
            : null;
    }

    // Products of the elements of one vector: by indices, or each with its neighbour.
    private static Lowered? Pairs(Expr left, Expr right)
    {
        if (left is GatherExpr a && right is GatherExpr b && a.Input == b.Input && a.Axis == b.Axis && a.Indices.Length == b.Indices.Length)
        {
            Shape shape = a.Input.Shape;
            if (a.Axis.Size != shape.FeatureCount || (a.Axis.Size > 1 && a.Axis.Stride != 1))
                return null;
            var pairs = a.Indices.Zip(b.Indices, (j, l) => ((int)j, (int)l)).ToArray();
            bool areNeighbours = shape.FeatureCount == 2 * pairs.Length && !pairs.Where((pair, i) => pair != (2 * i, (2 * i) + 1)).Any();
            return Lowered.Of(a.Input, new Part(new ActivationLayer(shape, areNeighbours ? new Product() : new Product(shape.FeatureCount, pairs))));
        }

        if (left is LayerExpr { Layer: Slice { First: 0, Count: 1 } even } c && right is LayerExpr { Layer: Slice { First: 1, Count: 1 } } d
            && c.Input == d.Input && even.Input.FeatureCount == 2)
        {
            Expr source = c.Input is LayerExpr { Layer: Reshape or Flatten } reshape ? reshape.Input : c.Input;
            Shape shape = source.Shape.FeatureCount % 2 == 0 ? source.Shape : even.Input;
            return Lowered.Of(shape == source.Shape ? source : c.Input, new Part(new ActivationLayer(shape, new Product())));
        }

        return null;
    }

    private static Lowered Reshaped(Expr input, Layer layer, Shape shape) => layer.Output == shape
        ? Lowered.Of(input, new Part(layer))
        : Lowered.Of(input, new Part(layer), new Part(Reshapes.Layer(layer.Output, shape)));

    private Expr As(Expr expr, Shape shape) => reshapes.As(expr, shape);
}
