using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using NeuralNet.Onnx.Schema;
using NeuralNet.Tests.Networks;

namespace NeuralNet.Onnx.Tests;

/// <summary>A network's metadata are a model's metadata_props, both ways.</summary>
public class MetadataTests
{
    [Fact]
    public void They_come_back_from_a_model_text_by_text()
    {
        Network network = Small();
        network.Metadata = NetworkMetadataTests.Texts;
        byte[] model = network.ToOnnx();
        OnnxFile.Load(model).Metadata.Should().Equal(network.Metadata);
        network.ToOnnx().Should().Equal(model);
        network.Clone().ToOnnx().Should().Equal(model);

        string path = Path.GetTempFileName();
        try
        {
            network.SaveOnnx(path);
            OnnxFile.Load(path).Metadata.Should().Equal(network.Metadata);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ONNX_Runtime_sees_them()
    {
        Network network = Small();
        network.Metadata = new Dictionary<string, string> { ["classes"] = "cat,dog", ["größe 数"] = "😀 \"x\"\r\n\t", ["empty"] = "" };
        using var session = new InferenceSession(network.ToOnnx());
        session.ModelMetadata.CustomMetadataMap.Should().BeEquivalentTo(network.Metadata);

        // Its texts end with a character 0.
        network.Metadata = new Dictionary<string, string> { ["a"] = "b\0c" };
        using var cut = new InferenceSession(network.ToOnnx());
        cut.ModelMetadata.CustomMetadataMap.Should().Equal(new Dictionary<string, string> { ["a"] = "b" });
        using var none = new InferenceSession(Small().ToOnnx());
        none.ModelMetadata.CustomMetadataMap.Should().BeEmpty();
    }

    [Fact]
    public void What_the_librarys_own_files_use_themselves_is_left_out()
    {
        Network loaded = OnnxFile.Load(With(("format", "x"), ("neuralnet", "x"), ("neuralnet.check", "x"), ("names", "{0: 'cat'}"), ("", "y")));
        loaded.Metadata.Should().Equal(new Dictionary<string, string> { [""] = "y", ["names"] = "{0: 'cat'}" });
    }

    [Fact]
    public void A_name_that_is_there_twice_is_refused_if_the_texts_differ()
    {
        OnnxFile.Load(With(("a", "1"), ("a", "1"))).Metadata.Should().Equal(new Dictionary<string, string> { ["a"] = "1" });
        new Action(() => OnnxFile.Load(With(("a\u001b", "1"), ("a\u001b", "2")))).Should().Throw<InvalidDataException>()
            .WithMessage("\"a\ufffd\" stands in metadata_props twice, with different texts*");
    }

    [Fact]
    public void More_than_a_network_may_have_is_refused()
    {
        string half = new('é', 25_000_000);
        new Action(() => OnnxFile.Load(With(("a", half), ("b", half)))).Should().Throw<InvalidDataException>()
            .WithMessage("The texts of metadata_props are refused: *100000002 bytes as UTF-8; at most 100000000*");
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused_or_replaced()
    {
        byte[] model = With(("a", "QQ"));
        int at = model.AsSpan().LastIndexOf("QQ"u8);
        foreach (byte wrong in new byte[] { 0xff, 0xed, 0xc0, 0x80 })
        {
            model[at] = wrong;
            try
            {
                string text = OnnxFile.Load(model).Metadata["a"];
                text.Should().Contain("\ufffd");
            }
            catch (InvalidDataException)
            {
                // The parser may refuse it, too.
            }
        }
    }

    private static Network Small() => Network.Create(3).Dense(2, Activation.Softmax).Build(1);

    private static byte[] With(params (string Key, string Value)[] entries)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Small().ToOnnx());
        model.MetadataProps.Add(entries.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return model.ToByteArray();
    }
}
