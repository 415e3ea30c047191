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

    /// <summary>yᵢ = e^zᵢ / Σⱼ e^zⱼ.</summary>
    public static Activation Softmax { get; } = new Softmax();
}
