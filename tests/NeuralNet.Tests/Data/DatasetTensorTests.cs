using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace NeuralNet.Tests.Data;

public sealed class DatasetTensorTests
{
    [Fact]
    public void What_a_row_is_follows_from_the_axes()
    {
        float[] values = TestData.Normal(48), desired = TestData.Normal(2);
        Of(2, 24).InputShape.Should().Be(Shape.Features(24));
        Of(2, 4, 6).InputShape.Should().Be(Shape.Sequence(4, 6));
        Of(2, 2, 4, 3).InputShape.Should().Be(Shape.Image(2, 4, 3));
        foreach (nint[] lengths in (nint[][])[[48], [2, 2, 2, 2, 3]])
        {
            ((Action)(() => Of(lengths))).Should().Throw<ArgumentException>().WithParameterName("inputs")
                .WithMessage($"inputs is a tensor [{string.Join(", ", lengths)}]; [[]rows, features], *".Replace("[[]", "["));
        }

        Dataset Of(params nint[] lengths)
        {
            var data = Dataset.FromTensors(Tensor.Create(values, lengths), Tensor.Create(desired));
            data.Inputs.ToArray().Should().Equal(values);
            data.Desired.ToArray().Should().Equal(desired);
            data.InputTensor.Lengths.ToArray().Should().Equal(lengths);
            data.DesiredTensor.Lengths.ToArray().Should().Equal(2, 1);
            Unsafe.AreSame(in data.InputTensor.GetPinnableReference(), in data.Inputs[0]).Should().BeTrue();
            Unsafe.AreSame(in data.DesiredTensor.GetPinnableReference(), in data.Desired[0]).Should().BeTrue();
            return data;
        }
    }

    [Fact]
    public void It_has_a_copy_of_its_own_whatever_the_strides()
    {
        float[] columns = [1, 2, 3, 10, 20, 30];
        Tensor<float> rows = Tensor.Transpose<float>(Tensor.Create(columns, [2, 3]));
        var data = Dataset.FromTensors(rows, rows);
        columns[0] = 99;
        data.Inputs.ToArray().Should().Equal(1, 10, 2, 20, 3, 30);
        data.Desired.ToArray().Should().Equal(1, 10, 2, 20, 3, 30);
        data.DesiredTensor[2, 1].Should().Be(30);
    }

    [Fact]
    public void Labels_become_one_hot()
    {
        var data = Dataset.FromTensors(Tensor.Create(TestData.Normal(24), [3, 2, 2, 2]), [2, 0, 1], classes: 3);
        (data.Classes, data.InputShape).Should().Be((3, Shape.Image(2, 2, 2)));
        data.Labels.ToArray().Should().Equal(2, 0, 1);
        data.Desired.ToArray().Should().Equal(0, 0, 1, 1, 0, 0, 0, 1, 0);
        ((Action)(() => Dataset.FromTensors(Tensor.Create(new float[6], [3, 2]), [0, 1], 2))).Should().Throw<ArgumentException>()
            .WithMessage("Expected 3 labels, one for each row of inputs, but got 2.*");
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Tensor<float> inputs = Tensor.Create(new float[6], [3, 2]), broken = Tensor.Create([1, 2, 3, float.NaN, 5, 6], [3, 2]);
        Refusal(() => Dataset.FromTensors(inputs, Tensor.Create(new float[2]))).Should().StartWith(
            "desired is a tensor [2]; 3 rows, as many as inputs, were expected.");
        Refusal(() => Dataset.FromTensors(broken, inputs)).Should().StartWith("Row 1, column 1: expected a finite number").And.Contain("'inputs'");
        Refusal(() => Dataset.FromTensors(inputs, broken)).Should().StartWith("Row 1, column 1: expected a finite number").And.Contain("'desired'");
        Refusal(() => Dataset.FromTensors(inputs, default)).Should().StartWith("desired is a tensor [] of 0 values");
        Refusal(() => Dataset.FromTensors(Tensor.CreateFromShape<float>([0, 2]), inputs)).Should().StartWith("inputs is a tensor [0, 2] of 0 values");

        static string Refusal(Action make) => make.Should().Throw<ArgumentException>().Which.Message;
    }

    [Fact]
    public void A_network_is_trained_on_data_from_tensors_and_predicts_its_tensor()
    {
        Dataset clouds = TestData.Clouds(60);
        var data = Dataset.FromTensors(clouds.InputTensor, clouds.Labels, 3);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        using var other = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        trainer.Fit(data, epochs: 2);
        other.Fit(clouds, epochs: 2);
        trainer.Network.Predict(data.InputTensor).Should().Equal(other.Network.Predict(clouds.Inputs));
    }
}
