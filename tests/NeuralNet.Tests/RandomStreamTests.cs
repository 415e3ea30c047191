namespace NeuralNet.Tests;

public class RandomStreamTests
{
    [Fact]
    public void A_number_depends_on_its_key_alone_and_on_every_part_of_it()
    {
        var stream = new RandomStream(5);
        uint bits = stream.Fork(1).AtStep(2).Bits(3, 4);
        stream.AtStep(2).Fork(1).Bits(3, 4).Should().Be(bits);
        new[]
        {
            new RandomStream(6).Fork(1).AtStep(2).Bits(3, 4), stream.Fork(2).AtStep(2).Bits(3, 4), stream.Fork(1).AtStep(3).Bits(3, 4),
            stream.Fork(1).AtStep(2).Bits(4, 4), stream.Fork(1).AtStep(2).Bits(3, 5), stream.AtStep(2).Bits(3, 4),
            stream.Fork(1).Fork(1).AtStep(2).Bits(3, 4),
            stream.Fork(1).AtStep(2L + (1L << 32)).Bits(3, 4),
        }.Should().NotContain(bits).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Uniform_numbers_are_in_0_to_1_with_the_right_mean_and_variance()
    {
        var stream = new RandomStream(1);
        double sum = 0, squares = 0;
        const int Count = 100_000;
        for (int i = 0; i < Count; i++)
        {
            float u = stream.Uniform(i / 100, i % 100);
            u.Should().BeInRange(0, 0.99999994f);
            sum += u;
            squares += (double)u * u;
        }

        // Five standard errors.
        (sum / Count).Should().BeApproximately(0.5, 5 * Math.Sqrt(1 / 12.0 / Count));
        (squares / Count).Should().BeApproximately(1 / 3.0, 5 * Math.Sqrt(4 / 45.0 / Count));
    }

    [Fact]
    public void A_permutation_has_every_number_once_and_differs_from_step_to_step()
    {
        int[] first = new int[1000], second = new int[1000], again = new int[1000];
        new RandomStream(1).AtStep(1).Permute(first);
        new RandomStream(1).AtStep(2).Permute(second);
        new RandomStream(1).AtStep(1).Permute(again);
        first.Order().Should().Equal(Enumerable.Range(0, 1000));
        first.Should().Equal(again).And.NotEqual(second);
        new RandomStream(1).Permute([]);
    }

    [Fact]
    public void Streams_are_equal_if_they_give_the_same_numbers()
    {
        (new RandomStream(1) == new RandomStream(1)).Should().BeTrue();
        (new RandomStream(1) != new RandomStream(2)).Should().BeTrue();
        new RandomStream(1).AtStep(1).Equals((object)new RandomStream(1)).Should().BeFalse();
        new RandomStream(1).GetHashCode().Should().Be(new RandomStream(1).GetHashCode());
    }
}
