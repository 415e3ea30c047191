using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Networks;

/// <summary>What a network says about itself: what is refused, and that it goes where the network goes.</summary>
public class NetworkMetadataTests
{
    /// <summary>Names and texts of every kind.</summary>
    public static Dictionary<string, string> Texts => new()
    {
        ["classes"] = "cat,dog",
        ["b"] = "ω",
        ["a"] = "\"quoted\" \\ / ' <b>&amp;</b> {0} ${x}",
        [""] = "",
        ["empty"] = "",
        ["größe 数 😀"] = "e\u0301 \ud83d\ude00 \ufffd",
        ["lines\r\n\t"] = "\0\u0001\u001f\u007f\u0085\u2028\u2029\u202e\ufeff\r\n",
        ["neuralnetwork-author"] = "someone",
        ["Format"] = "another name than format",
        ["long"] = new string('x', 100_000),
    };

    [Fact]
    public void There_are_none_unless_set()
    {
        Network network = Small();
        network.Metadata.Should().BeEmpty();
        network.Metadata = Texts;
        network.Metadata.Should().Equal(Texts.OrderBy(pair => pair.Key, StringComparer.Ordinal), "they lie in the order of their names");
        network.Metadata = new Dictionary<string, string>();
        network.Metadata.Should().BeEmpty();
    }

    [Fact]
    public void What_is_set_is_copied_and_what_is_read_never_changes()
    {
        var given = new Dictionary<string, string> { ["a"] = "1" };
        Network network = Small();
        network.Metadata = given;
        given["a"] = "2";
        given["b"] = "3";
        IReadOnlyDictionary<string, string> read = network.Metadata;
        read.Should().Equal(new Dictionary<string, string> { ["a"] = "1" });
        ((IDictionary<string, string>)read).Invoking(one => one.Add("c", "")).Should().Throw<NotSupportedException>();

        network.Metadata = new Dictionary<string, string>(network.Metadata) { ["b"] = "4" };
        read.Should().HaveCount(1);
        network.Metadata.Should().Equal(new Dictionary<string, string> { ["a"] = "1", ["b"] = "4" });
    }

    [Theory]
    [InlineData("format", "", "*name \"format\" is one that files use themselves*call yours otherwise*")]
    [InlineData("neuralnet", "", "*name \"neuralnet\" is one that files use*")]
    [InlineData("neuralnet.check", "", "*name \"neuralnet.check\" is one that files use*")]
    [InlineData("neuralnet.\u001b[31m", "", "*name \"neuralnet.\ufffd[31m\" is one that files use*")]
    [InlineData("a", null, "*\"a\" has no text, but null*")]
    public void What_no_file_could_hold_is_refused_and_nothing_has_changed(string name, string? text, string words)
    {
        Network network = Small();
        network.Metadata = new Dictionary<string, string> { ["before"] = "1" };
        Action set = () => network.Metadata = new Dictionary<string, string> { ["x"] = "fine", [name] = text! };
        set.Should().Throw<ArgumentException>().WithMessage(words);
        network.Metadata.Should().Equal(new Dictionary<string, string> { ["before"] = "1" });
        network.Invoking(one => one.Metadata = null!).Should().Throw<ArgumentNullException>();
        network.Metadata.Should().HaveCount(1);
    }

    // Not among those above: attributes have no such texts.
    [Fact]
    public void Half_of_a_surrogate_pair_is_refused()
    {
        What_no_file_could_hold_is_refused_and_nothing_has_changed(
            "a\ud800", "", "The name *is not Unicode: it has half of a surrogate pair, d800, at 1.*");
        What_no_file_could_hold_is_refused_and_nothing_has_changed(
            "a", "\udc00\ud800", "The text of \"a\" is not Unicode: it has half of a surrogate pair, dc00, at 0.*");
    }

    [Fact]
    public void Together_they_have_at_most_as_many_bytes_as_a_header()
    {
        NetworkMetadata.MaxBytes.Should().Be(SafetensorsHeader.MaxBytes);
        Network network = Small();
        string half = new('é', 25_000_000); // two bytes each
        network.Metadata = new Dictionary<string, string> { ["a"] = half, ["b"] = half[..^1] };
        network.Metadata["a"].Should().BeSameAs(half);
        Action set = () => network.Metadata = new Dictionary<string, string> { ["a"] = half, ["b"] = half };
        set.Should().Throw<ArgumentException>()
            .WithMessage("With \"b\" the metadata would have 100000002 bytes as UTF-8; at most 100000000 are possible.*file of its own*");
        network.Metadata["b"].Should().HaveLength(half.Length - 1);

        // Other networks cannot have more either.
        Network other = Small();
        other.Metadata = new Dictionary<string, string> { ["c"] = half };
        new Action(() => Network.Concat(network, other)).Should().Throw<ArgumentException>().WithMessage("*150000001 bytes*");
    }

    [Fact]
    public void Clones_and_slices_have_them()
    {
        Network network = Network.Create(3).Dense(4, Activation.Tanh).Dense(3).Build(1);
        network.Metadata = Texts;
        foreach (Network same in new[] { network.Clone(), network.Slice(0, 1), network.Slice(1, 1), network.Slice(0, 2) })
        {
            same.Metadata.Should().Equal(network.Metadata);

            // They are its own from now on.
            same.Metadata = new Dictionary<string, string> { ["of"] = "the copy" };
            network.Metadata.Should().HaveCount(Texts.Count);
        }
    }

    [Fact]
    public void Networks_that_are_put_together_have_all_of_them()
    {
        Network body = Small(), head = Small(), last = Small();
        body.Metadata = new Dictionary<string, string> { ["columns"] = "a,b", ["author"] = "x" };
        last.Metadata = new Dictionary<string, string> { ["classes"] = "cat,dog", ["author"] = "x" };
        Network whole = Network.Concat(body, head, last);
        whole.Metadata.Should().Equal(new Dictionary<string, string> { ["author"] = "x", ["classes"] = "cat,dog", ["columns"] = "a,b" });
        Network.Concat(whole.Slice(0, 1), whole.Slice(1, 2)).Metadata.Should().Equal(whole.Metadata);

        head.Metadata = new Dictionary<string, string> { ["author"] = "y" };
        new Action(() => Network.Concat(body, head, last)).Should().Throw<ArgumentException>()
            .WithMessage("Networks 0 and 1 both have metadata \"author\", with different texts*Take it away from one of them*");
        head.Metadata = body.Metadata;
        Network.Concat(body, head, last).Metadata.Should().Equal(whole.Metadata);
    }

    [Fact]
    public void No_step_and_no_prediction_allocates_for_them()
    {
        Network network = TestData.Classifier();
        network.Metadata = Texts;
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam());
        Dataset data = TestData.Clouds(32);
        using Workspace workspace = network.CreateWorkspace(32, training: false);
        float[] x = data.Inputs.ToArray(), desired = data.Desired.ToArray(), y = new float[32 * network.Output.Size];
        int length = 0;
        void Work()
        {
            trainer.Step(x, desired, 32);
            network.Predict(x, y, 32, workspace);
            length += network.Metadata["classes"].Length + network.Metadata.Count;
        }

        for (int k = 0; k < 100; k++)
            Work();
        SavedNetworks.Allocated(() =>
        {
            for (int k = 0; k < 10; k++)
                Work();
        }).Should().Be(0);
        length.Should().Be(110 * ("cat,dog".Length + Texts.Count));
    }

    [Fact]
    public void They_are_read_while_others_predict_and_set()
    {
        Network network = Small();
        Dictionary<string, string>[] sets =
            [.. Enumerable.Range(0, 2).Select(k => Enumerable.Range(0, 50).ToDictionary(i => $"{k}.{i}", _ => $"{k}"))];
        network.Metadata = sets[0];
        Parallel.For(0, 4000, i =>
        {
            if (i % 10 == 0)
                network.Metadata = sets[i / 10 % 2];
            KeyValuePair<string, string>[] seen = [.. network.Metadata];
            if (seen.Length != 50 || seen.Any(pair => pair.Value != seen[0].Value) || network.Predict([1, 2, 3]).Length != 3)
                throw new InvalidOperationException("A part of one and a part of another was read.");
        });
    }

    private static Network Small() => Network.Create(3).Dense(3).Build(1);
}
