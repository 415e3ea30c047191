using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Where the values of a network's blocks lie, and where their gradients: all that follows from what the layers declare and from the
/// <see cref="Tie">ties</see>.</summary>
/// <remarks><para>A tied block has no values of its own. As it is, it lies where the other block does. Transposed, it is a copy, which each call
/// makes anew in its own workspace: a copy that outlived the call would not notice that parameters change.</para>
/// <para>The gradient of a tied block is summed up by itself, behind the gradients of all parameters, and added to that of the other block once,
/// when the step is complete: the distributed chain rule. If both were added up in one place, the rows of a step's second part would come to one
/// block's share after the other block's share of the first part, and a step that is cut into parts would have other bits than the whole.</para>
/// <para>So a place at or past the number of parameters lies in a second memory: [parameters | copies], [gradients | those of tied blocks].</para>
/// </remarks>
internal sealed class BlockLayout
{
    private readonly Dictionary<string, int> index = [];
    private readonly Tied?[] ties;
    private readonly Tied[] tied, copies;

    /// <summary>Lays out the blocks of a network.</summary>
    /// <param name="declared">What the layers declare, in their order.</param>
    /// <param name="stated">The ties, in any order.</param>
    /// <param name="unit">Each block begins at a multiple of so many floats.</param>
    /// <exception cref="ArgumentException">Two blocks have one name, a tie cannot be, or there would be 2³¹ values or more.</exception>
    public BlockLayout(IReadOnlyList<Block> declared, IReadOnlyList<Tie> stated, int unit = 1)
    {
        for (int i = 0; i < declared.Count; i++)
        {
            if (!index.TryAdd(declared[i].Name, i))
                throw new ArgumentException($"Two blocks of one layer have the name \"{declared[i].Name}\".");
        }

        // In the order of the blocks, whatever the order in which the ties were stated: gradients are added up in it.
        Tie?[] tieOf = Checked(declared, stated);
        Ties = [.. tieOf.OfType<Tie>()];
        HashSet<string> firsts = [.. Ties.Select(tie => tie.Block)];
        Blocks = [.. declared.Where((_, i) => tieOf[i] is null).Select(block => firsts.Contains(block.Name) ? block.Dense() : block)];
        Places = BlockPlace.LayOut(Blocks, unit, out int parameters, out int statistics);
        (ParameterCount, StatisticCount) = (parameters, statistics);
        LearnsStatistics = Blocks.Any(block => block is { Role: BlockRole.Statistic, IsGiven: false });

        PassPlaces = new BlockPlace[declared.Count];
        for (int i = 0, own = 0; i < declared.Count; i++)
            PassPlaces[i] = tieOf[i] is null ? Places[own++] : default;
        GradientPlaces = Ties.Count == 0 ? PassPlaces : [.. PassPlaces];
        GradientCount = parameters;
        ties = new Tied?[declared.Count];
        var copied = new Dictionary<int, Tied>();
        for (int i = 0; i < declared.Count; i++)
        {
            if (tieOf[i] is not { } tie)
                continue;
            int first = IndexOf(tie.Block), length = declared[i].Length, rows = declared[first].Dimensions[0];
            if (GradientCount > int.MaxValue - 64 - length)
                throw new ArgumentException($"With the gradient of \"{tie.To}\" the network would have 2³¹ values or more.");
            GradientPlaces[i] = new BlockPlace(GradientCount, length);
            GradientCount += length;

            // One copy serves all blocks that are the same one transposed.
            PassPlaces[i] = !tie.Transposed ? PassPlaces[first]
                : copied.TryGetValue(first, out Tied? same) ? same.Place
                : new BlockPlace(checked(parameters + CopyCount), length);
            ties[i] = new Tied(tie, first, PassPlaces[first], PassPlaces[i], GradientPlaces[i], rows, length / rows);
            if (tie.Transposed && copied.TryAdd(first, ties[i]!))
                CopyCount = new BufferSize(CopyCount + length, 0).Aligned().Fixed;
        }

        tied = [.. ties.OfType<Tied>()];
        copies = [.. copied.Values];
    }

    /// <summary>The ties, in the order of the blocks that have no values of their own.</summary>
    public IReadOnlyList<Tie> Ties { get; }

    /// <summary>The blocks that have values of their own.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>Where these lie, one after the other, and their gradients too.</summary>
    public BlockPlace[] Places { get; }

    /// <summary>Where a pass finds all blocks that the layers declare.</summary>
    public BlockPlace[] PassPlaces { get; }

    /// <summary>Where a pass finds their gradients: the same array unless blocks are tied.</summary>
    public BlockPlace[] GradientPlaces { get; }

    /// <summary>How many values the blocks of parameters have.</summary>
    public int ParameterCount { get; }

    /// <summary>How many values the blocks of statistics have.</summary>
    public int StatisticCount { get; }

    /// <summary>Whether training brings statistics up to date: those of a scaling, for one, stay as they are.</summary>
    public bool LearnsStatistics { get; }

    /// <summary>The length of a gradient in which those of tied blocks lie behind the others.</summary>
    public int GradientCount { get; }

    /// <summary>How many floats the transposed copies take.</summary>
    public int CopyCount { get; }

    /// <summary>The tie of a declared block; null: it has values of its own.</summary>
    public Tied? TieOf(int block) => ties[block];

    /// <summary>Whether others are tied to a declared block.</summary>
    public bool IsFirst(int block) => Array.Exists(tied, one => one.First == block);

    /// <summary>The block that has the values of a declared one: itself unless it is tied.</summary>
    public int FirstOf(int block) => ties[block]?.First ?? block;

    /// <summary>The index of a declared block.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public int IndexOf(string name) => index.TryGetValue(name, out int block)
        ? block
        : throw new ArgumentException(
            $"There is no block \"{name}\"; there are {string.Join(", ", index.Keys.Select(key => $"\"{key}\""))}.", nameof(name));

    /// <summary>Makes the transposed copies of the parameters as they are now.</summary>
    public void Copy(ReadOnlySpan<float> parameters, Span<float> memory, Workers? workers)
    {
        foreach (Tied copy in copies)
        {
            Span<float> to = memory.Slice(copy.Place.Start - ParameterCount, copy.Place.Length);
            TransposeKernels.Transpose(parameters.Slice(copy.From.Start, copy.From.Length), to, copy.Rows, copy.Columns, workers);
        }
    }

    /// <summary>Adds the gradients of tied blocks to those of the blocks that have the values, and sets them to 0.</summary>
    /// <param name="gradient">The gradients of all parameters.</param>
    /// <param name="rest">Those of the tied blocks.</param>
    /// <param name="workers">Who shares the work.</param>
    public void Fold(Span<float> gradient, Span<float> rest, Workers? workers)
    {
        foreach (Tied one in tied)
        {
            Span<float> sum = gradient.Slice(one.From.Start, one.From.Length);
            Span<float> share = rest.Slice(one.Gradient.Start - ParameterCount, one.Gradient.Length);
            if (one.Tie.Transposed)
                TransposeKernels.AddTransposed(share, sum, one.Columns, one.Rows, workers);
            else
                Elementwise.Map(default(PairSum), sum, share, sum, workers);
            share.Clear();
        }
    }

    // For each block its tie.
    private Tie?[] Checked(IReadOnlyList<Block> declared, IReadOnlyList<Tie> stated)
    {
        var tieOf = new Tie?[declared.Count];
        foreach (Tie tie in stated)
        {
            int to = IndexOf(tie.To);
            Check(tie, declared[IndexOf(tie.Block)], declared[to]);
            if (tieOf[to] is { } other)
                throw new ArgumentException($"\"{tie.To}\" is tied twice: {other}, and {tie}. A block can be tied to one other.");
            tieOf[to] = tie;
        }

        foreach (Tie tie in stated)
        {
            if (tieOf[IndexOf(tie.Block)] is { } before)
                throw new ArgumentException($"{tie}, but {before}: tie \"{tie.To}\" to \"{before.Block}\", which has the values of all.");
        }

        return tieOf;
    }

    private static void Check(Tie tie, Block block, Block to)
    {
        if (block == to)
            throw new ArgumentException($"\"{block.Name}\" cannot be tied to itself.");
        if (block.Role == BlockRole.Statistic || to.Role != block.Role)
            throw new ArgumentException(
                $"{tie} was stated, but the role of \"{to.Name}\" is {to.Role}, and that of \"{block.Name}\" {block.Role}; parameters of one role "
                + "were expected, because weight decay and penalties go by it.");

        bool Fits(bool transposed) => transposed
            ? block.Dimensions.Count == 2 && to.Dimensions.SequenceEqual(block.Dimensions.Reverse())
            : to.Dimensions.SequenceEqual(block.Dimensions);
        if (Fits(tie.Transposed))
            return;
        string expected = tie.Transposed ? "two dimensions, swapped" : "the same dimensions";
        string remedy = !Fits(!tie.Transposed) ? "" : tie.Transposed ? " Without transposed: true they fit." : " With transposed: true they fit.";
        throw new ArgumentException($"{tie} was stated, but {to} and {block} do not fit: {expected} were expected.{remedy}");
    }

    /// <summary>A tied block: the block that it is, where that lies, as a matrix where it is transposed, and where it lies itself.</summary>
    internal sealed record Tied(Tie Tie, int First, BlockPlace From, BlockPlace Place, BlockPlace Gradient, int Rows, int Columns);
}
