using System.Collections.Concurrent;

// Overloads on spans document what they have instead of a batch; the other parameters are inherited.
#pragma warning disable CS1573

namespace NeuralNet;

/// <content>Predictions.</content>
public sealed partial class Network
{
    private const int MaxChunkRows = 128, MaxChunkFloats = 1 << 24;

    private readonly ConcurrentBag<Workspace> spares = [];
    private int spareCount;

    // How many rows go through the network at a time where the library chooses.
    internal int ChunkRows => Math.Clamp(MaxChunkFloats / (chain.Scratch.PerRow + Output.Size), 1, MaxChunkRows);

    /// <summary>Predicts, for one vector or for many rows.</summary>
    /// <remarks>A NaN in a row of x makes NaN of that row's outputs; no other row is touched.</remarks>
    /// <param name="x">The inputs, [rows, input size]; the number of rows follows from the length.</param>
    /// <returns>The outputs, [rows, output size].</returns>
    /// <exception cref="ArgumentException">x is empty or not a whole number of rows.</exception>
    public float[] Predict(ReadOnlySpan<float> x) => Predict(x, RowsOf(x), Input.Steps, nameof(x));

    // As many rows at a time as the library chooses, on a workspace that it keeps.
    private float[] Predict(ReadOnlySpan<float> x, int rows, int steps, string name)
    {
        if (chain.ChangesSteps)
            CheckStepsBehind(steps, [], firstRow: 0, name);
        int input = Input.SizeAt(steps), output = OutputVectors(steps) * outputWidth;
        float[] y = NewOutputs(rows, output, name);

        // A workspace that is too small is dropped.
        int atOnce = Math.Min(rows, ChunkRows);
        Workspace? workspace = TakeSpare();
        if (workspace is null || workspace.MaxRows < atOnce)
            workspace = CreateWorkspace(atOnce, training: false);
        for (int first = 0; first < rows; first += workspace.MaxRows)
        {
            int count = Math.Min(workspace.MaxRows, rows - first);
            Predict(
                new Batch { Rows = count, Inputs = x.Slice(first * input, count * input), Steps = steps, FirstRow = first },
                y.AsSpan(first * output, count * output), workspace);
        }

        KeepSpare(workspace);
        return y;
    }

    internal int RowsOf(ReadOnlySpan<float> x) => x.Length == Input.Size ? 1 // without a division, which a tiny network notices
        : !x.IsEmpty && x.Length % Input.Size == 0 ? x.Length / Input.Size
        : throw new ArgumentException($"x has {x.Length} values; a positive multiple of {Input.Size} ({Input}) was expected.", nameof(x));

    internal static float[] NewOutputs(int rows, int output, string name) =>
        (long)rows * output <= Array.MaxLength ? new float[rows * output] : throw TooManyOutputs(rows, output, name);

    private static ArgumentException TooManyOutputs(int rows, int output, string name) => new(
        FormattableString.Invariant($"{rows} rows would give {(long)rows * output} outputs, and an array holds {Array.MaxLength}; ")
        + (output <= Array.MaxLength ? "predict fewer rows at a time." : "one row alone gives too many. Predict into a span of your own."),
        name);

    // How many workspaces are kept for the next calls of Predict.
    internal int SpareCount => spareCount;

    private Workspace? TakeSpare()
    {
        if (!spares.TryTake(out Workspace? workspace))
            return null;
        Interlocked.Decrement(ref spareCount);
        return workspace;
    }

    // Calls that meet take a workspace each. Kept are as many as processors can use at once, within 64 MB, but always one; what a burst of calls took
    // beyond that goes back to the system.
    private void KeepSpare(Workspace workspace)
    {
        if (Interlocked.Increment(ref spareCount) <= Math.Clamp(MaxChunkFloats / workspace.Length, 1, Environment.ProcessorCount))
            spares.Add(workspace);
        else
            Interlocked.Decrement(ref spareCount);
    }

    /// <inheritdoc cref="Predict(in Batch, Span{float}, Workspace)"/>
    /// <param name="x">The inputs, [rows, input size].</param>
    /// <param name="rows">How many rows, at least 1.</param>
    public void Predict(ReadOnlySpan<float> x, Span<float> y, int rows, Workspace workspace) =>
        Predict(new Batch { Rows = rows, Inputs = x }, y, workspace);

    /// <summary>Predicts without allocating.</summary>
    /// <param name="batch">The batch. Of what only training needs (Desired, Weights, TotalWeight, Stream, Inference) nothing has an effect.</param>
    /// <param name="y">Overwritten with the outputs, [rows, output size].</param>
    /// <param name="workspace">The memory to work with, one for each thread.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the workspace is too small or another network's.</exception>
    /// <exception cref="InvalidOperationException">The workspace is in use by another call.</exception>
    /// <exception cref="ObjectDisposedException">The workspace has been disposed of.</exception>
    public void Predict(in Batch batch, Span<float> y, Workspace workspace) => Predict(batch, y, workspace, batch.Rows, wanted: null);

    // As many rows go through the network at a time as the workspace has room for.
    internal void PredictAll(in Batch batch, Span<float> y, Workspace workspace) =>
        Predict(batch, y, workspace, Math.Min(batch.Rows, workspace.MaxRows), wanted: null);

    // What there is before the final activations.
    internal void PredictScores(in Batch batch, Span<float> z, Workspace workspace) =>
        Predict(batch, z, workspace, Math.Min(batch.Rows, workspace.MaxRows), wanted: null, omitActivation: true);

    private void Predict(in Batch batch, Span<float> y, Workspace workspace, int atOnce, Learning? wanted, bool omitActivation = false)
    {
        CheckWorkspace(workspace);
        int steps = Check(batch, atOnce, workspace, training: false);
        CheckOutput(batch, steps, y, nameof(y));
        workspace.Enter();
        try
        {
            if (workspace.Training)
                workspace.Mark = default;
            if (batch.Rows > rowsInCache || batch.Rows > atOnce)
                RunInParts(batch, steps, y, workspace, atOnce, wanted, omitActivation);
            else
                Run(batch, steps, y, workspace, backwardFollows: false, omitActivation, wanted);
        }
        finally
        {
            workspace.Leave();
        }
    }

    // As many rows at a time as stay in the cache from layer to layer. No row knows of another, so the bits are the same.
    private void RunInParts(
        in Batch batch, int steps, Span<float> y, Workspace workspace, int atOnce, Learning? wanted, bool omitActivation)
    {
        atOnce = Math.Min(atOnce, rowsInCache * workspace.Workers.Count);
        int output = y.Length / batch.Rows;
        for (int first = 0; first < batch.Rows; first += atOnce)
        {
            int rows = Math.Min(atOnce, batch.Rows - first);
            Batch part = PartOf(batch, first, rows, totalWeight: 0);
            Run(part, steps, y.Slice(first * output, rows * output), workspace, backwardFollows: false, omitActivation, wanted);
        }
    }

    // Of a network of convolutions, whose rows are large beside its weights. Other layers want many rows at once: a matrix is then read less often,
    // and what goes step by step has enough to do.
    private static int RowsInCache(Chain chain, int parameters)
    {
        const int CacheFloats = 128 << 10;
        (bool hasConvolution, bool isRecurrent, long largest) = (false, false, 1);
        Look(chain);
        return !hasConvolution || isRecurrent ? int.MaxValue / Guard.MaxThreads : (int)(Math.Max(CacheFloats, parameters) / largest) + 1;

        void Look(Layer layer)
        {
            hasConvolution |= layer is ConvolutionLayer;
            isRecurrent |= layer is RecurrentLayer || (layer.MixesRows && layer is not ILayerKind); // a person's own may mix them here too
            largest = Math.Max(largest, layer.Children.Count > 0 ? 1 : (long)layer.Input.Size + layer.Output.Size);
            foreach (Layer child in layer.Children)
                Look(child);
        }
    }
}
