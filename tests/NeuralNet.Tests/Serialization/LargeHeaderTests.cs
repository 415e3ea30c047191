using System.Text;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Headers of up to 100 MB: what they take in time and memory is bounded by what comes, not by what is said.</summary>
public class LargeHeaderTests
{
    private const int Most = 100_000_000;

    [Fact]
    public void A_header_of_a_hundred_megabytes_is_read()
    {
        byte[] file = Filled(Most, """{"__metadata__":{"a":"x"}}""", "x");
        Action load = () => Network.Load(new MemoryStream(file));
        long taken = Allocated(() => load.Should().Throw<InvalidDataException>().WithMessage("*there are weights, but no network*"));
        taken.Should().BeLessThan(5L * Most, "the bytes, and the text with two bytes a character");
    }

    [Fact]
    public void A_header_of_a_hundred_megabytes_that_is_no_JSON_at_its_end_is_refused()
    {
        byte[] file = Filled(Most, "{ !", " ");
        Action load = () => Network.Load(new MemoryStream(file));
        long taken = Allocated(() => load.Should().Throw<InvalidDataException>().WithMessage("*not valid JSON*"));
        taken.Should().BeLessThan(2L * Most);
    }

    [Fact]
    public void One_byte_more_is_refused_before_it_is_read()
    {
        byte[] file = [.. BitConverter.GetBytes((long)Most + 1), (byte)'{'];
        long taken = Allocated(() => Refused(file, "*100000001 bytes; at most 100000000*"));
        taken.Should().BeLessThan(1 << 20);
    }

    [Fact]
    public void A_hundred_megabytes_that_are_only_said_are_not_allocated()
    {
        byte[] file = [.. BitConverter.GetBytes((long)Most), .. "{\"a\":"u8];
        const string Words = "*said to have 100000000 bytes, and only 5 follow*";
        Action loadForward = () => Network.Load(new OneWay(new MemoryStream(file))), load = () => Network.Load(new MemoryStream(file));
        long forward = Allocated(() => loadForward.Should().Throw<InvalidDataException>().WithMessage(Words));
        forward.Should().BeLessThan(3 << 20);
        long known = Allocated(() => load.Should().Throw<InvalidDataException>().WithMessage(Words));
        known.Should().BeLessThan(1 << 20);
    }

    [Fact]
    public void Data_that_are_only_said_are_not_allocated()
    {
        // A matrix of 2 GB, of which eight bytes come.
        string structure = """{\"version\":1,\"input\":[1],\"layers\":[{\"kind\":\"Dense\",\"input\":[1],\"outputs\":500000000,"""
            + """\"activation\":{\"kind\":\"Relu\"},\"bias\":false}]}""";
        byte[] file = FileOf(
            $$$"""{"__metadata__":{"neuralnet":"{{{structure}}}"},{{{Tensor("0.weight", "F32", "500000000,1", "0,2000000000")}}}}""", new byte[8]);
        Allocated(() => Refused(file, "*tells of 2000000000 bytes of data, but got 8*")).Should().BeLessThan(4 << 20);
        new Action(() => Network.Load(new OneWay(new MemoryStream(file))))
            .Should().Throw<InvalidDataException>().WithMessage("*tells of 2000000000 bytes of data, but got fewer*");
    }

    [Fact]
    public void A_network_comes_whole_from_a_stream_of_unknown_length()
    {
        Network network = Network.Create(2100).Dense(2100).Build(1);
        byte[] file = Save(network);
        Bits(Network.Load(new OneWay(new MemoryStream(file), 100_000)).Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
        new Action(() => Network.Load(new OneWay(new MemoryStream([.. file, 0]), 100_000)))
            .Should().Throw<InvalidDataException>().WithMessage("*but got more*");
        new Action(() => Network.Load(new OneWay(new MemoryStream(file[..^1]), 100_000)))
            .Should().Throw<InvalidDataException>().WithMessage("*but got fewer*");
    }

    [Fact]
    public void Tens_of_thousands_of_tensors_take_a_small_multiple_of_the_header()
    {
        byte[] file = FileOf(0, [.. Enumerable.Range(0, 50_000).Select(i => Tensor($"{i}", "U8", "0", "0,0"))]);
        Network network = Network.Create(1).Dense(1).Build();
        InvalidDataException? refusal = null;
        Action read = () => NetworkFile.ReadWeights(new MemoryStream(file), "many", network, name => name, false);
        long taken = Allocated(() => refusal = read.Should().Throw<InvalidDataException>().Which);

        taken.Should().BeLessThan(20L * file.Length);
        refusal!.Message.Should().Contain("Missing: 0.weight [1, 1]; 0.bias [1].")
            .And.Contain("Not in the network: 0 U8 [0]; 1 U8 [0]; 10 U8 [0]; 100 U8 [0]; ").And.EndWith("; and 49000 more.");
        refusal.Message.Length.Should().BeLessThan(1 << 20);
    }

    // The text with one of its parts so often that the header has this many bytes.
    private static byte[] Filled(int length, string text, string part)
    {
        byte[] file = new byte[8 + length];
        BitConverter.GetBytes((long)length).CopyTo(file, 0);
        int at = text.LastIndexOf(part, StringComparison.Ordinal), rest = text.Length - at - 1;
        Span<byte> header = file.AsSpan(8);
        Encoding.ASCII.GetBytes(text.AsSpan(0, at), header);
        header[at..^rest].Fill((byte)part[0]);
        Encoding.ASCII.GetBytes(text.AsSpan(at + 1), header[^rest..]);
        return file;
    }
}
