using NeuralNet;

namespace CartPole;

/// <summary>D = −Σᵢ dᵢ yᵢ, with y = log π the logarithms of the actions' probabilities, and d the advantage A of the action a that was taken, at its
/// place, and 0 elsewhere: D = −A log π(a).</summary>
/// <remarks>The whole of a divergence of one's own: value and derivative. It runs at the speed of the library's.</remarks>
internal sealed class PolicyGradient() : Divergence<PolicyGradient.Formula>(default)
{
    public readonly struct Formula : IDivergenceFormula
    {
        public TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> => -(d * y);

        public TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector> => -d;
    }
}
