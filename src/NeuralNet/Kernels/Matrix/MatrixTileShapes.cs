namespace NeuralNet.Kernels;

/// <summary>A number as a type: a generic method over it is compiled for each number as if it were written out.</summary>
internal interface ITileCount
{
    static abstract int Count { get; }
}

/// <summary>The width of a tile as a type: one to four vectors, the last of which may be partial.</summary>
internal interface ITileColumns
{
    static abstract int Vectors { get; }

    static abstract bool Whole { get; }
}

/// <summary>As many whole vectors as <typeparamref name="TCount"/> says.</summary>
internal readonly struct WholeVectors<TCount> : ITileColumns where TCount : struct, ITileCount
{
    public static int Vectors => TCount.Count;

    public static bool Whole => true;
}

/// <summary>As many vectors as <typeparamref name="TCount"/> says, the last one partial.</summary>
internal readonly struct PartialVectors<TCount> : ITileColumns where TCount : struct, ITileCount
{
    public static int Vectors => TCount.Count;

    public static bool Whole => false;
}

/// <summary>How the summed index runs, as a type.</summary>
internal interface ITileDepth
{
    static abstract bool HasRuns { get; }

    /// <summary>Whether the rows are twice as many as the tile's type says, in two halves that lie apart.</summary>
    static virtual bool HasHalves => false;
}

/// <summary>k from 0 to K.</summary>
internal readonly struct OneRun : ITileDepth
{
    public static bool HasRuns => false;
}

/// <summary>Several runs of K, each from a place of its own in A and in B.</summary>
internal readonly struct SeveralRuns : ITileDepth
{
    public static bool HasRuns => true;
}

/// <summary>The same for two halves of a narrow tile, of up to six rows each: alone they are too few chains to keep the multiply-add units busy.
/// </summary>
internal readonly struct RunsOfHalves : ITileDepth
{
    public static bool HasRuns => true;

    public static bool HasHalves => true;
}

internal readonly struct R0 : ITileCount { public static int Count => 0; }
internal readonly struct R1 : ITileCount { public static int Count => 1; }
internal readonly struct R2 : ITileCount { public static int Count => 2; }
internal readonly struct R3 : ITileCount { public static int Count => 3; }
internal readonly struct R4 : ITileCount { public static int Count => 4; }
internal readonly struct R5 : ITileCount { public static int Count => 5; }
internal readonly struct R6 : ITileCount { public static int Count => 6; }
internal readonly struct R7 : ITileCount { public static int Count => 7; }
internal readonly struct R8 : ITileCount { public static int Count => 8; }
internal readonly struct R9 : ITileCount { public static int Count => 9; }
internal readonly struct R10 : ITileCount { public static int Count => 10; }
internal readonly struct R11 : ITileCount { public static int Count => 11; }
internal readonly struct R12 : ITileCount { public static int Count => 12; }
