using System.Runtime.CompilerServices;
using System.Text;
using NeuralNet.Tests.Contracts;
using Xunit.Abstractions;

namespace NeuralNet.Tests.Reference;

/// <summary>
/// The parity table: for every formula the largest error of value and of gradient beside PyTorch's float64. The library gives
/// the same bits on every machine, so the committed table must be what these tests measure, to the letter.
/// </summary>
public class ParityTests(ITestOutputHelper output)
{
    // Each measures its formulas against the committed reference values.
    private static readonly (string Heading, Func<IEnumerable<LargestError>> Measure)[] sections =
    [
        ("Scalar activations", ActivationReference.Measure),
        ("Vector activations", VectorActivationReference.Measure),
        ("Divergences", DivergenceReference.Measure),
        ("Dense", DenseReference.Measure),
        ("Whole networks", NetworkReference.Measure),
        ("Composition", CompositionReference.Measure),
        ("Tied blocks", TieReference.Measure),
        ("Recurrent layers", RecurrentReference.Measure),
        ("An encoder and a decoder", DecoderReference.Measure),
        ("Layers of sequences", StepsReference.Measure),
        ("Pools, upsampling and padding", PoolReference.Measure),
        ("Attention", AttentionReference.Measure),
        ("Attention with positions, windows and groups of heads", HeadsReference.Measure),
        ("Convolutions", ConvolutionReference.Measure),
        ("Normalization, and activations by themselves", NormReference.Measure),
        ("Scaling by known numbers, beside scikit-learn", ScalingReference.Measure),
        ("Normalization over batches, groups and channels", BatchReference.Measure),
        ("Optimizers, after 200 steps", OptimizerReference.Measure),
        ("Lazy optimizers of sparse gradients, after 50 steps", SparseReference.Measure),
        ("L-BFGS, at the minimum", ScheduleReference.MeasureMinimum),
        ("Learning-rate schedules, 50 steps", ScheduleReference.Measure),
        ("Initializers", InitializerReferenceTests.Measure),
    ];

    public static TheoryData<string> Headings => [.. sections.Select(section => section.Heading)];

    [Theory]
    [MemberData(nameof(Headings))]
    public void Every_error_is_within_its_bound(string heading)
    {
        LargestError[] errors = [.. sections.Single(section => section.Heading == heading).Measure()];
        errors.Should().NotBeEmpty();
        foreach (LargestError error in errors)
            error.ShouldBeWithinItsBound(output);
    }

    // What may be off elementwise: 4 ulp, or 10⁻⁶ of itself (16.7 · 2⁻²⁴); in sums: 10⁻⁵ of the largest.
    [Theory]
    [MemberData(nameof(Headings))]
    public void Every_bound_is_the_usual_one_or_explained(string heading)
    {
        foreach (LargestError error in sections.Single(section => section.Heading == heading).Measure())
        {
            bool isUsual = error.Unit switch
            {
                "ulp" => error.Bound <= 4.001,
                "2⁻²⁴ D" or "2⁻²⁴ abs(y)" or "2⁻²⁴ abs(∇z)" => error.Bound <= 16.7,
                "of the largest" or "of D" or "of the block's largest" or "of the objective" or "of the factor" => error.Bound <= 1e-5,
                _ => false,
            };
            (isUsual || error.Why.Length > 10).Should().BeTrue($"{error} has another measure, and no reason for it");
        }
    }

    /// <summary>With NEURALNET_WRITE_PARITY=1 it writes the table instead.</summary>
    [Fact]
    public void The_committed_table_is_what_is_measured()
    {
        string table = Table();
        if (Environment.GetEnvironmentVariable("NEURALNET_WRITE_PARITY") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), "PARITY.md"), table + FingerprintTests.Section());
            return;
        }

        string committed = Path.Combine(AppContext.BaseDirectory, "Reference", "PARITY.md");
        File.ReadAllText(committed).ReplaceLineEndings("\n").Split(FingerprintTests.Heading)[0].Should().Be(
            table, "the table must be written anew, with NEURALNET_WRITE_PARITY=1, when errors change");
    }

    private static string Table()
    {
        var text = new StringBuilder();
        text.Append("""
            # Parity with PyTorch

            The largest error of every formula beside the same formula in float64, over all cases of the committed reference
            values, which reach to ±1e30 and where it makes sense to infinities, NaN and denormal numbers. Written by
            `ParityTests`, which fails when a figure is no longer true. An ulp is the distance of neighbouring floats at the
            exact result.

            """.ReplaceLineEndings("\n"));
        foreach ((string heading, Func<IEnumerable<LargestError>> measure) in sections)
        {
            text.Append("\n## ").Append(heading)
                .Append("\n\n| formula | what | largest error | accepted | unit | why so |\n|---|---|---|---|---|---|\n");
            foreach (LargestError error in measure())
                text.Append(error).Append('\n');
        }

        return text.ToString();
    }

    private static string SourceFolder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
