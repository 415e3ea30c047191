// The smallest whole program: a network learns a XOR b, each step on all four cases.
//
//     dotnet run -c Release --project samples/Xor
using System.CommandLine;
using NeuralNet;
using Samples;

return SampleCommand.Run(args, new RootCommand("Learns a XOR b from all four cases."), _ =>
{
    float[] inputs = [0, 0, 0, 1, 1, 0, 1, 1];
    float[] desired = [0, 1, 1, 0];

    Network network = Network.Create(inputs: 2).Dense(8, Activation.Tanh).Dense(1, Activation.Sigmoid).Build(seed: 1);
    using var trainer = new Trainer(network, Divergence.BinaryCrossEntropy, new Adam(learningRate: 0.05f));

    for (int step = 0; step <= 500; step++)
    {
        float divergence = trainer.Step(inputs, desired, rows: 4);
        if (step % 100 == 0)
            Console.WriteLine($"step {step,3}: divergence {divergence:0.0000}");
    }

    float[] y = network.Predict(inputs);
    for (int row = 0; row < 4; row++)
        Console.WriteLine($"{inputs[2 * row]} xor {inputs[(2 * row) + 1]} = {y[row]:0.000}");
});
