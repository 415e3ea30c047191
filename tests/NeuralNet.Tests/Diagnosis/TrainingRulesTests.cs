namespace NeuralNet.Tests.Diagnosis;

public class TrainingRulesTests
{
    public static TheoryData<string, long> SickOnes => Each(Trainings.Sick.Keys, 3);

    public static TheoryData<string, long> HealthyOnes => Each(Trainings.Healthy.Keys, 5);

    [Theory]
    [MemberData(nameof(SickOnes))]
    public void Of_a_sick_training_the_cause_comes_first(string name, long seed)
    {
        (FindingKind kind, Func<long, Findings> run) = Trainings.Sick[name];
        Findings findings = run(seed);
        findings.Should().NotBeEmpty();
        findings[0].Kind.Should().Be(kind, $"{findings}");
    }

    [Theory]
    [MemberData(nameof(HealthyOnes))]
    public void Of_a_healthy_training_nothing_is_found(string name, long seed)
    {
        Findings findings = Trainings.Healthy[name](seed);
        findings.Should().BeEmpty($"{findings}");
    }

    [Fact]
    public void Every_rule_is_shown_by_a_sick_training_or_by_sick_data()
    {
        FindingKind[] ofData =
        [
            FindingKind.ContradictingLabels, FindingKind.UnpredictableLabels, FindingKind.ConstantColumns, FindingKind.UnbalancedClasses,
            FindingKind.RepeatedRows, // DataCheckTests
        ];
        Trainings.Sick.Values.Select(one => one.Kind).Concat(ofData).Distinct().Should().BeEquivalentTo(Enum.GetValues<FindingKind>());
    }

    [Fact]
    public void The_same_training_has_the_same_findings_in_the_same_words() =>
        $"{Trainings.Sick["rectifiers are dead"].Run(1)}".Should().Be($"{Trainings.Sick["rectifiers are dead"].Run(1)}");

    [Fact]
    public void A_finding_names_layer_numbers_cause_and_remedy_in_lines_of_at_most_90_characters()
    {
        Findings findings = Trainings.Sick["rectifiers are dead"].Run(1);
        findings[0].Place.Should().Be("1");
        findings[0].Severity.Should().Be(FindingSeverity.Serious);
        findings[0].Evidence.Should().Contain("32 units");
        string text = $"{findings}";
        text.Should().StartWith("1 finding.\n\n1. Serious: Dead units (layer 1, Dense)\n  Seen:  ");
        text.Should().Contain("\n  Cause: ").And.Contain("\n  Try:   ");
        text.Split('\n').Should().OnlyContain(line => line.Length <= 90);
    }

    [Fact]
    public void Without_a_training_nothing_is_found() => $"{new XRay().Findings()}".Should().Be("Nothing was found.\n");

    [Fact]
    public void What_is_found_in_data_comes_before_what_is_found_in_training()
    {
        Findings training = Trainings.Sick["the rate is too high"].Run(1);
        Findings both = training.And(DataCheck.Of(Trainings.DigitsForTraining, Trainings.DigitsForTraining).Findings()).And(training);
        both[0].Kind.Should().Be(FindingKind.LeakedRows);
        both.Count(finding => finding.Kind == FindingKind.RateTooHigh).Should().Be(1);
    }

    private static TheoryData<string, long> Each(IEnumerable<string> names, int seeds)
    {
        var all = new TheoryData<string, long>();
        foreach (string name in names)
        {
            for (long seed = 1; seed <= seeds; seed++)
                all.Add(name, seed);
        }

        return all;
    }
}
