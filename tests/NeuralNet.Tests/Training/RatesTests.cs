using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Training;

public sealed class RatesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string File => Path.Combine(folder, "run.safetensors");

    public static TheoryData<string> Optimizers => PublicKinds.Names(All());

    public static TheoryData<string> OptimizersWithFactors =>
        [.. All().Index().Where(kind => kind.Item is not Rprop).Select(kind => $"{kind.Index}: {kind.Item}")];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // The other network has the frozen layer as a constant: it is not among its parameters at all.
    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_frozen_layer_does_not_move_by_a_bit_and_the_others_train_as_around_a_constant(string name)
    {
        Optimizer optimizer = PublicKinds.Find(All(), name);
        Network network = Three(shape => new Dense(shape, 16, Activation.Tanh, bias: false));
        network.Parameter("2.weight")[3] = -0f;
        float[] frozen = network.Parameter("2.weight").ToArray();
        Network other = Three(_ => new Fixed(new Dense(16, 16, Activation.Tanh, bias: false), frozen));
        foreach (Block block in other.Blocks)
            network.Parameter(block.Name).CopyTo(other.Parameter(block.Name));

        Dataset data = TestData.Clouds(64);
        using Trainer trainer = Make(network, new Rates { ["2"] = 0 }), expected = Make(other, new Rates());
        for (int step = 0; step < 1000; step++)
            trainer.Step(data.Inputs, data.Desired, 64).Should().Be(expected.Step(data.Inputs, data.Desired, 64));

        Bits(network.Parameter("2.weight")).Should().Equal(Bits(frozen));
        foreach (Block block in other.Blocks)
            Bits(network.Parameter(block.Name)).Should().Equal(Bits(other.Parameter(block.Name)), block.Name);

        Trainer Make(Network of, Rates rates) => new(of, Divergence.CrossEntropy, optimizer)
        {
            Rates = rates,
            Penalty = new Penalty(1e-4f, 1e-3f),
            Clipping = GradientClipping.ByNorm(0.05f),
            Schedule = new CosineDecay(1000, warmUp: 10, unit: ScheduleUnit.Steps),
            Seed = 3,
        };
    }

    [Theory]
    [MemberData(nameof(OptimizersWithFactors))]
    public void A_factor_is_a_learning_rate_of_ones_own(string name)
    {
        Optimizer optimizer = PublicKinds.Find(All(), name);
        Dataset data = TestData.Clouds(64);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, optimizer) { Rates = { ["1"] = 0.1f, ["2.bias"] = 3 } };
        var hand = new ByHand(TestData.Classifier(), optimizer);
        for (int step = 0; step < 50; step++)
        {
            trainer.Step(data.Inputs, data.Desired, 64);
            hand.Step(data, block => block switch { "1.weight" or "1.bias" => 0.1f, "2.bias" => 3, _ => 1 });
            Bits(trainer.Network.Parameters).Should().Equal(Bits(hand.Network.Parameters));
        }
    }

    // Of a block that is frozen for a while the optimizer knows only the other steps.
    [Theory]
    [MemberData(nameof(Optimizers))]
    public void What_is_freed_goes_on_as_if_the_frozen_steps_had_not_been(string name)
    {
        Optimizer optimizer = PublicKinds.Find(All(), name);
        Dataset data = TestData.Clouds(64);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, optimizer) { Rates = { ["1"] = 0 } };
        var hand = new ByHand(TestData.Classifier(), optimizer);
        Run(20, one: 0, two: 1);
        Run(20, one: 1, two: 1);
        Run(20, one: 1, two: 0);
        Run(20, one: 0, two: 0);
        Run(20, one: 1, two: 1);
        trainer.StepCount.Should().Be(100);

        void Run(int steps, float one, float two)
        {
            trainer.Rates["1"] = one;
            if (two == 1)
                trainer.Rates.Remove("2");
            else
                trainer.Rates["2"] = two;
            if (one == 1 && two == 1)
                trainer.Rates.Remove("1").Should().BeTrue();
            for (int step = 0; step < steps; step++)
            {
                trainer.Step(data.Inputs, data.Desired, 64);
                hand.Step(data, block => block[0] == '1' ? one : block[0] == '2' ? two : 1);
                Bits(trainer.Network.Parameters).Should().Equal(Bits(hand.Network.Parameters));
            }
        }
    }

    [Fact]
    public void The_longest_place_decides_and_places_are_compared_part_by_part()
    {
        NetworkBuilder builder = Network.Create(2);
        for (int k = 0; k < 11; k++)
            builder.Dense(2);
        Network network = builder.Residual(b => b.Dense(2).Dense(2)).Build(1);
        Moved(new Rates { ["1"] = 0 }).Should().Equal(All().Except(["1.weight", "1.bias"]));
        Moved(new Rates { ["11"] = 0, ["11.1.0"] = 1, ["11.1.0.bias"] = 0 })
            .Should().Equal(All().Except(["11.1.1.weight", "11.1.1.bias", "11.1.0.bias"]));
        Moved(new Rates { ["11.1.1.weight"] = 1, ["11.1"] = 0, ["11.1.1"] = 0 })
            .Should().Equal(All().Except(["11.1.0.weight", "11.1.0.bias", "11.1.1.bias"]));
        Moved(new Rates { ["0"] = 0, ["0.weight"] = 1, ["0.bias"] = 1, ["11.0"] = 0 }).Should().Equal(All());

        IEnumerable<string> All() => network.Blocks.Select(block => block.Name);
        List<string> Moved(Rates rates)
        {
            Network copy = network.Clone();
            using var trainer = new Trainer(copy, Divergence.L2, new Sgd(0.1f)) { Rates = rates };
            trainer.Step([1, 2, -1, 3], [0.5f, -1, 2, -2], 2);
            return [.. network.Blocks.Select(block => block.Name).Where(name => !copy.Parameter(name).SequenceEqual(network.Parameter(name)))];
        }
    }

    [Fact]
    public void What_makes_no_sense_is_refused_and_nothing_changes()
    {
        var rates = new Rates();
        foreach (float wrong in new[] { -1, float.NaN, float.PositiveInfinity })
            rates.Invoking(r => r["0"] = wrong).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*rate of \"0\"*at least 0*");
        rates.Invoking(r => r[""] = 1).Should().Throw<ArgumentException>();
        rates.Invoking(r => _ = r["7"]).Should().Throw<KeyNotFoundException>().WithMessage("*\"7\"*none*");
        (rates["2"], rates["1.bias"]) = (0.1f, 0);
        rates["2"].Should().Be(0.1f);
        rates.Places.Should().BeEquivalentTo("2", "1.bias");
        rates.ToString().Should().Be("1.bias: 0, 2: 0.1");
        rates.Remove("7").Should().BeFalse();
        new Rates { ["0"] = -0f }.ToString().Should().Be("0: 0", "a checkpoint compares the words");

        Dataset data = TestData.Clouds(8);
        foreach (string place in new[] { "3", "00", "0.weigth", "0.weight.0", "0.", ".0", "weight", "0.0", "-1", " 0" })
        {
            Network network = TestData.Classifier();
            float[] before = network.Parameters.ToArray();
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam())
            {
                Rates = { ["0"] = 0, [place] = 1 },
                Checkpointing = new Checkpointing(File),
            };
            foreach (Action call in new Action[]
            {
                () => trainer.Fit(data, 1), () => trainer.Step(data.Inputs, data.Desired, 8),
                () => new Lbfgs { Rates = trainer.Rates }.Minimize(network, Divergence.CrossEntropy, data),
            })
            {
                call.Should().Throw<ArgumentException>()
                    .WithMessage($"*\"{place}\"*no layer or block*\"0\" to \"2\"*\"0.weight\", \"0.bias\", \"1.weight\"*");
            }

            network.Parameters.ToArray().Should().Equal(before);
            (trainer.StepCount, System.IO.File.Exists(File)).Should().Be((0, false));
        }

        using var rprop = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Rprop()) { Rates = { ["1"] = 0.5f } };
        rprop.Invoking(t => t.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage("Rprop*0 and 1*0.5*\"1.weight\"*");
        rprop.Rates["1"] = 1;
        rprop.Fit(data, 1);
        new Action(() => _ = new Trainer(TestData.Classifier(), Divergence.L2, new Adam()) { Rates = null! }).Should().Throw<ArgumentNullException>();
        new Action(() => _ = new Lbfgs { Rates = null! }).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void A_factor_that_moves_parameters_too_far_is_refused()
    {
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(1)) { Rates = { ["0"] = 3e38f } };
        float[] before = trainer.Network.Parameters.ToArray();
        Dataset data = TestData.Clouds(8);
        trainer.Invoking(t => t.Step(data.Inputs, data.Desired, 8)).Should().Throw<NotFiniteNumberException>();
        trainer.Network.Parameters.ToArray().Should().Equal(before);
        var sgd = new Sgd(10);
        OptimizerState state = sgd.CreateState(trainer.Network);
        new Action(() => sgd.Step(trainer.Network.Parameters, new float[before.Length], state, 10, trainer.Rates))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*factor*");
    }

    [Fact]
    public void Rates_are_read_when_Fit_begins()
    {
        Dataset data = TestData.Clouds(64);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam()) { Rates = { ["0"] = 0 } };
        float[] before = trainer.Network.Parameter("0.weight").ToArray();
        trainer.Fit(data, 2, progress: new Now(_ => trainer.Rates.Remove("0")));
        trainer.Network.Parameter("0.weight").ToArray().Should().Equal(before);
        trainer.Fit(data, 1);
        trainer.Network.Parameter("0.weight").ToArray().Should().NotEqual(before);
    }

    [Fact]
    public void A_checkpoint_has_the_rates_and_the_steps_of_what_was_frozen()
    {
        Dataset data = TestData.Clouds(64);
        using Trainer whole = Make(), first = Make(), second = Make();
        whole.Fit(data, 4);
        Stop(first, 5);
        second.Resume(File).Should().BeTrue();
        second.Fit(data, 4);
        Bits(second.Network.Parameters).Should().Equal(Bits(whole.Network.Parameters));

        // Freed, it goes on from its own number of steps, which the file has kept.
        foreach (Trainer trainer in new[] { whole, second })
        {
            trainer.Rates.Remove("1");
            trainer.Fit(data, 2);
        }

        Bits(second.Network.Parameters).Should().Equal(Bits(whole.Network.Parameters));
        second.SaveCheckpoint(File);
        using Trainer free = Make(), other = Make();
        free.Rates.Remove("1");
        free.Resume(File).Should().BeTrue();
        foreach (Trainer trainer in new[] { whole, free })
            trainer.Step(data.Inputs, data.Desired, 64);
        Bits(free.Network.Parameters).Should().Equal(Bits(whole.Network.Parameters));

        other.Invoking(t => t.Resume(File)).Should().Throw<InvalidDataException>().WithMessage("*rates: 1: 0 instead of none*");
        other.SaveCheckpoint(File);
        free.Invoking(t => t.Resume(File)).Should().Throw<InvalidDataException>().WithMessage("*rates: none instead of 1: 0*");
        free.Resume(File, allowOtherSettings: true).Should().BeTrue();

        Trainer Make() => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam()) { Rates = { ["1"] = 0 }, BatchSize = 16 };
        void Stop(Trainer trainer, int steps) => Now.StopAt(
            steps,
            trainer,
            () =>
            {
                trainer.Rates.Remove("1"); // counts from the next call only, for the checkpoint too
                trainer.SaveCheckpoint(File);
            },
            data,
            epochs: 4);
    }

    [Fact]
    public void Damaged_numbers_of_steps_are_refused()
    {
        Dataset data = TestData.Clouds(8);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam()) { Rates = { ["1"] = 0 } };
        trainer.Step(data.Inputs, data.Desired, 8);
        trainer.SaveCheckpoint(File);
        byte[] good = System.IO.File.ReadAllBytes(File);
        foreach (string wrong in new[] { "[0,0,1,1,0]", "[0,0,1,1,0,0,0]", "[0,0,1,2,0,0]", "[0,0,1,-1,0,0]", "[0,0,1,0.5,0,0]", "7" })
        {
            const string Good = "\\\"passedOver\\\":[0,0,1,1,0,0]";
            string bad = $"\\\"passedOver\\\":{wrong}";
            System.IO.File.WriteAllBytes(File, SavedNetworks.WithHeader(good, header => header.Replace(Good, bad, StringComparison.Ordinal)));
            trainer.Invoking(t => t.Resume(File)).Should().Throw<InvalidDataException>($"of {wrong}").WithMessage($"{File}: *");
        }
    }

    [Fact]
    public void A_loop_of_ones_own_trains_as_the_trainer_does_and_allocates_nothing()
    {
        Dataset data = TestData.Clouds(64);
        Network network = TestData.Classifier(), other = TestData.Classifier();
        var adam = new AdamW(0.01f);
        var penalty = new Penalty(0.01f, 0.1f);
        GradientClipping clipping = GradientClipping.ByNorm(0.1f);
        Rates rates = new() { ["0"] = 0, ["2"] = 0.1f }, more = new() { ["1"] = 0 };
        using var trainer = new Trainer(other, Divergence.CrossEntropy, adam) { Rates = rates, Penalty = penalty, Clipping = clipping };
        OptimizerState state = adam.CreateState(network);
        float[] gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(64);
        for (int step = 0; step < 5; step++)
        {
            Step(rates).Should().Be(trainer.Step(data.Inputs, data.Desired, 64));
            gradient.Should().OnlyContain(g => g == 0);
            Bits(network.Parameters).Should().Equal(Bits(other.Parameters));
        }

        // A gradient of all is cleared as a whole, and what is frozen does not follow it.
        float[] before = network.Parameter("0.weight").ToArray();
        network.AddGradient(new Batch { Rows = 64, Inputs = data.Inputs, Desired = data.Desired }, Divergence.CrossEntropy, gradient, workspace);
        adam.Step(network.Parameters, gradient, state, 0.01f, rates);
        gradient.Should().OnlyContain(g => g == 0);
        network.Parameter("0.weight").ToArray().Should().Equal(before);

        Step(more);
        Allocations.Of(() => () =>
        {
            for (int step = 0; step < 20; step++)
            {
                Step(rates);
                Step(more);
                rates["0"] = 0;
                trainer.Step(data.Inputs, data.Desired, 64);
            }
        }).Should().Be(0);

        float Step(Rates those)
        {
            float divergence = network.AddGradient(
                new Batch { Rows = 64, Inputs = data.Inputs, Desired = data.Desired }, Divergence.CrossEntropy, gradient, workspace, those);
            penalty.AddGradient(network, gradient, those);
            clipping.Apply(gradient);
            adam.Step(network.Parameters, gradient, state, 0.01f, those);
            return divergence;
        }
    }

    private static List<Optimizer> All() =>
    [
        .. PublicKinds.Optimizers(), new Adam(weightDecay: 0.01f), new Sgd(0.01f, 0.9f, weightDecay: 0.01f),
        new Adagrad(initialSum: 0.5f, learningRateDecay: 0.1f),
        new RmsProp(0.001f, momentum: 0.9f, centered: true, weightDecay: 0.01f),
    ];

    private static Network Three(Func<Shape, Layer> middle) =>
        Network.Create(2).Dense(16, Activation.Tanh).Dropout(0.1f).Add(middle).Dense(3, Activation.Softmax).Build(1);

    private static int[] Bits(ReadOnlySpan<float> values) => System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(values).ToArray();

    // Each block has an optimizer's state to itself, which makes a step only when the block does: by the methods without rates.
    private sealed class ByHand(Network network, Optimizer optimizer)
    {
        private readonly OptimizerState[] states = [.. network.Blocks.Select(_ => optimizer.CreateState(network))];

        public Network Network => network;

        public void Step(Dataset data, Func<string, float> factorOf)
        {
            using Workspace workspace = network.CreateWorkspace(data.Rows);
            float[] gradient = new float[network.Parameters.Length], before = network.Parameters.ToArray();
            var batch = new Batch { Rows = data.Rows, Inputs = data.Inputs, Desired = data.Desired };
            network.AddGradient(batch, Divergence.CrossEntropy, gradient, workspace);
            for (int i = 0, start = 0; i < states.Length; start += network.Blocks[i].Length, i++)
            {
                float factor = factorOf(network.Blocks[i].Name);
                if (factor == 0)
                    continue;
                float[] moved = [.. before];
                optimizer.Step(moved, [.. gradient], states[i], optimizer.LearningRate * factor);
                moved.AsSpan(start, network.Blocks[i].Length).CopyTo(network.Parameters[start..]);
            }
        }
    }
}
