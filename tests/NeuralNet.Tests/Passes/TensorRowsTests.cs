using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using CsCheck;

namespace NeuralNet.Tests.Passes;

public sealed class TensorRowsTests
{
    private static readonly Shape features = Shape.Features(6), one = Shape.Features(1), sequence = Shape.Sequence(5, 3), step = Shape.Sequence(1, 3),
        image = Shape.Image(4, 3, 2), grey = Shape.Image(4, 3, 1);

    public static TheoryData<Shape, nint[], int, int> Right => new()
    {
        { features, [7, 6], 7, 1 }, { features, [1, 6], 1, 1 }, { features, [6], 1, 1 },
        { one, [7, 1], 7, 1 }, { one, [1], 1, 1 },
        { sequence, [7, 5, 3], 7, 5 }, { sequence, [7, 2, 3], 7, 2 }, { sequence, [7, 15], 7, 5 },
        { sequence, [5, 3], 1, 5 }, { sequence, [2, 3], 1, 2 }, { sequence, [15], 1, 5 },
        { step, [7, 1, 3], 7, 1 }, { step, [7, 3], 7, 1 }, { step, [1, 3], 1, 1 }, { step, [3], 1, 1 },
        { image, [7, 4, 3, 2], 7, 1 }, { image, [7, 24], 7, 1 }, { image, [4, 3, 2], 1, 1 }, { image, [24], 1, 1 }, { image, [1, 24], 1, 1 },
        { grey, [7, 4, 3, 1], 7, 1 }, { grey, [4, 3, 1], 1, 1 },
    };

    public static TheoryData<Shape, nint[], string> Wrong => new()
    {
        { features, [7, 5], "x is a tensor [7, 5]; [rows, 6] or, of one row, [6] was expected.*" },
        { features, [12], "x is a tensor [12]; [rows, 6] or, of one row, [6] was expected.*" },
        { features, [7, 2, 3], "x is a tensor [7, 2, 3]; [rows, 6] or*" },
        { features, [1, 1, 6], "x is a tensor [1, 1, 6]; *" },
        { one, [7], "x is a tensor [7]; [rows, 1] or, of one row, [1] was expected.*" },
        { sequence, [7, 6, 3], "x is a tensor [7, 6, 3]; [rows, steps, 3], [rows, 15] or, of one row, [steps, 3] was expected (1 to 5 steps).*" },
        { sequence, [7, 3, 5], "x is a tensor [7, 3, 5]; *" },
        { sequence, [6, 3], "x is a tensor [6, 3]; *" },
        { sequence, [7, 6], "x is a tensor [7, 6]; *" },
        { sequence, [6], "x is a tensor [6]; *" },
        { sequence, [7, 1, 5, 3], "x is a tensor [7, 1, 5, 3]; *" },
        { image, [7, 3, 4, 2], "x is a tensor [7, 3, 4, 2]; [rows, 4, 3, 2], [rows, 24] or, of one row, [4, 3, 2] was expected.*" },
        { image, [7, 2, 4, 3], "x is a tensor [7, 2, 4, 3]; *" },
        { image, [7, 12, 2], "x is a tensor [7, 12, 2]; *" },
        { image, [7, 23], "x is a tensor [7, 23]; *" },
        { grey, [7, 4, 3], "x is a tensor [7, 4, 3]; *" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void Rows_have_the_axes_of_their_shape_or_lie_flat_and_one_may_lack_the_first_axis(Shape shape, nint[] lengths, int rows, int steps)
    {
        TensorRows.Of(lengths, shape, "x").Should().Be((rows, steps));
        TensorRows.Fits(lengths, rows, shape, steps).Should().BeTrue();
        TensorRows.Fits(lengths, rows + 1, shape, steps).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Other_tensors_are_refused_with_the_shapes_that_would_do(Shape shape, nint[] lengths, string message) =>
        ((Action)(() => TensorRows.Of(lengths, shape, "x"))).Should().Throw<ArgumentException>()
            .WithMessage(message).WithParameterName("x");

    [Fact]
    public void What_is_desired_has_a_value_a_vector_or_more_as_the_divergence_has_it()
    {
        Fits(features, 7, 1, [7, 6], [7], [7, 1], [7, 9]).Should().Equal(true, true, true, true);
        Fits(features, 7, 1, [6, 6], [6], [7, 2, 3]).Should().Equal(false, false, false);
        Fits(features, 1, 1, [6], [1, 6], [1], [2, 6]).Should().Equal(true, true, true, false);
        Fits(sequence, 7, 2, [7, 2, 3], [7, 2], [7, 2, 1], [7, 6]).Should().Equal(true, true, true, true);
        Fits(sequence, 7, 2, [7, 5, 3], [7, 3, 2], [7], [6, 2]).Should().Equal(false, false, false, false);
        Fits(sequence, 1, 2, [2, 3], [2], [1, 2, 3], [6]).Should().Equal(true, true, true, true);
        Fits(image, 7, 1, [7, 4, 3, 2], [7, 4, 3], [7, 24], [7, 3, 4]).Should().Equal(true, true, true, false);

        static bool[] Fits(Shape shape, int rows, int steps, params nint[][] tensors) =>
            [.. tensors.Select(lengths => TensorRows.FitsDesired(lengths, rows, shape, steps))];
    }

    [Fact]
    public void A_part_of_a_tensor_is_taken_as_it_lies_if_it_is_dense_and_refused_otherwise()
    {
        Gen<int[]> sizes = Gen.Int[1, 4].Array[1, 4];
        (int dense, int strided) = (0, 0);
        foreach ((int[] lengths, int[] cuts) in Property.Cases(Gen.Select(sizes, Gen.Int[0, 99].Array[12]), 500))
        {
            int count = lengths.Aggregate((product, length) => product * length);
            var whole = Tensor.Create([.. Enumerable.Range(0, count).Select(i => (float)i)], [.. lengths.Select(length => (nint)length)]);
            NRange[] ranges = new NRange[lengths.Length];
            for (int axis = 0; axis < ranges.Length; axis++)
            {
                int start = cuts[3 * axis] < 50 ? 0 : cuts[(3 * axis) + 1] % lengths[axis];
                int end = cuts[3 * axis] < 50 ? lengths[axis] : start + 1 + (cuts[(3 * axis) + 2] % (lengths[axis] - start));
                ranges[axis] = new NRange(start, end);
            }

            ReadOnlyTensorSpan<float> part = whole.AsReadOnlyTensorSpan(ranges);
            float[] values = new float[(int)part.FlattenedLength];
            part.FlattenTo(values);
            if (values.Index().All(value => value.Item == values[0] + value.Index))
            {
                TensorRows.Values(part, "x").ToArray().Should().Equal(values);
                dense++;
            }
            else
            {
                Refusal(part).Should().Contain("its values do not lie one after the other");
                strided++;
            }
        }

        dense.Should().BeGreaterThan(100);
        strided.Should().BeGreaterThan(100);
    }

    [Fact]
    public void Values_are_those_of_the_tensor_and_no_copy()
    {
        float[] values = new float[24];
        Unsafe.AreSame(in TensorRows.Values(new ReadOnlyTensorSpan<float>(values, [4, 3, 2, 1]), "x")[0], in values[0]).Should().BeTrue();
        Span<float> part = TensorRows.Values(new TensorSpan<float>(values.AsSpan(4), [5, 1]), "y");
        (part.Length, Unsafe.AreSame(ref part[0], ref values[4])).Should().Be((5, true));
        Unsafe.AreSame(in TensorRows.Values(Tensor.Create(values, [2, 12]), "x")[0], in values[0]).Should().BeTrue();
    }

    [Fact]
    public void A_refusal_of_strides_names_the_remedy_which_is_one()
    {
        Tensor<float> columns = Tensor.Transpose<float>(Tensor.Create([1f, 2, 3, 4, 5, 6], [3, 2]));
        Refusal(columns).Should().Be(
            "x is a tensor [2, 3] with the strides [1, 2]: its values do not lie one after the other, row-major, and a tensor is used as it lies, "
            + "without a copy. Give a dense copy: ToDenseTensor() of a tensor, FlattenTo(values) of a span. (Parameter 'x')");
        TensorRows.Values(columns.ToDenseTensor(), "x").ToArray().Should().Equal(1, 3, 5, 2, 4, 6);
        TensorRows.Copy(columns, "x").Should().Equal(1, 3, 5, 2, 4, 6);
    }

    [Fact]
    public void A_tensor_without_values_is_refused()
    {
        Refusal(Tensor.CreateFromShape<float>([0, 6])).Should().Be(
            "x is a tensor [0, 6] of 0 values; 1 to 2147483647 were expected. (Parameter 'x')");
        Refusal(default).Should().StartWith("x is a tensor [] of 0 values");
        ((Action)(() => TensorRows.Copy(default, "x"))).Should().Throw<ArgumentException>().WithMessage("x is a tensor []*1 to 2147483591 were*");
    }

    private static string Refusal(ReadOnlyTensorSpan<float> tensor)
    {
        try
        {
            TensorRows.Values(tensor, "x");
            return "";
        }
        catch (ArgumentException refusal)
        {
            return refusal.Message;
        }
    }
}
