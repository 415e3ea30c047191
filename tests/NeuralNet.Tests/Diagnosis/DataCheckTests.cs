namespace NeuralNet.Tests.Diagnosis;

public class DataCheckTests
{
    [Fact]
    public void Of_good_data_nothing_is_found()
    {
        (Dataset train, Dataset test) = TestData.Clouds(600).Split(0.25);
        DataCheck check = DataCheck.Of(train, test);
        check.Findings().Should().BeEmpty($"{check.Findings()}");
        (check.Rows, check.TestRows, check.RepeatedRows, check.LeakedRows, check.ContradictingRows).Should().Be((450, 150, 0, 0, 0));
        check.ClassRows.Sum().Should().Be(450);
        check.NeighbourAccuracy.Should().BeGreaterThan(0.8);
    }

    [Fact]
    public void A_source_in_blocks_is_read_as_a_data_set_is()
    {
        (Dataset train, Dataset test) = TestData.Clouds(20_000).Split(0.25);
        $"{DataCheck.Of(new Streamed(train), new Streamed(test))}".Should().Be($"{DataCheck.Of(train, test)}");
    }

    [Fact]
    public void Rows_of_the_test_set_that_are_in_training_are_counted()
    {
        Dataset all = TestData.Clouds(600);
        DataCheck check = DataCheck.Of(all.Slice(0, 500), all.Slice(470, 130));
        check.LeakedRows.Should().Be(30);
        check.Findings().Should().ContainSingle(finding => finding.Kind == FindingKind.LeakedRows && finding.Severity == FindingSeverity.Serious);
    }

    [Fact]
    public void Rows_that_repeat_by_chance_are_no_leak()
    {
        // Five questions of yes and no.
        float[] x = [.. TestData.Labels(1000 * 5, 2).Select(bit => (float)bit)];
        int[] labels = [.. Enumerable.Range(0, 1000).Select(row => (int)x[row * 5])];
        (Dataset train, Dataset test) = Dataset.FromArrays(x, labels, 2).Split(0.2);
        DataCheck check = DataCheck.Of(train, test);
        check.LeakedRows.Should().Be(200);
        check.Findings().Should().BeEmpty($"{check.Findings()}");
    }

    [Fact]
    public void Rows_that_repeat_and_labels_that_contradict_are_found()
    {
        Dataset all = TestData.Clouds(300);
        int[] labels = [.. all.Labels, .. all.Labels[..20]];
        for (int row = 300; row < 310; row++)
            labels[row] = (labels[row] + 1) % 3;
        Dataset repeated = Dataset.FromArrays([.. all.Inputs, .. all.Inputs[..40]], labels, 3);
        DataCheck check = DataCheck.Of(repeated);
        (check.RepeatedRows, check.ContradictingRows).Should().Be((20, 20));
        check.Findings().Select(finding => finding.Kind).Should().Equal(FindingKind.ContradictingLabels, FindingKind.RepeatedRows);
    }

    [Fact]
    public void Minus_0_is_0()
    {
        DataCheck check = DataCheck.Of(Dataset.FromArrays([[0f, 1], [-0f, 1]], [[1f], [1f]]));
        check.RepeatedRows.Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Labels_that_were_shuffled_are_found(long seed)
    {
        Kinds(Trainings.Shuffled(Trainings.DigitsForTraining, seed)).Should().Contain(FindingKind.UnpredictableLabels);
        Kinds(Trainings.DigitsForTraining).Should().NotContain(FindingKind.UnpredictableLabels);
    }

    [Theory]
    [InlineData(255, 0)]
    [InlineData(0.001f, 0)]
    [InlineData(0.1f, 5)]
    public void Inputs_that_are_not_scaled_are_found(float scale, float offset)
    {
        Dataset clouds = TestData.Clouds();
        float[] x = Array.ConvertAll(clouds.Inputs.ToArray(), value => (value * scale) + offset);
        Dataset data = Dataset.FromArrays(x, clouds.Labels, 3);
        Kinds(data).Should().Equal(FindingKind.UnscaledInputs);
        Network network = Network.Create(data.InputShape).Standardize(data).Dense(3, Activation.Softmax).Build();
        Kinds(Dataset.FromArrays(network.Slice(0, 1).Predict(data.Inputs), clouds.Labels, 3)).Should().BeEmpty();

        // What counts is what reaches the first layer that learns.
        DataCheck check = DataCheck.Of(data);
        check.Findings(network).Should().BeEmpty();
        check.Findings(network.Slice(1, 1)).Select(finding => finding.Kind).Should().Equal(FindingKind.UnscaledInputs);
        Network stale = Network.Create(2).Standardize([1e4, 1e4], [1, 1]).Dense(3).Build();
        check.Findings(stale).Select(finding => finding.Kind).Should().Equal(FindingKind.UnscaledInputs);
        check.Invoking(one => one.Findings(Network.Create(3).Dense(1).Build())).Should().Throw<ArgumentException>().WithMessage("The network takes*");
    }

    [Theory]
    [InlineData("words by their weight")]
    [InlineData("one-hot")]
    [InlineData("small counts")]
    public void Columns_that_are_mostly_0_are_not_unscaled(string kind) => Kinds(Sparse(kind)).Should().NotContain(FindingKind.UnscaledInputs);

    [Fact]
    public void Large_counts_that_are_mostly_0_are_to_be_divided_and_not_to_be_centered()
    {
        Finding found = DataCheck.Of(Sparse("large counts")).Findings().Should().ContainSingle(one => one.Kind == FindingKind.UnscaledInputs).Subject;
        found.Severity.Should().Be(FindingSeverity.Serious);
        found.Evidence.Should().StartWith("The root mean square of what is not 0 in the inputs that mostly are is ").And.Contain(" of it is 0, ");
        found.Remedy.Should().Contain("divide each by its largest value").And.Contain("log(1 + x)").And.NotContain("Standardize");
    }

    [Fact]
    public void Of_large_columns_beside_sparse_ones_the_remedy_tells_the_two_apart()
    {
        Dataset words = Sparse("one-hot");
        float[] x = [.. Enumerable.Range(0, words.Rows).SelectMany(row => (float[])[.. words.InputRow(row), 400.5f + row, 300.25f - row])];
        Finding found = DataCheck.Of(Dataset.FromArrays(x, words.Labels, 2)).Findings().Single(one => one.Kind == FindingKind.UnscaledInputs);
        found.Evidence.Should().StartWith("The root mean square of the inputs is ");
        found.Remedy.Should().StartWith("A network that begins with Standardize(train)").And.Contain("divide each by its largest value");
    }

    [Theory]
    [InlineData(12, 1)]
    [InlineData(1, 12)]
    public void Ids_are_a_hint(int columns, int steps)
    {
        // The last half of some rows is padded with 0.
        const int Rows = 300, Width = 12;
        float[] x = [.. TestData.Labels(Rows * Width, 5000).Select((id, i) => i % Width >= 6 && i / Width % 4 > 0 ? 0f : id)];
        Dataset data = Dataset.FromArrays(x, TestData.Labels(Rows, 2, 7), 2);
        if (steps > 1)
            data = data.WithInputShape(Shape.Sequence(steps, columns));
        Finding found = DataCheck.Of(data).Findings().Should().ContainSingle(one => one.Kind == FindingKind.UnscaledInputs).Subject;
        found.Severity.Should().Be(FindingSeverity.Hint);
        found.Evidence.Should().StartWith($"{columns} of {columns} columns have whole numbers only, from 0 to ");
        found.Remedy.Should().StartWith("For ids nothing.");
    }

    [Fact]
    public void Bytes_of_pixels_are_no_ids()
    {
        float[] x = [.. TestData.Labels(300 * 64, 256).Select(value => (float)value)];
        Dataset data = Dataset.FromArrays(x, TestData.Labels(300, 2, 7), 2);
        DataCheck.Of(data).Findings().Single(one => one.Kind == FindingKind.UnscaledInputs).Severity.Should().Be(FindingSeverity.Serious);
    }

    [Fact]
    public void Constant_columns_are_named()
    {
        Dataset clouds = TestData.Clouds();
        float[] x = [.. Enumerable.Range(0, 300).SelectMany(row => new[] { clouds.InputRow(row)[0], 0.5f, clouds.InputRow(row)[1] })];
        Findings findings = DataCheck.Of(Dataset.FromArrays(x, clouds.Labels, 3)).Findings();
        findings.Should().ContainSingle().Which.Evidence.Should().Be("1 of 3 columns have the same value in all 300 rows: 1.");
    }

    [Fact]
    public void Classes_that_are_rare_or_missing_are_found()
    {
        Dataset clouds = TestData.Clouds(900);
        int kept = 0;
        int[] rows = [.. Enumerable.Range(0, 900).Where(row => clouds.Labels[row] != 2 || kept++ < 20)];
        Finding rare = DataCheck.Of(clouds.Select(rows)).Findings().Should().ContainSingle().Subject;
        (rare.Kind, rare.Severity).Should().Be((FindingKind.UnbalancedClasses, FindingSeverity.Hint));
        rare.Evidence.Should().StartWith("Class \"2\" has 20 rows");
        Finding missing = DataCheck.Of(Dataset.FromArrays(clouds.Inputs, clouds.Labels, 4)).Findings().Should().ContainSingle().Subject;
        (missing.Kind, missing.Severity).Should().Be((FindingKind.UnbalancedClasses, FindingSeverity.Warning));
    }

    [Fact]
    public void Rows_class_after_class_are_a_hint_in_a_data_set_and_serious_in_another_source()
    {
        Dataset clouds = TestData.Clouds();
        Dataset sorted = clouds.Select([.. Enumerable.Range(0, 300).OrderBy(row => clouds.Labels[row])]);
        DataCheck.Of(sorted).Findings().Should().ContainSingle().Which.Severity.Should().Be(FindingSeverity.Hint);
        Finding streamed = DataCheck.Of(new Streamed(sorted)).Findings().Should().ContainSingle().Subject;
        (streamed.Kind, streamed.Severity).Should().Be((FindingKind.OrderedLabels, FindingSeverity.Serious));
    }

    [Fact]
    public void Data_of_other_inputs_are_refused()
    {
        Action check = () => DataCheck.Of(TestData.Clouds(), Trainings.DigitsForTests);
        check.Should().Throw<ArgumentException>().WithMessage("The training data have 2 inputs in a row, but the test data have 64.*");
    }

    private static IEnumerable<FindingKind> Kinds(Dataset data) => DataCheck.Of(data).Findings().Select(finding => finding.Kind);

    // 400 rows of 500 columns, of which a row has 8 that are not 0; the first columns are far more frequent than the last.
    private static Dataset Sparse(string kind)
    {
        const int Rows = 400, Columns = 500;
        float[] x = new float[Rows * Columns];
        var random = new RandomStream(4);
        for (int row = 0; row < Rows; row++)
        {
            for (int word = 0; word < (kind == "one-hot" ? 1 : 8); word++)
            {
                float u = random.Uniform(row, word);
                x[(row * Columns) + (int)(Columns * u * u * u)] = kind switch
                {
                    "words by their weight" => 0.1f + (0.5f * random.Uniform(row, 100 + word)),
                    "one-hot" => 1,
                    "small counts" => 1 + (int)(3 * random.Uniform(row, 100 + word)),
                    _ => 1 + (int)(4000 * random.Uniform(row, 100 + word)),
                };
            }
        }

        return Dataset.FromArrays(x, TestData.Labels(Rows, 2, 7), 2);
    }

    // The rows of a data set, as a source that is none.
    private sealed class Streamed(IRowSource data) : IRowSource
    {
        public RowFormat Format => data.Format;

        public long? Rows => null;

        public IRowReader Open(long seed, int epoch, long firstRow) => data.Open(seed, epoch, firstRow);
    }
}
