namespace NeuralNet;

/// <summary>The parts of a span [rows, steps, features] that belong to real steps, for a foreach: <see cref="ForwardPass.RealValues"/>.</summary>
public ref struct RealValues
{
    private readonly int width;
    private VectorRuns.Enumerator runs;

    internal RealValues(Shape shape, int rows, int steps, ReadOnlySpan<int> lengths)
    {
        width = shape.FeatureCount;
        runs = new VectorRuns(shape, rows, steps, lengths).GetEnumerator();
    }

    /// <summary>The range of one run of values that lie together.</summary>
    public readonly Range Current => checked((runs.Current.First * width)..((runs.Current.First + runs.Current.Count) * width));

    /// <summary>Moves on to the next run.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext() => runs.MoveNext();

    /// <summary>What a foreach asks for.</summary>
    /// <returns>The runs from here on.</returns>
    public readonly RealValues GetEnumerator() => this;
}
