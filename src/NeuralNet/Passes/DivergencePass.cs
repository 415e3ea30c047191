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

    // Σ w of these rows, each real vector with its row's weight.
    public double OwnWeight
    {
        get
        {
            double sum = 0;
            for (int row = 0; row < Rows; row++)
                sum += WeightOf(row) * VectorsOf(row);
            return sum;
        }
    }

    public int VectorsOf(int row) => Lengths.IsEmpty ? Vectors : LengthBehind is null ? Lengths[row] : LengthBehind(Lengths[row]);
}
