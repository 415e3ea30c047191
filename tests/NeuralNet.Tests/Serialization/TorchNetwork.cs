namespace NeuralNet.Tests.Serialization;

/// <summary>
/// The networks of this side that have the names of the modules in Reference/torch_models.py, with the rules that make names of
/// this library's of PyTorch's.
/// </summary>
internal sealed record TorchNetwork(string Name, NetworkBuilder Builder, params (string From, string? To)[] Rules)
{
    public const int PaddingId = 2;

    private static Shape Steps => Shape.Sequence(6, 4);

    public static TheoryData<string> Names => [.. All().Select(one => one.Name)];

    public static TorchNetwork Find(string name) => All().Single(one => one.Name == name);

    public static IEnumerable<TorchNetwork> All() =>
    [
        Perceptron("perceptron"),
        Perceptron("half"),
        Perceptron("bfloat16"),
        Perceptron("double"),

        // With activations as layers of their own the numbers are those of nn.Sequential.
        new("normed", Network.Create(6).Dense(8).LayerNorm().Prelu()
            .Dense(10, bias: false).Activation(Activation.Glu).LayerNorm(0.01f).Prelu(shared: true)
            .Dense(6).Activation(Activation.Gelu).Residual(b => b.Dense(4).Activation(Activation.Silu).Dense(6)).Activation(Activation.LogSoftmax)),
        new("rnn", Network.Create(Steps).Rnn(5)),
        new("rnn-relu", Network.Create(Steps).Rnn(5, Activation.Relu)),
        new("lstm", Network.Create(Steps).Lstm(5)),
        new("gru", Network.Create(Steps).Gru(5)),
        new("lstm-last", Network.Create(Steps).Lstm(5, lastStep: true).Dense(3), ("3.", "1.")),
        new("gru-last", Network.Create(Steps).Gru(5, lastStep: true).Dense(3), ("3.", "1.")),
        new("lstm-stacked", Network.Create(Steps).Lstm(5).Lstm(5), Recurrent("0.", "l1", "1.")),
        new("gru-stacked", Network.Create(Steps).Gru(5).Gru(5), Recurrent("0.", "l1", "1.")),
        new("rnn-both", Network.Create(Steps).Bidirectional(b => b.Rnn(5)), [.. Recurrent("0.", "l0_reverse", "0.1.1."), ("0.", "0.0.0.")]),
        new("gru-both", Network.Create(Steps).Bidirectional(b => b.Gru(5)), [.. Recurrent("0.", "l0_reverse", "0.1.1."), ("0.", "0.0.0.")]),
        new("reader", Network.Create(Steps.WithFeatures(1)).Embedding(9, 4, paddingId: PaddingId).LearnedPositions()
            .Bidirectional(b => b.Lstm(5)).MeanOverSteps().Dense(3, Activation.Softmax),
            [("embedding.", "0."), ("positions.", "1."), .. Recurrent("lstm.", "l0_reverse", "2.1.1."), ("lstm.", "2.0.0."), ("head.", "4.")]),
        new("tied", Network.Create(Steps.WithFeatures(1)).Embedding(9, 4).Dense(4, Activation.Tanh).Dense(9, Activation.Softmax)
        .Tie("0.weight", to: "2.weight", transposed: true),
            ("embedding.", "0."), ("hidden.", "1."), ("output.", "2.")),
        new("attention", Network.Create(Shape.Sequence(5, 6)).MultiHeadAttention(3), ("attention.", "0.")),
        new("attention-causal", Network.Create(Shape.Sequence(5, 6)).MultiHeadAttention(2, causal: true, bias: false), ("attention.", "0.")),
        new("cross", Network.Create(36).CrossAttention(Shape.Sequence(2, 6), Shape.Sequence(4, 6), 3), ("attention.", "0.")),
        new("cross-other", Network.Create(24).CrossAttention(Shape.Sequence(2, 6), Shape.Sequence(4, 3), 2), ("attention.", "0.")),
        new("cross-bare", Network.Create(14).CrossAttention(Shape.Sequence(3, 4), Shape.Sequence(2, 1), 4, bias: false), ("attention.", "0.")),

        // nn.TransformerEncoderLayer: F of a residual block is its branch 1.
        new("encoder-first", Network.Create(Shape.Sequence(5, 8)).Residual(b => b.LayerNorm().MultiHeadAttention(2))
            .Residual(b => b.LayerNorm().Dense(12, Activation.Gelu).Dense(8)),
            ("norm1.", "0.1.0."), ("self_attn.", "0.1.1."), ("norm2.", "1.1.0."), ("linear1.", "1.1.1."), ("linear2.", "1.1.2.")),
        new("encoder", Network.Create(Shape.Sequence(5, 8)).Residual(b => b.MultiHeadAttention(2)).LayerNorm()
            .Residual(b => b.Dense(12, Activation.Relu).Dense(8)).LayerNorm(),
            ("self_attn.", "0.1.0."), ("norm1.", "1."), ("linear1.", "2.1.0."), ("linear2.", "2.1.1."), ("norm2.", "3.")),

        // The same, causal; and GPT-2 as nanoGPT and Hugging Face have it.
        new("encoder-causal", Network.Create(Shape.Sequence(5, 8)).Residual(b => b.LayerNorm().MultiHeadAttention(2, causal: true))
            .Residual(b => b.LayerNorm().Dense(12, Activation.Gelu).Dense(8)),
            ("norm1.", "0.1.0."), ("self_attn.", "0.1.1."), ("norm2.", "1.1.0."), ("linear1.", "1.1.1."), ("linear2.", "1.1.2.")),
        new("gpt", Gpt(bias: true, Activation.Gelu), [("lm_head.", "7."), .. GptRules("transformer.")]),
        new("gpt-bare", Gpt(bias: false, Activation.Gelu), [("lm_head.", "7."), .. GptRules("transformer.")]),
        new("gpt-hub", Gpt(bias: true, Activation.GeluTanh),
        [
            ("h.{k}.attn.bias", null), ("h.{k}.attn.masked_bias", null),
            ("h.{k}.attn.c_attn.weight", "{2k+2}.1.1.in_proj_weight.T"), ("h.{k}.attn.c_proj.weight", "{2k+2}.1.1.out_proj.weight.T"),
            ("h.{k}.mlp.c_fc.weight", "{2k+3}.1.1.weight.T"), ("h.{k}.mlp.c_proj.weight", "{2k+3}.1.2.weight.T"), .. GptRules(""),
        ]),

        // The modules begin with one that puts the channels first, and so has the number 0.
        new("image", Network.Create(Shape.Image(2, 4, 3)).Add(shape => new Skip(shape)).Prelu().Flatten().Dropout(0).Dense(5)
            .Activation(Activation.Tanh).Dense(2)),
        new("image-of-image", Network.Create(Shape.Image(4, 2, 3)).Add(shape => new Skip(shape)).Flatten().LayerNorm().Prelu()
            .Residual(b => b.Dense(7).Activation(Activation.Tanh).Dense(24)).Activation(Activation.Sigmoid).Dense(12).Activation(Activation.Softmax)
            .LayerNorm().Reshape(Shape.Image(2, 3, 2)).Prelu()),
        new("images-beside", Network.Create(Shape.Image(2, 4, 3)).Add(shape => new Skip(shape))
            .Parallel(Merge.Concat, b => b.Flatten().Prelu(), b => b.Flatten().Dense(4)).Activation(Activation.Relu).Dense(3)),
        new("lenet", Network.Create(Shape.Image(28, 28, 1)).Add(shape => new Skip(shape))
            .Conv(6, 5).Activation(Activation.Relu).MaxPool(2).Conv(16, 5).Activation(Activation.Relu).MaxPool(2)
            .Flatten().Dense(120).Activation(Activation.Relu).Dense(84).Activation(Activation.Relu).Dense(10).Activation(Activation.Softmax)),
        new("resnet", ConvNorm(Network.Create(Shape.Image(9, 8, 3)).Add(shape => new Skip(shape)), 4, 1).Activation(Activation.Relu)
            .Parallel(Merge.Sum, b => b, b => ConvNorm(ConvNorm(b, 4, 1).Activation(Activation.Relu), 4, 1)).Activation(Activation.Relu)
            .Parallel(Merge.Sum, b => b.Conv(8, 1, 2, bias: false).BatchNorm(), b => ConvNorm(ConvNorm(b, 8, 2).Activation(Activation.Relu), 8, 1))
            .Activation(Activation.Relu).GlobalAveragePool().Add(shape => new Skip(shape)).Dense(5).Activation(Activation.Softmax)),
        new("convolutions", Network.Create(Shape.Image(5, 6, 2)).Add(shape => new Skip(shape))
            .Conv(6, (3, 2), stride: (2, 1), padding: Padding.Of(1)).Activation(Activation.Relu)
            .Conv(4, 2, groups: 2, bias: false).Activation(Activation.Tanh).Conv(4, 3, padding: Padding.Of(1), groups: 4)
            .ConvTranspose(6, (2, 3), stride: 2, padding: Padding.Of(0, 1, 0, 1), outputPadding: 1, groups: 2).Activation(Activation.Relu)
            .Flatten().Dense(3)),
        new("signals", Network.Create(Shape.Sequence(7, 3)).Add(shape => new Skip(shape))
            .Conv(6, 3, padding: Padding.Of(1)).Activation(Activation.Relu)
            .Conv(4, 2, dilation: 2, padding: Padding.Causal, groups: 2).Activation(Activation.Tanh).ConvTranspose(2, 3, stride: 2)),
        new("pixels", Network.Create(Shape.Image(2, 4, 3)).Dense(4).Activation(Activation.Relu).LayerNorm().Dense(2).Activation(Activation.Softmax)),
        new("image-normed", Network.Create(Shape.Image(2, 3, 4)).Add(shape => new Skip(shape)).BatchNorm().Activation(Activation.Relu).GroupNorm(2)
            .InstanceNorm(affine: true).ChannelDropout(0.2f).Flatten().BatchNorm().Activation(Activation.Tanh).Dense(5).BatchNorm(affine: false)
            .Dense(3)),
    ];

    /// <summary>Inputs that the network takes: numbers from N(0, 1), or ids, of which one is the padding.</summary>
    public static float[] Inputs(Network network, int rows)
    {
        float[] inputs = TestData.Normal(rows * network.Input.Size, seed: 11);
        for (int i = 0; i < inputs.Length && !network.InputIds.IsEmpty; i++)
            inputs[i] = i == 1 ? PaddingId : (int)(new RandomStream(12).Uniform(0, i) * network.InputIds[i % network.Input.Size]);
        return inputs;
    }

    /// <summary>What is not as PyTorch has it, as part of the largest output.</summary>
    public static double Difference(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        actual.Length.Should().Be(expected.Length);
        double largest = 0, difference = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            difference = Math.Max(difference, Math.Abs(actual[i] - expected[i])); // NaN stays
        }

        return difference / largest;
    }

    private static NetworkBuilder Gpt(bool bias, Activation activation)
    {
        NetworkBuilder builder = Network.Create(Steps.WithFeatures(1)).Embedding(11, 8).LearnedPositions();
        for (int k = 0; k < 2; k++)
        {
            builder.Residual(b => b.LayerNorm(bias: bias).MultiHeadAttention(2, causal: true, bias: bias))
                .Residual(b => b.LayerNorm(bias: bias).Dense(32, activation, bias: bias).Dense(8, bias: bias));
        }

        return builder.LayerNorm(bias: bias).Dense(11, bias: false).Tie("0.weight", to: "7.weight", transposed: true);
    }

    private static (string, string?)[] GptRules(string prefix) =>
    [
        (prefix + "wte.", "0."), (prefix + "wpe.", "1."), (prefix + "ln_f.", "6."),
        (prefix + "h.{k}.ln_1.", "{2k+2}.1.0."), (prefix + "h.{k}.ln_2.", "{2k+3}.1.0."),
        (prefix + "h.{k}.attn.c_attn.weight", "{2k+2}.1.1.in_proj_weight"), (prefix + "h.{k}.attn.c_attn.bias", "{2k+2}.1.1.in_proj_bias"),
        (prefix + "h.{k}.attn.c_proj.", "{2k+2}.1.1.out_proj."),
        (prefix + "h.{k}.mlp.c_fc.", "{2k+3}.1.1."), (prefix + "h.{k}.mlp.c_proj.", "{2k+3}.1.2."),
    ];

    private static NetworkBuilder ConvNorm(NetworkBuilder builder, int filters, int stride) =>
        builder.Conv(filters, 3, stride, Padding.Of(1), bias: false).BatchNorm();

    private static TorchNetwork Perceptron(string name) =>
        new(name, Network.Create(6).Dense(8, Activation.Relu).Dense(7, Activation.Tanh).Dense(3, Activation.Softmax), ("2.", "1."), ("4.", "2."));

    // The four tensors of one layer, or one direction, of nn.LSTM and its kin.
    private static (string, string?)[] Recurrent(string module, string suffix, string place) =>
        [.. new[] { "weight_ih", "weight_hh", "bias_ih", "bias_hh" }.Select(name => ($"{module}{name}_{suffix}", (string?)$"{place}{name}_l0"))];
}
