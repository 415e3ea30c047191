using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Adam: each parameter moves by its mean gradient over the root of its mean squared gradient.</summary>
/// <remarks><para>With g = ∇w + λ w at step t: m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − η m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ)
/// and v̂ = v / (1 − β₂ᵗ). What has faded below 10⁻³⁶ in m or v becomes 0, and |g| below 10⁻¹⁷ adds nothing to v. D. Kingma, J. Ba: "Adam: a method
/// for stochastic optimization", 2015. For decay apart from the gradient see <see cref="AdamW"/>.</para>
/// <para>Lazy, it leaves in sparse blocks (<see cref="Block.IsSparse"/>, such as an <see cref="Embedding"/>'s) each element whose ∇w is exactly 0
/// as it is: w, m and v, decay included. All other elements and blocks go by the rule above, with the same t. So an id that does not occur is not
/// moved on by an old m, and m and v are means over the steps in which it occurs: it then moves by about η each time, where by the dense rule it is
/// about η / √p if it occurs in a share p of the steps. (An id that comes late moves by more at first, up to some 6 η, for the corrections know the
/// steps, not the ids.) It is another rule, not an approximation, and a step of it only reads the gradient of what does not occur. It is that of
/// PyTorch's SparseAdam and TensorFlow's LazyAdam, but element by element: where one value of a row has ∇w = 0 though its id occurs, theirs move it
/// on by its m; and they add ε to √v, not to √v̂.</para></remarks>
public class Adam : Optimizer<Adam.Rule>
{
    private readonly double exactBeta1, exactBeta2, exactEpsilon;

    /// <summary>Makes the optimizer.</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="beta1">β₁, in [0, 1).</param>
    /// <param name="beta2">β₂, in [0, 1).</param>
    /// <param name="epsilon">ε, at least 10⁻¹⁶.</param>
    /// <param name="weightDecay">λ, at least 0, of the weights.</param>
    /// <param name="lazy">Whether elements of sparse blocks stay as they are where ∇w is 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Adam(
        float learningRate = 1e-3f, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-8f, float weightDecay = 0, bool lazy = false)
        : base(learningRate, weightDecay)
    {
        Beta1 = Guard.Fraction(beta1, nameof(beta1), "β₁");
        Beta2 = Guard.Fraction(beta2, nameof(beta2), "β₂");
        Epsilon = Guard.Epsilon(epsilon);
        IsLazy = lazy;
        (exactBeta1, exactBeta2, exactEpsilon) = (Guard.AsWritten(beta1), Guard.AsWritten(beta2), Guard.AsWritten(epsilon));
    }

    /// <summary>β₁: how slowly the mean gradient changes.</summary>
    public float Beta1 { get; }

    /// <summary>β₂: how slowly the mean squared gradient changes.</summary>
    public float Beta2 { get; }

    /// <summary>ε: keeps the quotient finite.</summary>
    public float Epsilon { get; }

    /// <summary>Whether elements of sparse blocks stay as they are, with m and v, where ∇w is 0.</summary>
    public override bool IsLazy { get; }

    /// <inheritdoc/>
    public override KindSettings Settings =>
        base.Settings.Set("beta1", Beta1).Set("beta2", Beta2).Set("epsilon", Epsilon).Set("lazy", IsLazy);

    private protected virtual bool DecouplesDecay => false;

    /// <inheritdoc/>
    protected override Rule CreateRule(in OptimizerPass pass) => new(pass, exactBeta1, exactBeta2, exactEpsilon, DecouplesDecay);

    /// <summary>The step of one parameter. Settings are doubles, so that 1 − β is rounded once.</summary>
    /// <param name="pass">The range, with η, λ and t.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="decouplesDecay">Whether w is shrunk first by η λ w, as in <see cref="AdamW"/>, instead of λ w being added to ∇w.</param>
    public readonly struct Rule(in OptimizerPass pass, double beta1, double beta2, double epsilon, bool decouplesDecay) : IUpdateRule
    {
        private readonly float step = (float)(pass.LearningRate / (1 - Exact.Power(beta1, pass.Step)));
        private readonly float rootScale = (float)(1 / Math.Sqrt(1 - Exact.Power(beta2, pass.Step)));
        private readonly float beta1 = (float)beta1, notBeta1 = (float)(1 - beta1), beta2 = (float)beta2, notBeta2 = (float)(1 - beta2);
        private readonly float epsilon = (float)epsilon;
        private readonly float decay = decouplesDecay ? 0 : pass.WeightDecay;
        private readonly float keep = decouplesDecay ? (float)(1 - ((double)pass.LearningRate * pass.WeightDecay)) : 1;

        static int IUpdateRule.ValuesPerParameter => 2;

        bool IUpdateRule.SkipsZeros => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IUpdateRule.Step<TVector>(TVector w, TVector g, ref TVector m, ref TVector v, ref TVector third)
        {
            g = TVector.FusedMultiplyAdd(TVector.Broadcast(decay), w, g);
            w *= TVector.Broadcast(keep);
            m = UpdateRule.Mean(m, g, beta1, notBeta1);
            v = UpdateRule.MeanSquare(v, g, beta2, notBeta2);

            // √(v / (1 − β₂ᵗ)) = √v · (1 / √(1 − β₂ᵗ)): one root and one division for each element.
            TVector root = TVector.FusedMultiplyAdd(TVector.Sqrt(v), TVector.Broadcast(rootScale), TVector.Broadcast(epsilon));
            return TVector.FusedMultiplyAdd(TVector.Broadcast(-step), m / root, w);
        }
    }
}
