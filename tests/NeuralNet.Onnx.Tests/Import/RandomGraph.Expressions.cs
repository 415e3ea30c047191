namespace NeuralNet.Onnx.Tests.Import;

/// <content>What the library puts together of several layers: choices, limits, repetitions.</content>
internal sealed partial class RandomGraph
{
    private void Expressions(string x, long[] sizes)
    {
        switch (Below(8))
        {
            case 0: Choice(x, sizes); break;
            case 1: Limits(x, sizes); break;
            case 2: Repeat(x, sizes); break;
            case 3: Mean(x, sizes); break;
            case 4: Add($"Shrink({x})", sizes, ("lambd", 0.3f), ("bias", Below(2) == 0 ? 0f : 0.3f)); break;
            case 5: Beside(x, sizes); break;
            default: Smallest(x, sizes); break;
        }
    }

    // By a comparison, which may be an activation, or by a constant.
    private void Choice(string x, long[] sizes)
    {
        if (Below(2) == 0)
        {
            string zero = Name(), slope = Name();
            Model.Number(zero, 0).Number(slope, MathF.Min(8, MathF.Abs(Constant())));
            string isAbove = Node($"Greater({x}, {zero})"), other = Node($"Mul({x}, {slope})");
            Add($"Where({isAbove}, {x}, {other})", sizes);
            return;
        }

        int axis = Axis(sizes, 2);
        if (axis < 0)
            return;
        string mask = Tensor(
            [.. Enumerable.Range(0, (int)sizes[axis]).Select(_ => (float)Below(2))],
            With([.. Enumerable.Repeat(1L, sizes.Length)], axis, sizes[axis]));
        string choice = Node($"Cast({mask})", ("to", 9)), number = Number();
        var others = values.FindAll(value => value.Sizes.AsSpan().SequenceEqual(sizes));
        string y = Below(2) == 0 ? number : others[Below(others.Count)].Name;
        Add(Below(2) == 0 ? $"Where({choice}, {x}, {y})" : $"Where({choice}, {y}, {x})", sizes);
    }

    private void Limits(string x, long[] sizes)
    {
        int axis = Axis(sizes, 2);
        if (axis >= 0)
            Add($"{(Below(2) == 0 ? "Max" : "Min")}({x}, {Floats(With([.. Enumerable.Repeat(1L, sizes.Length)], axis, sizes[axis]))})", sizes);
    }

    private void Repeat(string x, long[] sizes)
    {
        int[] ones = [.. Enumerable.Range(0, sizes.Length).Where(axis => sizes[axis] == 1)];
        if (ones.Length == 0 || IsOfOneRow || Count(sizes) > MaxSize / 3)
            return;
        int axis = ones[Below(ones.Length)];
        Add($"Tile({x}, {List(With([.. Enumerable.Repeat(1L, sizes.Length)], axis, 3))})", With(sizes, axis, 3));
    }

    private void Mean(string x, long[] sizes)
    {
        var others = values.FindAll(value => value.Sizes.AsSpan().SequenceEqual(sizes));
        Add($"{new[] { "Mean", "Max", "Min" }[Below(3)]}({x}, {others[Below(others.Count)].Name})", sizes);
    }

    // What is less a number of its own, as dueling heads are.
    private void Beside(string x, long[] sizes)
    {
        int axis = Axis(sizes, 2);
        if (axis < 0 || isOld)
            return;
        string of = Node($"ReduceMean({x})", ("axes", new long[] { axis })), kind = new[] { "Add", "Sub", "Mul", "Max" }[Below(4)];
        Add(Below(2) == 0 ? $"{kind}({x}, {of})" : $"{kind}({of}, {x})", sizes);
    }

    private void Smallest(string x, long[] sizes)
    {
        int axis = Axis(sizes);
        if (axis >= 0)
            Add($"{(Below(2) == 0 ? "ReduceMin" : "ReduceL1")}({x})", With(sizes, axis, 1), ("axes", new long[] { axis }));
    }
}
