namespace NeuralNet.Tests.Optimizers;

/// <summary>Blocks with sparse gradients in networks: what optimizers are told, and that only being lazy changes anything.</summary>
public class SparseTests
{
    private const int Rows = 16, Steps = 5, Ids = 900, Width = 19;

    public static TheoryData<string> All => Contracts.PublicKinds.Names(Make());

    [Theory]
    [MemberData(nameof(All))]
    public void Every_optimizer_gives_the_bits_that_it_gives_a_block_that_is_not_declared_sparse(string name)
    {
        Optimizer optimizer = Contracts.PublicKinds.Find(Make(), name);
        foreach (int threads in new[] { 1, 2, 3 })
        {
            foreach (Penalty? penalty in new[] { null, new Penalty(1e-4f, 1e-3f) })
            {
                (Network sparse, Network dense) = (Build(isSparse: true), Build(isSparse: false));
                Train(sparse, optimizer, threads, penalty).Should().Equal(Train(dense, optimizer, 1, penalty));
                sparse.Parameters.SequenceEqual(dense.Parameters).Should().BeTrue();
            }
        }
    }

    [Fact]
    public void Lazy_is_for_sparse_blocks_and_any_number_of_threads_gives_the_same_bits()
    {
        foreach ((Optimizer lazy, Optimizer plain) in new (Optimizer, Optimizer)[]
        {
            (new Adam(0.01f, weightDecay: 0.1f, lazy: true), new Adam(0.01f, weightDecay: 0.1f)),
            (new AdamW(0.01f, lazy: true), new AdamW(0.01f)),
        })
        {
            (Network one, Network other) = (Build(isSparse: false), Build(isSparse: false));
            Train(one, lazy, 1).Should().Equal(Train(other, plain, 1));
            one.Parameters.SequenceEqual(other.Parameters).Should().BeTrue();

            (Network alone, Network differs) = (Build(isSparse: true), Build(isSparse: true));
            Train(alone, lazy, 1);
            Train(differs, plain, 1);
            alone.Parameters.SequenceEqual(differs.Parameters).Should().BeFalse();
            foreach (int threads in new[] { 2, 3 })
            {
                Network shared = Build(isSparse: true);
                Train(shared, lazy, threads);
                shared.Parameters.SequenceEqual(alone.Parameters).Should().BeTrue();
            }
        }
    }

    [Fact]
    public void Lazy_leaves_an_id_that_does_not_occur_as_it_is_decay_included()
    {
        foreach (Optimizer optimizer in new Optimizer[]
            { new Adam(0.1f, weightDecay: 0.1f, lazy: true), new AdamW(0.1f, weightDecay: 0.5f, lazy: true) })
        {
            Network network = Network.Create(Shape.Sequence(2, 1)).Embedding(6, 3).MeanOverSteps().Dense(2).Build(1);
            using var trainer = new Trainer(network, Divergence.L2, optimizer);
            trainer.Step([4, 1], [1, 2], 1);
            float[] before = network.Parameters.ToArray();
            trainer.Step([4, 2], [3, -1], 1);
            for (int id = 0; id < 6; id++)
                network.Parameters.Slice(3 * id, 3).SequenceEqual(before.AsSpan(3 * id, 3)).Should().Be(id is not (2 or 4), $"id {id}");
            network.Parameters[18..].SequenceEqual(before.AsSpan(18)).Should().BeFalse();
        }
    }

    // A unit at 0 gives the table, which is the head too, gradients of exactly 0: a lazy rule would leave those elements as they are.
    [Fact]
    public void A_table_that_another_block_is_tied_to_is_not_sparse_with_rates_either()
    {
        foreach (Optimizer optimizer in new Optimizer[]
            { new Adam(0.01f, lazy: true), new AdamW(0.01f, lazy: true), new Adam(0.01f, weightDecay: 0.1f, lazy: true) })
        {
            float[] plain = Train(optimizer, new Rates());
            Train(optimizer, new Rates { ["2"] = 1 }).Should().Equal(plain);
            Train(optimizer, new Rates { ["0.weight"] = 1 }).Should().Equal(plain);
        }

        static float[] Train(Optimizer optimizer, Rates rates)
        {
            Network network = Network.Create(Shape.Sequence(2, 1)).Embedding(7, 5, Initializer.TruncatedNormal).MeanOverSteps()
                .Dense(5, Activation.Relu).Dense(7, Activation.Softmax).Tie("0.weight", "3.weight", transposed: true).Build(1);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, optimizer) { Rates = rates };
            for (int step = 0; step < 10; step++)
                trainer.Step([step % 3, 1], [(step * 2) % 7], 1);
            return network.Parameters.ToArray();
        }
    }

    [Fact]
    public void State_is_the_same_for_lazy_and_plain_and_may_change_hands()
    {
        Network network = Build(isSparse: true);
        (var plain, var lazy) = (new Adam(), new Adam(lazy: true));
        (plain.IsLazy, lazy.IsLazy, new AdamW(lazy: true).IsLazy).Should().Be((false, true, true));
        OptimizerState state = plain.CreateState(network);
        state.Values.Length.Should().Be(2 * network.Parameters.Length);
        float[] gradient = TestData.Normal(network.Parameters.Length);
        plain.Step(network.Parameters, gradient, state);
        float[] values = state.Values.ToArray(), parameters = network.Parameters.ToArray();

        // All gradients of the tables are 0; the dense layer's m goes on moving it.
        int tables = Ids * Width * 2;
        lazy.Step(network.Parameters, gradient, state);
        network.Parameters[..tables].SequenceEqual(parameters.AsSpan(0, tables)).Should().BeTrue();
        network.Parameters[tables..].SequenceEqual(parameters.AsSpan(tables)).Should().BeFalse();
        for (int k = 0; k < 2; k++)
        {
            int start = k * parameters.Length;
            state.Values.Slice(start, tables).SequenceEqual(values.AsSpan(start, tables)).Should().BeTrue();
            state.Values[(start + tables)..(start + parameters.Length)].SequenceEqual(values.AsSpan(start + tables, parameters.Length - tables))
                .Should().BeFalse();
        }
    }

    [Fact]
    public void A_persons_own_optimizer_is_told_which_ranges_are_sparse()
    {
        Network network = Network.Create(Shape.Sequence(4, 2))
            .Parallel(Merge.Concat, b => b.Slice(0, 1).Embedding(7, 3), b => b.Slice(1, 1).Embedding(5, 2)).MeanOverSteps().Dense(4).Dense(2).Build();
        network.Blocks.Select(block => (block.Name, block.IsSparse)).Should().Equal(
            ("0.0.1.weight", true), ("0.1.1.weight", true), ("2.weight", false), ("2.bias", false), ("3.weight", false), ("3.bias", false));
        Ranges(new Recorder(0)).Should().Equal((31, true, 0), (34, false, 0));
        Ranges(new Recorder(0.5f)).Should().Equal((31, true, 0.5f), (20, false, 0.5f), (4, false, 0), (8, false, 0.5f), (2, false, 0));

        IEnumerable<(int Length, bool IsSparse, float Decay)> Ranges(Recorder recorder)
        {
            recorder.Step(network.Parameters, new float[network.Parameters.Length], recorder.CreateState(network));
            return recorder.Ranges;
        }
    }

    [Fact]
    public void A_block_says_that_it_is_sparse_and_keeps_it_in_composites()
    {
        var block = new Block("table", BlockRole.Weight, [5, 2], Initializer.Ones);
        block.IsSparse.Should().BeFalse();
        block.Within(2).IsSparse.Should().BeFalse();
        var sparse = new Block("table", BlockRole.Weight, [5, 2], Initializer.Ones) { IsSparse = true };
        (sparse.Within(3).Within(1).IsSparse, sparse.Within(3).Name).Should().Be((true, "3.table"));
        new Embedding(3, 5, 2).Blocks[0].IsSparse.Should().BeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nothing_is_allocated_in_a_step(int threads)
    {
        foreach (Optimizer optimizer in new Optimizer[] { new Sgd(), new Adagrad(), new Adam(lazy: true), new AdamW(lazy: true) })
        {
            Allocations.Of(() =>
            {
                var trainer = new Trainer(Build(isSparse: true), Divergence.CrossEntropy, optimizer) { Threads = threads };
                (float[] x, float[] desired) = (Inputs(0), Desired());
                trainer.Step(x, desired, Rows);
                return () =>
                {
                    for (int step = 0; step < 20; step++)
                        trainer.Step(x, desired, Rows);
                };
            }).Should().Be(0);
        }
    }

    // Two tables side by side, large enough for threads to share them, of widths that no vector divides.
    private static Network Build(bool isSparse)
    {
        Layer Table(Shape shape) => isSparse ? new Embedding(shape, Ids, Width) : new DenseTable(new Embedding(shape, Ids, Width));
        return Network.Create(Shape.Sequence(Steps, 2))
            .Parallel(Merge.Concat, b => b.Slice(0, 1).Add(Table), b => b.Slice(1, 1).Add(Table))
            .MeanOverSteps().Dense(11, Activation.Tanh).Dense(4, Activation.Softmax).Build(1);
    }

    private static float[] Inputs(int step) =>
        [.. TestData.Labels(Rows * Steps * 2, Ids / 10, step + 1).Select(id => (float)(id * (1 + (step % 3))))];

    private static float[] Desired() => TestData.OneHotOf(TestData.Labels(Rows, 4, 9), 4);

    private static float[] Train(Network network, Optimizer optimizer, int threads, Penalty? penalty = null)
    {
        using var trainer = new Trainer(network, Divergence.CrossEntropy, optimizer)
        {
            Threads = threads,
            Penalty = penalty,
            Clipping = GradientClipping.ByNorm(0.5f),
        };
        float[] divergences = new float[8];
        for (int step = 0; step < divergences.Length; step++)
            divergences[step] = trainer.Step(Inputs(step), Desired(), Rows);
        return divergences;
    }

    private static Optimizer[] Make() =>
    [
        new Sgd(0.5f), new Sgd(0.5f, weightDecay: 0.01f), new Sgd(0.5f, 0.9f), new Sgd(0.5f, 0.9f, nesterov: true, weightDecay: 0.01f),
        new Adagrad(0.1f), new Adagrad(0.1f, 1e-3f, 0.1f), new Adagrad(0.1f, weightDecay: 0.01f), new Adam(0.01f), new AdamW(0.01f),
        new RmsProp(0.01f), new RmsProp(0.01f, momentum: 0.9f, centered: true, weightDecay: 0.01f), new Nadam(0.01f), new Rprop(),
    ];

    /// <summary>An embedding that does not say that its gradient is sparse.</summary>
    private sealed class DenseTable : Layer
    {
        private readonly Embedding inner;

        public DenseTable(Embedding inner)
            : base(inner.Input, inner.Output)
        {
            this.inner = inner;
            Block block = inner.Blocks[0];
            Blocks = [new Block(block.Name, block.Role, block.Dimensions, block.Initializer) { FanIn = block.FanIn }];
            BackwardReads = inner.BackwardReads;
            InputIds = inner.InputIds;
        }

        public override void Forward(in ForwardPass pass) => inner.Forward(pass);

        public override void Backward(in BackwardPass pass) => inner.Backward(pass);
    }

    private sealed class Recorder(float weightDecay) : Optimizer(1, weightDecay)
    {
        public List<(int Length, bool IsSparse, float Decay)> Ranges { get; } = [];

        public override int ValuesPerParameter => 0;

        protected override void Update(in OptimizerPass pass) => Ranges.Add((pass.Parameters.Length, pass.IsSparse, pass.WeightDecay));
    }
}
