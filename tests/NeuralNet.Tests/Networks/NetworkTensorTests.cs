using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace NeuralNet.Tests.Networks;

public sealed class NetworkTensorTests
{
    private static readonly Network classifier = TestData.Classifier(),
        reader = Network.Create(Shape.Sequence(6, 2)).Conv(3, kernel: 2, stride: 2, padding: Padding.Valid).Build(1),
        seer = Network.Create(Shape.Image(4, 4, 1)).Conv(2, kernel: 3, padding: Padding.Same).Build(1);

    // What it says is said by the types of the variables: with another choice this would not compile.
    [Fact]
    public void Calls_with_arrays_spans_and_lists_mean_what_they_meant()
    {
        float[] x = [1, 2];
        float[] ofArray = classifier.Predict(x);
        float[] ofNewArray = classifier.Predict(new float[] { 1, 2 });
        float[] ofList = classifier.Predict([1, 2]);
        float[] ofSpan = classifier.Predict(x.AsSpan());
        float[] ofReadOnlySpan = classifier.Predict((ReadOnlySpan<float>)x);
        foreach (float[] y in (float[][])[ofNewArray, ofList, ofSpan, ofReadOnlySpan])
            y.Should().Equal(ofArray);
        Tensor<float> ofTensor = classifier.Predict(Tensor.Create(x)), ofTensorSpan = classifier.Predict(new TensorSpan<float>(x)),
            ofReadOnlyTensorSpan = classifier.Predict(new ReadOnlyTensorSpan<float>(x));
        foreach (Tensor<float> y in (Tensor<float>[])[ofTensor, ofTensorSpan, ofReadOnlyTensorSpan])
            y.Should().Equal(ofArray);
        Func<float[]> ofNull = () => classifier.Predict(null), ofDefault = () => classifier.Predict(default);
        ofNull.Should().Throw<ArgumentException>().WithMessage("x has 0 values; a positive multiple of 2*");
        ofDefault.Should().Throw<ArgumentException>().WithMessage("x has 0 values*");

        using Workspace workspace = classifier.CreateWorkspace(1);
        float[] into = new float[3];
        classifier.Predict(new Batch { Rows = 1, Inputs = x }, into, workspace);
        into.Should().Equal(ofArray);
        classifier.Predict(x, into, 1, workspace);
        into.Should().Equal(ofArray);

        using var trainer = new Trainer(classifier.Clone(), Divergence.CrossEntropy, new Sgd());
        trainer.Step(x, [1, 0, 0], 1).Should().BeApproximately(-MathF.Log(ofArray[0]), 1e-5f);
    }

    [Fact]
    public void Predictions_have_the_axes_of_the_output()
    {
        Check(classifier, [300, 2], [300, 3]);
        Check(classifier, [2], [1, 3]);
        Check(reader, [5, 6, 2], [5, 3, 3]);
        Check(reader, [5, 12], [5, 3, 3]);
        Check(reader, [6, 2], [1, 3, 3]);
        Check(seer, [5, 4, 4, 1], [5, 4, 4, 2]);
        Check(seer, [4, 4, 1], [1, 4, 4, 2]);

        static void Check(Network network, nint[] shape, nint[] expected)
        {
            float[] x = TestData.Normal((int)TensorPrimitives.Product<nint>(shape));
            Tensor<float> y = network.Predict(Tensor.Create(x, shape));
            y.Lengths.ToArray().Should().Equal(expected);
            y.Should().Equal(network.Predict(x));
        }
    }

    [Fact]
    public void Sequences_may_have_fewer_steps_than_the_network_takes()
    {
        float[] x = TestData.Normal(3 * 4 * 2), expected = new float[3 * 2 * 3];
        using Workspace workspace = reader.CreateWorkspace(3);
        reader.Predict(new Batch { Rows = 3, Inputs = x, Steps = 4 }, expected, workspace);
        Tensor<float> y = reader.Predict(Tensor.Create(x, [3, 4, 2]));
        y.Lengths.ToArray().Should().Equal(3, 2, 3);
        y.Should().Equal(expected);

        var into = Tensor.CreateFromShape<float>([3, 2, 3]);
        reader.Predict(Tensor.Create(x, [3, 4, 2]), into, workspace);
        into.Should().Equal(expected);
        ((Action)(() => reader.Predict(Tensor.Create(x, [24 / 2, 1, 2])))).Should().Throw<ArgumentException>().WithParameterName("x")
            .WithMessage("The batch has 1 steps: layer 0*");
        ((Action)(() => reader.Predict(Tensor.Create(x, [3, 4, 2]), Tensor.CreateFromShape<float>([3, 3, 3]), workspace)))
            .Should().Throw<ArgumentException>().WithParameterName("y")
            .WithMessage("y is a tensor [3, 3, 3]; [3, 2, 3] or [3, 6] was expected.*");
    }

    [Fact]
    public void Predictions_into_a_tensor_copy_nothing_and_allocate_nothing()
    {
        const int Rows = 64;
        float[] x = TestData.Normal(Rows * 2), values = new float[Rows * 3];
        var y = Tensor.Create(values, [Rows, 3]);
        using Workspace workspace = classifier.CreateWorkspace(Rows, training: false);
        classifier.Predict(new ReadOnlyTensorSpan<float>(x, [Rows, 2]), y, workspace);
        Allocations.Of(() => () =>
        {
            classifier.Predict(new ReadOnlyTensorSpan<float>(x, [Rows, 2]), y, workspace);
            classifier.Predict(classifier.BatchOf(new ReadOnlyTensorSpan<float>(x, [Rows, 2])) with { FirstRow = 3 }, y, workspace);
        }).Should().Be(0);
        values.Should().Equal(classifier.Predict(x));

        // The outputs alone, and what holds them: of the inputs there is no copy.
        float[] many = new float[100_000 * 2];
        Allocations.Of(() => () => classifier.Predict(new ReadOnlyTensorSpan<float>(many, [100_000, 2])))
            .Should().BeLessThan((100_000 * 3 * sizeof(float)) + 1000);
    }

    [Fact]
    public void Rows_of_a_tensor_can_be_predicted_into_rows_of_another()
    {
        float[] x = TestData.Normal(8), values = new float[12];
        using Workspace workspace = classifier.CreateWorkspace(2, training: false);
        TensorSpan<float> all = new(values, [4, 3]);
        classifier.Predict(new ReadOnlyTensorSpan<float>(x, [4, 2]).Slice([1..3, NRange.All]), all.Slice([2..4, NRange.All]), workspace);
        values.Should().Equal([0, 0, 0, 0, 0, 0, .. classifier.Predict(x.AsSpan(2, 4))]);

        Action strided = () => classifier.Predict(
            new ReadOnlyTensorSpan<float>(x, [2, 2]), new TensorSpan<float>(values, [2, 6]).Slice([NRange.All, 1..4]), workspace);
        strided.Should().Throw<ArgumentException>().WithParameterName("y")
            .WithMessage("y is a tensor [2, 3] with the strides [6, 1]*ToDenseTensor*");
    }

    [Fact]
    public void A_batch_of_tensors_lies_where_they_lie()
    {
        float[] x = TestData.Normal(8), d = TestData.OneHotOf([0, 1, 2, 0], 3);
        Batch batch = classifier.BatchOf(new ReadOnlyTensorSpan<float>(x, [4, 2]), new ReadOnlyTensorSpan<float>(d, [4, 3]));
        batch.Rows.Should().Be(4);
        (batch.Inputs == x).Should().BeTrue();
        (batch.Desired == d).Should().BeTrue();
        classifier.BatchOf(x.AsSpan(0, 2).ToArray()).Desired.IsEmpty.Should().BeTrue();
        reader.BatchOf(new ReadOnlyTensorSpan<float>(x, [2, 2, 2])).Steps.Should().Be(2);
        ((Action)(() => classifier.BatchOf(Tensor.Create(x, [4, 2]), Tensor.Create(d, [3, 4])))).Should().Throw<ArgumentException>()

            .WithParameterName("desired").WithMessage("desired is a tensor [3, 4]; [4, 3], or*[4, values].*");
        ((Action)(() => classifier.BatchOf(Tensor.Create(x, [2, 4])))).Should().Throw<ArgumentException>().WithParameterName("inputs");
    }

    [Fact]
    public void A_block_is_a_tensor_of_its_shape_and_what_is_written_to_it_the_network_has()
    {
        Network network = Network.Create(Shape.Image(4, 4, 1)).Conv(3, kernel: 3).BatchNorm().Flatten().Dense(2).Build(1);
        foreach (Block block in network.Blocks)
        {
            TensorSpan<float> tensor = network.ParameterTensor(block.Name);
            tensor.Lengths.ToArray().Should().Equal(block.Dimensions.Select(length => (nint)length));
            Unsafe.AreSame(ref tensor.GetPinnableReference(), ref network.Parameter(block.Name)[0]).Should().BeTrue();
        }

        int last = network.Blocks.Single(block => block.Name == "3.weight").Dimensions[0] - 1;
        network.ParameterTensor("3.weight")[last, 1] = 7;
        network.Parameter("3.weight")[^1].Should().Be(7);
        Allocations.Of(() => () => network.ParameterTensor("0.weight").Fill(0)).Should().Be(0);
        ((Action)(() => network.ParameterTensor("9.weight"))).Should().Throw<ArgumentException>().WithMessage("There is no block \"9.weight\"*");
    }

    [Fact]
    public void The_gradient_of_a_block_is_a_part_of_the_whole()
    {
        float[] gradient = [.. Enumerable.Range(0, classifier.Parameters.Length).Select(i => (float)i)];
        int start = 0;
        foreach (Block block in classifier.Blocks)
        {
            TensorSpan<float> tensor = classifier.GradientTensor(gradient, block.Name);
            tensor.Lengths.ToArray().Should().Equal(block.Dimensions.Select(length => (nint)length));
            Unsafe.AreSame(ref tensor.GetPinnableReference(), ref gradient[start]).Should().BeTrue();
            start += block.Length;
        }

        ((Action)(() => classifier.GradientTensor(gradient.AsSpan(1), "0.weight"))).Should().Throw<ArgumentException>().WithParameterName("gradient");
        Network norm = Network.Create(2).BatchNorm().Build();
        ((Action)(() => norm.GradientTensor(new float[norm.Parameters.Length], "0.running_mean"))).Should().Throw<ArgumentException>()
            .WithMessage("\"0.running_mean\" is learned without a gradient*");
    }

    [Fact]
    public void Of_a_tied_block_the_gradient_is_apart_or_in_that_of_the_other()
    {
        Network network = TiedNetworks.LanguageModel().Tie("0.weight", "3.weight", transposed: true).Build(1);
        Block tied = network.Layers[3].Blocks.Single(block => block.Name == "weight");
        float[] apart = new float[network.GradientLength];
        TensorSpan<float> share = network.GradientTensor(apart, "3.weight");
        share.Lengths.ToArray().Should().Equal(tied.Dimensions.Select(length => (nint)length));
        Unsafe.AreSame(ref share.GetPinnableReference(), ref apart[network.Parameters.Length]).Should().BeTrue();
        ((Action)(() => network.GradientTensor(apart.AsSpan(0, network.Parameters.Length), "3.weight"))).Should().Throw<ArgumentException>()
            .WithMessage($"*its gradient is in that of \"0.weight\"; one of {network.GradientLength} values, GradientLength, keeps them apart*");
        ((Action)(() => network.ParameterTensor("3.weight"))).Should().Throw<ArgumentException>().WithMessage("*CopyParameter*");
    }
}
