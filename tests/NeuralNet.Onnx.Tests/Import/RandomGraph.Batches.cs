namespace NeuralNet.Onnx.Tests.Import;

/// <content>What only a batch of a fixed size has: its number of rows in shapes, and nodes that count the rows or act along them.</content>
internal sealed partial class RandomGraph
{
    private long[] InBatch(long[] sizes) => fixedRows == 0 ? sizes : [.. sizes.Select(size => size == 0 ? fixedRows : size)];

    private void OfBatch(string x, long[] sizes)
    {
        int rows = Array.IndexOf(sizes, 0), axis = Axis(sizes), single = Array.IndexOf(sizes, 1);
        long[] ones = [.. Enumerable.Repeat(1L, sizes.Length)], ofRows = With(ones, rows, fixedRows);
        long[] along = axis < 0 ? ones : With(ones, axis, sizes[axis]), both = axis < 0 ? ofRows : With(ofRows, axis, sizes[axis]);
        switch (Below(16))
        {
            case 0 or 1:
                // One vector for all rows, written for each.
                string each = Node($"Expand({Floats(along)}, {List(both)})");
                Add($"{new[] { "Add", "Mul", "Max", "Min" }[Below(4)]}({x}, {each})", sizes);
                break;
            case 2 or 3 when single >= 0 && Count(sizes) <= MaxSize / 4:
                Add($"Expand({x}, {List(InBatch(With(sizes, single, fixedRows)))})", With(sizes, single, fixedRows));
                break;
            case 4 or 5:
                Add($"Reshape({x}, {List(InBatch(sizes))})", sizes);
                break;
            case 6:
                Add($"Gather({x}, {List([.. Enumerable.Range(0, fixedRows).Select(row => (long)row)])})", sizes, ("axis", rows));
                break;
            case 7:
                Add($"Slice({x}, {List(0)}, {List(fixedRows)}, {List(rows)})", sizes);
                break;
            case 8:
                // The rows with an axis beside them, and back.
                if (axis > 0 && rows == 0)
                    Add($"Reshape({Node($"Reshape({x}, {List(fixedRows * sizes[1], Count(sizes) / sizes[1])})")}, {List(InBatch(sizes))})", sizes);
                break;
            case 9:
                Add($"{new[] { "Add", "Mul", "Max", "Min", "PRelu" }[Below(5)]}({x}, {Floats(Below(2) == 0 ? ofRows : both)})", sizes);
                break;
            case 10:
                string mask = Tensor([.. Enumerable.Range(0, fixedRows).Select(_ => (float)Below(2))], ofRows);
                Add($"Where({Node($"Cast({mask})", ("to", 9))}, {x}, {Number()})", sizes);
                break;
            case 11:
                Add($"Sub({x}, {Node($"ReduceMean({x})", ("axes", new long[] { rows }))})", sizes);
                break;
            case 12:
                Add($"Gather({x}, {List([.. Enumerable.Range(0, fixedRows).Select(_ => (long)Below(fixedRows))])})", sizes, ("axis", rows));
                break;
            case 13:
                Add($"Softmax({x})", sizes, ("axis", rows));
                break;
            case 14 or 15:
                // As many of something else as there are rows, in their place.
                int other = Array.IndexOf(sizes, fixedRows);
                if (other < 0)
                    break;
                long[] order = [.. Enumerable.Range(0, sizes.Length).Select(k => (long)(k == rows ? other : k == other ? rows : k))];
                string turned = Node($"Transpose({x})", ("perm", order));
                if (Below(2) == 0)
                    Add($"{new[] { "Add", "Mul", "Max", "Sub" }[Below(4)]}({x}, {turned})", sizes);
                else
                    values.Add((turned, With(With(sizes, rows, fixedRows), other, 0)));
                break;
        }
    }
}
