namespace NeuralNet;

/// <summary>A source of the rows of others.</summary>
internal interface IRowView : IRowSource
{
    /// <summary>How many augmentations its rows have gone through, one after the other: each draws numbers of its own.</summary>
    int Augmentations { get; }

    /// <summary>The same of any source; what another's source reads from cannot be seen.</summary>
    static int AugmentationsOf(IRowSource source) => source is IRowView view ? view.Augmentations : 0;
}
