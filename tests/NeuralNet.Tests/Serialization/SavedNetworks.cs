using System.Runtime.InteropServices;
using System.Text;
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

    public static byte[] Save(Network network)
    {
        using var stream = new MemoryStream();
        network.Save(stream);
        return stream.ToArray();
    }

    public static Network Load(byte[] file) => Network.Load(new MemoryStream(file), Own);

    public static ReadOnlySpan<int> Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, int>(values);

    /// <summary>A file of this header and these data.</summary>
    public static byte[] FileOf(string header, ReadOnlySpan<byte> data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. data];
    }

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
}
