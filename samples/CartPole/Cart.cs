using NeuralNet;

namespace CartPole;

/// <summary>A cart on a track, pushed to the left or to the right fifty times a second, with a pole on top that is free to fall.</summary>
/// <remarks>A. Barto, R. Sutton, C. Anderson: "Neuronlike adaptive elements that can solve difficult learning control problems", 1983.</remarks>
internal sealed class Cart
{
    /// <summary>The pushes after which an episode ends in any case.</summary>
    public const int MostPushes = 500;

    private const float Gravity = 9.8f, CartMass = 1, PoleMass = 0.1f, HalfLength = 0.5f, Force = 10, Seconds = 0.02f;
    private const float LargestPosition = 2.4f, LargestAngle = 0.2094f; // 12 degrees

    private float position, speed, angle, turning;

    /// <summary>How often it has been pushed since the episode began.</summary>
    public int Pushes { get; private set; }

    /// <summary>Whether the pole is falling over, or the track is at its end.</summary>
    public bool HasFallen => Math.Abs(position) > LargestPosition || Math.Abs(angle) > LargestAngle;

    /// <summary>Stands still, nearly upright.</summary>
    public void Begin(RandomStream stream)
    {
        (position, speed, angle, turning) = (Small(0), Small(1), Small(2), Small(3));
        Pushes = 0;

        float Small(int element) => (stream.Uniform(0, element) - 0.5f) * 0.1f;
    }

    /// <summary>What the network sees: position, speed, angle and the speed of turning, each about 1 in size.</summary>
    public void Observe(Span<float> state) =>
        (state[0], state[1], state[2], state[3]) = (position / LargestPosition, speed / 2, angle / LargestAngle, turning / 2);

    /// <summary>The laws of motion over a fiftieth of a second.</summary>
    public void Push(bool toTheRight)
    {
        float mass = CartMass + PoleMass, sin = MathF.Sin(angle), cos = MathF.Cos(angle);
        float pushed = ((toTheRight ? Force : -Force) + (PoleMass * HalfLength * turning * turning * sin)) / mass;
        float falls = ((Gravity * sin) - (cos * pushed)) / (HalfLength * ((4f / 3) - (PoleMass * cos * cos / mass)));
        float moves = pushed - (PoleMass * HalfLength * falls * cos / mass);
        position += Seconds * speed;
        speed += Seconds * moves;
        angle += Seconds * turning;
        turning += Seconds * falls;
        Pushes++;
    }
}
