using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Networks.Prediction;

public sealed class PredictorTests
{
    public static TheoryData<string> Names => [.. CompatibilityNetworks.All().Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_kind_answers_with_the_bits_of_the_network(string name)
    {
        Network network = CompatibilityNetworks.All().Single(one => one.Name == name).Network;
        float[] x = InputsOf(network, rows: 9);
        using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 4 });
        predictor.Predict(x).Should().Equal(network.Predict(x));
        float[] y = new float[network.Output.Size];
        predictor.Predict(x.AsSpan(^network.Input.Size..), y);
        y.Should().Equal(network.Predict(x).AsSpan(^network.Output.Size..).ToArray());
    }

    [Fact]
    public void Random_networks_answer_batches_with_lengths_with_the_bits_of_the_network()
    {
        foreach (RandomNetwork drawn in RandomNetwork.Draw(300))
        {
            Network network = drawn.Network;
            using Workspace workspace = network.CreateWorkspace(drawn.Rows, training: false);
            using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = drawn.Rows / 2 });
            float[] expected = new float[drawn.Rows * drawn.OutputSize], got = new float[expected.Length];
            int steps = network.Input.Kind == ShapeKind.Sequence ? drawn.Steps : 0;
            var batch = new Batch { Rows = drawn.Rows, Inputs = drawn.Inputs, Steps = steps, Lengths = drawn.Lengths };
            network.Predict(batch, expected, workspace);
            predictor.Predict(batch, got);
            got.Should().Equal(expected, "{0}", network.Summary());
        }
    }

    [Fact]
    public void Tied_networks_answer_with_the_bits_of_the_network()
    {
        foreach ((string name, _, _) in TiedNetworks.All)
        {
            Network network = TiedNetworks.Tied(name);
            float[] x = InputsOf(network, rows: 3);
            using Predictor predictor = network.CreatePredictor();
            predictor.Predict(x).Should().Equal(network.Predict(x), name);
        }
    }

    [Fact]
    public void What_predictions_do_not_need_is_gone_and_all_that_people_see_stays()
    {
        Network network = Network.Create(("a", 2), ("b", 2)).Dropout(0.5f)
            .Residual(b => b.Dense(4, Activation.Tanh).Dropout(0.2f).Activation(Activation.Identity))
            .Outputs(("p", b => b.Dropout(0.1f).Dense(3, Activation.Softmax)), ("q", b => b.Dense(1))).Build(seed: 3);
        network.Metadata = new Dictionary<string, string> { ["made"] = "here" };
        Network own = network.ForInference(foldsNorms: false);
        own.Summary().Should().NotContain("Dropout").And.NotContain("Identity");
        using Predictor predictor = network.CreatePredictor();
        predictor.Inputs["b"].Shape.Should().Be(Shape.Features(2));
        predictor.Outputs["p"].Shape.Should().Be(Shape.Features(3));
        predictor.Metadata.Should().Contain("made", "here");
        (predictor.Input, predictor.Output, predictor.StatePerRow).Should().Be((network.Input, network.Output, 0));
        predictor.Predict([1, 2, 3, 4]).Should().Equal(network.Predict([1, 2, 3, 4]));
        Network nothing = Network.Create(3).Dropout(0.5f).Build();
        nothing.CreatePredictor().Predict([1, 2, 3]).Should().Equal(1, 2, 3);
    }

    // Those of which a prediction copies the weights into panels in each call, for vectors of any width: once, in as much memory.
    [Theory]
    [InlineData(3, 1, 1)]
    [InlineData(1, 2, 1)]
    [InlineData(3, 2, 2)]
    public void Packed_weights_of_convolutions_give_the_same_bits(int kernel, int stride, int dilation)
    {
        NetworkBuilder builder = Network.Create(Shape.Image(6, 7, 3)).Conv(5, 2)
            .Conv(128, kernel, stride, Padding.Of(kernel / 2), dilation, activation: Activation.Relu).BatchNorm();
        Network network = builder.Parallel(Merge.Sum, b => b.Conv(192, 3, padding: Padding.Same), b => b.Conv(192, 1)).Build(seed: 3);
        float[] x = InputsOf(network, rows: 3);
        using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 2, Calls = 1 });
        predictor.Predict(x).Should().Equal(network.Predict(x));
        predictor.Predict(x).Should().Equal(network.Predict(x));

        // What the network's own calls take, the memory of products in it, and what lets each block begin at a cache line.
        using Workspace workspace = network.CreateWorkspace(2, training: false);
        network.Predict(new Batch { Rows = 2, Inputs = x.AsSpan(0, 2 * network.Input.Size) }, new float[2 * network.Output.Size], workspace);
        long floats = network.Parameters.Length + network.Statistics.Length + workspace.Length + workspace.Workers.ScratchLength;
        predictor.Bytes.Should().BeLessThanOrEqualTo(4 * (floats + Alignment(network)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(70, 2)]
    public void Packed_weights_of_dense_layers_give_the_same_bits(int rows, int threads)
    {
        Network network = Network.Create(Shape.Sequence(3, 300)).Dense(256, Activation.Relu).LayerNorm().Dense(192, Activation.Glu)
            .Dense(128, bias: false).BatchNorm().Parallel(Merge.Sum, b => b.Dense(320), b => b.Dense(320, new Softmax(5))).Build(seed: 3);
        float[] x = InputsOf(network, rows);
        using Predictor predictor = network.CreatePredictor(new PredictorOptions { Threads = threads });
        predictor.Predict(x).Should().Equal(network.Predict(x));
        float[] y = new float[rows * network.Output.Size], expected = new float[y.Length];
        int[] lengths = [.. Enumerable.Range(0, rows).Select(row => 1 + (row % 3))];
        predictor.Predict(new Batch { Rows = rows, Inputs = x, Lengths = lengths }, y);
        using Workspace workspace = network.CreateWorkspace(rows, training: false);
        network.Predict(new Batch { Rows = rows, Inputs = x, Lengths = lengths }, expected, workspace);
        y.Should().Equal(expected);
    }

    [Fact]
    public void People_s_own_layers_and_branches_that_do_nothing_give_the_same_bits()
    {
        Network network = Network.Create(6)
            .Add(shape => new Highway(new Chain([new Dense(shape, 6, Activation.Tanh), new Dropout(shape)]), new Dense(shape, 6, Activation.Sigmoid)))
            .Add(_ => new BatchStatistics(6)).BatchNorm()
            .Parallel(Merge.Product, b => b.Dropout(0.2f), b => b.Residual(c => c.Dropout(0.1f)), b => b.Dense(6).Dropout(0.3f))
            .Dense(3).Build(seed: 1);
        network.Statistics.Fill(0.7f);
        float[] x = InputsOf(network, rows: 7);
        foreach (bool folds in (bool[])[false, true]) // there is no norm behind a product
        {
            using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 2, FoldNorms = folds });
            predictor.Predict(x).Should().Equal(network.Predict(x));
        }
    }

    [Fact]
    public void Words_say_how_many_parameters_the_network_has()
    {
        Network network = Network.Create(70).Dense(60).BatchNorm().Dense(70).Dense(60).Tie("0.weight", "2.weight", transposed: true).Build();
        var options = new PredictorOptions { FoldNorms = true, Weights = WeightFormat.BFloat16 };
        using Predictor predictor = network.CreatePredictor(options);
        predictor.ToString().Should().Contain(FormattableString.Invariant($", {network.Parameters.Length} parameters,"));
    }

    [Fact]
    public void The_network_may_be_trained_on_meanwhile()
    {
        Network network = Network.Create(2).Dense(3, Activation.Tanh).Dense(1).Build(seed: 1);
        using Predictor predictor = network.CreatePredictor();
        float[] before = network.Predict([1, 2]);
        network.Parameters.Fill(0.5f);
        predictor.Predict([1, 2]).Should().Equal(before);
    }

    [Fact]
    public void State_goes_on_from_piece_to_piece()
    {
        Network network = Network.Create(Shape.Sequence(6, 2)).Lstm(3).Gru(2).Build(seed: 1);
        using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 2 });
        float[] x = InputsOf(network, rows: 3), whole = predictor.Predict(x);
        float[] state = new float[3 * predictor.StatePerRow], piece = new float[3 * 2 * 2], y = new float[3 * 2 * 2];
        for (int first = 0; first < 6; first += 2)
        {
            for (int row = 0; row < 3; row++)
                x.AsSpan(((row * 6) + first) * 2, 4).CopyTo(piece.AsSpan(row * 4));
            predictor.Predict(new Batch { Rows = 3, Inputs = piece, Steps = 2, State = state }, y);
            for (int row = 0; row < 3; row++)
                y.AsSpan(row * 4, 4).ToArray().Should().Equal(whole.AsSpan(((row * 6) + first) * 2, 4).ToArray());
        }
    }

    [Fact]
    public void Calls_beyond_those_at_once_wait_and_a_replaced_network_ends_its_calls()
    {
        Network[] networks = [.. Enumerable.Range(1, 3).Select(seed => Network.Create(6).Dense(20, Activation.Tanh).Dense(2).Build(seed))];
        float[] x = InputsOf(networks[0], rows: 5);
        float[][] answers = [.. networks.Select(network => network.Predict(x))];
        using Predictor predictor = networks[0].CreatePredictor(new PredictorOptions { MaxRows = 2, Calls = 2 });
        long twoWorkspaces = 0;
        int wrong = 0;
        bool ends = false;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref ends))
            {
                float[] y = predictor.Predict(x);
                if (!answers.Any(answer => answer.AsSpan().SequenceEqual(y)))
                    Interlocked.Increment(ref wrong);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        for (int time = 0; time < 200; time++)
        {
            predictor.Replace(networks[time % 3]);
            twoWorkspaces = Math.Max(twoWorkspaces, predictor.Bytes);
            Thread.Sleep(1);
        }

        predictor.Replace(networks[2]);
        predictor.Predict(x).Should().Equal(answers[2]);
        Volatile.Write(ref ends, true);
        foreach (Thread thread in threads)
            thread.Join(TimeSpan.FromSeconds(60)).Should().BeTrue("no call may wait for ever");
        wrong.Should().Be(0);
        using Workspace one = networks[0].CreateWorkspace(2, training: false);
        twoWorkspaces.Should().BeLessThanOrEqualTo(4L * (networks[0].Parameters.Length + (2 * one.Length) + Alignment(networks[0])));
    }

    // At most so many floats, for each block to begin at a cache line.
    private static int Alignment(Network network) => 16 * network.Blocks.Count;

    [Fact]
    public void After_the_first_call_nothing_is_allocated_but_the_answer()
    {
        Network network = Network.Create(Shape.Sequence(5, 3)).Lstm(4).MultiHeadAttention(2).Conv(3, 2, padding: Padding.Causal)
            .BatchNorm(activation: Activation.Relu).Build(seed: 1);
        using Predictor predictor = network.CreatePredictor();
        float[] x = InputsOf(network, rows: 2), y = new float[2 * network.Output.Size];
        predictor.Predict(x, y);
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 100; i++)
                predictor.Predict(x, y);
        }).Should().Be(0);
    }

    [Fact]
    public void What_is_wrong_is_refused_before_anything_is_written()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Embedding(5, 3).Build(seed: 1);
        using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 1 });
        float[] y = new float[2 * network.Output.Size];
        Array.Fill(y, 7);
        ((Action)(() => predictor.Predict([0, 1, 2, 9], y))).Should().Throw<ArgumentException>().WithMessage("*row 1*9*");
        y.Should().AllBeEquivalentTo(7f);
        ((Action)(() => predictor.Predict([0, 1, 2], y))).Should().Throw<ArgumentException>().WithMessage("x has 3 values*");
        ((Action)(() => predictor.Predict([0, 1, 2, 3], new float[3]))).Should().Throw<ArgumentException>().WithMessage("*12*3*");
        predictor.Predict([0, 1, 2, 3], y); // a refusal takes no workspace with it
        y.Should().Equal(network.Predict([0, 1, 2, 3]));
    }

    [Fact]
    public void A_network_of_other_rows_does_not_replace()
    {
        Network network = Network.Create(3).Dense(2).Build();
        using Predictor predictor = network.CreatePredictor();
        ((Action)(() => predictor.Replace(Network.Create(4).Dense(2).Build()))).Should().Throw<ArgumentException>()
            .WithMessage("The network takes Features(4), but the predictor's present one Features(3)*");
        ((Action)(() => predictor.Replace(Network.Create(3).Dense(1).Build()))).Should().Throw<ArgumentException>()
            .WithMessage("The network gives *");
        ((Action)(() => predictor.Replace(Network.Create(("a", 1), ("b", 2)).Dense(2).Build()))).Should().Throw<ArgumentException>()
            .WithMessage("The network has the inputs*");
        using Predictor named = Network.Create(("a", 1), ("b", 2)).Dense(2).Build().CreatePredictor();
        ((Action)(() => named.Replace(Network.Create(("a", 2), ("b", 1)).Dense(2).Build()))).Should().Throw<ArgumentException>()
            .WithMessage("The network has the inputs a: Features(2), columns 0 to 1*present one a: Features(1), column 0*");
        named.Replace(Network.Create(("a", 1), ("b", 2)).Dense(2).Build());
        ((Action)(() => predictor.Replace(null!))).Should().Throw<ArgumentNullException>();
        using Predictor steps = Network.Create(Shape.Sequence(3, 2)).Dense(2).Build().CreatePredictor();
        ((Action)(() => steps.Replace(Network.Create(Shape.Sequence(3, 2)).Gru(2).Build()))).Should().Throw<ArgumentException>()
            .WithMessage("The network carries * 2, but * 0*");
    }

    [Fact]
    public void A_predictor_that_has_been_disposed_of_refuses()
    {
        Predictor predictor = Network.Create(3).Dense(2).Build().CreatePredictor();
        predictor.ToString().Should().StartWith("Predictor Features(3) → Features(2), 8 parameters, 128 rows at a time");
        predictor.Dispose();
        predictor.Dispose();
        predictor.ToString().Should().Be("Predictor, disposed of");
        ((Action)(() => predictor.Predict([1, 2, 3]))).Should().Throw<ObjectDisposedException>();
        ((Action)(() => predictor.Replace(Network.Create(3).Dense(2).Build()))).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        ((Action)(() => _ = new PredictorOptions { MaxRows = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = new PredictorOptions { Threads = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = new PredictorOptions { Calls = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = new PredictorOptions { Calls = int.MaxValue })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*1024 calls*");
        Network wide = Network.Create(Shape.Sequence(1 << 15, 64)).Dense(64).Build();
        ((Action)(() => wide.CreatePredictor(new PredictorOptions { MaxRows = 1 << 20 }))).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Threads_share_a_call_with_the_same_bits()
    {
        Network network = Network.Create(64).Dense(300, Activation.Tanh).Dense(10, Activation.Softmax).Build(seed: 1);
        float[] x = InputsOf(network, rows: 128);
        using Predictor predictor = network.CreatePredictor(new PredictorOptions { Threads = 2, Calls = 1 });
        predictor.Predict(x).Should().Equal(network.Predict(x));
    }

    private static float[] InputsOf(Network network, int rows)
    {
        float[] x = new float[rows * network.Input.Size];
        for (int i = 0; i < x.Length; i++)
        {
            int ids = network.InputIds.IsEmpty ? 0 : network.InputIds[i % network.Input.Size];
            x[i] = ids > 0 ? i % ids : new RandomStream(5).Normal(0, i);
        }

        return x;
    }
}
