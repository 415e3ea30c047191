namespace NeuralNet.Onnx.Import;

/// <summary>A part of an axis: so many indices, so far apart in the memory of a row. The rows themselves have the stride −1.</summary>
internal readonly record struct Atom(long Size, long Stride)
{
    public bool IsRows => Stride < 0;
}

/// <summary>
/// How a tensor of the graph shows the rows of an expression: of each axis what it runs over. So reshaping, transposing,
/// squeezing and the like are a matter of the view alone, and cost nothing.
/// </summary>
/// <remarks>
/// A row is a piece of memory, and the axes of the view run over all of it, each value once. Axes of one index run over
/// nothing. Where the file fixes the batch at one row, the rows have the size 1 and may be on no axis.
/// </remarks>
internal sealed class View
{
    private readonly Atom[][] axes;

    private View(Atom[][] axes) => this.axes = axes;

    public int Rank => axes.Length;

    public IReadOnlyList<Atom> this[int axis] => axes[axis];

    /// <summary>The view of which each axis but that of the rows runs over the row's memory in order; if need be that of the channels last,
    /// although it is the first one.</summary>
    public static View OfRows(long[] dimensions, int rowsAxis, long rows, bool areChannelsFirst)
    {
        int[] own = [.. Enumerable.Range(0, dimensions.Length).Where(axis => axis != rowsAxis)];
        if (!areChannelsFirst)
            return Of(dimensions, rowsAxis, rows);
        int[] places = [.. own[1..], own[0]];
        int count = places.Length;
        View inMemory = Of([.. places.Select(axis => dimensions[axis])], -1, rows).Inserted(count, new Atom(rows, -1));
        int[] order = new int[count + 1];
        order[rowsAxis] = count;
        for (int k = 0; k < count; k++)
            order[places[k]] = k;
        return inMemory.Transposed(order);
    }

    /// <summary>The view of which each axis but that of the rows runs over the row's memory in order.</summary>
    public static View Of(ReadOnlySpan<long> dimensions, int rowsAxis, long rows)
    {
        var axes = new Atom[dimensions.Length][];
        long stride = 1;
        for (int axis = dimensions.Length - 1; axis >= 0; axis--)
        {
            long size = dimensions[axis];
            axes[axis] = axis == rowsAxis ? [new Atom(rows, -1)] : size == 1 ? [] : [new Atom(size, stride)];
            stride *= axis == rowsAxis ? 1 : size;
        }

        return new View(axes);
    }

    public long Size(int axis)
    {
        long size = 1;
        foreach (Atom atom in axes[axis])
            size *= atom.Size;
        return size;
    }

    public long[] Dimensions()
    {
        long[] sizes = new long[Rank];
        for (int axis = 0; axis < Rank; axis++)
            sizes[axis] = Size(axis);
        return sizes;
    }

    /// <summary>Where the rows are an axis of their own; −1 if they are on none, or beside something else.</summary>
    public int RowsAxis => Array.FindIndex(axes, atoms => atoms.Length == 1 && atoms[0].IsRows);

    /// <summary>Whether an axis runs over rows, and they are more than one.</summary>
    public bool HasRows(int axis) => Array.Exists(axes[axis], atom => atom.IsRows && atom.Size > 1);

    /// <summary>All that is not the rows, in the order of the axes.</summary>
    public List<Atom> RowAtoms()
    {
        var atoms = new List<Atom>();
        foreach (Atom[] axis in axes)
        {
            foreach (Atom atom in axis)
            {
                if (!atom.IsRows)
                    Append(atoms, atom);
            }
        }

        return atoms;
    }

    /// <summary>Whether the axes, the rows apart, follow the memory of a row.</summary>
    public bool IsInOrder => RowAtoms() is [] or [{ Stride: 1 }];

    /// <summary>What an axis runs over, if that is one piece: n indices, each a stride from the next.</summary>
    public bool TryAxis(int axis, out long size, out long stride)
    {
        size = 1;
        stride = 0;
        Atom[] own = [.. Significant(axes[axis])];
        if (own.Length == 0)
            return true;
        if (own.Length > 1 || own[0].IsRows)
            return false;
        (size, stride) = own[0];
        return true;
    }

    /// <summary>Whether an axis fills one piece of memory, in whatever order: as channels, lines and pixels do that have become one axis.</summary>
    public bool IsPiece(int axis)
    {
        long size = 1;
        foreach (Atom atom in Significant(axes[axis]).OrderBy(atom => atom.Stride))
        {
            if (atom.Stride != size)
                return false;
            size *= atom.Size;
        }

        return true;
    }

    /// <summary>What belongs to the indices of an axis that <see cref="IsPiece"/>, values or rows of a matrix, in the order of the memory.</summary>
    public float[] Placed(float[] values, int axis)
    {
        Atom[] atoms = [.. Significant(axes[axis])];
        if (atoms.Length <= 1)
            return values;
        float[] placed = new float[values.Length];
        int size = (int)Size(axis), width = values.Length / size;
        for (int i = 0; i < size; i++)
        {
            long place = 0, rest = i;
            for (int k = atoms.Length - 1; k >= 0; k--)
            {
                place += rest % atoms[k].Size * atoms[k].Stride;
                rest /= atoms[k].Size;
            }

            values.AsSpan(i * width, width).CopyTo(placed.AsSpan((int)place * width));
        }

        return placed;
    }

    public View Transposed(ReadOnlySpan<int> order)
    {
        var moved = new Atom[order.Length][];
        for (int axis = 0; axis < moved.Length; axis++)
            moved[axis] = axes[order[axis]];
        return new View(moved);
    }

    /// <summary>The same memory with other axes; null if an axis would not run over whole pieces.</summary>
    public View? Reshaped(ReadOnlySpan<long> sizes) =>
        Reshaped(sizes, axes.SelectMany(axis => axis)) ?? Reshaped(sizes, axes.SelectMany(Significant));

    private static View? Reshaped(ReadOnlySpan<long> sizes, IEnumerable<Atom> atomsInOrder)
    {
        var joined = new List<Atom>();
        foreach (Atom atom in atomsInOrder)
            Append(joined, atom);
        var rest = new Stack<Atom>(Enumerable.Reverse(joined));
        var made = new Atom[sizes.Length][];
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            var atoms = new List<Atom>();
            long left = sizes[axis];
            bool rowsFit = left == 1;
            while (left > 1 || (rowsFit && atoms.Count == 0 && rest.TryPeek(out Atom next) && next is { IsRows: true, Size: 1 }))
            {
                if (!rest.TryPop(out Atom atom))
                    return null;
                if (left % atom.Size == 0)
                {
                    left /= atom.Size;
                    Append(atoms, atom);
                }
                else if (atom.Size % left == 0 && !atom.IsRows)
                {
                    long inner = atom.Size / left;
                    Append(atoms, new Atom(left, atom.Stride * inner));
                    rest.Push(new Atom(inner, atom.Stride));
                    left = 1;
                }
                else
                {
                    return null;
                }
            }

            made[axis] = [.. atoms];
        }

        return rest.All(atom => atom.Size == 1) ? new View(made) : null;
    }

    /// <summary>The view with another axis in the place of one.</summary>
    public View With(int axis, params Atom[] atoms)
    {
        Atom[][] changed = [.. axes];
        changed[axis] = atoms;
        return new View(changed);
    }

    /// <summary>The view of an image or a sequence, or of features that are one pixel, whose sides are some of the axes and whose channels are
    /// another.</summary>
    public View OfPlaces(Shape shape, int channels, ReadOnlySpan<int> sides)
    {
        View view = With(channels, Axis(shape.FeatureCount, 1));
        long stride = shape.FeatureCount;
        for (int k = sides.Length - 1; k >= 0; k--)
        {
            int size = shape.Kind == ShapeKind.Sequence ? shape.Steps : shape.Kind == ShapeKind.Features ? 1 : k == 1 ? shape.Width : shape.Height;
            view = view.With(sides[k], Axis(size, stride));
            stride *= size;
        }

        return view;

        static Atom[] Axis(long size, long stride) => size == 1 ? [] : [new Atom(size, stride)];
    }

    /// <summary>The view with one axis more.</summary>
    public View Inserted(int axis, params Atom[] atoms) => new([.. axes[..axis], atoms, .. axes[axis..]]);

    public View Without(int axis) => new([.. axes[..axis], .. axes[(axis + 1)..]]);

    /// <summary>The view with as many axes, by axes of one index before the first.</summary>
    public View WithRank(int rank) => rank <= Rank ? this : new View([.. Enumerable.Repeat(Array.Empty<Atom>(), rank - Rank), .. axes]);

    /// <summary>The view of a row in which each stride has become another; what becomes 0 is dropped.</summary>
    public View Mapped(Func<Atom, Atom> map) =>
        new([.. axes.Select(axis => axis.Select(atom => atom.IsRows ? atom : map(atom)).Where(atom => atom.Size > 1 || atom.IsRows).ToArray())]);

    /// <summary>The view of a row [outer, inner] whose memory has become [inner, outer]; null if an axis runs over a part of both.</summary>
    public View? Turned(long inner, long outer)
    {
        var turned = new Atom[Rank][];
        for (int axis = 0; axis < Rank; axis++)
        {
            var atoms = new List<Atom>();
            foreach (Atom atom in axes[axis])
            {
                if (atom.IsRows)
                    atoms.Add(atom);
                else if (atom.Size * atom.Stride <= inner)
                    Append(atoms, new Atom(atom.Size, atom.Stride * outer));
                else if (atom.Stride % inner == 0)
                    Append(atoms, new Atom(atom.Size, atom.Stride / inner));
                else if (inner % atom.Stride == 0 && atom.Size * atom.Stride % inner == 0)
                    atoms.AddRange(new Atom(atom.Size * atom.Stride / inner, 1), new Atom(inner / atom.Stride, atom.Stride * outer));
                else
                    return null;
            }

            turned[axis] = [.. atoms];
        }

        return new View(turned);
    }

    public bool IsSame(View other) => Rank == other.Rank && axes.Zip(other.axes, (a, b) => Significant(a).SequenceEqual(Significant(b)))
        .All(same => same);

    public override string ToString() => Sizes.Text(Dimensions());

    // Where the batch is one row, it does not matter on which axis it is.
    private static IEnumerable<Atom> Significant(Atom[] atoms) => atoms.Where(atom => atom.Size > 1);

    // Neighbours that run on through the same memory are one.
    private static void Append(List<Atom> atoms, Atom atom)
    {
        if (atom.Size == 1 && !atom.IsRows)
            return;
        if (atoms.Count > 0 && !atom.IsRows && !atoms[^1].IsRows && atoms[^1].Stride == atom.Size * atom.Stride)
            atoms[^1] = new Atom(atoms[^1].Size * atom.Size, atom.Stride);
        else
            atoms.Add(atom);
    }
}
