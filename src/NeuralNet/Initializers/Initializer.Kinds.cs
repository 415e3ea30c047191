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
}
