using System.Runtime.InteropServices;
using Google.Protobuf;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>A small random graph: what moves values (Reshape, Transpose, Slice, Split, Gather, Concat), what reduces and multiplies, and what acts
/// element by element, with constants from 10⁻⁶ to 10³. One input or several, of numbers or of ids; version 17 or 12.</summary>
/// <remarks>The sizes of a value are those of its axes; 0 stands for the rows, wherever they are.</remarks>
internal sealed partial class RandomGraph
{
    private const int MaxSize = 64, Words = 5;

    private static readonly string[] plain =
    [
        "Relu", "Tanh", "Sigmoid", "Abs", "Softplus", "Softsign", "Neg", "HardSwish", "Selu", "HardSigmoid", "Elu", "Celu", "LeakyRelu", "Clip",
    ];

    private readonly RandomStream stream;
    private readonly List<(string Name, long[] Sizes)> values = [];
    private readonly List<(string Kind, string Output)> kinds = [];
    private readonly bool isOld, hasDoubles;
    private readonly int fixedRows;
    private int drawn, named;

    /// <param name="seed">What it is drawn from.</param>
    /// <param name="fixedRows">How many rows the file is for, which some of its nodes then count; 0 for any number.</param>
    public RandomGraph(long seed, int fixedRows = 0)
    {
        this.fixedRows = fixedRows;
        stream = new RandomStream(seed);
        (isOld, hasDoubles, IsOfOneRow) = (Below(5) == 0, Below(8) == 0, Below(8) == 0);
        int beginning = Below(14);
        bool isImage = beginning >= 10;
        long[] first = isImage ? [0, (IsOfOneRow ? 2 : 1) + Below(3), .. Draw(Below(3) == 0 ? 1 : 2, 2, 5)]
            : beginning > 2 ? Sizes() : [0, 2 + Below(3), beginning == 0 ? 3 + Below(3) : 2 * (1 + Below(2))];
        Model = new ModelOf(isOld ? 12 : 17, InFile(first));
        Inputs.Add(("input", first, false));
        if (beginning == 0)
            MaskedAttention("input", first);
        else if (beginning <= 2)
            Attention("input", first);
        else if (isImage)
            Images("input", first);
        else if (Below(6) == 0)
            UseIds("input");
        else
            values.Add(("input", first));
        for (int more = Below(4) == 0 ? 1 + Below(2) : 0; more > 0; more--)
        {
            string name = $"input{more}";
            long[] sizes = Below(2) == 0 ? first : Sizes();
            Model.Graph.Input.Add(ModelOf.Info(name, InFile(sizes)));
            Inputs.Add((name, sizes, false));
            if (Below(4) == 0)
                UseIds(name);
            else
                values.Add((name, sizes));
        }

        bool areFunctions = Below(4) == 0;
        for (int left = areFunctions || (isImage && Below(3) > 0) ? 0 : 1 + Below(8); left > 0; left--)
            Step();
        if (areFunctions && !isImage)
            Functions();
        Finish();
    }

    public ModelOf Model { get; }

    public List<(string Name, long[] Sizes, bool AreIds)> Inputs { get; } = [];

    /// <summary>Whether the file has one row, not any number.</summary>
    public bool IsOfOneRow { get; }

    /// <summary>The operators, and what they are together, that the output depends on.</summary>
    public IEnumerable<string> Kinds => Model.Graph.Node.Select(node => node.OpType)
        .Concat(kinds.Where(kind => Model.Graph.Node.Any(node => node.Output.Contains(kind.Output))).Select(kind => kind.Kind))
        .Concat(isOld ? ["version 12"] : []).Concat(IsOfOneRow ? ["one row"] : []).Distinct();

    /// <summary>The axes of the output; the first one is that of the rows.</summary>
    public long[] Output { get; private set; } = [];

    /// <summary>So many rows for each input: some large, some small, as the importer must get all of them right.</summary>
    public List<float[]> Rows(int rows)
    {
        var all = new List<float[]>();
        foreach ((_, long[] sizes, bool areIds) in Inputs)
        {
            float[] x = new float[rows * Count(sizes)];
            for (int i = 0; i < x.Length; i++)
                x[i] = areIds ? Below(Words) : MaskAt(i, sizes) ?? stream.Normal(0, drawn++) * MathF.Pow(10, 1 - (i / Count(sizes) % 4 * 1.5f));
            all.Add(x);
        }

        return all;
    }

    public static int Count(long[] sizes) => (int)sizes.Where(size => size > 0).Aggregate(1L, (product, size) => product * size);

    private long[] InFile(long[] sizes) => IsOfOneRow ? [.. sizes.Select(size => Math.Max(1, size))] : InBatch(sizes);

    private int Below(int count) => Math.Min(count - 1, (int)(stream.Uniform(0, drawn++) * count));

    private long[] Sizes()
    {
        // Of one row, no other axis is 1: it could be that of the rows as well.
        long[] sizes = [0, .. IsOfOneRow ? Draw(1 + Below(4), 2, 4) : Draw(1 + Below(4), 1, 4)];
        return Count(sizes) <= MaxSize ? sizes : Sizes();
    }

    private string Name() => $"v{named++}";

    private void Add(string node, long[] sizes, params (string Name, object Value)[] attributes) => Adding(node, sizes, attributes);

    private string Adding(string node, long[] sizes, params (string Name, object Value)[] attributes)
    {
        string name = Name();
        Model.Node($"{name} = {node}", attributes);
        values.Add((name, sizes));
        return name;
    }

    // A node whose value no other step takes.
    private string Node(string node, params (string Name, object Value)[] attributes)
    {
        string name = Name();
        Model.Node($"{name} = {node}", attributes);
        return name;
    }

    private string Floats(params long[] sizes)
    {
        string name = Name();
        Model.Floats(name, sizes);
        if (!hasDoubles || Below(2) == 0)
            return name;
        TensorProto tensor = Model.Graph.Initializer[^1];
        double[] values = [.. MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray().Select(value => (double)value)];
        tensor.DataType = (int)TensorProto.Types.DataType.Double;
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
        string cast = Node($"Cast({name})", ("to", 1));
        kinds.Add(("doubles", cast));
        return cast;
    }

    private string Tensor(float[] values, params long[] sizes)
    {
        string name = Name();
        Model.Graph.Initializer.Add(ModelOf.Tensor(name, values, sizes));
        return name;
    }

    private string List(params long[] list)
    {
        string name = Name();
        Model.List(name, list);
        return name;
    }

    private float Constant() => Below(3) == 0 ? new[] { 1, 2, 0.5f, -1, 6, 3, -0.25f }[Below(7)]
        : (Below(3) == 0 ? -1 : 1) * MathF.Pow(10, (9 * stream.Uniform(0, drawn++)) - 6);

    private string Number() => Tensor([Constant()]);

    // The newest values most often, so that graphs become deep.
    private (string Name, long[] Sizes) Value() => values[Math.Max(0, values.Count - 1 - (Below(3) == 0 ? Below(values.Count) : 0))];

    // An axis other than that of the rows; −1 if there is none.
    private int Axis(long[] sizes, int least = 1)
    {
        int[] axes = [.. Enumerable.Range(0, sizes.Length).Where(axis => sizes[axis] >= least)];
        return axes.Length == 0 ? -1 : axes[Below(axes.Length)];
    }

    private static long[] With(long[] sizes, int axis, long size)
    {
        long[] changed = [.. sizes];
        changed[axis] = size;
        return changed;
    }

    private static long[] Without(long[] sizes, int axis) => [.. sizes[..axis], .. sizes[(axis + 1)..]];

    private void Step()
    {
        (string x, long[] sizes) = Value();
        if (fixedRows > 0 && Below(4) == 0)
        {
            OfBatch(x, sizes);
            return;
        }

        switch (Below(26))
        {
            case 0 or 1: Unary(x, sizes); break;
            case 2 or 3: WithNumber(x, sizes); break;
            case 4: WithVector(x, sizes); break;
            case 5 or 6: Pair(x, sizes); break;
            case 7 or 8: Product(x, sizes); break;
            case 9 or 10: Reshape(x, sizes); break;
            case 11: Transpose(x, sizes, Below(8) == 0); break;
            case 12: Slice(x, sizes); break;
            case 13: Split(x, sizes); break;
            case 14: Gather(x, sizes); break;
            case 15: Concat(x, sizes); break;
            case 16 or 17: Reduce(x, sizes); break;
            case 18: Vectors(x, sizes); break;
            case 19: Attention(x, sizes); break;
            case 24 or 25: Expressions(x, sizes); break;
            default: Others(x, sizes); break;
        }
    }

    // A function of several operators, made large again where it has become tiny.
    private void Functions()
    {
        for (int left = 1 + Below(4); left > 0; left--)
        {
            (string x, long[] sizes) = Value();
            switch (Below(3))
            {
                case 0: Unary(x, sizes); break;
                case 1: WithNumber(x, sizes); break;
                default: Pair(x, sizes); break;
            }
        }

        (string last, long[] own) = values[^1];
        string factor = Name();
        Model.Number(factor, MathF.Pow(10, Below(13)));
        Add($"Mul({last}, {factor})", own);
    }

    private void Unary(string x, long[] sizes)
    {
        string operation = plain[Below(plain.Length)];
        if (isOld && operation == "HardSwish")
            return;
        if (operation == "Clip")
        {
            (string low, string high) = (Name(), Name());
            float bound = MathF.Abs(Constant());
            Model.Number(low, Below(2) == 0 ? 0 : -bound).Number(high, bound);
            Add($"Clip({x}, {low}, {high})", sizes);
            return;
        }

        (string, object)[] attributes = operation is "Elu" or "Celu" or "LeakyRelu" ? [("alpha", MathF.Min(100, MathF.Abs(Constant())))] : [];
        Add($"{operation}({x})", sizes, attributes);
    }

    private void WithNumber(string x, long[] sizes)
    {
        string operation = new[] { "Add", "Sub", "Mul", "Mul", "Div", "Max", "Min" }[Below(7)], c = Number();
        Add(operation != "Div" && Below(3) == 0 ? $"{operation}({c}, {x})" : $"{operation}({x}, {c})", sizes);
    }

    private void WithVector(string x, long[] sizes)
    {
        int axis = Axis(sizes);
        if (axis < 0)
            return;
        long[] own = Below(3) == 0 ? [.. sizes.Select(size => Math.Max(1, size))]
            : With([.. Enumerable.Repeat(1L, sizes.Length)], axis, sizes[axis]);
        Add($"{(Below(2) == 0 ? "Add" : "Mul")}({x}, {Floats(own)})", sizes);
    }

    private void Pair(string x, long[] sizes)
    {
        var others = values.FindAll(value => value.Sizes.AsSpan().SequenceEqual(sizes));
        Add($"{new[] { "Add", "Add", "Sub", "Mul" }[Below(4)]}({x}, {others[Below(others.Count)].Name})", sizes);
    }

    private void Product(string x, long[] sizes)
    {
        long inputs = sizes[^1], outputs = 1 + Below(4);
        if (inputs == 0)
            return;
        if (sizes.Length == 2 && Below(2) == 0)
            Add($"Gemm({x}, {Floats(outputs, inputs)}, {Floats(outputs)})", With(sizes, 1, outputs), ("transB", 1));
        else
            Add($"MatMul({x}, {Floats(inputs, outputs)})", With(sizes, sizes.Length - 1, outputs));
    }

    private void Reshape(string x, long[] sizes)
    {
        if (Below(4) == 0)
        {
            int at = 1 + Below(sizes.Length);
            AddWithAxes("Unsqueeze", x, [at], isOld, [.. sizes[..at], 1, .. sizes[at..]]);
            return;
        }

        if (sizes[0] != 0)
            return;
        long left = Count(sizes);
        List<long> made = [0];
        for (int k = Below(4); k > 0; k--)
        {
            long[] divisors = [.. Enumerable.Range(1, (int)left).Select(d => (long)d).Where(d => left % d == 0)];
            made.Add(divisors[Below(divisors.Length)]);
            left /= made[^1];
        }

        made.Add(left);
        Add($"Reshape({x}, {List([.. made])})", [.. made]);
    }

    private void Transpose(string x, long[] sizes, bool movesRows)
    {
        int[] order = [.. Enumerable.Range(0, sizes.Length)];
        for (int k = order.Length - 1; k > 0; k--)
        {
            int other = Below(k + 1);
            if (movesRows || (sizes[order[k]] != 0 && sizes[order[other]] != 0))
                (order[k], order[other]) = (order[other], order[k]);
        }

        Add($"Transpose({x})", [.. order.Select(axis => sizes[axis])], ("perm", (long[])[.. order.Select(axis => (long)axis)]));
    }

    private void Slice(string x, long[] sizes)
    {
        int axis = Axis(sizes, 2);
        if (axis < 0)
            return;
        long size = sizes[axis], start = Below((int)size), end = start + 1 + Below((int)(size - start)), step = 1;
        if (Below(6) == 0)
            (start, end, step) = (size - 1, -size - 1, -1);
        else if (Below(6) == 0)
            (end, step) = (Below(2) == 0 ? size : end, 2);
        long count = step < 0 ? size : (end - start + step - 1) / step;
        Add($"Slice({x}, {List(start)}, {List(end)}, {List(axis)}, {List(step)})", With(sizes, axis, count));
    }

    private void Split(string x, long[] sizes)
    {
        int axis = Axis(sizes, 2);
        if (axis < 0)
            return;
        int at = 1 + Below((int)sizes[axis] - 1);
        (string first, string second) = (Name(), Name());
        long[] parts = [at, sizes[axis] - at];
        _ = isOld ? Model.Node($"{first}, {second} = Split({x})", ("axis", axis), ("split", parts))
            : Model.Node($"{first}, {second} = Split({x}, {List(parts)})", ("axis", axis));
        values.Add((first, With(sizes, axis, at)));
        values.Add((second, With(sizes, axis, sizes[axis] - at)));
    }

    private void Gather(string x, long[] sizes)
    {
        int axis = Axis(sizes);
        if (axis < 0)
            return;
        if (Below(3) > 0 && sizes.Length > 2)
        {
            Model.Index(Name(), Below((int)sizes[axis]));
            Add($"Gather({x}, v{named - 1})", Without(sizes, axis), ("axis", axis));
            return;
        }

        long[] list = [.. Enumerable.Range(0, 1 + Below(3)).Select(_ => (long)Below((int)sizes[axis]))];
        Add($"Gather({x}, {List(list)})", With(sizes, axis, list.Length), ("axis", axis));
    }

    private void Concat(string x, long[] sizes)
    {
        int axis = Axis(sizes);
        if (axis < 0)
            return;
        var others = values.FindAll(value => value.Sizes.Length == sizes.Length && value.Sizes[axis] > 0
            && With(value.Sizes, axis, 1).AsSpan().SequenceEqual(With(sizes, axis, 1)));
        (string y, long[] own) = others[Below(others.Count)];
        if (Count(sizes) + Count(own) <= 2 * MaxSize)
            Add(Below(2) == 0 ? $"Concat({x}, {y})" : $"Concat({y}, {x})", With(sizes, axis, sizes[axis] + own[axis]), ("axis", axis));
    }

    // The last value, rows first, is the output; what it does not need goes.
    private void Finish()
    {
        (string last, long[] sizes) = values[^1];
        int rows = Array.IndexOf(sizes, 0);
        long[] order = [rows, .. Enumerable.Range(0, sizes.Length).Where(axis => axis != rows).Select(axis => (long)axis)];
        Output = [.. order.Select(axis => sizes[axis])];
        _ = rows == 0 ? Model.Node($"output = Identity({last})") : Model.Node($"output = Transpose({last})", ("perm", order));
        var needed = new HashSet<string> { "output" };
        for (int k = Model.Graph.Node.Count - 1; k >= 0; k--)
        {
            NodeProto node = Model.Graph.Node[k];
            if (node.Output.Any(needed.Contains))
                needed.UnionWith(node.Input);
            else
                Model.Graph.Node.RemoveAt(k);
        }
    }
}
