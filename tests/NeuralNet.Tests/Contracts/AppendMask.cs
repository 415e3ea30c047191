namespace NeuralNet.Tests.Contracts;

/// <summary>
/// Gives attention the key mask that it expects beside its input: a pattern of 0 and 1 that differs from row to row, in which
/// all keys of some rows are 0.
/// </summary>
internal sealed class AppendMask : Layer
{
    private readonly bool isCross;

    public AppendMask(MultiHeadAttention layer)
        : base(layer.IsCross ? layer.Queries.Size + layer.Memory.Size : layer.Queries, layer.Input)
    {
        isCross = layer.IsCross;
        BackwardReads = BackwardReads.None;
    }

    public static float MaskOf(int row, int step) => row % 4 == 2 || ((3 * row) + step) % 5 is 1 or 4 ? 0 : 1;

    public override void Forward(in ForwardPass pass)
    {
        (int runs, int from, int to) = Sizes(pass.Steps);
        for (int i = 0; i < pass.Rows * runs; i++)
        {
            int row = i / runs;
            if (!isCross && i % runs >= pass.LengthOf(row))
            {
                pass.Output.Slice(i * to, to).Clear();
                continue;
            }

            pass.Input.Slice(i * from, from).CopyTo(pass.Output[(i * to)..]);
            for (int m = from; m < to; m++)
                pass.Output[(i * to) + m] = MaskOf(pass.FirstRow + row, isCross ? m - from : i % runs);
        }
    }

    public override void Backward(in BackwardPass pass)
    {
        (int runs, int from, int to) = Sizes(pass.Steps);
        for (int i = 0; i < pass.Rows * runs && !pass.InputGradient.IsEmpty; i++)
        {
            if (pass.OutputGradient.Slice((i * to) + from, to - from).ContainsAnyExcept(0f))
                throw new InvalidOperationException("A mask has a gradient.");
            pass.OutputGradient.Slice(i * to, from).CopyTo(pass.InputGradient[(i * from)..]);
        }
    }

    // What masks are appended to: each step, or each row.
    private (int Runs, int From, int To) Sizes(int steps) => isCross ? (1, Input.Size, Output.Size) : (steps, Input.FeatureCount, Output.FeatureCount);
}
