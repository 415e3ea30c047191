using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training;

/// <summary>Parts of networks as people use them: a body with a new head, and an autoencoder in two.</summary>
public class TransferTests
{
    // The digits of scikit-learn, from 0 to 16, as numbers from 0 to 1.
    private static readonly Dataset digits = Read();

    // The old network has learned from many digits that were moved and turned that this does not matter; of the new ones there are few, as they are.
    // What is asked for are moved ones.
    [Fact]
    public void What_was_learned_of_the_digits_0_to_4_helps_with_moved_5_to_9_of_which_there_are_few()
    {
        Shape image = Shape.Image(8, 8, 1);
        Dataset lower = Of(first: 0, each: int.MaxValue).WithInputShape(image), moved = Moved(Of(first: 5, each: int.MaxValue), image);
        Network old = Make(seed: 1);
        using (var trainer = new Trainer(old, Divergence.CrossEntropy, new Adam(2e-3f)) { Augmentation = Augmentation.Affine(1, 1, degrees: 10) })
            trainer.Fit(lower, epochs: 40);

        var accuracies = new List<(double Transferred, double FromNothing)>();
        foreach ((int each, long seed) in new[] { (2, 0L), (2, 1), (4, 0), (4, 1), (8, 0), (8, 1) })
        {
            Dataset few = Of(first: 5, each).WithInputShape(image);
            Network body = old.Slice(0, 5), transferred = Network.Concat(body, Network.Create(body.Output).Dense(5, Activation.Softmax).Build(seed));
            using (var trainer = new Trainer(transferred, Divergence.CrossEntropy, new Adam(1e-2f)) { BatchSize = 8, Seed = seed })
            {
                for (int layer = 0; layer < 5; layer++)
                    trainer.Rates[$"{layer}"] = 0;
                trainer.Fit(few, epochs: 40);
            }

            transferred.Slice(0, 5).Parameters.ShouldHaveTheBitsOf(body.Parameters, "the body");
            Network fromNothing = Make(seed + 10);
            using (var trainer = new Trainer(fromNothing, Divergence.CrossEntropy, new Adam(2e-3f)) { BatchSize = 8, Seed = seed })
                trainer.Fit(few, epochs: 40);
            accuracies.Add((Accuracy(transferred), Accuracy(fromNothing)));
        }

        string what = string.Join(", ", accuracies);
        accuracies.Should().OnlyContain(one => one.FromNothing > 0.4, "it learns too: {0}", what);
        accuracies.Average(one => one.Transferred).Should().BeGreaterThan(accuracies.Average(one => one.FromNothing) + 0.02, what);

        double Accuracy(Network network) => Evaluation.Of(network, moved, Divergence.CrossEntropy).Accuracy!.Value;

        Network Make(long seed) => Network.Create(image)
            .Conv(16, 3, padding: Padding.Same, activation: Activation.Relu).MaxPool(2)
            .Conv(32, 3, padding: Padding.Same, activation: Activation.Relu).MaxPool(2)
            .Flatten().Dense(5, Activation.Softmax).Build(seed);
    }

    [Fact]
    public void An_autoencoder_cut_in_two_is_an_encoder_and_a_decoder()
    {
        Network autoencoder = Network.Create(64)
            .Dense(24, Activation.Relu).Dense(6).Dense(24, Activation.Relu).Dense(64, Activation.Sigmoid).Build(seed: 1);
        Dataset images = Dataset.FromArrays(digits.Inputs.ToArray(), digits.Inputs.ToArray(), digits.Rows);
        using (var trainer = new Trainer(autoencoder, Divergence.L2, new Adam(3e-3f)))
            trainer.Fit(images, epochs: 15);

        Network encoder = autoencoder.Slice(0, 2), decoder = autoencoder.Slice(2, 2);
        float[] codes = encoder.Predict(digits.Inputs), images64 = decoder.Predict(codes);
        codes.Length.Should().Be(6 * digits.Rows);
        images64.ShouldHaveTheBitsOf(autoencoder.Predict(digits.Inputs), "what is decoded");
        Network.Concat(encoder, decoder).Predict(digits.Inputs).ShouldHaveTheBitsOf(images64, "joined again");
        autoencoder.PredictLayers(digits.Inputs, "1").Hidden["1"].ShouldHaveTheBitsOf(codes, "in one pass");

        // Six numbers say more of a digit than its mean image, by far.
        float[] mean = new float[64];
        for (int at = 0; at < digits.Inputs.Length; at++)
            mean[at % 64] += digits.Inputs[at] / digits.Rows;
        Error(at => images64[at]).Should().BeLessThan(0.55 * Error(at => mean[at % 64]));

        double Error(Func<int, float> of)
        {
            double sum = 0;
            for (int at = 0; at < digits.Inputs.Length; at++)
                sum += Math.Pow(digits.Inputs[at] - of(at), 2);
            return sum;
        }
    }

    // Each image by up to a pixel.
    private static Dataset Moved(Dataset data, Shape image)
    {
        float[] inputs = data.Inputs.ToArray();
        for (int row = 0; row < data.Rows; row++)
            Augmentation.Crop(padding: 1).Apply(inputs.AsSpan(64 * row, 64), image, new RandomStream(1), row);
        return Dataset.FromArrays(inputs, data.Labels.ToArray(), classes: 5).WithInputShape(image);
    }

    // The rows of five digits, of each the first few.
    private static Dataset Of(int first, int each)
    {
        int[] seen = new int[10];
        var inputs = new List<float>();
        var labels = new List<int>();
        for (int row = 0; row < digits.Rows; row++)
        {
            int label = digits.Labels[row];
            if (label < first || label >= first + 5 || seen[label]++ >= each)
                continue;
            inputs.AddRange(digits.Inputs.Slice(64 * row, 64));
            labels.Add(label - first);
        }

        return Dataset.FromArrays([.. inputs], [.. labels], classes: 5);
    }

    private static Dataset Read()
    {
        Dataset raw = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data/digits.csv.gz"), classes: 10);
        float[] inputs = raw.Inputs.ToArray();
        foreach (ref float value in inputs.AsSpan())
            value /= 16;
        return Dataset.FromArrays(inputs, raw.Labels.ToArray(), classes: 10);
    }
}
