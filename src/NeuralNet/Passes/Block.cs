namespace NeuralNet;

/// <summary>What the values of a block are for; optimizers and files go by it.</summary>
public enum BlockRole
{
    /// <summary>A trained multiplier: weight decay applies.</summary>
    Weight,

    /// <summary>A trained offset: weight decay spares it.</summary>
    Bias,

    /// <summary>A trained scale, such as a norm's gain: weight decay spares it.</summary>
    Scale,

    /// <summary>Learned from the data without a gradient, such as a running mean.</summary>
    Statistic,
}

/// <summary>One named array of values that a layer declares: its weights, its biases, its statistics.</summary>
/// <remarks>A layer holds no values; where a block lies is the network's affair. Counts, initialization, summaries and files all
/// follow from this one declaration.</remarks>
public sealed class Block
{
    private bool isTied;

    /// <summary>Declares a block.</summary>
    /// <param name="name">Its name, unique within the layer, without a dot: "weight".</param>
    /// <param name="role">What it is for.</param>
    /// <param name="dimensions">Its dimensions, row-major, all positive: [inputs, outputs].</param>
    /// <param name="initializer">What fills it when a network is built.</param>
    /// <exception cref="ArgumentException">The name is empty or there is no dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is not positive, or the block would have 2³¹ values or more.</exception>
    public Block(string name, BlockRole role, IReadOnlyList<int> dimensions, Initializer initializer)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException($"The name \"{name}\" has a dot; dots separate the positions of layers.", nameof(name));
        ArgumentNullException.ThrowIfNull(dimensions);
        ArgumentNullException.ThrowIfNull(initializer);
        if (dimensions.Count == 0)
            throw new ArgumentException($"Block \"{name}\" needs at least one dimension.", nameof(dimensions));
        int length = 1;
        foreach (int dimension in dimensions)
        {
            Guard.Count(dimension, nameof(dimensions));
            length = Guard.Size((long)length * dimension, nameof(dimensions), $"Block \"{name}\" would have");
        }

        Name = name;
        Role = role;
        Dimensions = [.. dimensions];
        Initializer = initializer;
        Length = length;
        FanIn = dimensions[0];
        FanOut = dimensions[^1];
    }

    /// <summary>The name; in a network with the position of its layer before it: "0.weight".</summary>
    public string Name { get; private set; }

    /// <summary>What it is for.</summary>
    public BlockRole Role { get; }

    /// <summary>The dimensions, row-major.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>What fills it when a network is built.</summary>
    public Initializer Initializer { get; }

    /// <summary>How many values it has.</summary>
    public int Length { get; }

    /// <summary>How many values feed one output: the first dimension unless stated.</summary>
    public int FanIn { get; init => field = Guard.Count(value, nameof(FanIn)); }

    /// <summary>How many outputs one value feeds: the last dimension unless stated.</summary>
    public int FanOut { get; init => field = Guard.Count(value, nameof(FanOut)); }

    /// <summary>Whether the gradient of a step is 0 outside of a few rows, because a batch looks up only some rows of the table: false
    /// unless stated, and where another block is tied to this one.</summary>
    /// <remarks>This is a hint: an optimizer whose rule changes nothing at a gradient of 0 reads the gradient of such a block and leaves
    /// the rest alone. As long as parameters are finite no result depends on the hint, except with an optimizer that is asked to
    /// be lazy (<see cref="Adam.IsLazy"/>). A gradient that is not 0 after all is followed like any other, only not faster.</remarks>
    public bool IsSparse { get => field && !isTied; init; }

    /// <summary>Whether the values are those that the layer was made with, or that a file has: a statistic that training leaves as it is.</summary>
    internal bool IsGiven { get; init; }

    /// <summary>The same block as a composite declares it: with the child's index before its name.</summary>
    /// <param name="child">The index of the child that declares the block.</param>
    /// <returns>The block named "child.name".</returns>
    public Block Within(int child)
    {
        var inner = (Block)MemberwiseClone();
        inner.Name = $"{child}.{Name}";
        return inner;
    }

    // The same block where another is tied to it, whose gradient reaches every value.
    internal Block Dense()
    {
        var dense = (Block)MemberwiseClone();
        dense.isTied = true;
        return dense;
    }

    /// <summary>The block in words.</summary>
    /// <returns>For example <c>0.weight [64, 10]</c>.</returns>
    public override string ToString() => $"{Name} [{string.Join(", ", Dimensions)}]";
}

/// <summary>Where a block lies in a flat buffer.</summary>
/// <param name="Start">The index of its first value. At or past the end of the buffer it is that of a block that is tied to another, in
/// the memory of the call: the passes' methods, such as <see cref="ForwardPass.Parameter"/>, find it.</param>
/// <param name="Length">How many values; 0 in a gradient's places means that the block is frozen.</param>
public readonly record struct BlockPlace(int Start, int Length)
{
    /// <summary>Lays out blocks one after the other: parameters in one buffer, statistics in another.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="unit">Each begins at a multiple of so many floats.</param>
    /// <param name="parameters">The size of the one buffer.</param>
    /// <param name="statistics">The size of the other.</param>
    /// <returns>The place of each block.</returns>
    /// <exception cref="ArgumentException">A buffer would have 2³¹ values or more.</exception>
    internal static BlockPlace[] LayOut(IReadOnlyList<Block> blocks, int unit, out int parameters, out int statistics)
    {
        var places = new BlockPlace[blocks.Count];
        parameters = statistics = 0;
        for (int i = 0; i < places.Length; i++)
        {
            Block block = blocks[i];
            ref int end = ref block.Role == BlockRole.Statistic ? ref statistics : ref parameters;
            if (end > int.MaxValue - 64 - block.Length)
                throw new ArgumentException($"With block \"{block.Name}\" the network would have 2³¹ values or more.");
            end = (end + unit - 1) / unit * unit;
            places[i] = new BlockPlace(end, block.Length);
            end += block.Length;
        }

        return places;
    }
}
