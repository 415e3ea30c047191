namespace NeuralNet;

/// <content>The activations of the library, by name, with their usual settings; each class has others.</content>
public abstract partial class Activation
{
    /// <summary>y = z.</summary>
    public static Activation Identity { get; } = new Identity();

    /// <summary>y = 1 / (1 + e⁻ᶻ).</summary>
    public static Activation Sigmoid { get; } = new Sigmoid();

    /// <summary>y = tanh z.</summary>
    public static Activation Tanh { get; } = new Tanh();

    /// <summary>y = max(z, 0).</summary>
    public static Activation Relu { get; } = new Relu();

    /// <summary>y = z for z &gt; 0, otherwise 0.01 z; another slope with <c>new LeakyRelu(slope)</c>.</summary>
    public static Activation LeakyRelu { get; } = new LeakyRelu();

    /// <summary>yᵢ = e^zᵢ / Σⱼ e^zⱼ; with a temperature by <c>new Softmax(temperature)</c>.</summary>
    public static Activation Softmax { get; } = new Softmax();

    /// <summary>yᵢ = zᵢ − log Σⱼ e^zⱼ.</summary>
    public static Activation LogSoftmax { get; } = new LogSoftmax();

    /// <summary>The larger of each two neighbours; of larger groups with <c>new Max(groupSize)</c>.</summary>
    public static Activation Max { get; } = new Max();

    /// <summary>The product of each two neighbours; of other pairs with <c>new Product(inputs, pairs)</c>.</summary>
    public static Activation Product { get; } = new Product();

    /// <summary>y = a ⊙ σ(b), z = [a, b]; with another gate by <c>new Glu(gate)</c>.</summary>
    public static Activation Glu { get; } = new Glu();

    /// <summary>y = z / ‖z‖.</summary>
    public static Activation L2Normalize { get; } = new L2Normalize();
}
