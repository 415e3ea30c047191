using NeuralNet.Tests.Serialization;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Files of other formats are named for what they are, with what makes an ONNX file of them.</summary>
public sealed class WrongFileTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "model");

    public static TheoryData<string, byte[]> Files => NeuralNet.Tests.Serialization.WrongFileTests.Files;

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Theory]
    [MemberData(nameof(Files))]
    public void Whatever_is_no_ONNX_file_is_named(string kind, byte[] content)
    {
        string message = Refusal(content);
        if (kind == "an ONNX file")
        {
            message.Should().NotContain("seems to be");
            return;
        }

        message.Should().StartWith($"{path}: This is no ONNX file. It seems to be {kind}").And.NotContain("save_file").And.NotContain("to ONNX");
        if (kind.Contains("torch.save", StringComparison.Ordinal) || kind.Contains("pickle", StringComparison.Ordinal))
            message.Should().Contain("torch.onnx.export");
    }

    [Fact]
    public void A_safetensors_file_is_named_whatever_its_length()
    {
        byte[] content = SavedNetworks.Save(Network.Create(2).Dense(1).Build(1));
        foreach (int length in new[] { 640, 896, 1152, 1408, 0x8B1F })
        {
            (content[0], content[1]) = ((byte)length, (byte)(length >> 8));
            Refusal(content).Should().Contain("It seems to be a safetensors file: Network.Load reads it.");
        }
    }

    private string Refusal(byte[] content)
    {
        File.WriteAllBytes(path, content);
        return new Action(() => OnnxFile.Load(path)).Should().Throw<InvalidDataException>().Which.Message;
    }
}
