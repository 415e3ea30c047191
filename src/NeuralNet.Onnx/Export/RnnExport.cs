using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>The simple recurrent layer: the operator RNN with the activations that it knows, with any other a loop of its formula.</summary>
internal static class RnnExport
{
    public static string Convert(LayerWriter w, Rnn rnn, string x) => rnn.Activation switch
    {
        Tanh => Operator(w, rnn, x, "Tanh"),
        Relu => Operator(w, rnn, x, "Relu"),
        Sigmoid => Operator(w, rnn, x, "Sigmoid"),
        LeakyRelu leaky => Operator(w, rnn, x, "LeakyRelu", Attribute.Floats("activation_alpha", leaky.Slope)),
        _ => Loop(w, rnn, x),
    };

    private static string Operator(LayerWriter w, Rnn rnn, string x, string activation, params ReadOnlySpan<AttributeProto> settings) =>
        RecurrentParts.Operator(w, "RNN", rnn, x, [0], new float[rnn.Hidden], [Attribute.Strings("activations", activation), .. settings]);

    // h = 0; for each step: h = f(z + U h), with z = W x + b made for all steps at once.
    private static string Loop(LayerWriter w, Rnn rnn, string x)
    {
        int hidden = rnn.Hidden;
        string z = RecurrentParts.SwapBatchAndSteps(w, DenseExport.Product(w, x, "weight_ih", rnn.Input.FeatureCount, hidden, "bias"));
        string u = w.Parameter("weight_hh", hidden, hidden);
        string batch = w.Node("Shape", [x], Attribute.Int("start", 0), Attribute.Int("end", 1));
        string zeros = w.Node("ConstantOfShape", w.Node("Concat", [batch, w.Integers("hidden", hidden)], Attribute.Int("axis", 0)));

        LayerWriter body = w.Inner();
        string name = w.Graph.Unique($"{w.Position}/Scan"), before = $"{name}.h_before", step = $"{name}.z";
        string h = ActivationExport.Convert(body, (ScalarActivation)rnn.Activation, body.Node("Add", step, body.Node("MatMul", before, u)));
        GraphProto graph = body.Graph.Graph;
        graph.Name = $"{name}.body";
        graph.Input.Add([Value(before), Value(step)]);
        string given = body.Node("Identity", h);
        graph.Output.Add([Value(h), Value(given)]);

        string[] outputs = [$"{name}.h", $"{name}.steps"];
        w.Graph.Node(name, "Scan", [zeros, z], outputs, [Attribute.Graph("body", graph), Attribute.Int("num_scan_inputs", 1)]);
        return rnn.IsLastStepOnly ? outputs[0] : RecurrentParts.SwapBatchAndSteps(w, outputs[1]);
    }

    private static ValueInfoProto Value(string name) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } },
    };
}
