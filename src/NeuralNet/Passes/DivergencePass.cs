namespace NeuralNet;

// A batch as divergences see it.
internal readonly ref struct DivergencePass
{
    public required int Rows { get; init; }

    public required ReadOnlySpan<float> Output { get; init; }

    public required ReadOnlySpan<float> Desired { get; init; }

    // Empty: only the value is wanted.
    public Span<float> Gradient { get; init; }

    public ReadOnlySpan<float> Weights { get; init; }

    // Σ w of the whole that these rows are a part of; 0: they are the whole.
    public double TotalWeight { get; init; }

    public ReadOnlySpan<int> Lengths { get; init; }

    // What the network makes of a row's length; null: the output has as many real steps.
    public Func<int, int>? LengthBehind { get; init; }

    // The vectors of a row: the steps of a sequence, the pixels of an image, otherwise 1.
    public int Vectors { get => field == 0 ? 1 : field; init; }

    public double WeightOf(int row) => Weights.IsEmpty ? 1 : Weights[row];

    // Σ w of these rows, each real vector with its row's weight; where ids are desired, without those of −1.
    public double OwnWeight(bool byIds) => byIds || !Weights.IsEmpty || !Lengths.IsEmpty ? Counted(byIds) : (double)Rows * Vectors;

    private double Counted(bool byIds)
    {
        double sum = 0;
        for (int row = 0; row < Rows; row++)
        {
            int vectors = VectorsOf(row);
            sum += WeightOf(row) * (byIds ? vectors - Desired.Slice(row * Vectors, vectors).Count(-1f) : vectors);
        }

        return sum;
    }

    public int VectorsOf(int row) => Lengths.IsEmpty ? Vectors : LengthBehind is null ? Lengths[row] : LengthBehind(Lengths[row]);

    /// <summary>Refuses what is desired unless it is a class id of every vector that counts.</summary>
    /// <param name="classes">The width of the outputs.</param>
    /// <param name="firstRow">The number of the first row.</param>
    /// <param name="isPart">Whether the rows may be a part of a step, of which none need count.</param>
    /// <param name="vector">What a vector of a row is called.</param>
    /// <param name="needsEachRow">Whether every row must have a class.</param>
    public void CheckIds(int classes, int firstRow = 0, bool isPart = false, string vector = "step", bool needsEachRow = false)
    {
        const int Max = 1 << 24;
        if (classes > Max)
            throw new ArgumentException(
                FormattableString.Invariant($"There are {classes:N0} classes; class ids, which are floats, are exact for up to {Max:N0}."));
        for (int row = 0; row < Rows; row++)
        {
            int vectors = WeightOf(row) == 0 ? 0 : VectorsOf(row);
            if (needsEachRow && !Desired.Slice(row * Vectors, vectors).ContainsAnyExcept(-1f))
                throw new ArgumentException($"Row {firstRow + row} has no class: every id that counts is −1. Leave the row out.");
            for (int v = 0; v < vectors; v++)
            {
                float id = Desired[(row * Vectors) + v];
                if (!(id >= -1 && id < classes && id == (int)id))
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
