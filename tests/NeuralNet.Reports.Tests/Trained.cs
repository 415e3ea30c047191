namespace NeuralNet.Reports.Tests;

/// <summary>Small trainings to draw.</summary>
internal static class Trained
{
    /// <summary>Two or more classes of points of the plane: the sectors around the origin.</summary>
    public static Dataset Sectors(int classes, int rows, long seed, params string[] names)
    {
        var random = new RandomStream(seed);
        float[] inputs = new float[rows * 2];
        int[] labels = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            (inputs[2 * row], inputs[(2 * row) + 1]) = (random.Normal(row, 0), random.Normal(row, 1));
            double turn = (Math.Atan2(inputs[(2 * row) + 1], inputs[2 * row]) / (2 * Math.PI)) + 0.5;
            labels[row] = Math.Min(classes - 1, (int)(turn * classes));
        }

        Dataset data = Dataset.FromArrays(inputs, labels, classes);
        return names.Length > 0 ? data.WithClassNames(names) : data;
    }

    public static Trainer Classifier(int classes, Dataset train, Dataset? validation = null, int epochs = 4, IMetric? monitor = null)
    {
        Network network = Network.Create(inputs: 2).Dense(16, Activation.Tanh).Dense(classes, Activation.Softmax).Build(seed: 1);
        var optimizer = new Adam(learningRate: 1e-2f);
        Trainer trainer = monitor is null ? new(network, Divergence.CrossEntropy, optimizer)
            : new(network, Divergence.CrossEntropy, optimizer) { Monitor = monitor, Schedule = new CosineDecay(epochs) };
        if (epochs > 0)
            trainer.Fit(train, epochs, validation);
        return trainer;
    }
}
