namespace NeuralNet.Tests.Models;

/// <summary>What a model says of records, in all the ways that one may ask.</summary>
public class TablePredictionTests
{
    [Fact]
    public void A_number_is_a_float_in_its_own_unit_however_the_record_is_given()
    {
        float price = Small.Price.Predict(("rooms", 3), ("district", "north"), ("garden", "no"));
        price.Should().BeApproximately(320_000, 40_000);
        Small.Price.Predict(("garden", "no"), ("district", "north"), ("rooms", 3)).Value.Should().Be(price);
        var objects = new Dictionary<string, object?> { ["rooms"] = 3, ["district"] = "north", ["garden"] = "no" };
        Small.Price.Predict(objects).Value.Should().Be(price);
        var values = new Dictionary<string, TableValue> { ["rooms"] = 3, ["district"] = "north", ["garden"] = false };
        Small.Price.Predict(values).Value.Should().Be(price);
        Small.Price.Predict(new House(3, "north", "no"), House.Columns).Value.Should().Be(price);
        var table = new Table(
            TableColumn.OfTexts("garden", "no", "no"), TableColumn.OfNumbers("rooms", 3, 1), TableColumn.OfTexts("district", "north", "south"));
        TablePrediction[] both = Small.Price.Predict(table);
        both[0].Value.Should().Be(price);
        both[1].Value.Should().Be(Small.Price.Predict(("rooms", 1), ("district", "south"), ("garden", "no")));
        Small.Price.PredictTable(table, threads: 2)["price"].Numbers.ToArray().Should().Equal(both.Select(prediction => (double)prediction.Value));

        both[0]["price"].Should().Be(price);
        both[0].ToString().Should().MatchRegex(@"^price \d+(\.\d+)?$");
        both[0].Should().Be(Small.Price.Predict(table.Slice(0, 1))[0]).And.NotBe(both[1]);
        both[0].Invoking(one => one.Class).Should().Throw<InvalidOperationException>().WithMessage("The model has no classes*prediction[\"price\"]*");
        both[0].Invoking(one => one.Probability("price")).Should().Throw<InvalidOperationException>().WithMessage("\"price\" is a number*");
        both[0].Invoking(one => one["prise"]).Should().Throw<ArgumentException>()
            .WithMessage("The model predicts no \"prise\"; did you mean \"price\"?*");
    }

    [Fact]
    public void A_class_has_a_name_and_all_have_probabilities()
    {
        TablePrediction said = Small.Kind.Predict(("rooms", 6), ("district", "south"), ("garden", "yes"));
        said.Class.Should().Be("villa");
        said.Values.ToArray().Sum().Should().BeApproximately(1, 1e-5f);
        said.Probability("villa").Should().Be(said.Values[2]).And.Be(said["villa"]).And.BeGreaterThan(0.5f);
        said.ToString().Should().MatchRegex(@"^kind villa \(\d\.\d\d\)$");
        said.Invoking(one => (float)one).Should().Throw<InvalidOperationException>().WithMessage("*one of the classes flat, house, villa*");
        said.Invoking(one => one.Probability("vila")).Should().Throw<ArgumentException>().WithMessage("*did you mean \"villa\"?*");

        Table told = Small.Kind.PredictTable(Small.Houses());
        told.Columns.Select(column => column.Name).Should().Equal("kind", "kind=flat", "kind=house", "kind=villa");
        told["kind"][5].ToString().Should().Be("villa");
    }

    [Fact]
    public void A_question_has_the_probability_of_yes_and_an_answer()
    {
        TablePrediction said = Small.Garden.Predict(("rooms", 3));
        float yes = said;
        yes.Should().BeInRange(0, 1);
        said.Probability("yes").Should().Be(yes);
        said.Probability("no").Should().Be(1 - yes);
        said["garden"].Should().Be(yes);
        said.Class.Should().Be(yes >= 0.5f ? "yes" : "no");
        said.Invoking(one => one["maybe"]).Should().Throw<ArgumentException>().WithMessage("\"maybe\" is no answer: expected yes or no.*");
        Small.Garden.PredictTable(Small.Houses(20)).Columns.Select(column => column.Name).Should().Equal("garden", "garden=yes");
    }

    [Fact]
    public void Several_numbers_are_asked_for_by_name()
    {
        Table table = Small.Houses().Without("kind").With(TableColumn.OfNumbers(
            "rent", [.. Small.Houses()["price"].Numbers.ToArray().Select(price => price / 300)]));
        TableModel model = TableModel.Train(table, ["price", "rent"], settings: Small.Quick);
        TablePrediction said = model.Predict(("rooms", 3), ("district", "north"), ("garden", "no"));
        said["price"].Should().BeApproximately(320_000, 60_000);
        said["rent"].Should().BeApproximately(1067, 200);
        said.Values.Length.Should().Be(2);
        said.ToString().Should().MatchRegex(@"^price [\d.]+, rent [\d.]+$");
        said.Invoking(one => one.Value).Should().Throw<InvalidOperationException>()
            .WithMessage("The model has 2 targets: take prediction[\"price\"].");
        $"{model.Report}".Should().StartWith("Model of price, rent (a number)");
    }

    [Fact]
    public void Missing_and_unseen_values_are_treated_as_the_schema_says_and_slips_are_refused()
    {
        float.IsFinite(Small.Price.Predict()).Should().BeTrue("all columns may be missing");
        float.IsFinite(Small.Price.Predict(("district", "nowhere"), ("price", 5), ("id", "h1"))).Should().BeTrue();
        Invoking(("room", 3)).Should().Throw<ArgumentException>().WithMessage("The schema has no column \"room\"; did you mean \"rooms\"?*");
        Invoking(("rooms", 3), ("rooms", 4)).Should().Throw<ArgumentException>().WithMessage("The record has \"rooms\" twice.*");
        Invoking(("rooms", "three")).Should().Throw<ArgumentException>().WithMessage("\"rooms\": expected a number, but got \"three\".*");
        Small.Price.Invoking(model => model.Predict(new Dictionary<string, object?> { ["rooms"] = new Version(1, 2) }))
            .Should().Throw<ArgumentException>().WithMessage("\"rooms\": Expected a number, a text*");
        Small.Price.Invoking(model => model.Predict(new Table(TableColumn.OfNumbers("rooms", 1)))).Should().Throw<ArgumentException>()
            .WithMessage("The column \"district\", which the schema has, is not there*");
        default(TablePrediction).ToString().Should().Be("no prediction");
        FluentActions.Invoking(() => default(TablePrediction).Value).Should().Throw<InvalidOperationException>();

        static Action Invoking(params (string, TableValue)[] record) => () => Small.Price.Predict(record);
    }

    [Fact]
    public void A_prediction_allocates_its_answer_and_nothing_else()
    {
        float sum = 0;
        var house = new House(3, "north", "no");
        for (int i = 0; i < 100; i++)
            Ask();

        // The runtime itself allocates now and then when it compiles anew what is often called: of several rounds the least counts.
        const int Times = 1000;
        long bytes = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Times; i++)
                Ask();
            bytes = Math.Min(bytes, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        // An array of one float is 24 bytes and its value, rounded up.
        (bytes / (2.0 * Times)).Should().BeLessThanOrEqualTo(32);
        sum.Should().NotBe(0);

        void Ask()
        {
            sum += Small.Price.Predict(("rooms", 3), ("district", "north"), ("garden", "no"));
            sum += Small.Price.Predict(house, House.Columns);
        }
    }

    [Fact]
    public void Many_threads_get_the_same_answers()
    {
        float[] alone = [.. Enumerable.Range(1, 6).Select(rooms => (float)Small.Price.Predict(("rooms", rooms), ("district", "north")))];
        var wrong = 0;
        Parallel.For(0, 2000, i =>
        {
            if (Small.Price.Predict(("rooms", 1 + (i % 6)), ("district", "north")).Value != alone[i % 6])
                Interlocked.Increment(ref wrong);
        });
        wrong.Should().Be(0);
        Table table = Small.Houses(3000);
        Small.Price.Predict(table, threads: 3).Should().Equal(Small.Price.Predict(table));
    }
}
