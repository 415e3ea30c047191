using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>
/// The settings of a layer or an activation by name: what a file keeps beside its kind, and what it is made anew from.
/// </summary>
/// <remarks>
/// <para>Written in a layer of your own: <c>public override KindSettings Settings => new KindSettings().Set("rate", Rate);</c>.
/// Read where <see cref="LayerTypes"/> make it: <c>(input, settings) => new MyLayer(input, settings.GetSingle("rate"))</c>.</para>
/// <para>The input's shape need not be among them: every layer's is kept. Numbers keep all their bits, and may be infinite
/// or NaN.</para>
/// </remarks>
public sealed class KindSettings
{
    private readonly List<string> names = [];
    private readonly Dictionary<string, object> values = [];
    private readonly StructureReader? reader;
    private readonly string place;

    /// <summary>Makes settings without any.</summary>
    public KindSettings() => place = "The settings";

    // As they stand in a file: each value is converted when it is asked for, by the type that is asked for.
    internal KindSettings(StructureReader reader, string place, JsonElement element)
    {
        this.reader = reader;
        this.place = place;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            names.Add(property.Name);
            values.Add(property.Name, property.Value);
        }
    }

    /// <summary>The names of the settings, in the order in which they were set.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Whether there is such a setting.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True if it has been set.</returns>
    public bool Contains(string name) => values.ContainsKey(name);

    /// <summary>Sets a truth value.</summary>
    /// <param name="name">The name; "kind" and "input" are taken.</param>
    /// <param name="value">The value.</param>
    /// <returns>These settings.</returns>
    /// <exception cref="ArgumentException">The name is empty, taken, or has been set before.</exception>
    public KindSettings Set(string name, bool value) => SetObject(name, value);

    /// <summary>Sets a whole number.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, int value) => SetObject(name, value);

    /// <summary>Sets a number.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, float value) => SetObject(name, value);

    /// <summary>Sets a text.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, string value) => SetObject(name, value);

    /// <summary>Sets a list of whole numbers.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, int[] value) => SetObject(name, value?.Clone()!);

    /// <summary>Sets a list of numbers.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, float[] value) => SetObject(name, value?.Clone()!);

    /// <summary>Sets a shape.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, Shape value) => value.Size > 0 ? SetObject(name, value) : throw new ArgumentException($"\"{name}\" is an empty shape.", nameof(value));

    /// <summary>Sets an activation.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, Activation value) => SetObject(name, value);

    /// <summary>Sets a layer, of a composite.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, Layer value) => SetObject(name, value);

    /// <summary>Sets a list of layers, of a composite.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, IReadOnlyList<Layer> value) => SetObject(name, value is null ? null! : (Layer[])[.. value]);

    /// <summary>A truth value.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidDataException">There is no such setting, or it is of another type.</exception>
    public bool GetBoolean(string name) => Get(name, "true or false", e => e.ValueKind switch
    {
        JsonValueKind.True => (true, true),
        JsonValueKind.False => (true, false),
        _ => default,
    });

    /// <summary>A whole number.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public int GetInt32(string name) => Get(name, "a whole number", e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int value) ? (true, value) : default);

    /// <summary>A number.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public float GetSingle(string name) => Get(name, "a number", Single);

    /// <summary>A text.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public string GetString(string name) => Get(name, "a text", e => e.ValueKind == JsonValueKind.String ? (true, e.GetString()!) : default);

    /// <summary>A list of whole numbers.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public int[] GetInt32s(string name) => (int[])Get(name, "a list of whole numbers", e => Int32s(e) is { } list ? (true, list) : default).Clone();

    /// <summary>A list of numbers.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public float[] GetSingles(string name) => (float[])Get(name, "a list of numbers", e =>
        e.ValueKind == JsonValueKind.Array && e.EnumerateArray().All(item => Single(item).IsRight)
            ? (true, (float[])[.. e.EnumerateArray().Select(item => Single(item).Value)])
            : default).Clone();

    /// <summary>A shape.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public Shape GetShape(string name) => Get(name, "a shape: a list of one, two or three sizes", e => ToShape(e) is { } shape ? (true, shape) : default);

    /// <summary>An activation.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public Activation GetActivation(string name) => Get(name, "an activation", e => (true, reader!.Activation($"{place}.{name}", e)));

    /// <summary>A layer.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public Layer GetLayer(string name) => Get(name, "a layer", e => (true, reader!.Layer($"{place}.{name}", e)));

    /// <summary>A list of layers.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public IReadOnlyList<Layer> GetLayers(string name) => Get(name, "a list of layers", e => e.ValueKind == JsonValueKind.Array
        ? (true, (Layer[])[.. e.EnumerateArray().Select((layer, i) => reader!.Layer($"{place}.{name}[{i}]", layer))])
        : default);

    /// <summary>The settings in words.</summary>
    /// <returns>Each name with its value.</returns>
    public override string ToString() => string.Join(", ", names.Select(name => string.Create(CultureInfo.InvariantCulture, $"{name} {Words(values[name])}")));

    /// <summary>A kind with these settings in words: "Adam(learningRate 0.001, …)", or the kind alone if there are none.</summary>
    internal string ToString(string kind) => names.Count == 0 ? kind : $"{kind}({this})";

    private static object Words(object value) => value switch
    {
        int[] numbers => $"[{string.Join(", ", numbers)}]",
        float[] numbers => $"[{string.Join(", ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)))}]",
        Layer[] layers => $"[{string.Join<Layer>(", ", layers)}]",
        _ => value,
    };

    internal object this[string name] => values[name];

    internal static Shape? ToShape(JsonElement element) => Int32s(element) switch
    {
        [int n] => Shape.Features(n),
        [int steps, int n] => Shape.Sequence(steps, n),
        [int channels, int height, int width] => Shape.Image(channels, height, width),
        _ => null,
    };

    private static (bool IsRight, float Value) Single(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.TryGetSingle(out float value) => (true, value),
        JsonValueKind.String when NonFinite.TryParse(element.GetString()!, out float value) => (true, value),
        _ => default,
    };

    private static int[]? Int32s(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array)
            return null;
        int[] list = new int[element.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out list[i++]))
                return null;
        }

        return list;
    }

    private KindSettings SetObject(string name, object value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (name is StructureWriter.Kind or StructureWriter.Input || !values.TryAdd(name, value))
            throw new ArgumentException($"The name \"{name}\" is taken.", nameof(name));
        names.Add(name);
        return this;
    }

    private T Get<T>(string name, string expected, Func<JsonElement, (bool IsRight, T Value)> convert)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!values.TryGetValue(name, out object? value))
            throw new InvalidDataException($"{place}: there is no \"{name}\"; {expected} was expected.");
        if (value is T set)
            return set;
        if (value is int whole && typeof(T) == typeof(float))
            return (T)(object)(float)whole;
        if (value is JsonElement element && convert(element) is (true, var converted))
            return converted;
        throw new InvalidDataException($"{place}: \"{name}\" is {(value is JsonElement json ? StructureReader.Short(json) : value)}; {expected} was expected.");
    }
}
