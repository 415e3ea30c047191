using System.Globalization;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Weights in a file beside the model's: read from there, and from nowhere else.</summary>
public sealed class ExternalDataTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("onnx").FullName;

    private string ModelPath => Path.Combine(folder, "model.onnx");

    private string DataPath => Path.Combine(folder, "model.onnx.data");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Weights_beside_the_model_are_read()
    {
        ModelOf plain = Sound();
        byte[] data = [.. new byte[64], .. plain.Graph.Initializer[0].RawData, .. plain.Graph.Initializer[1].RawData];
        File.WriteAllBytes(DataPath, data);
        ModelOf model = Outside(Sound(), 0, ("location", "model.onnx.data"), ("offset", "64"), ("length", "24"));
        Outside(model, 1, ("location", "model.onnx.data"), ("offset", "88"));
        File.WriteAllBytes(ModelPath, model.Bytes());
        Network network = OnnxFile.Load(ModelPath);
        network.Parameters.ToArray().Should().Equal(plain.Import().Parameters.ToArray());
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(ModelPath);
        session.InputMetadata.Should().ContainKey("input");
        FluentActions.Invoking(() => OnnxFile.Load(model.Bytes())).Should().Throw<InvalidDataException>()
            .WithMessage("Initializer \"W\": its data is in another file*load the model by its path, or *external_data=False*");
    }

    [Fact]
    public void A_constant_and_a_relative_path_too()
    {
        File.WriteAllBytes(DataPath, [.. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(3f)]);
        TensorProto value = new() { DataType = 1, Dims = { 2 }, DataLocation = TensorProto.Types.DataLocation.External };
        value.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "model.onnx.data" });
        ModelOf model = new ModelOf(0, 2).Node("c = Constant()", ("value", value)).Node("output = Mul(input, c)");
        File.WriteAllBytes(ModelPath, model.Bytes());
        OnnxFile.Load(Path.GetRelativePath(Environment.CurrentDirectory, ModelPath)).Predict([1, 10]).Should().Equal(2, 30);
    }

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("/dev/zero")]
    [InlineData("sub/model.onnx.data")]
    [InlineData("sub\\model.onnx.data")]
    [InlineData("C:model.onnx.data")]
    [InlineData("model.onnx.data\0")]
    [InlineData("link.data")]
    [InlineData("chain.data")]
    [InlineData("folder.data")]
    public void No_other_file_is_opened(string location)
    {
        string outside = Path.Combine(folder, "outside"), inside = Path.Combine(folder, "inside");
        Directory.CreateDirectory(outside);
        Directory.CreateDirectory(inside);
        Directory.CreateDirectory(Path.Combine(inside, "folder.data"));
        string secret = Path.Combine(folder, "secret.bin");
        File.WriteAllBytes(secret, new byte[24]);
        File.CreateSymbolicLink(Path.Combine(inside, "link.data"), secret);
        File.CreateSymbolicLink(Path.Combine(inside, "chain.data"), Path.Combine(inside, "link.data"));
        File.WriteAllBytes(Path.Combine(inside, "model.onnx.data"), new byte[24]);
        string path = Path.Combine(inside, "model.onnx");
        File.WriteAllBytes(path, Outside(Sound(), 0, ("location", location)).Bytes());
        using var locked = new FileStream(secret, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        FluentActions.Invoking(() => OnnxFile.Load(path)).Should().Throw<InvalidDataException>()
            .WithMessage($"{path}: Initializer \"W\": its data is in another file*");
    }

    [Fact]
    public void A_link_within_the_folder_is_followed()
    {
        File.WriteAllBytes(DataPath, new byte[24]);
        File.CreateSymbolicLink(Path.Combine(folder, "link.data"), DataPath);
        File.WriteAllBytes(ModelPath, Outside(Sound(), 0, ("location", "link.data")).Bytes());
        OnnxFile.Load(ModelPath).Predict([1, 2, 3]).Should().HaveCount(2);
    }

    [Theory]
    [InlineData("4", null, "*24 bytes from 4 on were expected in \"model.onnx.data\", and the file has 24*")]
    [InlineData("9223372036854775807", null, "*the file has 24*")]
    [InlineData("-1", null, "*offset \"-1\"; a whole number from 0 on*")]
    [InlineData("1e1", null, "*offset*whole number*")]
    [InlineData("99999999999999999999", null, "*offset*whole number*")]
    [InlineData("0", "23", "*take 24 bytes, and 23 are said*")]
    [InlineData("0", "9223372036854775807", "*take 24 bytes, and 9223372036854775807 are said*")]
    [InlineData("0", "x", "*length \"x\"; a whole number*")]
    public void Places_that_do_not_fit_are_refused(string offset, string? length, string message)
    {
        File.WriteAllBytes(DataPath, new byte[24]);
        ModelOf model = Outside(Sound(), 0, ("location", "model.onnx.data"), ("offset", offset));
        if (length is not null)
            model.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length });
        File.WriteAllBytes(ModelPath, model.Bytes());
        FluentActions.Invoking(() => OnnxFile.Load(ModelPath)).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Fact]
    public void Contradictions_are_refused()
    {
        File.WriteAllBytes(DataPath, new byte[24]);
        ModelOf twice = Outside(Sound(), 0, ("location", "model.onnx.data"), ("location", "other"));
        ModelOf both = Outside(Sound(), 0, ("location", "model.onnx.data"));
        both.Graph.Initializer[0].FloatData.Add([1, 2, 3, 4, 5, 6]);
        ModelOf missing = Outside(Sound(), 0, ("location", "elsewhere.data"));
        foreach ((ModelOf model, string message) in new[]
        {
            (twice, "*\"location\" twice*"), (both, "*data of its own*"), (missing, "*not beside the model*one folder*"),
        })
        {
            File.WriteAllBytes(ModelPath, model.Bytes());
            FluentActions.Invoking(() => OnnxFile.Load(ModelPath)).Should().Throw<InvalidDataException>().WithMessage(message);
        }

        File.WriteAllBytes(DataPath, []);
        File.WriteAllBytes(ModelPath, Outside(Sound(), 0, ("location", "model.onnx.data")).Bytes());
        FluentActions.Invoking(() => OnnxFile.Load(ModelPath)).Should().Throw<InvalidDataException>().WithMessage("*empty, or no regular file*");
    }

    [Fact]
    public void A_small_model_cannot_read_a_large_file_again_and_again()
    {
        const int Values = 1 << 18;
        File.WriteAllBytes(DataPath, new byte[4 * Values]);
        var model = new ModelOf(0, Values);
        string last = "input";
        for (int k = 0; k < 50; k++)
        {
            model.Graph.Initializer.Add(new TensorProto { Name = $"c{k}", DataType = 1, Dims = { Values } });
            Outside(model, k, ("location", "model.onnx.data"));
            model.Node($"h{k} = Add({last}, c{k})").Node($"t{k} = Tanh(h{k})");
            last = $"t{k}";
        }

        model.Graph.Output[0].Name = last;
        File.WriteAllBytes(ModelPath, model.Bytes());
        long before = GC.GetAllocatedBytesForCurrentThread();
        FluentActions.Invoking(() => OnnxFile.Load(ModelPath)).Should().Throw<InvalidDataException>().WithMessage("*more than 2 times over*");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(32 << 20);
    }

    [Fact]
    public void Damaged_places_are_refused_with_words()
    {
        byte[] data = new byte[64];
        File.WriteAllBytes(DataPath, data);
        var random = new RandomStream(1);
        int made = 0;
        string[] words = ["", "0", "-1", "24", "40", "64", "9223372036854775807", "model.onnx.data", "..", "x", "24 "];
        for (int i = 0; i < 300; i++)
        {
            int At(int stream, int count) => (int)(Math.Abs(random.Normal(stream, i)) * 1000) % count;
            ModelOf model = Outside(Sound(), At(0, 2), ("location", At(1, 3) == 0 ? words[At(2, words.Length)] : "model.onnx.data"));
            string[] keys = ["offset", "length", "checksum", "location", ""];
            if (At(3, 2) == 0)
            {
                model.Graph.Initializer[0].ExternalData.Add(
                    new StringStringEntryProto { Key = keys[At(4, keys.Length)], Value = words[At(5, words.Length)] });
            }

            if (At(6, 4) == 0)
                model.Graph.Initializer[0].Dims[0] = long.Parse(words[1 + At(7, 6)], CultureInfo.InvariantCulture);
            File.WriteAllBytes(ModelPath, model.Bytes());
            try
            {
                OnnxFile.Load(ModelPath);
                made++;
            }
            catch (InvalidDataException refusal)
            {
                refusal.Message.Should().StartWith(ModelPath + ": ");
            }
        }

        made.Should().BeInRange(10, 290);
    }

    private static ModelOf Sound() => new ModelOf(0, 3).Floats("W", 3, 2).Floats("b", 2).Node("h = Gemm(input, W, b)").Node("output = Relu(h)");

    private static ModelOf Outside(ModelOf model, int initializer, params (string Key, string Value)[] entries)
    {
        TensorProto tensor = model.Graph.Initializer[initializer];
        tensor.ClearRawData();
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(entries.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return model;
    }
}
