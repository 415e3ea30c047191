namespace NeuralNet;

/// <summary>A network for answers: it never changes while it answers, and any number of threads may ask it at once.</summary>
/// <remarks><para>Made by <see cref="Network.CreatePredictor"/>, with a copy of the network, which may be trained on. What predictions do not need is
/// gone: dropout, and the copy that each call makes of a transposed tie. The answers have the same bits as
/// <see cref="Network.Predict(ReadOnlySpan{float})"/>, unless <see cref="PredictorOptions.FoldNorms"/> or narrow
/// <see cref="PredictorOptions.Weights"/> were asked for.</para>
/// <para>The memory is planned: one copy of the weights, in the order in which they are read, and a workspace for each call that is answered at
/// once, at most <see cref="PredictorOptions.Calls"/> of them (<see cref="Bytes"/>). After the first call of each, nothing is allocated but the
/// arrays that are given back.</para>
/// <para><see cref="Replace"/> puts another network in its place, while calls under way end on the old one.</para></remarks>
/// <example>
/// <code>
/// using Predictor predictor = network.CreatePredictor();
/// float[] y = predictor.Predict(x);                  // from any thread
/// predictor.Replace(Network.Load("better.safetensors"));
/// </code>
/// </example>
public sealed class Predictor : IDisposable
{
    private readonly PredictorOptions options;
    private Snapshot? snapshot;

    internal Predictor(Network network, PredictorOptions? options)
    {
        this.options = options ?? new PredictorOptions();
        snapshot = Made(network);
    }

    /// <summary>The shape of an input row.</summary>
    public Shape Input => Present.Network.Input;

    /// <summary>The shape of an output row.</summary>
    public Shape Output => Present.Network.Output;

    /// <summary>The inputs by name, as they lie in an input row.</summary>
    public NamedParts Inputs => Present.Network.Inputs;

    /// <summary>The outputs by name, as they lie in an output row.</summary>
    public NetworkOutputs Outputs => Present.Network.Outputs;

    /// <summary>What the network says about itself (<see cref="Network.Metadata"/>).</summary>
    public IReadOnlyDictionary<string, string> Metadata => Present.Network.Metadata;

    /// <summary>The floats of state that a row carries from batch to batch; 0 for most networks.</summary>
    public int StatePerRow => Present.Network.StatePerRow;

    /// <summary>How many rows go through the network at a time.</summary>
    public int MaxRows => Present.MaxRows;

    /// <summary>What weights, statistics and the workspaces that there are take, in bytes.</summary>
    public long Bytes
    {
        get
        {
            Snapshot present = Present;
            return sizeof(float) * (present.Network.Parameters.Length + (long)present.Network.Statistics.Length + present.Pool.Length);
        }
    }

    private Snapshot Present => Volatile.Read(ref snapshot) ?? throw new ObjectDisposedException(nameof(Predictor));

    /// <summary>Predicts, for one vector or for many rows.</summary>
    /// <param name="x">The inputs, [rows, input size]; the number of rows follows from the length.</param>
    /// <returns>The outputs, [rows, output size].</returns>
    /// <exception cref="ArgumentException">x is empty or not a whole number of rows, or gives more outputs than an array can hold.</exception>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public float[] Predict(ReadOnlySpan<float> x)
    {
        Snapshot present = Present;
        int rows = present.Network.RowsOf(x);
        float[] y = Network.NewOutputs(rows, present.Network.Output.Size, nameof(x));
        present.Predict(new Batch { Rows = rows, Inputs = x }, y);
        return y;
    }

    /// <summary>Predicts without allocating.</summary>
    /// <param name="x">The inputs, [rows, input size]; the number of rows follows from the length.</param>
    /// <param name="y">Overwritten with the outputs, [rows, output size].</param>
    /// <exception cref="ArgumentException">A length does not fit, or the spans overlap.</exception>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public void Predict(ReadOnlySpan<float> x, Span<float> y)
    {
        Snapshot present = Present;
        present.Predict(new Batch { Rows = present.Network.RowsOf(x), Inputs = x }, y);
    }

    /// <summary>Predicts without allocating, with all that a batch may carry: fewer steps, lengths, state.</summary>
    /// <remarks>State is the caller's: <see cref="StatePerRow"/> floats for each row, zeros before the first piece of a series.</remarks>
    /// <param name="batch">The batch. Of what only training needs nothing has an effect.</param>
    /// <param name="y">Overwritten with the outputs, [rows, output size].</param>
    /// <exception cref="ArgumentException">A size does not fit, spans overlap, or a layer refuses the batch.</exception>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public void Predict(in Batch batch, Span<float> y) => Present.Predict(batch, y);

    /// <summary>Puts another network in the place of the present one, in one step: calls that have begun end on the old one, those that begin
    /// afterwards ask the new one, and none waits.</summary>
    /// <remarks>A series whose state is carried goes on with the new network; where its layers are others, begin it anew.</remarks>
    /// <param name="network">The network; a copy of it is kept.</param>
    /// <exception cref="ArgumentException">It takes or gives other rows, names their parts otherwise, or carries another number of values of state.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public void Replace(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        CheckSame(network, static one => one.Input, "takes");
        CheckSame(network, static one => one.Output, "gives");
        CheckSame(network, static one => one.Inputs.ToString(), "has the inputs");
        CheckSame(network, static one => one.Outputs.ToString(), "has the outputs");
        CheckSame(network, static one => one.StatePerRow, "carries from batch to batch, in floats for each row,");
        Snapshot made = Made(network);
        Snapshot? before = Volatile.Read(ref snapshot);
        while (before is not null && Interlocked.CompareExchange(ref snapshot, made, before) is var found && found != before)
            before = found;
        (before ?? made).Pool.Close();
        ObjectDisposedException.ThrowIf(before is null, this);
    }

    /// <summary>Frees the memory: that of calls under way when they end. Calls that begin afterwards are refused.</summary>
    public void Dispose() => Interlocked.Exchange(ref snapshot, null)?.Pool.Close();

    /// <summary>What it answers, in words.</summary>
    /// <returns>For example <c>Predictor Features(64) → Features(10), 4810 parameters, 128 rows at a time, 2 calls at once</c>.</returns>
    public override string ToString() => Volatile.Read(ref snapshot) is { } present
        ? $"Predictor {present.Network.Input} → {present.Network.Output}, {present.Parameters} parameters, {present.MaxRows} rows at a time, "
            + $"{options.Calls} calls at once"
        : "Predictor, disposed of";

    private void CheckSame<T>(Network network, Func<Network, T> of, string what)
    {
        (T expected, T got) = (of(Present.Network), of(network));
        if (!Equals(expected, got))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"The network {what} {got}, but the predictor's present one {expected}; a network of other rows needs a ")
                + "predictor of its own.", nameof(network));
        }
    }

    private Snapshot Made(Network network)
    {
        Network own = network.ForInference(options.FoldNorms, options.Weights == WeightFormat.BFloat16);
        int maxRows = options.MaxRows ?? own.ChunkRows;
        var pool = new WorkspacePool(own, maxRows, options.Threads, options.Calls);
        pool.Give(pool.Take()); // the first call finds one, and what cannot be made is refused now
        return new Snapshot(own, network.Parameters.Length, maxRows, pool);
    }

    /// <summary>A network that nothing changes, how many parameters it was made of, and what its calls work in.</summary>
    private sealed record Snapshot(Network Network, int Parameters, int MaxRows, WorkspacePool Pool)
    {
        public void Predict(in Batch batch, Span<float> y)
        {
            Workspace workspace = Pool.Take();
            try
            {
                Network.PredictAll(batch, y, workspace);
            }
            finally
            {
                Pool.Give(workspace);
            }
        }
    }
}
