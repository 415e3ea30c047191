namespace NeuralNet.CSharp;

/// <content>Activations.</content>
internal sealed partial class SourceExport
{
    // y = f(z) of so many vectors, which lie one after the other; y may be z where f works in place.
    private void WriteActivation(Activation activation, string path, Layer layer, Body body, string z, string y, int inputs, int outputs, int vectors)
    {
        if (activation is ScalarActivation scalar)
        {
            if (activation is not Identity)
                body.Line($"for (int i = 0; i < {y}.Length; i++)\n    {y}[i] = {Formula(scalar, path, layer, $"{z}[i]")};");
            else if (z != y)
                body.Line($"{z}.CopyTo({y});");
            return;
        }

        // A vector each, or the only one.
        if (vectors > 1)
        {
            body.Line($"for (int v = 0; v < {Text(vectors)}; v++)\n{{");
            body.Line($"    ReadOnlySpan<float> zv = {z}.Slice(v * {Text(inputs)}, {Text(inputs)});");
            body.Line($"    Span<float> yv = {y}.Slice(v * {Text(outputs)}, {Text(outputs)});");
            body.Text.Lines(VectorFormula(activation, path, layer, "zv", "yv"), 4);
            body.Line("}");
        }
        else
        {
            body.Line(VectorFormula(activation, path, layer, z, y));
        }

        string VectorFormula(Activation f, string path, Layer layer, string z, string y) => f switch
        {
            Softmax softmax => softmax.Temperature == 1 ? $"Softmax({z}, {y});" : $"TemperedSoftmax({z}, {y}, {SourceText.Literal(softmax.Temperature)});",
            LogSoftmax => $"LogSoftmax({z}, {y});",
            L2Normalize normalize => $"L2Normalize({z}, {y}, {SourceText.Literal(normalize.Epsilon)});",
            Max => $"MaxOfGroups({z}, {y});",
            Product { Inputs: null } => $"for (int i = 0; i < {y}.Length; i++)\n    {y}[i] = {z}[2 * i] * {z}[(2 * i) + 1];",
            Product product => $"ProductOfPairs({z}, {Data(path, "pairs", [.. product.Pairs.SelectMany(pair => new[] { pair.First, pair.Second })])}, {y});",
            Glu glu => $"for (int i = 0; i < {y}.Length; i++)\n    {y}[i] = {z}[i] * {Formula(glu.Gate, path, layer, $"{z}[{Text(outputs)} + i]")};",
            _ => throw Refusal(f, path, layer),
        };
    }

    // f(z) of one number.
    private static string Formula(ScalarActivation activation, string path, Layer layer, string z) => activation switch
    {
        Identity => z,
        Sigmoid or Tanh or Relu or Relu6 or Selu or Gelu or GeluTanh or Silu or Mish or Softplus or Softsign or HardSigmoid or HardSwish or LogSigmoid => $"{activation.GetType().Name}({z})",
        Abs => $"Magnitude({z})",
        LeakyRelu relu => $"LeakyRelu({z}, {SourceText.Literal(relu.Slope)})",
        RandomizedLeakyRelu relu => $"LeakyRelu({z}, {SourceText.Literal((relu.Lower / 2) + (relu.Upper / 2))})",
        Elu elu => $"Elu({z}, {SourceText.Literal(elu.Alpha)})",
        Celu celu => $"Celu({z}, {SourceText.Literal(celu.Alpha)})",
        HardTanh tanh => $"HardTanh({z}, {SourceText.Literal(tanh.Minimum)}, {SourceText.Literal(tanh.Maximum)})",
        Sine sine => $"Sin({SourceText.Literal(sine.Frequency)} * {z})",
        _ => throw Refusal(activation, path, layer),
    };

    private static NotSupportedException Refusal(Activation activation, string path, Layer layer) =>
        new($"Layer {path} ({layer.Kind}) has the activation {activation}, which is not the library's own: its source is not known, and the network cannot be written as C#.");
}
