using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet.CSharp;

/// <content>Layers of images and signals: convolutions, pools, and normalization of channels.</content>
internal sealed partial class SourceExport
{
    private static readonly WindowAxis noLines = new(1, 1, 1, 1, 1, 0);

    // Whether a layer is one of these.
    private bool WriteWindows(Layer layer, string path, Body body)
    {
        Shape input = layer.Input, output = layer.Output;
        bool isImage = input.Kind == ShapeKind.Image;
        int channels = input.FeatureCount, width = isImage ? input.Width : input.Steps;
        switch (layer)
        {
            case ConvolutionLayer convolution:
                WriteConvolution(convolution, path, body);
                break;
            case MaxPool pool:
                WindowAxis[] axes = Axes(input, output, pool.Size, pool.Stride, pool.Dilation, pool.Padding);
                body.Line($"MaxPool(x, {Text(channels)}, {axes[0].Forward}, {axes[1].Forward}, y);");
                break;
            case AveragePool pool:
                WindowAxis[] both = Axes(input, output, pool.Size, pool.Stride, 1, pool.Padding);
                int below = isImage ? both[0].PaddedEnd(pool.Padding, pool.Padding.Bottom) : 1;
                int behind = both[1].PaddedEnd(pool.Padding, pool.Padding.Right);
                string bounds = pool.CountPadding ? $"{Text(below)}, {Text(behind)}" : "0, 0";
                body.Line($"AveragePool(x, {Text(channels)}, {both[0].Forward}, {both[1].Forward}, {bounds}, y);");
                break;
            case GlobalMaxPool:
                body.Line($"MaxPool(x, {Text(channels)}, {Whole(input.Height)}, {Whole(width)}, y);");
                break;
            case GlobalAveragePool:
                body.Line($"AveragePool(x, {Text(channels)}, {Whole(input.Height)}, {Whole(width)}, 0, 0, y);");
                break;
            case Upsample { Mode: UpsampleMode.Nearest } upsample:
                body.Line($"RepeatPixels(x, {Text(channels)}, {Text(width)}, {Text(upsample.Factor.Height)}, {Text(upsample.Factor.Width)}, y);");
                break;
            case Upsample upsample:
                ResizePlaces corners = upsample.AlignCorners ? ResizePlaces.AlignedCorners : ResizePlaces.HalfPixel;
                WriteResize(body, layer, (upsample.Factor.Height, upsample.Factor.Width), corners, null);
                break;
            case Resize resize:
                WriteResize(body, layer, resize.Scale, resize.Places, resize.Mode == UpsampleMode.Nearest ? resize.Rounding : null);
                break;
            case Pad pad:
                string mode = $"isMirror: {Word(pad.Mode == PadMode.Reflect)}, isEdge: {Word(pad.Mode == PadMode.Edge)}";
                string before = $"{Text(isImage ? pad.Padding.Top : 0)}, {Text(pad.Padding.Left)}";
                string padded = Text(isImage ? output.Width : output.Steps);
                body.Line($"Pad(x, {Text(channels)}, {Text(width)}, {before}, {padded}, {SourceText.Literal(pad.Value)}, {mode}, y);");
                break;
            case BatchNorm norm:
                WriteBatchNorm(norm, path, body);
                break;
            case GroupNorm norm:
                WriteGroupNorm(body, norm.Input, norm.Groups, $"{Value(path, "weight")}, {Value(path, "bias")}", norm.Epsilon);
                break;
            case InstanceNorm norm:
                string parameters = norm.IsAffine ? $"{Value(path, "weight")}, {Value(path, "bias")}" : "default, default";
                WriteGroupNorm(body, norm.Input, channels, parameters, norm.Epsilon);
                break;
            default:
                return false;
        }

        return true;
    }

    // Where the outputs lie, in whole numbers, as the library has it: by a scale, or where that is null to the size of the output.
    private static void WriteResize(Body body, Layer layer, (float Height, float Width)? scale, ResizePlaces places, ResizeRounding? rounding)
    {
        (Shape input, Shape output) = (layer.Input, layer.Output);
        bool isImage = input.Kind == ShapeKind.Image;
        string lines = Axis(isImage ? input.Height : 1, isImage ? output.Height : 1, isImage ? scale?.Height : null);
        string columns = isImage ? Axis(input.Width, output.Width, scale?.Width) : Axis(input.Steps, output.Steps, scale?.Width);
        body.Line($"Resize(x, {Text(input.FeatureCount)}, {lines}, {columns}, isNearest: {Word(rounding is not null)}, y);");

        string Axis(int size, int outputs, float? factor)
        {
            var axis = ResizeAxis.Of(size, outputs, factor, places, rounding);
            return string.Create(CultureInfo.InvariantCulture, $"[{size}, {outputs}, {axis.Start}, {axis.Step}, {axis.By}]");
        }
    }

    private static string Word(bool value) => value ? "true" : "false";

    private static string Whole(int size) => new WindowAxis(size, 1, size, size, 1, 0).Forward;

    // How a window slides over the lines and the columns of an image; a sequence is one line.
    private static WindowAxis[] Axes(Shape image, Shape places, HeightWidth kernel, HeightWidth stride, HeightWidth dilation, Padding padding) =>
        image.Kind == ShapeKind.Sequence
            ? [noLines, WindowAxis.Of(image.Steps, places.Steps, kernel.Width, stride.Width, dilation.Width, padding, padding.Left)]
            :
            [
                WindowAxis.Of(image.Height, places.Height, kernel.Height, stride.Height, dilation.Height, padding, padding.Top),
                WindowAxis.Of(image.Width, places.Width, kernel.Width, stride.Width, dilation.Width, padding, padding.Left),
            ];

    // z = b + the window of x times W at every place, y = f(z)
    private void WriteConvolution(ConvolutionLayer layer, string path, Body body)
    {
        bool isTransposed = layer is ConvTranspose;
        int channels = layer.Input.FeatureCount, outputs = layer.Output.FeatureCount, places = layer.Output.Size / outputs;
        int width = layer.Activation.InputWidth(outputs), groups = layer.Groups;
        WindowAxis[] axes = isTransposed
            ? Axes(layer.Output, layer.Input, layer.Kernel, layer.Stride, layer.Dilation, layer.Padding)
            : Axes(layer.Input, layer.Output, layer.Kernel, layer.Stride, layer.Dilation, layer.Padding);
        string x = "x", z = width == outputs && layer.Activation.WorksInPlace ? "y" : body.Span("z", (long)width * places);
        if (layer.Padding == Padding.Causal)
        {
            // The steps before the first one are a state of 0 and no padding, as in the library: their products are made.
            int before = axes[1].Before * channels;
            x = body.Span("steps", layer.Input.Size + (long)before);
            body.Line($"steps.Slice(0, {Text(before)}).Clear();\nx.CopyTo(steps.Slice({Text(before)}));");
            axes[1] = axes[1] with { Size = axes[1].Size + axes[1].Before, Before = 0 };
        }

        string lines = isTransposed ? axes[0].Backward : axes[0].Forward, columns = isTransposed ? axes[1].Backward : axes[1].Forward;
        string weight = isTransposed ? TurnedWeight(layer, path, axes, width) : Value(path, "weight", width / groups);
        string bias = layer.HasBias ? Value(path, "bias") : "default";
        body.Line($"""
            Convolve(
                {x}, {Text(channels)}, {lines}, {columns}, {weight}, {Text(width)}, groups: {Text(groups)}, {bias}, {z});
            """);
        WriteActivation(layer.Activation, path, layer, body, z, "y", width, outputs, places);
    }

    // The weights [window, filters of a group, inputs] of a transposed convolution in the order in which they are used: phase after phase of the
    // pixels, and there [window, inputs of a group, filters].
    private string TurnedWeight(ConvolutionLayer layer, string path, WindowAxis[] axes, int filters)
    {
        int channels = layer.Input.FeatureCount, own = channels / layer.Groups, made = filters / layer.Groups, at = 0;
        float[] weight = network.CopyParameter($"{path}.weight"), turned = new float[weight.Length];
        foreach ((_, _, int[] down) in axes[0].Phases())
        {
            foreach ((_, _, int[] across) in axes[1].Phases())
            {
                foreach (int tap in down.SelectMany(ky => across.Select(kx => (ky * axes[1].Kernel) + kx)))
                {
                    for (int i = 0; i < own; i++)
                    {
                        for (int f = 0; f < filters; f++, at++)
                            turned[at] = weight[(((tap * made) + (f % made)) * channels) + (f / made * own) + i];
                    }
                }
            }
        }

        return Data(path, "turned_weight", WithRoom(turned[..at], made));
    }

    // By the stored statistics, y = f((x − mean) s + b) with s = g / √(variance + ε).
    private void WriteBatchNorm(BatchNorm norm, string path, Body body)
    {
        int channels = norm.Input.FeatureCount;
        float[] variance = network.CopyParameter($"{path}.running_var"), scale = new float[channels], shift = new float[channels];
        float[] gain = norm.IsAffine ? network.CopyParameter($"{path}.weight") : [];
        float[] bias = norm.IsAffine ? network.CopyParameter($"{path}.bias") : [];
        for (int i = 0; i < channels; i++)
        {
            double factor = (norm.IsAffine ? (double)gain[i] : 1) * (float)(1 / Math.Sqrt(variance[i] + (double)norm.Epsilon));
            (scale[i], shift[i]) = ((float)factor, norm.IsAffine ? bias[i] : 0);
        }

        // Of few channels several vectors lie side by side in a line.
        int lines = channels >= 16 ? 1 : Math.Min(16, norm.Input.Size / channels);
        string mean = lines == 1 ? Value(path, "running_mean") : Data(path, "mean", Line(network.CopyParameter($"{path}.running_mean")));
        string z = norm.Activation.WorksInPlace ? "y" : body.Span("z", norm.Input.Size);
        body.Line($"ScaleChannels(x, {mean}, {Data(path, "scale", Line(scale))}, {Data(path, "shift", Line(shift))}, {z});");
        WriteActivation(norm.Activation, path, norm, body, z, "y", channels, channels, norm.Input.Size / channels);

        float[] Line(float[] values) => [.. Enumerable.Repeat(values, lines).SelectMany(same => same)];
    }

    // Sums over places are made of lines of 64 values or more, 64 lines to a block, and of parts of as many blocks as the library takes.
    private static void WriteGroupNorm(Body body, Shape shape, int groups, string parameters, float epsilon)
    {
        int channels = shape.FeatureCount, line = channels >= 64 ? channels : (64 + channels - 1) / channels * channels;
        long part = Math.Clamp((1 << 15) / line / 64, 1, 8) * 64L * line, memory = (11L * line) + (3L * groups);
        string sizes = $"{Text(channels)}, {Text(groups)}, {Text(line)}, {Text((int)Math.Min(part, shape.Size))}";
        body.Line($"NormalizeGroups(x, {sizes}, {parameters}, {SourceText.Literal(epsilon)}, y, {body.Span("work", memory)});");
    }

    // How a window slides along an axis: over so many values of padding, and so many of the image.
    private readonly record struct WindowAxis(int Size, int Places, int Kernel, int Stride, int Dilation, int Before)
    {
        public string Forward => $"[{Text(Size)}, {Text(Stride)}, {Text(Dilation)}, {Text(Places)}, {Text(-Before)}, {Text(Kernel)}]";

        // From the places to the image.
        public string Backward
        {
            get
            {
                IEnumerable<int> phases = Phases().SelectMany(phase => new[] { phase.Pixels, phase.Origin, phase.Taps.Length });
                return $"[{string.Join(", ", new[] { Places, 1, TapStep * Dilation / Stride }.Concat(phases).Select(Text))}]";
            }
        }

        // Of the values of a window that meet the same pixels, each so many behind the last.
        private int TapStep
        {
            get
            {
                int divisor = Stride;
                for (int other = Dilation; other != 0;)
                    (divisor, other) = (other, divisor % other);
                return Stride / divisor;
            }
        }

        public static WindowAxis Of(int size, int places, int kernel, int stride, int dilation, Padding padding, int before)
        {
            int extent = ((kernel - 1) * dilation) + 1;
            before = padding == Padding.Causal ? extent - 1
                : padding == Padding.Same ? Math.Max(0, ((places - 1) * stride) + extent - size) / 2
                : before;
            return new(size, places, kernel, stride, dilation, before);
        }

        // Where the padding ends that was asked for, counted from the first value of the image.
        public int PaddedEnd(Padding padding, int after)
        {
            int missing = ((Places - 1) * Stride) + ((Kernel - 1) * Dilation) + 1 - Size;
            return Size + (padding == Padding.Same ? Math.Max(0, missing) - Before : after);
        }

        // Pixels so far apart as the stride meet the same values of the window: how many pixels, where the first one begins, and which values.
        public IEnumerable<(int Pixels, int Origin, int[] Taps)> Phases()
        {
            (int size, int kernel, int stride, int dilation, int before, int step) = (Size, Kernel, Stride, Dilation, Before, TapStep);
            for (int phase = 0; phase < Math.Min(stride, size); phase++)
            {
                int last = kernel - 1;
                while (last >= 0 && (phase + before - (last * dilation)) % stride != 0)
                    last--;
                int taps = last < 0 ? 0 : (last / step) + 1, origin = taps == 0 ? 0 : (phase + before - (last * dilation)) / stride;
                yield return ((size - phase + stride - 1) / stride, origin, [.. Enumerable.Range(0, taps).Select(j => last - (j * step))]);
            }
        }
    }
}
