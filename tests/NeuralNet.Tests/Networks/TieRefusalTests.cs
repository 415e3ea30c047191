namespace NeuralNet.Tests;

/// <summary>Blocks that cannot be tied, and what is said of them.</summary>
public class TieRefusalTests
{
    [Theory]
    [InlineData("0.weights", "1.weight", false, "There is no block \"0.weights\"; there are \"0.weight\", \"0.bias\", \"1.weight\"*")]
    [InlineData("0.weight", "7.weight", false, "There is no block \"7.weight\"; there are \"0.weight\"*")]
    [InlineData("0.weight", "0.weight", false, "\"0.weight\" cannot be tied to itself.")]
    [InlineData("0.weight", "0.bias", false,
        "0.bias is 0.weight was stated, but the role of \"0.bias\" is Bias, and that of \"0.weight\" Weight; parameters of one role were expected*")]
    [InlineData("3.count", "4.count", false, "*the role of \"4.count\" is Statistic*parameters of one role*")]
    [InlineData("0.weight", "1.weight", false, "1.weight is 0.weight was stated, but 1.weight [3, 2] and 0.weight [2, 3] do not fit: the same " +
        "dimensions were expected. With transposed: true they fit.")]
    [InlineData("0.weight", "2.weight", true, "2.weight is 0.weight transposed was stated, but 2.weight [2, 3] and 0.weight [2, 3] do not fit: two " +
        "dimensions, swapped were expected. Without transposed: true they fit.")]
    [InlineData("0.weight", "5.weight", false, "*5.weight [3, 5] and 0.weight [2, 3] do not fit: the same dimensions were expected.")]
    [InlineData("0.weight", "5.weight", true, "*5.weight [3, 5] and 0.weight [2, 3] do not fit: two dimensions, swapped were expected.")]
    [InlineData("0.bias", "2.bias", true,
        "*2.bias [3] and 0.bias [3] do not fit: two dimensions, swapped were expected. Without transposed: true they fit.")]
    public void A_tie_that_cannot_be_is_refused_with_the_reason(string block, string to, bool transposed, string words) =>
        Refused(builder => builder.Tie(block, to, transposed), words);

    [Fact]
    public void A_block_is_tied_to_one_other_that_is_tied_to_none()
    {
        Refused(
            builder => builder.Tie("0.weight", "2.weight").Tie("1.weight", "2.weight", transposed: true),
            "\"2.weight\" is tied twice: 2.weight is 0.weight, and 2.weight is 1.weight transposed. A block can be tied to one other.");
        Refused(builder => builder.Tie("0.weight", "2.weight").Tie("0.weight", "2.weight"), "\"2.weight\" is tied twice*");
        foreach (bool isFirst in new[] { true, false })
        {
            Refused(
                builder => isFirst ? builder.Tie("0.weight", "1.weight", true).Tie("1.weight", "2.weight", true) : builder.Tie(
                    "1.weight", "2.weight", true).Tie("0.weight", "1.weight", true),
                "2.weight is 1.weight transposed, but 1.weight is 0.weight transposed: tie \"2.weight\" to \"0.weight\", which has the values of " +
                "all.");
        }

        Refused(builder => builder.Tie("0.weight", "2.weight").Tie("2.weight", "0.weight"), "*which has the values of all.");
    }

    [Fact]
    public void Ties_are_the_network_s_and_not_a_branch_s()
    {
        Action build = () => Network.Create(3).Residual(b => b.Dense(3).Dense(3).Tie("0.weight", "1.weight"));
        build.Should().Throw<ArgumentException>()
            .WithMessage("Layer 0: F: ties name blocks by their positions in the whole network; state them on its own builder*");
    }

    [Fact]
    public void Names_are_needed()
    {
        Action block = () => Network.Create(3).Tie(null!, "1.weight"), to = () => Network.Create(3).Tie("0.weight", null!);
        block.Should().Throw<ArgumentNullException>();
        to.Should().Throw<ArgumentNullException>();
    }

    private static void Refused(Func<NetworkBuilder, NetworkBuilder> tie, string words)
    {
        NetworkBuilder builder = Network.Create(2).Dense(3).Dense(2).Dense(3).Add(shape => new Contracts.Probe(shape))
            .Add(shape => new Contracts.Probe(shape)).Dense(5);
        Action build = () => tie(builder).Build();
        build.Should().Throw<ArgumentException>().WithMessage(words);
    }
}
