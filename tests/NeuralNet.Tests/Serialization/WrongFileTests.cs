using System.IO.Compression;
using System.Text;

namespace NeuralNet.Tests.Serialization;

/// <summary>Files of other formats are named for what they are, whoever is asked to read them.</summary>
public sealed class WrongFileTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "model");

    public static TheoryData<string, byte[]> Files => new()
    {
        { "a zip, as torch.save writes", Zip() },
        { "a zip, as torch.save writes", [.. "PK\x3\x4"u8, 0, 0, 0, 0, 8, 8, .. new byte[100]] },
        { "HDF5, as Keras writes", [0x89, .. "HDF\r\n\x1a\n"u8, 0, 0, 0, 0, 0, 8, 8, 0, .. new byte[100]] },
        { "a pickle of Python", [0x80, 2, 0x8A, 10, .. "lFc9cM"u8, .. new byte[100]] },
        { "a pickle of Python", [0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0, (byte)'}', .. new byte[5]] },
        { "gzip", Gzip(new byte[1000]) },
        { "an ONNX file", Hex("08081207 7079746F 72636822") },
        { "an ONNX file", Hex("08082801 3A021200") },
        { "an ONNX file", Hex("08083204 6E616D65") },
        { "an array of numpy", [0x93, .. "NUMPY"u8, 1, 0, .. new byte[120]] },
        { "GGUF", [.. "GGUF"u8, 3, 0, 0, 0, .. new byte[100]] },
        { "a pointer of Git LFS", Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n") },
        { "a web page", Encoding.ASCII.GetBytes("<!DOCTYPE html><html><body>Not found</body></html>") },
    };

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Theory]
    [MemberData(nameof(Files))]
    public void Whatever_reads_it_says_what_it_is(string kind, byte[] content)
    {
        File.WriteAllBytes(path, content);
        Network network = Network.Create(2).Dense(1).Build(1);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f));
        foreach (Action read in new Action[]
        {
            () => Network.Load(path), () => Network.ReadMetadata(path), () => network.LoadWeights(path), () => trainer.Resume(path),
        })
        {
            read.Should().Throw<InvalidDataException>().WithMessage($"{path}: *It seems to be {kind}*");
        }

        // A stream that cannot be sought in, too.
        using var pipe = new OneWay(new MemoryStream(content));
        new Action(() => Network.Load(pipe)).Should().Throw<InvalidDataException>().WithMessage($"The stream: *It seems to be {kind}*");
    }

    [Fact]
    public void Each_kind_that_a_zip_can_be_has_its_own_remedy()
    {
        File.WriteAllBytes(path, Zip());
        string message = new Action(() => Network.Load(path)).Should().Throw<InvalidDataException>().Which.Message;
        message.Should().Match("*torch.save writes (*safetensors.torch.save_file*)*.keras (*ONNX)*.npz (*safetensors.numpy.save_file*)*");
    }

    [Fact]
    public void A_safetensors_file_that_ends_early_is_not_taken_for_another()
    {
        byte[] file = SavedNetworks.Save(Network.Create(2).Dense(1).Build(1));
        file[0] = 0x1F;
        file[1] = 0x8B;
        File.WriteAllBytes(path, file);
        new Action(() => Network.Load(path)).Should().Throw<InvalidDataException>().Which.Message.Should().NotContain("seems to be");
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Gzip(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static byte[] Zip()
    {
        var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create))
            zip.CreateEntry("archive/data.pkl").Open().Dispose();
        return packed.ToArray();
    }
}
