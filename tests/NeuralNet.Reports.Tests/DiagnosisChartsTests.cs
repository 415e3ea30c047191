namespace NeuralNet.Reports.Tests;

public class DiagnosisChartsTests
{
    private static readonly Dataset data = Trained.Sectors(3, 60, seed: 1);

    [Fact]
    public void An_xray_has_a_line_for_each_layer_and_one_of_units_where_they_can_be_idle()
    {
        (XRay xray, Trainer trainer) = Watched(Network.Create(2).Dense(8, Activation.Relu).Dense(3, Activation.Softmax).Build(1));
        using (trainer)
        {
            var svg = new Svg(Charts.XRay(xray));

            svg.ShouldHaveRoomForItsTexts();
            foreach (string text in (string[])["How far weights move in a step", "Dead or saturated units", "0 (Dense)", "1 (Dense)"])
                svg.Texts.Should().Contain(label => label.Text == text);
            string page = new TrainingReport(trainer, data) { XRay = xray }.ToHtml();
            page.Should().Contain("X-ray").And.Contain("Nothing was found.").And.Contain("How far weights move in a step");
        }

        (xray, trainer) = Watched(Network.Create(2).Dense(3, Activation.Softmax).Build(1));
        using (trainer)
            new Svg(Charts.XRay(xray)).Texts.Select(label => label.Text).Should().NotContain("Dead or saturated units");
    }

    [Fact]
    public void Of_many_layers_six_are_shown_and_of_none_there_is_no_chart()
    {
        NetworkBuilder deep = Network.Create(2);
        for (int k = 0; k < 9; k++)
            deep = deep.Dense(4, Activation.Tanh);
        (XRay xray, Trainer trainer) = Watched(deep.Dense(3, Activation.Softmax).Build(1));
        using (trainer)
        {
            IEnumerable<string> names = new Svg(Charts.XRay(xray)).Texts.Select(label => label.Text).Where(text => text.Contains("(Dense)"));
            names.Should().HaveCount(2 * 6, "in each of two charts").And.Contain("0 (Dense)").And.Contain("9 (Dense)");
        }

        FluentActions.Invoking(() => Charts.XRay(new XRay())).Should().Throw<ArgumentException>().WithMessage("Expected at least one reading*");
    }

    [Fact]
    public void A_test_of_rates_shows_the_rate_that_it_proposes()
    {
        using Trainer trainer = Trained.Classifier(3, data, epochs: 0);
        RateTest test = RateTest.Run(trainer, data, steps: 60);
        var svg = new Svg(Charts.Rates(test));
        svg.ShouldHaveRoomForItsTexts();
        svg.Texts.Should().Contain(label => label.Text.StartsWith("proposed: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_search_shows_each_trial_and_which_is_the_best()
    {
        SearchResult result = new SettingsSearch(new SearchSpace().Choice("width", 1, 2, 3, 4)).SuccessiveHalving(
            trials: 4, fromEpochs: 1, toEpochs: 4, trial => (5.0 - trial.Whole("width")) / trial.TotalEpochs, factor: 2);
        var svg = new Svg(Charts.Search(result));
        svg.ShouldHaveRoomForItsTexts();
        foreach (string text in (string[])["4 trials", "others", "best: width 4"])
            svg.Texts.Should().Contain(label => label.Text == text);
    }

    private static (XRay XRay, Trainer Trainer) Watched(Network network)
    {
        var xray = new XRay(every: 1);
        var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)) { Observers = [xray] };
        trainer.Fit(data, epochs: 3);
        return (xray, trainer);
    }
}
