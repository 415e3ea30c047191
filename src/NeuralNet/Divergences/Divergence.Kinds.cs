namespace NeuralNet;

/// <content>The divergences of the library, by name, with their usual settings; each class has others.</content>
public abstract partial class Divergence
{
    /// <summary>½ ‖y − d‖².</summary>
    public static Divergence L2 { get; } = new L2();

    /// <summary>Σᵢ |yᵢ − dᵢ|.</summary>
    public static Divergence L1 { get; } = new L1();

    /// <summary>Squares up to a difference of 1, distances beyond.</summary>
    public static Divergence Huber { get; } = new Huber();

    /// <summary>Σᵢ log cosh(yᵢ − dᵢ).</summary>
    public static Divergence LogCosh { get; } = new LogCosh();

    /// <summary>½ Σᵢ |yᵢ − dᵢ|, least at the median; other quantiles with <c>new Quantile(tau)</c>.</summary>
    public static Divergence Quantile { get; } = new Quantile();

    /// <summary>Σᵢ (yᵢ − dᵢ log yᵢ), for counts d and their expectations y.</summary>
    public static Divergence Poisson { get; } = new Poisson();

    /// <summary>−Σᵢ (dᵢ log yᵢ + (1 − dᵢ) log(1 − yᵢ)).</summary>
    public static Divergence BinaryCrossEntropy { get; } = new BinaryCrossEntropy();

    /// <summary>−Σᵢ dᵢ log yᵢ.</summary>
    public static Divergence CrossEntropy { get; } = new CrossEntropy();

    /// <summary>Σᵢ dᵢ log(dᵢ / yᵢ).</summary>
    public static Divergence KullbackLeibler { get; } = new KullbackLeibler();

    /// <summary>Σᵢ max(0, 1 − dᵢ yᵢ), for d = −1 or +1.</summary>
    public static Divergence Hinge { get; } = new Hinge();

    /// <summary>Σᵢ max(0, 1 − dᵢ yᵢ)², for d = −1 or +1.</summary>
    public static Divergence SquaredHinge { get; } = new SquaredHinge();
}
