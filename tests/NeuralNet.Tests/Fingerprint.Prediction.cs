namespace NeuralNet.Tests;

/// <content>Answers of a predictor, whose weights lie in panels as wide as vectors are.</content>
internal static partial class Fingerprint
{
    private static void AddPredictions(int threads, Adding add)
    {
        Network network = Network.Create(Shape.Image(9, 8, 3)).Conv(64, 3, padding: Padding.Same, bias: false).BatchNorm(activation: Activation.Relu)
            .Conv(128, 3, stride: 2).BatchNorm().Flatten().Dense(21, Activation.Tanh).Build(4);
        float[] x = TestData.Normal(5 * network.Input.Size);
        foreach (bool folds in (bool[])[false, true])
        {
            var options = new PredictorOptions { MaxRows = 3, Threads = threads, Calls = 1, FoldNorms = folds };
            using Predictor predictor = network.CreatePredictor(options);
            add(predictor.Predict(x));
        }
    }
}
