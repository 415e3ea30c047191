using System.Text.Json;
using Xunit.Abstractions;

namespace NeuralNet.Tests.Reference;

public class RandomStreamReferenceTests(ITestOutputHelper output)
{
    private static readonly Values file = ReferenceFile.Read<Values>("random.json");

    /// <summary>Random123's known answers; make_reference.py checks its own Philox against these and a third one.</summary>
    [Fact]
    public void Bits_are_the_known_answers_of_Philox()
    {
        file.Vectors.Should().HaveCount(2);
        foreach (Vector known in file.Vectors)
        {
            RandomStream stream = new RandomStream(known.Seed).AtStep(known.Step);
            for (int i = 0; i < 4; i++)
                stream.Bits(known.Row, known.Element + i).Should().Be(known.Words[i]);
        }
    }

    [Fact]
    public void Bits_are_those_of_an_independent_Philox_for_every_kind_of_key()
    {
        file.Bits.Should().HaveCountGreaterThan(200);
        foreach (JsonElement[] one in file.Bits)
        {
            var stream = new RandomStream(one[0][0].GetInt64());
            foreach (JsonElement fork in one[1].EnumerateArray())
                stream = stream.Fork(fork.GetInt32());
            stream = stream.AtStep(one[0][1].GetInt64());

            (int row, int element, uint expected) = (one[0][2].GetInt32(), one[0][3].GetInt32(), one[0][4].GetUInt32());
            stream.Bits(row, element).Should().Be(expected, $"{one[0]} {one[1]}");
            stream.Uniform(row, element).Should().Be((float)((expected >> 8) / 16777216.0));
            stream.Normal(row, element).Should().Be(RandomStream.NormalQuantile(expected));
        }
    }

    // PPND7 itself is off by up to 2 · 2⁻²⁴; taking a float's logarithm makes that 2.9, and rounding the result adds ½.
    [Fact]
    public void Normal_numbers_are_quantiles_of_the_normal_distribution()
    {
        LargestError error = new("RandomStream.Normal", "value", "2⁻²⁴ of itself", 3.5);
        foreach (double[] pair in file.Quantiles)
            error.Add(RandomStream.NormalQuantile((uint)pair[0]), pair[1], LargestError.Epsilon * Math.Abs(pair[1]), $"bits {pair[0]}");
        error.ShouldBeWithinItsBound(output);
    }

    // 65,536 pairs of neighbours fall into 16 × 16 cells by 4 of their bits each: χ² has 255 degrees of freedom, so mean 255
    // and deviation 22.6. The draws are fixed; 5 deviations on either side would be missed once in a million.
    [Theory]
    [InlineData("seeds")]
    [InlineData("forks")]
    [InlineData("steps")]
    [InlineData("rows")]
    [InlineData("elements")]
    public void Neighbours_are_independent(string of)
    {
        const int Pairs = 65536, Cells = 16;
        foreach (int shift in new[] { 28, 14, 0 })
        {
            int[] counts = new int[Cells * Cells];
            for (int i = 0; i < Pairs; i++)
            {
                uint a = Draw(of, i), b = Draw(of, i + 1);
                counts[(((a >> shift) & 15) * Cells) + ((b >> shift) & 15)]++;
            }

            double expected = (double)Pairs / counts.Length, square = counts.Sum(count => (count - expected) * (count - expected)) / expected;
            output.WriteLine($"{of}, bits from {shift}: chi-square {square:F0} (255 +- 23)");
            square.Should().BeInRange(255 - 113, 255 + 113);
        }
    }

    [Fact]
    public void Permutations_are_equally_likely()
    {
        const int Draws = 24000;
        var counts = new Dictionary<int, int>();
        Span<int> order = stackalloc int[4];
        for (int i = 0; i < Draws; i++)
        {
            new RandomStream(6).AtStep(i).Permute(order);
            int number = (order[0] * 1000) + (order[1] * 100) + (order[2] * 10) + order[3];
            counts[number] = counts.GetValueOrDefault(number) + 1;
        }

        // χ² of 23 degrees of freedom: mean 23, deviation 6.8.
        counts.Should().HaveCount(24);
        counts.Values.Sum(count => (count - 1000.0) * (count - 1000.0) / 1000.0).Should().BeInRange(4, 57);
    }

    private static uint Draw(string of, int i) => of switch
    {
        "seeds" => new RandomStream(i).Bits(0, 0),
        "forks" => new RandomStream(1).Fork(i).Bits(0, 0),
        "steps" => new RandomStream(2).AtStep(i).Bits(0, 0),
        "rows" => new RandomStream(3).Bits(i, 0),
        _ => new RandomStream(4).Bits(0, i),
    };

    private sealed record Values(Vector[] Vectors, JsonElement[][] Bits, double[][] Quantiles);

    private sealed record Vector(long Seed, long Step, int Row, int Element, uint[] Words);
}
