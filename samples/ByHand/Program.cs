// One small network, forward and backward by hand: every z and y, then every ∇y, ∇z, ∇W and ∇b in the order in which the
// chain rule makes them, each beside a finite difference. At the end the same gradient by the library.
//
//     dotnet run -c Release --project samples/ByHand
//
// The network is 2-3-2, tanh and then softmax, with the cross-entropy as divergence:
//
//     x → z₁ = W₁ x + b₁ → y₁ = tanh z₁ → z₂ = W₂ y₁ + b₂ → y₂ = softmax z₂ → D = −Σ d log y₂
using System.CommandLine;
using ByHand;
using NeuralNet;
using Samples;

return SampleCommand.Run(args, new RootCommand("Shows every number of the chain rule for one small network."), _ =>
{
    float[] x = [0.6f, -1.1f], d = [0, 1];

    Network network = Network.Create(inputs: 2).Dense(3, Activation.Tanh).Dense(2, Activation.Softmax).Build(seed: 5);
    float[] w1 = network.Parameter("0.weight").ToArray(), b1 = [0.1f, -0.2f, 0.3f];
    float[] w2 = network.Parameter("1.weight").ToArray(), b2 = [-0.1f, 0.2f];
    b1.CopyTo(network.Parameter("0.bias"));
    b2.CopyTo(network.Parameter("1.bias"));

    // Forward: each line needs the one before it.
    float[] z1 = Affine(w1, x, b1);
    float[] y1 = Apply(Activation.Tanh, z1);
    float[] z2 = Affine(w2, y1, b2);
    float[] y2 = Apply(Activation.Softmax, z2);
    float divergence = Divergence.CrossEntropy.Forward(y2, d, rows: 1);

    Show.Title("forward");
    Show.Values("x", x);
    Show.Matrix("W₁", w1, 2);
    Show.Values("b₁", b1);
    Show.Values("z₁ = W₁ x + b₁", z1);
    Show.Values("y₁ = tanh z₁", y1);
    Show.Matrix("W₂", w2, 3);
    Show.Values("b₂", b2);
    Show.Values("z₂ = W₂ y₁ + b₂", z2);
    Show.Values("y₂ = softmax z₂", y2);
    Show.Values("d", d);
    Show.Values("D = −Σ d log y₂", [divergence]);

    // Backward: ∇v is the derivative of D with respect to each element of v, and each line needs the one before it. Beside it
    // the difference (D(v + h) − D(v − h)) / 2h, with v itself changed and everything that comes after it computed anew.
    Show.Title("backward", "finite differences");

    float[] dy2 = new float[2];
    Divergence.CrossEntropy.Backward(y2, d, dy2, rows: 1);
    Show.Gradient("∇y₂ᵢ = −dᵢ / y₂ᵢ", dy2, Difference(y2, () => FromY2()));

    // A vector activation: each z changes every y. The Jacobian has [j, i] = ∂yⱼ/∂zᵢ = yᵢ (δᵢⱼ − yⱼ).
    float[] jacobian = new float[4], dz2 = new float[2];
    Activation.Softmax.Jacobian(z2, jacobian);
    Activation.Softmax.Backward(z2, y2, dy2, dz2);
    Show.Matrix("∂y₂ⱼ/∂z₂ᵢ = y₂ᵢ (δᵢⱼ − y₂ⱼ)", jacobian, 2);
    Show.Gradient("∇z₂ᵢ = Σⱼ ∇y₂ⱼ ∂y₂ⱼ/∂z₂ᵢ", dz2, Difference(z2, () => FromZ2()));
    Show.Gradient("∇W₂ = y₁ ∇z₂", Outer(y1, dz2), Difference(w2, () => FromY1()), rows: 3);
    Show.Gradient("∇b₂ = ∇z₂", dz2, Difference(b2, () => FromY1()));

    float[] dy1 = TimesWeights(w2, dz2);
    Show.Gradient("∇y₁ = ∇z₂ W₂", dy1, Difference(y1, () => FromY1()));

    // A scalar activation: the Jacobian is diagonal, and nothing but its diagonal is needed.
    float[] dz1 = new float[3];
    Activation.Tanh.Backward(z1, y1, dy1, dz1);
    Show.Gradient("∇z₁ᵢ = (1 − y₁ᵢ²) ∇y₁ᵢ", dz1, Difference(z1, () => FromZ1()));
    Show.Gradient("∇W₁ = x ∇z₁", Outer(x, dz1), Difference(w1, FromX), rows: 2);
    Show.Gradient("∇b₁ = ∇z₁", dz1, Difference(b1, FromX));
    Show.Gradient("∇x = ∇z₁ W₁", TimesWeights(w1, dz1), Difference(x, FromX));

    // The library does the same in one call (and leaves the softmax out of the way: through it ∇z₂ = y₂ − d).
    float[] gradient = new float[network.Parameters.Length];
    using Workspace workspace = network.CreateWorkspace(maxRows: 1);
    network.AddGradient(new Batch { Rows = 1, Inputs = x, Desired = d }, Divergence.CrossEntropy, gradient, workspace);
    float[] byHand = [.. Outer(x, dz1), .. dz1, .. Outer(y1, dz2), .. dz2];
    Show.Title("the library", "by hand");
    Show.Gradient("network.Gradient: ∇W₁, ∇b₁, ∇W₂, ∇b₂", gradient, byHand);
    Console.WriteLine($"largest difference {gradient.Zip(byHand, (a, b) => Math.Abs(a - b)).Max():0.0e+0}");

    // D from where a value was changed.
    float FromX() => FromZ1(Affine(w1, x, b1));
    float FromZ1(float[]? z = null) => FromY1(Apply(Activation.Tanh, z ?? z1));
    float FromY1(float[]? y = null) => FromZ2(Affine(w2, y ?? y1, b2));
    float FromZ2(float[]? z = null) => FromY2(Apply(Activation.Softmax, z ?? z2));
    float FromY2(float[]? y = null) => Divergence.CrossEntropy.Forward(y ?? y2, d, rows: 1);
});

static float[] Apply(Activation activation, float[] z)
{
    float[] y = new float[z.Length];
    activation.Forward(z, y);
    return y;
}

// zⱼ = Σᵢ wᵢⱼ yᵢ + bⱼ: row i of W has the weights from input i.
static float[] Affine(float[] w, float[] y, float[] b)
{
    float[] z = [.. b];
    for (int i = 0; i < y.Length; i++)
    {
        for (int j = 0; j < z.Length; j++)
            z[j] += w[(i * z.Length) + j] * y[i];
    }

    return z;
}

// ∇wᵢⱼ = yᵢ ∇zⱼ
static float[] Outer(float[] y, float[] dz) => [.. y.SelectMany(_ => dz, (one, slope) => one * slope)];

// ∇yᵢ = Σⱼ ∇zⱼ wᵢⱼ
static float[] TimesWeights(float[] w, float[] dz) => [.. w.Chunk(dz.Length).Select(row => row.Zip(dz, (a, b) => a * b).Sum())];

static float[] Difference(float[] values, Func<float> divergence)
{
    const float H = 0.01f;
    float[] slopes = new float[values.Length];
    for (int i = 0; i < values.Length; i++)
    {
        float before = values[i];
        values[i] = before + H;
        double above = divergence();
        values[i] = before - H;
        double below = divergence();
        values[i] = before;
        slopes[i] = (float)((above - below) / (2 * H));
    }

    return slopes;
}
