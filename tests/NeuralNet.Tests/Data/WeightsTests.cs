namespace NeuralNet.Tests.Data;

/// <summary>Weights of a data set: what keeps them, what balances, and what is refused.</summary>
public class WeightsTests
{
    [Fact]
    public void Several_outputs_are_balanced_by_one_of_them()
    {
        Dataset classes = Dataset.FromIds([1, 2, 3, 4], [0, 1, 1, 1], 2), numbers = Dataset.FromArrays([1f, 2, 3, 4], [5f, 6, 7, 8], 4);
        Dataset both = Dataset.FromOutputs(("class", classes), ("size", numbers));
        both.Invoking(data => data.WithBalancedClasses()).Should().Throw<InvalidOperationException>()
            .WithMessage("The data has several outputs, \"class\", \"size\"; balance by one of them: data.WithWeights(data.Output(\"class\")*");
        both.Invoking(data => data.BalancedPositiveWeights()).Should().Throw<InvalidOperationException>().WithMessage("*several outputs*");
        Dataset balanced = both.WithWeights(both.Output("class").WithBalancedClasses().Weights);
        balanced.Weights.ToArray().Should().Equal(classes.WithBalancedClasses().Weights.ToArray());
        balanced.Output("size").Weights.ToArray().Should().Equal(balanced.Weights.ToArray());
    }

    private static Dataset Rows() => Dataset.FromArrays([1f, 2, 3, 4, 5, 6, 7, 8], [0, 1, 0, 0], 2);

    private static Dataset Steps() => Dataset.FromIds([1f, 2, 3, 4, 5, 6, 7, 8, 9], [0, 1, 0, 2, 0, -1, 0, 0, 1], 3, rows: 3);

    [Fact]
    public void What_is_made_of_the_data_keeps_the_weights_of_its_rows()
    {
        float[] weights = [1, 0, 2.5f, 0.5f];
        Dataset plain = Rows(), data = plain.WithWeights(weights);
        weights[0] = 9;
        data.Weights.ToArray().Should().Equal(1, 0, 2.5f, 0.5f);
        plain.Weights.IsEmpty.Should().BeTrue();
        data.WithWeights([]).Weights.IsEmpty.Should().BeTrue();
        data.Slice(1, 2).Weights.ToArray().Should().Equal(0, 2.5f);
        data.Select([3, 0, 3]).Weights.ToArray().Should().Equal(0.5f, 1, 0.5f);
        Dataset changed = data.WithClassNames("a", "b").WithInputShape(Shape.Sequence(2, 1)).WithLengths([1, 2, 1, 1]);
        changed.Weights.ToArray().Should().Equal(1, 0, 2.5f, 0.5f);
        data.ToString().Should().EndWith("2 classes, with weights");
        data.WithLengths([1, 1, 1, 1]).ToString().Should().EndWith(", with lengths, with weights");

        Dataset many = Dataset.FromArrays([.. Enumerable.Range(0, 20).Select(i => (float)i)], new float[20], 20)
            .WithWeights([.. Enumerable.Range(0, 40).Select(i => (float)i)]);
        (Dataset train, Dataset test) = many.Split(0.3, seed: 1);
        foreach (Dataset part in new[] { train, test })
            part.Weights.ToArray().Should().Equal(part.Inputs.ToArray().SelectMany(row => new[] { 2 * row, (2 * row) + 1 }));
    }

    [Fact]
    public void What_are_no_weights_is_refused_with_words()
    {
        Dataset data = Rows();
        data.Invoking(d => d.WithWeights([1, 2, 3])).Should().Throw<ArgumentException>()
            .WithMessage("Expected a weight for each of 4 rows, or for each vector of the rows, but got 3.*");
        data.Invoking(d => d.WithWeights([1, float.NaN, 1, 1])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Row 1 has weight NaN;*");
        data.Invoking(d => d.WithWeights([1, 1, float.PositiveInfinity, 1])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Row 2 has*");
        data.Invoking(d => d.WithWeights([1, 1, 1, 1, 1, 1, 1, -2])).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Row 3, vector 1 has weight -2; a finite one of at least 0 was expected.*");
        data.Invoking(d => d.WithWeights(new float[4])).Should().Throw<ArgumentException>().WithMessage("Every weight is 0;*");
    }

    [Fact]
    public void Balanced_weights_are_those_of_scikit_learn()
    {
        // compute_sample_weight("balanced", [0, 1, 0, 0]) and compute_class_weight of the same.
        Dataset data = Rows().WithBalancedClasses();
        data.Weights.ToArray().Should().Equal(2 / 3f, 2, 2 / 3f, 2 / 3f);
        Rows().BalancedClassWeights().Should().Equal(2 / 3f, 2);

        // Balanced again they stay: each class has weighed the same.
        float[] again = data.WithBalancedClasses().Weights.ToArray();
        for (int row = 0; row < 4; row++)
            again[row].Should().BeApproximately(data.Weights[row], 1e-6f);

        // Weights that are there are multiplied: class 0 weighs 4, class 1 weighs 1, both are to weigh 2.5.
        Rows().WithWeights([1, 1, 3, 0]).WithBalancedClasses().Weights.ToArray().Should().Equal(0.625f, 2.5f, 1.875f, 0);
        Rows().WithWeights([1, 1, 3, 0]).BalancedClassWeights().Should().Equal(0.625f, 2.5f);
    }

    [Fact]
    public void Of_ids_the_steps_are_counted_but_not_those_without_a_class_or_past_a_length()
    {
        // Six steps of class 0, two of 1, one of 2 less the one of −1: 5, 2 and 1 of 8.
        Steps().BalancedClassWeights().Should().Equal(8 / 15f, 8 / 6f, 8 / 3f);
        float[] balanced = Steps().WithBalancedClasses().Weights.ToArray();
        balanced.Should().Equal(8 / 15f, 8 / 6f, 8 / 15f, 8 / 3f, 8 / 15f, 0, 8 / 15f, 8 / 15f, 8 / 6f);
        Steps().WithLengths([2, 1, 1]).WithBalancedClasses().Weights.ToArray().Should().Equal(2 / 3f, 4 / 3f, 0, 4 / 3f, 0, 0, 2 / 3f, 0, 0);
        Steps().WithWeights([1, 0, 1]).WithBalancedClasses().Weights.ToArray().Should()
            .Equal(6 / 8f, 6 / 4f, 6 / 8f, 0, 0, 0, 6 / 8f, 6 / 8f, 6 / 4f);
        Steps().WithWeights([1, 1, 0, 0, 0, 0, 0, 0, 3]).WithBalancedClasses().Weights.ToArray().Should()
            .Equal(2.5f, 0.625f, 0, 0, 0, 0, 0, 0, 1.875f);
    }

    [Fact]
    public void Weights_of_positives_are_how_many_times_as_often_an_output_is_0()
    {
        Dataset data = Dataset.FromArrays([1f, 2, 3, 4], [1f, 0, 0, 0.5f, 0, 1, 0, 1], 4);
        data.BalancedPositiveWeights().Should().Equal(3, 1.5f / 2.5f);
        data.WithWeights([3, 1, 0, 1]).BalancedPositiveWeights().Should().Equal(2 / 3f, 3.5f / 1.5f);
        data.BalancedPositiveWeights(outputs: 1).Should().Equal(4.5f / 3.5f);
        data.WithWeights([1, 0, 0, 0, 0, 1, 0, 0]).Invoking(d => d.BalancedPositiveWeights(1)).Should().Throw<InvalidOperationException>()
            .WithMessage("Output 0 is 1 in all rows that count*");
    }

    [Fact]
    public void What_cannot_be_balanced_is_refused_with_words()
    {
        Dataset plain = Dataset.FromArrays([1f, 2], [0f, 2], 2), two = Dataset.FromArrays([1f, 2], [0, 2], 3);
        plain.Invoking(d => d.WithBalancedClasses()).Should().Throw<InvalidOperationException>().WithMessage("The rows have no classes to balance;*");
        plain.Invoking(d => d.BalancedClassWeights()).Should().Throw<InvalidOperationException>().WithMessage("The rows have no classes*");
        two.WithClassNames("a", "b", "c").Invoking(d => d.BalancedClassWeights()).Should().Throw<InvalidOperationException>()
            .WithMessage("Class 1 (\"b\") has no row that counts*");
        two.WithBalancedClasses().Weights.ToArray().Should().Equal(1, 1);
        Rows().WithWeights([.. Enumerable.Repeat(1f, 8)]).Invoking(d => d.WithBalancedClasses()).Should().Throw<InvalidOperationException>()
            .WithMessage("The data has 2 weights a row; 1 was expected*");
        Steps().WithWeights([.. Enumerable.Repeat(1f, 6)]).Invoking(d => d.BalancedClassWeights()).Should().Throw<InvalidOperationException>()
            .WithMessage("The data has 2 weights a row; 1 or 3 were expected*");
        Steps().WithWeights([0, 0, 0, 0, 0, 1, 0, 0, 0]).Invoking(d => d.WithBalancedClasses()).Should().Throw<InvalidOperationException>()
            .WithMessage("Nothing that counts has a class*");
        plain.Invoking(d => d.BalancedPositiveWeights()).Should().Throw<InvalidOperationException>()
            .WithMessage("What is desired in row 1, column 0 is 2; a number from 0 to 1 was expected.");
        plain.Invoking(d => d.BalancedPositiveWeights(2)).Should().Throw<ArgumentException>().WithMessage("2 outputs do not divide the 1 *");
        plain.Invoking(d => d.BalancedPositiveWeights(0)).Should().Throw<ArgumentOutOfRangeException>();
        Steps().Invoking(d => d.BalancedPositiveWeights()).Should().Throw<InvalidOperationException>().WithMessage("The data has class ids*");
        Dataset.FromArrays([1f, 2], [0f, 1, 0, 0], 2).Invoking(d => d.BalancedPositiveWeights()).Should().Throw<InvalidOperationException>()
            .WithMessage("Output 0 is 0 in all rows that count*");
    }

    [Fact]
    public void Weights_near_the_largest_float_are_balanced_or_refused_by_the_weight_that_was_given()
    {
        // Class 0 weighs 9e38, class 1 3e38, of which each is to weigh 6e38.
        Dataset data = Rows().WithWeights([3e38f, 3e38f, 3e38f, 3e38f]);
        data.Invoking(d => d.WithBalancedClasses()).Should().Throw<InvalidOperationException>()
            .WithMessage("Row 1 has weight 3E+38, and balanced it would be 6E+38, which no float is. Divide all weights by one number first*");
        data.BalancedClassWeights().Should().Equal(2 / 3f, 2);
        Rows().WithWeights([1e38f, 1e38f, 1e38f, 1e38f]).WithBalancedClasses().Weights.ToArray().Should().AllSatisfy(
            weight => weight.Should().BeInRange(6.6e37f, 2.01e38f));
        Steps().WithWeights([.. Enumerable.Repeat(3e38f, 9)]).Invoking(d => d.WithBalancedClasses()).Should().Throw<InvalidOperationException>()
            .WithMessage("Row 0, vector 1 has weight 3E+38, and balanced*");
        Rows().WithWeights([3e38f, 1e-38f, 0, 0]).Invoking(d => d.BalancedClassWeights()).Should().Throw<InvalidOperationException>()
            .WithMessage("Class 1 (\"1\") weighs 1E-38, and what balances it would be 1.5E+76*");
        Dataset.FromArrays([1f, 2], [1f, 0], 2).WithWeights([1e-38f, 3e38f]).Invoking(d => d.BalancedPositiveWeights()).Should()
            .Throw<InvalidOperationException>().WithMessage("The positives of an output weigh 1E-38, and what balances them would be 3E+76*");
    }

    [Fact]
    public void A_scaling_goes_by_the_weights_of_rows_and_leaves_out_those_of_0()
    {
        Dataset data = Dataset.FromArrays([1e30f, 7, 1, 7, 3, 7, 6, 7], [0f, 0, 0, 0], 4);
        (float[] means, float[] deviations) = ScalingTests.Learned(data.WithWeights([0, 1, 2, 0.5f]));

        // (1 + 2 · 3 + 0.5 · 6) / 3.5; the second feature is constant.
        const double Mean = 10 / 3.5;
        means.Should().Equal((float)Mean, 7);
        double variance = (((1 - Mean) * (1 - Mean)) + (2 * (3 - Mean) * (3 - Mean)) + (0.5 * (6 - Mean) * (6 - Mean))) / 3.5;
        deviations.Should().Equal((float)Math.Sqrt(variance), 1);

        // A feature that is constant where rows count; and weights of 1 change no bit.
        ScalingTests.Learned(data.WithWeights([0, 0, 1, 0])).Means.Should().Equal(3, 7);
        Dataset digits = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data", "iris.csv"));
        (means, deviations) = ScalingTests.Learned(digits.WithWeights([.. Enumerable.Repeat(1f, digits.Rows)]));
        means.Should().Equal(ScalingTests.Learned(digits).Means);
        deviations.Should().Equal(ScalingTests.Learned(digits).Deviations);

        // Weights of steps are those of outputs: a row counts once, or not at all.
        Dataset steps = Dataset.FromArrays([1f, 2, 3, 100, 200, 300, 5, 6, 7], new float[9], 3).WithWeights([0, 0, 2, 0, 0, 0, 1, 1, 1]);
        ScalingTests.Learned(steps, Shape.Sequence(3, 1)).Means.Should().Equal(4);
        steps.Slice(1, 1).Invoking(d => ScalingTests.Learned(d)).Should().Throw<ArgumentException>().WithMessage("Every weight of the data is 0;*");

        // What is past a length is no step, and its weight does not let the row count.
        Dataset padded = steps.WithWeights([0, 0, 2, 0, 0, 3, 1, 0, 0]).WithLengths([3, 2, 3]);
        ScalingTests.Learned(padded, Shape.Sequence(3, 1)).Means.Should().Equal(4);
        padded.Slice(1, 1).Invoking(d => ScalingTests.Learned(d, Shape.Sequence(3, 1))).Should().Throw<ArgumentException>()
            .WithMessage("Every weight of the data is 0, but for those past a row's length; at least one row must count.*");
    }

    [Fact]
    public void Padded_ids_do_not_count_for_the_balance_though_nobody_says_how_many_features_a_step_has()
    {
        // 2 rows of 3 steps of 2 features; the last step of row 0 is padding.
        Dataset data = Dataset.FromIds(new float[12], [0, 1, 1, 0, 1, 0], 2, rows: 2).WithLengths([2, 3]);
        Dataset same = data.WithInputShape(Shape.Sequence(3, 2));
        data.WithBalancedClasses().Weights.ToArray().Should().Equal(same.WithBalancedClasses().Weights.ToArray());
        data.WithBalancedClasses().Weights[2].Should().Be(0);
    }
}
