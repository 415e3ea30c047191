namespace NeuralNet.Tests.Serialization;

/// <summary>Rules for all layers of a stack at once.</summary>
public class RenameRuleTests
{
    [Theory]
    [InlineData("h.{k}.ln.", "{2k+2}.1.0.", "h.0.ln.weight", "2.1.0.weight")]
    [InlineData("h.{k}.ln.", "{2k+2}.1.0.", "h.11.ln.bias", "24.1.0.bias")]
    [InlineData("h.{k}.ln.", "{k}.{2k}.{k+1}.{3k-1}.", "h.3.ln.g", "3.6.4.8.g")]
    [InlineData("h.{k}.ln.", "{k-5}.", "h.3.ln.g", "-2.g")]
    [InlineData("h.{k}.ln.", "{0k}.", "h.3.ln.g", "0.g")]
    [InlineData("h.{k}.", "{9999k+9999}.", "h.999999999.w", "9999000000000.w")]
    [InlineData("h.{k}.", "2.", "h.3.w", "2.w")]
    [InlineData("{k}.", "{k+1}.", "0.weight", "1.weight")]
    [InlineData("{k}.", "{k+1}.", "007.weight", "8.weight")]
    [InlineData("{k}.a.", "", "5.a.b", "b")]
    [InlineData("h.{k}", "{k}.weight", "h.12", "12.weight")]
    [InlineData("l{k}_w", "{k}.weight", "l4_w", "4.weight")]
    [InlineData("h.{k}.attn.bias", null, "h.7.attn.bias", null)]
    public void A_number_stands_for_every_layer(string from, string? to, string name, string? expected) =>
        RenameRules.Of([(from, to)])(name).Should().Be(expected);

    [Theory]
    [InlineData("h.{k}.ln.", "h.ln.w")]
    [InlineData("h.{k}.ln.", "h..ln.w")]
    [InlineData("h.{k}.ln.", "h.x.ln.w")]
    [InlineData("h.{k}.ln.", "h.-1.ln.w")]
    [InlineData("h.{k}.ln.", "h.1x.ln.w")]
    [InlineData("h.{k}.ln.", "h.1.lnx")]
    [InlineData("h.{k}.ln.", "x.h.1.ln.w")]
    [InlineData("h.{k}.ln.", "h.1.2.ln.w")]
    [InlineData("h.{k}.ln.", "h.{k}.ln.w")]
    [InlineData("h.{k}.ln.", "h.\u0663.ln.w")]
    [InlineData("h.{k}.ln", "h.1.ln.w")]
    [InlineData("h.{k}", "h.12.weight")]
    [InlineData("h.{k}", "h.1234567890")]
    [InlineData("h.{k}", "h.")]
    public void Other_names_stay_what_they_are(string from, string name) => RenameRules.Of([(from, "0.")])(name).Should().Be(name);

    [Fact]
    public void The_first_rule_that_fits_counts_of_these_too()
    {
        Func<string, string?> rename = RenameRules.Of([("h.{k}.a.bias", null), ("h.0.", "first."), ("h.{k}.", "{k}.")]);
        rename("h.0.a.bias").Should().BeNull();
        rename("h.0.a.weight").Should().Be("first.a.weight");
        rename("h.1.a.weight").Should().Be("1.a.weight");
    }

    [Theory]
    [InlineData("h.{i}.", "0.", "*(\"h.{i}.\", \"0.\")*{k} was expected once at most*function*")]
    [InlineData("h.{k}.{k}.", "0.", "*{k} was expected once at most*")]
    [InlineData("h.{2k}.", null, "*(\"h.{2k}.\", null)*{k} was expected once at most*")]
    [InlineData("h.{k}1.", "0.", "*(\"h.{k}1.\", \"0.\")*with no digit behind it*")]
    [InlineData("h}", "0.", "*{k} was expected once at most*")]
    [InlineData("h.", "{k}.", "*no brace was expected*no {k} in what the name begins with; write it there too*")]
    [InlineData("h.{k}.", "{i}.", "*{k}, {2k}, {k+1} or {2k+1} was expected*")]
    [InlineData("h.{k}.", "{k", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "k}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "}{k}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{{k}}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{2*k}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{-k}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{k+}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{k2}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{k + 2}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{kk}", "*{2k+1} was expected*")]
    [InlineData("h.{k}.", "{10000k}", "*below 10000*")]
    [InlineData("h.{k}.", "{k+10000}", "*below 10000*")]
    public void What_is_not_understood_is_refused_before_a_file_is_read(string from, string? to, string words)
    {
        Action rule = () => Network.Create(1).Dense(1).Build().LoadWeights("there is no such file", ("ok.", "0."), (from, to));
        rule.Should().Throw<ArgumentException>().WithMessage(words);
    }
}
