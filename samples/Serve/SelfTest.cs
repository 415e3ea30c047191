using System.Diagnostics;
using System.Net;
using System.Text.Json;
using NeuralNet;

namespace Serve;

/// <summary>The service, asked from this machine by several clients at a time: each answer must have the bits of the model's own.</summary>
internal static class SelfTest
{
    private const int Requests = 2000, Clients = 4, RecordsAtOnce = 500;

    /// <exception cref="InvalidDataException">An answer is not what it must be.</exception>
    public static async Task Run()
    {
        // A class, a number, yes or no, and several numbers: an answer of each kind.
        Table table = Penguins.Table;
        double[] masses = table["body_mass_g"].Numbers.ToArray();
        Table heavy = table.Without("body_mass_g").With(
            TableColumn.OfTexts("heavy", [.. masses.Select(mass => double.IsNaN(mass) ? null : mass > 4000 ? "yes" : "no")]));
        string folder = Directory.CreateTempSubdirectory("neuralnet-serve-").FullName;
        try
        {
            await Test(table, ["species"], folder);
            await Test(table, ["body_mass_g"], folder);
            await Test(heavy, ["heavy"], folder);
            await Test(table, ["bill_length_mm", "bill_depth_mm"], folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Console.WriteLine("all answers have the model's own bits, and what is wrong is refused");
    }

    private static async Task Test(Table table, string[] targets, string folder)
    {
        // What is served is read from a file; what it is compared with has never been in one.
        TableModel own = Penguins.Train(table, targets);
        string file = Path.Combine(folder, "model.safetensors");
        own.Save(file);
        await using WebApplication service = Service.Create(TableModel.Load(file), port: 0);
        await service.StartAsync();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(service.Urls.First()) };

        Dictionary<string, object?>[] records = [.. Enumerable.Range(0, Requests).Select(i => Record(table, targets, i))];
        TablePrediction[] expected = [.. records.Select(own.Predict)];
        await One(client, own, records[0], expected[0]); // the first one compiles what all need

        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Run(async () =>
        {
            for (int i = number; i < Requests; i += Clients)
                await One(client, own, records[i], expected[i]);
        })));
        double perSecond = Requests / watch.Elapsed.TotalSeconds;

        for (int i = 0; i < Requests; i += RecordsAtOnce)
            await Many(client, own, records.AsMemory(i, RecordsAtOnce), expected.AsMemory(i, RecordsAtOnce));
        await Refusals(client, table, targets);
        Check(await client.GetStringAsync("/schema") == own.Schema.ToJson(), "the schema is not the model's");
        await One(client, own, records[^1], expected[^1]); // and what was refused has broken nothing
        Console.WriteLine(FormattableString.Invariant(
            $"{string.Join(", ", targets)}: {Requests} requests of a record by {Clients} clients, {perSecond:0} a second"));
    }

    /// <summary>A row of the table as people send one: now and then without a value, with null, an unseen word, or a number beyond all others.
    /// </summary>
    private static Dictionary<string, object?> Record(Table table, string[] targets, int number)
    {
        int row = number % table.Rows, changed = number / table.Rows % table.Columns.Count;
        var record = new Dictionary<string, object?>();
        for (int i = 0; i < table.Columns.Count; i++)
        {
            TableColumn column = table.Columns[i];
            if (targets.Contains(column.Name))
                continue;
            int change = i == changed ? number % 3 : -1; // 0: null, 1: no such name, 2: another value
            if (change == 1)
                continue;
            record[column.Name] = change == 0 || column[row].IsMissing ? null
                : column.IsNumber ? column.Numbers[row] * (change == 2 ? 1.37 : 1)
                : change == 2 ? "Südliche \"Shetland\"-Inseln" : column[row].ToString();
        }

        return record;
    }

    private static async Task One(HttpClient client, TableModel own, Dictionary<string, object?> record, TablePrediction expected)
    {
        using JsonDocument answer = await Ask(client, Json([record], isArray: false), HttpStatusCode.OK);
        Compare(answer.RootElement, own, expected);
    }

    private static async Task Many(
        HttpClient client, TableModel own, ReadOnlyMemory<Dictionary<string, object?>> records, ReadOnlyMemory<TablePrediction> expected)
    {
        using JsonDocument answer = await Ask(client, Json(records.ToArray(), isArray: true), HttpStatusCode.OK);
        Check(answer.RootElement.GetArrayLength() == records.Length, "there are not as many answers as records");
        for (int i = 0; i < records.Length; i++)
            Compare(answer.RootElement[i], own, expected.Span[i]);
    }

    private static void Compare(JsonElement answer, TableModel own, TablePrediction expected)
    {
        bool isNumber = own.Schema.ClassNames.Count == 0;
        IEnumerable<string> names = isNumber ? own.Schema.Targets.Select(target => target.Name) : own.Schema.ClassNames;
        JsonElement values = answer.GetProperty(isNumber ? "numbers" : "probabilities");
        Check(values.EnumerateObject().Select(value => value.Name).SequenceEqual(names), $"other names: {answer}");
        foreach (string name in names)
        {
            float value = values.GetProperty(name).GetSingle();
            Check(BitConverter.SingleToInt32Bits(value) == BitConverter.SingleToInt32Bits(expected[name]), $"{answer} is not {expected}");
        }

        Check(isNumber || answer.GetProperty("class").GetString() == expected.Class, $"{answer} is not {expected}");
    }

    /// <summary>What is wrong is refused by 400, as a problem, and in words that say what.</summary>
    private static async Task Refusals(HttpClient client, Table table, string[] targets)
    {
        string number = table.Columns.First(column => column.IsNumber && !targets.Contains(column.Name)).Name;
        string slip = number[..^1];
        (string Body, string[] Words)[] wrong =
        [
            ($$"""{"{{slip}}": 3}""", [$"\"{slip}\"", $"\"{number}\""]),
            ($$"""{"{{number}}": "large"}""", [$"\"{number}\"", "expected a number", "\"large\""]),
            ($$"""{"{{number}}": 1e300}""", [$"\"{number}\"", "finite"]),
            ($$"""{"{{number}}": 1e999}""", [$"\"{number}\""]),
            ($$"""{"{{number}}": [3]}""", [$"\"{number}\"", "an array"]),
            ($$"""{"{{number}}": 3, "{{number}}": 4}""", [$"\"{number}\"", "twice"]),
            ($$"""[{"{{number}}": 3}, {"{{slip}}": 3}]""", ["Record 1", $"\"{slip}\""]),
            ("""{"island": "\ud800"}""", ["Unicode"]),
            ("[[]]", ["Record 0", "an array"]),
            ("3", ["a number"]),
            ("null", ["null"]),
            ("", ["not JSON"]),
            ("{\"island\": ", ["not JSON"]),
            ($"[{string.Join(',', Enumerable.Repeat("{}", 10_001))}]", ["10000", "10001"]),
        ];
        foreach ((string body, string[] words) in wrong)
        {
            using JsonDocument answer = await Ask(client, body, HttpStatusCode.BadRequest);
            string detail = answer.RootElement.GetProperty("detail").GetString()!;
            Check(answer.RootElement.GetProperty("status").GetInt32() == 400, $"{answer.RootElement} has another status");
            Check(!detail.Contains("Parameter", StringComparison.Ordinal), detail);
            foreach (string word in words)
                Check(detail.Contains(word, StringComparison.Ordinal), $"\"{detail}\" does not say {word}");
        }

        using HttpResponseMessage got = await client.GetAsync("/predict");
        Check(got.StatusCode == HttpStatusCode.MethodNotAllowed, "GET /predict is not refused");
    }

    private static async Task<JsonDocument> Ask(HttpClient client, string body, HttpStatusCode status)
    {
        using HttpResponseMessage response = await client.PostAsync("/predict", new StringContent(body, null, "application/json"));
        string text = await response.Content.ReadAsStringAsync();
        string start = body.Length <= 100 ? body : body[..100] + "…";
        Check(response.StatusCode == status, $"expected {status} for {start}, but got {response.StatusCode}: {text}");
        string type = status == HttpStatusCode.OK ? "application/json" : "application/problem+json";
        Check(response.Content.Headers.ContentType?.MediaType == type, $"the answer is not {type}");
        return JsonDocument.Parse(text);
    }

    private static string Json(ReadOnlySpan<Dictionary<string, object?>> records, bool isArray)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            if (isArray)
                json.WriteStartArray();
            foreach (Dictionary<string, object?> record in records)
            {
                json.WriteStartObject();
                foreach ((string name, object? value) in record)
                {
                    if (value is double number)
                        json.WriteNumber(name, number);
                    else
                        json.WriteString(name, (string?)value); // of null it writes null
                }

                json.WriteEndObject();
            }

            if (isArray)
                json.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Check(bool isSo, string otherwise)
    {
        if (!isSo)
            throw new InvalidDataException($"The test of the service failed: {otherwise}.");
    }
}
