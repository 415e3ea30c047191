using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>An object of a schema's JSON while it is read. What is not as expected is refused: the message says where it stands.</summary>
internal readonly struct SchemaJson(JsonElement element, string place)
{
    /// <summary>Refuses a property of another name: a later version may have some, and leaving them out would change what the schema means.</summary>
    public void Only(params ReadOnlySpan<string> names)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!names.Contains(property.Name))
                throw Refuse($"\"{Words.Short(property.Name)}\" is unknown; expected {string.Join(", ", names!)}");
        }
    }

    /// <summary>Writes a list of texts.</summary>
    public static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    public bool IsNull(string name) => Of(name).ValueKind == JsonValueKind.Null;

    public string Text(string name) => Of(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Wrong(name, "a text");

    public string? TextOrNull(string name) => IsNull(name) ? null : Text(name);

    public double Number(string name) =>
        Of(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number : throw Wrong(name, "a finite number");

    public int Int32(string name, int least, int most) =>
        Of(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) && number >= least && number <= most
            ? number : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    public bool Boolean(string name) => Of(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "true or false"),
    };

    public T Kind<T>(string name) where T : struct, Enum =>
        Enum.TryParse(Text(name), out T value) && Enum.IsDefined(value) && value.ToString() == Text(name)
            ? value : throw Wrong(name, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    public string[] Texts(string name)
    {
        JsonElement list = List(name);
        var texts = new List<string>(list.GetArrayLength());
        foreach (JsonElement text in list.EnumerateArray())
            texts.Add(text.ValueKind == JsonValueKind.String ? text.GetString()! : throw Wrong(name, "a list of texts"));
        return [.. texts];
    }

    public SchemaJson Object(string name) =>
        Of(name) is { ValueKind: JsonValueKind.Object } value ? new SchemaJson(value, $"{place}.{name}") : throw Wrong(name, "an object");

    public List<SchemaJson> Objects(string name)
    {
        var objects = new List<SchemaJson>();
        foreach (JsonElement item in List(name).EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
                throw Wrong(name, "a list of objects");
            objects.Add(new SchemaJson(item, FormattableString.Invariant($"{place}.{name}[{objects.Count}]")));
        }

        return objects;
    }

    public InvalidDataException Refuse(string what) => new($"The schema's JSON, {place}: {what}.");

    private JsonElement List(string name) => Of(name) is { ValueKind: JsonValueKind.Array } value ? value : throw Wrong(name, "a list");

    private JsonElement Of(string name) => element.TryGetProperty(name, out JsonElement value) ? value : throw Refuse($"\"{name}\" is missing");

    private InvalidDataException Wrong(string name, string expected) =>
        Refuse($"\"{name}\" is {Words.Short(Of(name).GetRawText())}; expected {expected}");
}
