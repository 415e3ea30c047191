namespace NeuralNet.Tests.Training;

public class EvaluationTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(500)]
    public void It_is_the_mean_over_rows_however_they_are_chunked(int rows)
    {
        Dataset data = TestData.Clouds(rows);
        Network network = TestData.Classifier();
        Evaluation evaluation = Evaluation.Of(network, data, Divergence.CrossEntropy);
        float[] y = network.Predict(data.Inputs);
        evaluation.Divergence.Should().BeApproximately(Divergence.CrossEntropy.Forward(y, data.Desired, rows), 1e-5);
        evaluation.Accuracy.Should().Be(Metrics.Accuracy(y, data.Desired, rows));
        evaluation.MeanAbsoluteError.Should().BeApproximately(Metrics.MeanAbsoluteError(y, data.Desired), 1e-9);
        evaluation.RootMeanSquareError.Should().BeApproximately(Metrics.RootMeanSquareError(y, data.Desired), 1e-9);
        evaluation.Confusion!.Total.Should().Be(rows);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd());
        trainer.Evaluate(data).Divergence.Should().BeApproximately(evaluation.Divergence, 1e-6);
    }

    [Fact]
    public void Data_without_classes_has_errors_but_no_accuracy()
    {
        Dataset data = Dataset.FromArrays([1, 2, 3], [2f, 4f, 7f], 3);
        Network network = Network.Create(1).Dense(1).Build();
        network.Parameter("0.weight")[0] = 2;
        Evaluation evaluation = Evaluation.Of(network, data, Divergence.L2, threads: 2);
        evaluation.Accuracy.Should().BeNull();
        evaluation.Confusion.Should().BeNull();
        evaluation.Divergence.Should().BeApproximately(0.5 / 3, 1e-7);
        evaluation.MeanAbsoluteError.Should().BeApproximately(1 / 3.0, 1e-7);
    }
}
