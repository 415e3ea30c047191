using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A learned vector for each id: words, products, positions on a board, any class that a number only stands for.</summary>
/// <remarks><para>forward: y_t = W[id_t], where id_t is the one value of step t: a whole number from 0 to vocabulary − 1, as a float.
/// It is what a dense layer without bias gives for one-hot rows, without their products with 0.</para>
/// <para>backward: ∇W[id_t] += ∇y_t, row after row and step after step, which touches the ids that occur and no others. Ids
/// have no derivative: ∇x = 0.</para>
/// <para>Parameters: "weight" [vocabulary, width]. Its fan in is 1, because one value of a one-hot row counts. So
/// <see cref="Initializer.LecunNormal"/>, which W starts from, is N(0, 1), as in PyTorch: y has the variance 1 that the next layer's
/// initializer counts on, and is as large as <see cref="SinusoidalPositions"/>, which may be added to y.
/// <see cref="Initializer.TruncatedNormal"/> is the small start of BERT and GPT.</para>
/// <para>A value that is no id, NaN included, is refused before anything is written: by the network if ids come straight into it, or through layers
/// that only move them, otherwise by this layer. Rows of weight 0 need ids too; values past a row's length are not read.</para>
/// <para>The gradient is sparse, and W says so (<see cref="Block.IsSparse"/>). <see cref="Sgd"/> without momentum and <see cref="Adagrad"/>, both
/// without weight decay, leave the vector of an id that does not occur exactly as it is, and only read its gradient; so do <see cref="Adam"/> and
/// <see cref="AdamW"/> if they are lazy, which is another rule. All other optimizers, and those that decay, pass over the whole table in every
/// step, and go on moving vectors by what they remember. A <see cref="Penalty"/> gives every weight a gradient. The trainer reads the whole
/// gradient once more, to find what is not finite.</para>
/// <para>Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin: "A neural probabilistic language model", 2003.</para></remarks>
public sealed class Embedding : Layer, ILayerKind
{
    private const int Weight = 0;

    /// <summary>Makes an embedding.</summary>
    /// <param name="input">Sequence(steps, 1), an id at each step; or Features(n), n ids in a row, which become a sequence of n steps.</param>
    /// <param name="vocabulary">How many ids there are, at most 16,777,216: of larger whole numbers not all are floats.</param>
    /// <param name="width">How many features stand for an id, at least 1.</param>
    /// <param name="initializer">How W is initialized; N(0, 1) unless given.</param>
    /// <param name="paddingId">
    /// An id that stands for nothing: it gives 0 and no gradient, whatever its row of W holds. That row starts at 0, and stays there unless W is
    /// tied to another matrix, of which it is then an ordinary part: trained by that one's gradient, and not 0. Null: none.
    /// </param>
    /// <exception cref="ArgumentException">The input is an image, or a sequence with more than one value at each step.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range, or W or a row would have 2³¹ values or more.</exception>
    public Embedding(Shape input, int vocabulary, int width, Initializer? initializer = null, int? paddingId = null)
        : base(input, Vectors(input, width))
    {
        if (vocabulary is < 1 or > Ids.Max)
            throw Guard.OutOfRange(
                nameof(vocabulary), vocabulary, $"A vocabulary of 1 to {Ids.Max} ids was expected; of larger whole numbers not all are floats.");

        if (paddingId < 0 || paddingId >= vocabulary)
            throw Guard.OutOfRange(nameof(paddingId), paddingId.Value, $"The padding id is one of the ids, 0 to {vocabulary - 1}.");
        Vocabulary = vocabulary;
        Width = width;
        PaddingId = paddingId;
        Initializer table = initializer ?? Initializer.LecunNormal;
        if (paddingId is { } id)
            table = new WithPadding(table, id);
        Blocks = [new Block("weight", BlockRole.Weight, [vocabulary, width], table) { FanIn = 1, IsSparse = true }];
        BackwardReads = BackwardReads.Input;
        InputIds = vocabulary;
        MultiplyAdds = 0; // a row is copied, whatever the size of the table
        IsStreamable = true;
    }

    /// <summary>How many ids there are.</summary>
    public int Vocabulary { get; }

    /// <summary>How many features stand for an id.</summary>
    public int Width { get; }

    /// <summary>The id that stands for nothing; null if there is none.</summary>
    public int? PaddingId { get; }

    /// <inheritdoc/>
    public override KindSettings Settings
    {
        get
        {
            KindSettings settings = new KindSettings().Set("vocabulary", Vocabulary).Set("width", Width);
            return PaddingId is { } id ? settings.Set("paddingId", id) : settings;
        }
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Embedding(
        input, settings.GetInt32("vocabulary"), settings.GetInt32("width"),
        paddingId: settings.Contains("paddingId") ? settings.GetInt32("paddingId") : null);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value of a real step is no id.</exception>
    public override void Forward(in ForwardPass pass)
    {
        Check(pass.Input, pass.Rows, pass.Steps, pass.Lengths, pass.FirstRow);
        ReadOnlySpan<float> table = pass.Parameter(Weight);
        Require.SameLength(table.Length, Blocks[Weight].Length);
        EmbeddingKernels.Lookup(pass.Input, table, pass.Output, pass.Lengths, Input.SizeAt(pass.Steps), Width, PaddingId ?? -1, pass.Workers);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value of a real step is no id.</exception>
    public override void Backward(in BackwardPass pass)
    {
        Check(pass.Input, pass.Rows, pass.Steps, pass.Lengths, pass.FirstRow);
        Span<float> gradient = pass.ParameterGradient(Weight);
        if (!gradient.IsEmpty)
            Require.SameLength(gradient.Length, Blocks[Weight].Length);
        pass.InputGradient.Clear();
        if (!gradient.IsEmpty)
        {
            EmbeddingKernels.AddGradient(
                pass.Input, pass.OutputGradient, gradient, pass.Lengths, Input.SizeAt(pass.Steps), Width, PaddingId ?? -1, pass.Workers);
        }
    }

    internal override string Detail =>
        string.Create(CultureInfo.InvariantCulture, $"{Vocabulary:N0} ids{(PaddingId is { } id ? $", {id} as padding" : "")}");

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {Detail}";

    private static Shape Vectors(Shape input, int width)
    {
        Guard.Count(width, nameof(width));
        return input switch
        {
            { Size: 0 } => input,
            { Kind: ShapeKind.Features } => Shape.SequenceFor(nameof(width), input.FeatureCount, width),
            { Kind: ShapeKind.Sequence, FeatureCount: 1 } => input.WithFeatures(width, nameof(width)),
            _ => throw new ArgumentException(
                $"An embedding takes ids, Sequence(steps, 1) or Features(n), but got {input}. Slice takes ids out of what lies beside them.",
                nameof(input)),
        };
    }

    // The kernels trust ids. A network has looked at ids that come straight into it, but not at computed ones.
    private void Check(ReadOnlySpan<float> ids, int rows, int steps, ReadOnlySpan<int> lengths, int firstRow)
    {
        int wrong = Ids.FirstWrong(Input, ids, [Vocabulary], rows, steps, lengths);
        if (wrong < 0)
            return;
        (int row, int at) = Math.DivRem(wrong, Input.SizeAt(steps));
        throw new ArgumentException(Ids.Refusal(Kind, Input, ids[wrong], Vocabulary, firstRow + row, at));
    }

    // PyTorch gives out the row of the padding id as it is, and starts it at 0. With 0 in that row a file of this table means the
    // same in both libraries.
    private sealed class WithPadding(Initializer initializer, int id) : Initializer
    {
        public override void Fill(Span<float> values, Block block, RandomStream stream)
        {
            initializer.Fill(values, block, stream);
            int width = block.Dimensions[1];
            values.Slice(id * width, width).Clear();
        }
    }
}
