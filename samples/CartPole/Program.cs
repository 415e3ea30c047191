// A network learns to balance a pole on a cart by trying: nobody tells it what is right, it only sees how long the pole stays up.
//
//     dotnet run -c Release --project samples/CartPole [-- --seed N --steps N]
//
// Two networks learn from each other (an actor and a critic): the critic estimates how long the pole will stay up from here, and the actor makes an
// action more probable if it went better than that. What the critic is to say depends on what it says of the next moment; so that it does not chase
// itself, a slow copy of it is asked: the target network.
using System.CommandLine;
using System.Numerics.Tensors;
using CartPole;
using NeuralNet;
using Samples;

const int Carts = 16, Moments = 64, Rows = Carts * Moments, Inputs = 4, Actions = 2, CriticSteps = 5;
const float Discount = 0.99f, Trace = 0.98f, TargetRate = 0.3f;

var seed = SampleCommand.Seed(1, "the weights and what is tried");
var steps = SampleCommand.Count("--steps", 200, "How many steps of learning");
return SampleCommand.Run(args, new RootCommand("Learns to balance a pole on a cart, by trying.") { seed, steps }, options =>
{
    var random = new RandomStream(options.GetValue(seed));
    Network actor = Network.Create(Inputs).Dense(32, Activation.Tanh).Dense(32, Activation.Tanh).Dense(Actions, Activation.LogSoftmax).Build(1);
    Network critic = Network.Create(Inputs).Dense(32, Activation.Tanh).Dense(32, Activation.Tanh).Dense(1).Build(2), target = critic.Clone();
    var decay = new CosineDecay(options.GetValue(steps), unit: ScheduleUnit.Steps);
    using var actorTrainer = new Trainer(actor, new PolicyGradient(), new Adam(learningRate: 3e-3f)) { Schedule = decay };
    using var criticTrainer = new Trainer(critic, Divergence.L2, new Adam(learningRate: 3e-3f));
    using Workspace workspace = actor.CreateWorkspace(Carts, training: false), values = target.CreateWorkspace(Rows + Carts, training: false);

    // [moments, carts, …]: what was seen, with the moment behind the last; what was done; how that went.
    float[] seen = new float[(Rows + Carts) * Inputs], logits = new float[Carts * Actions], advantages = new float[Rows * Actions];
    float[] value = new float[Rows + Carts], wanted = new float[Rows];
    bool[] right = new bool[Rows], fell = new bool[Rows], ended = new bool[Rows];
    Cart[] carts = [.. Enumerable.Range(0, Carts).Select(_ => new Cart())];
    int episodes = 0, finished = 0;
    double lengths = 0;
    foreach (Cart cart in carts)
        cart.Begin(random.Fork(episodes++));

    for (int step = 1; step <= options.GetValue(steps); step++)
    {
        for (int moment = 0; moment <= Moments; moment++)
        {
            Span<float> now = seen.AsSpan(moment * Carts * Inputs, Carts * Inputs);
            for (int i = 0; i < Carts; i++)
                carts[i].Observe(now.Slice(i * Inputs, Inputs));
            if (moment == Moments)
                break;
            actor.Predict(now, logits, Carts, workspace);
            for (int i = 0; i < Carts; i++)
            {
                int at = (moment * Carts) + i;
                right[at] = random.AtStep(step).Uniform(moment, i) >= MathF.Exp(logits[i * Actions]);
                carts[i].Push(right[at]);
                fell[at] = carts[i].HasFallen;
                ended[at] = fell[at] || carts[i].Pushes == Cart.MostPushes;
                if (!ended[at])
                    continue;
                (lengths, finished) = (lengths + carts[i].Pushes, finished + 1);
                carts[i].Begin(random.Fork(episodes++));
            }
        }

        // A moment with the pole up is worth 1 − γ, so that a value is at most 1. How much better it went than expected, with what followed counted
        // less and less: A = δ + γ λ A′, δ = 1 − γ + γ V′ − V (J. Schulman et al.: "High-dimensional continuous control using generalized advantage
        // estimation", 2016).
        target.Predict(seen, value, Rows + Carts, values);
        for (int at = Rows - 1; at >= 0; at--)
        {
            float later = at < Rows - Carts && !ended[at] ? wanted[at + Carts] - value[at + Carts] : 0;
            float next = fell[at] ? 0 : ended[at] ? value[at] : value[at + Carts];
            wanted[at] = 1 - Discount + (Discount * next) + (Discount * Trace * later);
        }

        float mean = 0, square = 0;
        for (int at = 0; at < Rows; at++)
            (mean, square) = (mean + ((wanted[at] - value[at]) / Rows), square + ((wanted[at] - value[at]) * (wanted[at] - value[at]) / Rows));
        float deviation = MathF.Sqrt(Math.Max(square - (mean * mean), 1e-6f));
        Array.Clear(advantages);
        for (int at = 0; at < Rows; at++)
            advantages[(at * Actions) + (right[at] ? 1 : 0)] = (wanted[at] - value[at] - mean) / deviation;

        actorTrainer.Step(seen.AsSpan(0, Rows * Inputs), advantages, Rows);
        for (int again = 0; again < CriticSteps; again++)
            criticTrainer.Step(seen.AsSpan(0, Rows * Inputs), wanted, Rows);
        TensorPrimitives.Lerp(target.Parameters, critic.Parameters, TargetRate, target.Parameters); // the target network follows slowly
        if (step % 25 != 0 || finished == 0)
            continue;
        Console.WriteLine(FormattableString.Invariant(
            $"step {step,4}: {finished,4} episodes, {lengths / finished,5:0.0} pushes each of at most {Cart.MostPushes}"));
        (lengths, finished) = (0, 0);
    }
});
