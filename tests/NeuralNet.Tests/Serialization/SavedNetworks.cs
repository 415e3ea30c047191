using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Serialization;

/// <summary>What tests of files have in common: networks of every kind with values of every kind, and files in memory.</summary>
internal static class SavedNetworks
{
    /// <summary>The kinds of the tests' own.</summary>
    public static LayerTypes Own => new LayerTypes()
        .Add(nameof(Probe), (input, _) => new Probe(input))
        .Add(nameof(Repeat), (_, settings) => new Repeat(settings.GetShape("output").Steps, settings.GetShape("output").FeatureCount))
        .AddActivation(nameof(PublicKinds.Twist), _ => new PublicKinds.Twist());

    /// <summary>A network of one layer, whose values are no initializer's: each other, with a few that few formats keep.</summary>
    public static Network Of(Layer layer)
    {
        Network network = Network.Create(layer.Input).Add(_ => layer).Build(seed: 1);
        var stream = new RandomStream(7);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] = (i % 11) switch { 3 => -0f, 7 => 1e-41f, _ => 0.3f * stream.Normal(0, i) };
        for (int i = 0; i < network.Statistics.Length; i++)
            network.Statistics[i] = stream.Normal(1, i);
        return network;
    }

    public static byte[] Save(Network network, ReadOnlySpan<float> examples = default)
    {
        using var stream = new MemoryStream();
        network.Save(stream, examples: examples);
        return stream.ToArray();
    }

    /// <summary>Four rows that the network takes: numbers from N(0, 1), and ids where ids are expected.</summary>
    public static float[] Examples(Network network)
    {
        float[] inputs = new float[4 * network.Input.Size];
        Ids.Draw(new RandomStream(3), network.InputIds, inputs);
        return inputs;
    }

    public static Network Load(byte[] file) => Network.Load(new MemoryStream(file), Own);

    public static ReadOnlySpan<int> Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, int>(values);

    /// <summary>A file of this header and these data.</summary>
    public static byte[] FileOf(string header, ReadOnlySpan<byte> data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. data];
    }

    /// <summary>A tensor as a header has it.</summary>
    public static string Tensor(string name, string type, string shape, string offsets) =>
        $$"""
        "{{name}}":{"dtype":"{{type}}","shape":[{{shape}}],"data_offsets":[{{offsets}}]}
        """;

    /// <summary>A file of these tensors, whose bytes are all 0.</summary>
    public static byte[] FileOf(int bytes, params string[] tensors) => FileOf($"{{{string.Join(",", tensors)}}}", new byte[bytes]);

    /// <summary>The header of a file, as text, and where its data begin.</summary>
    public static (string Header, int Data) Header(byte[] file)
    {
        int length = (int)BitConverter.ToInt64(file);
        return (Encoding.UTF8.GetString(file, 8, length), 8 + length);
    }

    /// <summary>The file with another header.</summary>
    public static byte[] WithHeader(byte[] file, Func<string, string> change)
    {
        (string header, int data) = Header(file);
        string changed = change(header);
        changed.Should().NotBe(header, "the test is to change something");
        return FileOf(changed, file.AsSpan(data));
    }

    /// <summary>The file with another text of its metadata; null takes it away.</summary>
    public static byte[] WithMetadata(byte[] file, string name, Func<string, string?> change)
    {
        (string header, int data) = Header(file);
        JsonObject json = JsonNode.Parse(header)!.AsObject();
        JsonObject metadata = json["__metadata__"]!.AsObject();
        string before = metadata[name]!.GetValue<string>();
        string? after = change(before);
        after.Should().NotBe(before, "the test is to change something");
        metadata.Remove(name);
        if (after is not null)
            metadata[name] = after;
        return FileOf(json.ToJsonString(), file.AsSpan(data));
    }

    /// <summary>The file with other layers, and without a check.</summary>
    public static byte[] WithStructure(byte[] file, Func<string, string> change) =>
        WithMetadata(WithMetadata(file, "neuralnet.check", _ => null), "neuralnet", change);

    /// <summary>A file of layers without values.</summary>
    public static byte[] FileOfStructure(string structure) =>
        FileOf(new JsonObject { ["__metadata__"] = new JsonObject { ["neuralnet"] = structure } }.ToJsonString(), []);

    /// <summary>A file of a network with this input and these layers, none of which has values.</summary>
    public static byte[] FileOfLayers(string input, string layers) => FileOfStructure($$"""{"version":2,"input":{{input}},"layers":[{{layers}}]}""");

    /// <summary>The file with the checksum that its data have.</summary>
    public static byte[] WithChecksum(byte[] file)
    {
        (string header, int data) = Header(file);
        var sum = new Checksum();
        sum.Add(file.AsSpan(data));
        JsonObject json = JsonNode.Parse(header)!.AsObject();
        JsonObject check = JsonNode.Parse(json["__metadata__"]!["neuralnet.check"]!.GetValue<string>())!.AsObject();
        check["crc32c"] = sum.Value.ToString("x8", CultureInfo.InvariantCulture);
        json["__metadata__"]!["neuralnet.check"] = check.ToJsonString();
        return FileOf(json.ToJsonString(), file.AsSpan(data));
    }

    /// <summary>Loading is refused with these words, from memory and from a stream that only goes forward.</summary>
    public static InvalidDataException Refused(byte[] file, string words, LayerTypes? types = null)
    {
        Action forward = () => Network.Load(new OneWay(new MemoryStream(file)), types);
        forward.Should().Throw<InvalidDataException>();
        Action load = () => Network.Load(new MemoryStream(file), types);
        InvalidDataException refusal = load.Should().Throw<InvalidDataException>().WithMessage(words).Which;
        refusal.Message.Should().StartWith("The stream: ");
        return refusal;
    }

    /// <summary>What a call allocates on this thread, in bytes.</summary>
    public static long Allocated(Action call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
