using System.Formats.Tar;
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
        { "a zip", [.. "PK\x5\x6"u8, .. new byte[18]] },
        { "xz: unpack it first", [0xFD, .. "7zXZ"u8, 0, 0, 4, .. new byte[100]] },
        { "7z: unpack it first", [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C, 0, 4, .. new byte[100]] },
        { "bzip2: unpack it first", [.. "BZh91AY&SY"u8, .. new byte[100]] },
        { "zstd: unpack it first", [0x28, 0xB5, 0x2F, 0xFD, 4, .. new byte[100]] },
        { "rar: unpack it first", [.. "Rar!"u8, 0x1A, 7, 1, 0, .. new byte[100]] },
        { "tar: unpack it first", Tar() },
        { "a pickle of Python", Encoding.ASCII.GetBytes("(dp0\nVweight\np1\nI1\ns.") },
        { "TensorFlow Lite", [0x1C, 0, 0, 0, .. "TFL3"u8, .. new byte[100]] },
        { "a model of another program", Hex("0801 12 9001 0A2B 0A05 7365727665 2A1D") }, // a saved_model.pb
        { "a model of another program", Hex("0804 12 0F 0A05 0A01 78 1A00 52 06 0A01 79 1A01 00") }, // of Core ML
        { "JSON", Encoding.ASCII.GetBytes("{\n  \"metadata\": {\"total_size\": 1},\n  \"weight_map\": {\"a\": \"model-00001.safetensors\"}\n}") },
        { "JSON", Encoding.ASCII.GetBytes("[1, 2, 3, 4, 5, 6, 7]") },
        { "text", Encoding.ASCII.GetBytes("a,b,c\n1,2,3\n4,5,6\n") },
        { "a web page", Encoding.UTF8.GetBytes("\uFEFF\n<HTML><BODY>404 Not Found</BODY></HTML>") },
        { "a web page, or XML", Encoding.ASCII.GetBytes("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>") },
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

    [Theory]
    [MemberData(nameof(Files))]
    public void Images_say_what_they_are_instead(string kind, byte[] content)
    {
        File.WriteAllBytes(path, content);
        new Action(() => Dataset.FromIdx(path, path)).Should().Throw<InvalidDataException>()
            .WithMessage($"{path}: expected an idx file,*It seems to be {kind}*");
        if (kind == "gzip")
            return;
        File.WriteAllBytes(path + ".gz", content);
        new Action(() => Dataset.FromIdx(path + ".gz", path)).Should().Throw<InvalidDataException>()
            .WithMessage($"{path}.gz: the name ends in .gz, but the content is not gzip. It seems to be {kind}*");
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
        new Action(() => Network.Load(path)).Should().Throw<InvalidDataException>()
            .WithMessage("*The file has been cut off: copy or download it again.").Which.Message.Should().NotContain("seems to be");
    }

    // Lengths that begin as a pickle, as gzip and as an ONNX file do.
    [Theory]
    [InlineData(640)]
    [InlineData(896)]
    [InlineData(1152)]
    [InlineData(1408)]
    [InlineData(0x8B1F)]
    [InlineData(0x120408)]
    public void A_safetensors_file_is_one_whatever_the_length_of_its_header(int length)
    {
        byte[] file = SavedNetworks.FileOf("{" + new string(' ', length - 2) + "}", []);
        FileKind.Words(file.AsSpan(0, FileKind.Bytes)).Should().StartWith(" It seems to be a safetensors file");
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Gzip(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static byte[] Tar()
    {
        var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, leaveOpen: true))
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "model.safetensors") { DataStream = new MemoryStream(new byte[100]) });
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
