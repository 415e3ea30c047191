using System.Globalization;
using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The rectifier whose slope is learned: y = x for x &gt; 0, otherwise a x, with one a for each feature, or one for all.</summary>
/// <remarks><para>forward: y = x for x &gt; 0, otherwise a x.</para>
/// <para>backward: ∇x = ∇y for x &gt; 0, otherwise a ∇y; ∇a += Σ x ∇y over what is not positive, row by row.</para>
/// <para>Parameters: "weight" [features] or [1]: the slopes a, which weight decay spares as the paper asks. Every step of a
/// sequence, and every pixel of an image, has the slope of its feature. At the kink x = 0 backward gives ∇x = a ∇y, a
/// subgradient for slopes up to 1. NaN stays NaN. K. He, X. Zhang, S. Ren, J. Sun: "Delving deep into rectifiers", 2015.</para></remarks>
public sealed class Prelu : Layer, ILayerKind
{
    private const int Weight = 0;

    private readonly int features;

    /// <summary>Makes a rectifier with learned slopes.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="shared">One slope for all features, instead of one for each.</param>
    /// <param name="slope">What the slopes start from, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slope is infinite or NaN.</exception>
    public Prelu(Shape input, bool shared = false, float slope = 0.25f)
        : base(input, input)
    {
        Guard.Finite(slope, nameof(slope), "The slope");
        IsShared = shared;
        features = input.FeatureCount;
        Blocks = [new Block("weight", BlockRole.Scale, [shared ? 1 : features], new Constant(slope))];
        Scratch = new(shared ? 0 : features, 0);
        BackwardReads = BackwardReads.Input;
        IsStreamable = true;
    }

    /// <summary>Whether one slope serves all features.</summary>
    public bool IsShared { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("shared", IsShared);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Prelu(input, settings.GetBoolean("shared"));

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        ReadOnlySpan<float> slopes = pass.Parameter(Weight);
        int size = Input.SizeAt(pass.Steps);
        for (int row = 0; row < pass.Rows; row++)
        {
            int real = RealSize(pass.LengthOf(row));
            ReadOnlySpan<float> x = pass.Input.Slice(row * size, real);
            Span<float> y = pass.Output.Slice(row * size, size);
            y[real..].Clear();
            if (IsShared)
            {
                Elementwise.Forward(new Formula(slopes[0]), x, y[..real], pass.Workers);
            }
            else
            {
                for (int at = 0; at < real; at += features)
                    Elementwise.Map(default(Rectified), slopes, x.Slice(at, features), y.Slice(at, features));
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        ReadOnlySpan<float> slopes = pass.Parameter(Weight);
        Span<float> slopeGradient = pass.ParameterGradient(Weight);
        int size = Input.SizeAt(pass.Steps);
        for (int row = 0; row < pass.Rows; row++)
        {
            int real = RealSize(pass.LengthOf(row));
            ReadOnlySpan<float> x = pass.Input.Slice(row * size, real), dy = pass.OutputGradient.Slice(row * size, real);
            Span<float> dx = pass.InputGradient.IsEmpty ? default : pass.InputGradient.Slice(row * size, size);
            if (!dx.IsEmpty)
                dx[real..].Clear();
            if (IsShared)
            {
                if (!slopeGradient.IsEmpty)
                    slopeGradient[0] += Reduction.SumOf(default(SlopeGradient), x, dy);
                if (!dx.IsEmpty)
                    Elementwise.Backward(new Formula(slopes[0]), x, default, dy, dx[..real], pass.Workers);
            }
            else
            {
                Span<float> terms = pass.Scratch[..features];
                for (int at = 0; at < real; at += features)
                {
                    ReadOnlySpan<float> xs = x.Slice(at, features), dys = dy.Slice(at, features);
                    if (!slopeGradient.IsEmpty)
                    {
                        Elementwise.Map(default(SlopeGradient), xs, dys, terms);
                        TensorPrimitives.Add(slopeGradient, terms, slopeGradient);
                    }

                    if (!dx.IsEmpty)
                    {
                        Span<float> dxs = dx.Slice(at, features);
                        Elementwise.Map(default(SlopeAt), slopes, xs, dxs);
                        TensorPrimitives.Multiply(dxs, dys, dxs);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Prelu {Input}{(IsShared ? ", one slope" : "")}");

    // The floats of a row's real steps.
    private int RealSize(int length) => Input.Kind == ShapeKind.Sequence ? length * features : Input.Size;

    // y and dy/dx for one slope
    private readonly struct Formula(float slope) : IScalarFormula
    {
        public static BackwardReads Reads => BackwardReads.Input;

        public TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(z, TVector.Zero), TVector.Broadcast(slope) * z, z);

        public TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector> =>
            TVector.Select(TVector.LessThanOrEqual(z, TVector.Zero), TVector.Broadcast(slope), TVector.One);
    }

    // y from a and x
    private readonly struct Rectified : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => TVector.Select(TVector.LessThanOrEqual(b, TVector.Zero), a * b, b);
    }

    // dy/dx from a and x
    private readonly struct SlopeAt : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => TVector.Select(TVector.LessThanOrEqual(b, TVector.Zero), a, TVector.One);
    }

    // An element's part of ∇a, from x and ∇y
    private readonly struct SlopeGradient : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => TVector.Select(TVector.LessThan(TVector.Zero, a), TVector.Zero, a * b);
    }
}
