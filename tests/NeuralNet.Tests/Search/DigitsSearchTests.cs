namespace NeuralNet.Tests.Search;

/// <summary>A search as people do it: the rate, the width and the activation of a network that reads digits.</summary>
public class DigitsSearchTests
{
    private const int Epochs = 9;

    private static readonly SearchSpace space =
        new SearchSpace().Choice("rate", 1e-4, 1e-3, 1e-2).Choice("width", 8, 24, 64).Choice("activation", "relu", "sigmoid");

    private static readonly Dataset digits = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data/digits.csv.gz"), classes: 10);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Successive_halving_finds_the_best_of_a_grid_for_a_third_of_the_epochs(long seed)
    {
        (Dataset train, Dataset validation) = digits.Split(testFraction: 0.4, seed);
        SettingsSearch search = new(space) { Seed = seed };
        SearchResult grid = search.Grid(Epochs, Train);
        int count = (int)space.Count!;
        SearchResult one = search.SuccessiveHalving(count, fromEpochs: 1, toEpochs: Epochs, Train);
        SearchResult two = new SettingsSearch(space) { Seed = seed, Threads = 2 }.SuccessiveHalving(count, fromEpochs: 1, toEpochs: Epochs, Train);

        $"{one.Best.Settings}".Should().Be($"{grid.Best.Settings}", "{0}\n{1}", grid, one);
        one.Best.Measure.Should().Be(grid.Best.Measure, "it was trained as in the grid, in three parts");
        grid.Epochs.Should().Be(18 * Epochs);
        one.Epochs.Should().BeLessThanOrEqualTo(grid.Epochs / 3);
        two.Table().Should().Be(one.Table());

        // All trials begin with the same weights, so that they differ in their settings alone.
        double Train(Trial trial)
        {
            Activation activation = trial.Text("activation") == "relu" ? Activation.Relu : Activation.Sigmoid;
            Trainer trainer = trial.Keep(() =>
            {
                Network network = Network.Create(64).Dense(trial.Whole("width"), activation).Dense(10, Activation.Softmax).Build(seed);
                return new Trainer(network, Divergence.CrossEntropy, new Adam((float)trial.Number("rate"))) { Seed = seed };
            });
            trainer.Fit(train, trial.Epochs, cancellationToken: trial.CancellationToken);
            return trainer.Evaluate(validation).Divergence;
        }
    }
}
