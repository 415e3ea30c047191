namespace NeuralNet.Benchmarks;

/// <content>Sequences and text.</content>
internal static partial class Workloads
{
    private const string GptName = "gpt-v65-t64-d128-heads4-layers4";

    private const int Vocabulary = 65, GptSteps = 64;

    internal static Network Lstm() =>
        Network.Create(Shape.Sequence(50, 32)).Lstm(64, lastStep: true).Dense(10, Activation.Softmax).Build(seed: 1);

    private static Network Gru() =>
        Network.Create(Shape.Sequence(50, 32)).Gru(64, lastStep: true).Dense(10, Activation.Softmax).Build(seed: 1);

    private static Network Attention() =>
        Network.Create(Shape.Sequence(32, 64)).MultiHeadAttention(4).MeanOverSteps().Dense(10, Activation.Softmax).Build(seed: 1);

    // A small GPT on characters: 4 blocks of causal attention and of two dense layers, each behind a norm.
    private static Network Gpt()
    {
        const int Width = 128;
        NetworkBuilder builder = Network.Create(Shape.Sequence(GptSteps, 1)).Embedding(Vocabulary, Width).LearnedPositions();
        for (int k = 0; k < 4; k++)
        {
            builder.Residual(b => b.LayerNorm().MultiHeadAttention(heads: 4, causal: true))
                .Residual(b => b.LayerNorm().Dense(4 * Width, Activation.Gelu).Dense(Width));
        }

        return builder.LayerNorm().Dense(Vocabulary, Activation.Softmax, bias: false).Build(seed: 1);
    }

    private static void TrainingOfSequences(Action<string, Func<double>> report, int threads)
    {
        report("train/lstm-t50-32-h64-10/b32/adam", () => Step(Lstm(), 32, threads, new Adam()));
        report("train/gru-t50-32-h64-10/b32/adam", () => Step(Gru(), 32, threads, new Adam()));
        report("train/attention-t32-d64-heads4-10/b32/adam", () => Step(Attention(), 32, threads, new Adam()));
        report($"train/{GptName}/b12/adamw", () =>
        {
            const int Rows = 12;
            using var trainer = new Trainer(Gpt(), Divergence.CrossEntropy, new AdamW()) { Threads = threads };
            float[] x = Ids(Rows, seed: 1), desired = Ids(Rows, seed: 2);
            return Timing.Best(() => trainer.Step(x, desired, Rows));
        });
    }

    private static void PredictionsOfSequences(Action<string, Func<double>> report, int threads)
    {
        report("infer/lstm-t50-32-h64-10/b1", () => Prediction(Lstm(), rows: 1, threads));
        report($"infer/{GptName}/b1", () => Prediction(Gpt(), Ids(rows: 1, seed: 1), rows: 1, threads));
        report("infer/stream-lstm-32-h32/b1", () =>
        {
            Network network = Network.Create(Shape.Sequence(1, 32)).Lstm(32).Build(seed: 1);
            using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 1, Threads = threads, Calls = 1 });
            float[] x = Values(32), y = new float[32], state = new float[network.StatePerRow];
            return Timing.Best(() => predictor.Predict(new Batch { Rows = 1, Inputs = x, State = state }, y));
        });
    }

    private static float[] Ids(int rows, int seed)
    {
        var random = new Random(seed);
        float[] ids = new float[rows * GptSteps];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = random.Next(Vocabulary);
        return ids;
    }
}
