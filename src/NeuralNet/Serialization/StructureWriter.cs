using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NeuralNet;

/// <summary>The layers of a network as JSON: kinds, shapes and settings, without values.</summary>
internal static class StructureWriter
{
    public const string Version = "version", Layers = "layers", Ties = "ties", Block = "block", To = "to", Transposed = "transposed",
        Inputs = "inputs", Outputs = "outputs", Name = "name", Shape = "shape";

    // Each composite takes two levels, and what the innermost layer has within it some more. Without a limit a file could nest deeper than the stack
    // of its reader.
    public const int MaxDepth = 2 * ChildPlan.MaxDepth + 64;

    public static string Write(Network network, int version)
    {
        try
        {
            return Json(writer =>
            {
                writer.WriteNumber(Version, version);
                writer.WritePropertyName(KindSettings.Input);
                Write(writer, KindSettings.Input, network.Input, version);
                writer.WriteStartArray(Layers);
                foreach (Layer layer in network.Layers)
                    Write(writer, layer, version);
                writer.WriteEndArray();
                Write(writer, network.Ties);
                Write(writer, Inputs, network.Inputs, version);
                Write(writer, Outputs, network.Outputs, version);
            });
        }
        catch (InvalidOperationException refusal)
        {
            throw new NotSupportedException(
                $"The settings of layers or activations nest too deep for a file: at most {MaxDepth} levels of JSON were expected.", refusal);
        }
    }

    /// <summary>One JSON object, as text. The same values always give the same text.</summary>
    public static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A text as files can hold it: half of a surrogate pair would come back as something else.</summary>
    /// <exception cref="NotSupportedException">It has half of a surrogate pair.</exception>
    public static string Checked(string text, string what)
    {
        return NetworkMetadata.HalfPair(text) is >= 0 and var at
            ? throw new NotSupportedException($"The text of {what} is not Unicode: it has half of a surrogate pair, {(int)text[at]:x4}, at {at}.")
            : text;
    }

    /// <summary>A kind with its settings; null where there is none.</summary>
    public static void Write(Utf8JsonWriter writer, string name, string? kind, KindSettings? settings)
    {
        if (kind is null || settings is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        writer.WriteString(KindSettings.Kind, Checked(kind, "a kind"));
        Write(writer, settings, NetworkFile.Version);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<Tie> ties)
    {
        if (ties.Count == 0)
            return;
        writer.WriteStartArray(Ties);
        foreach (Tie tie in ties)
        {
            writer.WriteStartObject();
            writer.WriteString(Block, Checked(tie.Block, "a tie"));
            writer.WriteString(To, Checked(tie.To, "a tie"));
            if (tie.Transposed)
                writer.WriteBoolean(Transposed, true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string which, NamedParts parts, int version)
    {
        if (!parts.AreNamed)
            return;
        writer.WriteStartArray(which);
        foreach (NamedPart part in parts)
        {
            writer.WriteStartObject();
            writer.WriteString(Name, Checked(part.Name, $"a name of \"{which}\""));
            writer.WritePropertyName(Shape);
            Write(writer, Shape, part.Shape, version);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, Layer layer, int version)
    {
        CheckOwn(layer.Kind, layer.GetType(), KnownKinds.IsLayer(layer.Kind), nameof(Layer.Kind));
        writer.WriteStartObject();
        writer.WriteString(KindSettings.Kind, layer.Kind);
        writer.WritePropertyName(KindSettings.Input);
        Write(writer, KindSettings.Input, layer.Input, version);
        Write(writer, layer.Settings, version);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Activation activation, int version)
    {
        CheckOwn(activation.Kind, activation.GetType(), KnownKinds.IsActivation(activation.Kind), nameof(Activation.Kind));
        writer.WriteStartObject();
        writer.WriteString(KindSettings.Kind, activation.Kind);
        Write(writer, activation.Settings, version);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, KindSettings settings, int version)
    {
        foreach (string name in settings.Names)
        {
            writer.WritePropertyName(Checked(name, "a setting"));
            Write(writer, name, settings[name], version);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, object setting, int version)
    {
        switch (setting)
        {
            case bool value: writer.WriteBooleanValue(value); break;
            case int value: writer.WriteNumberValue(value); break;
            case float value when !float.IsFinite(value): writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture)); break;
            case float value: writer.WriteNumberValue(value); break;
            case string value: writer.WriteStringValue(Checked(value, $"the setting \"{name}\"")); break;
            case Shape { Kind: ShapeKind.Image } value when version > 1: Write(writer, value); break;
            case Shape value: Write(writer, name, SizesOf(value), version); break;
            case Activation value: Write(writer, value, version); break;
            case Layer value: Write(writer, value, version); break;
            case JsonSetting value: value.Element.WriteTo(writer); break;
            case Array list:
                writer.WriteStartArray();
                foreach (object value in list)
                    Write(writer, name, value, version);
                writer.WriteEndArray();
                break;
        }
    }

    // By name: version 1 had an array, in another order.
    private static void Write(Utf8JsonWriter writer, Shape image)
    {
        writer.WriteStartObject();
        writer.WriteNumber("height", image.Height);
        writer.WriteNumber("width", image.Width);
        writer.WriteNumber("channels", image.FeatureCount);
        writer.WriteEndObject();
    }

    private static int[] SizesOf(Shape shape) => shape.Kind switch
    {
        ShapeKind.Sequence => [shape.Steps, shape.FeatureCount],
        ShapeKind.Image => [shape.FeatureCount, shape.Height, shape.Width],
        _ => [shape.FeatureCount],
    };

    // A kind of one's own with a name of the library's would come back as the library's.
    private static void CheckOwn(string kind, Type type, bool isKnown, string property)
    {
        Checked(kind ?? "", $"the {property} of {type}");
        if (string.IsNullOrEmpty(kind))
            throw new NotSupportedException($"{type} has no {property}; files need one.");
        if (isKnown != (type.Assembly == typeof(Network).Assembly))
            throw new NotSupportedException(isKnown
                ? $"{type} has the {property} \"{kind}\", which is the library's own; override it with another, so that files tell them apart."
                : $"\"{kind}\" ({type}) cannot be saved.");
    }
}
