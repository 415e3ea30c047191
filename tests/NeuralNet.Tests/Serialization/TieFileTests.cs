using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Tied blocks in files: written once, read under either name.</summary>
public sealed class TieFileTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public static TheoryData<string> Names => TiedNetworks.Names;

    public void Dispose() => File.Delete(path);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_network_comes_back_with_its_ties(string name)
    {
        Network network = TiedNetworks.Tied(name);
        byte[] file = Save(network, Examples(network));
        Network loaded = Load(file);
        Bits(loaded.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
        loaded.Ties.Select(tie => tie.ToString()).Should().Equal(network.Ties.Select(tie => tie.ToString()));
        Save(loaded, Examples(network)).Should().Equal(file);

        network.Save(path);
        Network other = TiedNetworks.Tied(name, seed: 2);
        other.LoadWeights(path);
        Bits(other.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
    }

    [Fact]
    public void A_tied_block_is_written_once_under_the_name_of_the_other()
    {
        TensorsOf(TiedNetworks.Tied("language model")).Should().Equal(
            "0.weight", "1.weight", "2.1.0.bias", "2.1.0.weight", "2.1.1.bias", "2.1.1.weight", "3.bias");
        TensorsOf(TiedNetworks.Tied("as it is")).Should().Equal("0.bias", "0.weight", "2.bias", "2.weight");
        Header(Save(TiedNetworks.Tied("language model"))).Header.Should()
            .Contain("""\"ties\":[{\"block\":\"0.weight\",\"to\":\"3.weight\",\"transposed\":true}]""");
        Header(Save(TiedNetworks.Tied("as it is"))).Header.Should()
            .Contain("""\"ties\":[{\"block\":\"0.weight\",\"to\":\"1.weight\"},{\"block\":\"0.bias\",\"to\":\"1.bias\"}]""");
        Header(Save(Network.Create(2).Dense(1).Build())).Header.Should().NotContain("ties");
    }

    // PyTorch's bias_hh_l0 of a GRU holds of the block "bias" a second addend, and "bias_hn", which is not tied.
    [Fact]
    public void A_tensor_that_holds_what_is_not_tied_is_written_with_all_of_its_blocks()
    {
        Network network = Network.Create(Shape.Sequence(2, 3)).Gru(3).Gru(3).Tie("0.bias", "1.bias").Tie("0.weight_ih", "1.weight_ih").Build(1);
        TestData.Normal(network.Parameters.Length).CopyTo(network.Parameters);
        TensorsOf(network).Should().Equal(
            "0.bias_hh_l0", "0.bias_ih_l0", "0.weight_hh_l0", "0.weight_ih_l0", "1.bias_hh_l0", "1.bias_ih_l0", "1.weight_hh_l0");
        Bits(Load(Save(network)).Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();

        Network cross = Network.Create(16).CrossAttention(Shape.Sequence(2, 4), Shape.Sequence(2, 4), 2)
            .Tie("0.query_weight", "0.out_weight", transposed: true).Build(1);
        TensorsOf(cross).Should().NotContain("0.out_proj.weight").And.Contain("0.in_proj_weight");
        Bits(Load(Save(cross)).Parameters).SequenceEqual(Bits(cross.Parameters)).Should().BeTrue();

        Network query = Network.Create(16).CrossAttention(Shape.Sequence(2, 4), Shape.Sequence(2, 4), 2)
            .Tie("0.out_weight", "0.query_weight", transposed: true).Build(1);
        TensorsOf(query).Should().Contain("0.out_proj.weight").And.Contain("0.in_proj_weight");
        Bits(Load(Save(query)).Parameters).SequenceEqual(Bits(query.Parameters)).Should().BeTrue();
    }

    // The biases of an LSTM stand in its own file under the name of the other's.
    [Theory]
    [InlineData("0.bias", "1.bias")]
    [InlineData("1.bias", "0.bias")]
    public void Tied_biases_of_an_LSTM_are_not_missing(string block, string to)
    {
        Network Lstms(int seed) => Network.Create(Shape.Sequence(2, 4)).Lstm(4).Lstm(4).Tie(block, to).Build(seed);
        Network saved = Lstms(1), network = Lstms(2);
        saved.Save(path);
        network.LoadWeights(path, name => name, allowMissing: true);
        Bits(network.Parameters).SequenceEqual(Bits(saved.Parameters)).Should().BeTrue();
    }

    // Of the first one the file has everything, of the second one only what is tied.
    [Fact]
    public void An_LSTM_with_tied_weights_does_not_silently_keep_its_own_forget_bias()
    {
        Network Lstms(int seed) => Network.Create(Shape.Sequence(2, 4)).Lstm(4).Lstm(4)
            .Tie("0.weight_ih", "1.weight_ih").Tie("0.weight_hh", "1.weight_hh").Build(seed);
        Lstms(1).Save(path);
        Network network = Lstms(2);
        Action load = () => network.LoadWeights(path, name => name.StartsWith("1.bias", StringComparison.Ordinal) ? null : name, allowMissing: true);
        load.Should().Throw<InvalidDataException>().WithMessage($"{path}: 1.bias: *forget gate*");
        network.Parameter("1.bias").Clear();
        load();
    }

    // As a state_dict has it, under both names or under either.
    [Theory]
    [MemberData(nameof(Names))]
    public void Values_are_read_under_either_name_and_under_both_where_they_are_equal(string name)
    {
        Network tied = TiedNetworks.Tied(name), untied = TiedNetworks.Untied(name, tied);
        untied.Save(path);
        foreach (Func<string, bool> isLeftOut in new Func<string, bool>[]
        {
            _ => false,
            tensor => tied.Ties.Any(tie => tensor == TensorOf(tie.Block)),
            tensor => tied.Ties.Any(tie => tensor == TensorOf(tie.To)),
        })
        {
            Network network = TiedNetworks.Tied(name, seed: 2);
            network.LoadWeights(path, tensor => isLeftOut(tensor) ? null : tensor);
            Bits(network.Parameters).SequenceEqual(Bits(tied.Parameters)).Should().BeTrue();
        }

        static string TensorOf(string block) => block.Contains("weight_", StringComparison.Ordinal) ? block + "_l0" : block;
    }

    [Fact]
    public void Values_that_differ_are_refused_and_the_network_stays_as_it_was()
    {
        Network tied = TiedNetworks.Tied("autoencoder"), untied = TiedNetworks.Untied("autoencoder", tied);
        untied.Parameter("1.weight")[(1 * 5) + 3] = 42;
        untied.Save(path);
        float[] before = tied.Parameters.ToArray();
        Action load = () => tied.LoadWeights(path);
        string values = FormattableString.Invariant($"{before[10]} and 42");
        load.Should().Throw<InvalidDataException>().WithMessage(
            $"{path}: 1.weight is 0.weight transposed, but the file has other values for it: for \"0.weight\"[10] it has {values}. "
            + "Leave one of the two out*");
        tied.Parameters.ToArray().Should().Equal(before);

        // A file of this library that says so of itself is refused too.
        byte[] lies = WithStructure(Save(untied), text => text[..^1] + """,ties":[{"block":"0.weight","to":"1.weight","transposed":true}]}""".Replace(
            ",ties", ",\"ties", StringComparison.Ordinal));
        Action whole = () => Load(lies);
        whole.Should().Throw<InvalidDataException>().WithMessage("*1.weight is 0.weight transposed, but the file has other values for it*");
    }

    [Fact]
    public void What_is_missing_under_both_names_is_missing()
    {
        Network tied = TiedNetworks.Tied("autoencoder");
        tied.Save(path);
        Action load = () => tied.LoadWeights(path, name => name == "0.weight" ? null : name);
        load.Should().Throw<InvalidDataException>().WithMessage("*\nMissing: 0.weight [3, 5]; 1.weight [5, 3].");
        float[] before = tied.Parameters.ToArray();
        tied.LoadWeights(path, name => name == "0.weight" ? null : name, allowMissing: true);
        tied.Parameters.ToArray().Should().Equal(before);
    }

    // The row is also one of the other matrix, which training moves; as an input the id gives 0 all the same.
    [Theory]
    [InlineData("0.weight", "1.weight")]
    [InlineData("1.weight", "0.weight")]
    public void The_row_of_a_padding_id_may_hold_anything_where_it_is_tied(string block, string to)
    {
        NetworkBuilder Layers() => Network.Create(3).Embedding(4, 2, paddingId: 1).Dense(4, Activation.Tanh);
        Network network = Layers().Tie(block, to, transposed: true).Build(1), other = Layers().Tie(block, to, transposed: true).Build(2);
        float[] x = [0, 1, 3, 1, 1, 2];
        using (var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)))
            trainer.Step(x, TestData.Normal(24), 2);
        float[] table = network.CopyParameter("0.weight");
        table[2..4].Should().NotContain(0);
        network.Save(path);
        other.LoadWeights(path);
        Bits(other.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();

        Network apart = Layers().Build();
        foreach (string name in new[] { "0.weight", "1.weight", "1.bias" })
            network.CopyParameter(name).CopyTo(apart.Parameter(name));
        apart.Parameter("0.weight").Slice(2, 2).Clear();
        apart.Predict(x).Should().Equal(network.Predict(x));
    }

    // The table of an embedding is [ids, width] in both libraries, and the matrix of a linear layer [outputs, inputs] in the file.
    [Fact]
    public void A_file_of_another_network_must_have_0_in_that_row()
    {
        Network network = Network.Create(3).Embedding(4, 2, paddingId: 1).Dense(4).Tie("1.weight", "0.weight", transposed: true).Build(1);
        Network from = Network.Create(3).Embedding(4, 2).Dense(4).Tie("0.weight", "1.weight", transposed: true).Build(1);
        from.Save(path);
        Action load = () => network.LoadWeights(path);
        load.Should().Throw<InvalidDataException>().WithMessage("*0.weight: row 1 is that of the padding id*");
        from.Parameter("0.weight").Slice(2, 2).Clear();
        from.Save(path);
        load.Should().NotThrow();
        network.CopyParameter("0.weight").Should().Equal(from.Parameter("0.weight").ToArray());
    }

    [Theory]
    [InlineData("""{}""", "*\"ties\" is {}; a list was expected, of fewer ties than there are blocks*")]
    [InlineData("""[null]""", "*ties[0]: a tie was expected, an object with two names, but got null*")]
    [InlineData("""[{}]""", "*ties[0]: there is no \"block\"; a text was expected*")]
    [InlineData("""[{"block":"0.weight"}]""", "*ties[0]: there is no \"to\"; a text was expected*")]
    [InlineData("""[{"block":"0.weight","to":1}]""", "*ties[0]: \"to\" is 1; a text was expected*")]
    [InlineData("""[{"block":"0.weight","to":"1.weight","transposed":1}]""", "*ties[0]: \"transposed\" is 1; true or false was expected*")]
    [InlineData("""[{"block":"0.weight","to":"9.weight"}]""", "*network: There is no block \"9.weight\"*")]
    [InlineData("""[{"block":"0.weight","to":"1.weight"}]""",
        "*network: 1.weight is 0.weight was stated, but 1.weight [3, 2] and 0.weight [2, 3] do not fit*")]
    [InlineData("""[{"block":"0.weight","to":"0.weight"}]""", "*network: \"0.weight\" cannot be tied to itself*")]
    [InlineData("""[{"block":"0.weight","to":"1.weight"},{},{},{}]""", "*a list was expected, of fewer ties than there are blocks*")]
    public void Ties_that_cannot_be_are_refused(string ties, string words)
    {
        byte[] file = WithStructure(Save(Network.Create(2).Dense(3).Dense(2).Build(1)), text => $"{text[..^1]},\"ties\":{ties}}}");
        Action load = () => Load(file);
        load.Should().Throw<InvalidDataException>().WithMessage(words);
    }

    [Fact]
    public void A_checkpoint_resumes_a_tied_network_and_no_other()
    {
        (float[] x, float[] d) = TiedNetworks.Data(TiedNetworks.Tied("language model"), 24);
        Dataset data = Dataset.FromArrays(x, d, 24);
        Network whole = TiedNetworks.Tied("language model"), stopped = TiedNetworks.Tied("language model"), resumed = TiedNetworks.Tied(
            "language model", seed: 2);
        using Trainer one = Make(whole), two = Make(stopped), three = Make(resumed);
        using var stop = new CancellationTokenSource();
        one.Fit(data, epochs: 4);
        Action fit = () => two.Fit(data, epochs: 4, progress: new Stop(two, stop), cancellationToken: stop.Token);
        fit.Should().Throw<OperationCanceledException>();
        two.StepCount.Should().Be(8);
        two.SaveCheckpoint(path);
        three.Resume(path).Should().BeTrue();
        three.Fit(data, epochs: 4);
        Bits(resumed.Parameters).SequenceEqual(Bits(whole.Parameters)).Should().BeTrue();

        using Trainer other = Make(TiedNetworks.LanguageModel().Build());
        Action resume = () => other.Resume(path);
        resume.Should().Throw<InvalidDataException>().WithMessage("*of a network with other layers or settings*");

        static Trainer Make(Network network) => new(network, Divergence.CrossEntropy, new AdamW(0.01f)) { BatchSize = 8, KeepBest = true };
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_checkpoint_has_the_steps_of_tied_blocks_that_were_frozen(string name)
    {
        (float[] x, float[] d) = TiedNetworks.Data(TiedNetworks.Tied(name), 8);
        string[] learned = [.. TiedNetworks.Tied(name).Blocks.Where(block => block.Role != BlockRole.Statistic).Select(block => block.Name)];
        using Trainer whole = Make(1), stopped = Make(1), resumed = Make(2);
        Run(whole, 5);
        Run(stopped, 3);
        stopped.SaveCheckpoint(path);
        resumed.Resume(path).Should().BeTrue();
        Run(resumed, 2);
        Same();

        // Freed, the block that is two goes on from its own number of steps.
        foreach (Trainer trainer in new[] { whole, resumed })
        {
            trainer.Rates.Remove(learned[0]);
            Run(trainer, 2);
        }

        Same();

        Trainer Make(long seed) => new(TiedNetworks.Tied(name, seed), Divergence.L2, new Adam(0.01f))
        {
            Rates = { [learned[0]] = 0, [learned[^1]] = 0.5f },
        };
        void Same() => Bits(resumed.Network.Parameters).SequenceEqual(Bits(whole.Network.Parameters)).Should().BeTrue();
        void Run(Trainer trainer, int steps)
        {
            for (int step = 0; step < steps; step++)
                trainer.Step(x, d, 8);
        }
    }

    // After the 8th of 12 steps, when an epoch is finished and a best one is kept.
    private sealed class Stop(Trainer trainer, CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (trainer.StepCount == 8)
                source.Cancel();
        }
    }

    private static IEnumerable<string> TensorsOf(Network network) =>
        System.Text.Json.Nodes.JsonNode.Parse(Header(Save(network)).Header)!.AsObject().Select(pair => pair.Key)
            .Where(name => name != "__metadata__");
}
