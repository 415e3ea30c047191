namespace NeuralNet.Tests.Search;

public class SearchSpaceTests
{
    private static readonly SearchSpace grid =
        new SearchSpace().Choice("width", 16, 32, 64).Choice("rate", 0.1, 0.01).Choice("activation", "relu", "tanh");

    private static readonly SearchSpace ranges = new SearchSpace().LogUniform("rate", 1e-4, 1e-1).Uniform("dropout", 0, 0.5).Whole("layers", 1, 3);

    [Fact]
    public void A_grid_has_all_settings_the_last_name_changing_fastest()
    {
        grid.Count.Should().Be(12);
        TrialSettings[] all = grid.Grid();
        all.Select(one => $"{one}").Should().OnlyHaveUniqueItems().And.HaveCount(12);
        all.Take(3).Select(one => $"{one}").Should().Equal(
            "width 16, rate 0.1, activation relu", "width 16, rate 0.1, activation tanh", "width 16, rate 0.01, activation relu");
        $"{all[^1]}".Should().Be("width 64, rate 0.01, activation tanh");
    }

    [Fact]
    public void A_range_of_numbers_is_in_no_grid()
    {
        ranges.Count.Should().BeNull();
        Action make = () => ranges.Grid();
        make.Should().Throw<InvalidOperationException>()
            .WithMessage("A grid takes some values of each setting, but \"rate\" is a range, 0.0001 … 0.1*");
        new SearchSpace().Whole("a", -1, 1).Grid().Select(one => one.Whole("a")).Should().Equal(-1, 0, 1);
        Action large = () => new SearchSpace().Whole("a", 1, 2048).Whole("b", 1, 2048).Grid();
        large.Should().Throw<InvalidOperationException>().WithMessage("The grid would have more than 1,048,576 settings*");
    }

    [Fact]
    public void Settings_are_drawn_by_seed_and_index_alone()
    {
        string[] twenty = Draw(ranges, 1, 20);
        Draw(ranges, 1, 50).Take(20).Should().Equal(twenty);
        Draw(ranges, 2, 20).Should().NotIntersectWith(twenty);
        Draw(grid, 1, 30).Take(20).Should().Equal(Draw(grid, 1, 20));

        static string[] Draw(SearchSpace space, long seed, int trials) => [.. space.Draw(seed, trials).Select(one => $"{one}")];
    }

    [Fact]
    public void Of_few_settings_all_are_drawn_before_one_comes_again()
    {
        string[] drawn = [.. grid.Draw(5, 24).Select(one => $"{one}")];
        drawn[..12].Should().OnlyHaveUniqueItems().And.NotEqual(grid.Grid().Select(one => $"{one}"));
        drawn[12..].Should().OnlyHaveUniqueItems().And.NotEqual(drawn[..12]);
    }

    [Fact]
    public void Ranges_are_drawn_as_they_say()
    {
        TrialSettings[] drawn = ranges.Draw(3, 4000);
        foreach ((double from, double to) in new[] { (1e-4, 1e-3), (1e-3, 1e-2), (1e-2, 1e-1) })
            drawn.Count(one => one.Number("rate") >= from && one.Number("rate") < to).Should().BeInRange(1233, 1433, "each decade has a third");
        foreach (double from in new[] { 0, 0.1, 0.2, 0.3, 0.4 })
            drawn.Count(one => one.Number("dropout") >= from && one.Number("dropout") < from + 0.1).Should().BeInRange(700, 900);
        drawn.CountBy(one => one.Whole("layers")).Should().HaveCount(3).And.OnlyContain(count => count.Value > 1200 && count.Value < 1466);
        drawn.Should().OnlyContain(one => one.Number("rate") >= 1e-4 && one.Number("rate") <= 1e-1 && one.Number("dropout") <= 0.5);
        drawn.Select(one => one.Number("rate")).Should().OnlyContain(rate => rate == double.Parse(rate.ToString("G6", null), null), "six digits");

        // Settings do not hang together.
        double rate = drawn.Average(one => Math.Log10(one.Number("rate"))), dropout = drawn.Average(one => one.Number("dropout"));
        drawn.Average(one => (Math.Log10(one.Number("rate")) - rate) * (one.Number("dropout") - dropout)).Should().BeApproximately(0, 0.01);
    }

    [Fact]
    public void Values_are_read_as_what_they_are()
    {
        TrialSettings settings = grid.Grid()[0];
        settings.Whole("width").Should().Be(16);
        settings.Number("width").Should().Be(16);
        settings.Number("rate").Should().Be(0.1);
        settings.Text("activation").Should().Be("relu");
        settings["rate"].Should().Be(0.1);
        settings.Select(one => one.Key).Should().Equal("width", "rate", "activation");

        Refused(() => settings.Whole("rate"), "Setting \"rate\" was asked for as a whole number, but it is a number, 0.1; Number(\"rate\") reads*");
        Refused(() => settings.Number("activation"), "*as a number, but it is a text, relu; Text(\"activation\") reads it.*");
        Refused(() => settings.Text("width"), "*as a text, but it is a whole number, 16; Whole(\"width\") reads it.*");
        Refused(() => _ = settings["depth"], "There is no setting \"depth\"; there are \"width\", \"rate\", \"activation\".*");
    }

    [Fact]
    public void Nonsense_is_refused()
    {
        var space = new SearchSpace().Choice("a", 1, 2);
        Refused(() => space.Choice("a", 1, 2), "There is a setting \"a\" already.*");
        Refused(() => space.Choice("", 1), "*");
        Refused(() => space.Choice("b", ReadOnlySpan<int>.Empty), "Expected at least one value.*");
        Refused(() => space.Choice("b", 0.5, 0.5), "The value 0.5 is given twice.*");
        Refused(() => space.Choice("b", 0.5, double.NaN), "Expected finite values of \"b\", but got NaN.*");
        Refused(() => space.Whole("b", 3, 2), "*from 3 on; its end must be no less*");
        Refused(() => space.Uniform("b", 1, 1), "*from 1 on; it must end at a finite number above*");
        Refused(() => space.Uniform("b", double.NaN, 1), "*must begin at a finite number*");
        Refused(() => space.LogUniform("b", 0, 1), "*logarithmic; it must begin above 0*");
        space.Names.Should().Equal("a");
    }

    [Fact]
    public void A_space_in_words_has_all_of_it() =>
        $"{ranges.Choice("activation", "relu", "tanh").Choice("width", 8, 16)}".Should().Be(
            "rate: 0.0001 … 0.1, logarithmic; dropout: 0 … 0.5, uniform; layers: 1 … 3; activation: \"relu\" | \"tanh\"; width: 8 | 16");

    private static void Refused(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);
}
