using System.Buffers;

namespace NeuralNet;

/// <content>Predictions and measures.</content>
public sealed partial class TableModel
{
    // Rows up to this width lie on the stack.
    private const int ShortRow = 512;

    /// <summary>Predicts a record: <c>model.Predict(("rooms", 3), ("district", "north"))</c>. It allocates the answer's values and nothing else.
    /// </summary>
    /// <remarks>A column that the record does not name is a missing value, and treated as its column treats one; targets and skipped columns may be
    /// named, and are not looked at; other names are refused.</remarks>
    /// <param name="record">Names and values, in any order.</param>
    /// <returns>The prediction, in the targets' own units.</returns>
    /// <exception cref="ArgumentException">A name is none of the schema's, or there twice, or a value does not fit.</exception>
    public TablePrediction Predict(params ReadOnlySpan<(string Name, TableValue Value)> record)
    {
        float[]? rented = Schema.Inputs <= ShortRow ? null : ArrayPool<float>.Shared.Rent(Schema.Inputs);
        Span<float> row = rented is null ? stackalloc float[Schema.Inputs] : rented.AsSpan(0, Schema.Inputs);
        try
        {
            Schema.Encode(record, row);
            return new TablePrediction(Schema, Network.Predict(row));
        }
        finally
        {
            if (rented is not null)
                ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>Predicts a record as a JSON reader or a form gives it.</summary>
    /// <param name="record">Names and values (<see cref="TableValue.From"/>).</param>
    /// <inheritdoc cref="Predict(ReadOnlySpan{ValueTuple{string, TableValue}})"/>
    public TablePrediction Predict(IReadOnlyDictionary<string, object?> record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Predict([.. record.Select(pair => (pair.Key, Of(pair.Key, pair.Value)))]);

        static TableValue Of(string name, object? value)
        {
            try
            {
                return TableValue.From(value);
            }
            catch (ArgumentException refusal)
            {
                throw new ArgumentException($"\"{name}\": {refusal.Message}", nameof(record), refusal);
            }
        }
    }

    /// <summary>Predicts a record that a dictionary has.</summary>
    /// <param name="record">Names and values.</param>
    /// <inheritdoc cref="Predict(ReadOnlySpan{ValueTuple{string, TableValue}})"/>
    public TablePrediction Predict(IReadOnlyDictionary<string, TableValue> record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Predict([.. record.Select(pair => (pair.Key, pair.Value))]);
    }

    /// <summary>Predicts one of a person's own records. It allocates the answer's values and nothing else, unless a selector does.</summary>
    /// <typeparam name="T">The type of a record.</typeparam>
    /// <param name="record">The record.</param>
    /// <param name="selectors">Names and selectors of its columns: all that the schema has; others, such as the target, are of no interest.</param>
    /// <returns>The prediction, in the targets' own units.</returns>
    /// <exception cref="ArgumentException">A column is not there, or a value does not fit.</exception>
    public TablePrediction Predict<T>(T record, RecordColumns<T> selectors)
    {
        float[]? rented = Schema.Inputs <= ShortRow ? null : ArrayPool<float>.Shared.Rent(Schema.Inputs);
        Span<float> row = rented is null ? stackalloc float[Schema.Inputs] : rented.AsSpan(0, Schema.Inputs);
        try
        {
            Schema.Encode(record, selectors, row);
            return new TablePrediction(Schema, Network.Predict(row));
        }
        finally
        {
            if (rented is not null)
                ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>Predicts each row of a table.</summary>
    /// <inheritdoc cref="Predict(Table, int)"/>
    public TablePrediction[] Predict(Table table) => Predict(table, threads: 1);

    /// <summary>Predicts each row of a table.</summary>
    /// <param name="table">A table with the schema's columns; others, such as the target, are of no interest.</param>
    /// <param name="threads">How many threads share the work; the predictions do not depend on it.</param>
    /// <returns>A prediction for each row.</returns>
    /// <exception cref="ArgumentException">A column is not there.</exception>
    /// <exception cref="InvalidDataException">A value does not fit; the message says which, and why.</exception>
    public TablePrediction[] Predict(Table table, int threads)
    {
        float[] values = Outputs(Schema.Encode(table), threads);
        var predictions = new TablePrediction[table.Rows];
        for (int row = 0; row < predictions.Length; row++)
            predictions[row] = new TablePrediction(Schema, values, row * Schema.Outputs);
        return predictions;
    }

    /// <summary>Predicts each row of a table, as a table: the number, the class or the answer under the target's title, and the probability of each
    /// class (<c>species=Adelie</c>) or of yes (<c>sold=yes</c>).</summary>
    /// <inheritdoc cref="Predict(Table, int)"/>
    /// <returns>A table with as many rows.</returns>
    public Table PredictTable(Table table, int threads = 1)
    {
        TablePrediction[] predictions = Predict(table, threads);
        var columns = new List<TableColumn>();
        if (Schema.Targets[0] is ClassTarget target)
        {
            columns.Add(TableColumn.OfTexts(target.Name, [.. predictions.Select(prediction => prediction.Class)]));
            for (int c = 0; c < Schema.Outputs; c++)
                Add($"{target.Name}={target.Values![c]}", c);
            return new Table([.. columns]);
        }

        for (int i = 0; i < Schema.Outputs; i++)
        {
            if (Schema.Targets[i] is YesNoTarget question)
            {
                int place = i;
                columns.Add(TableColumn.OfTexts(
                    question.Name, [.. predictions.Select(prediction => prediction.Values[place] >= 0.5f ? question.Yes! : question.No!)]));
                Add($"{question.Name}={question.Yes}", i);
            }
            else
            {
                Add(Schema.Targets[i].Name, i);
            }
        }

        return new Table([.. columns]);

        void Add(string name, int output) =>
            columns.Add(TableColumn.OfNumbers(name, [.. predictions.Select(prediction => (double)prediction.Values[output])]));
    }

    /// <summary>Measures the model on a table that has the target, in the target's own units.</summary>
    /// <param name="table">A table with the schema's columns and targets; rows without a target are left out.</param>
    /// <param name="threads">How many threads share the work; the result does not depend on it.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">A column is not there, or no row has a target.</exception>
    /// <exception cref="InvalidDataException">A value does not fit; the message says which, and why.</exception>
    public Evaluation Evaluate(Table table, int threads = 1) =>
        Evaluation.Of(Network, Schema.ToDataset(table, scaled: false), Schema.Divergence, threads);

    /// <summary>What the network gives for many rows.</summary>
    internal float[] Outputs(ReadOnlySpan<float> rows, int threads)
    {
        const int AtOnce = 1024;
        int count = rows.Length / Schema.Inputs;
        var values = new float[Guard.Size((Int128)count * Schema.Outputs, nameof(rows), "The rows would have", Array.MaxLength)];
        using Workspace workspace = Network.CreateWorkspace(Math.Min(count, AtOnce), threads, training: false);
        for (int first = 0; first < count; first += AtOnce)
        {
            int some = Math.Min(AtOnce, count - first);
            Network.Predict(
                rows.Slice(first * Schema.Inputs, some * Schema.Inputs), values.AsSpan(first * Schema.Outputs, some * Schema.Outputs), some,
                workspace);
        }

        return values;
    }
}
