using System.Diagnostics;
using NeuralNet.Kernels;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training.Clusters;

/// <summary>A long gradient, of which the last layers' part is exchanged while the first layers' is computed.</summary>
public sealed class GradientExchangeTests
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Parts_are_exchanged_while_layers_before_them_are_computed(int threads)
    {
        int shards = 2 * threads; // one for each lane
        float[] alone = Train(null, null, threads, shards);
        float[][] together = LocalCluster.Run(2, cluster =>
        {
            int atStep = 0;
            return Train(cluster, () => SpinWait.SpinUntil(() => cluster.Exchanges > atStep + 1, patience).Should().BeTrue("processes exchange"),
                threads, shards, before: () => atStep = cluster.Exchanges);
        });
        foreach (float[] parameters in together)
            parameters.ShouldHaveTheBitsOf(alone, "parameters");
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(4, 3)]
    public void A_process_that_fails_when_parts_are_exchanged_tells_the_others_and_all_can_go_on(int size, int rank)
    {
        (float[]? Result, Exception? Failure)[] ended = LocalCluster.Try(size, cluster =>
        {
            int atStep = 0, step = 0;
            return Train(cluster, () =>
            {
                if (step != 2)
                    return;
                SpinWait.SpinUntil(() => cluster.Exchanges > atStep + 1, patience).Should().BeTrue("parts are exchanged");
                if (cluster.Rank == rank)
                    throw new IOException("The disk is gone.");
            }, threads: 1, shards: size, before: () => (atStep, step) = (cluster.Exchanges, step + 1), failure: problem =>
            {
                if (cluster.Rank == rank)
                    problem.Should().BeOfType<IOException>();
                else
                    problem.Should().BeOfType<ClusterException>().Which.Message.Should().Match($"*process {rank} of {size} failed*");
            });
        });
        ended.Should().OnlyContain(one => one.Failure == null);
        float[] alone = Train(null, null, threads: 1, shards: size, skips: 2);
        foreach ((float[]? result, _) in ended)
            result!.ShouldHaveTheBitsOf(alone, "parameters");
    }

    [Fact]
    public void A_process_that_fails_before_the_others_have_parts_tells_them()
    {
        (float[]? Result, Exception? Failure)[] ended = LocalCluster.Try(4, cluster => Train(cluster, () =>
        {
            if (cluster.Rank == 1)
                throw new IOException("The disk is gone.");
        }, threads: 1));
        ended[1].Failure.Should().BeOfType<IOException>();
        foreach (int other in (int[])[0, 2, 3])
            ended[other].Failure.Should().BeOfType<ClusterException>().Which.Message.Should().Match("*process 1 of 4 failed*");
    }

    [Fact]
    public void A_process_that_does_something_else_meanwhile_ends_all()
    {
        (float[]? Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            if (cluster.Rank == 0)
                return Train(cluster, null, threads: 2);
            using Trainer trainer = Make(cluster, null, 1, 8);
            trainer.Step(Data.Batch(0, 24)); // others make a second one
            trainer.Evaluate(Data);
            return [];
        });
        ended.Should().OnlyContain(one => one.Failure is ClusterException);
        ended[0].Failure!.Message.Should().Match("*other processes are at something else*");
    }

    [Fact]
    public void Two_processes_that_fail_in_one_step_leave_all_at_the_same_place()
    {
        (float[]? Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            int atStep = 0, step = 0;
            using Trainer trainer = Make(cluster, () =>
            {
                if (step != 2)
                    return;
                SpinWait.SpinUntil(() => cluster.Exchanges > atStep, patience).Should().BeTrue("a thread of the pool hears of the other's failure");
                throw new IOException("The disk is gone.");
            }, threads: 1, shards: 2);
            for (step = 1; step <= 4; step++)
            {
                atStep = cluster.Exchanges;
                int number = step;
                if (number != 2)
                    trainer.Step(Data.Batch((number - 1) * 24, 24));
                else if (cluster.Rank == 0)
                    Assert.Throws<ArgumentException>(() => trainer.Step([], [], 24)); // before it has anything to exchange
                else
                    Assert.Throws<IOException>(() => trainer.Step(Data.Batch(24, 24)));
            }

            return trainer.Network.Parameters.ToArray();
        });
        ended.Should().OnlyContain(one => one.Failure == null);
        float[] alone = Train(null, null, threads: 1, shards: 2, skips: 2);
        foreach ((float[]? result, _) in ended)
            result!.ShouldHaveTheBitsOf(alone, "parameters");
    }

    [Fact]
    public void A_step_that_is_interrupted_while_it_waits_for_the_pool_tells_the_others()
    {
        (float[]? Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            int atStep = 0, step = 0;
            bool isSlow = false;
            cluster.Before = _ =>
            {
                if (Volatile.Read(ref isSlow))
                    Thread.Sleep(100);
            };
            return Train(cluster, () =>
            {
                Volatile.Write(ref isSlow, step == 2);
                if (step != 2)
                    return;
                SpinWait.SpinUntil(() => cluster.Exchanges > atStep + 1, patience).Should().BeTrue("parts are exchanged");
                if (cluster.Rank == 1)
                    Thread.CurrentThread.Interrupt();
            }, threads: 1, shards: 2, before: () => (atStep, step) = (cluster.Exchanges, step + 1), failure: problem =>
            {
                if (cluster.Rank == 1)
                    problem.Should().BeOfType<ThreadInterruptedException>();
                else
                    problem.Should().BeOfType<ClusterException>().Which.Message.Should().Match("*process 1 of 2 failed*");
            });
        });
        ended.Should().OnlyContain(one => one.Failure == null);
        float[] alone = Train(null, null, threads: 1, shards: 2, skips: 2);
        foreach ((float[]? result, _) in ended)
            result!.ShouldHaveTheBitsOf(alone, "parameters");
    }

    [Fact]
    public void A_failure_is_thrown_also_where_the_exchange_fails_after_it()
    {
        using var cluster = new Mirror();
        using Trainer trainer = Make(cluster, () =>
        {
            SpinWait.SpinUntil(() => cluster.Threads > 1, patience).Should().BeTrue("another thread exchanges");
            cluster.Fails = true;
            throw new IOException("The disk is gone.");
        }, threads: 1, shards: 2);
        Assert.Throws<IOException>(() => trainer.Step(Data.Batch(0, 24)));
        cluster.Fails = false;
    }

    [Fact]
    public void A_piece_of_work_by_itself_exchanges_nothing()
    {
        using var cluster = new Mirror();
        int before = 0;
        using Trainer trainer = Make(cluster, () => SpinWait.SpinUntil(() => cluster.Exchanges > before, 200), threads: 1, shards: 2);
        trainer.Step(Data.Batch(0, 24));
        before = cluster.Exchanges;
        Assert.Throws<InvalidOperationException>(() => Cluster.Apart(() => trainer.Step(Data.Batch(0, 24)))).Message.Should().Match("*by itself*");
        cluster.Exchanges.Should().Be(before);
    }

    // Where a call of the pool is late, which is seldom: here other threads make such calls all the time.
    [Fact]
    public void A_late_call_of_the_pool_exchanges_nothing_of_the_next_step()
    {
        Network network = Network.Create(2).Dense(256).Dense(256).Dense(3, Activation.Softmax).Build(1);
        using var cluster = new Mirror { Moves = false };
        using var lane = new ShardLane(network, new AlignedBuffer(network.GradientLength));
        lane.WorkspaceFor(1, 1);
        lane.Begin(1);
        GradientExchange exchange = GradientExchange.For(network, cluster, [lane])!;
        bool hasEnded = false;
        Thread[] late = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref hasEnded))
                ((IThreadPoolWorkItem)exchange).Execute();
        }))];
        Array.ForEach(late, thread => thread.Start());
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalSeconds < 2;)
        {
            exchange.Begin(new Notice { Meeting = Meeting.Step }, null);
            lane.FinishedRanges = 1; // of one step everything
            exchange.Finish(Workers.Alone);

            // Of the next one nothing: all is left to this thread.
            cluster.Owner = Environment.CurrentManagedThreadId;
            exchange.Begin(new Notice { Meeting = Meeting.Step }, null);
            exchange.Finish(Workers.Alone);
            cluster.Owner = 0;
        }

        Volatile.Write(ref hasEnded, true);
        Array.ForEach(late, thread => thread.Join());
        cluster.Strange.Should().Be(0);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        using var cluster = new Mirror();
        Allocations.Of(() =>
        {
            Trainer trainer = Make(cluster, null, 2, 8);
            for (int step = 0; step < 3 || cluster.Threads < 2; step++) // the pool takes part as soon as it has a thread
                trainer.Step(Data.Batch(0, 24));
            return () => trainer.Step(Data.Batch(0, 24));
        }).Should().Be(0);
    }

    private static Dataset Data { get; } = TestData.Clouds(96);

    private static float[] Train(
        Cluster? cluster, Action? inBackward, int threads, int shards = 8, Action? before = null, Action<Exception>? failure = null, int skips = 0)
    {
        using Trainer trainer = Make(cluster, inBackward, threads, shards);
        for (int step = 1; step <= 4; step++)
        {
            if (step == skips)
                continue;
            before?.Invoke();
            try
            {
                trainer.Step(Data.Batch((step - 1) * 24, 24));
            }
            catch (Exception problem) when (failure is not null)
            {
                failure(problem);
            }
        }

        return trainer.Network.Parameters.ToArray();
    }

    private static Trainer Make(Cluster? cluster, Action? inBackward, int threads, int shards)
    {
        Network network = Network.Create(2).Dense(300, Activation.Tanh).Add(shape => new Told(shape, inBackward))
            .Dense(300).BatchNorm(activation: Activation.Relu).Dense(280).Dense(300, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);
        return new Trainer(network, Divergence.CrossEntropy, new Adam(1e-3f)) { Shards = shards, Threads = threads, Cluster = cluster };
    }

    // Hands on, and calls somebody in backward.
    private sealed class Told(Shape shape, Action? inBackward) : Layer(shape, shape)
    {
        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            inBackward?.Invoke();
            pass.OutputGradient.CopyTo(pass.InputGradient);
        }
    }

    // Two processes of which the other one has the same of everything.
    private sealed class Mirror : Cluster
    {
        private readonly HashSet<int> threads = new(100);

        public override int Rank => 0;

        public override int Size => 2;

        public int Threads => threads.Count;

        public int Exchanges { get; private set; }

        public bool Fails { get; set; }

        public bool Moves { get; init; } = true;

        /// <summary>The only thread that may exchange; 0: any.</summary>
        public int Owner { get; set; }

        /// <summary>How many exchanges were another thread's.</summary>
        public int Strange { get; private set; }

        protected internal override void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
        {
            if (Fails)
                throw new TimeoutException("Nobody is there.");
            Exchanges++;
            Strange += Owner != 0 && Owner != Environment.CurrentManagedThreadId ? 1 : 0;
            threads.Add(Environment.CurrentManagedThreadId);
            if (Moves || sent.Length < 1000)
                sent.CopyTo(received);
        }
    }
}
