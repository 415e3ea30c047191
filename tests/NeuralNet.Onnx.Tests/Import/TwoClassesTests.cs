namespace NeuralNet.Onnx.Tests.Import;

/// <summary>1 − σ(z), by itself and beside σ(z): the probabilities of two classes. They keep their digits where the graph's own 1 − σ(z) is 0, and
/// are trained on the logits.</summary>
public class TwoClassesTests
{
    private static readonly Dictionary<string, (ModelOf Model, bool IsOtherFirst)> both = new()
    {
        ["1 less the operator"] = (Head().Node("p = Sigmoid(z)").Node("q = Sub(c, p)").Node("output = Concat(q, p)", ("axis", 1)), true),
        ["minus the operator and 1"] = (Head().Node("p = Sigmoid(z)").Node("n = Neg(p)").Node("q = Add(n, c)")
            .Node("output = Concat(p, q)", ("axis", -1)), false),
        ["1 / (1 + e^z)"] = (Head().Node("p = Sigmoid(z)").Node("e = Exp(z)").Node("f = Add(e, c)").Node("q = Div(c, f)")
            .Node("output = Concat(q, p)", ("axis", 1)), true),
        ["the operator of minus z"] = (Head().Node("n = Neg(z)").Node("q = Sigmoid(n)").Node("p = Sigmoid(z)")
            .Node("output = Concat(q, p)", ("axis", 1)), true),
    };

    public static TheoryData<string> Both => [.. both.Keys];

    [Theory]
    [MemberData(nameof(Both))]
    public void Two_classes_are_a_softmax_and_train_on_the_logits(string name)
    {
        (ModelOf model, bool isOtherFirst) = both[name];
        Network network = model.Import();
        network.Output.Should().Be(Shape.Features(2));
        foreach (float z in new[] { 0.3f, -2, 20, -20, 80 })
        {
            double p = 1 / (1 + Math.Exp(-z)), q = 1 / (1 + Math.Exp(z));
            float[] y = network.Predict([z]);
            y[isOtherFirst ? 1 : 0].Should().BeApproximately((float)p, (float)(1e-6 * p));
            y[isOtherFirst ? 0 : 1].Should().BeApproximately((float)q, (float)(2e-6 * q));
        }

        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        float[] other = isOtherFirst ? [1, 0] : [0, 1];
        trainer.Step([20], other, 1).Should().BeApproximately((float)(20 + Math.Log(1 + Math.Exp(-20))), 1e-5f);
        float after = Divergence.CrossEntropy.Forward(network.Predict([20]), other, 1);
        float.IsFinite(after).Should().BeTrue();
        after.Should().BeLessThan(20, "the step went down");
    }

    // A tensor of steps: each is a vector of two classes.
    [Fact]
    public void At_every_step_of_a_sequence()
    {
        Network network = new ModelOf(0, 3, 1).Number("c", 1).Node("p = Sigmoid(input)").Node("q = Sub(c, p)")
            .Node("output = Concat(q, p)", ("axis", 2)).Import();
        network.Output.Should().Be(Shape.Sequence(3, 2));
        float[] y = network.Predict([0, 30, -30]);
        y[0].Should().Be(0.5f);
        y[2].Should().BeApproximately((float)(1 / (1 + Math.Exp(30))), 1e-18f);
        y[4].Should().Be(1);
    }

    // Along another axis than the features they are not vectors of two classes.
    [Fact]
    public void Concat_of_steps_stays_one()
    {
        Network network = new ModelOf(0, 3, 1).Number("c", 1).Node("p = Sigmoid(input)").Node("q = Sub(c, p)")
            .Node("output = Concat(q, p)", ("axis", 1)).Import();
        network.Predict([0, 30, -30]).Should().HaveCount(6).And.StartWith(0.5f).And.HaveElementAt(3, 0.5f);
        network.Predict([0, 30, -30])[5].Should().BeLessThan(1e-12f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void One_less_a_sigmoid_is_a_sigmoid(int outputs)
    {
        ModelOf model = new ModelOf(0, 2).Floats("W", 2, outputs).Floats("b", outputs).Number("c", 1).Node("h = MatMul(input, W)")
            .Node("z = Add(h, b)").Node("p = Sigmoid(z)").Node("output = Sub(c, p)");
        Network network = model.Import();
        network.Layers.Should().ContainSingle().Which.Should().BeOfType<Dense>().Which.Activation.Should().BeOfType<Sigmoid>();
        float[] sure = network.Predict([200, 200]);
        using var trainer = new Trainer(network, Divergence.BinaryCrossEntropy, new Sgd(0.1f));
        float[] wrong = [.. sure.Select(y => y > 0.5f ? 0f : 1)];
        trainer.Step([200, 200], wrong, 1).Should().BeInRange(20, 500, "that is on the logits");
    }

    private static ModelOf Head() => new ModelOf(0, 1).Number("c", 1).Number("one", 1).Node("z = Mul(input, one)");
}
