using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Positions that go on from piece to piece: the state of a row is the position that it has come to, as a float.</summary>
internal static class CarriedPositions
{
    /// <summary>The last position that a float can hold, and that the shape has.</summary>
    public static int Most(int steps) => Math.Min(steps, Ids.Max);

    /// <summary>Refuses rows whose position is none, or would pass the last one.</summary>
    /// <exception cref="ArgumentException">There is such a row.</exception>
    public static void Check(Shape input, in CheckPass pass) => Check(input.Steps, pass);

    /// <inheritdoc cref="Check(Shape, in CheckPass)"/>
    public static void Check(int steps, in CheckPass pass)
    {
        for (int row = 0; row < pass.Rows && !pass.State.IsEmpty; row++)
        {
            float position = pass.StateOf(row)[0];
            int length = pass.LengthOf(row), most = Most(steps);
            if (!(position >= 0 && position <= most && position == (int)position))
                throw new ArgumentException(FormattableString.Invariant(
                    $"The state of row {pass.FirstRow + row} says position {position}; a whole number from 0 to {most} was expected."));
            if (position + length > most)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Row {pass.FirstRow + row} is at position {position}, and {length} more steps pass the last of {most}. ")
                    + "Clear the row's state (Network.ClearState) to begin anew, or give the network a shape of more steps.");
        }
    }

    /// <summary>y = x + the table from each row's position on, and the positions move on. Rows at one position go together.</summary>
    public static void Add(Shape input, ReadOnlySpan<float> table, in ForwardPass pass)
    {
        int size = input.SizeAt(pass.Steps);
        for (int row = 0, next; row < pass.Rows; row = next)
        {
            float position = PositionOf(pass, row);
            for (next = row + 1; next < pass.Rows && (pass.State.IsEmpty || PositionOf(pass, next) == position);)
                next++;
            StepRows rows = Rows(input, row, next, pass.Steps, pass.Lengths);
            PositionKernels.Add(
                pass.Input[(row * size)..(next * size)], table[((int)position * input.FeatureCount)..], pass.Output[(row * size)..(next * size)],
                rows, pass.Workers);
        }

        for (int row = 0; row < pass.Rows && !pass.State.IsEmpty; row++)
            pass.StateOf(row)[0] += pass.LengthOf(row);
    }

    /// <summary>The table's gradient, from the position of each row on.</summary>
    /// <param name="input">The shape of an input row.</param>
    /// <param name="positions">Where each row began.</param>
    /// <param name="gradient">The table's gradient, to be added to.</param>
    /// <param name="pass">The pass.</param>
    public static void AddGradient(Shape input, ReadOnlySpan<float> positions, Span<float> gradient, in BackwardPass pass)
    {
        int size = input.SizeAt(pass.Steps);
        for (int row = 0, next; row < pass.Rows; row = next)
        {
            for (next = row + 1; next < pass.Rows && positions[next] == positions[row];)
                next++;
            StepRows rows = Rows(input, row, next, pass.Steps, pass.Lengths);
            PositionKernels.AddGradient(
                pass.OutputGradient[(row * size)..(next * size)], gradient[((int)positions[row] * input.FeatureCount)..], rows, pass.Workers);
        }
    }

    /// <summary>A position has no derivative.</summary>
    public static void ClearGradient(in BackwardPass pass)
    {
        for (int row = 0; row < pass.Rows && !pass.StateGradient.IsEmpty; row++)
            pass.StateGradientOf(row).Clear();
    }

    /// <summary>Where a row begins.</summary>
    public static float PositionOf(in ForwardPass pass, int row) => pass.State.IsEmpty ? 0 : pass.StateOf(row)[0];

    private static StepRows Rows(Shape input, int first, int next, int steps, ReadOnlySpan<int> lengths) =>
        new(next - first, steps, input.FeatureCount, lengths.IsEmpty ? default : lengths[first..next]);
}
