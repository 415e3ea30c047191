using System.Globalization;
using Google.Protobuf;
using NeuralNet.Onnx.Schema;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;
using Files = NeuralNet.Tests.Serialization.WrongFileTests;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Files of other formats are named for what they are, numbers that no float can hold for where they stand.</summary>
public sealed class WrongFileTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Theory]
    [MemberData(nameof(Files.Files), MemberType = typeof(Files))]
    public void What_is_no_ONNX_file_is_named(string kind, byte[] content)
    {
        File.WriteAllBytes(path, content);
        Action load = () => OnnxFile.Load(path), loadBytes = () => OnnxFile.Load(content);
        if (kind == "an ONNX file")
        {
            load.Should().Throw<InvalidDataException>().Which.Message.Should().StartWith($"{path}: ").And.NotContain("seems to be");
            return;
        }

        load.Should().Throw<InvalidDataException>().WithMessage($"{path}: This is no ONNX file. It seems to be {kind}*");
        string message = loadBytes.Should().Throw<InvalidDataException>().WithMessage($"This is no ONNX file. It seems to be {kind}*").Which.Message;
        message.Should().NotContain("save_file", "that makes no graph");
        if (kind.Contains("torch.save", StringComparison.Ordinal) || kind.Contains("pickle", StringComparison.Ordinal))
            message.Should().Contain("torch.onnx.export");
    }

    [Fact]
    public void A_safetensors_file_is_named_whatever_its_length()
    {
        byte[] content = NeuralNet.Tests.Serialization.SavedNetworks.Save(Network.Create(2).Dense(1).Build(1));
        foreach (int length in new[] { 640, 896, 1152, 1408, 0x8B1F })
        {
            (content[0], content[1]) = ((byte)length, (byte)(length >> 8));
            new Action(() => OnnxFile.Load(content)).Should().Throw<InvalidDataException>()
                .WithMessage("*It seems to be a safetensors file, as Network.Save writes; Network.Load reads it.");
        }
    }

    [Fact]
    public void A_network_that_was_saved_otherwise_tells_who_reads_it()
    {
        Network network = Network.Create(2).Dense(1).Build(1);
        network.Save(path);
        new Action(() => OnnxFile.Load(path)).Should().Throw<InvalidDataException>()
            .WithMessage($"{path}: This is no ONNX file. It seems to be a safetensors file, as Network.Save writes; Network.Load reads it.");
        network.SaveOnnx(path);
        new Action(() => Network.Load(path)).Should().Throw<InvalidDataException>().WithMessage($"{path}: *an ONNX file: OnnxFile.Load*");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..60]);
        new Action(() => OnnxFile.Load(path)).Should().Throw<InvalidDataException>().WithMessage($"{path}: *damaged one: at byte*");
        File.WriteAllBytes(path, []);
        new Action(() => OnnxFile.Load(path)).Should().Throw<InvalidDataException>().WithMessage($"{path}: the file is empty*");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_double_that_no_float_can_hold_is_refused_and_an_infinite_one_is_not(bool isRaw)
    {
        new Action(() => Doubles(-1e300).Import()).Should().Throw<InvalidDataException>()
            .WithMessage("Initializer \"w\": element [0, 0]: a number within ±3.4028235E+38 was expected, which a float can hold, but got -1E+300*");
        Doubles(double.NegativeInfinity).Import().Parameters.ToArray().Should().Equal(float.NegativeInfinity, 0.5f);
        Doubles(float.MaxValue).Import().Parameters.ToArray().Should().Equal(float.MaxValue, 0.5f);

        ModelOf Doubles(double value)
        {
            var tensor = new TensorProto { Name = "w", DataType = (int)DataType.Double, Dims = { 2, 1 } };
            if (isRaw)
                tensor.RawData = ByteString.CopyFrom([.. BitConverter.GetBytes(value), .. BitConverter.GetBytes(0.5)]);
            else
                tensor.DoubleData.Add([value, 0.5]);
            var model = new ModelOf(0, 2);
            model.Graph.Initializer.Add(tensor);
            return model.Node("f = Cast(w)", ("to", (int)DataType.Float)).Node("output = MatMul(input, f)");
        }
    }

    // As PyTorch exports nn.LSTM(1, 1, bias=False) with weights 1 and 0; the forget gate's bias starts at 1 in layers of this library.
    [Fact]
    public void An_LSTM_without_biases_has_biases_of_0()
    {
        var model = new ModelOf(2, 0, 1);
        model.Graph.Initializer.Add(ModelOf.Tensor("W", [1, 1, 1, 1], 1, 4, 1));
        model.Graph.Initializer.Add(ModelOf.Tensor("R", [0, 0, 0, 0], 1, 4, 1));
        model.Node("h = LSTM(input, W, R)", ("hidden_size", 1)).List("axis", 1).Node("s = Squeeze(h, axis)")
            .Node("output = Transpose(s)", ("perm", new long[] { 1, 0, 2 }));
        model.Import().Predict([1, 1])[1].Should().BeApproximately(0.545346079f, 1e-6f);
    }

    [Fact]
    public void Messages_and_files_are_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string[] expected = All();
        var persian = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (persian.NumberFormat.NumberDecimalSeparator, persian.NumberFormat.NegativeSign) = ("٫", "\u200E−");
        try
        {
            CultureInfo.CurrentCulture = persian;
            All().Should().Equal(expected);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static string[] All() =>
        [
            Refusal(new ModelOf(0, 3).Node("output = Softmax(input)", ("axis", -5))), Refusal(new ModelOf(0, 3).Also(m => m.Proto.IrVersion = -1)),
            Refusal(new ModelOf(-17, [0, 3]).Node("output = Relu(input)")), Refusal(new ModelOf(0, -3).Node("output = Relu(input)")),
            Refusal(new ModelOf(0, 3).Node("output = Cast(input)", ("to", -1))),
            Refusal(new ModelOf(0, 3).List("axes", -1).Node("output = Squeeze(input, axes)")),
            Refusal(new ModelOf(0, 3).List("axes", -1, 3).Node("output = Unsqueeze(input, axes)")),
            Refusal(new ModelOf(0, 3).List("shape", -2, 3).Node("output = Reshape(input, shape)")),
            Convert.ToBase64String(Network.Create(3).Dense(2, new LeakyRelu(0.25f)).Build(1).ToOnnx()),
        ];

        static string Refusal(ModelOf model) =>
            Record.Exception(() => model.Import())?.Message ?? throw new InvalidOperationException("nothing was refused");
    }
}
