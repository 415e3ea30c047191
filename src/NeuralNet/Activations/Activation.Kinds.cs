namespace NeuralNet;

/// <content>The activations of the library, by name: with their usual settings, and as files make them from their own.</content>
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

    /// <summary>y = z for z &gt; 1, otherwise 0; another threshold with <c>new ThresholdedRelu(alpha)</c>.</summary>
    public static Activation ThresholdedRelu { get; } = new ThresholdedRelu();

    /// <summary>y = min(max(z, 0), 6).</summary>
    public static Activation Relu6 { get; } = new Relu6();

    /// <summary>y = z for z &gt; 0, otherwise a z with a from U(1/8, 1/3) while training and a = 11/48 in inference; another range with
    /// <c>new RandomizedLeakyRelu(lower, upper)</c>.</summary>
    public static Activation RandomizedLeakyRelu { get; } = new RandomizedLeakyRelu();

    /// <summary>y = z for z &gt; 0, otherwise eᶻ − 1; another limit with <c>new Elu(alpha)</c>.</summary>
    public static Activation Elu { get; } = new Elu();

    /// <summary>y = λ z for z &gt; 0, otherwise λ α (eᶻ − 1), with λ = 1.0507010 and α = 1.6732632.</summary>
    public static Activation Selu { get; } = new Selu();

    /// <summary>y = z for z &gt; 0, otherwise α (e^(z/α) − 1) with α = 1; another with <c>new Celu(alpha)</c>.</summary>
    public static Activation Celu { get; } = new Celu();

    /// <summary>y = z Φ(z), with the normal distribution's Φ.</summary>
    public static Activation Gelu { get; } = new Gelu();

    /// <summary>y = ½ z (1 + tanh(√(2/π) (z + 0.044715 z³))).</summary>
    public static Activation GeluTanh { get; } = new GeluTanh();

    /// <summary>y = z σ(z).</summary>
    public static Activation Silu { get; } = new Silu();

    /// <summary>y = z tanh(ln(1 + eᶻ)).</summary>
    public static Activation Mish { get; } = new Mish();

    /// <summary>y = ln(1 + eᶻ).</summary>
    public static Activation Softplus { get; } = new Softplus();

    /// <summary>y = z / (1 + |z|).</summary>
    public static Activation Softsign { get; } = new Softsign();

    /// <summary>y = min(max(z / 6 + ½, 0), 1); another slope with <c>new HardSigmoid(slope)</c>: 0.2 in Keras 1 and 2, and in ONNX.</summary>
    public static Activation HardSigmoid { get; } = new HardSigmoid();

    /// <summary>y = min(max(z, −1), 1); other bounds with <c>new HardTanh(min, max)</c>.</summary>
    public static Activation HardTanh { get; } = new HardTanh();

    /// <summary>y = z min(max(z + 3, 0), 6) / 6.</summary>
    public static Activation HardSwish { get; } = new HardSwish();

    /// <summary>y = −ln(1 + e⁻ᶻ).</summary>
    public static Activation LogSigmoid { get; } = new LogSigmoid();

    /// <summary>y = |z|.</summary>
    public static Activation Abs { get; } = new Abs();

    /// <summary>y = sin z; another frequency with <c>new Sine(frequency)</c>.</summary>
    public static Activation Sine { get; } = new Sine();

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

    /// <summary>y = a ⊙ silu(b), z = [a, b]: N. Shazeer, "GLU variants improve transformer", 2020.</summary>
    public static Activation SwiGlu { get; } = new Glu(new Silu());

    /// <summary>y = a ⊙ gelu(b), z = [a, b]: N. Shazeer, "GLU variants improve transformer", 2020.</summary>
    public static Activation GeGlu { get; } = new Glu(new Gelu());

    /// <summary>y = z / ‖z‖.</summary>
    public static Activation L2Normalize { get; } = new L2Normalize();

    // How each kind is made from its settings, by name. Of one without settings there is one object, which all networks share.
    internal static KeyValuePair<string, Func<KindSettings, Activation>>[] Kinds() =>
    [
        Of<Celu>(), Of<Elu>(), Of<Glu>(), Of<HardSigmoid>(), Of<HardTanh>(), Of<L2Normalize>(), Of<LeakyRelu>(), Of<Max>(), Of<Product>(),
        Of<RandomizedLeakyRelu>(), Of<Sine>(), Of<Softmax>(), Of<ThresholdedRelu>(),
        Of(Abs), Of(Gelu), Of(GeluTanh), Of(HardSwish), Of(Identity), Of(LogSigmoid), Of(LogSoftmax), Of(Mish), Of(Relu),
        Of(Relu6), Of(Selu), Of(Sigmoid), Of(Silu), Of(Softplus), Of(Softsign), Of(Tanh),
    ];

    private static KeyValuePair<string, Func<KindSettings, Activation>> Of<T>() where T : Activation, IActivationKind =>
        new(typeof(T).Name, T.FromSettings);

    private static KeyValuePair<string, Func<KindSettings, Activation>> Of(Activation activation) => new(activation.Kind, _ => activation);
}
