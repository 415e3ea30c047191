using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>How parameters follow their gradient downhill: settings and one formula; what it remembers is an <see cref="OptimizerState"/>.</summary>
/// <remarks><para>For one of your own derive from <see cref="Optimizer{TRule}"/> and give the step of one parameter, which then runs at vector
/// speed; or derive from this class and write <see cref="Update"/> over spans.</para>
/// <para>In a loop of your own: <c>state = optimizer.CreateState(network)</c> once, then after each gradient
/// <c>optimizer.Step(network.Parameters, gradient, state)</c>, which leaves the gradient at 0, ready to be added to again.</para></remarks>
public abstract class Optimizer
{
    /// <summary>States the settings that all optimizers have.</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="weightDecay">λ, at least 0; it applies to blocks of role <see cref="BlockRole.Weight"/> only.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    protected Optimizer(float learningRate, float weightDecay)
    {
        LearningRate = Guard.Positive(learningRate, nameof(learningRate), "The learning rate");
        WeightDecay = Guard.NotNegative(weightDecay, nameof(weightDecay), "The weight decay");
    }

    /// <summary>What kind of optimizer this is, in messages and checkpoints: the class's name unless overridden.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>What a checkpoint compares of the optimizer beside its kind: learning rate and weight decay, and what an override adds.</summary>
    public virtual KindSettings Settings => new KindSettings().Set("learningRate", LearningRate).Set("weightDecay", WeightDecay);

    /// <summary>η.</summary>
    public float LearningRate { get; }

    /// <summary>λ: how strongly weights (not biases) are pulled towards 0.</summary>
    public float WeightDecay { get; }

    /// <summary>How many values the optimizer remembers of each parameter.</summary>
    public abstract int ValuesPerParameter { get; }

    /// <summary>Makes the state that goes with a network: all 0, before the first step.</summary>
    /// <param name="network">The network.</param>
    /// <returns>A new state.</returns>
    /// <exception cref="InvalidOperationException">The optimizer would remember fewer than 0 values of a parameter, or 2³¹ in all.</exception>
    public OptimizerState CreateState(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (ValuesPerParameter < 0 || (long)ValuesPerParameter * network.Parameters.Length > Array.MaxLength - 64)
            throw new InvalidOperationException(
                $"{Kind} would remember {ValuesPerParameter} values of each of {network.Parameters.Length} parameters; " +
                "0 or more were expected, and fewer than 2³¹ in all.");

        return new OptimizerState(network, ValuesPerParameter, WeightDecay > 0);
    }

    /// <summary>Moves the parameters one step, and sets the gradient to 0.</summary>
    /// <param name="parameters">All parameters of the network.</param>
    /// <param name="gradient">Their gradient, in the same layout; 0 afterwards.</param>
    /// <param name="state">What the optimizer remembers, from <see cref="CreateState"/>.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the state is another optimizer's.</exception>
    public void Step(Span<float> parameters, Span<float> gradient, OptimizerState state) =>
        Step(parameters, gradient, state, LearningRate, workers: null);

    /// <summary>Moves the parameters one step with a learning rate of its own, as a schedule gives it, and sets the gradient to 0.</summary>
    /// <inheritdoc cref="Step(Span{float}, Span{float}, OptimizerState)"/>
    /// <param name="parameters">All parameters of the network.</param>
    /// <param name="gradient">Their gradient, in the same layout; 0 afterwards.</param>
    /// <param name="state">What the optimizer remembers, from <see cref="CreateState"/>.</param>
    /// <param name="learningRate">η of this step, at least 0, instead of <see cref="LearningRate"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is not a finite number of at least 0.</exception>
    public void Step(Span<float> parameters, Span<float> gradient, OptimizerState state, float learningRate) =>
        Step(parameters, gradient, state, learningRate, workers: null);

    /// <summary>Moves what learns one step, each place with its factor on the learning rate, and sets the whole gradient to 0.</summary>
    /// <inheritdoc cref="Step(Span{float}, Span{float}, OptimizerState)"/>
    /// <param name="parameters">All parameters of the network.</param>
    /// <param name="gradient">Their gradient, in the same layout; 0 afterwards.</param>
    /// <param name="state">What the optimizer remembers, from <see cref="CreateState"/>; of what is frozen it stays as it is.</param>
    /// <param name="learningRate">η of this step, at least 0, before the factors.</param>
    /// <param name="rates">What learns, and how fast.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is not a finite number of at least 0, or becomes none by a factor.</exception>
    /// <exception cref="ArgumentException">A size does not fit, the state is another optimizer's, the rates name what the network does not have, or
    /// the optimizer takes no such factors (<see cref="Rprop"/>).</exception>
    public void Step(Span<float> parameters, Span<float> gradient, OptimizerState state, float learningRate, Rates rates)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(rates);
        Step(parameters, gradient, state, learningRate, workers: null, rates.For(state.Chain, state.Layout));
        gradient.Clear();
    }

    /// <summary>Whether elements of sparse blocks (<see cref="Block.IsSparse"/>) stay as they are where their gradient is 0, with all that is
    /// remembered of them; false unless overridden.</summary>
    public virtual bool IsLazy => false;

    /// <summary>The optimizer in words.</summary>
    /// <returns>Its kind and its settings.</returns>
    public override string ToString() => Settings.ToString(Kind);

    // Why a factor on the learning rate, other than 0 and 1, would not do what it says; null: it does.
    internal virtual string? NoFactors => null;

    internal void CheckRates(RatePlan? plan)
    {
        if (plan is not null && NoFactors is { } reason)
            plan.CheckZeroOrOne(Kind, reason);
    }

    internal void Step(
        Span<float> parameters, Span<float> gradient, OptimizerState state, float learningRate, Workers? workers, RatePlan? plan = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        Guard.NotNegative(learningRate, nameof(learningRate), "The learning rate of a step");
        if (parameters.Length != state.ParameterCount)
            throw WrongLength(parameters, state);
        if (gradient.Length != parameters.Length)
            throw WrongLength(gradient, parameters.Length);
        if (gradient.Overlaps(parameters) || gradient.Overlaps(state.Values) || parameters.Overlaps(state.Values))
            throw new ArgumentException("Parameters, gradient and state must not overlap.", nameof(gradient));
        if (state.ValuesPerParameter != ValuesPerParameter || state.SeparatesDecay != WeightDecay > 0)
            throw new ArgumentException("The state was made by an optimizer with other settings; make one with CreateState.", nameof(state));

        long step = state.Step + 1;
        if (plan is null && state.PassedOver is null)
        {
            foreach (ref readonly ParameterRange range in state.Ranges.AsSpan())
                Update(Pass(parameters, gradient, state, range, learningRate, step, workers));
        }
        else
        {
            StepByBlocks(parameters, gradient, state, learningRate, workers, plan);
        }

        state.Step = step;
    }

    // Each block with its factor and with the number of its own steps. Those passed over are counted when all others have moved.
    private void StepByBlocks(
        Span<float> parameters, Span<float> gradient, OptimizerState state, float learningRate, Workers? workers, RatePlan? plan)
    {
        CheckRates(plan);
        float largest = learningRate * (plan?.LargestFactor ?? 1);
        Guard.NotNegative(largest, nameof(learningRate), "The learning rate of a step, times the largest factor,");
        long[] passedOver = state.PassedOver ??= new long[state.Blocks.Length];
        for (int i = 0; i < passedOver.Length; i++)
        {
            ref readonly ParameterRange block = ref state.Blocks[i];
            float factor = plan?.Factors[i] ?? 1;
            if (factor > 0 && block.Place.Length > 0)
                Update(Pass(parameters, gradient, state, block, learningRate * factor, state.Step + 1 - passedOver[i], workers));
        }

        for (int i = 0; i < passedOver.Length; i++)
            passedOver[i] += plan?.Factors[i] == 0 ? 1 : 0;
    }

    private static ArgumentException WrongLength(ReadOnlySpan<float> parameters, OptimizerState state) =>
        new($"The state belongs to {state.ParameterCount} parameters, but got {parameters.Length}.", nameof(parameters));

    private static ArgumentException WrongLength(ReadOnlySpan<float> gradient, int parameters) =>
        new($"The gradient has {gradient.Length} values, there are {parameters} parameters.", nameof(gradient));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private OptimizerPass Pass(
        Span<float> parameters, Span<float> gradient, OptimizerState state, in ParameterRange range, float learningRate, long step,
        Workers? workers) => new()
        {
            Parameters = parameters.Slice(range.Place.Start, range.Place.Length),
            Gradient = gradient.Slice(range.Place.Start, range.Place.Length),
            Values = state.Values,
            Start = range.Place.Start,
            Total = state.ParameterCount,
            Step = step,
            LearningRate = learningRate,
            WeightDecay = range.AreWeights ? WeightDecay : 0,
            IsSparse = range.AreSparse,
            Workers = workers,
        };

    /// <summary>Moves a range of parameters that are treated alike, and sets their gradient to 0.</summary>
    /// <param name="pass">The range.</param>
    protected abstract void Update(in OptimizerPass pass);

    /// <summary>Makes a rule's step for all parameters of a range, and sets their gradient to 0.</summary>
    /// <remarks>For optimizers whose settings choose between rules; where there is one, derive from <see cref="Optimizer{TRule}"/>.</remarks>
    /// <typeparam name="TRule">The rule.</typeparam>
    /// <param name="rule">The rule of this step.</param>
    /// <param name="pass">The range.</param>
    /// <param name="isLazy">Whether an element of a sparse block stays as it is where its gradient is 0, with all that is remembered of it. Give
    /// <see cref="IsLazy"/>, and override that: a trainer's penalty goes by it too.</param>
    protected static void Apply<TRule>(TRule rule, in OptimizerPass pass, bool isLazy = false) where TRule : struct, IUpdateRule
    {
        if (isLazy && pass.IsSparse)
            UpdatePasses.RunLazily(rule, pass);
        else
            UpdatePasses.Run(rule, pass);
    }
}

/// <summary>An optimizer whose step for one parameter is written once for every vector width, and runs as one fused loop.</summary>
/// <typeparam name="TRule">The step of one parameter.</typeparam>
/// <inheritdoc/>
public abstract class Optimizer<TRule>(float learningRate, float weightDecay = 0) : Optimizer(learningRate, weightDecay)
    where TRule : struct, IUpdateRule
{
    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The rule has not 0 to 3 values per parameter.</exception>
    public sealed override int ValuesPerParameter => TRule.ValuesPerParameter is >= 0 and <= 3
        ? TRule.ValuesPerParameter
        : throw new InvalidOperationException($"{typeof(TRule).Name} has {TRule.ValuesPerParameter} values per parameter; 0 to 3 were expected.");

    /// <summary>Makes the rule of a step, of the settings and of what the pass says: learning rate, decay, step.</summary>
    /// <param name="pass">A range of parameters in that step.</param>
    /// <returns>The rule.</returns>
    protected abstract TRule CreateRule(in OptimizerPass pass);

    /// <inheritdoc/>
    protected sealed override void Update(in OptimizerPass pass) => Apply(CreateRule(pass), pass, IsLazy);
}
