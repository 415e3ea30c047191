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
