using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>
/// What recurrent layers have in common. The operators take [steps, batch, features], and W, R and B of one direction as
/// [1, gates · hidden, …], so x and y are transposed on the way, and weights when they are written.
/// </summary>
internal static class RecurrentParts
{
    /// <summary>From [batch, steps, features] to [steps, batch, features], or back.</summary>
    public static string SwapBatchAndSteps(LayerWriter w, string value) => w.Node("Transpose", [value], Attribute.Ints("perm", 1, 0, 2));

    /// <summary>Adds one of the operators RNN, GRU and LSTM.</summary>
    /// <param name="w">The layer's writer.</param>
    /// <param name="operation">The operator.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="x">The name of its input.</param>
    /// <param name="order">For each gate of the operator, which one of the layer's it is.</param>
    /// <param name="recurrentBias">The biases that belong to R, in the layer's order.</param>
    /// <param name="attributes">What else belongs to the operator.</param>
    /// <returns>The name of the output.</returns>
    public static string Operator(
        LayerWriter w, string operation, RecurrentLayer layer, string x, ReadOnlySpan<int> order, ReadOnlySpan<float> recurrentBias,
        params ReadOnlySpan<AttributeProto> attributes)
    {
        int inputs = layer.Input.FeatureCount, hidden = layer.Hidden, width = order.Length * hidden;
        float[] bias = [.. InOrder(w.Values("bias"), 1, hidden, order), .. InOrder(recurrentBias, 1, hidden, order)];
        string[] arguments =
        [
            SwapBatchAndSteps(w, x),
            w.Constant("W", InOrder(w.Values("weight_ih"), inputs, hidden, order), 1, width, inputs),
            w.Constant("R", InOrder(w.Values("weight_hh"), hidden, hidden, order), 1, width, hidden),
            w.Constant("B", bias, 1, 2 * width),
        ];

        // Y is [steps, 1, batch, hidden], Y_h, the state after the last step, [1, batch, hidden].
        string name = w.Graph.Unique($"{w.Position}/{operation}");
        w.Graph.Node(name, operation, arguments, layer.IsLastStepOnly ? ["", name] : [name], [Attribute.Int("hidden_size", hidden), .. attributes]);
        return layer.IsLastStepOnly
            ? w.Node("Squeeze", name, w.Integers("direction", 0))
            : SwapBatchAndSteps(w, w.Node("Squeeze", name, w.Integers("direction", 1)));
    }

    /// <summary>Adds a loop over the steps, from states of 0, with z = W x + b made for all steps at once.</summary>
    /// <param name="w">The layer's writer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="x">The name of its input.</param>
    /// <param name="states">How many states go from step to step; the first one is h.</param>
    /// <param name="step">The formulas: from the writer of the loop's body, the name of a step's z, and those of the states before it, those of the
    /// states after it.</param>
    /// <returns>The name of the output.</returns>
    public static string Loop(LayerWriter w, RecurrentLayer layer, string x, int states, Func<LayerWriter, string, string[], string[]> step)
    {
        int hidden = layer.Hidden, width = w.Values("bias").Length;
        string z = SwapBatchAndSteps(w, DenseExport.Product(w, x, "weight_ih", layer.Input.FeatureCount, width, "bias"));
        string batch = w.Node("Shape", [x], Attribute.Int("start", 0), Attribute.Int("end", 1));
        string zeros = w.Node("ConstantOfShape", w.Node("Concat", [batch, w.Integers("hidden", hidden)], Attribute.Int("axis", 0)));

        LayerWriter body = w.Inner();
        string name = w.Graph.Unique($"{w.Position}/Scan"), ofStep = $"{name}.z";
        string[] letters = states == 1 ? ["h"] : ["h", "c"], before = [.. letters.Select(letter => $"{name}.{letter}_before")];
        string[] after = step(body, ofStep, before);
        GraphProto graph = body.Graph.Graph;
        graph.Name = $"{name}.body";
        graph.Input.Add([.. before.Append(ofStep).Select(Value)]);
        string given = body.Node("Identity", after[0]);
        graph.Output.Add([.. after.Append(given).Select(Value)]);

        string[] outputs = [.. letters.Select(letter => $"{name}.{letter}"), $"{name}.steps"];
        w.Graph.Node(
            name, "Scan", [.. Enumerable.Repeat(zeros, states), z], outputs, [Attribute.Graph("body", graph), Attribute.Int("num_scan_inputs", 1)]);
        return layer.IsLastStepOnly ? outputs[0] : SwapBatchAndSteps(w, outputs[^1]);
    }

    private static ValueInfoProto Value(string name) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } },
    };

    // From [inputs, gates · hidden] to [gates · hidden, inputs], with the gates in another order.
    private static float[] InOrder(ReadOnlySpan<float> weight, int inputs, int hidden, ReadOnlySpan<int> order)
    {
        int width = order.Length * hidden;
        float[] result = new float[weight.Length];
        for (int gate = 0; gate < order.Length; gate++)
        {
            for (int j = 0; j < hidden; j++)
            {
                for (int i = 0; i < inputs; i++)
                    result[(((gate * hidden) + j) * inputs) + i] = weight[(i * width) + (order[gate] * hidden) + j];
            }
        }

        return result;
    }
}
