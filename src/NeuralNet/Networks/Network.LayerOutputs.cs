// An overload documents what it has more; the other parameters are inherited.
#pragma warning disable CS1573

namespace NeuralNet;

/// <content>Predictions that give hidden outputs too.</content>
public sealed partial class Network
{
    /// <summary>Makes the memory in which a prediction keeps the outputs of some layers:
    /// <see cref="Predict(in Batch, Span{float}, Workspace, LayerOutputs)"/>.</summary>
    /// <param name="maxRows">The largest number of rows of a prediction, at least 1.</param>
    /// <param name="places">The layers: "0", or "2.1" for a layer within a composite.</param>
    /// <returns>New memory.</returns>
    /// <exception cref="ArgumentException">There is no place, one is given twice, the network has no layer there, or it is within a layer of your own
    /// that is no <see cref="Composite"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of rows is not positive, or there would be 2³¹ values or more.</exception>
    public LayerOutputs CreateLayerOutputs(int maxRows, params ReadOnlySpan<string> places) => new(chain, maxRows, places);

    /// <summary>Predicts without allocating, and keeps the outputs of some layers.</summary>
    /// <inheritdoc cref="Predict(in Batch, Span{float}, Workspace)"/>
    /// <param name="outputs">Overwritten with what its layers give; from <see cref="CreateLayerOutputs"/>.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the workspace or the memory for the outputs is too small or another network's.
    /// </exception>
    public void Predict(in Batch batch, Span<float> y, Workspace workspace, LayerOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (outputs.Owner != chain)
            throw new ArgumentException("The outputs belong to another network; make them with this one's CreateLayerOutputs.", nameof(outputs));
        CheckOutput(batch, Check(batch, workspace, training: false), y, nameof(y));
        outputs.Begin(batch);
        Predict(batch, y, workspace, batch.Rows, outputs.Wanted);
    }

    /// <summary>Predicts, and gives the outputs of some layers too, all in one pass:
    /// <c>(float[] y, var hidden) = network.PredictLayers(x, "0", "2.1")</c>, and then <c>hidden["2.1"]</c>.</summary>
    /// <param name="x">The inputs, [rows, input size]; the number of rows follows from the length.</param>
    /// <param name="places">The layers: "0", or "2.1" for a layer within a composite.</param>
    /// <returns>The outputs of the network, and by its place those of each layer, [rows, output size].</returns>
    /// <exception cref="ArgumentException">x is empty or not a whole number of rows; there is no place, one is given twice, or the network has no
    /// layer there; or x has so many rows that no array holds what a layer gives.</exception>
    public (float[] Y, IReadOnlyDictionary<string, float[]> Hidden) PredictLayers(ReadOnlySpan<float> x, params ReadOnlySpan<string> places)
    {
        int rows = RowsOf(x), atOnce = Math.Min(rows, ChunkRows);
        LayerOutputs outputs = CreateLayerOutputs(atOnce, places);
        var hidden = new Dictionary<string, float[]>();
        foreach (string place in places)
        {
            long size = (long)rows * outputs.ShapeOf(place).Size;
            hidden[place] = size <= Array.MaxLength ? new float[size] : throw TooMany(place, size, rows);
        }

        float[] y = NewOutputs(rows, Output.Size, nameof(x));
        using Workspace workspace = CreateWorkspace(atOnce, training: false);
        for (int first = 0; first < rows; first += atOnce)
        {
            int count = Math.Min(atOnce, rows - first);
            var batch = new Batch { Rows = count, Inputs = x.Slice(first * Input.Size, count * Input.Size), FirstRow = first };
            Predict(batch, y.AsSpan(first * Output.Size, count * Output.Size), workspace, outputs);
            foreach (string place in places)
                outputs[place].CopyTo(hidden[place].AsSpan(first * outputs.ShapeOf(place).Size));
        }

        return (y, hidden);

        static ArgumentException TooMany(string place, long size, int rows) => new(
            FormattableString.Invariant($"Layer {place} would give {size} values for {rows} rows, and an array holds {Array.MaxLength}; ")
            + "predict fewer rows at a time.", nameof(x));
    }
}
