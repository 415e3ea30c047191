using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Training;

/// <summary>What of a data set does not fit the network is found before the first step, in training and in measuring.</summary>
public class DataFitTests
{
    [Fact]
    public void One_hot_vectors_are_not_taken_for_class_ids_of_as_many_vectors()
    {
        // Ten steps and ten classes, and a LastStep forgotten: a row has as many desired values as there would be ids.
        Dataset data = Dataset.FromArrays(TestData.Normal(4 * 10), TestData.Labels(4, 10), classes: 10);
        Refused(Network.Create(Shape.Sequence(10, 1)).Dense(10, Activation.Softmax).Build(seed: 1), data, "*one-hot vector of 10 classes*LastStep*");
        Refused(Network.Create(Shape.Image(2, 5, 1)).Dense(3, Activation.Softmax).Build(seed: 1), data, "*10 vectors of 3*");
    }

    [Fact]
    public void Ids_in_plain_arrays_are_looked_at_before_training()
    {
        Network network = Network.Create(2).Dense(3, Activation.Softmax).Build(seed: 1);
        float[] x = TestData.Normal(4 * 2);
        Refused(network, Dataset.FromArrays(x, [0, 1, 2, 3], rows: 4), "What is desired in row 3 is 3;*0 to 2*");
        Refused(network, Dataset.FromArrays(x, [0, 0.5f, 2, 1], rows: 4), "What is desired in row 1 is 0.5;*");
        Refused(network, Dataset.FromArrays(x, [0, 1, -1, 1], rows: 4), "Row 2 has no class*Leave the row out.*");
    }

    [Fact]
    public void Which_ids_count_is_said_by_the_network()
    {
        // Every second step of four is there behind the layer; of the row with two steps the first alone.
        Network network = Network.Create(Shape.Sequence(4, 1)).Add(shape => new EverySecond(shape)).Dense(3, Activation.Softmax).Build(seed: 1);
        float[] x = TestData.Normal(2 * 4);
        Refused(network, Dataset.FromIds(x, [1, 0, -1, 2], 3, rows: 2).WithLengths([4, 2]), "Row 1 has no class*");
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 1 };
        trainer.Fit(Dataset.FromIds(x, [1, 0, 2, -1], 3, rows: 2).WithLengths([4, 2]), epochs: 3).Epochs.Should().HaveCount(3);
    }

    [Fact]
    public void Rows_too_short_for_a_layer_are_named_before_the_first_step()
    {
        Network network = Network.Create(Shape.Sequence(4, 1))
            .Add(shape => new EverySecond(shape, roundsDown: true)).Dense(2).LastStep().Build(seed: 1);
        Dataset data = Dataset.FromArrays(TestData.Normal(3 * 4), TestData.Normal(3 * 2), rows: 3).WithLengths([4, 1, 2]);
        Refused(network, data, "Row 1 has 1 real steps: layer 0 (EverySecond) makes 0 steps of 1;*", Divergence.L2);
    }

    [Fact]
    public void Images_of_other_sizes_are_refused_and_may_be_taken_for_features()
    {
        Dataset data = Dataset.FromArrays(TestData.Normal(2 * 12), [0, 1], classes: 2).WithInputShape(Shape.Image(2, 3, 2));
        Refused(
            Network.Create(Shape.Image(3, 2, 2)).Flatten().Dense(2, Activation.Softmax).Build(), data,
            "The rows of the data are Image(2, 3, 2), the network takes Image(3, 2, 2); WithInputShape says what rows are.*");
        foreach (Shape other in new[] { Shape.Features(12), Shape.Sequence(2, 6), data.InputShape })
            Evaluation.Of(Network.Create(other).Flatten().Dense(2, Activation.Softmax).Build(), data, Divergence.CrossEntropy).Should().NotBeNull();
    }

    [Fact]
    public void There_is_no_confusion_where_a_divergence_has_its_own_width_of_what_is_desired()
    {
        Network network = Network.Create(2).Dense(4).Build(seed: 1);
        Dataset data = Dataset.FromArrays(TestData.Normal(6 * 2), TestData.Labels(6, 2), classes: 2);
        Evaluation evaluation = Evaluation.Of(network, data, new HalfWidth());
        evaluation.Confusion.Should().BeNull();
        evaluation.Divergence.Should().BePositive();
    }

    private static void Refused(Network network, Dataset data, string message, Divergence? divergence = null)
    {
        using var trainer = new Trainer(network, divergence ?? Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 1, Shuffle = false };
        float[] before = network.Parameters.ToArray();
        trainer.Invoking(one => one.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage(message);
        trainer.Invoking(one => one.Evaluate(data)).Should().Throw<ArgumentException>().WithMessage(message);
        network.Parameters.ToArray().Should().Equal(before);
    }

    // ½ Σ (y₂ᵢ − dᵢ)²: every second output is free.
    private sealed class HalfWidth : Divergence
    {
        public override int DesiredWidth(int outputs) => outputs / 2;

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired)
        {
            double sum = 0;
            for (int i = 0; i < desired.Length; i++)
                sum += 0.5 * Math.Pow(y[2 * i] - desired[i], 2);
            return sum;
        }

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
        {
            gradient.Clear();
            for (int i = 0; i < desired.Length; i++)
                gradient[2 * i] = weight * (y[2 * i] - desired[i]);
        }
    }
}
