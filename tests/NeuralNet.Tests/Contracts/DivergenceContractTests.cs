namespace NeuralNet.Tests.Contracts;

/// <summary>What every divergence owes to its callers, in its textbook form and in its forms on logits.</summary>
public class DivergenceContractTests
{
    private const int Rows = 4, Width = 3;

    private static readonly float[] y = [0.2f, 0.3f, 0.5f, 0.7f, 0.1f, 0.2f, 0.3f, 0.6f, 0.1f, 0.4f, 0.4f, 0.2f];
    private static readonly float[] desired = [1, 0, 0, 0, 1, 0, 0.2f, 0.5f, 0.3f, 0, 0, 1];

    public static TheoryData<string> Divergences => PublicKinds.Names(PublicKinds.DivergencesAndTheirFormsOnLogits());

    [Theory]
    [MemberData(nameof(Divergences))]
    public void Backward_agrees_with_finite_differences(string name)
    {
        GradientCheckResult check = GradientCheck.Divergence(Find(name));
        check.Passes().Should().BeTrue(check.ToString());
    }

    [Theory]
    [MemberData(nameof(Divergences))]
    public void The_mean_is_taken_over_rows_and_weighted_where_weights_are_given(string name)
    {
        Divergence divergence = Find(name);
        float[] weights = [2, 0.5f, 1, 3];
        double plain = 0, weighted = 0;
        for (int row = 0; row < Rows; row++)
        {
            float single = divergence.Forward(Row(y, row), Row(desired, row), 1);
            plain += single / Rows;
            weighted += weights[row] * single / weights.Sum();
        }

        ((double)divergence.Forward(y, desired, Rows)).Should().BeApproximately(plain, 1e-6);
        ((double)divergence.Forward(y, desired, Rows, weights)).Should().BeApproximately(weighted, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Divergences))]
    public void A_row_of_weight_0_is_as_if_absent_even_if_it_is_NaN(string name)
    {
        Divergence divergence = Find(name);
        float[] outputs = [.. Row(y, 0), float.NaN, float.NaN, float.NaN, .. Row(y, 1)],
            wanted = [.. Row(desired, 0), float.NaN, 0, 0, .. Row(desired, 1)];
        float[] dy = new float[9], expected = new float[6];
        divergence.Forward(outputs, wanted, 3, [1, 0, 1]).Should().Be(divergence.Forward(y.AsSpan(0, 6), desired.AsSpan(0, 6), 2));
        divergence.Backward(outputs, wanted, dy, 3, [1, 0, 1]);
        divergence.Backward(y.AsSpan(0, 6), desired.AsSpan(0, 6), expected, 2);
        dy.Should().Equal([.. expected[..3], 0, 0, 0, .. expected[3..]]);
    }

    [Theory]
    [MemberData(nameof(Divergences))]
    public void A_NaN_is_never_swallowed(string name)
    {
        Divergence divergence = Find(name);
        for (int i = 0; i < y.Length; i++)
        {
            float[] outputs = [.. y], dy = new float[y.Length];
            outputs[i] = float.NaN;
            divergence.Forward(outputs, desired, Rows).Should().Be(float.NaN);
            divergence.Backward(outputs, desired, dy, Rows);
            dy[i].Should().Be(float.NaN);
        }
    }

    [Theory]
    [MemberData(nameof(Divergences))]
    public void Nothing_is_allocated(string name)
    {
        Divergence divergence = Find(name);
        float[] dy = new float[y.Length];
        divergence.Backward(y, desired, dy, Rows);
        divergence.Forward(y, desired, Rows);
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 20; i++)
            {
                divergence.Forward(y, desired, Rows);
                divergence.Backward(y, desired, dy, Rows);
            }
        }).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Divergences))]
    public void Bad_sizes_and_weights_are_refused_with_words(string name)
    {
        Divergence divergence = Find(name);
        divergence.Invoking(d => d.Forward(y, desired, 0)).Should().Throw<ArgumentOutOfRangeException>();
        divergence.Invoking(d => d.Forward(y, desired, -1)).Should().Throw<ArgumentOutOfRangeException>();
        divergence.Invoking(d => d.Forward(y, desired, 5)).Should().Throw<ArgumentException>().WithMessage("*12*5 rows*");
        divergence.Invoking(d => d.Forward(default, default, 1)).Should().Throw<ArgumentException>();
        divergence.Invoking(d => d.Forward(y, desired.AsSpan(1), Rows)).Should().Throw<ArgumentException>().WithMessage("*11*12*");
        divergence.Invoking(d => d.Forward(y, desired, Rows, [1, 2, 3])).Should().Throw<ArgumentException>().WithMessage("*4 weights*3*");
        divergence.Invoking(d => d.Forward(y, desired, Rows, [1, -2, 3, 4])).Should().Throw<ArgumentException>().WithMessage("*row 1*-2*");
        divergence.Invoking(d => d.Forward(y, desired, Rows, [1, 2, float.NaN, 4])).Should().Throw<ArgumentException>().WithMessage("*row 2*NaN*");
        divergence.Invoking(d => d.Forward(y, desired, Rows, [0, 0, 0, 0])).Should().Throw<ArgumentException>().WithMessage("*weights are 0*");
        divergence.Invoking(d => d.Backward(y, desired, new float[11], Rows)).Should().Throw<ArgumentException>().WithMessage("*11*12*");
        float[] shared = [.. y];
        divergence.Invoking(d => d.Backward(shared, desired, shared, Rows)).Should().Throw<ArgumentException>().WithMessage("*overlap*");
    }

    private static float[] Row(float[] values, int row) => values[(row * Width)..((row + 1) * Width)];

    private static Divergence Find(string name) => PublicKinds.Find(PublicKinds.DivergencesAndTheirFormsOnLogits(), name);
}
