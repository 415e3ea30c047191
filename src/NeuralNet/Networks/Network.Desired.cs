using System.Numerics.Tensors;

namespace NeuralNet;

/// <content>What is desired of the outputs: in which form, what is refused, and how much of it counts.</content>
public sealed partial class Network
{
    /// <summary>Σ w of a batch, over the vectors of its outputs that are real: each with its own weight, or with its row's; what
    /// <see cref="Batch.TotalWeight"/> of the parts of a step is added up from.</summary>
    /// <param name="batch">The batch, with what is desired.</param>
    /// <param name="divergence">What is to become small: vectors of the class id −1 do not count.</param>
    /// <returns>Σ w; the number of rows where there are no weights and an output row is one vector.</returns>
    /// <exception cref="ArgumentException">A size does not fit, or a weight or a class id is not allowed.</exception>
    public double TotalWeight(in Batch batch, Divergence divergence)
    {
        ArgumentNullException.ThrowIfNull(divergence);
        int steps = Check(batch, training: false);
        bool byIds = CheckDesired(batch, divergence, steps, isPart: true).TakesIds;
        return Divided(batch, steps, default, default).OwnWeight(byIds);
    }

    // The same of a batch with all of the network's steps, which needs no inputs, and what is desired only if that is ids.
    internal double OwnWeight(in Batch batch, bool byIds) => Divided(batch, Input.Steps, default, default).OwnWeight(byIds);

    // The form of a divergence that takes so many desired values, of rows with all of the network's steps; null: it takes others.
    internal Divergence? For(Divergence divergence, int rows, int desired) =>
        divergence.For(desired, (long)rows * Output.VectorsAt(Output.Steps), outputWidth);

    // The vectors of an output row: the steps of a sequence, the pixels of an image, otherwise 1. Most networks keep the steps, and then no
    // layer has to be asked.
    internal int OutputVectors(int steps) => outputVectors > 0 ? outputVectors : lengthBehind is null ? steps : chain.OutputSteps(steps);

    // How many of the vectors of an output row are real, in a batch of rows with these lengths.
    internal int RealVectors(ReadOnlySpan<int> lengths, int row, int vectors) =>
        chain.KeepsLengths && !lengths.IsEmpty ? OutputVectors(lengths[row]) : vectors;

    // The width of a vector of the output: the same for any number of steps.
    internal void CheckWidth(Divergence divergence) => divergence.CheckWidth(outputWidth);

    // Refuses a data set of class ids that are none, or with a row of which nothing is desired: a batch of such rows would have no mean.
    internal void CheckIds(in Batch all) =>
        Divided(all, Input.Steps, default, default).CheckIds(outputWidth, vector: VectorName, needsEachRow: true);

    // The same of a divergence that takes ids of some outputs, of which every one may be −1.
    internal void CheckDesiredIds(in Batch batch, Divergence form) =>
        form.CheckIds(Divided(batch, Input.Steps, default, default), outputWidth, batch.FirstRow, isPart: true, VectorName);

    internal string VectorName => Output.Kind == ShapeKind.Image ? "pixel" : "step";

    // Gives the form of the divergence, or of the same of ids where those are desired.
    internal DivergenceForm CheckDesired(in Batch batch, Divergence divergence, int steps, bool isPart = false)
    {
        int perRow = OutputVectors(steps);
        long vectors = (long)batch.Rows * perRow;
        DivergenceForm form = FormOf(divergence);
        if (batch.Desired.Length != vectors * form.DesiredWidth)
            form = FormOf(divergence.For(batch.Desired.Length, vectors, outputWidth) ?? throw WrongDesired(batch, divergence, perRow));
        isPart |= batch.TotalWeight > 0;
        if (!(batch.TotalWeight >= 0 && double.IsFinite(batch.TotalWeight)))
            throw WrongTotal(batch);
        if (form.ReadsIds || !batch.Weights.IsEmpty)
            CheckCounted(batch, steps, form, isPart);

        if (batch.State.Overlaps(batch.Desired) || batch.State.Overlaps(batch.Weights))
            throw new ArgumentException("State must not overlap what is desired or the weights.", nameof(batch));
        return form;
    }

    // What counts, and how much. A row of weight 0 adds 0 · x to the gradient, which is nothing only if x is finite.
    private void CheckCounted(in Batch batch, int steps, DivergenceForm form, bool isPart)
    {
        DivergencePass pass = Divided(batch, steps, default, default);
        Divergence.CheckWeights(batch.Weights, batch.Rows, pass.Vectors, VectorName);
        if (!batch.Weights.IsEmpty && !isPart && pass.OwnWeight(byIds: false) == 0)
            throw Divergence.NoneCounts();
        if (form.ReadsIds)
            form.Of.CheckIds(pass, outputWidth, batch.FirstRow, isPart, VectorName);
        int size = batch.Inputs.Length / batch.Rows;
        for (int row = 0; row < batch.Rows && !batch.Weights.IsEmpty; row++)
        {
            int real = batch.Lengths.IsEmpty ? size : Input.SizeAt(batch.Lengths[row]);
            if (!pass.IsPresent(row) && !TensorPrimitives.IsFiniteAll(batch.Inputs.Slice(row * size, real)))
                throw new ArgumentException(
                    $"Row {batch.FirstRow + row} has weight 0, but its inputs are not finite; give it finite ones, such as 0.", nameof(batch));
        }
    }

    // 1 for each row of which a real vector has a weight above 0, which is what passes are told.
    private void FillPresent(in Batch batch, int steps, Span<float> present)
    {
        DivergencePass pass = Divided(batch, steps, default, default);
        for (int row = 0; row < batch.Rows; row++)
            present[row] = pass.IsPresent(row) ? 1 : 0;
    }

    private ArgumentException WrongDesired(in Batch batch, Divergence divergence, int vectors)
    {
        string expected = divergence.Expected((long)batch.Rows * vectors, outputWidth);
        return new($"{Rows(batch, vectors, Output)} need {expected}, but got {batch.Desired.Length}.", nameof(batch));
    }

    private static ArgumentException WrongTotal(in Batch batch) => new(
        FormattableString.Invariant($"TotalWeight is {batch.TotalWeight}; a finite number of at least 0 was expected, Σ w of all parts of the step."),
        nameof(batch));

    // Σ w D without a gradient, in inference, of a batch with all of the network's steps. y is overwritten with the
    // outputs; past a row's length it is undefined.
    internal WeightedSum Measure(in Batch batch, Divergence divergence, Span<float> y, Workspace workspace)
    {
        int steps = Check(batch, workspace, training: false);
        DivergenceForm form = CheckDesired(batch, divergence, steps, isPart: true);
        workspace.Enter();
        try
        {
            workspace.Mark = default;
            bool omitActivation = form.OnLogits is not null;
            Span<float> z = omitActivation ? workspace.Output(y.Length) : y;
            Run(batch, steps, z, workspace, backwardFollows: false, omitActivation);
            if (form.OnLogits is null)
                return form.Of.Sum(Divided(batch, steps, y, default, workspace));
            int vectors = batch.Rows * OutputVectors(steps);
            Activate(z, y, vectors, workspace);
            return form.OnLogits.Sum(Divided(batch, steps, form.HasRest ? WithRest(z, vectors, form, workspace) : z, default, workspace));
        }
        finally
        {
            workspace.Leave();
        }
    }
}
