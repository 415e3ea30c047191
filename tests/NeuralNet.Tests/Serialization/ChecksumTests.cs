namespace NeuralNet.Tests.Serialization;

public class ChecksumTests
{
    // The check value of CRC-32C, and those of RFC 3720, appendix B.4.
    [Fact]
    public void Known_values_come_out()
    {
        Of("123456789"u8).Should().Be(0xE3069283);
        Of([]).Should().Be(0);
        Of(new byte[32]).Should().Be(0x8A9136AA);
        Of([.. Enumerable.Repeat((byte)0xFF, 32)]).Should().Be(0x62A8AB43);
        Of([.. Enumerable.Range(0, 32).Select(i => (byte)i)]).Should().Be(0x46DD794E);
    }

    [Fact]
    public void Pieces_give_what_the_whole_gives()
    {
        byte[] bytes = [.. Enumerable.Range(0, 100).Select(i => (byte)(i * 37))];
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var sum = new Checksum();
            sum.Add(bytes.AsSpan(0, cut));
            sum.Add([]);
            sum.Add(bytes.AsSpan(cut));
            sum.Value.Should().Be(Of(bytes), $"cut at {cut}");
        }
    }

    [Fact]
    public void Any_bit_changes_it()
    {
        byte[] bytes = new byte[33];
        uint none = Of(bytes);
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Of(bytes).Should().NotBe(none);
            bytes[bit / 8] = 0;
        }
    }

    private static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = new Checksum();
        sum.Add(bytes);
        return sum.Value;
    }
}
