namespace NeuralNet.Tests;

/// <content>Normalization, dropout, and activations by themselves.</content>
internal static partial class Fingerprint
{
    // Large enough to be shared among threads, with pixels and features that do not fill registers.
    private static void AddNorms(int threads, Adding add)
    {
        foreach (Network network in new[]
        {
            Network.Create(19).Dense(210).LayerNorm().Activation(Activation.RandomizedLeakyRelu).Dropout(0.3f).Dense(210).RmsNorm()
                .Activation(Activation.Glu).Build(4),
            Network.Create(Shape.Image(11, 5, 6)).BatchNorm(activation: Activation.Gelu).ChannelDropout(0.3f).GroupNorm(3).Flatten()
                .BatchNorm(activation: Activation.RandomizedLeakyRelu).Build(4),
            Network.Create(Shape.Sequence(30, 37)).BatchNorm(affine: false, activation: Activation.Relu).InstanceNorm(affine: true)
                .ChannelDropout(0.3f).BatchNorm(activation: Activation.Softmax).Build(4),
            Network.Create(Shape.Sequence(3, 70)).LayerNorm().Dropout(0.3f).RmsNorm().Activation(Activation.LogSoftmax).Build(4),
            Network.Create(Shape.Image(11, 5, 6)).LayerNorm().Dropout(0.3f).Activation(Activation.Softmax).RmsNorm().Activation(Activation.Glu)
            .Build(4),
        })
        {
            const int Rows = 90;
            using Workspace workspace = network.CreateWorkspace(Rows, threads);
            float[] x = TestData.Normal(Rows * network.Input.Size), y = new float[Rows * network.Output.Size];
            float[] gradient = new float[network.Parameters.Length], dx = new float[x.Length];
            x[0] = 1e30f; // a vector whose squares would overflow
            bool mixes = network.Layers.Any(layer => layer.MixesRows), hasSteps = network.Input.Kind == ShapeKind.Sequence;
            var batch = new Batch
            {
                Rows = Rows,
                Inputs = x,
                Stream = new RandomStream(6),
                Weights = mixes ? [.. Enumerable.Range(0, Rows).Select(row => row % 7 == 3 ? 0f : 2f)] : default,
                Lengths = mixes && hasSteps ? TestData.Labels(Rows, network.Input.Steps).Select(length => length + 1).ToArray() : default,
            };
            network.Forward(batch, y, workspace);
            network.Backward(batch, TestData.Normal(y.Length, seed: 2), gradient, dx, workspace);
            add(y);
            add(gradient);
            add(dx);
            network.UpdateStatistics(batch, workspace);
            add(network.Statistics);
            add(network.Predict(x));
        }
    }
}
