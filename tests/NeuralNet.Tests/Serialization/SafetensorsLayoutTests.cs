using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>
/// Offsets, shapes and types that lie. Among them are the cases that the reference implementation tests: ten tensors on the
/// same bytes, an incomplete buffer, invalid information, overflow, empty shapes, tensors without elements, sub-byte types.
/// </summary>
public class SafetensorsLayoutTests
{
    // What is said about files that are right but hold no network: all checks of the header have passed.
    private const string Passed = "*there are weights, but no network*";

    [Fact]
    public void Ten_tensors_on_the_same_bytes_are_refused()
    {
        string[] tensors = [.. Enumerable.Range(0, 10).Select(i => Tensor($"weight_{i}", "F32", "2,2", "0,16"))];
        Refused(FileOf(16, tensors), "*lies from 0 to 16; it was expected to begin at 16*");
    }

    [Fact]
    public void Bytes_after_the_tensors_are_refused()
    {
        byte[] file = Save(Network.Create(2).Dense(3).Build(1));
        Refused([.. file, 0], "*tells of 36 bytes of data, but got 37*");
        Refused([.. file, .. "bogus data of another format"u8], "*tells of 36 bytes of data, but got 64*");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(36)]
    public void Missing_bytes_are_refused(int missing) =>
        Refused(Save(Network.Create(2).Dense(3).Build(1))[..^missing], $"*tells of 36 bytes of data, but got {36 - missing}*");

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        byte[] file = Save(Network.Create(1).Dense(1).Build(1));
        for (int length = 0; length < file.Length; length++)
            new Action(() => Load(file[..length])).Should().Throw<InvalidDataException>($"{length} of {file.Length} bytes actual");
    }

    [Theory]
    [InlineData("I32", "2,18446744073709551614", "*from 0 to 2⁶³ − 1*")]
    [InlineData("I32", "2,9223372036854775807", "*would have 2⁶³ bits or more*")]
    [InlineData("I32", "4294967296,4294967296", "*would have 2⁶³ bits or more*")]
    [InlineData("I32", "1152921504606846976", "*would have 2⁶³ bits or more*")]
    [InlineData("U8", "1152921504606846976", "*would have 2⁶³ bits or more*")]
    [InlineData("U8", "9223372036854775807,9223372036854775807,0", "*would have 2⁶³ bits or more*")]
    [InlineData("F64", "4294967296,4294967297", "*would have 2⁶³ bits or more*")]
    [InlineData("F64", "4611686018427387904,4", "*would have 2⁶³ bits or more*")]
    public void Shapes_whose_product_overflows_are_refused(string type, string shape, string words) =>
        Refused(FileOf(16, Tensor("test", type, shape, "0,16")), words);

    [Theory]
    [InlineData("I32", "2,2", 4, "*tensor \"test\": I32 [2, 2] takes 16 bytes, and 4 are given*")]
    [InlineData("I32", "2,2", 17, "*takes 16 bytes, and 17 are given*")]
    [InlineData("F32", "", 0, "*takes 4 bytes, and 0 are given*")]
    [InlineData("F16", "3", 4, "*takes 6 bytes, and 4 are given*")]
    [InlineData("BOOL", "3", 4, "*takes 3 bytes, and 4 are given*")]
    [InlineData("C64", "1", 4, "*takes 8 bytes, and 4 are given*")]
    [InlineData("F4", "1", 1, "*F4 [1] takes 0.5 bytes, and 1 are given*")]
    [InlineData("F4", "3", 1, "*takes 1.5 bytes, and 1 are given*")]
    [InlineData("F6_E2M3", "2", 1, "*takes 1.5 bytes, and 1 are given*")]
    [InlineData("F6_E3M2", "4", 4, "*takes 3 bytes, and 4 are given*")]
    [InlineData("U8", "0", 1, "*takes 0 bytes, and 1 are given*")]
    public void Sizes_that_do_not_follow_from_the_shape_are_refused(string type, string shape, int bytes, string words) =>
        Refused(FileOf(bytes, Tensor("test", type, shape, $"0,{bytes}")), words);

    [Theory]
    [InlineData("BOOL", 1)]
    [InlineData("U8", 1)]
    [InlineData("I8", 1)]
    [InlineData("F8_E5M2", 1)]
    [InlineData("F8_E4M3", 1)]
    [InlineData("F8_E8M0", 1)]
    [InlineData("I16", 2)]
    [InlineData("U16", 2)]
    [InlineData("F16", 2)]
    [InlineData("BF16", 2)]
    [InlineData("I32", 4)]
    [InlineData("U32", 4)]
    [InlineData("F32", 4)]
    [InlineData("I64", 8)]
    [InlineData("U64", 8)]
    [InlineData("F64", 8)]
    [InlineData("C64", 8)]
    public void Every_type_of_the_format_is_known(string type, int size) =>
        Refused(FileOf(3 * size, Tensor("a", type, "3", $"0,{3 * size}")), Passed);

    [Theory]
    [InlineData("F4", 2, 1)]
    [InlineData("F6_E2M3", 4, 3)]
    [InlineData("F6_E3M2", 8, 6)]
    public void Types_below_a_byte_fill_whole_bytes(string type, int count, int bytes) =>
        Refused(FileOf(bytes, Tensor("a", type, $"{count}", $"0,{bytes}")), Passed);

    [Fact]
    public void Empty_shapes_and_tensors_without_elements_are_no_mistake()
    {
        Refused(FileOf("""{"test":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}""", new byte[4]), Passed);
        Refused(FileOf("""{"test":{"dtype":"I32","shape":[2,0],"data_offsets":[0, 0]}}""", []), Passed);
        Refused(
            FileOf("""{"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", new byte[2]),
            Passed);
    }

    [Theory]
    [InlineData("0,4", "5,9", "*\"b\" lies from 5 to 9; it was expected to begin at 4*")]
    [InlineData("0,4", "8,12", "*\"b\" lies from 8 to 12; it was expected to begin at 4*")]
    [InlineData("0,4", "3,7", "*\"b\" lies from 3 to 7; it was expected to begin at 4*")]
    [InlineData("0,4", "0,4", "*lies from 0 to 4; it was expected to begin at 4*")]
    [InlineData("1,5", "5,9", "*\"a\" lies from 1 to 5; it was expected to begin at 0*")]
    [InlineData("0,4", "4,0", "*\"b\" lies from 4 to 0*")]
    [InlineData("4,0", "4,8", "*\"a\" lies from 4 to 0; it was expected to begin at 0*")]
    [InlineData("0,4", "9223372036854775807,9223372036854775807", "*\"b\" lies from 9223372036854775807*")]
    [InlineData("0,9223372036854775807", "9223372036854775807,9223372036854775807",
        "*\"a\": F32 [1] takes 4 bytes, and 9223372036854775807 are given*")]
    public void Holes_overlaps_and_reversed_offsets_are_refused(string a, string b, string words) =>
        Refused(FileOf(8, Tensor("a", "F32", "1", a), Tensor("b", "F32", "1", b)), words);

    [Fact]
    public void Tensors_may_stand_in_any_order()
    {
        byte[] file = Save(Network.Create(2).Dense(3).Build(1));
        string swapped = WithHeaderText(Header(file).Header);
        Load(FileOf(swapped, file.AsSpan(Header(file).Data))).Parameters.ToArray().Should().Equal(Load(file).Parameters.ToArray());

        static string WithHeaderText(string header)
        {
            int bias = header.IndexOf("\"0.bias\"", StringComparison.Ordinal), weight = header.IndexOf("\"0.weight\"", StringComparison.Ordinal);
            string first = header[bias..(weight - 1)], second = header[weight..header.LastIndexOf('}')];
            return header[..bias] + second + "," + first + "}";
        }
    }

    [Fact]
    public void A_file_begins_where_the_stream_stands()
    {
        byte[] file = Save(Network.Create(2).Dense(3).Build(1));
        using var stream = new MemoryStream([1, 2, 3, .. file]) { Position = 3 };
        Network.Load(stream).Layers.Should().ContainSingle();
        stream.Position.Should().Be(stream.Length);
        stream.Position = stream.Length + 5;
        new Action(() => Network.Load(stream)).Should().Throw<InvalidDataException>().WithMessage("*ends after 0 bytes*");
    }
}
