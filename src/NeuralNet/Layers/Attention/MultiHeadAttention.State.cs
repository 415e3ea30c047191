using System.Buffers;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>State: rows that come in pieces, whose keys and values are carried.</content>
/// <remarks>The state of a row is the position that it has come to, then k [keys' features, steps], then v [steps, keys' features], of the steps that
/// lie before the next piece, in ascending order, and room for those of a piece.</remarks>
public sealed partial class MultiHeadAttention
{
    internal override bool ChecksBatches => StatePerRow > 0;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">With carried state a row would pass the last position, or has none.</exception>
    public override void Check(in CheckPass pass) => CarriedPositions.Check(CarriedSteps, pass);

    internal override int CarriedSteps => CarriedPositions.Most(Window is null ? Input.Steps : Ids.Max);

    // The new keys and values go behind those of the row's state, and then queries look at all of them.
    private void ForwardCarried(in ForwardPass pass, int steps, Span<float> q, Span<float> o)
    {
        int[] before = ArrayPool<int>.Shared.Rent(pass.Rows);
        for (int row = 0, first = 0; row < pass.Rows; row++)
        {
            Span<float> state = pass.StateOf(row);
            int position = (int)state[0], count = pass.LengthOf(row);
            before[row] = Window is int window ? Math.Min(position, window - 1) : position;
            Span<float> own = q.Slice(first * QueryStride, count * QueryStride);
            TurnFrom(position, own, count, pass.Workers);
            Append(state, before[row], own, count);
            first += count;
        }

        int perRow = pass.State.Length / pass.Rows, keys = pass.StateStart + 1, values = keys + (carriedSteps * keyWidth);
        AttentionKernels.Forward(
            new AttentionPass
            {
                Rows = pass.Rows,
                Heads = Heads,
                KeyHeads = KeyHeads,
                HeadWidth = width / Heads,
                QuerySteps = steps,
                KeySteps = carriedSteps, // and not as many as there are by now, with which the memory to work in would grow from call to call
                Lengths = pass.Lengths,
                Before = before.AsSpan(0, pass.Rows),
                IsCausal = true,
                Window = Window ?? 0,
                Slopes = slopes,
                Q = q,
                K = pass.State[keys..],
                V = pass.State[values..],
                QueryStride = QueryStride,
                KeyStride = keyWidth,
                CarriedRow = perRow,
                CarriedKeys = carriedSteps,
                Workers = pass.Workers,
            }, default, o);

        for (int row = 0; row < pass.Rows; row++)
        {
            Span<float> state = pass.StateOf(row);
            state[0] += pass.LengthOf(row);
            if (Window is int window)
                Forget(state, before[row] + pass.LengthOf(row), window - 1);
        }

        ArrayPool<int>.Shared.Return(before);
    }

    private Span<float> KeysIn(Span<float> state, int feature) => state.Slice(1 + (feature * carriedSteps), carriedSteps);

    private Span<float> ValuesIn(Span<float> state) => state[(1 + (carriedSteps * keyWidth))..];

    private void Append(Span<float> state, int before, ReadOnlySpan<float> q, int steps)
    {
        for (int feature = 0; feature < keyWidth; feature++)
        {
            Span<float> keys = KeysIn(state, feature).Slice(before, steps);
            for (int step = 0; step < steps; step++)
                keys[step] = q[(step * QueryStride) + width + feature];
        }

        Span<float> values = ValuesIn(state)[(before * keyWidth)..];
        for (int step = 0; step < steps; step++)
            q.Slice((step * QueryStride) + width + keyWidth, keyWidth).CopyTo(values[(step * keyWidth)..]);
    }

    // The last steps move to the front; what they leave becomes 0, so that a state does not depend on the pieces that made it.
    private void Forget(Span<float> state, int steps, int kept)
    {
        int gone = steps - kept;
        if (gone <= 0)
            return;
        for (int feature = 0; feature < keyWidth; feature++)
        {
            Span<float> keys = KeysIn(state, feature);
            keys[gone..steps].CopyTo(keys);
            keys[kept..steps].Clear();
        }

        Span<float> values = ValuesIn(state);
        values[(gone * keyWidth)..(steps * keyWidth)].CopyTo(values);
        values[(kept * keyWidth)..(steps * keyWidth)].Clear();
    }

    // q and k of the steps from a position on.
    private void TurnFrom(int position, Span<float> q, int steps, Workers workers)
    {
        if (Positions is not Rotary rotary || steps == 0)
            return;
        int perStep = turns.Length / Queries.Steps;
        if (position + steps <= Queries.Steps)
        {
            RotaryKernels.Turn(q, TurnBy(rotary, turns.AsSpan(position * perStep)), QueryStride, false, 1, steps, default, workers);
            return;
        }

        // Behind the last step of the shape, which a window allows, there is no table.
        float[] table = ArrayPool<float>.Shared.Rent(steps * perStep);
        rotary.Fill(table.AsSpan(0, steps * perStep), position, steps, width / Heads);
        RotaryKernels.Turn(q, TurnBy(rotary, table), QueryStride, false, 1, steps, default, workers);
        ArrayPool<float>.Shared.Return(table);
    }
}
