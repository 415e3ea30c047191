using System.Buffers;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using NeuralNet;

namespace Serve;

/// <summary>The service: <c>POST /predict</c> and <c>GET /schema</c>. JSON is read and written element by element, without reflection.</summary>
internal static class Service
{
    // A request of more would keep its thread for long, and its answer in memory.
    private const int MostRecords = 10_000;

    // An answer is JSON by its content type, and never a part of a page: quotes and letters stay as they are.
    private static readonly JsonWriterOptions readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A service that listens at a port of this machine, for this machine alone; at 0 it takes one that is free.</summary>
    public static WebApplication Create(TableModel model, int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        // A port that is taken is an exception, and said by who catches it: once is enough.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, port));
        WebApplication service = builder.Build();

        string schema = model.Schema.ToJson();
        service.MapGet("/schema", context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(schema, context.RequestAborted);
        });
        service.MapPost("/predict", context => Predict(model, context));
        return service;
    }

    private static async Task Predict(TableModel model, HttpContext context)
    {
        // The answer is written when it is complete: a record that is refused is not found out after "200 OK".
        var answer = new ArrayBufferWriter<byte>();
        try
        {
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            using var json = new Utf8JsonWriter(answer, readable);
            if (body.RootElement.ValueKind == JsonValueKind.Array)
                PredictAll(model, body.RootElement, json);
            else
                Write(model, model.Predict(Record(body.RootElement)), json);
        }
        catch (JsonException e)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, $"The body is not JSON: {e.Message}");
            return;
        }
        catch (ArgumentException e)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, Words(e));
            return;
        }
        catch (BadHttpRequestException e)
        {
            await Refuse(context, e.StatusCode, e.Message); // too large a body, say
            return;
        }

        await Send(context, "application/json", answer);
    }

    private static void PredictAll(TableModel model, JsonElement records, Utf8JsonWriter json)
    {
        if (records.GetArrayLength() > MostRecords)
            throw new ArgumentException($"Expected at most {MostRecords} records, but got {records.GetArrayLength()}: send them in parts.");
        json.WriteStartArray();
        int place = 0;
        foreach (JsonElement record in records.EnumerateArray())
        {
            try
            {
                Write(model, model.Predict(Record(record)), json);
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"Record {place}, counted from 0: {Words(e)}", e);
            }

            place++;
        }

        json.WriteEndArray();
    }

    /// <summary>The names and values of an object, in its order. A name that is there twice stays so, and the model refuses it.</summary>
    private static (string Name, TableValue Value)[] Record(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object)
            throw new ArgumentException($"Expected an object of names and values, or an array of such objects, but got {Kind(record)}.");
        var values = new List<(string, TableValue)>();
        foreach (JsonProperty property in record.EnumerateObject())
        {
            try
            {
                values.Add((property.Name, Value(property)));
            }
            catch (InvalidOperationException e)
            {
                throw new ArgumentException($"A name or text is no Unicode: {e.Message}", e); // half of a surrogate pair, say
            }
        }

        return [.. values];
    }

    private static TableValue Value(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.Number => property.Value.GetDouble(),
        JsonValueKind.String => property.Value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => TableValue.Missing,
        _ => throw new ArgumentException(
            $"\"{property.Name}\": expected a number, a text, true, false, or null where the value is missing, but got {Kind(property.Value)}."),
    };

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => element.GetRawText(),
    };

    /// <summary>Floats are written with as many digits as tell them apart: who reads a float again has its bits.</summary>
    private static void Write(TableModel model, TablePrediction prediction, Utf8JsonWriter json)
    {
        TableSchema schema = model.Schema;
        bool oneOfNames = schema.ClassNames.Count > 0 && schema.Targets.Count == 1;
        json.WriteStartObject();
        if (oneOfNames)
            json.WriteString("class", prediction.Class);
        json.WriteStartObject(schema.ClassNames.Count > 0 ? "probabilities" : "numbers");
        foreach (string name in oneOfNames ? schema.ClassNames : schema.Targets.Select(target => target.Name))
        {
            float value = prediction[name];
            if (!float.IsFinite(value))
                throw new ArgumentException($"The record is so far from what the model has learned from that its answer is {value}.");
            json.WriteNumber(name, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>An answer of what is wrong, as RFC 9457 has it.</summary>
    private static Task Refuse(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        var problem = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(problem, readable))
        {
            json.WriteStartObject();
            json.WriteString("title", "The request is refused.");
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            json.WriteEndObject();
        }

        return Send(context, "application/problem+json", problem);
    }

    private static async Task Send(HttpContext context, string type, ArrayBufferWriter<byte> body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    // The name of a parameter says something to who calls the library, and nothing to who has sent a request.
    private static string Words(ArgumentException e) => e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
}
