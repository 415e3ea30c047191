namespace NeuralNet.Tests.Data;

/// <summary>Which column has the class, what the classes are, and whether the others can be told apart.</summary>
public sealed class CsvLabelTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Dataset Read(string text, int? classes = null, CsvColumn label = default, CsvOptions? options = null) =>
        Dataset.FromCsv(folder.Write("data.csv", text), classes, label: label, options: options);

    [Theory]
    [InlineData("label,pixel0,pixel1,pixel2\n5,0,12,0\n3,7,0,0\n", 10, new[] { 5, 3 })]
    [InlineData("class,a,b\n2,5,1\n1,7,0\n", 3, new[] { 2, 1 })]
    public void A_label_that_seems_to_be_first_is_refused_and_can_be_stated(string text, int classes, int[] labels)
    {
        Action read = () => Read(text, classes);

        read.Should().Throw<InvalidDataException>().WithMessage("*data.csv: the first column is \"*state the column of the class, label: 0 for the*");
        Read(text, classes, label: 0).Labels.ToArray().Should().Equal(labels);
        Read(text, classes, label: text[..text.IndexOf(',')]).InputWidth.Should().Be(text.AsSpan(0, text.IndexOf('\n')).Count(','));
        Read(text, classes, label: ^1).Labels.ToArray().Should().OnlyContain(label => label < 2);
    }

    [Fact]
    public void A_last_column_of_one_class_is_refused_where_several_are_stated()
    {
        Action read = () => Read("5,0,12,0\n3,7,0,0\n", classes: 10);

        read.Should().Throw<InvalidDataException>().WithMessage("*every row has the same class in its last column, \"column 4\"*label: 0*label: ^1.");
        Read("5,0,12,0\n3,7,0,0\n", classes: 10, label: 0).Labels.ToArray().Should().Equal(5, 3);
        Read("5,0,12,0\n3,7,0,0\n", classes: 10, label: ^1).Labels.ToArray().Should().Equal(0, 0);
    }

    [Fact]
    public void Classes_may_be_words_in_any_column()
    {
        Dataset data = Read("a,kind,b\n1,dog,2\n3,cat,4\n5,dog,6\n", label: "kind");

        data.ClassNames.Should().Equal("cat", "dog");
        data.Labels.ToArray().Should().Equal(1, 0, 1);
        data.Inputs.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Numbers_are_names_of_classes_where_the_options_say_so()
    {
        Dataset data = Read("1.0,1\n2.0,2\n3.0,3\n", options: new CsvOptions { Text = ["column 2"] });

        data.ClassNames.Should().Equal("1", "2", "3");
        data.Labels.ToArray().Should().Equal(0, 1, 2);
    }

    [Theory]
    [InlineData(1_700_000_000, 10, 10)]
    [InlineData(16_777_216, 1, 4)]
    public void Numbers_that_floats_cannot_tell_apart_are_refused(int first, int step, int rows)
    {
        Action read = () => Read("t,class\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{first + (step * i)},{i % 2}\n")));

        read.Should().Throw<InvalidDataException>().WithMessage($"*data.csv: the numbers of column \"t\" go from {first} to *floats do not tell*");
    }

    [Fact]
    public void Targets_are_named_or_the_last()
    {
        string path = folder.Write("targets.csv", "p,a,q\n1,2,3\n4,5,6\n");

        Dataset data = Dataset.FromCsvWithTargets(path, ["q", "p"]);

        data.Desired.ToArray().Should().Equal(3, 1, 6, 4);
        data.Inputs.ToArray().Should().Equal(2, 5);
        FluentActions.Invoking(() => Dataset.FromCsvWithTargets(path, ["r"])).Should().Throw<ArgumentException>()
            .WithMessage("There is no column \"r\"; expected one of the 3 columns \"p\", \"a\", \"q\".*");
        FluentActions.Invoking(() => Dataset.FromCsv(path, label: 3)).Should().Throw<ArgumentException>().WithMessage("There is no column 3;*");
    }
}
