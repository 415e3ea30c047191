namespace NeuralNet.Onnx.Import;

/// <summary>Which keys a query sees by their distance: key j of query i if i − j is below the one number, and j − i below the other.</summary>
internal readonly record struct Band(long Back, long Ahead)
{
    /// <summary>All keys are seen.</summary>
    public static Band All { get; } = new(long.MaxValue, long.MaxValue);

    /// <summary>No later ones are.</summary>
    public static Band Causal { get; } = new(long.MaxValue, 1);

    public bool IsAll => this == All;

    public bool IsCausal => Ahead == 1;

    public bool Sees(long query, long key) => query - key < Back && key - query < Ahead;

    /// <summary>What both see.</summary>
    public Band And(Band other) => new(Math.Min(Back, other.Back), Math.Min(Ahead, other.Ahead));

    /// <summary>The same, where distances are below so many steps.</summary>
    public Band Within(long steps) => new(Back < steps ? Back : long.MaxValue, Ahead < steps ? Ahead : long.MaxValue);
}
