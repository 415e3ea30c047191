using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training;

/// <summary>A body that is frozen under a head that learns.</summary>
public class FrozenBodyTests
{
    private const int Steps = 1000;

    private static readonly Dataset data = TestData.Clouds(24);

    public static TheoryData<string> Optimizers => PublicKinds.Names(All());

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Not_one_bit_of_it_moves_whatever_there_is_of_decay_penalty_clipping_averages_and_schedules(string name)
    {
        foreach (WeightAverage average in new[] { WeightAverage.Exponential(0.99f), WeightAverage.Stochastic(fromEpoch: 20) })
        {
            Network network = Network.Create(2).Dense(6).BatchNorm(activation: Activation.Relu)
                .Residual(b => b.Dense(6, Activation.Tanh).Dropout(0.2f).BatchNorm()).LayerNorm()
                .Dense(5, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);

            // As trained: no statistic is what it was at the beginning, and zeros have signs.
            using (var before = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)))
                before.Fit(data, 3);
            network.Parameter("0.weight")[1] = -0f;
            network.Parameter("0.weight")[2] = 0f;
            float[] parameters = network.Parameters.ToArray(), statistics = network.Statistics.ToArray();
            int body = parameters.Length - network.Slice(4, 2).Parameters.Length;

            using var trainer = new Trainer(network, Divergence.CrossEntropy, PublicKinds.Find(All(), name))
            {
                Rates = { ["0"] = 0, ["1"] = 0, ["2"] = 0, ["3"] = 0 },
                BatchSize = 8,
                Average = average,
                KeepBest = true,
                Penalty = new Penalty(1e-4f, 1e-3f),
                Clipping = GradientClipping.ByNorm(0.05f),
                Schedule = new CosineDecay(Steps, warmUp: 10, unit: ScheduleUnit.Steps),
            };
            trainer.Rates.Follow("4", new Unfreeze(after: 50, unit: ScheduleUnit.Steps));
            for (int step = 0; step < Steps / 2; step++)
                trainer.Step(data.Inputs, data.Desired, data.Rows);
            trainer.Fit(data, (Steps - (Steps / 2)) / 3 + 1, data.Slice(0, 9), new Now(() => Unmoved(trainer.AverageNetwork())));
            trainer.StepCount.Should().BeGreaterThanOrEqualTo(Steps);
            Unmoved(network);
            network.Parameter("4.weight").SequenceEqual(parameters.AsSpan(body, 30)).Should().BeFalse("the head learns");

            void Unmoved(Network of)
            {
                of.Parameters[..body].ShouldHaveTheBitsOf(parameters.AsSpan(0, body), $"parameters, {average}");
                of.Statistics.ShouldHaveTheBitsOf(statistics, $"statistics, {average}");
            }
        }
    }

    private static List<Optimizer> All() =>
    [
        .. PublicKinds.Optimizers(), new AdamW(0.01f, weightDecay: 0.1f), new Adam(weightDecay: 0.01f), new Sgd(0.01f, 0.9f, weightDecay: 0.01f),
        new RmsProp(0.001f, momentum: 0.9f, centered: true, weightDecay: 0.01f),
    ];

    private sealed class Now(Action act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Finished is not null)
                act();
        }
    }
}
