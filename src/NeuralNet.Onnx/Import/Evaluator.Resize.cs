using NeuralNet.Kernels;

namespace NeuralNet.Onnx.Import;

/// <content>What makes images and sequences larger or smaller.</content>
internal sealed partial class Evaluator
{
    private const string OldOperator = "Upsample";

    // How an axis is resized: to a size, or by a scale that places go by although it gives that size rounded down.
    private readonly record struct ResizeSide(long Size, long Target, float? Scale, ResizePlaces Places, ResizeRounding Rounding)
    {
        public bool IsSame => Size == Target && Scale is null;

        // How many times each value stands there, where it does nothing else; 0 if it is something else.
        public int Repeats => Target % Size == 0 && (Scale is null || Scale == Target / Size) && (Size == 1 || IsSame
            || (Places == ResizePlaces.HalfPixel && Rounding is ResizeRounding.HalfDown or ResizeRounding.HalfUp)
            || (Places == ResizePlaces.Asymmetric && Rounding == ResizeRounding.Floor)) ? (int)(Target / Size) : 0;

        // The same of straight lines as Upsample has them.
        public int Lines(ResizePlaces places) =>
            Target % Size == 0 && (Scale is null || Scale == Target / Size) && (Size == 1 || IsSame || Places == places) ? (int)(Target / Size) : 0;
    }

    private void ReadResize(Node node)
    {
        Signal given = node.Signal(0, "X");
        long[] sizes = given.View.Dimensions();
        (long[] targets, float?[] scales) = Targets(node, sizes);
        string mode = node.Text("mode", "nearest"), places = node.Text("coordinate_transformation_mode", Opset < 11 ? "asymmetric" : "half_pixel");
        string rounding = node.Text("nearest_mode", "round_prefer_floor");
        foreach (string name in new[] { "cubic_coeff_a", "exclude_outside", "extrapolation_value" })
            node.Ignore(name);
        bool isSmoothed = node.Int("antialias", 0) != 0;
        if (mode is not ("nearest" or "linear"))
            throw new Refusal($"of its modes nearest and linear are imported, and this is \"{Printable.Text(mode)}\"; export with one of these");
        int rank = sizes.Length;
        bool[] changes = [.. Enumerable.Range(0, rank).Select(axis => targets[axis] != sizes[axis] || scales[axis] is not (null or 1))];
        if (Array.IndexOf(changes, true) < 0)
        {
            node.Set(given);
            return;
        }

        if (isSmoothed && Enumerable.Range(0, rank).Any(axis => targets[axis] < sizes[axis]))
            throw new Refusal("it averages where an image becomes smaller (antialias = 1), and values between are not imported; export it without");

        // Channels are on the first axis, or, where that is resized, on the last.
        int channels = rank > 2 && changes[1] ? rank - 1 : 1;
        Signal x = Places(given, channels);
        if (changes[0] || changes[channels])
        {
            throw new Refusal($"{given.View} would become {Sizes.Text(targets)}, and images are resized along height and width, sequences along "
                + "their steps; export the model with other sizes");
        }

        int[] axes = [.. Enumerable.Range(1, rank - 1).Where(axis => axis != channels)];
        bool isLinear = mode == "linear";
        ResizeSide[] sides = [.. axes.Select(axis => changes[axis]
            ? SideOf(sizes[axis], targets[axis], scales[axis], isLinear, places, rounding)
            : new ResizeSide(sizes[axis], sizes[axis], null, ResizePlaces.HalfPixel, ResizeRounding.HalfDown))];

        // A sequence that became an image of one line for the operator is one still: its rows may have lengths.
        Shape image = x.Expr.Shape;
        bool isLine = rank == 4 && image.Height == 1 && sides[0].IsSame && given.Expr.Shape == Shape.Sequence(image.Width, image.FeatureCount);
        Expr made = isLine ? As(x.Expr, given.Expr.Shape) : x.Expr;
        foreach (Layer layer in Resizing(made.Shape, isLine ? sides[1..] : sides, isLinear))
            made = new LayerExpr(layer, made, node);
        if (isLine)
            made = As(made, Shape.Image(1, made.Shape.Steps, made.Shape.FeatureCount));
        node.Set(PlacesFrom(made, x, channels));
    }

    // Indices along height, width or steps that are those of the nearest values, of which there are more pieces than slices are made of: the library
    // itself writes them where runtimes would round a place the other way.
    private Signal? NearestOf(Node node, Signal x, int axis, long[] indices)
    {
        int pieces = 1;
        for (int i = 1; i < indices.Length; i++)
            pieces += indices[i] != indices[i - 1] + 1 ? 1 : 0;
        if (pieces <= Lowering.MaxRuns || x.View.Rank is not (3 or 4) || axis < 2 || indices.Length > ResizeAxis.Largest)
            return null;
        int size = (int)x.View.Size(axis), outputs = indices.Length;
        foreach (ResizePlaces places in Enum.GetValues<ResizePlaces>())
        {
            foreach (ResizeRounding rounding in Enum.GetValues<ResizeRounding>())
            {
                if (!IsThat(ResizeAxis.Of(size, outputs, null, places, rounding)))
                    continue;
                Signal placed = Places(x);
                Shape shape = placed.Expr.Shape;
                HeightWidth target = shape.Kind == ShapeKind.Sequence ? outputs : axis == 2 ? (outputs, shape.Width) : (shape.Height, outputs);
                var layer = new Resize(shape, target, UpsampleMode.Nearest, places, rounding);
                return PlacesFrom(new LayerExpr(layer, placed.Expr, node), placed);
            }
        }

        return null;

        bool IsThat(ResizeAxis own)
        {
            ResizeWalk walk = own.From(0);
            foreach (long index in indices)
            {
                if (walk.Current.First != index)
                    return false;
                walk.Next();
            }

            return true;
        }
    }

    // One layer, or one for each side where they differ.
    private static IEnumerable<Layer> Resizing(Shape shape, ResizeSide[] sides, bool isLinear)
    {
        foreach (ResizePlaces places in new[] { ResizePlaces.HalfPixel, ResizePlaces.AlignedCorners })
        {
            int[] factors = [.. sides.Select(side => isLinear ? side.Lines(places) : side.Repeats)];
            if (Array.IndexOf(factors, 0) < 0)
            {
                HeightWidth factor = factors.Length == 1 ? factors[0] : (factors[0], factors[1]);
                return [new Upsample(
                    shape, factor, isLinear ? UpsampleMode.Bilinear : UpsampleMode.Nearest, isLinear && places == ResizePlaces.AlignedCorners)];
            }
        }

        // Of an image a scale that gives the size exactly is that size; the lengths of a sequence's rows go by it.
        if (sides.Length > 1)
            sides = [.. sides.Select(side => side.Scale is { } scale && scale == (float)side.Target / side.Size ? side with { Scale = null } : side)];
        ResizeSide[] changed = Array.FindAll(sides, side => !side.IsSame);
        bool isOne = changed.Length < 2 || (changed[0].Places == changed[1].Places && changed[0].Rounding == changed[1].Rounding
            && changed[0].Scale is null == changed[1].Scale is null);
        return isOne ? [LayerOf(sides)] : InTurn();

        IEnumerable<Layer> InTurn()
        {
            Resize first = LayerOf([sides[0], Kept(sides[1])]);
            yield return first;
            shape = first.Output;
            yield return LayerOf([Kept(sides[0]) with { Size = sides[0].Target, Target = sides[0].Target }, sides[1]]);
        }

        static ResizeSide Kept(ResizeSide side) => new(side.Size, side.Size, null, side.Places, side.Rounding);

        Resize LayerOf(ResizeSide[] own)
        {
            ResizeSide by = Array.Find(own, side => !side.IsSame);
            UpsampleMode mode = isLinear ? UpsampleMode.Bilinear : UpsampleMode.Nearest;
            ResizeSide last = own[^1];
            return by.Scale is null
                ? new Resize(shape, own.Length == 1 ? (int)last.Target : ((int)own[0].Target, (int)last.Target), mode, by.Places, by.Rounding)
                : Resize.ByScale(shape, own.Length == 1 ? 1 : own[0].Scale ?? 1, last.Scale ?? 1, mode, by.Places, by.Rounding);
        }
    }

    // The sizes that all axes are to have, and the scales, where these are given.
    private (long[] Targets, float?[] Scales) Targets(Node node, long[] sizes)
    {
        long[] axes = node.Ints("axes") ?? [.. Enumerable.Range(0, sizes.Length).Select(axis => (long)axis)];
        string policy = node.Text("keep_aspect_ratio_policy", "stretch");
        if (policy != "stretch")
            throw new Refusal("sizes are imported as they are given (keep_aspect_ratio_policy stretch)");
        long[] targets = [.. sizes];
        float?[] scales = new float?[sizes.Length];
        bool hasRoi = node.Operator != OldOperator && Opset >= 11;
        float[]? factors = node.HasAttribute("scales") ? node.Floats("scales") : null;
        if (factors is null && node.OptionalConstant(hasRoi ? 2 : 1, "the scales") is { Stored: > 0, Count: > 0 and <= MaxAxes } list)
            factors = list.ToArray();
        long[]? given = factors is null && hasRoi && node.OptionalConstant(3, "the sizes") is { } all ? ListOf(node, all, "the sizes") : null;
        if ((factors?.Length ?? given?.Length) != axes.Length)
            throw node.Bad($"it needs a scale or a size for each of {axes.Length} axes");
        for (int k = 0; k < axes.Length; k++)
        {
            int axis = node.Axis(axes[k], sizes.Length);
            scales[axis] = factors?[k];
            targets[axis] = given?[k] ?? (factors![k] == 1 ? sizes[axis] : Scaled(sizes[axis], factors[k]));
            if (targets[axis] < 1 || (targets[axis] != sizes[axis] && targets[axis] > ResizeAxis.Largest))
                throw node.Bad($"{Sizes.Text(sizes)} cannot become {Sizes.Text(targets)}");
            if (node.Operator == OldOperator && factors![k] < 1)
                throw node.Bad("its scales must be at least 1");
        }

        return (targets, scales);

        // The axis of the rows has no size of its own.
        static long Scaled(long size, float scale) => size <= ResizeAxis.Largest ? ResizeAxis.Scaled((int)size, scale)
            : throw new Refusal("images are resized along height and width, sequences along their steps, and it would resize the axis of the rows");
    }

    // What the operator does to an axis that it changes, in the layer's words.
    private ResizeSide SideOf(long size, long target, float? scale, bool isLinear, string places, string rounding)
    {
        // A single value is everywhere.
        const string Crop = "tf_crop_and_resize", Corners = "align_corners";
        if (size == 1 && places != Crop)
            return new ResizeSide(1, target, scale, ResizePlaces.HalfPixel, ResizeRounding.HalfDown);
        bool isExact = scale is null || scale == (float)target / size;
        ResizeRounding own = rounding switch
        {
            _ when isLinear => ResizeRounding.HalfDown,

            // Before version 11 there was no word for it: runtimes round up where an image becomes smaller, and otherwise down.
            _ when Opset < 11 => scale < 1 ? ResizeRounding.Ceiling : ResizeRounding.Floor,
            "floor" => ResizeRounding.Floor,
            "ceil" => ResizeRounding.Ceiling,
            "round_prefer_floor" => ResizeRounding.HalfDown,
            "round_prefer_ceil" => ResizeRounding.HalfUp,
            _ => throw new Refusal($"its nearest_mode \"{Printable.Text(rounding)}\" is not imported"),
        };
        switch (places)
        {
            case "half_pixel" or "half_pixel_symmetric" when isExact || places == "half_pixel":
                return new ResizeSide(size, target, scale, ResizePlaces.HalfPixel, own);
            case "pytorch_half_pixel":
                return target > 1 ? new ResizeSide(size, target, scale, ResizePlaces.HalfPixel, own)
                    : new ResizeSide(size, 1, null, ResizePlaces.Asymmetric, ResizeRounding.HalfDown);
            case "asymmetric":
                return new ResizeSide(size, target, scale, ResizePlaces.Asymmetric, own);
            case Corners when isExact:
                return new ResizeSide(size, target, null, ResizePlaces.AlignedCorners, own);

            // ⌊(o + ½) / s⌋ is the half pixel's place, rounded.
            case "tf_half_pixel_for_nn" when own == ResizeRounding.Floor && !isLinear:
                return new ResizeSide(size, target, scale, ResizePlaces.HalfPixel, ResizeRounding.HalfUp);
            case Corners or "half_pixel_symmetric":
                throw new Refusal(FormattableString.Invariant($"of {size} values a scale of {scale} makes {target}, which is less than it says, and ")
                    + $"for the places \"{places}\" it is not settled which of both counts; export the model with sizes");
            case Crop:
                throw new Refusal("it takes a part of the image (tf_crop_and_resize); export the model with Slice and Resize for that");
            default:
                throw new Refusal($"its places \"{Printable.Text(places)}\" are not imported with "
                    + (isLinear ? "the mode \"linear\"" : $"the rounding \"{Printable.Text(rounding)}\""));
        }
    }
}
