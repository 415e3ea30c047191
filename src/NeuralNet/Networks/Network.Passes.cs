// Overloads on spans document what they have instead of a batch; the other parameters are inherited.
#pragma warning disable CS1573

namespace NeuralNet;

/// <content>Forward, backward, and what is made of them.</content>
public sealed partial class Network
{
    /// <inheritdoc cref="Forward(in Batch, Span{float}, Workspace)"/>
    /// <param name="x">The inputs, [rows, input size].</param>
    /// <param name="rows">How many rows, at least 1.</param>
    public void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Workspace workspace) =>
        Forward(new Batch { Rows = rows, Inputs = x }, y, workspace);

    /// <summary>Computes the outputs and keeps what <see cref="Backward(in Batch, ReadOnlySpan{float}, Span{float}, Workspace)"/> needs.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="y">Overwritten with the outputs, [rows, output size].</param>
    /// <param name="workspace">The memory to work with, made for training.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the workspace is too small, not for training or another network's.</exception>
    /// <exception cref="InvalidOperationException">A layer draws random numbers, and the batch has no stream.</exception>
    public void Forward(in Batch batch, Span<float> y, Workspace workspace) => Forward(batch, y, workspace, plan: null);

    private void Forward(in Batch batch, Span<float> y, Workspace workspace, RatePlan? plan)
    {
        int steps = Check(batch, workspace, training: true, plan?.Statistics);
        CheckOutput(batch, steps, y, nameof(y));
        workspace.Enter();
        try
        {
            workspace.Mark = default;
            Span<float> output = workspace.Output(y.Length);
            Run(batch, steps, output, workspace, backwardFollows: true, omitActivation: false, plan?.Statistics);
            output.CopyTo(y);
            workspace.Mark = ForwardMark.Of(this, batch, steps, plan?.Statistics, allowsBackward: true);
        }
        finally
        {
            workspace.Leave();
        }
    }

    /// <inheritdoc cref="Backward(in Batch, ReadOnlySpan{float}, Span{float}, Span{float}, Workspace)"/>
    /// <param name="x">The inputs that the last Forward on this workspace was given.</param>
    /// <param name="rows">How many rows, as in Forward.</param>
    public void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> gradient, int rows, Workspace workspace) =>
        Backward(new Batch { Rows = rows, Inputs = x }, dy, gradient, default, workspace);

    /// <inheritdoc cref="Backward(in Batch, ReadOnlySpan{float}, Span{float}, Span{float}, Workspace)"/>
    /// <param name="x">The inputs that the last Forward on this workspace was given.</param>
    /// <param name="dx">Overwritten with ∇x, [rows, input size].</param>
    /// <param name="rows">How many rows, as in Forward.</param>
    public void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> gradient, Span<float> dx, int rows, Workspace workspace)
    {
        if (dx.IsEmpty)
            throw new ArgumentException($"dx is empty; {x.Length} values were expected.", nameof(dx));
        Backward(new Batch { Rows = rows, Inputs = x }, dy, gradient, dx, workspace);
    }

    /// <inheritdoc cref="Backward(in Batch, ReadOnlySpan{float}, Span{float}, Span{float}, Workspace)"/>
    public void Backward(in Batch batch, ReadOnlySpan<float> dy, Span<float> gradient, Workspace workspace) =>
        Backward(batch, dy, gradient, default, workspace);

    /// <summary>Runs the chain rule backward from ∇y, layer by layer: adds to the parameters' gradient, and writes ∇x where it is wanted.</summary>
    /// <remarks>Parameters must not have changed since Forward.</remarks>
    /// <param name="batch">The batch that the last Forward on this workspace was given.</param>
    /// <param name="dy">∇y, [rows, output size].</param>
    /// <param name="gradient">The gradient, in the layout of <see cref="Parameters"/>; added to. With <see cref="GradientLength"/> values it keeps
    /// those of tied blocks apart.</param>
    /// <param name="dx">Overwritten with ∇x, [rows, input size]; empty: not wanted.</param>
    /// <param name="workspace">The workspace of that Forward.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    /// <exception cref="InvalidOperationException">
    /// The last call on this workspace was not the Forward of this batch (recognised by its sizes and a sample of its values).
    /// </exception>
    public void Backward(in Batch batch, ReadOnlySpan<float> dy, Span<float> gradient, Span<float> dx, Workspace workspace) =>
        Backward(batch, dy, gradient, dx, workspace, plan: null);

    private void Backward(
        in Batch batch, ReadOnlySpan<float> dy, Span<float> gradient, Span<float> dx, Workspace workspace, RatePlan? plan)
    {
        int steps = Check(batch, workspace, training: true, plan?.Statistics, isAfterForward: true);
        CheckOutput(batch, steps, dy, nameof(dy));
        CheckGradient(gradient);
        if (!dx.IsEmpty && dx.Length != batch.Inputs.Length)
            throw new ArgumentException($"dx has {dx.Length} values; {batch.Inputs.Length} were expected, as many as inputs.", nameof(dx));
        if (dx.Overlaps(batch.State) || gradient.Overlaps(batch.State) || dx.Overlaps(batch.StateGradient) || gradient.Overlaps(batch.StateGradient))
            throw new ArgumentException("The gradient and dx must not overlap the state or its gradient.", nameof(dx));
        if (IsOwn(dx) || dx.Overlaps(batch.Inputs) || dx.Overlaps(dy) || dx.Overlaps(gradient)
            || gradient.Overlaps(dy) || gradient.Overlaps(batch.Inputs))
        {
            throw new ArgumentException(
                "The spans of inputs, dy, gradient and dx must not overlap each other or the network's own values.", nameof(dx));
        }

        if (workspace.Mark != ForwardMark.Of(this, batch, steps, plan?.Statistics, allowsBackward: true))
            throw new InvalidOperationException(Mismatch("Backward", workspace.Mark, batch, steps, plan?.Statistics));
        workspace.Enter();
        try
        {
            bool folds = gradient.Length < GradientLength;
            if (folds)
                workspace.TiedGradient.Clear();
            RunBack(batch, steps, workspace.Output(dy.Length), dy, gradient, dx, workspace, omitActivation: false, plan);
            if (folds)
                layout.Fold(gradient, workspace.TiedGradient, workspace.Workers);
        }
        finally
        {
            workspace.Leave();
        }
    }

    /// <summary>The mean divergence of a batch and its gradient: forward, divergence, backward, through logits where the divergence
    /// and the final activations have such a form (<see cref="Divergence.Through(Activation)"/>).</summary>
    /// <remarks>Parts of a step: batches that state the <see cref="Batch.TotalWeight"/> of all parts, and their <see cref="Batch.FirstRow"/>, add up
    /// to the gradient of the whole with the same bits, part after part in the order of rows, unless a layer mixes rows. With <see cref="Ties"/>
    /// give a gradient of <see cref="GradientLength"/> values, and call <see cref="FoldTies(Span{float})"/> after the last part: a shorter one has
    /// the shares of tied blocks added up in each call, which is as right, but rounds otherwise.</remarks>
    /// <param name="batch">The batch, with what is desired.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="gradient">The gradient, in the layout of <see cref="Parameters"/>; added to. With <see cref="GradientLength"/> values it keeps
    /// those of tied blocks apart.</param>
    /// <param name="workspace">The memory to work with, made for training.</param>
    /// <returns>The mean divergence over the rows; of a part of a step its share in the mean of the whole.</returns>
    /// <exception cref="ArgumentException">
    /// A size does not fit, a weight is not allowed, or the workspace is too small, not for training or another network's.
    /// </exception>
    /// <exception cref="InvalidOperationException">A layer draws random numbers, and the batch has no stream.</exception>
    public float AddGradient(in Batch batch, Divergence divergence, Span<float> gradient, Workspace workspace) =>
        AddGradient(batch, divergence, gradient, workspace, plan: null);

    // The gradient is added to, and Σ w D of these rows given back. The workspace need have room for RowsAtOnce only.
    internal WeightedSum AddPart(
        in Batch batch, Divergence divergence, Span<float> gradient, Workspace workspace, RatePlan? plan = null, IBackwardListener? listener = null)
    {
        ArgumentNullException.ThrowIfNull(divergence);
        CheckWorkspace(workspace);
        int atOnce = RowsAtOnce(batch.Rows, workspace.Threads), steps = Check(batch, atOnce, workspace, training: true, plan?.Statistics);
        DivergenceForm form = CheckDesired(batch, divergence, steps);
        CheckGradient(gradient);
        if (OverlapsBatch(gradient, batch) || gradient.Overlaps(batch.State) || gradient.Overlaps(batch.StateGradient))
            throw new ArgumentException("The gradient must not overlap the batch.", nameof(gradient));

        workspace.Enter();
        try
        {
            workspace.Mark = default;
            bool folds = gradient.Length < GradientLength;
            if (folds)
                workspace.TiedGradient.Clear();
            WeightedSum sum = atOnce < batch.Rows ? AddInParts(batch, steps, atOnce, form, gradient, workspace, plan, listener)
                : AddRows(batch, steps, form, gradient, workspace, plan, before: 0, listener);
            if (folds)
                layout.Fold(gradient, workspace.TiedGradient, workspace.Workers);

            // The pass may have left out the activation, so its cache serves UpdateStatistics but not Backward.
            if (layout.LearnsStatistics)
                workspace.Mark = ForwardMark.Of(this, batch, steps, plan?.Statistics, allowsBackward: false);
            return sum;
        }
        finally
        {
            workspace.Leave();
        }
    }

    // Forward, divergence and backward. Σ w D goes on from that of the rows before.
    private WeightedSum AddRows(
        in Batch batch, int steps, DivergenceForm form, Span<float> gradient, Workspace workspace, RatePlan? plan, double before,
        IBackwardListener? listener)
    {
        bool omitActivation = form.OnLogits is not null;
        int vectors = batch.Rows * OutputVectors(steps), outputs = vectors * outputWidth;
        Span<float> y = workspace.Output(outputs), dy = workspace.OutputGradient(outputs);
        Run(batch, steps, y, workspace, backwardFollows: true, omitActivation, plan?.Statistics);
        ReadOnlySpan<float> given = form.HasRest ? WithRest(y, vectors, form, workspace) : y;
        WeightedSum sum = (form.OnLogits ?? form.Of).Sum(Divided(batch, steps, given, dy, workspace), before);
        if (form.HasRest)
            BackThroughRest(y, given, dy, vectors, form, workspace);
        RunBack(batch, steps, y, dy, gradient, default, workspace, omitActivation, plan, listener);
        return sum;
    }

    private static string Mismatch(string call, in ForwardMark mark, in Batch batch, int steps, Learning? statistics) => mark switch
    {
        { Network: null } => $"{call} must follow Forward{(call == "Backward" ? "" : " or AddGradient")} on the same workspace; the last call on it "
            + "was another.",
        { AllowsBackward: false } when call == "Backward" => "Backward must follow Forward on the same workspace; the last call on it was another.",
        _ when mark.Rows != batch.Rows || mark.Steps != steps =>
            $"{call} has {batch.Rows} rows of {steps} steps, Forward had {mark.Rows} of {mark.Steps}.",
        _ when mark.Statistics != statistics => $"The rates of {call} freeze other statistics than those of Forward; give both the same rates.",
        _ => $"{call} must be given the network and the batch of the last Forward on this workspace; "
            + "one of them, or a value in the batch, has changed.",
    };

    private DivergencePass Divided(in Batch batch, int steps, ReadOnlySpan<float> y, Span<float> dy, Workspace? workspace = null) => new()
    {
        Rows = batch.Rows,
        Output = y,
        Desired = batch.Desired,
        Gradient = dy,
        Weights = batch.Weights,
        TotalWeight = batch.TotalWeight,
        Lengths = chain.KeepsLengths ? batch.Lengths : default,
        LengthBehind = lengthBehind,
        Vectors = OutputVectors(steps),
        Workers = workspace?.Workers,
    };

    private void Run(
        in Batch batch, int steps, Span<float> y, Workspace workspace, bool backwardFollows, bool omitActivation, Learning? statistics = null)
    {
        bool trains = backwardFollows && !batch.Inference;
        if (trains && workspace.SetPresent(batch.Weights.IsEmpty ? 0 : batch.Rows) is { IsEmpty: false } present)
            FillPresent(batch, steps, present);
        Span<float> copies = workspace.Copies;
        if (!copies.IsEmpty)
            layout.Copy(Parameters, copies, workspace.Workers);
        chain.Forward(new ForwardPass
        {
            Rows = batch.Rows,
            Steps = steps,
            Input = batch.Inputs,
            Output = y,
            Lengths = batch.Lengths,
            FirstRow = batch.FirstRow,
            Weights = trains ? workspace.Present : default,
            BackwardFollows = backwardFollows,
            UsesStatistics = !trains,
            OmitActivation = omitActivation,
            Stream = trains ? batch.Stream : null,
            Cache = backwardFollows ? workspace.Cache(batch.Rows) : default,
            Scratch = workspace.Scratch(batch.Rows),
            State = batch.State,
            Parameters = Parameters,
            Copies = copies,
            Statistics = Statistics,
            Blocks = layout.PassPlaces,
            Learning = statistics,
            Workers = workspace.Workers,
        });
    }

    private void RunBack(
        in Batch batch, int steps, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> gradient, Span<float> dx,
        Workspace workspace, bool omitActivation, RatePlan? plan, IBackwardListener? listener = null)
    {
        chain.Backward(new BackwardPass
        {
            Rows = batch.Rows,
            Steps = steps,
            Input = batch.Inputs,
            Output = y,
            OutputGradient = dy,
            InputGradient = dx,
            Lengths = batch.Lengths,
            FirstRow = batch.FirstRow,
            Weights = batch.Inference ? default : workspace.Present,
            UsesStatistics = batch.Inference,
            OmitActivation = omitActivation,
            Stream = batch.Inference ? null : batch.Stream,
            Cache = workspace.Cache(batch.Rows),
            Scratch = workspace.Scratch(batch.Rows),
            Parameters = Parameters,
            Copies = workspace.Copies,
            Statistics = Statistics,
            Blocks = layout.PassPlaces,
            Gradient = gradient,
            TiedGradient = gradient.Length < GradientLength ? workspace.TiedGradient : default,
            GradientBlocks = plan?.GradientPlaces ?? layout.GradientPlaces,
            StateGradient = batch.StateGradient,
            Learning = plan?.Learning,
            Workers = workspace.Workers,
        }, listener);
    }
}
