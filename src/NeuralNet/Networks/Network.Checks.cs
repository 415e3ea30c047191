using System.Buffers;
using System.Numerics.Tensors;

namespace NeuralNet;

/// <content>What is refused, and in which words; all of it before anything is written.</content>
public sealed partial class Network
{
    // All checks that need no workspace; gives the steps of the batch. Layers are asked before forward, when the state is that which the batch begins
    // with, and not again afterwards.
    internal int Check(in Batch batch, bool training, Learning? statistics = null, bool isAfterForward = false)
    {
        if (batch.Rows <= 0 || batch.FirstRow < 0 || batch.FirstRow > int.MaxValue - batch.Rows)
            throw WrongRows(batch);
        if (training && !batch.Inference && chain.IsRandom && batch.Stream is null)
            throw NeedsStream();

        int steps = CheckSteps(batch);
        if (chain.ChangesSteps)
            CheckStepsBehind(steps, batch.Lengths, batch.FirstRow, nameof(batch));
        long expected = (long)batch.Rows * Input.SizeAt(steps);
        if (batch.Inputs.Length != expected)
            throw WrongInputs(batch, steps, expected);
        if (inputIds.Length > 0 && Ids.FirstWrong(Input, batch.Inputs, inputIds, batch.Rows, steps, batch.Lengths) is >= 0 and int wrong)
            throw WrongId(batch, steps, wrong);

        CheckState(batch, steps, training);
        if (training && !batch.Weights.IsEmpty)
            Divergence.CheckWeights(batch.Weights, batch.Rows, OutputVectors(steps), VectorName);
        if (chain.ChecksBatches && !isAfterForward)
            CheckLayers(batch, steps, training, statistics);
        return steps;
    }

    private void CheckLayers(in Batch batch, int steps, bool training, Learning? statistics)
    {
        float[] memory = [];
        ReadOnlySpan<float> present = training ? batch.Weights : default;
        if (present.Length > batch.Rows)
        {
            memory = ArrayPool<float>.Shared.Rent(batch.Rows);
            FillPresent(batch, steps, memory);
            present = memory.AsSpan(0, batch.Rows);
        }

        try
        {
            chain.Check(new CheckPass
            {
                Rows = batch.Rows,
                Steps = steps,
                Lengths = batch.Lengths,
                FirstRow = batch.FirstRow,
                Weights = present,
                UsesStatistics = !training || batch.Inference,
                Learning = statistics,
                State = batch.State,
            });
        }
        finally
        {
            ArrayPool<float>.Shared.Return(memory);
        }
    }

    private InvalidOperationException NeedsStream() =>
        new($"Layer {FirstRandom()} draws random numbers while training; give the batch a Stream.");

    private ArgumentException WrongId(in Batch batch, int steps, int at)
    {
        (int row, int column) = Math.DivRem(at, Input.SizeAt(steps));
        string refusal = Ids.Refusal("The network's input", Input, batch.Inputs[at], inputIds[column], batch.FirstRow + row, column);
        return new ArgumentException(refusal, nameof(batch));
    }

    private void CheckState(in Batch batch, int steps, bool training)
    {
        if (batch.State.IsEmpty && batch.StateGradient.IsEmpty)
            return;
        if (!chain.IsStreamable)
            throw new ArgumentException(NotStreamable(chain, ""), nameof(batch));
        if (training && !chain.TrainsWithState)
            throw new ArgumentException(NotTrainable(chain, ""), nameof(batch));
        if (PieceSteps > 1 && !batch.IsLastPiece)
            CheckPieces(steps, batch.Lengths, batch.FirstRow, nameof(batch));
        long state = (long)batch.Rows * StatePerRow;
        if (batch.State.Length != state)
            throw new ArgumentException($"{batch.Rows} rows need {state} values of state, but got {batch.State.Length}.", nameof(batch));
        if (batch.State.Overlaps(batch.Inputs) || IsOwn(batch.State))
            throw new ArgumentException("State must not overlap the inputs or the network's own values.", nameof(batch));
        if (batch.StateGradient.IsEmpty)
            return;
        if (batch.StateGradient.Length != state)
            throw new ArgumentException(
                $"{batch.Rows} rows need {state} values of StateGradient, but got {batch.StateGradient.Length}.", nameof(batch));
        if (OverlapsBatch(batch.StateGradient, batch) || batch.StateGradient.Overlaps(batch.State) || IsOwn(batch.StateGradient))
            throw new ArgumentException("StateGradient must not overlap another span of the batch or the network's own values.", nameof(batch));
    }

    // Where a piece ends between two places of a stride, the next one would begin at a place that the whole row has not.
    private void CheckPieces(int steps, ReadOnlySpan<int> lengths, int firstRow, string argument)
    {
        for (int row = 0; row < Math.Max(lengths.Length, 1); row++)
        {
            int length = lengths.IsEmpty ? steps : lengths[row];
            if (length % PieceSteps != 0)
                throw WrongPiece(length, lengths.IsEmpty ? "" : FormattableString.Invariant($"Row {firstRow + row}: "), argument);
        }
    }

    private ArgumentException WrongPiece(int length, string row, string argument) => new(
        FormattableString.Invariant($"{row}With State, layer {Pieces.Refusal(chain, length, "")}: the next piece would begin between two of its ")
        + FormattableString.Invariant($"places. Give pieces of a multiple of {PieceSteps} steps; if nothing follows, say so: IsLastPiece = true."),
        argument);

    /// <summary>Asks the layers whether the network can train on a batch of so many rows, each as short as the shortest.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says which layer, and why.</exception>
    internal void CheckTraining(int rows, ReadOnlySpan<int> lengths, Learning? statistics)
    {
        if (!chain.ChecksBatches)
            return;
        int[] shortest = new int[lengths.IsEmpty ? 0 : rows];
        if (!lengths.IsEmpty)
            Array.Fill(shortest, TensorPrimitives.Min(lengths));
        chain.Check(new CheckPass { Rows = rows, Steps = Input.Steps, Lengths = shortest, Learning = statistics });
    }

    internal bool CanTrainOn(int rows, ReadOnlySpan<int> lengths, Learning? statistics)
    {
        try
        {
            CheckTraining(rows, lengths, statistics);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string NotTrainable(Layer layer, string place)
    {
        for (int k = 0; k < layer.Children.Count; k++)
        {
            if (!layer.Children[k].TrainsWithState)
                return NotTrainable(layer.Children[k], place.Length == 0 ? $"{k}" : $"{place}.{k}");
        }

        return $"Layer {place} ({layer.Kind}) carries state in predictions alone: gradients would end at the beginning of a piece. Train on whole "
            + "rows, without State.";
    }

    // Which layer needs the whole row, and why. That is a child which does, or else the layer itself: a composite's own formula may need it.
    private static string NotStreamable(Layer layer, string place)
    {
        IReadOnlyList<Layer> children = layer.Children;
        string inner = place.Length == 0 ? "" : $"{place}.";
        for (int k = 0; k < children.Count; k++)
        {
            if (!children[k].IsStreamable)
                return NotStreamable(children[k], $"{inner}{k}");
        }

        if (layer is Chain && Chain.StateBehindAnEnd(children) is >= 0 and int behind)
        {
            return $"Layer {inner}{behind} ({children[behind].Kind}) has a state behind a layer that gives one step of many: with carried state a "
                + "row may come in pieces, and it would see a step of each piece, but one step of the whole row. Give whole rows, without State.";
        }

        string advice = layer is ILayerKind ? "" : " If they do, let the layer say so: IsStreamable = true.";
        return $"Layer {place} ({layer.Kind}) needs the whole row: with carried state a row may come in pieces, and those would not give "
            + $"what the whole row gives. Give whole rows, without State.{advice}";
    }

    private int Check(in Batch batch, Workspace workspace, bool training, Learning? statistics = null, bool isAfterForward = false)
    {
        CheckWorkspace(workspace);
        return Check(batch, batch.Rows, workspace, training, statistics, isAfterForward);
    }

    // The same where so many rows go through the network at a time.
    private int Check(in Batch batch, int atOnce, Workspace workspace, bool training, Learning? statistics = null, bool isAfterForward = false)
    {
        if (atOnce > workspace.MaxRows)
            throw TooManyRows(workspace, atOnce);
        if (training && !workspace.Training)
            throw new ArgumentException("The workspace is for predictions; make it with CreateWorkspace(training: true).", nameof(workspace));
        return Check(batch, training, statistics, isAfterForward);
    }

    private static ArgumentException TooManyRows(Workspace workspace, int rows) => new(
        $"The workspace has room for {workspace.MaxRows} rows, but got {rows}; make it with CreateWorkspace(maxRows: {rows}).", nameof(workspace));

    private int CheckSteps(in Batch batch)
    {
        if (Input.Kind != ShapeKind.Sequence)
            return batch.Steps is 0 or 1 && batch.Lengths.IsEmpty ? 1 : throw HasNoSteps(batch);

        int steps = batch.Steps == 0 ? Input.Steps : batch.Steps;
        if (steps < 0 || steps > Input.Steps)
            throw WrongSteps(batch);
        if (!batch.Lengths.IsEmpty && batch.Lengths.Length != batch.Rows)
            throw WrongLengths(batch);
        for (int row = 0; row < batch.Lengths.Length; row++)
        {
            if (batch.Lengths[row] < 1 || batch.Lengths[row] > steps)
                throw WrongLength(batch, row, steps);
        }

        return steps;
    }

    // A layer may make nothing of a call, or of a row, that is too short.
    internal void CheckStepsBehind(int steps, ReadOnlySpan<int> lengths, int firstRow, string argument)
    {
        string refusal = "";
        for (int row = -1; row < lengths.Length; row++)
        {
            int length = row < 0 ? steps : lengths[row], behind = steps, real = length;
            if (StepCheck.Passes(chain, ref behind, ref real, ref refusal))
                continue;
            string what = row < 0 ? $"The batch has {length} steps" : $"Row {firstRow + row} has {length} real steps";
            throw new ArgumentException($"{what}: layer {refusal[1..]}.", argument);
        }
    }

    private void CheckWorkspace(Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (workspace.Owner != chain)
            throw new ArgumentException("The workspace belongs to another network; make it with this one's CreateWorkspace.", nameof(workspace));
    }

    private void CheckOutput(in Batch batch, int steps, ReadOnlySpan<float> y, string name)
    {
        int vectors = OutputVectors(steps);
        long expected = (long)batch.Rows * vectors * outputWidth;
        if (y.Length != expected)
            throw WrongOutput(batch, vectors, expected, y.Length, name);
        if (y.Overlaps(batch.Inputs) || y.Overlaps(batch.State) || y.Overlaps(batch.StateGradient) || IsOwn(y))
            throw new ArgumentException($"{name} must not overlap the inputs, the state, its gradient or the network's own values.", name);
    }

    private void CheckGradient(ReadOnlySpan<float> gradient)
    {
        if (gradient.Length != Parameters.Length && gradient.Length != GradientLength)
            throw WrongGradient(gradient);
        if (IsOwn(gradient))
            throw new ArgumentException("The gradient must not overlap the network's own values.", nameof(gradient));
    }

    private static ArgumentOutOfRangeException WrongRows(in Batch batch) =>
        batch.Rows <= 0 ? Guard.OutOfRange(nameof(batch), batch.Rows, "The number of rows must be positive.")
        : batch.FirstRow < 0 ? Guard.OutOfRange(nameof(batch), batch.FirstRow, "FirstRow must be at least 0.")
        : Guard.OutOfRange(nameof(batch), batch.FirstRow, $"FirstRow and the {batch.Rows} rows must together be at most 2,147,483,647.");

    private ArgumentException HasNoSteps(in Batch batch)
    {
        string given = batch.Steps is 0 or 1 ? "lengths" : FormattableString.Invariant($"{batch.Steps}");
        return new($"The network takes {Input}, which has no steps, but got {given}.", nameof(batch));
    }

    private static ArgumentException WrongLengths(in Batch batch) =>
        new($"{batch.Rows} rows need {batch.Rows} lengths, but got {batch.Lengths.Length}.", nameof(batch));

    private static ArgumentException WrongLength(in Batch batch, int row, int steps) =>
        new(FormattableString.Invariant($"The length of row {row} is {batch.Lengths[row]}; 1 to {steps} was expected."), nameof(batch));

    private ArgumentException WrongInputs(in Batch batch, int steps, long expected) =>
        new($"{Rows(batch, steps, Input)} need {expected} input values, but got {batch.Inputs.Length}.", nameof(batch));

    private ArgumentException WrongOutput(in Batch batch, int vectors, long expected, int length, string name) => new(
        $"{Rows(batch, vectors, Output)} need {expected} values of {name}, but got {length}."
        + (length > expected ? $" Of a longer buffer give the part: {name}[..{expected}]." : ""),
        name);

    private ArgumentOutOfRangeException WrongSteps(in Batch batch) => Guard.OutOfRange(
        nameof(batch),
        batch.Steps,
        $"The network takes 1 to {Input.Steps} steps."
        + (batch.Steps > 0 && chain is { IsStreamable: true, StatePerRow: > 0 } ? " Longer rows can be given in pieces, with Batch.State." : ""));

    // Long messages are made in methods of their own: a method that makes one needs memory for it, set to 0 in every call.
    private ArgumentException WrongGradient(ReadOnlySpan<float> gradient) => new(
        $"The gradient has {gradient.Length} values; {Parameters.Length} were expected, as many as parameters"
        + (Ties.Count > 0 ? $", or {GradientLength} to keep those of tied blocks apart." : "."),
        nameof(gradient));

    private static bool OverlapsBatch(ReadOnlySpan<float> values, in Batch batch) =>
        values.Overlaps(batch.Inputs) || values.Overlaps(batch.Desired) || values.Overlaps(batch.Weights);

    private bool IsOwn(ReadOnlySpan<float> values) => values.Overlaps(Parameters) || values.Overlaps(Statistics);

    private string FirstRandom()
    {
        int k = 0;
        while (!Layers[k].IsRandom)
            k++;
        return $"{k} ({Layers[k].Kind})";
    }

    private static string Rows(in Batch batch, int steps, Shape shape) =>
        shape.Kind == ShapeKind.Sequence ? $"{batch.Rows} rows of {steps} × {shape.FeatureCount}" : $"{batch.Rows} rows of {shape}";
}
