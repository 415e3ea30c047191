namespace NeuralNet.Tests;

/// <summary>Numbers for tests: drawn from explicit streams, so that every run sees the same.</summary>
internal static class TestData
{
    public static float[] Normal(int count, long seed = 1, float deviation = 1)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = deviation * new RandomStream(seed).Normal(0, i);
        return values;
    }

    public static int[] Labels(int count, int classes, long seed = 1)
    {
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
            labels[i] = (int)(new RandomStream(seed).Uniform(1, i) * classes);
        return labels;
    }

    public static float[] OneHotOf(int[] labels, int classes)
    {
        float[] desired = new float[labels.Length * classes];
        OneHot.Encode(labels, classes, desired);
        return desired;
    }

    /// <summary>Points of three Gaussian clouds, labelled by cloud: easy, but not separable to the last point.</summary>
    public static Dataset Clouds(int rows = 300, long seed = 1)
    {
        int[] labels = Labels(rows, 3, seed);
        float[] inputs = Normal(rows * 2, seed + 1, 0.6f);
        for (int row = 0; row < rows; row++)
        {
            inputs[2 * row] += labels[row] == 0 ? -1 : 1;
            inputs[(2 * row) + 1] += labels[row] == 1 ? -1 : 1;
        }

        return Dataset.FromArrays(inputs, labels, 3);
    }

    public static Network Classifier(long seed = 1) =>
        Network.Create(2).Dense(8, Activation.Tanh).Dense(8, Activation.Relu).Dense(3, Activation.Softmax).Build(seed);
}
