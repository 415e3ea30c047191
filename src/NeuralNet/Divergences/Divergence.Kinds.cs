namespace NeuralNet;

/// <content>The divergences of the library, by name, with their usual settings; each class has others.</content>
public abstract partial class Divergence
{
    /// <summary>½ ‖y − d‖².</summary>
    public static Divergence L2 { get; } = new L2();

    /// <summary>−Σᵢ (dᵢ log yᵢ + (1 − dᵢ) log(1 − yᵢ)).</summary>
    public static Divergence BinaryCrossEntropy { get; } = new BinaryCrossEntropy();

    /// <summary>−Σᵢ dᵢ log yᵢ.</summary>
    public static Divergence CrossEntropy { get; } = new CrossEntropy();
}
