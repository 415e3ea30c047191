namespace NeuralNet.Onnx.Tests.Import;

/// <content>Attention.</content>
internal sealed partial class RandomGraph
{
    // Of the last two axes of a sequence, in one of the usual spellings.
    private void Attention(string x, long[] sizes)
    {
        if (sizes.Length != 3 || sizes[0] != 0)
            return;
        (long steps, long width, long heads) = (sizes[1], sizes[2], 1 + Below(2));
        long each = 1 + Below(3), all = heads * each;
        string q, k, v;
        if (all == width && Below(2) == 0)
        {
            string fused = Node($"MatMul({x}, {Floats(width, 3 * all)})");
            string five = Node($"Reshape({fused}, {List(0, steps, 3, heads, each)})");
            string turned = Node($"Transpose({five})", ("perm", (long[])[2, 0, 3, 1, 4]));
            (q, k, v) = (First(turned, 0), First(turned, 1), First(turned, 2));
        }
        else if (all == width)
        {
            (q, k, v) = (Head(), Head(), Head());
        }
        else
        {
            return;
        }

        string other = Node($"Transpose({k})", ("perm", (long[])[0, 1, 3, 2])), scale = Name();
        Model.Number(scale, MathF.Abs(Constant()) % 4);
        string scores = Node($"Mul({Node($"MatMul({q}, {other})")}, {scale})");
        string weights = Node($"Softmax({scores})", ("axis", -1));
        string joined = Node($"Transpose({Node($"MatMul({weights}, {v})")})", ("perm", (long[])[0, 2, 1, 3]));
        string flat = Node($"Reshape({joined}, {List(0, steps, all)})");
        Add($"MatMul({flat}, {Floats(all, width)})", sizes);

        string Node(string node, params (string Name, object Value)[] attributes)
        {
            string name = Name();
            Model.Node($"{name} = {node}", attributes);
            return name;
        }

        string First(string turned, int part)
        {
            string index = Name();
            Model.Index(index, part);
            return Node($"Gather({turned}, {index})", ("axis", 0));
        }

        string Head() => Node($"Transpose({Node($"Reshape({Node($"MatMul({x}, {Floats(width, all)})")}, {List(0, steps, heads, each)})")})",
            ("perm", (long[])[0, 2, 1, 3]));
    }
}
