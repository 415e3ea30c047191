namespace NeuralNet.Tests.Data;

public class DatasetTests
{
    [Fact]
    public void Flat_arrays_become_rows()
    {
        Dataset data = Dataset.FromArrays([1f, 2, 3, 4, 5, 6], [10f, 20], rows: 2);

        (data.Rows, data.InputWidth, data.OutputWidth, data.Classes).Should().Be((2, 3, 1, 0));
        data.Inputs.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        data.Desired.ToArray().Should().Equal(10, 20);
        data.InputRow(1).ToArray().Should().Equal(4, 5, 6);
        data.DesiredRow(1).ToArray().Should().Equal(20);
        data.Labels.Length.Should().Be(0);
        data.ClassNames.Should().BeEmpty();
    }

    [Fact]
    public void Nested_arrays_become_rows()
    {
        Dataset data = Dataset.FromArrays([[0f, 0], [0, 1], [1, 0], [1, 1]], [[0f], [1], [1], [0]]);

        (data.Rows, data.InputWidth, data.OutputWidth, data.Classes).Should().Be((4, 2, 1, 0));
        data.Inputs.ToArray().Should().Equal(0, 0, 0, 1, 1, 0, 1, 1);
        data.Desired.ToArray().Should().Equal(0, 1, 1, 0);
    }

    [Fact]
    public void Labels_become_one_hot_rows()
    {
        Dataset flat = Dataset.FromArrays([1f, 2, 3, 4], [2, 0], classes: 3);
        Dataset nested = Dataset.FromArrays([[1f, 2], [3, 4]], [2, 0], classes: 3);

        foreach (Dataset data in new[] { flat, nested })
        {
            (data.Rows, data.InputWidth, data.OutputWidth, data.Classes).Should().Be((2, 2, 3, 3));
            data.Inputs.ToArray().Should().Equal(1, 2, 3, 4);
            data.Desired.ToArray().Should().Equal(0, 0, 1, 1, 0, 0);
            data.Labels.ToArray().Should().Equal(2, 0);
            data.ClassNames.Should().Equal("0", "1", "2");
        }
    }

    [Fact]
    public void What_was_given_may_change_afterwards()
    {
        float[] x = [1, 2], d = [3, 4];
        float[][] nested = [[1], [2]];
        int[] labels = [0, 1];
        Dataset[] sets =
        [
            Dataset.FromArrays(x, d, 2), Dataset.FromArrays(x, labels, 2), Dataset.FromArrays(nested, labels, 2),
            Dataset.FromArrays(nested, [[3f], [4]]),
        ];

        x[0] = d[0] = nested[0][0] = 7;
        labels[0] = 1;

        foreach (Dataset data in sets)
        {
            data.Inputs.ToArray().Should().Equal(1, 2);
            data.Desired[0].Should().NotBe(7);
            if (data.Classes != 0)
                data.Labels.ToArray().Should().Equal(0, 1);
        }
    }

    [Fact]
    public void The_names_of_classes_cannot_be_changed_from_outside()
    {
        string[] names = ["no", "yes"];
        Dataset data = Dataset.FromArrays([1f, 2], [0, 1], 2).WithClassNames(names);

        names[0] = "changed";

        data.ClassNames.Should().Equal("no", "yes");
        data.ClassNames.Should().NotBeAssignableTo<string[]>();
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void What_is_not_finite_is_refused_with_row_and_column(float value, string text)
    {
        string expected = $"Row 1, column 0: expected a finite number, but got {text}.*";
        Action[] inputs =
        [
            () => Dataset.FromArrays([1f, 2, value, 4], [1f, 2], 2),
            () => Dataset.FromArrays([1f, 2, value, 4], [0, 1], 2),
            () => Dataset.FromArrays([[1f, 2], [value, 4]], [0, 1], 2),
            () => Dataset.FromArrays([[1f, 2], [value, 4]], [[0f], [1]]),
        ];
        Action[] desired =
        [
            () => Dataset.FromArrays([1f, 2], [1f, 2, value, 4], 2),
            () => Dataset.FromArrays([[1f], [2f]], [[1f, 2], [value, 4]]),
        ];

        foreach (Action make in inputs)
            make.Should().Throw<ArgumentException>().WithMessage(expected).WithParameterName("inputs");
        foreach (Action make in desired)
            make.Should().Throw<ArgumentException>().WithMessage(expected).WithParameterName("desired");
    }

    [Fact]
    public void Emptiness_is_refused()
    {
        Action[] makes =
        [
            () => Dataset.FromArrays([], [1f], 1),
            () => Dataset.FromArrays([1f], ReadOnlySpan<float>.Empty, 1),
            () => Dataset.FromArrays([1f], ReadOnlySpan<int>.Empty, 2),
            () => Dataset.FromArrays(ReadOnlySpan<float>.Empty, [0], 2),
            () => Dataset.FromArrays(Array.Empty<float[]>(), Array.Empty<int>(), 2),
            () => Dataset.FromArrays(Array.Empty<float[]>(), Array.Empty<float[]>()),
            () => Dataset.FromArrays(new float[][] { [] }, [0], 2),
            () => Dataset.FromArrays(new float[][] { [1] }, new float[][] { [] }),
        ];

        foreach (Action make in makes)
            make.Should().Throw<ArgumentException>().WithMessage("Expected a*");
    }

    [Fact]
    public void Sizes_that_disagree_are_refused_with_what_was_expected_and_what_came()
    {
        Refused(() => Dataset.FromArrays([1f, 2, 3], [1f, 2], 2), "inputs", "*multiple of 2 rows, but got 3 numbers.*");
        Refused(() => Dataset.FromArrays([1f, 2], [1f, 2, 3], 2), "desired", "*multiple of 2 rows, but got 3 numbers.*");
        Refused(() => Dataset.FromArrays([1f, 2, 3], [0, 1], 2), "inputs", "*multiple of 2 rows, but got 3 numbers.*");
        Refused(() => Dataset.FromArrays([[1f], [2]], [0], 2), "labels", "Expected 2 labels*but got 1.*");
        Refused(() => Dataset.FromArrays([[1f], [2]], [[0f]]), "desired", "Expected 2 rows*but got 1.*");
        Refused(() => Dataset.FromArrays([[1f, 2], [2]], [0, 1], 2), "inputs", "Row 1: expected 2 numbers, as in row 0, but got 1.*");
        Refused(() => Dataset.FromArrays([[1f], [2]], [[0f], [1, 2]]), "desired", "Row 1: expected 1 numbers, as in row 0, but got 2.*");
        Refused(() => Dataset.FromArrays([[1f], null!], [0, 1], 2), "inputs", "Row 1: expected 1 numbers*but got null.*");

        static void Refused(Action make, string parameter, string message) =>
            make.Should().Throw<ArgumentException>().WithMessage(message).WithParameterName(parameter);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_number_of_rows_that_is_not_positive_is_refused(int rows)
    {
        Action make = () => Dataset.FromArrays([1f], [1f], rows);

        make.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(nameof(rows));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-3)]
    public void Fewer_than_two_classes_are_refused(int classes)
    {
        Action[] makes =
        [
            () => Dataset.FromArrays([1f], [0], classes),
            () => Dataset.FromArrays([[1f]], [0], classes),
            () => Dataset.FromCsv("no file", classes),
            () => Dataset.FromIdx("no file", "no file", classes),
        ];

        foreach (Action make in makes)
            make.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(nameof(classes));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void A_label_out_of_range_is_refused_with_its_row(int label)
    {
        Action flat = () => Dataset.FromArrays([1f, 2], [0, label], 2);
        Action nested = () => Dataset.FromArrays([[1f], [2]], [0, label], 2);

        foreach (Action make in new[] { flat, nested })
            make.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"Row 1 has label {label}, expected 0 … 1.*");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void One_hot_outputs_that_no_array_can_hold_are_refused(int rows)
    {
        Action flat = () => Dataset.FromArrays(new float[rows], new int[rows], int.MaxValue);
        Action nested = () => Dataset.FromArrays([.. Enumerable.Repeat<float[]>([1f], rows)], new int[rows], int.MaxValue);

        foreach (Action make in new[] { flat, nested })
        {
            make.Should().Throw<ArgumentException>().WithParameterName("classes")
                .WithMessage($"{rows} rows × 2147483647 classes would be {rows * 2147483647L} floats, more than an array can hold.*");
        }
    }

    [Fact]
    public void What_is_not_finite_is_found_anywhere()
    {
        for (int width = 1; width <= 40; width++)
        {
            for (int at = 0; at < 2 * width; at++)
            {
                var inputs = new float[2 * width];
                inputs[at] = float.NaN;
                Action make = () => Dataset.FromArrays(inputs, [0, 1], 2);
                make.Should().Throw<ArgumentException>()
                    .WithMessage($"Row {at / width}, column {at % width}: expected a finite number, but got NaN.*");
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public void A_row_that_is_not_there_is_refused(int row)
    {
        Dataset data = Dataset.FromArrays([1f, 2], [0, 1], 2);
        Action input = () => data.InputRow(row);
        Action desired = () => data.DesiredRow(row);

        foreach (Action read in new[] { input, desired })
            read.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"Expected a row 0 … 1, but got {row}.*");
    }

    [Fact]
    public void Select_takes_rows_in_the_order_given_also_twice()
    {
        Dataset data = Dataset.FromArrays([1f, 2, 3, 4, 5, 6], [0, 1, 2], 3).WithClassNames("a", "b", "c");

        Dataset some = data.Select([2, 0, 2]);

        some.Inputs.ToArray().Should().Equal(5, 6, 1, 2, 5, 6);
        some.Labels.ToArray().Should().Equal(2, 0, 2);
        some.Desired.ToArray().Should().Equal(0, 0, 1, 1, 0, 0, 0, 0, 1);
        some.ClassNames.Should().Equal("a", "b", "c");
    }

    [Fact]
    public void Slice_takes_rows_that_follow_each_other()
    {
        Dataset classes = Dataset.FromArrays([1f, 2, 3, 4, 5, 6], [0, 1, 2], 3).Slice(1, 2);
        Dataset targets = Dataset.FromArrays([1f, 2, 3, 4, 5, 6], [7f, 8, 9], 3).Slice(1, 2);

        classes.Inputs.ToArray().Should().Equal(3, 4, 5, 6);
        classes.Labels.ToArray().Should().Equal(1, 2);
        classes.Desired.ToArray().Should().Equal(0, 1, 0, 0, 0, 1);
        targets.Inputs.ToArray().Should().Equal(3, 4, 5, 6);
        targets.Desired.ToArray().Should().Equal(8, 9);
        targets.Classes.Should().Be(0);
    }

    [Fact]
    public void Rows_that_are_not_there_cannot_be_taken()
    {
        Dataset data = Dataset.FromArrays([1f, 2], [0, 1], 2);
        Action[] takes =
        [
            () => data.Select([0, 2]),
            () => data.Select([-1]),
            () => data.Slice(1, 2),
            () => data.Slice(-1, 1),
            () => data.Slice(2, 1),
            () => data.Slice(0, 0),
            () => data.Slice(int.MaxValue, 1),
        ];
        Action none = () => data.Select([]);

        foreach (Action take in takes)
            take.Should().Throw<ArgumentOutOfRangeException>();
        data.Invoking(d => d.Select([0, 2])).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Entry 1 is row 2, expected 0 … 1.*");
        none.Should().Throw<ArgumentException>().WithMessage("Expected at least one row.*");
    }

    [Fact]
    public void A_wrong_number_of_class_names_is_refused()
    {
        Action name = () => Dataset.FromArrays([1f, 2], [0, 1], 2).WithClassNames("only one");

        name.Should().Throw<ArgumentException>().WithMessage("Expected a name for each of 2 classes, but got 1.*");
    }

    [Fact]
    public void What_a_row_is_stays_known()
    {
        Dataset plain = Dataset.FromArrays(TestData.Normal(4 * 12), [0, 1, 0, 1], classes: 2), images = plain.WithInputShape(Shape.Image(2, 3, 2));
        plain.InputShape.Should().Be(Shape.Features(12));
        images.Inputs.SequenceEqual(plain.Inputs).Should().BeTrue();
        (Dataset train, Dataset test) = images.Split(0.5);
        foreach (Dataset data in new[]
        {
            images, train, test, images.Select([1, 1]), images.Slice(1, 2), images.WithClassNames("a", "b"), images.WithLengths([]),
        })
        {
            data.InputShape.Should().Be(Shape.Image(2, 3, 2));
        }

        images.ToString().Should().Be("Dataset of 4 rows: Image(2, 3, 2), 2 classes");
        plain.ToString().Should().Be("Dataset of 4 rows: 12 inputs, 2 classes");
        images.WithInputShape(12).ToString().Should().Be(plain.ToString());
    }

    [Fact]
    public void Shapes_and_lengths_that_do_not_fit_are_refused()
    {
        Dataset data = Dataset.FromArrays(TestData.Normal(2 * 12), [0, 1], classes: 2);
        data.Invoking(d => d.WithInputShape(Shape.Image(2, 3, 1))).Should().Throw<ArgumentException>()
            .WithMessage("Expected a shape of 12 values, as many as a row has inputs, but got Image(2, 3, 1).*");
        data.Invoking(d => d.WithInputShape(default)).Should().Throw<ArgumentException>().WithMessage("Expected a shape of 12 values*");
        data.WithInputShape(Shape.Sequence(4, 3)).Invoking(d => d.WithLengths([4, 5])).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Row 1 has length 5, expected 1 … 4, the number of steps.*");
        data.WithLengths([4, 5]).Invoking(d => d.WithInputShape(Shape.Sequence(4, 3))).Should().Throw<ArgumentException>()
            .WithMessage("A row has length 5, but Sequence(4, 3) has 4 steps.*");
        data.WithLengths([4, 5]).Invoking(d => d.WithInputShape(Shape.Image(2, 6, 1))).Should().Throw<ArgumentException>()
            .WithMessage("A row has length 5, but Image(2, 6, 1) has no steps.*");
    }
}
