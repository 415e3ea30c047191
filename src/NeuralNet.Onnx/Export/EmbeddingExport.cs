using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Vectors of ids and of positions.</summary>
internal static class EmbeddingExport
{
    // Ids come as floats, like all inputs. A padding id's row of the table becomes 0, which is what it gives.
    public static string Convert(LayerWriter w, Embedding embedding, string x)
    {
        if (embedding.Input.Kind == ShapeKind.Sequence)
            x = w.Node("Squeeze", x, w.Integers("axis", 2));
        string ids = w.Node("Cast", [x], Attribute.Int("to", (long)TensorProto.Types.DataType.Int64));
        string table;
        if (embedding.PaddingId is { } padding)
        {
            float[] values = w.Values("weight").ToArray();
            values.AsSpan(padding * embedding.Width, embedding.Width).Clear();
            table = w.Constant("weight", values, embedding.Vocabulary, embedding.Width);
        }
        else
        {
            table = w.Parameter("weight", embedding.Vocabulary, embedding.Width);
        }

        return w.Node("Gather", [table, ids], Attribute.Int("axis", 0));
    }

    // The table is what the layer makes of zeros.
    public static string Convert(LayerWriter w, SinusoidalPositions positions, string x)
    {
        float[] table = Network.Create(positions.Input).Add(_ => positions).Build().Predict(new float[positions.Input.Size]);
        return w.Node("Add", x, w.Constant("positions", table, positions.Input.Steps, positions.Input.FeatureCount));
    }

    public static string Convert(LayerWriter w, LearnedPositions positions, string x) =>
        w.Node("Add", x, w.Parameter("weight", positions.Input.Steps, positions.Input.FeatureCount));
}
