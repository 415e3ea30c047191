using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Weights from elsewhere, into a network that is there.</summary>
public sealed class LoadWeightsTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Values_are_taken_by_name_and_metadata_are_not_looked_at()
    {
        Network from = Of(1), to = Of(2);
        File.WriteAllBytes(path, WithMetadata(Save(from), "neuralnet", _ => "not ours"));
        to.LoadWeights(path);
        Bits(to.Parameters).SequenceEqual(Bits(from.Parameters)).Should().BeTrue();
    }

    // PyTorch's BatchNorm1d counts its batches in an integer without dimensions, which has no meaning here; any other integer is refused.
    [Theory]
    [InlineData("0.num_batches_tracked", "I64", "", 8, null)]
    [InlineData("0.num_batches_tracked", "I32", "", 4, "Not in the network: 0.num_batches_tracked I32 [].")]
    [InlineData("0.num_batches_tracked", "I64", "1", 8, "Not in the network: 0.num_batches_tracked I64 [1].")]
    [InlineData("1.num_batches_tracked", "I64", "", 8, "Not in the network: 1.num_batches_tracked I64 [].")]
    [InlineData("num_batches_tracked", "I64", "", 8, "Not in the network: num_batches_tracked I64 [].")]
    [InlineData("0.batches", "I64", "", 8, "Not in the network: 0.batches I64 [].")]
    public void The_count_of_batches_is_passed_over_and_no_other_integer(string name, string type, string shape, int bytes, string? refusal)
    {
        Network network = Network.Create(1).BatchNorm(affine: false).Dense(1, bias: false).Build(1);
        byte[] data = [.. new byte[bytes], .. new[] { 2f, 3f, 4f }.SelectMany(BitConverter.GetBytes)];
        string[] tensors =
        [
            Tensor(name, type, shape, $"0,{bytes}"), Tensor("0.running_mean", "F32", "1", $"{bytes},{bytes + 4}"),
            Tensor("0.running_var", "F32", "1", $"{bytes + 4},{bytes + 8}"), Tensor("1.weight", "F32", "1,1", $"{bytes + 8},{bytes + 12}"),
        ];
        File.WriteAllBytes(path, FileOf($"{{{string.Join(",", tensors)}}}", data));
        if (refusal is not null)
        {
            Refused(() => network.LoadWeights(path)).Message.Should().Contain(refusal);
            return;
        }

        network.LoadWeights(path);
        network.Statistics.ToArray().Should().Equal(2, 3);
        network.Parameters.ToArray().Should().Equal(4);
    }

    [Fact]
    public void One_report_lists_all_that_is_wrong_and_the_network_stays_as_it_was()
    {
        Network network = Of(1);
        float[] before = network.Parameters.ToArray();
        File.WriteAllBytes(path, FileOf(
            52, Tensor("model.0.weight", "F32", "2,3", "0,24"), Tensor("model.0.bias", "I64", "3", "24,48"),
            Tensor("model.head.weight", "F16", "1,2", "48,52")));

        InvalidDataException refusal = Refused(() => network.LoadWeights(path, ("model.", "")));

        const string Weight = "0.weight (\"model.0.weight\" in the file) is [2, 3] instead of [3, 2] "
            + "(if the file has it transposed, make \"0.weight.T\" of its name by a rule)";
        const string Bias = "0.bias (\"model.0.bias\" in the file) is of type I64 instead of F32, F64, F16 or BF16";
        refusal.Message.Should().Be($"""
            {path}: the tensors are not those of the network.
            Missing: 1.weight [1, 3]; 1.bias [1].
            Not in the network: head.weight ("model.head.weight" in the file) F16 [1, 2].
            Of another shape or type: {Weight}; {Bias}.
            """.ReplaceLineEndings("\n"));
        network.Parameters.ToArray().Should().Equal(before);
    }

    [Theory]
    [InlineData("I64", 8)]
    [InlineData("I32", 4)]
    [InlineData("U8", 1)]
    [InlineData("BOOL", 1)]
    [InlineData("F8_E4M3", 1)]
    [InlineData("C64", 8)]
    public void Types_that_are_no_real_numbers_are_refused(string type, int size)
    {
        Network network = Network.Create(2).Dense(1, bias: false).Build(1);
        File.WriteAllBytes(path, FileOf(2 * size, Tensor("0.weight", type, "1,2", $"0,{2 * size}")));
        Refused(() => network.LoadWeights(path)).Message.Should().Contain($"0.weight is of type {type} instead of F32, F64, F16 or BF16");
    }

    [Fact]
    public void The_first_rule_that_fits_counts()
    {
        Func<string, string?> rename = RenameRules.Of([("a.b", "x"), ("a.", "y."), ("a.c", "z"), ("skip.", null), ("only", null), ("other", "")]);
        rename("a.b").Should().Be("x");
        rename("a.c").Should().Be("y.c", "a rule before fits too");
        rename("a.b.c").Should().Be("y.b.c", "\"a.b\" is a whole name");
        rename("a").Should().Be("a", "\"a.\" is the beginning of names");
        rename("ab").Should().Be("ab");
        rename("b.a.c").Should().Be("b.a.c");
        rename("A.c").Should().Be("A.c");
        rename("skip.this").Should().BeNull();
        rename("only").Should().BeNull();
        rename("only.not").Should().Be("only.not");
        rename("other").Should().BeEmpty();
        rename("a.").Should().Be("y.");
        RenameRules.Of([("x.", "a."), ("a.", "b.")])("x.1").Should().Be("a.1", "one rule, not one after the other");
        RenameRules.Of([(".", "")])(".1").Should().Be("1");
    }

    [Fact]
    public void Rules_and_functions_say_which_tensor_is_which()
    {
        Network from = Of(1), to = Of(2);
        byte[] file = WithHeader(
            Save(from),
            header => header.Replace("\"0.", "\"net.layer1.", StringComparison.Ordinal).Replace("\"1.", "\"net.head.", StringComparison.Ordinal));
        File.WriteAllBytes(path, file);
        to.LoadWeights(path, ("net.layer1.", "0."), ("net.head.", "1."));
        Bits(to.Parameters).SequenceEqual(Bits(from.Parameters)).Should().BeTrue();

        to = Of(3);
        to.LoadWeights(path, name => name.Replace("net.layer", "", StringComparison.Ordinal) switch
        {
            "1.weight" => "0.weight",
            "1.bias" => "0.bias",
            var other => other.Replace("net.head", "1", StringComparison.Ordinal),
        });
        Bits(to.Parameters).SequenceEqual(Bits(from.Parameters)).Should().BeTrue();
    }

    [Fact]
    public void What_is_left_out_or_missing_stays_only_where_it_is_allowed()
    {
        Network from = Of(1), to = Of(2);
        float[] before = to.Parameters.ToArray();
        File.WriteAllBytes(path, Save(from));
        Refused(() => to.LoadWeights(path, ("1.", null))).Message.Should().Contain("Missing: 1.weight [1, 3]; 1.bias [1].").And.NotContain("Not in");
        to.Parameters.ToArray().Should().Equal(before);

        to.LoadWeights(path, name => name.StartsWith("1.", StringComparison.Ordinal) ? null : name, allowMissing: true);
        to.Parameter("0.weight").ToArray().Should().Equal(from.Parameter("0.weight").ToArray());
        to.Parameter("1.weight").ToArray().Should().Equal(before[9..12]);
        Refused(() => to.LoadWeights(path, name => name + "x", allowMissing: true)).Message
            .Should().Contain("Not in the network: 0.biasx (\"0.bias\" in the file)").And.NotContain("Missing");
    }

    [Fact]
    public void Two_tensors_under_one_name_are_reported()
    {
        Network network = Of(1);
        File.WriteAllBytes(path, Save(network));
        Refused(() => network.LoadWeights(path, name => name.EndsWith("bias", StringComparison.Ordinal) ? "0.bias" : name)).Message.Should()
            .Contain("Missing: 1.bias [1].").And.Contain("0.bias (\"1.bias\" in the file) comes twice, also as \"0.bias\"");
    }

    [Fact]
    public void A_function_that_throws_is_the_callers_affair()
    {
        Network network = Of(1);
        float[] before = network.Parameters.ToArray();
        File.WriteAllBytes(path, Save(Of(2)));
        new Action(() => network.LoadWeights(path, _ => throw new TimeoutException())).Should().Throw<TimeoutException>();
        network.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void Absurd_arguments_are_refused()
    {
        Network network = Of(1);
        new Action(() => network.LoadWeights(path, (Func<string, string?>)null!)).Should().Throw<ArgumentException>();
        new Action(() => network.LoadWeights(path, ((string, string?)[])null!)).Should().Throw<ArgumentException>();
        new Action(() => network.LoadWeights(path, ("", "x"))).Should().Throw<ArgumentException>();
        new Action(() => network.LoadWeights(path, (null!, "x"))).Should().Throw<ArgumentException>();
        new Action(() => network.LoadWeights("")).Should().Throw<ArgumentException>();
        new Action(() => network.LoadWeights(path + ".not.there")).Should().Throw<FileNotFoundException>();
        Refused(() => network.LoadWeights(path)).Message
            .Should().Be($"{path}: the file ends after 0 bytes; a safetensors file begins with 8 bytes of length.");
    }

    [Fact]
    public void Data_that_are_damaged_leave_the_network_as_it_was()
    {
        Network network = Of(1);
        float[] before = network.Parameters.ToArray();
        byte[] file = Save(Of(2));
        byte[] shorter = file[..^1], longer = [.. file, 0];
        foreach (Stream stream in new Stream[]
        {
            new MemoryStream(shorter), new OneWay(new MemoryStream(shorter)), new OneWay(new MemoryStream(longer)),
            new Broken(file, file.Length - 4),
        })
        {
            new Action(() => NetworkFile.ReadWeights(stream, "x", network, name => name, false))
                .Should().Throw<SystemException>().Where(e => e is IOException || e is InvalidDataException);
        }
        network.Parameters.ToArray().Should().Equal(before);
    }

    // Every value of the 16-bit formats; the expected one by its definition, sign · 2^(exponent − bias) · 1.fraction.
    [Theory]
    [InlineData("F16", 5, 10)]
    [InlineData("BF16", 8, 7)]
    public void Sixteen_bits_become_the_same_numbers(string type, int exponentBits, int fractionBits)
    {
        byte[] data = [.. Enumerable.Range(0, 65536).SelectMany(i => BitConverter.GetBytes((ushort)i))];
        float[] values = Values(type, 65536, data);
        int bias = (1 << (exponentBits - 1)) - 1, most = (1 << exponentBits) - 1;
        for (int i = 0; i < 65536; i++)
        {
            int exponent = (i >> fractionBits) & most, fraction = i & ((1 << fractionBits) - 1);
            double size = exponent == most ? (fraction == 0 ? double.PositiveInfinity : double.NaN)
                : exponent == 0 ? Math.ScaleB(fraction, 1 - bias - fractionBits)
                : Math.ScaleB(fraction + (1 << fractionBits), exponent - bias - fractionBits);
            double expected = i >= 32768 ? -size : size, value = values[i];
            bool isSame = double.IsNaN(expected)
                ? double.IsNaN(value) : BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(expected);
            if (!isSame)
                Assert.Fail($"{type} {i:x4} became {values[i]:R}, expected {expected:R}");
        }
    }

    [Fact]
    public void Doubles_become_the_nearest_floats()
    {
        (double From, float To)[] cases =
        [
            (0, 0), (-0.0, -0f), (1, 1), (0.1, 0.1f), (1 + Math.ScaleB(1, -24), 1), (1 + (3 * Math.ScaleB(1, -24)), 1.00000024f),
            (float.MaxValue, float.MaxValue), (1e-45, 1e-45f), (7e-46, 0), (8e-46, 1e-45f), (1e-41, 1e-41f), (-1e-300, -0f),
            (3.4028235677973362e38, float.MaxValue), (double.PositiveInfinity, float.PositiveInfinity),
            (double.NegativeInfinity, float.NegativeInfinity),
            (double.NaN, float.NaN),
        ];
        float[] values = Values("F64", cases.Length, [.. cases.SelectMany(c => BitConverter.GetBytes(c.From))]);
        for (int i = 0; i < cases.Length; i++)
            BitConverter.SingleToInt32Bits(values[i])
                .Should().Be(BitConverter.SingleToInt32Bits(cases[i].To), $"{cases[i].From:R} is {cases[i].To:R}");
    }

    [Fact]
    public void Floats_keep_every_bit()
    {
        int[] bits = [0, 1, int.MinValue, 0x7F800000, 0x7F800001, 0x7FC00000, -1, 0x00400000, 0x3F800001];
        Bits(Values("F32", bits.Length, [.. bits.SelectMany(BitConverter.GetBytes)])).ToArray().Should().Equal(bits);
    }

    // Matrices of other types go through the same places as floats do: turned over, in pieces, added up.
    [Fact]
    public void Any_type_may_be_turned_over_and_added_up()
    {
        Network network = Network.Create(Shape.Sequence(2, 3)).Gru(2).Build(1);
        Network same = Network.Create(Shape.Sequence(2, 3)).Gru(2).Build(2);
        var random = new RandomStream(3);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] = (float)(Half)random.Normal(0, i);
        byte[] file = Save(network);
        foreach ((string type, int size) in new[] { ("F64", 8), ("F16", 2) })
        {
            (string header, int data) = Header(file);
            string other = System.Text.RegularExpressions.Regex.Replace(
                header.Replace("\"F32\"", $"\"{type}\"", StringComparison.Ordinal), "data_offsets\":\\[(\\d+),(\\d+)\\]",
                match => $"data_offsets\":[{int.Parse(match.Groups[1].Value, null) / 4 * size},{int.Parse(match.Groups[2].Value, null) / 4 * size}]");
            float[] floats = [.. Enumerable.Range(0, (file.Length - data) / 4).Select(i => BitConverter.ToSingle(file, data + (4 * i)))];
            byte[] converted =
                [.. floats.SelectMany(v => type == "F64" ? BitConverter.GetBytes((double)v) : BitConverter.GetBytes((Half)v))];
            File.WriteAllBytes(path, FileOf(other, converted));
            same.LoadWeights(path);
            Bits(same.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue(type);
            same.Parameters.Clear();
        }
    }

    private float[] Values(string type, int count, byte[] data)
    {
        Network network = Network.Create(Shape.Features(count)).Add(shape => new Prelu(shape)).Build();
        string name = network.Blocks[0].Name;
        File.WriteAllBytes(path, FileOf($"{{{Tensor(name, type, $"{count}", $"0,{data.Length}")}}}", data));
        network.LoadWeights(path);
        return network.Parameters.ToArray();
    }

    private static Network Of(long seed) => Network.Create(2).Dense(3, Activation.Tanh).Dense(1).Build(seed);

    private static InvalidDataException Refused(Action load) => load.Should().Throw<InvalidDataException>().Which;

    // A disk that fails half-way.
    private sealed class Broken(byte[] file, int good) : MemoryStream(file)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            Position + count > good ? throw new IOException("The disk failed.") : base.Read(buffer, offset, count);
    }
}
