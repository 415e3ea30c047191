namespace NeuralNet.CSharp;

/// <content>What each kind of layer does with one row.</content>
internal sealed partial class SourceExport
{
    private const string Unknown = "its source is not known, and the network cannot be written as C#.";

    private void WriteFormulas(Layer layer, string path, Body body)
    {
        int steps = layer.Input.Steps, features = layer.Input.FeatureCount, vectors = layer.Input.VectorsAt(steps);
        switch (layer)
        {
            case Dense dense:
                WriteDense(dense, path, body);
                break;
            case ActivationLayer own:
                WriteActivation(own.Activation, path, own, body, "x", "y", features, own.Output.FeatureCount, vectors);
                break;
            case Prelu prelu:
                string slope = prelu.IsShared ? "0" : $"i % {Text(features)}";
                body.Line($"for (int i = 0; i < y.Length; i++)\n    y[i] = x[i] <= 0 ? {Value(path, "weight")}[{slope}] * x[i] : x[i];");
                break;
            case Standardize scaling:
                string how = scaling.IsInverse ? "UnscaleFeatures" : "ScaleFeatures";
                body.Line($"{how}(x, {Value(path, "mean")}, {Value(path, "deviation")}, y);");
                break;
            case PowerTransform transform:
                body.Line($"TransformFeatures(x, {Value(path, "lambda")}, isInverse: {Word(transform.IsInverse)}, y);");
                break;
            case LayerNorm norm:
                WriteNorm(body, features, Value(path, "weight"), norm.HasBias ? Value(path, "bias") : "default", true, norm.Epsilon);
                break;
            case RmsNorm norm:
                WriteNorm(body, features, Value(path, "weight"), "default", false, norm.Epsilon);
                break;
            case RecurrentLayer recurrent:
                WriteRecurrent(recurrent, path, body);
                break;
            case MultiHeadAttention attention:
                WriteAttention(attention, path, body);
                break;
            case Embedding embedding:
                string table = Value(path, "weight", embedding.Width), sizes = $"{Text(embedding.Vocabulary)}, {Text(embedding.Width)}";
                body.Line($"LookUp(x, {table}, {sizes}, {Text(embedding.PaddingId ?? -1)}, y);");
                break;
            case LearnedPositions:
                body.Line($"Add(x, {Value(path, "weight", features)}, y);");
                break;
            case SinusoidalPositions positions:
                // The table is what the layer makes of zeros.
                float[] positionTable = Network.Create(positions.Input).Add(_ => positions).Build().Predict(new float[positions.Input.Size]);
                body.Line($"Add(x, {Data(path, "table", positionTable)}, y);");
                break;
            case Slice slice:
                body.Line($"CopyColumns(x, {Text(features)}, {Text(slice.First)}, y, {Text(slice.Count)}, 0, {Text(slice.Count)});");
                break;
            case Reverse:
                body.Line($"ReverseSteps(x, {Text(features)}, y);");
                break;
            case LastStep:
                body.Line($"x.Slice({Text((steps - 1) * features)}, {Text(features)}).CopyTo(y);");
                break;
            case MeanOverSteps:
                body.Line("MeanOverSteps(x, y);");
                break;
            case MaxOverSteps:
                body.Line("MaxOverSteps(x, y);");
                break;
            default:
                if (!WriteWindows(layer, path, body))
                    throw Foreign(layer, path);
                break;
        }
    }

    private static NotSupportedException Foreign(Layer layer, string path) =>
        new($"Layer {path} ({layer.Kind}) is not the library's own: {Unknown}");

    // z = W x + b, y = f(z), of every step of a sequence, and every pixel of an image
    private void WriteDense(Dense dense, string path, Body body)
    {
        int inputs = dense.Input.FeatureCount, outputs = dense.Output.FeatureCount, vectors = dense.Input.VectorsAt(dense.Input.Steps);
        int width = dense.Activation.InputWidth(outputs);
        string z = width == outputs && dense.Activation.WorksInPlace ? "y" : body.Span("z", (long)width * vectors);
        WriteProduct(body, "x", inputs, inputs, Value(path, "weight", width), width, dense.HasBias ? Value(path, "bias") : "default", z, vectors);
        WriteActivation(dense.Activation, path, dense, body, z, "y", width, outputs, vectors);
    }

    private static void WriteProduct(Body body, string x, int stride, int inputs, string w, int outputs, string bias, string z, int vectors) =>
        body.Line(vectors == 1
            ? $"Product({x}, {w}, {bias}, {z});"
            : $"Products({x}, {Text(stride)}, {Text(inputs)}, {w}, {Text(outputs)}, {bias}, {z});");

    private static void WriteNorm(Body body, int features, string gain, string bias, bool centers, float epsilon)
    {
        string how = $"centers: {(centers ? "true" : "false")}, epsilon: {SourceText.Literal(epsilon)}";
        body.Line($"NormalizeVectors(x, {Text(features)}, {gain}, {bias}, {how}, y);");
    }

    // q, k, v = x W + b, o = softmax(q kᵀ / √d) v, y = o W + b
    private void WriteAttention(MultiHeadAttention layer, string path, Body body)
    {
        int queries = layer.Queries.Steps, keys = layer.Memory.Steps, width = layer.Queries.FeatureCount, d = width / layer.Heads;
        int memoryFeatures = layer.Memory.FeatureCount, outputs = layer.Output.FeatureCount, keyWidth = d * layer.KeyHeads;
        string mask = "default";
        int maskStep = layer.IsCross ? 1 : width + 1;
        if (layer.HasKeyMask)
        {
            body.Line($"ReadOnlySpan<float> mask = x.Slice({Text(layer.IsCross ? layer.Queries.Size + layer.Memory.Size : width)});");
            body.Line($"CheckMask(mask, {Text(keys)}, {Text(maskStep)});");
            mask = "mask";
        }

        // Behind them is room for what vectors of narrow heads read beyond.
        string own, attended;
        int all = width + (2 * keyWidth), queryStride = layer.IsCross ? width : all, keyStride = layer.IsCross ? 2 * keyWidth : all;
        if (layer.IsCross)
        {
            own = body.Span("q", ((long)queries * width) + 16);
            attended = body.Span("kv", (2L * keys * keyWidth) + 16);
            string x = $"x.Slice(0, {Text(layer.Queries.Size)})", memory = $"x.Slice({Text(layer.Queries.Size)}, {Text(layer.Memory.Size)})";
            Project(x, width, width, "query", width, own, queries);
            Project(memory, memoryFeatures, memoryFeatures, "key_value", 2 * keyWidth, attended, keys);
        }
        else
        {
            own = body.Span("qkv", ((long)queries * all) + 16);
            attended = $"{own}.Slice({Text(width)})";
            int stride = layer.HasKeyMask ? width + 1 : width;
            string x = stride == width || queries > 1 ? "x" : $"x.Slice(0, {Text(width)})";
            Project(x, stride, width, "in", all, own, queries);
            if (layer.Positions is Rotary rotary)
            {
                string table = Data(path, "angles", rotary.Table(queries, d)), pairs = Text((rotary.Features ?? d) / 2);
                string heads = $"{Text(layer.Heads + layer.KeyHeads)}, {Text(d)}";
                body.Line($"Turn({own}, {Text(all)}, {heads}, {table}, {pairs}, {Word(rotary.Interleaved)});");
            }
        }

        // A window from which no step can be out of sight is none.
        int window = layer.Window is int count && count < keys ? count : 0;
        string slopes = layer.Positions is Alibi alibi ? Data(path, "slopes", alibi.SlopesOf(layer.Heads)) : "default";
        long memoryOfHead = (16L * (d + keys)) + d + (layer.Positions is Alibi ? keys : 0) + (layer.HasKeyMask ? (2L * keys * d) + 16 : 0);
        string values = layer.IsCross ? $"{attended}.Slice({Text(keyWidth)})" : $"{own}.Slice({Text(width + keyWidth)})";
        string o = body.Span("o", (long)queries * width), work = body.Span("work", memoryOfHead);
        body.Line($"""
            Attention(
                {own}, {Text(queryStride)}, {attended}, {values}, {Text(keyStride)}, {Text(keys)},
                {mask}, {Text(maskStep)}, causal: {Word(layer.IsCausal)}, window: {Text(window)}, {slopes},
                heads: {Text(layer.Heads)}, keyHeads: {Text(layer.KeyHeads)}, d: {Text(d)}, {o}, {work});
            """);
        Project(o, width, width, "out", outputs, "y", queries);

        void Project(string from, int stride, int inputs, string by, int columns, string to, int steps)
        {
            string bias = layer.HasBias ? Value(path, $"{by}_bias") : "default", z = to == "y" ? to : $"{to}.Slice(0, {Text(steps * columns)})";
            WriteProduct(body, from, stride, inputs, Value(path, $"{by}_weight", columns), columns, bias, z, steps);
        }
    }
}
