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
                body.Line(ByFour(Formula(scalar, path, layer, $"Load({z}, i)"), y));
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
            Softmax { Temperature: 1 } => $"Softmax({z}, {y});",
            Softmax softmax => $"TemperedSoftmax({z}, {y}, {SourceText.Literal(softmax.Temperature)});",
            LogSoftmax => $"LogSoftmax({z}, {y});",
            L2Normalize normalize => $"L2Normalize({z}, {y}, {SourceText.Literal(normalize.Epsilon)});",
            Max => $"MaxOfGroups({z}, {y});",
            Product { Inputs: null } => $"for (int i = 0; i < {y}.Length; i++)\n    {y}[i] = {z}[2 * i] * {z}[(2 * i) + 1];",
            Product product =>
                $"ProductOfPairs({z}, {Data(path, "pairs", [.. product.Pairs.SelectMany(pair => new[] { pair.First, pair.Second })])}, {y});",
            Glu glu => ByFour($"Load({z}, i) * {Formula(glu.Gate, path, layer, $"Load({z}, {Text(outputs)} + i)")}", y),
            _ => throw Refusal(f, path, layer),
        };
    }

    // Stores a formula of i, four numbers at a time.
    private static string ByFour(string formula, string y) => $"for (int i = 0; i < {y}.Length; i += 4)\n    Store({formula}, {y}, i);";

    // f(z) of four numbers: the library's formula, made from the activation's settings in their order.
    private static string Formula(ScalarActivation activation, string path, Layer layer, string z)
    {
        if (activation is RandomizedLeakyRelu random)
            activation = new LeakyRelu((random.Lower / 2) + (random.Upper / 2));
        KindSettings settings = activation.Settings;
        string kind = activation.GetType().Name;
        if (!IsOfLibrary(activation) || !LibraryText.Formulas.TryGetValue(kind, out var formula) || formula.Settings != settings.Names.Count)
            throw Refusal(activation, path, layer);
        string arguments = string.Join(", ", settings.Names.Select(name => SourceText.Literal(settings.GetSingle(name))));
        return $"new {LibraryText.NameOf(kind)}({arguments}).Value({z})";
    }

    private static bool IsOfLibrary(Activation activation) => activation.GetType().Assembly == typeof(Activation).Assembly;

    private static NotSupportedException Refusal(Activation activation, string path, Layer layer) =>
        new($"Layer {path} ({layer.Kind}) has the activation {activation}, which is not the library's own: {Unknown}");
}
