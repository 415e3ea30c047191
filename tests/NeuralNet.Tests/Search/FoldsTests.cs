namespace NeuralNet.Tests.Search;

public class FoldsTests
{
    private static readonly float[] half = [0, 1];

    // Each row's input is its number, so that rows can be told apart.
    private static Dataset Numbered(int[] labels, int classes) =>
        Dataset.FromArrays([.. Enumerable.Range(0, labels.Length).Select(row => (float)row)], labels, classes);

    private static Dataset Numbers(int rows) =>
        Dataset.FromArrays([.. Enumerable.Range(0, rows).Select(row => (float)row)], new float[rows], rows);

    private static void ShouldBeAPartition(Folds folds)
    {
        folds.SelectMany(fold => fold.TestRows.ToArray()).Order().Should().Equal(Enumerable.Range(0, folds.Data.Rows));
        foreach (Fold fold in folds)
        {
            fold.TrainRows.ToArray().Concat(fold.TestRows.ToArray()).Order().Should().Equal(Enumerable.Range(0, folds.Data.Rows));
            fold.TestRows.ToArray().Should().BeInAscendingOrder();
            fold.TrainRows.ToArray().Should().BeInAscendingOrder();
        }
    }

    private static int[] CountsOf(Folds folds, Func<int, bool> which) => [.. folds.Select(fold => fold.TestRows.ToArray().Count(which))];

    [Fact]
    public void Stratified_folds_share_rows_and_each_class_evenly()
    {
        var random = new Random(1);
        for (int k = 0; k < 200; k++)
        {
            int classes = random.Next(2, 7), folds = random.Next(2, 8), rows = random.Next(folds, 80);
            int[] labels = [.. Enumerable.Range(0, rows).Select(_ => random.Next(random.Next(1, classes + 1)))];
            Folds made = Folds.Stratified(Numbered(labels, classes), folds, seed: k);
            ShouldBeAPartition(made);
            made.Count.Should().Be(folds);
            for (int c = 0; c < classes; c++)
            {
                int[] counts = CountsOf(made, row => labels[row] == c);
                (counts.Max() - counts.Min()).Should().BeLessThanOrEqualTo(1, "class {0} of {1} rows in {2} folds", c, rows, folds);
            }

            int[] sizes = CountsOf(made, _ => true);
            (sizes.Max() - sizes.Min()).Should().BeLessThanOrEqualTo(1);
        }
    }

    [Fact]
    public void A_seed_gives_the_same_folds_and_another_others()
    {
        Dataset data = TestData.Clouds(60);
        RowsOf(3).Should().Equal(RowsOf(3)).And.NotEqual(RowsOf(4));

        int[] RowsOf(long seed) => [.. Folds.Stratified(data, 4, seed).SelectMany(fold => fold.TestRows.ToArray())];
    }

    [Fact]
    public void A_class_of_fewer_rows_than_folds_is_tested_with_where_it_is()
    {
        Folds folds = Folds.Stratified(Numbered([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], 2), 5);
        ShouldBeAPartition(folds);
        CountsOf(folds, row => row >= 8).Order().Should().Equal(0, 0, 0, 1, 1);
        CountsOf(folds, _ => true).Should().OnlyContain(count => count == 2);
    }

    [Fact]
    public void Without_classes_rows_are_dealt_out_as_they_are_and_not_in_order()
    {
        Folds folds = Folds.Stratified(Numbers(23), 5, seed: 1);
        ShouldBeAPartition(folds);
        CountsOf(folds, _ => true).Order().Should().Equal(4, 4, 5, 5, 5);
        folds[0].TestRows.ToArray().Should().NotEqual([0, 5, 10, 15, 20]);
    }

    [Fact]
    public void A_row_without_a_class_is_of_one_more()
    {
        int[] labels = [0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1];
        Dataset ids = Dataset.FromIds([.. labels.Select((_, i) => (float)i)], labels, classes: 2, rows: 12);
        Folds folds = Folds.Stratified(ids, 4);
        ShouldBeAPartition(folds);
        for (int c = 0; c < 3; c++)
            CountsOf(folds, row => row % 3 == c).Should().Equal(1, 1, 1, 1);
    }

    [Fact]
    public void Several_outputs_are_stratified_by_the_first_with_classes()
    {
        float[] inputs = [.. Enumerable.Range(0, 20).Select(i => (float)i)];
        int[] labels = [.. Enumerable.Range(0, 20).Select(i => i < 5 ? 1 : 0)];
        var both = Dataset.FromOutputs(("size", Dataset.FromArrays(inputs, new float[20], 20)), ("kind", Dataset.FromArrays(inputs, labels, 2)));
        Folds folds = Folds.Stratified(both, 5);
        ShouldBeAPartition(folds);
        CountsOf(folds, row => row < 5).Should().Equal(1, 1, 1, 1, 1);
        folds[0].Test.OutputNames.Should().Equal("size", "kind");
    }

    [Fact]
    public void Every_fold_has_as_many_rows_that_count_and_keeps_weights()
    {
        float[] weights = [.. Enumerable.Range(0, 40).Select(row => row % 4 == 0 ? 2f : 0)];
        Dataset data = Numbers(40).WithWeights(weights);
        Folds folds = Folds.Stratified(data, 5, seed: 2);
        ShouldBeAPartition(folds);
        CountsOf(folds, row => row % 4 == 0).Should().Equal(2, 2, 2, 2, 2);
        folds[0].Test.Weights.ToArray().Count(weight => weight == 2).Should().Be(2);

        Action few = () => Folds.Stratified(data, 11);
        few.Should().Throw<ArgumentException>().WithMessage("The data have 10 rows of a weight above 0, but got 11 folds*");
    }

    [Fact]
    public void The_data_of_a_fold_are_its_rows()
    {
        Fold fold = Folds.Stratified(Numbered([0, 1, 0, 1, 0, 1], 2), 3, seed: 1)[1];
        fold.Train.Inputs.ToArray().Should().Equal([.. fold.TrainRows.ToArray().Select(row => (float)row)]);
        fold.Test.Inputs.ToArray().Should().Equal([.. fold.TestRows.ToArray().Select(row => (float)row)]);
        fold.Test.Should().BeSameAs(fold.Test);
        fold.Test.Classes.Should().Be(2);
        $"{fold}".Should().Be("Fold 2 of 3: 4 rows to train on, 2 to test with");
    }

    [Fact]
    public void Groups_stay_whole_and_are_shared_evenly()
    {
        var random = new Random(2);
        for (int k = 0; k < 100; k++)
        {
            int folds = random.Next(2, 6), rows = random.Next(30, 90);
            string[] groups = [.. Enumerable.Range(0, rows).Select(_ => $"patient {random.Next(20)}")];
            if (groups.Distinct().Count() < folds)
                continue;
            Folds made = Folds.Grouped(Numbers(rows), groups, folds, seed: k);
            ShouldBeAPartition(made);
            foreach (Fold fold in made)
                fold.TestRows.ToArray().Select(row => groups[row]).Should().NotIntersectWith(fold.TrainRows.ToArray().Select(row => groups[row]));
            int largest = groups.CountBy(group => group).Max(group => group.Value);
            int[] sizes = CountsOf(made, _ => true);
            (sizes.Max() - sizes.Min()).Should().BeLessThanOrEqualTo(largest, "a group always goes to the smallest fold");
        }
    }

    [Fact]
    public void Groups_are_dealt_out_so_that_classes_are_spread()
    {
        // Ten groups of four rows, each of one class: five folds get one group of each.
        int[] groups = [.. Enumerable.Range(0, 40).Select(row => row / 4)], labels = [.. groups.Select(group => group < 5 ? 0 : 1)];
        for (int seed = 0; seed < 10; seed++)
        {
            var folds = Folds.Grouped(Numbered(labels, 2), groups, 5, seed);
            CountsOf(folds, row => labels[row] == 0).Should().Equal(4, 4, 4, 4, 4);
            CountsOf(folds, row => labels[row] == 1).Should().Equal(4, 4, 4, 4, 4);
        }
    }

    [Fact]
    public void Fewer_groups_than_folds_are_refused()
    {
        Action few = () => Folds.Grouped(Numbers(4), [1, 1, 2, 2], 3);
        few.Should().Throw<ArgumentException>().WithMessage("There are 2 groups with rows that count, but got 3 folds*");
        Action without = () => Folds.Grouped(Numbers(4).WithWeights([1, 1, 0, 0]), [1, 1, 2, 2], 2);
        without.Should().Throw<ArgumentException>().WithMessage("There are 1 groups*");
        Action wrong = () => Folds.Grouped(Numbers(4), half, 2);
        wrong.Should().Throw<ArgumentException>().WithMessage("Expected a group for each of 4 rows, but got 2*");
    }

    [Fact]
    public void In_time_order_the_window_grows_and_what_is_tested_comes_after_it()
    {
        Folds folds = Folds.InTimeOrder(Numbers(12), 3);
        folds.Select(fold => (Of(fold.TrainRows), Of(fold.TestRows))).Should().Equal(("0-2", "3-5"), ("0-5", "6-8"), ("0-8", "9-11"));

        Folds gapped = Folds.InTimeOrder(Numbers(12), 3, gap: 2, largestTraining: 4, testRows: 2);
        gapped.Select(fold => (Of(fold.TrainRows), Of(fold.TestRows))).Should().Equal(("0-3", "6-7"), ("2-5", "8-9"), ("4-7", "10-11"));

        static string Of(ReadOnlySpan<int> rows)
        {
            rows.ToArray().Should().Equal(Enumerable.Range(rows[0], rows.Length));
            return $"{rows[0]}-{rows[^1]}";
        }
    }

    [Fact]
    public void In_time_order_too_few_rows_are_refused_with_how_many_it_takes()
    {
        Folds.InTimeOrder(Numbers(7), 3, gap: 0, testRows: 2)[0].TrainRows.ToArray().Should().Equal(0);
        Action few = () => Folds.InTimeOrder(Numbers(7), 3, gap: 1, testRows: 2);
        few.Should().Throw<ArgumentException>()
            .WithMessage("The data have 7 rows; 3 folds of 2 rows to test with, a gap of 1 and 1 row to train on take 8.*");
        Action none = () => Folds.InTimeOrder(Numbers(3), 3);
        none.Should().Throw<ArgumentException>().WithMessage("The data have 3 rows; 3 folds of 1 rows to test with*take 4.*");
        Action gap = () => Folds.InTimeOrder(Numbers(7), 3, gap: -1);
        gap.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Folds_of_ones_own_are_checked()
    {
        Dataset data = Numbers(5);
        int[] train = [1, 2, 2];
        Folds folds = Folds.Of(data, (train, [0]), ([4, 3], [1, 0]));
        train[0] = 0;
        folds.Count.Should().Be(2);
        folds[0].TrainRows.ToArray().Should().Equal(1, 2, 2);
        folds[1].Test.Inputs.ToArray().Should().Equal(1, 0);
        $"{folds}".Should().Be("2 folds of Dataset of 5 rows: 1 input, 1 desired value");

        Refused("Fold 0 both trains on row 2 and tests with it*", [1, 2], [2]);
        Refused("Fold 0 tests with row 2 twice*", [1], [2, 2]);
        Refused("Fold 0 has no row to test with*", [1], []);
        Refused("Fold 0 has no row to train on*", [], [1]);
        Refused("Fold 0 has row 5, expected 0 … 4*", [1], [5]);
        Action none = () => Folds.Of(data);
        none.Should().Throw<ArgumentException>().WithMessage("Expected at least one fold*");
        Action beyond = () => _ = folds[2];
        beyond.Should().Throw<ArgumentOutOfRangeException>().WithMessage("Expected a fold 0 … 1, but got 2*");

        void Refused(string message, int[] trainRows, int[] testRows)
        {
            Action of = () => Folds.Of(data, (trainRows, testRows));
            of.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void One_fold_or_more_folds_than_rows_are_refused()
    {
        Action one = () => Folds.Stratified(Numbers(5), 1);
        one.Should().Throw<ArgumentOutOfRangeException>().WithMessage("folds must be at least 2*");
        Action many = () => Folds.Stratified(Numbers(5), 6);
        many.Should().Throw<ArgumentException>().WithMessage("The data have 5 rows, but got 6 folds; each fold needs a row to test with*");
    }
}
