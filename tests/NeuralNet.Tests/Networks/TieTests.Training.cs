namespace NeuralNet.Tests;

/// <content>Training, files and memory.</content>
public partial class TieTests
{
    [Theory]
    [MemberData(nameof(Names))]
    public void A_step_in_parts_has_the_bits_of_the_whole(string name)
    {
        Network network = TiedNetworks.Tied(name);
        (float[] x, float[] d) = TiedNetworks.Data(network, Rows);
        float[] whole = Gradient(network, x, d, new float[d.Length]);
        foreach (int[] cut in new[] { [6], [1, 5], [2, 2, 2], new[] { 3, 1, 1, 1 } })
        {
            float[] gradient = new float[network.GradientLength], folded = new float[whole.Length];
            AddParts(gradient, cut);
            network.FoldTies(gradient);
            Bits(gradient.AsSpan(0, whole.Length)).Should().Equal(Bits(whole), string.Join("+", cut));
            gradient.AsSpan(whole.Length).ContainsAnyExcept(0).Should().BeFalse();

            AddParts(folded, cut);
            for (int i = 0; i < whole.Length; i++)
                folded[i].Should().BeApproximately(whole[i], 1e-5f);
            if (name is "language model" or "as it is" && cut.Length > 1)
                Bits(folded).Should().NotEqual(Bits(whole), "the shares were added up in each call, so it matters that they are kept apart");
        }

        void AddParts(float[] gradient, int[] cut)
        {
            using Workspace workspace = network.CreateWorkspace(Rows);
            int first = 0, input = network.Input.Size, output = network.Output.Size;
            double total = network.TotalWeight(new Batch { Rows = Rows, Inputs = x, Desired = d }, DivergenceOf(network));
            foreach (int rows in cut)
            {
                var part = new Batch
                {
                    Rows = rows,
                    FirstRow = first,
                    TotalWeight = total,
                    Stream = new RandomStream(1),
                    Inputs = x.AsSpan(first * input, rows * input),
                    Desired = d.AsSpan(first * output, rows * output),
                };
                network.AddGradient(part, DivergenceOf(network), gradient, workspace);
                first += rows;
            }
        }
    }

    [Fact]
    public void A_rate_of_tied_blocks_alone_is_refused_and_a_tied_block_learns_as_the_one_that_it_is()
    {
        Refused("language model", "3.weight", "Rates[\"3.weight\"] is of a tied block, which has no values of its own; give \"0.weight\" the rate.");
        Refused("as it is", "1", "Rates[\"1\"] is of tied blocks, which have no values of their own; give \"0.weight\", \"0.bias\" the rate.");
        Refused("branches", "0.0.1.weight", "*give \"0.0.0.weight\" the rate.");
        Moved("as it is", "0").Should().Equal("2.weight", "2.bias");
        Moved("as it is", "0", "1").Should().Equal("2.weight", "2.bias"); // a loop over all layers may say twice what is so
        Moved("autoencoder", "0").Should().Equal("1.bias");
        Moved("autoencoder", "1").Should().Equal("0.weight", "0.bias");
        Moved("branches", "0.1").Should().Equal("0.0.0.weight", "0.0.0.bias", "0.0.1.bias", "1.weight", "1.bias");

        static void Refused(string name, string place, string words) =>
            new Action(() => Moved(name, place)).Should().Throw<ArgumentException>().WithMessage(words);
        static List<string> Moved(string name, params string[] places)
        {
            Network network = TiedNetworks.Tied(name), before = network.Clone();
            (float[] x, float[] d) = TiedNetworks.Data(network, Rows);
            using var trainer = new Trainer(network, DivergenceOf(network), new Sgd(0.1f));
            foreach (string place in places)
                trainer.Rates[place] = 0;
            trainer.Step(x, d, Rows);
            return [.. network.Blocks.Where(block => !network.Parameter(block.Name).SequenceEqual(before.Parameter(block.Name)))
                .Select(block => block.Name)];
        }
    }

    [Fact]
    public void A_gradient_is_added_to()
    {
        Network network = TiedNetworks.Tied("autoencoder");
        (float[] x, float[] d) = TiedNetworks.Data(network, Rows);
        float[] once = Gradient(network, x, d, new float[d.Length]), twice = [.. once];
        using Workspace workspace = network.CreateWorkspace(Rows);
        network.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = d }, Divergence.L2, twice, workspace);
        for (int i = 0; i < once.Length; i++)
            twice[i].Should().BeApproximately(2 * once[i], 1e-5f);
    }

    [Fact]
    public void A_gradient_of_another_length_is_refused()
    {
        Network network = TiedNetworks.Tied("autoencoder");
        (float[] x, float[] d) = TiedNetworks.Data(network, 1);
        using Workspace workspace = network.CreateWorkspace(1);
        foreach (int length in new[] { 22, 24, 37, 39 })
        {
            Action add = () => network.AddGradient(new Batch { Rows = 1, Inputs = x, Desired = d }, Divergence.L2, new float[length], workspace);
            add.Should().Throw<ArgumentException>().WithMessage(
                $"The gradient has {length} values; 23 were expected, as many as parameters, or 38 to keep those of tied blocks apart.*");
        }

        foreach (int length in new[] { 23, 37, 39 })
        {
            Action fold = () => network.FoldTies(new float[length]);
            fold.Should().Throw<ArgumentException>()
                .WithMessage($"The gradient has {length} values; 38 were expected, those of tied blocks among them.*");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nothing_is_allocated_after_the_first_call(int threads)
    {
        Network network = TiedNetworks.LanguageModel(8, 600, 70).Tie("0.weight", to: "3.weight", transposed: true).Build(1);
        (float[] x, float[] d) = TiedNetworks.Data(network, Rows);
        float[] y = new float[d.Length], gradient = new float[network.Parameters.Length], apart = new float[network.GradientLength];
        Allocations.Of(() =>
        {
            var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam()) { Threads = threads };
            Workspace workspace = network.CreateWorkspace(Rows, threads);
            All();
            return All;

            void All()
            {
                trainer.Step(x, d, Rows);
                network.Predict(x, y, Rows, workspace);
                network.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = d }, Divergence.CrossEntropy, gradient, workspace);
                network.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = d }, Divergence.CrossEntropy, apart, workspace);
                network.FoldTies(apart);
            }
        }).Should().Be(0);
    }

    [Fact]
    public void A_step_that_is_refused_leaves_nothing_behind()
    {
        Network network = TiedNetworks.Tied("autoencoder"), other = network.Clone();
        (float[] x, float[] d) = TiedNetworks.Data(network, Rows);
        using Trainer trainer = new(network, Divergence.L2, new Sgd(0.1f)), untouched = new(other, Divergence.L2, new Sgd(0.1f));
        float[] wrong = [.. d];
        wrong[3] = float.NaN;
        Action step = () => trainer.Step(x, wrong, Rows);
        step.Should().Throw<NotFiniteNumberException>();
        trainer.Step(x, d, Rows);
        untouched.Step(x, d, Rows);
        Bits(network.Parameters).Should().Equal(Bits(other.Parameters));

        network.Parameter("0.weight")[4] = float.PositiveInfinity;
        step = () => trainer.Step(x, d, Rows);
        step.Should().Throw<NotFiniteNumberException>().WithMessage("*Parameter \"0.weight\"[4] is Infinity.*");
    }

    [Fact]
    public void Lbfgs_finds_a_minimum_of_both()
    {
        Network network = TiedNetworks.Tied("autoencoder");
        (float[] x, _) = TiedNetworks.Data(network, 8);
        LbfgsResult result = new Lbfgs(gradientTolerance: 1e-4f).Minimize(network, Divergence.L2, new Batch { Rows = 8, Inputs = x, Desired = x });
        result.Stop.Should().Be(LbfgsStop.Gradient);
        float[] gradient = Gradient(network, x, x, new float[x.Length]);
        gradient.Should().OnlyContain(g => Math.Abs(g) <= 1e-4f);
    }

    [Fact]
    public void A_language_model_with_one_table_learns_a_rule()
    {
        // The next id is the last one plus 1, modulo 11.
        Network network = TiedNetworks.LanguageModel().Tie("0.weight", to: "3.weight", transposed: true).Build(1);
        float[] x = new float[11 * 5], d = new float[11 * 5 * 11];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = ((i / 5) + (i % 5)) % 11;
            d[(i * 11) + (((int)x[i] + 1) % 11)] = 1;
        }

        using var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(0.02f));
        float before = trainer.Step(x, d, 11), after = before;
        for (int step = 0; step < 300; step++)
            after = trainer.Step(x, d, 11);
        after.Should().BeLessThan(0.1f * before);
    }
}
