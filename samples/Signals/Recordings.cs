using NeuralNet;

namespace Signals;

/// <summary>Made-up recordings of a sensor: noise, with a few events in each, and for each step what is to be heard.</summary>
internal static class Recordings
{
    public const int Steps = 400;

    // Every slot may have one event, so that events do not overlap.
    private const int Slots = 4, SlotSteps = Steps / Slots;

    public static string[] Names { get; } = ["quiet", "knock", "hum", "whistle"];

    /// <summary>Recordings that differ from seed to seed, the same on every machine but for the last bits of sines.</summary>
    public static Dataset Generate(int rows, long seed)
    {
        var random = new RandomStream(seed);
        RandomStream noise = random.Fork(0), choice = random.Fork(1);
        float[] signal = new float[rows * Steps];
        int[] classes = new int[rows * Steps];
        for (int row = 0; row < rows; row++)
        {
            for (int step = 0; step < Steps; step++)
                signal[(row * Steps) + step] = 0.3f * noise.Normal(row, step);
            for (int slot = 0; slot < Slots; slot++)
            {
                // What, when, how long, how loud, how high; "quiet" is one of the four, too.
                float Between(float low, float high, int which) => low + ((high - low) * choice.Uniform(row, (slot * 5) + which));
                int kind = (int)Between(0, Names.Length, 0), length = kind == 1 ? 30 : (int)Between(40, 70, 1);
                int start = (row * Steps) + (slot * SlotSteps) + (int)Between(0, SlotSteps - length, 2);
                float loudness = Between(0.7f, 1.2f, 3), pitch = Between(0.9f, 1.1f, 4);
                for (int t = 0; kind > 0 && t < length; t++)
                {
                    classes[start + t] = kind;
                    signal[start + t] += loudness * Event(kind, t, (float)t / length, pitch);
                }
            }
        }

        return Dataset.FromIds(signal, classes, Names.Length, rows).WithInputShape(Shape.Sequence(Steps, features: 1)).WithClassNames(Names);
    }

    // A knock rings and dies away, a hum stays, a whistle rises.
    private static float Event(int kind, int t, float share, float pitch) => kind switch
    {
        1 => 2 * MathF.Exp(-t / 9f) * MathF.Cos(1.3f * pitch * t),
        2 => MathF.Sin(0.45f * pitch * t),
        _ => MathF.Sin((0.7f + (0.4f * share)) * pitch * t),
    };
}
