using NeuralNet.Tests.Networks;

namespace NeuralNet.CSharp.Tests;

/// <summary>The network's metadata in the generated source.</summary>
public class SourceMetadataTests
{
    [Fact]
    public void A_caller_reads_them_by_name()
    {
        Network network = Small();
        network.Metadata = NetworkMetadataTests.Texts;
        string text = network.ToCSharp("Net", "Company");
        text.Should().NotContainAny("\u0001", "\u0085", "\u2028", "\u202e", "\ufeff");
        text.Split('\n').Should().HaveCount(1 + text.Count(letter => letter == '\n')).And.NotContain(line => line.Contains('\r'));

        // Another class compares, so that what is generated is asked as a caller would.
        CompiledSource source = new([text, """
            using System;
            using System.Collections.Generic;
            namespace Caller;
            /// <summary>Uses the generated class.</summary>
            public static class Program
            {
                /// <summary>All letters, names and texts one after the other, each behind its length.</summary>
                public static float[] Predict(ReadOnlySpan<float> x)
                {
                    List<float> letters = [];
                    foreach ((string name, string text) in Company.Net.Metadata)
                    {
                        foreach (string one in (string[])[name, text, Company.Net.Metadata[name]])
                        {
                            letters.Add(one.Length);
                            foreach (char letter in one)
                                letters.Add(letter);
                        }
                    }
                    return [.. letters, Company.Net.Metadata is Dictionary<string, string> ? 1 : 0];
                }
            }
            """]);
        float[] expected =
        [
            .. network.Metadata.SelectMany(pair => new[] { pair.Key, pair.Value, pair.Value })
                .SelectMany(one => one.Select(letter => (float)letter).Prepend(one.Length)),
            0,
        ];
        source.PredictToArray("Caller.Program")([]).Should().Equal(expected);
        source.PredictToArray("Company.Net")([1, 2]).Should().Equal(network.Predict([1f, 2]));
    }

    [Fact]
    public void Without_any_the_text_says_nothing_of_them()
    {
        Network network = Small();
        string text = network.ToCSharp("Net");
        text.Should().NotContain("Metadata").And.NotContain("Words");
        network.Metadata = new Dictionary<string, string> { ["a"] = "b" };
        network.ToCSharp("Net").Should().Contain("Metadata => Words.Of;").And.Contain("[\"a\"] = \"b\",");
    }

    [Fact]
    public void More_than_compilers_take_is_refused()
    {
        Network network = Small();
        network.Metadata = new Dictionary<string, string> { ["a"] = new string('x', 1 << 20) };
        network.Invoking(one => one.ToCSharp("Net")).Should().Throw<NotSupportedException>()
            .WithMessage("The network's metadata have 1048577 characters; at most 1048576*clone whose Metadata are shorter*");
        network.Metadata = new Dictionary<string, string> { ["a"] = new string('\u0001', (1 << 20) - 1) };
        new CompiledSource([network.ToCSharp("Net")]).PredictToArray("Net")([1, 2]).Should().Equal(network.Predict([1f, 2]));
    }

    [Theory]
    [InlineData("Metadata")]
    [InlineData("Words")]
    public void A_class_cannot_be_called_as_what_is_in_it(string name) =>
        new Action(() => Small().ToCSharp(name)).Should().Throw<ArgumentException>().WithMessage($"*\"{name}\" is one that the generated file*");

    private static Network Small() => Network.Create(2).Dense(2, Activation.Tanh).Build(1);
}
