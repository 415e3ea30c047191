using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <content>Attention.</content>
internal sealed partial class RandomGraph
{
    private bool hidesKeys;

    // The last two axes of a sequence, in one of the usual spellings: of the sequence itself, or of another one.
    private void Attention(string x, long[] sizes)
    {
        if (sizes.Length != 3 || sizes[0] != 0)
            return;
        (long steps, long width) = (sizes[1], sizes[2]);
        long heads = width % 2 == 0 ? 1 + Below(2) : 1, keySteps = steps;
        string q, k, v, kind;
        switch (Below(4))
        {
            case 0:
                string turned = Fused();
                (q, k, v, kind) = (First(turned, 0), First(turned, 1), First(turned, 2), "attention by Gather");
                break;
            case 1:
                string[] parts = [Name(), Name(), Name()];
                Model.Node($"{string.Join(", ", parts)} = Split({Fused()})", ("axis", 0));
                (q, k, v, kind) = (Squeezed(parts[0]), Squeezed(parts[1]), Squeezed(parts[2]), "attention by Split");
                break;
            case 2:
                (q, k, v, kind) = (Head(x, sizes, heads), Head(x, sizes, heads), Head(x, sizes, heads), "attention");
                break;
            default:
                var others = values.FindAll(value => value.Sizes.Length == 3 && value.Sizes[0] == 0 && value.Name != x);
                (string memory, long[] own) = others.Count > 0 ? others[Below(others.Count)] : Memory();
                keySteps = own[1];
                (q, k, v) = (Head(x, sizes, heads), Head(memory, own, heads, width), Head(memory, own, heads, width));
                kind = "attention to another";
                break;
        }

        bool isSelf = kind != "attention to another", turns = isSelf && width / heads % 2 == 0 && Below(3) == 0;
        if (turns)
        {
            (string cos, string sin) = Angles(steps, width / heads);
            (q, k) = (Turned(q, cos, sin, width / heads), Turned(k, cos, sin, width / heads));
        }

        string scores = Scores(q, k);
        if (turns)
            kinds.Add(("rotary positions", scores));
        if (isSelf && steps > 1 && Below(3) == 0)
        {
            bool isBand = Below(2) == 0;
            scores = Node($"Add({scores}, {(isBand ? Near(steps, 1 + Below((int)steps)) : Distances(steps, heads))})");
            kinds.Add((isBand ? "a window" : "a slope of the distance", scores));
        }
        else if (keySteps == steps && steps > 1 && Below(2) == 0)
        {
            bool isChoice = Below(2) == 0;
            scores = isChoice ? Node($"Where({Lower(steps)}, {scores}, {Tensor([-1e9f])})") : Node($"Add({scores}, {Hidden(steps)})");
            kinds.Add((isChoice ? "later steps by Where" : "later steps by Add", scores));
        }

        Weighted(scores, v, sizes);
        kinds.Add((kind, values[^1].Name));

        string Fused() => Node($"Transpose({Node($"Reshape({Node($"MatMul({x}, {Floats(width, 3 * width)})")}, " +
            $"{List(0, steps, 3, heads, width / heads)})")})", ("perm", (long[])[2, 0, 3, 1, 4]));

        string First(string turned, int part)
        {
            string index = Name();
            Model.Index(index, part);
            return Node($"Gather({turned}, {index})", ("axis", 0));
        }

        string Squeezed(string part) => isOld ? Node($"Squeeze({part})", ("axes", (long[])[0])) : Node($"Squeeze({part}, {List(0)})");
    }

    // The last feature says which steps are seen.
    private void MaskedAttention(string x, long[] sizes)
    {
        hidesKeys = true;
        long width = sizes[2] - 1, heads = width % 2 == 0 ? 1 + Below(2) : 1;
        long[] own = With(sizes, 2, width);
        string features = Node($"Slice({x}, {List(0)}, {List(width)}, {List(2)})");
        string last = Node($"Slice({x}, {List(width)}, {List(width + 1)}, {List(2)})");
        string mask = Node($"Cast({Node($"Reshape({last}, {List(0, 1, 1, sizes[1])})")})", ("to", 9));
        string scores = Scores(Head(features, own, heads), Head(features, own, heads));
        Weighted(Node($"Where({mask}, {scores}, {Tensor([-1e9f])})"), Head(features, own, heads), own);
        kinds.Add(("attention with a mask of keys", values[^1].Name));
    }

    // All steps but the first one may be hidden; null for what is no mask.
    private float? MaskAt(int i, long[] sizes) => !hidesKeys || sizes != Inputs[0].Sizes || i % sizes[2] < sizes[2] - 1 ? null
        : i / sizes[2] % sizes[1] == 0 ? 1 : Below(2);

    private (string Name, long[] Sizes) Memory()
    {
        (string name, long[] sizes) = ($"memory{named++}", [0, 2 + Below(3), 2 + Below(3)]);
        Model.Graph.Input.Add(ModelOf.Info(name, InFile(sizes)));
        Inputs.Add((name, sizes, false));
        return (name, sizes);
    }

    private string Head(string x, long[] sizes, long heads, long? all = null)
    {
        long width = all ?? sizes[2];
        string made = Node($"Reshape({Node($"MatMul({x}, {Floats(sizes[2], width)})")}, {List(0, sizes[1], heads, width / heads)})");
        return Node($"Transpose({made})", ("perm", (long[])[0, 2, 1, 3]));
    }

    private string Scores(string q, string k) => Node($"Mul({Node($"MatMul({q}, {Node($"Transpose({k})", ("perm", (long[])[0, 1, 3, 2]))})")}, " +
        $"{Tensor([MathF.Abs(Constant()) % 4])})");

    private void Weighted(string scores, string v, long[] sizes)
    {
        string joined = Node($"Transpose({Node($"MatMul({Node($"Softmax({scores})", ("axis", 3))}, {v})")})", ("perm", (long[])[0, 2, 1, 3]));
        Add($"MatMul({Node($"Reshape({joined}, {List(0, sizes[1], sizes[2])})")}, {Floats(sizes[2], sizes[2])})", sizes);
    }

    private string Hidden(long steps) =>
        Tensor([.. Enumerable.Range(0, (int)(steps * steps)).Select(i => i % steps > i / steps ? -1e9f : 0)], steps, steps);

    private string Near(long steps, long reach)
    {
        bool isCausal = Below(2) == 0;
        return Tensor([.. Enumerable.Range(0, (int)(steps * steps)).Select(i => (i / steps) - (i % steps))
            .Select(back => back < reach && (isCausal ? back >= 0 : back > -reach) ? 0 : -1e9f)], steps, steps);
    }

    // −slope · |i − j| of each head, or slope · (j − i) where later steps are hidden.
    private string Distances(long steps, long heads)
    {
        float[] slopes = [.. Enumerable.Range(0, (int)heads).Select(_ => (1 + Below(8)) / 16f)];
        bool isCausal = Below(2) == 0;
        return Tensor([.. Enumerable.Range(0, (int)(heads * steps * steps)).Select(i =>
        {
            long back = (i / steps % steps) - (i % steps);
            return isCausal && back < 0 ? float.NegativeInfinity : -slopes[i / (int)(steps * steps)] * Math.Abs(back);
        })], heads, steps, steps);
    }

    private (string Cos, string Sin) Angles(long steps, long width)
    {
        double theta = Math.Pow(10, 1 + Below(5));
        double[] angles = [.. Enumerable.Range(0, (int)(steps * width))
            .Select(i => i / width * Math.Pow(theta, -2.0 * (i % width % (width / 2)) / width))];
        return (Tensor([.. angles.Select(angle => (float)Math.Cos(angle))], steps, width),
            Tensor([.. angles.Select(angle => (float)Math.Sin(angle))], steps, width));
    }

    // x · cos + (−x₂, x₁) · sin of the halves of each head.
    private string Turned(string x, string cos, string sin, long width)
    {
        string a = Node($"Slice({x}, {List(0)}, {List(width / 2)}, {List(3)})"), b = Node($"Slice({x}, {List(width / 2)}, {List(width)}, {List(3)})");
        string half = Node($"Concat({Node($"Neg({b})")}, {a})", ("axis", 3));
        return Node($"Add({Node($"Mul({x}, {cos})")}, {Node($"Mul({half}, {sin})")})");
    }

    private string Lower(long steps)
    {
        var tensor = new TensorProto { Name = Name(), DataType = (int)TensorProto.Types.DataType.Bool, Dims = { steps, steps } };
        tensor.Int32Data.Add(Enumerable.Range(0, (int)(steps * steps)).Select(i => i % steps > i / steps ? 0 : 1));
        Model.Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private void UseIds(string name)
    {
        int at = Inputs.FindIndex(input => input.Name == name);
        long[] sizes = [0, 2 + Below(3)];
        ValueInfoProto info = ModelOf.Info(name, InFile(sizes));
        info.Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        Model.Graph.Input[at] = info;
        Inputs[at] = (name, sizes, true);
        long width = 1 + Below(4);
        Add($"Gather({Floats(Words, width)}, {name})", [.. sizes, width]);
    }
}
