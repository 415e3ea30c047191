using System.Buffers.Binary;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Numbers of a file that no float can hold, and numbers that it does not have.</summary>
public sealed class LoadedNumbersTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void A_finite_number_beyond_the_largest_float_is_refused_by_name_and_place()
    {
        Network network = Network.Create(2).Dense(3, bias: false).Build(1);
        float[] before = network.Parameters.ToArray();
        File.WriteAllBytes(path, File64("model.0.weight", "3,2", 1, 2, 3, 4, 5, -1e300));
        new Action(() => network.LoadWeights(path, ("model.", ""))).Should().Throw<InvalidDataException>().WithMessage(
            $"{path}: tensor \"model.0.weight\", element [2, 1]: a number within ±3.4028235E+38 was expected, "
            + "which a float can hold, but got -1E+300.");
        network.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void The_place_is_right_far_into_a_large_tensor()
    {
        Network network = Network.Create(700).Dense(600, bias: false).Build(1);
        double[] values = new double[600 * 700];
        values[(599 * 700) + 3] = 3.4028235677973366e38; // the first that is nearer to infinity
        File.WriteAllBytes(path, File64("0.weight", "600,700", values));
        new Action(() => network.LoadWeights(path)).Should().Throw<InvalidDataException>()
            .WithMessage("*\"0.weight\", element [599, 3]:*3.4028235677973366E+38.");
    }

    [Fact]
    public void The_largest_float_infinities_and_NaN_are_loaded_as_they_are()
    {
        Network network = Network.Create(2).Dense(2, bias: false).Build(1);
        File.WriteAllBytes(path, File64("0.weight", "2,2", float.MaxValue, double.NaN, double.NegativeInfinity, 1e-300));
        network.LoadWeights(path);
        network.Parameter("0.weight").ToArray().Should().Equal(float.MaxValue, float.NegativeInfinity, float.NaN, 0);
    }

    [Fact]
    public void Two_biases_whose_sum_no_float_can_hold_are_refused()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Rnn(1).Build(1);
        byte[] data = new byte[16];
        BinaryPrimitives.WriteSingleLittleEndian(data, 3e38f);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4), 3e38f);
        string[] tensors =
        [
            Tensor("0.bias_ih_l0", "F32", "1", "0,4"), Tensor("0.bias_hh_l0", "F32", "1", "4,8"), Tensor("0.weight_ih_l0", "F32", "1,1", "8,12"),
            Tensor("0.weight_hh_l0", "F32", "1,1", "12,16"),
        ];
        File.WriteAllBytes(path, FileOf($"{{{string.Join(",", tensors)}}}", data));
        new Action(() => network.LoadWeights(path)).Should().Throw<InvalidDataException>().WithMessage("*bias_hh_l0\", element [0]*6.0000000*E+38*");
    }

    [Fact]
    public void A_setting_that_no_float_can_hold_is_refused()
    {
        string elu = """{"kind":"ActivationLayer","input":[1],"activation":{"kind":"LeakyRelu","slope":1e300}}""";
        Refused(FileOfLayers("[1]", elu), "*\"slope\" is 1e300; a number was expected*");
    }

    [Fact]
    public void Weights_of_an_LSTM_without_biases_do_not_silently_keep_the_forget_bias()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Lstm(1).Build(1);
        float[] before = network.Parameters.ToArray();
        byte[] data = new byte[32];
        for (int i = 0; i < 4; i++)
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), 1);
        string tensors = Tensor("0.weight_ih_l0", "F32", "4,1", "0,16") + "," + Tensor("0.weight_hh_l0", "F32", "4,1", "16,32");
        File.WriteAllBytes(path, FileOf($"{{{tensors}}}", data));
        Action load = () => network.LoadWeights(path, name => name, allowMissing: true);

        load.Should().Throw<InvalidDataException>().WithMessage($"{path}: 0.bias: *forget gate*network.Parameter(\"0.bias\").Clear()*");
        network.Parameters.ToArray().Should().Equal(before);

        // As it advises; the value is PyTorch's with bias=False.
        network.Parameter("0.bias").Clear();
        load();
        network.Predict([1, 1])[1].Should().BeApproximately(0.545346079f, 1e-6f);
    }

    [Fact]
    public void The_forget_bias_of_an_LSTM_within_a_composite_is_named_by_its_place()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Residual(b => b.Lstm(1)).Build(1);
        string tensors = Tensor("0.1.0.weight_ih_l0", "F32", "4,1", "0,16") + "," + Tensor("0.1.0.weight_hh_l0", "F32", "4,1", "16,32");
        File.WriteAllBytes(path, FileOf($"{{{tensors}}}", new byte[32]));
        new Action(() => network.LoadWeights(path, name => name, allowMissing: true))
            .Should().Throw<InvalidDataException>().WithMessage("*0.1.0.bias: *forget gate*");

        // Of an LSTM of which the file has nothing everything stays.
        File.WriteAllBytes(path, FileOf("{}", []));
        network.LoadWeights(path, name => name, allowMissing: true);
    }

    [Fact]
    public void A_network_of_doubles_is_refused_with_the_tensor_whoever_loads_it()
    {
        Network network = Network.Create(2).Dense(1, bias: false).Build(1);
        byte[] saved = WithMetadata(SavedNetworks.Save(network), "neuralnet.check", _ => null);
        byte[] file = [.. WithHeader(saved, header => header.Replace("F32", "F64").Replace("[0,8]", "[0,16]"))[..^8], .. Doubles(1, 1e39)];
        Refused(file, "The stream: tensor \"0.weight\", element [0, 1]:*float can hold, but got 1E+39.");

        using var trainer = new Trainer(network, Divergence.L2, new Adam(0.1f));
        trainer.SaveCheckpoint(path);
        byte[] checkpoint = WithMetadata(File.ReadAllBytes(path), "neuralnet.check", _ => null);
        checkpoint = WithHeader(checkpoint, header => header.Replace(
            "{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]}", "{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[8,40]}"));
        File.WriteAllBytes(path, [.. checkpoint[..^16], .. Doubles(0, 0, -1e200, 0)]);
        new Action(() => trainer.Resume(path)).Should().Throw<InvalidDataException>()
            .WithMessage("*\"trainer.values\", element [1, 0]:*float can hold, but got -1E+200.");
        network.Parameters.ToArray().Should().OnlyContain(value => float.IsFinite(value));
    }

    [Fact]
    public void The_biases_of_a_Gru_whose_sum_no_float_can_hold_are_refused()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Gru(1).Build(1);
        string tensors = Tensor("0.weight_ih_l0", "F64", "3,1", "0,24") + "," + Tensor("0.weight_hh_l0", "F64", "3,1", "24,48") + ","
            + Tensor("0.bias_ih_l0", "F64", "3", "48,72") + "," + Tensor("0.bias_hh_l0", "F64", "3", "72,96");
        File.WriteAllBytes(path, FileOf($"{{{tensors}}}", Doubles(1, 1, 1, 1, 1, 1, 0, -3e38, 0, 0, -3e38, 0)));
        new Action(() => network.LoadWeights(path)).Should().Throw<InvalidDataException>()
            .WithMessage("*\"0.bias_hh_l0\", element [1]: with the bias that is to be added*but got -6.0000000*E+38.");
    }

    [Fact]
    public void Half_floats_are_loaded_as_they_are_up_to_their_largest()
    {
        Network network = Network.Create(3).Dense(1, bias: false).Build(1);
        File.WriteAllBytes(path, FileOf($"{{{Tensor("0.weight", "F16", "1,3", "0,6")}}}", [0xFF, 0x7B, 0, 0x7C, 1, 0]));
        network.LoadWeights(path);
        network.Parameters.ToArray().Should().Equal(65504, float.PositiveInfinity, 5.9604645e-8f);
        File.WriteAllBytes(path, FileOf($"{{{Tensor("0.weight", "BF16", "1,3", "0,6")}}}", [0x7F, 0x7F, 0x80, 0xFF, 1, 0]));
        network.LoadWeights(path);
        network.Parameters.ToArray().Should().Equal(3.3895314e38f, float.NegativeInfinity, 9.1835e-41f);
    }

    [Theory]
    [InlineData("0.0.0.bias", "0.1.1.bias")]
    [InlineData("0.1.1.bias", "0.0.0.bias")]
    public void Both_directions_of_an_LSTM_without_biases_are_told_of(string first, string second)
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Bidirectional(b => b.Lstm(1)).Build(1);
        string tensors = Tensor("weight_ih_l0", "F32", "4,1", "0,16") + "," + Tensor("weight_hh_l0", "F32", "4,1", "16,32") + ","
            + Tensor("weight_ih_l0_reverse", "F32", "4,1", "32,48") + "," + Tensor("weight_hh_l0_reverse", "F32", "4,1", "48,64");
        File.WriteAllBytes(path, FileOf($"{{{tensors}}}", Ones(16)));
        Action load = () => network.LoadWeights(
            path, name => name.EndsWith("_reverse", StringComparison.Ordinal) ? "0.1.1." + name[..^8] : "0.0.0." + name, allowMissing: true);

        network.Parameter(second).Clear();
        load.Should().Throw<InvalidDataException>().WithMessage($"*{first}: *forget gate*");
        network.Parameter(first).Clear();
        load();

        // PyTorch's LSTM(1, 1, bias=False, bidirectional=True) with all weights 1, after inputs 1, 1.
        float[] y = network.Predict([1, 1]);
        y[0].Should().BeApproximately(0.369606382f, 1e-6f);
        y[2].Should().BeApproximately(0.650535223f, 1e-6f);
        y[1].Should().Be(y[2]);
        y[3].Should().Be(y[0]);
    }

    [Fact]
    public void One_of_two_biases_is_all_of_the_bias()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Lstm(1).Build(1);
        foreach (string bias in new[] { "bias_ih_l0", "bias_hh_l0" })
        {
            string tensors = Tensor("0.weight_ih_l0", "F32", "4,1", "0,16") + "," + Tensor("0.weight_hh_l0", "F32", "4,1", "16,32") + ","
                + Tensor($"0.{bias}", "F32", "4", "32,48");
            File.WriteAllBytes(path, FileOf($"{{{tensors}}}", [.. Ones(8), .. new byte[12], .. Ones(1)]));
            network.LoadWeights(path, name => name, allowMissing: true);
            network.Parameter("0.bias").ToArray().Order().Should().Equal(0, 0, 0, 1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_bias_that_the_file_has_under_the_name_of_one_that_is_tied_to_it_is_there(int from)
    {
        Network Tied(int seed) => Network.Create(Shape.Sequence(2, 1)).Lstm(1).Lstm(1).Tie("0.bias", "1.bias").Build(seed);
        Network saved = Tied(from), network = Tied(3);
        saved.Parameter("0.bias")[1] = 0.5f;
        saved.Save(path);
        network.LoadWeights(path, name => name, allowMissing: true);
        network.Parameters.ToArray().Should().Equal(saved.Parameters.ToArray());
    }

    private static byte[] Ones(int count) => [.. Enumerable.Range(0, count).SelectMany(_ => BitConverter.GetBytes(1f))];

    private static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] File64(string name, string shape, params double[] values)
    {
        byte[] data = new byte[8 * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(data.AsSpan(8 * i), values[i]);
        return FileOf($"{{{Tensor(name, "F64", shape, $"0,{data.Length}")}}}", data);
    }
}
