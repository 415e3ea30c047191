using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>A setting as it stands in the JSON of a file.</summary>
internal sealed class JsonSetting(StructureReader reader, JsonElement element) : IStoredSetting
{
    public JsonElement Element => element;

    public object? As(Type type, string place) =>
        type == typeof(bool) ? element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : null
        : type == typeof(int) ? Int32(element)
        : type == typeof(float) ? Single(element)
        : type == typeof(string) ? element.ValueKind == JsonValueKind.String ? element.GetString() : null
        : type == typeof(int[]) ? List(element, Int32)
        : type == typeof(float[]) ? List(element, Single)
        : type == typeof(Shape) ? ToShape()
        : type == typeof(Activation) ? reader.Activation(place, element)
        : type == typeof(Layer) ? reader.Layer(place, element)
        : element.ValueKind == JsonValueKind.Array
            ? (Layer[])[.. element.EnumerateArray().Select((layer, i) => reader.Layer($"{place}[{i}]", layer))]
            : null;

    /// <summary>The setting for a message: not more of it than a person would read.</summary>
    public override string ToString() => StructureReader.Short(element);

    private static int? Int32(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) ? value : null;

    // A number that no float can hold would be read as infinite. JSON has no numbers for infinities and NaN; files hold them as texts.
    private static float? Single(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.TryGetSingle(out float value) && float.IsFinite(value) => value,
        JsonValueKind.String when element.GetString() is "NaN" or "Infinity" or "-Infinity" =>
            float.Parse(element.GetString()!, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static T[]? List<T>(JsonElement element, Func<JsonElement, T?> convert)
        where T : struct
    {
        if (element.ValueKind != JsonValueKind.Array)
            return null;
        var list = new List<T>(element.GetArrayLength());
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (convert(item) is not { } value)
                return null;
            list.Add(value);
        }

        return [.. list];
    }

    // Version 1 has an image as [channels, height, width].
    private Shape? ToShape() => List(element, Int32) switch
    {
        [int n] => Shape.Features(n),
        [int steps, int n] => Shape.Sequence(steps, n),
        [int channels, int height, int width] when reader.Version == 1 => Shape.Image(height, width, channels),
        null when element.ValueKind == JsonValueKind.Object && reader.Version > 1 && Size("height") is { } height && Size("width") is { } width
            && Size("channels") is { } channels => Shape.Image(height, width, channels),
        _ => null,
    };

    private int? Size(string name) => element.TryGetProperty(name, out JsonElement size) ? Int32(size) : null;
}
