namespace NeuralNet.Tests.Data;

/// <summary>Data sets of several outputs: joined, taken apart, divided, and trained on.</summary>
public class DatasetOutputsTests
{
    private const int Rows = 6;

    private static readonly float[] x = [.. Enumerable.Range(0, Rows * 2).Select(i => (float)i)];

    private static readonly Dataset classes = Dataset.FromArrays(x, [0, 1, 2, 0, 1, 2], 3).WithClassNames("a", "b", "c");

    private static readonly Dataset ids = Dataset.FromIds(Dataset.FromArrays(x, x, Rows).Inputs, [3, 1, 0, 2, 1, 0], 4);

    private static readonly Dataset sizes = Dataset.FromArrays(x, [.. x.Select(v => v / 10)], Rows);

    private static readonly Dataset all = Dataset.FromOutputs(("class", classes), ("word", ids), ("size", sizes));

    [Fact]
    public void What_is_desired_lies_one_after_the_other()
    {
        all.OutputNames.Should().Equal("class", "word", "size");
        (all.OutputWidth, all.Classes, all.HasClassIds, all.Labels.Length).Should().Be((6, 0, false, 0));
        all.DesiredRow(1).ToArray().Should().Equal(0, 1, 0, 1, 0.2f, 0.3f);
        classes.OutputNames.Should().BeEmpty();
    }

    [Fact]
    public void An_output_alone_is_what_was_joined_also_after_some_rows_were_taken()
    {
        int[] some = [4, 0, 4];
        foreach (Func<Dataset, Dataset> change in new Func<Dataset, Dataset>[]
        {
            data => data, data => data.Select(some), data => data.Slice(1, 3), data => data.WithLengths([1, 2, 1, 2, 1, 2]),
            data => data.WithInputShape(Shape.Sequence(2, 1)), data => data.Split(0.5).Test.Select([0, 1]),
        })
        {
            Dataset changed = change(all);
            bool isSplit = !changed.Inputs.SequenceEqual(change(sizes).Inputs);
            foreach ((string name, Dataset given) in new[] { ("class", classes), ("word", ids), ("size", sizes) })
            {
                // A split of the whole goes by the first classes, as that of the first part does.
                int[] taken = [.. Enumerable.Range(0, 2).Select(row => (int)changed.InputRow(row)[0] / 2)];
                Dataset expected = isSplit ? given.Select(taken) : change(given);
                Dataset alone = changed.Output(name);
                alone.Desired.ToArray().Should().Equal(expected.Desired.ToArray());
                alone.Labels.ToArray().Should().Equal(expected.Labels.ToArray());
                alone.ClassNames.Should().Equal(expected.ClassNames);
                (alone.HasClassIds, alone.InputShape, alone.Lengths.Length, alone.OutputNames.Count)
                    .Should().Be((expected.HasClassIds, changed.InputShape, changed.Lengths.Length, 0));
                (alone.Inputs == changed.Inputs).Should().BeTrue("inputs are shared");
            }
        }
    }

    [Fact]
    public void A_split_is_stratified_by_the_first_classes()
    {
        int[] rare = [.. Enumerable.Range(0, 40).Select(row => row % 10 == 0 ? 1 : row % 10 == 1 ? -1 : 0)];
        float[] inputs = [.. Enumerable.Range(0, 40).Select(row => (float)row)];
        Dataset labelled = Dataset.FromIds(inputs, rare, 2), number = Dataset.FromArrays(inputs, inputs, 40);
        for (int seed = 0; seed < 20; seed++)
        {
            (Dataset train, Dataset test) = Dataset.FromOutputs(("number", number), ("class", labelled)).Split(0.25, seed);
            test.Output("class").Labels.Count(1).Should().Be(1);
            train.Output("class").Labels.Count(1).Should().Be(3);
            test.Output("class").Labels.Count(-1).Should().Be(1, "no class is one more");
            labelled.Split(0.25, seed).Test.Labels.Count(-1).Should().Be(1);
            test.Inputs.ToArray().Should().Equal(test.Output("number").Desired.ToArray());
        }
    }

    [Fact]
    public void Outputs_of_each_step_are_joined_in_each_step()
    {
        Dataset tags = Dataset.FromIds(x, [0, 1, 2, 0, -1, 1], 3, rows: 3), numbers = Dataset.FromArrays(x, [1f, 2, 3, 4, 5, 6], 3);
        Dataset both = Dataset.FromOutputs(2, ("tag", tags), ("number", numbers));
        both.DesiredRow(0).ToArray().Should().Equal(0, 1, 1, 2);
        both.Output("tag").Desired.ToArray().Should().Equal(0, 1, 2, 0, -1, 1);
        both.Slice(1, 2).Output("number").Desired.ToArray().Should().Equal(3, 4, 5, 6);
        Network network = Network.Create(Shape.Sequence(2, 2)).Gru(3)
            .Outputs(("tag", b => b.Dense(3, Activation.Softmax)), ("number", b => b.Dense(1))).Build(1);
        Divergence divergence = network.Outputs.Divergence(("tag", Divergence.CrossEntropy), ("number", Divergence.L2));
        using var trainer = new Trainer(network, divergence, new Adam(0.05f));
        double before = trainer.Evaluate(both).Divergence;
        trainer.Fit(both, 50);
        trainer.Evaluate(both).Divergence.Should().BeLessThan(before / 2);
        Refusal(() => trainer.Evaluate(Dataset.FromOutputs(("tag", tags), ("number", numbers)))).Should().StartWith(
            "The outputs of the data are of 1 vectors a row, but the network gives 2 (Sequence(2, 4)); Dataset.FromOutputs takes their number: "
            + "vectors: 2.");
    }

    [Fact]
    public void Data_and_network_must_have_the_same_outputs()
    {
        Network network = Network.Create(2).Outputs(
            ("class", b => b.Dense(3, Activation.Softmax)), ("word", b => b.Dense(4, Activation.Softmax)), ("size", b => b.Dense(2))).Build();
        Divergence divergence = network.Outputs.Divergence(
            ("class", Divergence.CrossEntropy), ("word", Divergence.CrossEntropy), ("size", Divergence.L2));
        using var trainer = new Trainer(network, divergence, new Sgd(0.001f));
        trainer.Fit(all, 1);
        trainer.Evaluate(all).Divergence.Should().BePositive();
        Refusal(() => trainer.Fit(Dataset.FromOutputs(("class", classes), ("size", sizes), ("word", ids)), 1)).Should().StartWith(
            "The data has the outputs \"class\", \"size\", \"word\", but the network has \"class\", \"word\", \"size\"; name them alike, ");
        Refusal(() => trainer.Evaluate(Dataset.FromOutputs(("class", classes), ("word", sizes), ("size", ids)))).Should().StartWith(
            "Output \"word\": the data has 2 desired values for a vector of the network's row, but its divergence, ");
        Refusal(() => trainer.Fit(all, 1, Dataset.FromOutputs(("class", classes), ("word", Ids(9)), ("size", sizes)))).Should().StartWith(
            "Output \"word\": the data has 9 classes, the network gives 4 (Features(4)).");
        var plain = Network.Create(2).Dense(6).Build();
        Refusal(() => Evaluation.Of(plain, all, Divergence.L2)).Should().Contain("but the network has \"output\"");

        // Of rows without names only the number of values is known.
        trainer.Evaluate(Dataset.FromArrays(x, all.Desired, Rows)).Divergence.Should().Be(trainer.Evaluate(all).Divergence);
        Refusal(() => trainer.Evaluate(Dataset.FromArrays(x, x, Rows))).Should().Contain("\"word\" 4 desired values, or 1 class id");
    }

    [Fact]
    public void Where_ids_meet_a_divergence_of_one_hot_vectors_or_the_reverse_the_refusal_names_the_right_one()
    {
        Network network = Network.Create(2).Outputs(
            ("class", b => b.Dense(3, Activation.Softmax)), ("word", b => b.Dense(4, Activation.Softmax))).Build();
        Dataset both = Dataset.FromOutputs(("class", classes), ("word", ids));
        Refusal(() => Evaluate(Divergence.CrossEntropy, Divergence.L2)).Should().StartWith(
            "Output \"word\": the data has 1 class id for a vector of the network's row, but its divergence, L2, takes 4 desired values. "
            + "Class ids are for cross-entropy: new CrossEntropy(ids: true), with as many outputs as there are classes.");
        Refusal(() => Evaluate(new CrossEntropy(ids: true), Divergence.CrossEntropy)).Should().StartWith(
            "Output \"class\": the data has one-hot vectors of 3 classes for a vector of the network's row, but its divergence, CrossEntropy(")
            .And.Contain("takes 1 class id. One-hot vectors are for a cross-entropy that does not ask for ids: new CrossEntropy().");
        Evaluate(Divergence.CrossEntropy, new CrossEntropy(ids: true)).Divergence.Should().BePositive();
        Refusal(() => Evaluation.Of(network, both, Divergence.L2)).Should().StartWith("Output \"word\": the data has 1 class id").And.Contain(
            "L2 takes 4 values of it. Give each output a divergence of its own: network.Outputs.Divergence(…).");

        // The same of data that are not joined.
        Network one = Network.Create(2).Dense(3, Activation.Softmax).Build();
        Refusal(() => Evaluation.Of(one, classes, new CrossEntropy(ids: true))).Should().Contain("1 class id for them. One-hot vectors are for ");
        Refusal(() => Evaluation.Of(Network.Create(2).Dense(1).Build(), ids, Divergence.L2)).Should().Contain("Class ids are for cross-entropy: ");

        Evaluation Evaluate(Divergence ofClass, Divergence ofWord) =>
            Evaluation.Of(network, both, network.Outputs.Divergence(("class", ofClass), ("word", ofWord)));
    }

    [Fact]
    public void Of_two_outputs_with_as_many_classes_the_refusal_asks_which_has_ids()
    {
        Network network = Network.Create(2).Outputs(
            ("class", b => b.Dense(4, Activation.Softmax)), ("word", b => b.Dense(4, Activation.Softmax))).Build();
        Dataset both = Dataset.FromOutputs(("class", Dataset.FromArrays(x, [3, 1, 0, 2, 1, 0], 4)), ("word", ids));
        Refusal(() => Evaluation.Of(network, both, network.Outputs.Divergence(("class", Divergence.CrossEntropy), ("word", Divergence.CrossEntropy))))
            .Should().StartWith("The data has 5 desired values a row").And.Contain("(if it is not clear of which output ids are desired, ");
    }

    [Fact]
    public void The_ids_of_one_joined_output_are_taken_as_they_are_alone()
    {
        Network unnamed = Network.Create(2).Dense(4, Activation.Softmax).Build(seed: 1),
            named = Network.Create(2).Outputs(("word", b => b.Dense(4, Activation.Softmax))).Build(seed: 1);
        Evaluation alone = Evaluation.Of(unnamed, ids, Divergence.CrossEntropy);
        foreach ((Network network, string name) in new[] { (unnamed, "output"), (named, "word") })
        {
            Evaluation joined = Evaluation.Of(network, Dataset.FromOutputs((name, ids)), Divergence.CrossEntropy);
            (joined.Divergence, joined.Accuracy).Should().Be((alone.Divergence, alone.Accuracy));
            Refusal(() => Evaluation.Of(network, Dataset.FromOutputs((name, Ids(9))), Divergence.CrossEntropy)).Should().StartWith(
                $"Output \"{name}\": the data has 9 classes, the network gives 4 (Features(4)).");
        }
    }

    [Fact]
    public void What_cannot_be_joined_is_refused()
    {
        Refusal(() => Dataset.FromOutputs()).Should().StartWith("At least one name");
        Refusal(() => Dataset.FromOutputs(("a", classes), ("a", ids))).Should().StartWith("Two parts");
        Refusal(() => Dataset.FromOutputs(("a.b", classes))).Should().StartWith("Name 0 is \"a.b\"");
        Refusal(() => Dataset.FromOutputs(("a", null!))).Should().Contain("null");
        Refusal(() => Dataset.FromOutputs(("a", all))).Should().StartWith(
            "The data of output \"a\" has several outputs already, \"class\", \"word\", ");
        Refusal(() => Dataset.FromOutputs(("a", classes), ("b", ids.Slice(0, 5)))).Should().Contain("has 5 rows, that of \"a\" has 6");
        Refusal(() => Dataset.FromOutputs(("a", classes), ("b", ids.WithLengths([1, 1, 1, 1, 1, 1])))).Should().Contain("other lengths");
        Refusal(() => Dataset.FromOutputs(("a", classes), ("b", ids.WithInputShape(Shape.Sequence(2, 1))))).Should().Contain(
            "rows of Sequence(2, 1)");
        float[] other = [.. x];
        other[7] = 9;
        Refusal(() => Dataset.FromOutputs(("a", classes), ("b", Dataset.FromArrays(other, x, Rows)))).Should().Contain("first in row 3");
        Refusal(() => Dataset.FromOutputs(2, ("a", classes))).Should().Contain("3 desired values a row, which do not divide into 2 vectors");
        Refusal(() => Dataset.FromOutputs(0, ("a", classes))).Should().Contain("vectors");
        Refusal(() => all.Output("b")).Should().StartWith("The data has no output \"b\"; it has \"class\", \"word\", \"size\".");
        Refusal(() => classes.Output("b")).Should().Contain("its outputs have no names");
    }

    private static Dataset Ids(int count) => Dataset.FromIds(x, [3, 1, 0, 2, 1, 0], count);

    private static string Refusal(Func<object> make) =>
        Record.Exception(() => { make(); }).Should().BeAssignableTo<ArgumentException>().Which.Message;
}
