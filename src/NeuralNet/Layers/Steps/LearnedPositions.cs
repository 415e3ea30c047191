namespace NeuralNet;

/// <summary>Adds to each step of a sequence a learned vector of its position.</summary>
/// <remarks><para>forward: y_t = x_t + W_t, with t from 0. With carried state (<see cref="Batch.State"/>) t goes on where the last piece ended: the
/// position is the state of a row, one float, and steps past those of the shape are refused.</para>
/// <para>backward: ∇x_t = ∇y_t; ∇W_t += Σ ∇y_t over the rows of which step t is real, row by row.</para>
/// <para>Parameters: "weight" [steps, features]. W is added, so its role is that of a bias and weight decay spares it: decay
/// would wear away the last steps, which few rows reach, for no other reason than that they are rare. It starts small, from
/// a truncated normal distribution with σ = 0.02, so that at first y is about x.</para>
/// <para>J. Gehring et al.: "Convolutional sequence to sequence learning", 2017; J. Devlin et al.: "BERT", 2019.</para></remarks>
public sealed class LearnedPositions : Layer, ILayerKind
{
    private const int Weight = 0;

    /// <summary>Makes the layer.</summary>
    /// <param name="input">The shape of an input row, a sequence; the output's too.</param>
    /// <param name="initializer">How W is initialized; a truncated normal distribution with σ = 0.02 unless given.</param>
    /// <exception cref="ArgumentException">The shape is not a sequence.</exception>
    public LearnedPositions(Shape input, Initializer? initializer = null)
        : base(Guard.Sequence(input, nameof(LearnedPositions)), input)
    {
        Blocks = [new Block("weight", BlockRole.Bias, [input.Steps, input.FeatureCount], initializer ?? Initializer.TruncatedNormal)];
        BackwardReads = BackwardReads.None;
        StatePerRow = 1;
        StateIsCount = true;
        IsStreamable = true;

        // Where each row began.
        Cache = new(0, 1);
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new LearnedPositions(input);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">With carried state a row would pass the last position, or has none.</exception>
    public override void Check(in CheckPass pass) => CarriedPositions.Check(Input, pass);

    internal override bool ChecksBatches => true;

    internal override int CarriedSteps => CarriedPositions.Most(Input.Steps);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        for (int row = 0; row < pass.Cache.Length; row++)
            pass.Cache[row] = CarriedPositions.PositionOf(pass, row);
        CarriedPositions.Add(Input, pass.Parameter(Weight), pass);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        Span<float> gradient = pass.ParameterGradient(Weight);
        if (!gradient.IsEmpty)
            CarriedPositions.AddGradient(Input, pass.Cache, gradient, pass);
        CarriedPositions.ClearGradient(pass);
        pass.Copy(Input);
    }
}
