namespace NeuralNet.Onnx.Tests.Import;

/// <content>What slides along images and sequences, or goes by channels.</content>
internal sealed partial class RandomGraph
{
    // An image or a sequence, channels first, through some of the operators, and at the end often a matrix.
    private void Images(string x, long[] sizes)
    {
        values.Add((x, sizes));
        for (int left = 2 + Below(5); left > 0; left--)
        {
            (string last, long[] own) = values[^1];
            if (own.Length == 2)
                break;
            Image(last, own);
        }

        (string made, long[] all) = values[^1];
        if (all.Length > 2 && Below(2) == 0)
        {
            Add($"Flatten({made})", [0, Count(all)]);
            (made, all) = values[^1];
        }

        if (all.Length == 2 && Below(3) > 0)
            Product(made, all);
    }

    private void Image(string x, long[] sizes)
    {
        switch (Below(16))
        {
            case 0 or 1 or 2: Convolution(x, sizes); break;
            case 3: Transposed(x, sizes); break;
            case 4 or 5: Pool(x, sizes); break;
            case 6: GlobalPool(x, sizes); break;
            case 7: Normalize(x, sizes); break;
            case 8: (Below(2) == 0 ? (Action<string, long[]>)Enlarge : Resize)(x, sizes); break;
            case 9: Around(x, sizes); break;
            case 10: Squeezed(x, sizes); break;
            case 11: Pair(x, sizes); break;
            case 12: Concat(x, sizes); break;
            case 13: WithVector(x, sizes); break;
            case 14 when Below(3) == 0: Transpose(x, sizes, movesRows: false); break;
            default: Unary(x, sizes); break;
        }
    }

    private long[] Draw(int count, int least, int most) => [.. Enumerable.Range(0, count).Select(_ => (long)(least + Below(most - least + 1)))];

    private static long[] Ones(int count) => [.. Enumerable.Repeat(1L, count)];

    private void Convolution(string x, long[] sizes)
    {
        int sides = sizes.Length - 2;
        long groups = Below(3) == 0 ? sizes[1] : 1, filters = groups * (1 + Below(3));
        long[] kernel = Draw(sides, 1, 3), strides = Draw(sides, 1, 2), dilations = Draw(sides, 1, 2), pads = Draw(2 * sides, 0, 2);
        int rule = Below(5);
        if (rule <= 1)
            dilations = Ones(sides); // the runtime has no others with such rules
        var made = new long[sides];
        for (int k = 0; k < sides; k++)
        {
            long extent = ((kernel[k] - 1) * dilations[k]) + 1, size = sizes[k + 2];
            made[k] = rule <= 1 ? (size + strides[k] - 1) / strides[k]
                : ((size - extent + (rule == 2 ? 0 : pads[k] + pads[k + sides])) / strides[k]) + 1;
            if (size + (rule > 2 ? pads[k] + pads[k + sides] : 0) < extent && rule > 1)
                return;
        }

        if (filters * made.Aggregate((a, b) => a * b) > 4 * MaxSize)
            return;
        string bias = Below(2) == 0 ? $", {Floats(filters)}" : "";
        (string, object) padding = rule > 2 ? ("pads", pads) : ("auto_pad", new[] { "SAME_UPPER", "SAME_LOWER", "VALID" }[rule]);
        string w = Floats([filters, sizes[1] / groups, .. kernel]);
        Add($"Conv({x}, {w}{bias})", [0, filters, .. made], ("strides", strides), ("dilations", dilations), ("group", (int)groups), padding);
    }

    private void Transposed(string x, long[] sizes)
    {
        int sides = sizes.Length - 2;
        long groups = Below(3) == 0 ? sizes[1] : 1, filters = groups * (1 + Below(2));
        long[] kernel = Draw(sides, 1, 3), strides = Draw(sides, 1, 2), pads = Draw(2 * sides, 0, 1);
        long[] more = [.. strides.Select(s => (long)Below((int)s))];
        int rule = Below(4);
        long[] made = [.. Enumerable.Range(0, sides).Select(k =>
            ((sizes[k + 2] - 1) * strides[k]) + kernel[k] + more[k] - pads[k] - pads[k + sides])];
        if (rule == 0)
        {
            more = new long[sides];
            made = [.. strides.Select((stride, k) => sizes[k + 2] * stride)];
        }

        // Elsewhere the runtime contradicts itself about the sizes.
        bool isSmall = rule <= 1 && Enumerable.Range(0, sides).Any(k => made[k] < sizes[k + 2] || kernel[k] < strides[k]);
        if (isSmall || made.Min() < 1 || filters * made.Aggregate((a, b) => a * b) > 4 * MaxSize)
            return;
        (string, object)[] padding = rule switch
        {
            0 => [("auto_pad", Below(2) == 0 ? "SAME_UPPER" : "SAME_LOWER")],
            1 => [("output_shape", made)],
            _ => [("pads", pads)],
        };
        string bias = Below(2) == 0 ? $", {Floats(filters)}" : "", w = Floats([sizes[1], filters / groups, .. kernel]);
        Add($"ConvTranspose({x}, {w}{bias})", [0, filters, .. made],
            [("strides", strides), ("output_padding", more), ("group", (int)groups), .. padding]);
    }

    private void Pool(string x, long[] sizes)
    {
        int sides = sizes.Length - 2;
        bool isMax = Below(2) == 0, ceiling = Below(3) == 0;
        long[] kernel = Draw(sides, 1, 3), strides = Draw(sides, 1, 3), dilations = isMax ? Draw(sides, 1, 2) : Ones(sides);
        long[] pads = [.. Enumerable.Range(0, 2 * sides).Select(k => (long)Below((int)kernel[k % sides]))], made = new long[sides];
        for (int k = 0; k < sides; k++)
        {
            long extent = ((kernel[k] - 1) * dilations[k]) + 1, rest = sizes[k + 2] + pads[k] + pads[k + sides] - extent;
            if (rest < 0)
                return;
            made[k] = (rest / strides[k]) + 1;

            // Of a last window that would begin behind the input runtimes think differently.
            if (ceiling && rest % strides[k] != 0 && made[k] * strides[k] >= sizes[k + 2] + pads[k])
                return;
            made[k] += ceiling && rest % strides[k] != 0 ? 1 : 0;
        }

        List<(string, object)> settings = [("kernel_shape", kernel), ("strides", strides), ("pads", pads), ("ceil_mode", ceiling ? 1 : 0)];
        settings.Add(isMax ? ("dilations", dilations) : ("count_include_pad", Below(2)));
        Add($"{(isMax ? "MaxPool" : "AveragePool")}({x})", [0, sizes[1], .. made], [.. settings]);
    }

    private void GlobalPool(string x, long[] sizes)
    {
        long[] ones = Ones(sizes.Length - 2);
        if (Below(2) == 0)
            Add($"{(Below(2) == 0 ? "GlobalAveragePool" : "GlobalMaxPool")}({x})", [.. sizes[..2], .. ones]);
        else if (!isOld || Below(2) == 0)
        {
            bool keeps = Below(2) == 0;
            Add($"ReduceMean({x})", keeps ? [.. sizes[..2], .. ones] : sizes[..2],
                ("axes", (long[])[.. Enumerable.Range(2, ones.Length).Select(axis => (long)axis)]), ("keepdims", keeps ? 1 : 0));
        }
    }

    private void Normalize(string x, long[] sizes)
    {
        if (Below(2) == 0)
            Add($"BatchNormalization({x}, {Floats(sizes[1])}, {Floats(sizes[1])}, {Floats(sizes[1])}, {Node($"Abs({Floats(sizes[1])})")})", sizes);
        else if (Count(sizes) > sizes[1])
            Add($"InstanceNormalization({x}, {Floats(sizes[1])}, {Floats(sizes[1])})", sizes, ("epsilon", 0.01f));
    }

    private void Enlarge(string x, long[] sizes)
    {
        long[] factors = [1, 1, .. Draw(sizes.Length - 2, 1, 3)];
        bool isLinear = sizes.Length == 4 && Below(2) == 0;
        if (Count(sizes) * factors.Aggregate((a, b) => a * b) > 4 * MaxSize)
            return;
        string scales = Tensor([.. factors.Select(factor => (float)factor)], factors.Length);
        (string, object)[] settings = isLinear ? [("mode", "linear")] : Below(2) == 0 ? [] :
            [("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")];
        Add($"Resize({x}, {(isOld ? Tensor([], 0) : "")}, {scales})", [0, .. sizes.Skip(1).Select((size, k) => size * factors[k + 1])], settings);
    }

    // By any scale, or to any size in a graph of one row.
    private void Resize(string x, long[] sizes)
    {
        int sides = sizes.Length - 2;
        bool isLinear = sides == 2 && Below(2) == 0, byScale = Below(2) == 0 || sizes[0] != 1;
        float[] scales = [.. Enumerable.Range(0, sides).Select(_ => (2 + Below(24)) / 10f)];
        long[] made = byScale ? [.. scales.Select((scale, k) => (long)MathF.Floor(sizes[k + 2] * scale))] : Draw(sides, 1, 9);
        string places = new[] { "half_pixel", "pytorch_half_pixel", "asymmetric", byScale ? "half_pixel" : "align_corners" }[Below(4)];
        string rounding = new[] { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil" }[Below(4)];
        if (made.Min() < 1 || sizes[1] * made.Aggregate((a, b) => a * b) > 4 * MaxSize)
            return;

        // Where no size changes the runtime copies, whatever the scales say; and it rounds down what is a whole number but for the float's error.
        bool isSame = made.AsSpan().SequenceEqual(sizes.AsSpan(2));
        IEnumerable<double> rests = scales.Select((scale, k) => Math.Abs(Math.IEEERemainder(sizes[k + 2] * (double)scale, 1)));
        if (byScale && (isSame || rests.Any(rest => rest is > 0 and < 1e-4)))
            return;
        for (int k = 0; k < sides && !isLinear; k++)
        {
            // Of a tie the runtime, whose places are floats, may take either value.
            double scale = byScale ? scales[k] : (double)made[k] / sizes[k + 2];
            for (int o = 1; o < made[k]; o++)
            {
                double at = 2 * (places == "asymmetric" ? o / scale : places == "align_corners" ? 0.2 : ((o + 0.5) / scale) - 0.5);
                if (Math.Abs(at - Math.Round(at)) < 1e-4 && scale is not (0.5 or 1 or 2 or 4))
                    return;
            }
        }

        (string, object)[] settings =
            [("mode", isLinear ? "linear" : "nearest"), ("coordinate_transformation_mode", places), ("nearest_mode", rounding)];
        string by = byScale ? Tensor([1, 1, .. scales], sides + 2) : $", {List([.. sizes[..2], .. made])}";
        Add($"Resize({x}, {(isOld ? Tensor([], 0) : "")}, {by})", [.. sizes[..2], .. made], settings);
    }

    private void Around(string x, long[] sizes)
    {
        int sides = sizes.Length - 2;
        string mode = new[] { "constant", "constant", "edge", "reflect" }[Below(4)];
        long[] before = Draw(sides, 0, 2), after = Draw(sides, 0, 2);
        if (mode == "reflect" && Enumerable.Range(0, sides).Any(k => Math.Max(before[k], after[k]) >= sizes[k + 2]))
            return;
        string value = mode == "constant" && Below(2) == 0 ? $", {Number()}" : "";
        long[] made = [.. Enumerable.Range(0, sides).Select(k => sizes[k + 2] + before[k] + after[k])];
        if (sizes[1] * made.Aggregate((a, b) => a * b) <= 4 * MaxSize)
            Add($"Pad({x}, {List([0, 0, .. before, 0, 0, .. after])}{value})", [.. sizes[..2], .. made], ("mode", mode));
    }

    // A factor for each channel out of the mean of its pixels.
    private void Squeezed(string x, long[] sizes)
    {
        string mean = Node($"GlobalAveragePool({x})");
        string gate = Node($"Sigmoid({Node($"Conv({mean}, {Floats([sizes[1], sizes[1], .. Ones(sizes.Length - 2)])})")})");
        kinds.Add(("a factor for each channel", Adding($"Mul({x}, {gate})", sizes)));
    }
}
