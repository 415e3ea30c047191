using System.Numerics.Tensors;

namespace NeuralNet.Tests.Training;

public sealed class TrainerTensorTests
{
    [Fact]
    public void A_step_on_tensors_has_the_bits_of_one_on_spans_and_allocates_nothing()
    {
        const int Rows = 16;
        float[] x = TestData.Normal(Rows * 2), d = TestData.OneHotOf(TestData.Labels(Rows, 3), 3);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        using var other = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        Tensor<float> inputs = Tensor.Create(x, [Rows, 2]), desired = Tensor.Create(d, [Rows, 3]);
        for (int step = 0; step < 5; step++)
            trainer.Step(inputs, desired).Should().Be(other.Step(x, d, Rows));
        trainer.Network.Parameters.ToArray().Should().Equal(other.Network.Parameters.ToArray());
        Allocations.Of(() => () => trainer.Step(inputs, desired)).Should().Be(0);
    }

    [Fact]
    public void Class_ids_are_a_tensor_of_rows_or_of_rows_and_steps()
    {
        float[] x = TestData.Normal(2 * 3 * 2), ids = [0, 2, 1, -1, 2, 0];
        Network network = Network.Create(Shape.Sequence(4, 2)).Dense(3, Activation.Softmax).Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd());
        using var other = new Trainer(network.Clone(), Divergence.CrossEntropy, new Sgd());
        trainer.Step(Tensor.Create(x, [2, 3, 2]), Tensor.Create(ids, [2, 3]))
            .Should().Be(other.Step(new Batch { Rows = 2, Steps = 3, Inputs = x, Desired = ids }));

        using var classes = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd());
        using var same = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd());
        classes.Step(Tensor.Create(x, [6, 2]), Tensor.Create([0f, 1, 2, 0, 1, 2])).Should().Be(same.Step(x, [0, 1, 2, 0, 1, 2], 6));
    }

    [Fact]
    public void Arrays_are_one_row_or_are_refused_with_words()
    {
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd());
        using var other = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd());
        float[] x = [1, 2], d = [0, 1, 0];
        trainer.Step(x, d).Should().Be(other.Step(x, d, 1));
        ((Action)(() => trainer.Step(new float[8], new float[12]))).Should().Throw<ArgumentException>()
            .WithMessage("inputs is a tensor [8]; [rows, 2] or, of one row, [2] was expected.*");
        ((Action)(() => trainer.Step(Tensor.Create(x, [1, 2]), default))).Should().Throw<ArgumentException>().WithMessage("*need*but got 0.*");
    }
}
