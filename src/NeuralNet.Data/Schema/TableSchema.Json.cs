using System.Buffers;
using System.Text;
using System.Text.Json;

namespace NeuralNet;

/// <content>The schema as JSON.</content>
public sealed partial class TableSchema
{
    private const int JsonVersion = 1;

    /// <summary>The schema as JSON: the same bytes for the same schema, on every machine.</summary>
    /// <returns>One line.</returns>
    public string ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("version", JsonVersion);
            json.WriteStartArray("columns");
            foreach (SchemaColumn column in columns)
            {
                json.WriteStartObject();
                json.WriteString("kind", column.Kind);
                json.WriteString("name", column.Name);
                json.WriteBoolean("required", column.Required);
                column.Write(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("targets");
            foreach (SchemaTarget target in targets)
            {
                json.WriteStartObject();
                json.WriteString("kind", target.Kind);
                json.WriteString("name", target.Name);
                target.Write(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            SchemaJson.Write(json, "remarks", remarks);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Reads a schema that <see cref="ToJson"/> has written. Nothing in it is believed before it has been checked.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>The schema, equal to the one that was written.</returns>
    /// <exception cref="InvalidDataException">It is not the JSON of a schema, or of a later version; the message says where, and what was expected.
    /// </exception>
    public static TableSchema FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException("The schema's JSON: an object was expected.");
            var root = new SchemaJson(document.RootElement, "schema");
            int version = root.Int32("version", 1, int.MaxValue);
            if (version > JsonVersion)
                throw root.Refuse(FormattableString.Invariant(
                    $"it has version {version}, and this library reads up to {JsonVersion}: a newer one is needed"));
            root.Only("version", "columns", "targets", "remarks");
            return new TableSchema(
                [.. root.Objects("columns").Select(SchemaColumn.Read)], [.. root.Objects("targets").Select(SchemaTarget.Read)],
                root.Texts("remarks"));
        }
        catch (JsonException refusal)
        {
            throw new InvalidDataException($"The schema's JSON cannot be read: {refusal.Message}", refusal);
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidDataException($"The schema's JSON makes no schema: {refusal.Message}", refusal);
        }
        catch (InvalidOperationException refusal)
        {
            throw new InvalidDataException($"The schema's JSON has a text that is not Unicode: {refusal.Message}", refusal);
        }
    }
}
