namespace NeuralNet.Tests.Data;

/// <summary>Data sets whose rows are sequences that differ in length.</summary>
public class SequenceTests
{
    private static Dataset Rows(int rows = 4) =>
        Dataset.FromArrays([.. Enumerable.Range(0, rows * 6).Select(i => (float)i)], [.. Enumerable.Range(0, rows).Select(i => (float)i)], rows);

    private static Dataset Classes(int rows) =>
        Dataset.FromArrays([.. Enumerable.Range(0, rows * 2).Select(i => (float)i)], [.. Enumerable.Range(0, rows).Select(i => i % 2)], 2);

    [Fact]
    public void A_data_set_has_no_lengths_unless_given_and_shares_its_numbers_with_one_that_has()
    {
        Dataset plain = Rows();
        int[] lengths = [1, 3, 2, 6];
        Dataset data = plain.WithLengths(lengths);
        lengths[0] = 5;

        plain.Lengths.IsEmpty.Should().BeTrue();
        data.Lengths.ToArray().Should().Equal(1, 3, 2, 6);
        (data.Inputs == plain.Inputs && data.Desired == plain.Desired).Should().BeTrue();
        data.WithLengths([]).Lengths.IsEmpty.Should().BeTrue();
        data.WithLengths([1, 1, 1, 2]).Lengths.ToArray().Should().Equal(1, 1, 1, 2);
    }

    [Fact]
    public void Rows_keep_their_lengths_wherever_they_go()
    {
        Rows().WithLengths([1, 3, 2, 6]).Select([3, 0, 3]).Lengths.ToArray().Should().Equal(6, 1, 6);
        Rows().WithLengths([1, 3, 2, 6]).Slice(1, 2).Lengths.ToArray().Should().Equal(3, 2);
        Rows().Slice(1, 2).Lengths.IsEmpty.Should().BeTrue();
        Rows().Select([1]).Lengths.IsEmpty.Should().BeTrue();

        // The length of a row follows from its first input, so that it can be told which one it was.
        Dataset data = Classes(20).WithLengths([.. Enumerable.Range(0, 20).Select(row => 1 + (row / 3 % 2))]);
        (Dataset train, Dataset test) = data.WithClassNames("even", "odd").Split(0.3, seed: 5);
        foreach (Dataset part in new[] { train, test })
        {
            part.Lengths.Length.Should().Be(part.Rows);
            for (int row = 0; row < part.Rows; row++)
                part.Lengths[row].Should().Be(1 + ((int)part.InputRow(row)[0] / 2 / 3 % 2));
        }

        test.Lengths.ToArray().Distinct().Should().HaveCount(2);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused_with_words()
    {
        Dataset data = Rows();
        data.Invoking(d => d.WithLengths([1, 2, 3]))
            .Should().Throw<ArgumentException>().WithMessage("Expected a length for each of 4 rows, but got 3.*");
        data.Invoking(d => d.WithLengths([1, 2, 0, 3]))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("Row 2 has length 0, expected 1 … 6*");
        data.Invoking(d => d.WithLengths([1, 2, -1, 3])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Row 2 has length -1,*");
        data.Invoking(d => d.WithLengths([1, 7, 1, 3]))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("Row 1 has length 7, expected 1 … 6*");
    }

    [Fact]
    public void A_scaling_learns_the_features_of_a_step_from_real_steps_alone()
    {
        // Two features, three steps; the padding is as wrong as can be.
        Dataset data = Dataset.FromArrays([1f, 10, 1e30f, 1e30f, -1e30f, 7, 3, 30, 5, 20, -1e30f, 5], [0f, 1], 2).WithLengths([1, 2]);
        Network network = Network.Create(Shape.Sequence(3, 2)).Standardize(data).Build();

        network.Parameter("0.mean").ToArray().Should().Equal(3, 20);
        float[] deviations = [(float)Math.Sqrt(8 / 3.0), (float)Math.Sqrt(200 / 3.0)];
        network.Parameter("0.deviation").ToArray().Should().Equal(deviations);

        float[] scaled = new float[12];
        using Workspace workspace = network.CreateWorkspace(2, training: false);
        network.Predict(new Batch { Rows = 2, Inputs = data.Inputs, Lengths = data.Lengths }, scaled, workspace);
        scaled.Should().Equal(-2 / deviations[0], -10 / deviations[1], 0, 0, 0, 0, 0, 10 / deviations[1], 2 / deviations[0], 0, 0, 0);
    }

    [Fact]
    public void Without_lengths_a_scaling_learns_from_all_steps()
    {
        Dataset data = Dataset.FromArrays([1f, 2, 3, 4, 5, 9], [0f, 1], 2);
        Network network = Network.Create(Shape.Sequence(3, 1)).Standardize(data).Build();

        network.Parameter("0.mean").ToArray().Should().Equal(4);
        network.Predict(data.Inputs)[5].Should().Be(5 / (float)Math.Sqrt(40 / 6.0));
    }

    [Fact]
    public void A_feature_that_is_constant_in_real_steps_becomes_0()
    {
        Dataset data = Dataset.FromArrays([0.1f, 5, 0.1f, 0.1f, 0.1f, 0.1f], [0f, 1], 2).WithLengths([1, 3]);
        (float[] means, float[] deviations) = ScalingTests.Learned(data, Shape.Sequence(3, 1));

        means.Should().Equal(0.1f);
        deviations.Should().Equal(1);
    }
}
