namespace NeuralNet;

/// <summary>A tensor of a file, and where its values lie in a network: the rows of a matrix [rows, columns], in parts that go to one
/// block each.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Dimensions">Its dimensions in the file.</param>
/// <param name="Columns">How many values each row has; 1 for what lies in the file as it does in the network.</param>
/// <param name="Parts">Where the rows go, one part after the other.</param>
internal sealed record FileTensor(string Name, IReadOnlyList<int> Dimensions, int Columns, params IReadOnlyList<TensorPart> Parts)
{
    /// <summary>Whether the file has another tensor that is to be added: PyTorch stores two biases, here there is their sum.</summary>
    public bool HasAddend { get; init; }

    /// <summary>The order of the rows in the file; null: the network's.</summary>
    public FeatureOrder? RowOrder { get; init; }

    /// <summary>The order of the values of each row; null: the network's.</summary>
    public FeatureOrder? ColumnOrder { get; init; }

    /// <summary>Whether the file has the transposed matrix: rows of the blocks, with the values of all parts in each.</summary>
    public bool IsTransposed { get; private init; }

    /// <summary>The same of a file that has the transposed matrix. A vector is what it was.</summary>
    public FileTensor Transposed()
    {
        if (Dimensions.Count < 2)
            return this;
        (int rows, int columns) = (Dimensions[0], Dimensions[1]);
        FileTensor turned = this with { Dimensions = [columns, rows] };

        // What is one row or one column lies in memory as it did before; what the file has as the network does must be turned on its way.
        return Math.Min(rows, columns) == 1 ? turned
            : Columns == 1 ? turned with { Columns = rows, Parts = [new TensorPart(Parts[0].Block, 0, columns, columns)] }
            : turned with { IsTransposed = true };
    }

    /// <summary>The parts that are summed up.</summary>
    public IEnumerable<TensorPart> Addends() => Parts.Where(part => HasAddend || part.IsAddend);
}

/// <summary>Some rows of a <see cref="FileTensor"/>: element [r, c] is element [c, First + r] of a block.</summary>
/// <param name="Block">The index of the block.</param>
/// <param name="First">The first of the block's columns.</param>
/// <param name="Rows">How many rows of the tensor, which are as many columns of the block.</param>
/// <param name="Stride">How many columns the block has.</param>
/// <param name="IsAddend"> Whether the file holds a second addend of the block's values. The first one is written as the whole sum, this one as −0:
/// adding it changes no bit.
/// </param>
internal readonly record struct TensorPart(int Block, int First, int Rows, int Stride, bool IsAddend = false);
