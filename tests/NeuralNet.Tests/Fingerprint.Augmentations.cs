namespace NeuralNet.Tests;

/// <content>Rows that are augmented while they are put together.</content>
internal static partial class Fingerprint
{
    private static void AddAugmentations(int threads, Adding add)
    {
        Shape image = Shape.Image(11, 9, 2);
        Dataset data = Dataset.FromArrays(TestData.Normal(70 * image.Size), TestData.Labels(70, 3), 3).WithInputShape(image);
        foreach (Augmentation augmentation in Contracts.PublicKinds.Augmentations())
        {
            Network network = Network.Create(image).Dense(2, Activation.Tanh).Flatten().Dense(3, Activation.Softmax).Build(7);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.01f))
            {
                BatchSize = 40,
                Threads = threads,
                Augmentation = augmentation,
            };
            trainer.Fit(data, epochs: 2);
            add(network.Parameters);
        }
    }
}
