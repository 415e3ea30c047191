namespace NeuralNet;

/// <summary>A layer: shapes and formulas, never values.</summary>
/// <remarks><para>A layer maps rows of shape <see cref="Input"/> to rows of shape <see cref="Output"/>. It declares its blocks of
/// parameters and statistics and how much memory its passes need, all fixed in the constructor; the values come as spans
/// in a pass. So one layer object can serve many networks and many threads at once.</para>
/// <para>To write your own: derive, declare in the constructor, implement <see cref="Forward"/> and <see cref="Backward"/>, check it with
/// <see cref="GradientCheck"/>, and add it with <c>Network.Create(…).Add(shape => new MyLayer(shape))</c>.</para></remarks>
public abstract class Layer
{
    private readonly bool? isStreamable;
    private readonly long? multiplyAdds;

    /// <summary>States the shapes of one row.</summary>
    /// <param name="input">The shape of an input row.</param>
    /// <param name="output">The shape of an output row.</param>
    /// <exception cref="ArgumentException">A shape is empty (a default value).</exception>
    protected Layer(Shape input, Shape output)
    {
        Input = Guard.NotEmpty(input, nameof(input));
        Output = Guard.NotEmpty(output, nameof(output));
    }

    /// <summary>The shape of an input row.</summary>
    public Shape Input { get; }

    /// <summary>The shape of an output row.</summary>
    public Shape Output { get; }

    /// <summary>What kind of layer this is, in summaries, messages and files: the class's name unless overridden.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>What a file keeps of the layer beside its kind, its input's shape and the values of its blocks: none unless overridden.</summary>
    /// <remarks>An initializer is no setting: it only says how blocks start. Files make the layer anew with <see cref="LayerTypes"/>.</remarks>
    public virtual KindSettings Settings => new();

    /// <summary>The parameters and statistics that the layer works with, in a fixed order.</summary>
    public IReadOnlyList<Block> Blocks { get; protected init; } = [];

    /// <summary>What forward keeps for backward while training.</summary>
    public BufferSize Cache { get; protected init; }

    /// <summary>The working memory of the largest of the layer's passes.</summary>
    public BufferSize Scratch { get; protected init; }

    /// <summary>The floats of state that a row carries from call to call.</summary>
    /// <remarks>Forward makes the next state of it (<see cref="ForwardPass.StateOf"/>), backward of the last state's gradient that of the first,
    /// where it is wanted (<see cref="BackwardPass.StateGradientOf"/>).</remarks>
    public int StatePerRow { get; protected init; }

    /// <summary>Whether the layer's state is made of counts, such as the position that a row has come to: whole numbers of at least 0, which have
    /// no derivative. False unless stated: ordinary numbers.</summary>
    public bool StateIsCount { get; protected init; }

    /// <summary>Whether a row may come in pieces, with the state carried from one to the next: the outputs of the pieces, one after the other, then
    /// have the bits of those of the whole row (where nothing is drawn at random, or measured over the batch), and where there is one output for a
    /// row it is that of the last piece. A network refuses a batch with state unless all of its layers say so.</summary>
    /// <remarks><para>Of your own layers it is false unless stated, because whether steps meet cannot be told from outside; but a layer without steps
    /// and without state may stand in any network. State that it is true if a step of the output depends on its own step alone, or if all that
    /// it needs of earlier steps is in the state.</para>
    /// <para>A layer that gives fewer steps than it takes may say so too if pieces, all but the last, of a multiple of its stride give what the
    /// whole gives; it states that stride as <see cref="PieceSteps"/>.</para>
    /// <para>A composite is streamable if all of its layers are, and none behind a layer that gives one step of many has a state. A
    /// <see cref="Composite"/> of your own whose formula lets steps meet must set it to false, whatever its children say.
    /// <see cref="GradientCheck"/> tries pieces wherever it is true.</para></remarks>
    public bool IsStreamable
    {
        get => isStreamable ?? (StatePerRow == 0 && Input.Kind != ShapeKind.Sequence && Output.Kind != ShapeKind.Sequence);
        protected init => isStreamable = value;
    }

    /// <summary>The steps of a piece of a row must be a multiple of this number, where the layer <see cref="IsStreamable"/>: it is the stride of a
    /// layer that gives fewer steps than it takes; 1 unless stated.</summary>
    /// <remarks>After any other piece the next one would begin between two places of the stride, so a network refuses a batch with state whose steps,
    /// or the length of one of whose rows, are no multiple, unless it says that nothing follows (<see cref="Batch.IsLastPiece"/>). Strides of layers
    /// one after the other multiply: <see cref="Chain"/> knows the product, and <see cref="Branches"/> and <see cref="Composite"/> the least common
    /// multiple of what is side by side.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The number stated is not positive.</exception>
    public int PieceSteps { get; protected init => field = Guard.Count(value, nameof(PieceSteps)); } = 1;

    /// <summary>What <see cref="Backward"/> reads of the forward pass beside the cache.</summary>
    public BackwardReads BackwardReads { get; protected init; } = BackwardReads.Input | BackwardReads.Output;

    /// <summary>Whether rows of a batch influence each other in training, as in a normalization over the batch; false unless stated.</summary>
    /// <remarks>Where the stored statistics are used (<see cref="ForwardPass.UsesStatistics"/>) no layer mixes rows.</remarks>
    public bool MixesRows { get; protected init; }

    /// <summary>Whether training draws random numbers; then a batch must bring a stream.</summary>
    public bool IsRandom { get; protected init; }

    /// <summary>The multiplications of a weight, a gate or a score with another value, each with the addition to a sum, that predicting one row
    /// takes; of a sequence a row with all its steps. What is done to each value by itself, such as an activation or a bias, is none.</summary>
    /// <remarks>Unless stated it is the sum over the children, and for each block of role <see cref="BlockRole.Weight"/> its length times the number
    /// of vectors (steps or pixels) of the input or the output, whichever has more. State it if weights are used otherwise.</remarks>
    public long MultiplyAdds
    {
        get => multiplyAdds ?? (Children.Sum(child => child.MultiplyAdds) + OwnProducts);
        protected init => multiplyAdds = value;
    }

    /// <summary>The activations at the very end of the layer that a pass can leave out (<see cref="ForwardPass.OmitActivation"/>), in the order
    /// of the columns that they make; none unless stated. Columns that none of them names are as they are.</summary>
    /// <remarks>A pass leaves out all of them or none. A network asks for z where the divergence has a form on it
    /// (<see cref="Divergence.Through(ReadOnlySpan{FinalActivation}, int, Span{bool})"/>).</remarks>
    public IReadOnlyList<FinalActivation> FinalActivations { get; protected init; } = [];

    /// <summary>The number of ids, if the input is made of ids: every input value is then a whole number from 0 to this number less 1.
    /// 0 unless stated: the inputs are ordinary numbers.</summary>
    /// <remarks><para>A layer of ids states the number in its constructor, at most 16,777,216 (larger whole numbers are not all floats), and gives
    /// ∇y₋ = 0; <see cref="GradientCheck"/> draws ids for it and expects that 0. A network that begins with such a layer, or only moves values
    /// before it (<see cref="Slice"/>, <see cref="Flatten"/> and the like), refuses a batch with any other value before anything is written.</para>
    /// <para>A chain has the number of its first layer, branches have the smallest number of theirs. A <see cref="Composite"/> of your own whose
    /// children read ids from its input sets the number itself.</para></remarks>
    public int InputIds { get; protected init; }

    /// <summary>Whether the output's rows have lengths where the input's have: a row with <c>n</c> real steps then has
    /// <see cref="OutputSteps"/>(n) real steps in the output, and 0 behind them. Unless overridden it is so if both are sequences.</summary>
    /// <remarks>Override it to give false where the output's steps are not made of the input's, such as in <see cref="Reshape"/>: the lengths then
    /// end here, and all steps of the output are real.</remarks>
    public virtual bool KeepsLengths => Input.Kind == ShapeKind.Sequence && Output.Kind == ShapeKind.Sequence;

    /// <summary>The layers that a composite is made of, the first one first; none unless it is one (<see cref="Composite"/>).</summary>
    /// <remarks>Its <see cref="Blocks"/> begin with theirs, child after child, each within its child (<see cref="Block.Within"/>), and its state with
    /// theirs. What follows is the composite's own.</remarks>
    public virtual IReadOnlyList<Layer> Children => [];

    /// <summary>How many composites are within one another, this one included; 0: the layer is no composite of the library's making.</summary>
    internal int Depth { get; private protected init; }

    /// <summary>The blocks that are none of the children's: all of them unless the layer is a composite.</summary>
    internal IEnumerable<Block> OwnBlocks => Blocks.Skip(Children.Sum(child => child.Blocks.Count));

    /// <summary>Whether some input values, of this layer or of one within it, are ids.</summary>
    internal virtual bool TakesIds => InputIds > 0 || Children.Any(child => child.TakesIds);

    /// <summary>Whether <see cref="OutputSteps"/> may give another number than it is given: people's own layers may say anything.</summary>
    internal virtual bool ChangesSteps => Output.Kind == ShapeKind.Sequence && (this is not ILayerKind || Input.Steps != Output.Steps);

    /// <summary>Whether <see cref="Check"/> may refuse anything: true for people's own layers, which may override it.</summary>
    internal virtual bool ChecksBatches => this is not ILayerKind;

    /// <summary>The operations of predicting a row with all its steps, roughly: what a file may ask for is limited by it.</summary>
    internal virtual double Work => Input.Size + (double)Output.Size
        + (Children.Count > 0 ? Children.Sum(child => child.Work) + OwnProducts : MultiplyAdds)
        + OwnBlocks.Where(block => block.Role != BlockRole.Weight).Sum(block => (double)block.Length);

    /// <summary>Whether every output value is one of the input values, or 0: what is known of an output value is then known of the input
    /// value that it was (<see cref="Tracing"/>).</summary>
    internal virtual bool MovesValues => false;

    /// <summary>Whether a float of a row's state is a count (<see cref="StateIsCount"/>), of this layer or of one within it.</summary>
    internal bool CountsAt(int element)
    {
        foreach (Layer child in Children)
        {
            if (element < child.StatePerRow)
                return child.CountsAt(element);
            element -= child.StatePerRow;
        }

        return StateIsCount;
    }

    /// <summary>How many steps a row may come to in pieces; <see cref="int.MaxValue"/>: any number.</summary>
    internal virtual int CarriedSteps => Children.Count == 0 ? int.MaxValue : Children.Min(child => child.CarriedSteps);

    /// <summary>Whether a batch to train on may carry state.</summary>
    internal bool TrainsWithState { get; private protected init; } = true;

    /// <summary>The number of ids that an input value ranges over, 0 for an ordinary number.</summary>
    internal virtual int IdsAt(int element) => InputIds;

    /// <summary>If the layer only moves values: writes to each input value of a row the mark of the output value that it becomes, and 0 if it
    /// becomes none. Unless overridden values stay where they are in memory.</summary>
    internal virtual void MoveBack(ReadOnlySpan<int> output, Span<int> input) => output.CopyTo(input);

    /// <summary>If the layer only moves whole vectors, or columns of them: the final activations of its output where the layer before it has
    /// these. Null unless overridden, and where one of them cannot be left out any more.</summary>
    internal virtual IReadOnlyList<FinalActivation>? HandOn(IReadOnlyList<FinalActivation> activations) => null;

    /// <summary>What summaries say beside the kind: the final activations, unless they are a child's.</summary>
    internal virtual string? Detail =>
        Children.Count == 0 && FinalActivations.Count > 0 ? string.Join(", ", FinalActivations.Select(one => one.Activation)) : null;

    /// <summary>How many steps the output has of an input of <paramref name="steps"/> steps: in a call, and in a row with that many real
    /// steps.</summary>
    /// <remarks>Override it in a layer whose output steps follow from the input's in another way, by a function that never falls as steps are
    /// added. The result is from 1 to the steps of <see cref="Output"/>; a batch for which it is not, because a row is too short, is
    /// refused.</remarks>
    /// <param name="steps">The steps of the input; 1 unless it is a sequence.</param>
    /// <returns>Unless overridden <paramref name="steps"/> if input and output are sequences of as many steps and the layer
    /// <see cref="KeepsLengths"/>, otherwise the steps of <see cref="Output"/>.</returns>
    public virtual int OutputSteps(int steps) => KeepsLengths && Input.Steps == Output.Steps ? steps : Output.Steps;

    /// <summary>Refuses a batch that the layer cannot work on, before anything is written; most layers can work on any.</summary>
    /// <remarks>It is asked before forward, and not again before backward; sizes, steps, lengths and weights have been checked then. Training over
    /// a data set asks too, before the first step, about its smallest batch, all rows of the shortest length. A composite of your own hands it on
    /// to its children.</remarks>
    /// <param name="pass">What there is to see of the batch.</param>
    /// <exception cref="ArgumentException">The layer cannot work on the batch; the message says what was expected, and what it got.</exception>
    public virtual void Check(in CheckPass pass)
    {
    }

    /// <summary>Computes <see cref="ForwardPass.Output"/> from <see cref="ForwardPass.Input"/>, row by row.</summary>
    /// <param name="pass">The values and the memory to work with; sizes have been checked.</param>
    public abstract void Forward(in ForwardPass pass);

    /// <summary>The chain rule: from ∇y makes ∇z, adds ∇W and ∇b to the parameters' gradients, and writes ∇y₋ where it is wanted.</summary>
    /// <param name="pass">The values and the memory to work with; sizes have been checked.</param>
    public abstract void Backward(in BackwardPass pass);

    /// <summary>Brings the statistics up to date after the backward pass of each part of a step; most layers have none.</summary>
    /// <remarks>The statistics are a copy of those before the step, which becomes the network's with the optimizer's step, and is dropped if the
    /// step is refused.</remarks>
    /// <param name="pass">The cache of the forward pass and the statistics.</param>
    public virtual void UpdateStatistics(in StatisticsPass pass)
    {
    }

    /// <summary>The layer in words.</summary>
    /// <returns>Its kind and shapes.</returns>
    public override string ToString() => $"{Kind} {Input} → {Output}";

    // Each vector is multiplied with each of the layer's own weights.
    private long OwnProducts =>
        Math.Max(Vectors(Input), Vectors(Output)) * OwnBlocks.Where(block => block.Role == BlockRole.Weight).Sum(block => (long)block.Length);

    private static long Vectors(Shape shape) => shape.Size / shape.FeatureCount;
}
