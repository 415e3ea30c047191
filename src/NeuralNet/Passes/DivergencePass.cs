using NeuralNet.Kernels;

namespace NeuralNet;

// A batch as divergences see it.
internal readonly ref struct DivergencePass
{
    public required int Rows { get; init; }

    public required ReadOnlySpan<float> Output { get; init; }

    public required ReadOnlySpan<float> Desired { get; init; }

    // Empty: only the value is wanted.
    public Span<float> Gradient { get; init; }

    // One for each row, or one for each vector; empty: 1 each.
    public ReadOnlySpan<float> Weights { get; init; }

    // Σ w of the whole that these rows are a part of; 0: they are the whole.
    public double TotalWeight { get; init; }

    public ReadOnlySpan<int> Lengths { get; init; }

    // What the network makes of a row's length; null: the output has as many real steps.
    public Func<int, int>? LengthBehind { get; init; }

    // The vectors of a row: the steps of a sequence, the pixels of an image, otherwise 1.
    public int Vectors { get => field == 0 ? 1 : field; init; }

    // Who may share the work; null: the caller alone.
    public Workers? Workers { get; init; }

    // Σ w of these rows, over their real vectors; where ids are desired, without those of −1.
    public double OwnWeight(bool byIds) => byIds || !Weights.IsEmpty || !Lengths.IsEmpty ? Counted(byIds) : (double)Rows * Vectors;

    private double Counted(bool byIds)
    {
        double sum = 0;
        for (int first = 0, count; first < Rows * Vectors; first += count)
        {
            (count, double weight) = Alike(first, int.MaxValue, byIds);
            sum += weight * count;
        }

        return sum;
    }

    /// <summary>How many vectors from one on, at most so many, count alike, and how much: 0 past a row's length and where a class id is −1.</summary>
    public (int Count, double Weight) Alike(int first, int most, bool byIds)
    {
        int end = (int)Math.Min((long)first + most, (long)Rows * Vectors), at = first;
        double weight = 1;
        if (Weights.IsEmpty && Lengths.IsEmpty)
            at = end;
        for (int next; at < end; at = next)
        {
            // Stretches of a row that are real, or padding.
            (int row, int vector) = Math.DivRem(at, Vectors);
            int real = VectorsOf(row);
            next = Math.Min(end, (row * Vectors) + (vector < real ? real : Vectors));
            float other = vector >= real ? 0 : Weights.IsEmpty ? 1 : Weights[Weights.Length == Rows ? row : at];
            if (at == first)
                weight = other;
            else if (other != weight)
                break;
            int change = vector < real && Weights.Length > Rows ? Weights[at..next].IndexOfAnyExcept(other) : -1;
            if (change >= 0)
            {
                at += change;
                break;
            }
        }

        int count = at - first;
        if (!byIds || weight == 0)
            return (count, weight);
        ReadOnlySpan<float> ids = Desired.Slice(first, count);
        int absent = ids.IndexOf(-1f);
        if (absent != 0)
            return (absent < 0 ? count : absent, weight);
        int present = ids.IndexOfAnyExcept(-1f);
        return (present < 0 ? count : present, 0);
    }

    public int VectorsOf(int row) => Lengths.IsEmpty ? Vectors : LengthBehind is null ? Lengths[row] : LengthBehind(Lengths[row]);

    /// <summary>Whether a real vector of a row has a weight above 0.</summary>
    public bool IsPresent(int row) => Weights.IsEmpty
        || (Weights.Length == Rows ? Weights[row] > 0 : Weights.Slice(row * Vectors, VectorsOf(row)).ContainsAnyExcept(0f));

    /// <summary>Refuses what is desired unless it is a class id of every vector that counts.</summary>
    /// <param name="classes">The width of the outputs.</param>
    /// <param name="firstRow">The number of the first row.</param>
    /// <param name="isPart">Whether the rows may be a part of a step, of which none need count.</param>
    /// <param name="vector">What a vector of a row is called.</param>
    /// <param name="needsEachRow">Whether every row must have a class, unless weights say which rows count.</param>
    public void CheckIds(int classes, int firstRow = 0, bool isPart = false, string vector = "step", bool needsEachRow = false)
    {
        const int Max = 1 << 24;
        if (classes > Max)
            throw new ArgumentException(
                FormattableString.Invariant($"There are {classes:N0} classes; class ids, which are floats, are exact for up to {Max:N0}."));
        for (int row = 0; row < Rows; row++)
        {
            int vectors = IsPresent(row) ? VectorsOf(row) : 0;
            if (needsEachRow && Weights.IsEmpty && !Desired.Slice(row * Vectors, vectors).ContainsAnyExcept(-1f))
                throw new ArgumentException($"Row {firstRow + row} has no class: every id that counts is −1. Leave the row out.");
            for (int v = 0; v < vectors; v++)
            {
                float id = Desired[(row * Vectors) + v];
                if (!(id >= -1 && id < classes && id == (int)id) && !(Weights.Length > Rows && Weights[(row * Vectors) + v] == 0))
                {
                    string place = Vectors > 1 ? $"row {firstRow + row}, {vector} {v}" : $"row {firstRow + row}";
                    throw new ArgumentException(FormattableString.Invariant(
                        $"What is desired in {place} is {id}; a class id was expected, a whole number from 0 to {classes - 1}, or −1 for none."));
                }
            }
        }

        if (!isPart && OwnWeight(byIds: true) == 0)
            throw new ArgumentException("Every class id that counts is −1; at least one vector must have a class.");
    }
}
