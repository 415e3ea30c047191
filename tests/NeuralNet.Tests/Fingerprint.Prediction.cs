namespace NeuralNet.Tests;

/// <content>Answers of a predictor, whose weights lie in panels as wide as vectors are, or in 16 bits.</content>
internal static partial class Fingerprint
{
    private static void AddPredictions(int threads, Adding add)
    {
        Network network = Network.Create(Shape.Image(9, 8, 3)).Conv(64, 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
            .Conv(128, 3, stride: 2).BatchNorm().Flatten().Dense(128).Dense(21, Activation.Tanh).Build(4);
        float[] x = TestData.Normal(5 * network.Input.Size);
        var options = new PredictorOptions { MaxRows = 3, Threads = threads, Calls = 1 };
        PredictorOptions folding = options with { FoldNorms = true }, narrow = options with { Weights = WeightFormat.BFloat16 };
        foreach (PredictorOptions each in (PredictorOptions[])[options, folding, narrow])
        {
            using Predictor predictor = network.CreatePredictor(each);
            add(predictor.Predict(x));
            add(predictor.Predict(x.AsSpan(0, network.Input.Size))); // one row goes another way
        }
    }
}
