namespace NeuralNet.Tests.Data;

public class OneHotTests
{
    [Fact]
    public void The_label_is_1_and_the_others_are_0()
    {
        float[] desired = [9, 9, 9, 9, 9, 9];

        OneHot.Encode([2, 0], 3, desired);

        desired.Should().Equal(0, 0, 1, 1, 0, 0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_label_out_of_range_is_refused_with_its_row_before_anything_is_written(int label)
    {
        float[] desired = [9, 9, 9, 9, 9, 9];

        Action encode = () => OneHot.Encode([2, label], 3, desired);

        encode.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"Row 1 has label {label}, expected 0 … 2.*");
        desired.Should().OnlyContain(d => d == 9);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(0)]
    public void A_wrong_size_is_refused(int length)
    {
        Action encode = () => OneHot.Encode([2, 0], 3, new float[length]);

        encode.Should().Throw<ArgumentException>().WithMessage($"*2 rows · 3 classes = 6 numbers, but got {length}.*");
    }

    [Fact]
    public void No_classes_are_refused()
    {
        Action encode = () => OneHot.Encode([], 0, []);

        encode.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("classes");
    }
}
