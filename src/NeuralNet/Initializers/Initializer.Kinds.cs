namespace NeuralNet;

/// <content>The initializers of the library, by name, with their usual settings; each class has others.</content>
public abstract partial class Initializer
{
    /// <summary>All 0.</summary>
    public static Initializer Zeros { get; } = new Constant(0);

    /// <summary>All 1.</summary>
    public static Initializer Ones { get; } = new Constant(1);

    /// <summary>U(−a, a) with a = √(6 / (fan in + fan out)): X. Glorot, Y. Bengio, 2010.</summary>
    public static Initializer GlorotUniform { get; } = new VarianceScaling(1, FanMode.Average, isNormal: false);

    /// <summary>N(0, σ²) with σ = √(2 / (fan in + fan out)): X. Glorot, Y. Bengio, 2010.</summary>
    public static Initializer GlorotNormal { get; } = new VarianceScaling(1, FanMode.Average, isNormal: true);

    /// <summary>U(−a, a) with a = √(6 / fan in), for rectifiers: K. He, X. Zhang, S. Ren, J. Sun, 2015.</summary>
    public static Initializer HeUniform { get; } = new VarianceScaling(2, FanMode.In, isNormal: false);

    /// <summary>N(0, σ²) with σ = √(2 / fan in), for rectifiers: K. He, X. Zhang, S. Ren, J. Sun, 2015.</summary>
    public static Initializer HeNormal { get; } = new VarianceScaling(2, FanMode.In, isNormal: true);

    /// <summary>
    /// U(−a, a) with a = √(3 / fan in), for <c>Selu</c> and the like: Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient backprop", 1998.
    /// </summary>
    public static Initializer LecunUniform { get; } = new VarianceScaling(1, FanMode.In, isNormal: false);

    /// <summary>N(0, σ²) with σ = √(1 / fan in), for <c>Selu</c> and the like: see <see cref="LecunUniform"/>.</summary>
    public static Initializer LecunNormal { get; } = new VarianceScaling(1, FanMode.In, isNormal: true);

    /// <summary>A random orthogonal matrix: A. Saxe, J. McClelland, S. Ganguli, 2014.</summary>
    public static Initializer Orthogonal { get; } = new Orthogonal();

    /// <summary>A normal distribution without its tails, σ = 0.02; another σ with <c>new TruncatedNormal(deviation)</c>.</summary>
    public static Initializer TruncatedNormal { get; } = new TruncatedNormal(0.02f);
}
