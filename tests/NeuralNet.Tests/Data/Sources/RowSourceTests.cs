namespace NeuralNet.Tests.Data.Sources;

public sealed class RowSourceTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Several_sources_must_have_the_same_rows_and_it_is_said_what_differs()
    {
        Dataset data = TestData.Clouds(10);
        Refused(TestData.Clouds(5).WithInputShape(Shape.Sequence(2, 1)), "*Source 1*inputs: Features(2) was expected, but got Sequence(2, 1).*");
        Refused(Dataset.FromArrays(new float[4], new float[2], rows: 2), "*desired values in a row: 3 was expected, but got 1.*");
        Refused(Dataset.FromArrays(new float[4], new float[6], rows: 2), "*classes: 3 was expected, but got 0.*");
        Refused(data.WithWeights(new float[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }), "*weights of a row: 0 was expected, but got 1.*");
        Refused(data.WithLengths([1, 1, 1, 1, 1, 1, 1, 1, 1, 2]), "*lengths: False was expected, but got True.*");
        Refused(data.WithClassNames("0", "one", "2"), "*name of class 1: \"1\" was expected, but got \"one\".*");
        FluentActions.Invoking(() => RowSource.Concat()).Should().Throw<ArgumentException>().WithMessage("*at least one source*");
        RowSource.Concat(data).Should().BeSameAs(data);

        void Refused(IRowSource other, string message) =>
            FluentActions.Invoking(() => RowSource.Concat(data, other)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Several_sources_are_one_after_the_other_and_their_readers_are_closed()
    {
        PlainSource a = new(TestData.Clouds(20, 1)), b = new(TestData.Clouds(30, 2)) { KnowsRows = false }, c = new(TestData.Clouds(5, 3));
        IRowSource all = RowSource.Concat(a, b, c);
        (all.Rows, all.OpensAnywhere).Should().Be(((long?)null, false));
        SourceRow.Read(all).ShouldBe([.. SourceRow.Read(a), .. SourceRow.Read(b), .. SourceRow.Read(c)], "in order");
        SourceRow.Read(all, first: 40);
        (a.Open, b.Open, c.Open).Should().Be((0, 0, 0));

        IRowSource lying = RowSource.Concat(a, new PlainSource(TestData.Clouds(5)) { Lie = 7 }, c);
        FluentActions.Invoking(() => SourceRow.Read(lying)).Should().Throw<InvalidDataException>()
            .WithMessage("Source 1*7 rows, but it ended after 5.");
    }

    [Fact]
    public void More_files_than_may_be_open_are_mixed()
    {
        IRowSource[] files = [.. Enumerable.Range(0, 150).Select(k =>
        {
            TestData.Clouds(20, k).Save(folder.PathOf($"{k}"));
            return RowSource.FromFile(folder.PathOf($"{k}"));
        })];
        IRowSource all = RowSource.Concat(files), mixed = all.Shuffled(500);
        SourceRow.Read(mixed).Select(row => row[0]).Order().Should().Equal(SourceRow.Read(all).Select(row => row[0]).Order());
    }

    [Fact]
    public void A_generator_draws_anew_for_each_row_epoch_and_place_among_several()
    {
        IRowSource source = SourceContractTests.Generator();
        float[] first = [.. SourceRow.Read(source).Select(row => row[0])], next = [.. SourceRow.Read(source, epoch: 1).Select(row => row[0])];
        float[] other = [.. SourceRow.Read(source, seed: 4).Select(row => row[0])];
        float[] two = [.. SourceRow.Read(RowSource.Concat(source, source)).Select(row => row[0])];
        two[..first.Length].Should().Equal(first);
        first.Concat(next).Concat(other).Concat(two[first.Length..]).Distinct().Count().Should().BeGreaterThan((4 * first.Length) - 3);

        // What is not written is 0, of weight 1, and of full length.
        IRowSource empty = RowSource.Generate(new RowFormat(Shape.Sequence(2, 1), 1) { HasLengths = true, WeightsPerRow = 1 }, 2, (_, _, _) => { });
        SourceRow.Read(empty)[1].Should().Equal(0, 0, 0, 1, 2);
        FluentActions.Invoking(() => RowSource.Generate(new RowFormat(1, 1), 0, (_, _, _) => { })).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void An_augmentation_belongs_to_a_row_of_an_epoch()
    {
        Dataset data = SourceContractTests.Sequences(40);
        IRowSource source = data.Augmented(Augmentation.Noise(0.1f));
        float[][] plain = SourceRow.Read(data), changed = SourceRow.Read(source), next = SourceRow.Read(source, epoch: 1);
        for (int row = 0; row < plain.Length; row++)
        {
            int real = 2 * (int)plain[row][^1];
            changed[row][real..].Should().Equal(plain[row][real..], "padding, what is desired, weights and lengths stay");
            changed[row][..real].Should().NotEqual(plain[row][..real]);
            changed[row][..real].Should().NotEqual(next[row][..real]);
        }

        // Two of them are one after the other, each with numbers of its own.
        IRowSource twice = source.Augmented(Augmentation.Noise(0.1f));
        float[][] both = SourceRow.Read(twice);
        both.ShouldBe(SourceRow.Read(data.Augmented(Augmentation.Noise(0.1f).Then(Augmentation.Noise(0.1f)))), "as one of both");
        FluentActions.Invoking(() => data.Augmented(Augmentation.FlipHorizontally())).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Each_augmentation_of_a_chain_has_numbers_of_its_own_whatever_lies_between()
    {
        Dataset data = Dataset.FromArrays(new float[40 * 8], new float[40], rows: 40);
        IRowSource chain = data.Augmented(Draw(0).Then(Draw(1)).Then(Draw(2))).Skip(0).Augmented(Draw(3)).Take(35).Augmented(Draw(4));
        chain = RowSource.Concat(chain, data).Skip(0).Shuffled(20).Augmented(Draw(5)).ReadAhead(7).Augmented(Draw(6).Sometimes(1).Then(Draw(7)));
        for (int epoch = 0; epoch < 2; epoch++)
        {
            float[][] rows = SourceRow.Read(chain, epoch: epoch);
            float[] drawn = [.. rows.SelectMany(row => row[..8]).Where(value => value != 0)];
            drawn.Should().HaveCount((35 * 8) + (40 * 3)).And.OnlyHaveUniqueItems("a stream belongs to one augmentation");
            foreach (int first in new[] { 1, 19, 20, 50, 74 })
                SourceRow.Read(chain, epoch: epoch, first: first).ShouldBe(rows[first..], $"opened at {first}");
        }

        // A single one has the numbers that it has without anything before it.
        SourceRow.Read(data.Take(20).Augmented(Draw(0))).ShouldBe(SourceRow.Read(data.Augmented(Draw(0)))[..20], "alone");

        static Augmentation Draw(int column) =>
            Augmentation.Of($"draw {column}", (stream, row, values, _) => values[column] = 1 + stream.Uniform(row, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_scaling_learns_the_same_bits_from_a_stream(int weighted)
    {
        Dataset data = Dataset.FromArrays(TestData.Normal(700 * 4, 3, 5), TestData.Normal(700), 700);
        if (weighted > 0)
            data = data.WithWeights([.. TestData.Labels(700 * weighted, 4).Select(label => (float)label)]);
        data.Save(folder.PathOf("rows"));
        foreach (IRowSource source in new[] { RowSource.FromFile(folder.PathOf("rows")), new PlainSource(data) { KnowsRows = false } })
        {
            ScalingTests.Learned(source).Means.Should().Equal(ScalingTests.Learned(data).Means);
            ScalingTests.Learned(source).Deviations.Should().Equal(ScalingTests.Learned(data).Deviations);
        }

        Dataset sequences = SourceContractTests.Sequences(300);
        Shape shape = Shape.Sequence(sequences.InputWidth / 2, 2);
        ScalingTests.Learned(new PlainSource(sequences), shape).Means.Should().Equal(ScalingTests.Learned(sequences, shape).Means);
        FluentActions.Invoking(() => ScalingTests.Learned(
            new PlainSource(data.WithWeights([.. Enumerable.Repeat(1f, 700)])) { Change = (_, values) => values.Weights.Clear() }))
            .Should().Throw<ArgumentException>().WithMessage("Every weight*");
        FluentActions.Invoking(() => ScalingTests.Learned(new PlainSource(data) { Change = (_, values) => values.Inputs[0] = float.NaN }))
            .Should().Throw<Exception>();
    }

    [Fact]
    public void Parts_of_a_source_are_refused_where_they_cannot_be()
    {
        IRowSource source = TestData.Clouds(10);
        source.Invoking(one => one.Take(0)).Should().Throw<ArgumentOutOfRangeException>();
        source.Invoking(one => one.Skip(-1)).Should().Throw<ArgumentOutOfRangeException>();
        source.Invoking(one => one.Skip(10)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*none would be left*");
        source.Take(100).Rows.Should().Be(10);
        SourceRow.Read(source.Skip(4)).ShouldBe(SourceRow.Read(source)[4..], "the rest");
        new PlainSource(TestData.Clouds(10)) { KnowsRows = false }.Skip(20).Rows.Should().BeNull();
    }

    [Fact]
    public void Idx_files_that_lie_are_refused_as_those_of_a_data_set_are()
    {
        byte[] images = IdxReaderTests.Idx([0, 0, 8, 3], [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        byte[] labels = IdxReaderTests.Idx([0, 0, 8, 1], [3], [2, 0, 1]);
        Same(images[..^1], labels);
        Same([.. images, 0], labels);
        Same(images, labels[..^1]);
        Same(images, [.. labels, 0]);
        Same(images, IdxReaderTests.Idx([0, 0, 8, 1], [2], [2, 0]));
        Same(images, labels, classes: 2);
        Same(images, IdxReaderTests.Idx([0, 0, 8, 1], [3], [0, 0, 0]));
        SourceRow.Read(Source(images, labels, null, "")).ShouldBe(
            SourceRow.Read(Dataset.FromIdx(folder.PathOf("images"), folder.PathOf("labels"))), "as a data set");

        void Same(byte[] images, byte[] labels, int? classes = null)
        {
            foreach (string extension in new[] { "", ".gz" })
            {
                string expected = FluentActions.Invoking(() => Data(images, labels, classes, extension)).Should().Throw<InvalidDataException>()
                    .Which.Message;
                FluentActions.Invoking(() => SourceRow.Read(Source(images, labels, classes, extension))).Should().Throw<InvalidDataException>()
                    .Which.Message.Should().Be(expected);
            }
        }

        Dataset Data(byte[] images, byte[] labels, int? classes, string extension) =>
            Dataset.FromIdx(Put("images", images, extension), Put("labels", labels, extension), classes);

        IRowSource Source(byte[] images, byte[] labels, int? classes, string extension) =>
            RowSource.FromIdx(Put("images", images, extension), Put("labels", labels, extension), classes);

        string Put(string name, byte[] bytes, string extension) =>
            folder.Write(name + extension, extension.Length > 0 ? TempFolder.Gzip(bytes) : bytes);
    }

    [Fact]
    public void An_epoch_of_a_generator_may_be_longer_than_any_training()
    {
        var format = new RowFormat(inputs: 2, outputs: 1);
        IRowSource endless = RowSource.Generate(format, 1L << 50, (stream, _, values) => values.Inputs.Fill(stream.Uniform(0, 0)));
        foreach (IRowSource source in (IRowSource[])[endless, endless.Shuffled(256)])
        {
            int steps = 0;
            using var stop = new CancellationTokenSource();
            using var trainer = new Trainer(Network.Create(2).Dense(1).Build(), Divergence.L2, new Sgd(0.01f));
            var stopper = new Stopper(() => (++steps == 5 ? stop : null)?.Cancel());
            trainer.Invoking(one => one.Fit(source, 1, progress: stopper, cancellationToken: stop.Token))
                .Should().Throw<OperationCanceledException>();
            steps.Should().Be(5);
        }

        FluentActions.Invoking(() => RowSource.Generate(format, long.MaxValue, (_, _, _) => { })).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("An epoch has at most*");
    }

    [Fact]
    public void A_data_set_read_ahead_is_another_source_than_the_data_set()
    {
        Dataset data = TestData.Clouds(50);
        data.ReadAhead(10).Signature.Should().NotBe(((IRowSource)data).Signature);
        (data.ReadAhead(10).OpensAnywhere, data.Shuffled(10).OpensAnywhere).Should().Be((false, false), "each opening would begin anew");
    }

    private sealed class Stopper(Action act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act();
    }
}
