using System.Text;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>
/// Headers that lie. Among them are the cases that the reference implementation (huggingface/safetensors, tensor.rs) tests: header
/// too large, too small, of an invalid length, not UTF-8, not JSON, blanks after and before it.
/// </summary>
public class SafetensorsHeaderTests
{
    private static readonly byte[] valid = Save(Network.Create(2).Dense(3, Activation.Relu).Build(1));

    [Fact]
    public void A_length_beyond_any_header_is_refused() =>
        Refused([0x3C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, .. valid.AsSpan(8)], "*18446742974197923900 bytes*at most 100000000*");

    // 0xFFFFFF0000003C as it is written: the bytes of the length from the lowest on.
    [Theory]
    [InlineData(0xFFFFFF0000003CUL)]
    [InlineData(0xFFFFFF000000003CUL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x8000000000000000UL)]
    [InlineData(0x7FFFFFFFFFFFFFFFUL)]
    [InlineData(100_000_001UL)]
    public void No_length_overflows(ulong length) =>
        Refused([.. BitConverter.GetBytes(length), .. valid.AsSpan(8)], $"*{length} bytes*at most 100000000*Is it a safetensors file?*");

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(90_000_000)]
    public void A_length_beyond_the_file_is_refused(int more)
    {
        long length = valid.Length - 8 + more;
        Refused([.. BitConverter.GetBytes(length), .. valid.AsSpan(8)], $"*said to have {length} bytes, and only {valid.Length - 8} follow*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void A_file_without_a_whole_length_is_refused(int bytes) =>
        Refused(valid[..bytes], $"*ends after {bytes} bytes*begins with 8 bytes of length*");

    [Fact]
    public void A_header_that_is_said_but_not_there_is_refused() =>
        Refused([0x3C, 0, 0, 0, 0, 0, 0, 0], "*said to have 60 bytes, and only 0 follow*");

    [Fact]
    public void An_empty_header_is_refused() => Refused(new byte[8], "*does not begin with \"{\"*");

    [Fact]
    public void A_byte_that_is_no_text_is_refused() => Refused([1, 0, 0, 0, 0, 0, 0, 0, 0xFF], "*does not begin with \"{\"*");

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    public void Bytes_that_are_not_UTF8_are_refused(byte[] bytes)
    {
        byte[] header = [.. "{\""u8, .. bytes, .. "\":{}}"u8];
        Refused([(byte)header.Length, 0, 0, 0, 0, 0, 0, 0, .. header], "*not UTF-8*");
    }

    [Fact]
    public void A_lone_brace_is_refused() => Refused([1, 0, 0, 0, 0, 0, 0, 0, (byte)'{'], "*header is not valid JSON*");

    [Theory]
    [InlineData("{}{}")]
    [InlineData("{},")]
    [InlineData("{} x")]
    [InlineData("{}\0")]
    [InlineData("""{"__metadata__":{},}""")]
    [InlineData("""{/* */}""")]
    [InlineData("""{'a':1}""")]
    [InlineData("""{"a" 1}""")]
    [InlineData("""{"__metadata__":{"a":"b"}""")]
    [InlineData("{\"__metadata__\":{\"a\":\"\n\"}}")]
    [InlineData("""{"__metadata__":{"a":"\x"}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[+1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}""")]
    public void What_is_not_JSON_is_refused(string header) => Refused(FileOf(header, new byte[4]), "*header is not valid JSON*");

    [Theory]
    [InlineData(" {}")]
    [InlineData("\t\n{}\r ")]
    [InlineData("\uFEFF{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"{}\"")]
    [InlineData("1")]
    public void What_does_not_begin_with_a_brace_is_refused(string header) => Refused(FileOf(header, []), "*does not begin with \"{\"*");

    [Fact]
    public void Blanks_may_follow_the_header() =>
        Load(WithHeader(valid, header => header + "\r \t\n    ")).Layers.Should().ContainSingle();

    [Theory]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "*\"__metadata__\" stands in the header twice*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""",
        "*\"a\" stands in the header twice*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"\u0061":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""",
        "*\"a\" stands in the header twice*")]
    [InlineData("""{"__metadata__":{"x":"1","x":"1"}}""", "*\"x\" stands in \"__metadata__\" twice*")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}""", "*tensor \"a\": \"dtype\" stands there twice*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"shape":[],"data_offsets":[0,4]}}""", "*tensor \"a\": \"shape\" stands there twice*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"data_offsets":[0,4]}}""",
        "*tensor \"a\": \"data_offsets\" stands there twice*")]
    [InlineData("""{"a":{"x":1,"dtype":"F32","x":1,"shape":[],"data_offsets":[0,4]}}""", "*tensor \"a\": \"x\" stands there twice*")]
    public void Duplicate_names_are_refused(string header, string words) => Refused(FileOf(header, new byte[4]), words);

    [Theory]
    [InlineData("""{"__metadata__":[]}""", "*\"__metadata__\": an object was expected, but got StartArray*")]
    [InlineData("""{"__metadata__":null}""", "*\"__metadata__\": an object was expected, but got Null*")]
    [InlineData("""{"__metadata__":"a"}""", "*\"__metadata__\": an object was expected, but got String*")]
    [InlineData("""{"__metadata__":{"a":1}}""", "*\"__metadata__\", \"a\": a text was expected, but got Number*")]
    [InlineData("""{"__metadata__":{"a":null}}""", "*\"__metadata__\", \"a\": a text was expected, but got Null*")]
    [InlineData("""{"__metadata__":{"a":{}}}""", "*\"__metadata__\", \"a\": a text was expected, but got StartObject*")]
    [InlineData("""{"a":null}""", "*tensor \"a\": an object was expected, but got Null*")]
    [InlineData("""{"a":[]}""", "*tensor \"a\": an object was expected, but got StartArray*")]
    [InlineData("""{"a":{}}""", "*tensor \"a\": \"dtype\", \"shape\" and two \"data_offsets\" were expected*")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "*\"dtype\", \"shape\" and two \"data_offsets\" were expected*")]
    [InlineData("""{"a":{"dtype":null,"shape":[],"data_offsets":[0,4]}}""", "*tensor \"a\": a text as \"dtype\" was expected, but got Null*")]
    [InlineData("""{"a":{"dtype":["F32"],"shape":[],"data_offsets":[0,4]}}""",
        "*tensor \"a\": a text as \"dtype\" was expected, but got StartArray*")]
    [InlineData("""{"a":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got Null*")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got Number*")]
    [InlineData("""{"a":{"dtype":"F32","shape":{},"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got StartObject*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got StartArray*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[null],"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got Null*")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got String*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got 1e0*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got 1.0*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e3],"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got 1e3*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "*as \"shape\" a list*but got -1*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}""", "*as \"shape\" a list*but got -0*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""",
        "*as \"shape\" a list*from 0 to 2⁶³ − 1*but got 9223372036854775808*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":null}}""", "*as \"data_offsets\" a list*but got Null*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[]}}""", "*two \"data_offsets\" were expected*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[4]}}""", "*two \"data_offsets\" were expected*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4,8]}}""", "*as \"data_offsets\" a list of at most 2*but got more numbers*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4.0]}}""", "*as \"data_offsets\" a list*but got 4.0*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[-4,0]}}""", "*as \"data_offsets\" a list*but got -4*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,18446744073709551620]}}""",
        "*as \"data_offsets\" a list*but got 18446744073709551620*")]
    public void What_is_of_another_type_is_refused(string header, string words) => Refused(FileOf(header, new byte[4]), words);

    [Theory]
    [InlineData("F33")]
    [InlineData("f32")]
    [InlineData("")]
    [InlineData("F32 ")]
    [InlineData("I128")]
    [InlineData("float32")]
    public void Unknown_types_are_refused(string type) =>
        Refused(FileOf(4, Tensor("a", type, "", "0,4")), $"*tensor \"a\": the type \"{type}\" is unknown*");

    [Theory]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""")]
    [InlineData("""{"\udc00\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""")]
    [InlineData("""{"__metadata__":{"\ud800x":"a"}}""")]
    [InlineData("""{"__metadata__":{"a":"\ud800"}}""")]
    [InlineData("""{"a":{"dtype":"\udfff","shape":[],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"\ud800":1}}""")]
    public void Half_of_a_surrogate_pair_is_refused(string header) => Refused(FileOf(header, new byte[4]), "*text of the header is not Unicode*");

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void What_nests_ten_thousand_deep_is_refused(string open, string close)
    {
        string deep = string.Concat(Enumerable.Repeat(open, 10_000)) + "1" + string.Concat(Enumerable.Repeat(close, 10_000));
        Refused(FileOf($$$"""{"a":{"x":{{{deep}}}}}""", []), "*header is not valid JSON*depth*");
        Refused(FileOf($$$"""{"a":{{{deep}}}}""", []), "*");
        Refused(FileOf($$$"""{"__metadata__":{"a":{{{deep}}}}}""", []), "*a text was expected*");
        Refused(FileOf($$$"""{"a":{"dtype":"F32","shape":{{{deep}}},"data_offsets":[0,4]}}""", new byte[4]), "*as \"shape\" a list*");
        Refused(FileOfStructure(deep), "*\"neuralnet\" is not valid JSON*depth*");
        Refused(FileOfStructure($$$"""{"version":1,"input":[1],"layers":{{{deep}}}}"""), "*\"neuralnet\" is not valid JSON*depth*");
        Refused(WithMetadata(valid, "neuralnet.check", _ => deep), "*\"neuralnet.check\" is not valid JSON*depth*");
    }

    [Fact]
    public void More_dimensions_than_64_are_refused()
    {
        static byte[] Of(int dimensions) => FileOf(1, Tensor("a", "U8", string.Join(",", Enumerable.Repeat(1, dimensions)), "0,1"));
        Refused(Of(64), "*there are weights, but no network*");
        Refused(Of(65), "*as \"shape\" a list of at most 64*but got more numbers*");
    }

    [Fact]
    public void What_else_a_tensor_is_said_to_have_is_passed_over() =>
        Load(WithHeader(valid, header => header.Replace("\"dtype\"", "\"note\":{\"a\":[1,{}]},\"dtype\"", StringComparison.Ordinal))).Layers
            .Should().ContainSingle();

    [Fact]
    public void Messages_show_no_control_characters_and_not_all_of_a_long_name()
    {
        InvalidDataException refusal = Refused(
            FileOf("""{"\u001b[31m\u0007\ud83d\ude00LONG":1}""".Replace("LONG", new string('x', 100_000), StringComparison.Ordinal), []),
            "*tensor \"?[31m???xxx*…\"*");
        refusal.Message.Length.Should().BeLessThan(400);
        refusal.Message.Should().NotContainAny("\u001b", "\u0007");
    }

    [Fact]
    public void A_file_of_another_kind_is_refused_with_a_hint()
    {
        Refused(Encoding.ASCII.GetBytes("PK\u0003\u0004 a zip archive, as PyTorch writes it"), "*seems to be a zip, as torch.save writes*");
        Refused(FileOf("{}", []), "*there are weights, but no network*LoadWeights*");
    }
}
