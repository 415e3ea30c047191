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
        _ => RecurrentParts.Loop(w, rnn, x, 1, (body, z, before) => [Step(w, rnn, body, z, before[0])]),
    };

    private static string Operator(LayerWriter w, Rnn rnn, string x, string activation, params ReadOnlySpan<AttributeProto> settings) =>
        RecurrentParts.Operator(w, "RNN", rnn, x, [0], new float[rnn.Hidden], [Attribute.Strings("activations", activation), .. settings]);

    // h′ = f(z + U h)
    private static string Step(LayerWriter w, Rnn rnn, LayerWriter body, string z, string h)
    {
        string product = body.Node("MatMul", h, w.Parameter("weight_hh", rnn.Hidden, rnn.Hidden));
        return ActivationExport.Convert(body, (ScalarActivation)rnn.Activation, body.Node("Add", z, product));
    }
}
