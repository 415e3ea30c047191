namespace NeuralNet.Tests.Models;

/// <summary>Training, files, refusals.</summary>
public class TableModelTests
{
    private static readonly TableTraining tiny = new() { Hidden = [3], Members = 2, Epochs = 3, Columns = RealTables.CarColumns };

    [Fact]
    public void The_bits_do_not_depend_on_threads_or_machine_and_a_file_predicts_by_itself()
    {
        // Reference/cars.safetensors is what this training saved on another machine.
        byte[] expected = File.ReadAllBytes(RealTables.Place("cars.safetensors"));
        Bytes(TableModel.Train(RealTables.Cars, "mpg", settings: tiny)).Should().Equal(expected);
        Bytes(TableModel.Train(RealTables.Cars, "mpg", settings: tiny with { Threads = 3 })).Should().Equal(expected);
        Bytes(TableModel.Train(RealTables.Cars, "mpg", settings: tiny with { Progress = new Nobody() })).Should().Equal(expected);

        Bytes(TableModel.Train(RealTables.Penguins, "species", settings: tiny with { Columns = [] }))
            .Should().Equal(File.ReadAllBytes(RealTables.Place("penguins.safetensors")));
        TableModel loaded = TableModel.Load(RealTables.Place("cars.safetensors"));
        loaded.Schema.Columns.Should().HaveCount(7);
        (string, TableValue)[] car =
            [("cylinders", 4), ("displacement", 97), ("weight", 2130), ("acceleration", 14.5), ("year", 70), ("origin", 3), ("horsepower", 88)];
        float mpg = loaded.Predict(car);
        float trained = TableModel.Train(RealTables.Cars, "mpg", settings: tiny).Predict(car);
        BitConverter.SingleToInt32Bits(mpg).Should().Be(BitConverter.SingleToInt32Bits(trained));
        mpg.Should().BeInRange(10, 40);
        loaded.Histories.Should().BeEmpty();
        loaded.Invoking(model => model.Report).Should().Throw<InvalidOperationException>()
            .WithMessage("The model was not trained in this process, and has no report*Evaluate(table)*");
        loaded.Invoking(model => model.History).Should().Throw<InvalidOperationException>().WithMessage("*no history*");
        loaded.ToString().Should().StartWith("TableModel of mpg from 7 columns: Network Features(");
    }

    [Fact]
    public void Another_seed_gives_another_model_and_the_mean_of_members_is_what_they_say()
    {
        Table cars = RealTables.Cars;
        TableModel one = TableModel.Train(cars, "mpg", settings: tiny), other = TableModel.Train(cars, "mpg", settings: tiny with { Seed = 1 });
        Bytes(one).Should().NotEqual(Bytes(other));
        one.Histories.Should().HaveCount(2);
        one.History.Epochs.Should().HaveCount(3);

        // Without rows held out the first member of two is the only one of one.
        TableTraining all = tiny with { ValidationFraction = 0, TestFraction = 0, WeightDecay = 0 };
        TableModel first = TableModel.Train(cars, "mpg", settings: all with { Members = 1 });
        TableModel both = TableModel.Train(cars, "mpg", settings: all);
        both.Histories[0].Epochs.Select(epoch => epoch.TrainingDivergence)
            .Should().Equal(first.History.Epochs.Select(epoch => epoch.TrainingDivergence));
        Network branch = both.Network;
        branch.Layers.Select(layer => layer.Kind).Should().Equal("Standardize", "Branches", "Standardize", "Standardize");
        first.Network.Layers.Select(layer => layer.Kind).Should().Equal("Standardize", "Dense", "Dense", "Standardize");
        foreach (string name in (string[])["1.weight", "1.bias", "2.weight", "2.bias"])
            branch.Parameter($"1.0.{int.Parse(name[..1]) - 1}{name[1..]}").ToArray().Should().Equal(first.Network.Parameter(name).ToArray());

        both.Evaluate(cars).RootMeanSquareError.Should().BeApproximately(Math.Sqrt(both.Predict(cars).Select((said, row) =>
            Math.Pow(said - cars["mpg"].Numbers[row], 2)).Average()), 1e-4);
    }

    [Fact]
    public void Categories_with_many_values_are_looked_up_by_each_member()
    {
        Table table = Small.Houses(240).Without("id", "kind").With(
            TableColumn.OfTexts("street", [.. Enumerable.Range(0, 240).Select(i => $"s{i % 40}")]));
        TableModel model = TableModel.Train(table, "price", settings: Small.Quick);
        model.Schema["street"].Should().BeOfType<CategoryColumn>().Which.Dimensions.Should().BePositive();
        string path = Path.GetTempFileName();
        try
        {
            model.Save(path);
            TableModel again = TableModel.Load(path);
            again.Predict(table).Should().Equal(model.Predict(table));
        }
        finally
        {
            File.Delete(path);
        }

        model.Report.Evaluation!.R2.Should().BeGreaterThan(0.8);
    }

    [Fact]
    public void Settings_are_followed_and_observers_see_each_member()
    {
        var seen = new Counter();
        TableModel model = TableModel.Train(
            Small.Houses(), "price", hidden: [], settings: Small.Quick with { Observers = [seen], Threads = 2, Members = 3, Epochs = 2 });
        (seen.Starts, seen.Epochs).Should().Be((3, 6));
        model.Network.Summary().Should().NotContain("Silu");
        TableModel.Train(Small.Houses(), "price", settings: Small.Quick with { Dropout = 0.2f }).Network.Summary().Should().Contain("Dropout");
        TableTraining endless = Small.Quick with { TimeLimit = TimeSpan.FromSeconds(2), Epochs = 1_000_000, Patience = 1_000_000 };
        TableModel.Train(Small.Houses(), "price", settings: endless)
            .Histories.Should().OnlyContain(history => history.Epochs.Count < 1_000_000);
        FluentActions.Invoking(() => TableModel.Train(Small.Houses(20_000), "price", settings: endless with { TimeLimit = TimeSpan.FromTicks(1) }))
            .Should().Throw<TimeoutException>().WithMessage("The time limit of 00:00:00.0000001 was over before an epoch was*");

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        FluentActions.Invoking(() => TableModel.Train(Small.Houses(), "price", settings: Small.Quick, cancellationToken: cancelled.Token))
            .Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => TableModel.Train(
                Small.Houses(), "price", settings: Small.Quick with { Threads = 2 }, cancellationToken: cancelled.Token))
            .Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Few_missing_values_have_no_indicator_and_many_have_one()
    {
        TableModel cars = TableModel.Train(RealTables.Cars, "mpg", settings: tiny);
        ((NumberColumn)cars.Schema["horsepower"]).Indicator.Should().BeFalse("6 of 398 are missing");
        ((NumberColumn)Small.Price.Schema["rooms"]).Indicator.Should().BeTrue("each thirteenth is");
        TableTraining stated = tiny with { Columns = [.. RealTables.CarColumns, new NumberColumn("horsepower") { Indicator = true }] };
        ((NumberColumn)TableModel.Train(RealTables.Cars, "mpg", settings: stated).Schema["horsepower"]).Indicator.Should().BeTrue();
    }

    [Fact]
    public void What_cannot_be_learned_is_refused_in_words()
    {
        Table houses = Small.Houses();
        Refuses(houses, "prise", "The table has no column \"prise\"; did you mean \"price\"?*");
        Refuses(houses.Slice(0, 9), "price", "Expected at least 10 rows with a value of \"price\", but got 9.*");
        Refuses(houses.With(TableColumn.OfTexts("kind", new string?[200])), "kind", "Each of 200 rows lacks its target, \"kind\"*");
        Table same = houses.With(TableColumn.OfTexts("kind", [.. Enumerable.Repeat("flat", 200)]));
        Refuses(same, "kind", "*expected 2 to * classes, but it has 1, flat*");
        Refuses(houses, "id", "Target \"id\" has * different texts in * rows*hardly classes*");
        Refuses(houses.Only("price"), "price", "No column has a feature*");
        FluentActions.Invoking(() => TableModel.Train(houses, "price", hidden: [8, 0])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => TableModel.Train(houses.Slice(0, 10), "price", settings: new() { TestFraction = 0.9 }))
            .Should().Throw<ArgumentException>().WithMessage("Of 10 rows a test fraction of 0.9 leaves 1 to learn from; expected at least 5.*");
        TableModel few = TableModel.Train(houses.Slice(0, 10), "price", settings: new() { Epochs = 2 });
        (few.Report.TrainRows, few.Report.TestRows, few.Histories.Count).Should().Be((8, 2, 5));
        FluentActions.Invoking(() => TableModel.Train(houses, (string[])[])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new TableTraining { TestFraction = 1 }).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Expected a fraction from 0 to below 1.*");
        FluentActions.Invoking(() => new TableTraining { ValidationFraction = 0.6 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new TableTraining { Members = 101 }).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Expected at most 100.*");
        FluentActions.Invoking(() => new TableTraining { TimeLimit = TimeSpan.Zero }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => TableModel.FromNetwork(Network.Create(2).Dense(1).Build())).Should().Throw<InvalidDataException>()
            .WithMessage("The network has no schema*");
        $"{new TableTraining()}".Should().Be(
            "(by rows) members, hidden by rows, up to (by rows) epochs of batches of (by rows), AdamW (by rows), decay 0.1, seed 0");

        static void Refuses(Table table, string target, string words) =>
            FluentActions.Invoking(() => TableModel.Train(table, target, settings: Small.Quick)).Should().Throw<ArgumentException>()
                .WithMessage(words);
    }

    [Fact]
    public void A_class_of_one_row_is_for_training_and_rows_without_a_target_are_left_out()
    {
        string?[] kinds = [.. Enumerable.Range(0, 200).Select(i => i % 50 == 3 ? null : i % 2 == 0 ? "flat" : "house")];
        kinds[0] = "castle";
        Table table = Small.Houses().With(TableColumn.OfTexts("kind", kinds));
        for (int seed = 0; seed < 6; seed++)
        {
            TableModel model = TableModel.Train(table, "kind", settings: Small.Quick with { Seed = seed, Epochs = 2 });
            model.Schema.ClassNames.Should().Equal("castle", "flat", "house");
            model.Report.RowsWithoutTarget.Should().Be(4);
            (model.Report.TrainRows + model.Report.TestRows).Should().Be(196);
        }
    }

    private static byte[] Bytes(TableModel model)
    {
        using var file = new MemoryStream();
        model.Network.Save(file);
        return file.ToArray();
    }

    private sealed class Nobody : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
        }
    }

    private sealed class Counter : ITrainingObserver
    {
        public int Starts { get; private set; }

        public int Epochs { get; private set; }

        public void OnStart(TrainingStart start) => Starts++;

        public void OnEpoch(Trainer trainer, EpochResult epoch) => Epochs++;
    }
}
