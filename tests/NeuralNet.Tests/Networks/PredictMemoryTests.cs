namespace NeuralNet.Tests.Networks;

/// <summary>What Predict keeps for its next calls, after many calls at once.</summary>
public sealed class PredictMemoryTests
{
    [Fact]
    public void More_outputs_than_an_array_holds_are_refused_with_a_remedy_that_is_one()
    {
        Network many = Network.Create(Shape.Sequence(1, 1)).Upsample(1 << 30).Build();
        Network one = Network.Create(Shape.Sequence(1, 1)).Upsample(int.MaxValue).Build();
        ((Action)(() => many.Predict([1, 2]))).Should().Throw<ArgumentException>()
            .WithMessage("2 rows would give 2147483648 outputs, and an array holds 2147483591; predict fewer rows at a time.*");
        ((Action)(() => one.Predict([1]))).Should().Throw<ArgumentException>()
            .WithMessage("1 rows would give 2147483647 outputs, *; one row alone gives too many. Predict into a span of your own.*");
    }

    [Theory]
    [InlineData(256, 4096)]
    [InlineData(256, 400_000)]
    public void After_a_burst_of_calls_no_more_is_kept_than_processors_use_and_64_MB(int inputs, int hidden)
    {
        int calls = (2 * Environment.ProcessorCount) + 2;
        using var meeting = new Barrier(calls);
        var layer = new Meeting(inputs);
        Network network = Network.Create(inputs).Add(_ => layer).Add(shape => new Widening(shape, hidden)).Build(1);
        network.Predict(new float[16 * inputs]);
        network.SpareCount.Should().Be(1);
        layer.Barrier = meeting;

        Thread[] threads = [.. Enumerable.Range(0, calls).Select(_ => new Thread(() => network.Predict(new float[16 * inputs])))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        int fitting = Math.Max((1 << 24) / (16 * hidden), 1);
        network.SpareCount.Should().BeInRange(1, Math.Min(Environment.ProcessorCount, fitting));

        // They serve the next calls.
        layer.Barrier = null;
        int kept = network.SpareCount;
        network.Predict(new float[16 * inputs]);
        network.SpareCount.Should().Be(kept);
    }

    [Theory]
    [InlineData("recurrent")]
    [InlineData("attention")]
    [InlineData("dense")]
    public void Clones_of_networks_for_sequences_keep_no_more(string kind)
    {
        const int Calls = 12, Steps = 64, Width = 16;
        using var meeting = new Barrier(Calls);
        var layer = new Meeting(Shape.Sequence(Steps, Width));
        NetworkBuilder builder = Network.Create(layer.Input).Add(_ => layer);
        builder = kind == "recurrent" ? builder.Lstm(512) : kind == "attention" ? builder.MultiHeadAttention(16) : builder.Dense(4096);
        Network network = builder.Build(1).Clone();
        layer.Barrier = meeting;
        Thread[] threads = [.. Enumerable.Range(0, Calls).Select(_ => new Thread(() => network.Predict(new float[4 * Steps * Width])))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        using Workspace one = network.CreateWorkspace(4, training: false);
        network.SpareCount.Should().BeInRange(1, Math.Min(Environment.ProcessorCount, Math.Max((1 << 24) / one.Length, 1)));
    }

    // All calls are in the network at once.
    private sealed class Meeting(Shape shape) : Layer(shape, shape)
    {
        public Barrier? Barrier { get; set; }

        public override void Forward(in ForwardPass pass)
        {
            Barrier?.SignalAndWait(TimeSpan.FromSeconds(30));
            pass.Input.CopyTo(pass.Output);
        }

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }

    private sealed class Widening : Layer
    {
        public Widening(Shape shape, int scratch)
            : base(shape, shape) => Scratch = new BufferSize(0, scratch);

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }
}
