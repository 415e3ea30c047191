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
                body.Line(ByVectors($"{Formula(scalar, path, layer)}.Value(Load({z}, i))", y, outputs * vectors));
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
            Max => $"MaxOfGroups({z}, {y});",
            Product { Inputs: null } => $"for (int i = 0; i < {y}.Length; i++)\n    {y}[i] = {z}[2 * i] * {z}[(2 * i) + 1];",
            Product product =>
                $"ProductOfPairs({z}, {Data(path, "pairs", [.. product.Pairs.SelectMany(pair => new[] { pair.First, pair.Second })])}, {y});",
            Glu glu => ByVectors($"Load({z}, i) * {Formula(glu.Gate, path, layer)}.Value(Load({z}, {Text(outputs)} + i))", y, outputs),
            _ => $"{Formula(f, path, layer)}.Forward({z}, {y});",
        };
    }

    // Stores a formula of i, a vector at a time: whole ones where so many values are.
    private static string ByVectors(string formula, string y, int count)
    {
        string whole = count % 16 == 0 ? "Whole" : "";
        return string.Concat(
            $"for (int i = 0; i < {y}.Length; i += Floats.Count)\n    Store{whole}(",
            $"{formula.Replace("Load(", $"Load{whole}(", StringComparison.Ordinal)}, {y}, i);");
    }

    // The library's formula of f, made from the activation's settings in their order.
    private static string Formula(Activation activation, string path, Layer layer)
    {
        if (activation is RandomizedLeakyRelu random)
            activation = new LeakyRelu((random.Lower / 2) + (random.Upper / 2));

        // A hard sigmoid of the usual slope does not write it.
        KindSettings settings = activation is HardSigmoid hard ? new KindSettings().Set("slope", hard.Slope) : activation.Settings;
        return FormulaOf(activation, settings) ?? throw new NotSupportedException(
            $"Layer {path} ({layer.Kind}) has the activation {activation}, which is not the library's own: {Unknown}");
    }

    // The library's formula of an activation or a recurrent cell; none if the kind is not the library's own.
    private static string? FormulaOf(object kind, KindSettings settings) =>
        kind.GetType() is { Name: var name } type && type.Assembly == typeof(Network).Assembly
            && LibraryText.Formulas.TryGetValue(name, out (SourceMember Member, int Settings) formula) && formula.Settings == settings.Names.Count
            ? $"new {LibraryText.NameOf(name)}({string.Join(", ", settings.Names.Select(name => SourceText.Literal(settings.GetSingle(name))))})"
            : null;
}
