using NeuralNet.Tests.Contracts;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

public sealed class SaveAndLoadTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<string> AllLayers => PublicKinds.Names(PublicKinds.Layers());

    public static TheoryData<string> AllActivations => PublicKinds.Names(Activations());

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(AllLayers))]
    public void Every_layer_comes_back_bit_for_bit(string name)
    {
        Layer layer = PublicKinds.Find(PublicKinds.Layers(), name);
        Network network = Of(layer);
        byte[] file = Save(network);

        Network loaded = Load(file);

        Bits(loaded.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
        Bits(loaded.Statistics).SequenceEqual(Bits(network.Statistics)).Should().BeTrue();
        loaded.Summary().Should().Be(network.Summary());
        loaded.Layers[0].ToString().Should().Be(layer.ToString());
        loaded.Layers[0].Should().BeOfType(layer.GetType());
        Save(loaded).Should().Equal(file, "the same network gives the same bytes, but got so every setting back");
    }

    [Theory]
    [MemberData(nameof(AllActivations))]
    public void Every_activation_comes_back_with_its_settings(string name)
    {
        Activation activation = PublicKinds.Find(Activations(), name);
        int outputs = activation.OutputWidth(6);
        Network network = Of(new Dense(3, outputs, activation));
        Network loaded = Load(Save(network));

        Activation back = ((Dense)loaded.Layers[0]).Activation;
        back.Should().BeOfType(activation.GetType());
        back.Should().BeEquivalentTo(activation, options => options.RespectingRuntimeTypes().Excluding(a => a.DefaultInitializer));
        float[] x = [0.3f, -2, 5];
        Bits(loaded.Predict(x)).SequenceEqual(Bits(network.Predict(x))).Should().BeTrue();
    }

    [Fact]
    public void A_trained_network_goes_through_a_file_and_can_be_trained_on()
    {
        string path = Path.Combine(folder, "clouds.safetensors");
        Dataset data = TestData.Clouds(120);
        Network network =
            Network.Create(2).Dense(8, Activation.Tanh).Residual(b => b.Dense(8, Activation.Relu)).Dense(3, Activation.Softmax).Build(1);
        using (var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)))
            trainer.Fit(data, epochs: 3);

        network.Save(path);
        Network loaded = Network.Load(path);

        loaded.Predict(data.Inputs).Should().Equal(network.Predict(data.Inputs));
        using Trainer first = new(network, Divergence.CrossEntropy, new Sgd(0.1f)), second = new(loaded, Divergence.CrossEntropy, new Sgd(0.1f));
        first.Fit(data, epochs: 1);
        second.Fit(data, epochs: 1);
        Bits(loaded.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
    }

    [Fact]
    public void The_header_is_what_other_programs_expect()
    {
        Network network = Network.Create(2).Dense(3, Activation.Relu).Build(1);
        byte[] file = Save(network);
        (string header, int data) = Header(file);

        (data % 8).Should().Be(0);
        header.Should().StartWith("""{"__metadata__":{"format":"pt","neuralnet":"{\"version\":2,""");
        header.TrimEnd().Should().EndWith("""
            "0.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"0.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[12,36]}}
            """);
        file.Length.Should().Be(data + 36);

        // w_ij is [inputs, outputs] here, and [outputs, inputs] there.
        Span<float> w = network.Parameter("0.weight");
        float[] there = [.. Enumerable.Range(0, 6).Select(i => BitConverter.ToSingle(file, data + 12 + (4 * i)))];
        there.Should().Equal(w[0], w[3], w[1], w[4], w[2], w[5]);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(300_000, 3, 1)]
    [InlineData(3, 300_000, 1)]
    [InlineData(700, 900, 2)]
    public void Matrices_of_any_form_are_turned_over_piece_by_piece(int inputs, int outputs, int layers)
    {
        NetworkBuilder builder = Network.Create(inputs).Dense(outputs);
        if (layers > 1)
            builder.Dense(33, bias: false);
        Network network = builder.Build(5);
        Network loaded = Load(Save(network));
        Bits(loaded.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
    }

    [Fact]
    public void A_stream_that_cannot_be_sought_in_will_do()
    {
        Network network = Network.Create(20).Dense(30, Activation.Relu).Dense(2).Build(3);
        using var stream = new OneWay(new MemoryStream(Save(network)));
        Network.Load(stream).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());

        Action longer = () => Network.Load(new OneWay(new MemoryStream([.. Save(network), 0])));
        longer.Should().Throw<InvalidDataException>().WithMessage("*but got more*");
        Action shorter = () => Network.Load(new OneWay(new MemoryStream(Save(network)[..^1])));
        shorter.Should().Throw<InvalidDataException>().WithMessage("*but got fewer*");
    }

    // Of values, settings and shapes; what remains are names that nobody reads, and blanks.
    [Fact]
    public void No_single_bit_that_is_flipped_makes_another_network()
    {
        Network network = Network.Create(Shape.Sequence(2, 3)).LayerNorm().Dense(2, new LeakyRelu(0.25f)).Dropout(0.2f).Build(1);
        network.Metadata = new Dictionary<string, string> { ["mean"] = "3.5", ["classes"] = "a,b" };
        byte[] file = Save(network);
        string structure = StructureWriter.Write(network, NetworkFile.Version);
        int refused = 0;
        for (int bit = 0; bit < 8 * file.Length; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Network loaded = Load(file);
                Bits(loaded.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue($"of bit {bit}");
                StructureWriter.Write(loaded, NetworkFile.Version).Should().Be(structure, $"of bit {bit}");
                (loaded.Metadata["mean"], loaded.Metadata["classes"]).Should().Be(("3.5", "a,b"), $"of bit {bit}");
            }
            catch (InvalidDataException)
            {
                refused++;
            }

            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        refused.Should().BeGreaterThan(7 * file.Length);
    }

    [Fact]
    public void A_layer_of_ones_own_that_fails_on_some_inputs_is_saved()
    {
        byte[] file = Save(Of(new Lookup(3)));
        Network.Load(new MemoryStream(file), new LayerTypes().Add(nameof(Lookup), (input, _) => new Lookup(input))).Predict([0, 1, 2])
            .Should().Equal(7, 8, 9);
    }

    [Fact]
    public void A_link_to_what_is_not_there_yet_is_followed()
    {
        if (OperatingSystem.IsWindows())
            return;
        Network network = Network.Create(2).Dense(1).Build();
        Directory.CreateDirectory(Path.Combine(folder, "elsewhere"));
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "elsewhere/target");
        network.Save(Path.Combine(folder, "link"));
        new FileInfo(Path.Combine(folder, "link")).LinkTarget.Should().Be("elsewhere/target");
        Network.Load(Path.Combine(folder, "elsewhere", "target")).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
    }

    private sealed class Lookup(Shape shape) : Layer(shape, shape)
    {
        private readonly float[] table = [7, 8, 9];

        public override void Forward(in ForwardPass pass)
        {
            for (int i = 0; i < pass.Input.Length; i++)
                pass.Output[i] = table[(int)pass.Input[i]];
        }

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    [Fact]
    public void Settings_are_the_same_before_and_after_a_file()
    {
        KindSettings settings = new KindSettings().Set("rate", 1).Set("list", (int[])[1, 2]);
        settings.GetSingle("rate").Should().Be(1);
        settings.ToString().Should().Be("rate 1, list [1, 2]");
        new Action(() => settings.Set("rate", 2)).Should().Throw<ArgumentException>().WithMessage("*taken*");
        new Action(() => settings.GetInt32("none")).Should().Throw<InvalidDataException>().WithMessage("*no \"none\"*");
        new Action(() => settings.GetBoolean("rate")).Should().Throw<InvalidDataException>().WithMessage("*true or false*");

        KindSettings numbers = new KindSettings().Set("list", [0.5f, float.NaN, -0f]);
        numbers.GetSingles("list").Should().Equal(0.5f, float.NaN, -0f);
        numbers.ToString().Should().Be("list [0.5, NaN, -0]");
    }

    [Fact]
    public void A_layer_that_gives_the_settings_of_its_file_is_saved_with_them_again()
    {
        LayerTypes types = new LayerTypes().Add(nameof(Kept), (input, settings) => new Kept(input, settings));
        KindSettings settings = new KindSettings().Set("rates", [0.1f, float.PositiveInfinity, -0f]).Set("shape", Shape.Sequence(2, 3))
            .Set("layer", new Skip(2)).Set("whole", 3);
        byte[] file = Save(Of(new Kept(2, settings)));
        Network loaded = Network.Load(new MemoryStream(file), types);
        Save(loaded).Should().Equal(file);
        KindSettings back = loaded.Layers[0].Settings;
        back.Names.Should().Equal("rates", "shape", "layer", "whole");
        back.GetSingles("rates").Should().Equal(0.1f, float.PositiveInfinity, -0f);
        back.GetSingle("whole").Should().Be(3);
        new Action(() => back.GetSingles("shape").Should().Equal(2, 3)).Should().NotThrow();
        new Action(() => back.GetSingles("layer"))
            .Should().Throw<InvalidDataException>().WithMessage("network.layers[0]: \"layer\" is {*; a list of numbers was expected.");
    }

    private sealed class Kept(Shape shape, KindSettings settings) : Layer(shape, shape)
    {
        public override KindSettings Settings => settings;

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }

    [Fact]
    public void Absurd_arguments_are_refused()
    {
        Network network = Network.Create(2).Dense(1).Build();
        string path = Path.Combine(folder, "x");
        new Action(() => network.Save("")).Should().Throw<ArgumentException>();
        new Action(() => network.Save((string)null!)).Should().Throw<ArgumentException>();
        new Action(() => network.Save((Stream)null!)).Should().Throw<ArgumentException>();
        new Action(() => network.Save(new MemoryStream([], writable: false))).Should().Throw<ArgumentException>();
        new Action(() => network.Save(path, examples: [1, 2, 3])).Should().Throw<ArgumentException>().WithMessage("*multiple of 2*but got 3*");
        new Action(() => Network.Load((Stream)null!)).Should().Throw<ArgumentException>();
        new Action(() => Network.Load("")).Should().Throw<ArgumentException>();
        new Action(() => Network.Load(path)).Should().Throw<FileNotFoundException>();
        new Action(() => network.Save(Path.Combine(folder, "no", "x"))).Should().Throw<DirectoryNotFoundException>();
        File.Exists(path).Should().BeFalse();
    }

    // Those that PublicKinds has, and every setting away from what it is by default.
    private static IEnumerable<Activation> Activations() => PublicKinds.Activations().Concat(
    [
        new Celu(0.7f), new Elu(1.3f), new Glu(new LeakyRelu(0.2f)), new Glu(new HardTanh(-2, 3)), new HardTanh(-0.5f, 7), new L2Normalize(1e-3f),
        new LeakyRelu(0.3f),
        new Max(6), new Product(6, (0, 1), (5, 2), (3, 3)), new RandomizedLeakyRelu(0, 1), new Sine(30), new Softmax(1e-20f),
    ]);
}
