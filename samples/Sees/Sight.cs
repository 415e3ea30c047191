using NeuralNet;

namespace Sees;

/// <summary>Asks a network, image by image, what it sees: what its layers find, and what its answer depends on.</summary>
internal sealed class Sight
{
    private readonly Network network, logits, head;
    private readonly Network[] behind;

    /// <param name="network">Of images, with a softmax at the end.</param>
    /// <param name="found">The layers behind which one sees what the convolutions have found.</param>
    /// <param name="answer">The layer that says z, one for each class.</param>
    public Sight(Network network, int[] found, int answer)
    {
        this.network = network;
        int last = found[^1];
        behind = [.. found.Select(layer => network.Slice(0, layer + 1))];
        head = network.Slice(last + 1, answer - last);
        logits = network.Slice(0, answer + 1);
    }

    /// <summary>The weights of the first convolution, [height, width, 1, filters]: an image with a channel for each filter.</summary>
    public Map Filters
    {
        get
        {
            var first = (Conv)network.Layers[0];
            return new Map(network.Parameter("0.weight").ToArray(), Shape.Image(first.Kernel.Height, first.Kernel.Width, first.Filters));
        }
    }

    /// <summary>How sure the network is of each class.</summary>
    public float[] Answer(ReadOnlySpan<float> image) => network.Predict(image);

    /// <summary>What comes out of a convolution: a channel for each of its filters, large where that one found what it looks for.</summary>
    public Map Found(int convolution, ReadOnlySpan<float> image) => new(behind[convolution].Predict(image), behind[convolution].Output);

    /// <summary>Saliency: ∂z/∂x, how much z of a class rises with each pixel.</summary>
    public Map Saliency(ReadOnlySpan<float> image, int of) => new(Gradient(logits, image, of), network.Input);

    /// <summary>
    /// Grad-CAM, Selvaraju et al. 2017: where the last convolution found what speaks for a class. Each channel A counts as much as the mean of
    /// ∂z/∂A over its pixels, and of their weighted sum what is positive is kept: ReLU(Σ αA).
    /// </summary>
    public Map GradCam(ReadOnlySpan<float> image, int of)
    {
        Map found = Found(behind.Length - 1, image);
        float[] gradient = Gradient(head, found.Values, of);
        int channels = found.Shape.FeatureCount, pixels = gradient.Length / channels;
        var sum = new float[pixels];
        for (int c = 0; c < channels; c++)
        {
            float weight = 0;
            for (int p = 0; p < pixels; p++)
                weight += gradient[(p * channels) + c] / pixels;
            for (int p = 0; p < pixels; p++)
                sum[p] += weight * found.Values[(p * channels) + c];
        }

        // As large as the image again; layers without parameters do that, too.
        Network enlarge = Network.Create(Shape.Image(found.Shape.Height, found.Shape.Width, channels: 1))
            .Activation(Activation.Relu)
            .Upsample((network.Input.Height / found.Shape.Height, network.Input.Width / found.Shape.Width), UpsampleMode.Bilinear)
            .Build();
        return new Map(enlarge.Predict(sum), enlarge.Output);
    }

    // Forward as a prediction computes it (with the statistics that training has left), then backward from 1 at the one output that is asked
    // about: ∂z/∂x.
    private static float[] Gradient(Network part, ReadOnlySpan<float> x, int of)
    {
        var batch = new Batch { Rows = 1, Inputs = x, Inference = true };
        float[] z = new float[part.Output.Size], dz = new float[z.Length], dx = new float[x.Length];
        dz[of] = 1;
        using Workspace workspace = part.CreateWorkspace(maxRows: 1);
        part.Forward(batch, z, workspace);
        part.Backward(batch, dz, new float[part.GradientLength], dx, workspace);
        return dx;
    }
}

/// <summary>An image of any number of channels, to be looked at channel by channel.</summary>
internal sealed record Map(float[] Values, Shape Shape)
{
    /// <summary>The largest size of a value, and more than 0 even where nothing was found: values are drawn as shares of it.</summary>
    public float Largest => MathF.Max(Values.Max(MathF.Abs), float.Epsilon);

    public float this[int y, int x, int channel] => Values[(((y * Shape.Width) + x) * Shape.FeatureCount) + channel];
}
