using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Serialization;

/// <summary>Values that change while a network is saved, as another thread that trains changes them: the file is of one moment.</summary>
public sealed class SaveWhileTrainingTests
{
    private static LayerTypes Types => new LayerTypes().Add(nameof(Restless), (input, _) => new Restless(input));

    [Fact]
    public void Values_that_change_while_they_are_written_do_not_reach_the_file()
    {
        Network network = Network.Create(3).Dense(4).Dense(2).Build(1);
        float[] before = network.Parameters.ToArray();
        var stream = new ChangingStream(() => network.Parameters.Fill(7));
        network.Save(stream, examples: [1, 2, 3]);
        Network.Load(new MemoryStream(stream.ToArray())).Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void Values_that_change_while_the_examples_are_answered_do_not_reach_the_file()
    {
        var layer = new Restless(3);
        Network network = Network.Create(3).Add(_ => layer).Dense(2).Build(1);
        float[] before = network.Parameters.ToArray();
        layer.Meanwhile = () => network.Parameters.Fill(7);
        var stream = new MemoryStream();
        network.Save(stream, examples: [1, 2, 3]);
        network.Parameters.ToArray().Should().OnlyContain(value => value == 7, "they were changed");
        stream.Position = 0;
        Network.Load(stream, Types).Parameters.ToArray().Should().Equal(before);
    }

    // What another thread may change besides: statistics, and the values of a tied block.
    [Fact]
    public void Statistics_that_change_while_the_examples_are_answered_do_not_reach_the_file()
    {
        var layer = new Restless(3);
        Network network = Network.Create(3).Add(_ => layer).Dense(3).Dense(3).Add(_ => new BatchStatistics(3)).Tie("1.weight", "2.weight").Build(1);
        network.Statistics.Fill(0.5f);
        float[] before = network.Parameters.ToArray();
        layer.Meanwhile = () =>
        {
            network.Statistics.Fill(7);
            network.Parameter("1.weight").Fill(7);
        };
        var stream = new MemoryStream();
        network.Save(stream, examples: [1, 2, 3]);
        network.Statistics.ToArray().Should().OnlyContain(value => value == 7, "they were changed");
        stream.Position = 0;
        Network loaded = Network.Load(stream, Types.Add(nameof(BatchStatistics), (input, _) => new BatchStatistics(input.FeatureCount)));
        loaded.Statistics.ToArray().Should().OnlyContain(value => value == 0.5f);
        loaded.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public async Task Files_saved_beside_LBFGS_and_checkpoints_saved_beside_loads_can_be_loaded()
    {
        string path = Path.GetTempFileName(), other = Path.GetTempFileName();
        Dataset data = TestData.Clouds(60);
        Network network = Network.Create(2).Dense(64, Activation.Tanh).Dense(64, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);
        network.Save(other);
        Network another = network.Clone();
        using var trainer = new Trainer(another, Divergence.CrossEntropy, new Adam(0.01f));
        using var stop = new CancellationTokenSource();
        Task changes = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                new Lbfgs(maxIterations: 3).Minimize(network, Divergence.CrossEntropy, data);
                network.Parameters.CopyTo(another.Parameters);
                network.LoadWeights(other);
            }
        });
        for (int i = 0; i < 20; i++)
        {
            network.Save(path, examples: data.Inputs);
            Network.Load(path);
            trainer.SaveCheckpoint(path);
            Network.Load(path);
        }

        await stop.CancelAsync();
        await changes;
        File.Delete(path);
        File.Delete(other);
    }

    [Fact]
    public async Task Files_saved_beside_a_training_can_be_loaded()
    {
        Dataset data = TestData.Clouds(60);
        Network network = Network.Create(2).Dense(64, Activation.Tanh).Dense(64, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.05f));
        using var stop = new CancellationTokenSource();
        Task training = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                trainer.Fit(data, 1);
        });
        try
        {
            for (int i = 0; i < 30; i++)
            {
                var stream = new MemoryStream();
                network.Save(stream, examples: i % 2 == 0 ? data.Inputs : default);
                stream.Position = 0;
                Network.Load(stream);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await training;
        }
    }

    private sealed class ChangingStream(Action change) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            change();
        }
    }

    private sealed class Restless(Shape shape) : Layer(shape, shape)
    {
        public Action? Meanwhile { get; set; }

        public override void Forward(in ForwardPass pass)
        {
            Meanwhile?.Invoke();
            pass.Input.CopyTo(pass.Output);
        }

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }
}
