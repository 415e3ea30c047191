using System.Runtime.Intrinsics;
using Float4 = System.Runtime.Intrinsics.Vector128<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>Windows that slide over images, whose channels lie last; a sequence is an image of one line.</content>
internal static partial class Parts
{
    // How a window slides along an axis of x: place i of the window and its value k meet at Origin + i · step + k · TapStep, of
    // which those from 0 to Size − 1 are in x. The numbers are the size and both steps, and then, for each phase, how many places
    // there are, the origin, and how many values. Only transposed convolutions have phases: place i of phase p is pixel
    // i · phases + p there.
    public readonly ref struct Slide(ReadOnlySpan<int> numbers, int phase)
    {
        private readonly int step = numbers[1];

        public int Size { get; } = numbers[0];

        public int TapStep { get; } = numbers[2];

        public int Places { get; } = numbers[(3 * phase) + 3];

        public int Origin { get; } = numbers[(3 * phase) + 4];

        public int Taps { get; } = numbers[(3 * phase) + 5];

        public static int Phases(ReadOnlySpan<int> numbers) => (numbers.Length / 3) - 1;

        public int At(int place, int tap) => Origin + (place * step) + (tap * TapStep);

        // The first value that is in x, and the one behind the last.
        public int First(int place) => At(place, 0) >= 0 ? 0 : (TapStep - 1 - At(place, 0)) / TapStep;

        public int End(int place) =>
            At(place, 0) >= Size ? 0 : global::System.Math.Min(Taps, ((Size - 1 - At(place, 0)) / TapStep) + 1);
    }

    // z[pixel, f] = start[f] + Σ over the window and the channels of a group of x · w[window, channel, f], of each phase with
    // weights of its own: one chain of fused multiply-adds over what is in x. The working memory has room for the values of a window
    // and for one sum of each filter.
    public static void Convolve(
        ReadOnlySpan<float> x, int channels, ReadOnlySpan<int> lineNumbers, ReadOnlySpan<int> columnNumbers, ReadOnlySpan<float> w,
        int filters, int groups, ReadOnlySpan<float> start, Span<float> z, Span<float> window)
    {
        int downs = Slide.Phases(lineNumbers), acrosses = Slide.Phases(columnNumbers), width = WidthOf(columnNumbers);
        int own = channels / groups, made = filters / groups;
        for (int down = 0; down < downs; down++)
        {
            for (int across = 0; across < acrosses; across++)
            {
                var lines = new Slide(lineNumbers, down);
                var columns = new Slide(columnNumbers, across);
                int lineOfTaps = columns.Taps * own * filters;
                for (int i = 0; i < lines.Places; i++)
                {
                    for (int j = 0; j < columns.Places; j++)
                    {
                        int pixel = (((i * downs) + down) * width) + (j * acrosses) + across;
                        for (int group = 0; group < groups; group++)
                        {
                            ReadOnlySpan<float> begin = start.IsEmpty ? default : start.Slice(group * made, made);
                            Span<float> sums = z.Slice((pixel * filters) + (group * made), made);
                            WindowOf(x, channels, group * own, own, lines, i, columns, j, w.Slice(group * made), filters, begin, sums, window);
                        }
                    }
                }

                w = w.Slice(lines.Taps * lineOfTaps);
            }
        }
    }

    // The pixels of a line that is made.
    private static int WidthOf(ReadOnlySpan<int> columnNumbers)
    {
        int width = 0;
        for (int phase = 0; phase < Slide.Phases(columnNumbers); phase++)
            width += new Slide(columnNumbers, phase).Places;
        return width;
    }

    // The sums of a pixel, of some channels. Where all columns of the window are in x, its lines are one product.
    private static void WindowOf(
        ReadOnlySpan<float> x, int channels, int channel, int count, Slide lines, int i, Slide columns, int j, ReadOnlySpan<float> w, int filters,
        ReadOnlySpan<float> start, Span<float> sums, Span<float> window)
    {
        int firstLine = lines.First(i), endLine = lines.End(i), first = columns.First(j), end = columns.End(j);
        if (firstLine >= endLine || first >= end)
        {
            Product(default, default, filters, start, sums);
            return;
        }

        int atOnce = first == 0 && end == columns.Taps ? endLine - firstLine : 1;
        Span<float> before = window.Slice(window.Length - sums.Length);
        for (int line = firstLine; line < endLine; line += atOnce)
        {
            if (line > firstLine)
            {
                sums.CopyTo(before);
                start = before;
            }

            ReadOnlySpan<float> values = WindowAt(x, channels, channel, count, lines, i, line, line + atOnce, columns, j, first, end, window);
            Product(values, w.Slice(((line * columns.Taps) + first) * count * filters), filters, start, sums);
        }
    }

    // Some channels of what is in a window, from one of its lines to before another, and so of columns: copied into one piece if it is
    // not.
    private static ReadOnlySpan<float> WindowAt(
        ReadOnlySpan<float> x, int channels, int channel, int count, Slide lines, int i, int firstLine, int endLine, Slide columns, int j,
        int first, int end, Span<float> window)
    {
        int line = columns.Size * channels, piece = (end - first) * channels, size = 0;
        bool isPiece = count == channels && (columns.TapStep == 1 || end - first == 1);
        if (isPiece && endLine - firstLine == 1)
            return x.Slice((lines.At(i, firstLine) * line) + (columns.At(j, first) * channels), piece);
        for (int down = firstLine; down < endLine; down++)
        {
            ReadOnlySpan<float> from = x.Slice(lines.At(i, down) * line, line);
            for (int across = first; across < (isPiece ? first + 1 : end); across++)
            {
                int floats = isPiece ? piece : count;
                from.Slice((columns.At(j, across) * channels) + channel, floats).CopyTo(window.Slice(size, floats));
                size += floats;
            }
        }

        return window.Slice(0, size);
    }

    // The same where each channel has a window of its own: z[pixel, c] = start[c] + Σ over the window of x · w[window, c], of what
    // is in x.
    public static void ConvolveChannels(
        ReadOnlySpan<float> x, int channels, ReadOnlySpan<int> lineNumbers, ReadOnlySpan<int> columnNumbers, ReadOnlySpan<float> w,
        ReadOnlySpan<float> start, Span<float> z)
    {
        int downs = Slide.Phases(lineNumbers), acrosses = Slide.Phases(columnNumbers), width = WidthOf(columnNumbers);
        for (int down = 0; down < downs; down++)
        {
            for (int across = 0; across < acrosses; across++)
            {
                var lines = new Slide(lineNumbers, down);
                var columns = new Slide(columnNumbers, across);
                for (int i = 0; i < lines.Places; i++)
                {
                    for (int j = 0; j < columns.Places; j++)
                    {
                        Span<float> sum = z.Slice(((((i * downs) + down) * width) + (j * acrosses) + across) * channels, channels);
                        if (start.IsEmpty)
                            sum.Clear();
                        else
                            start.CopyTo(sum);
                        AddWindow(x, lines, i, columns, j, w, sum);
                    }
                }

                w = w.Slice(lines.Taps * columns.Taps * channels);
            }
        }
    }

    private static void AddWindow(ReadOnlySpan<float> x, Slide lines, int i, Slide columns, int j, ReadOnlySpan<float> w, Span<float> sum)
    {
        int channels = sum.Length;
        for (int down = lines.First(i); down < lines.End(i); down++)
        {
            for (int across = columns.First(j); across < columns.End(j); across++)
            {
                ReadOnlySpan<float> values = x.Slice(((lines.At(i, down) * columns.Size) + columns.At(j, across)) * channels, channels);
                ReadOnlySpan<float> weights = w.Slice(((down * columns.Taps) + across) * channels, channels);
                for (int c = 0; c < channels; c += 4)
                    Store(FusedMultiplyAdd(Load(values, c), Load(weights, c), Load(sum, c)), sum, c);
            }
        }
    }

    // The largest value of each window, channel by channel.
    public static void MaxPool(
        ReadOnlySpan<float> x, int channels, ReadOnlySpan<int> lineNumbers, ReadOnlySpan<int> columnNumbers, Span<float> y)
    {
        var lines = new Slide(lineNumbers, 0);
        var columns = new Slide(columnNumbers, 0);
        for (int i = 0; i < lines.Places; i++)
        {
            for (int j = 0; j < columns.Places; j++)
            {
                Span<float> pixel = y.Slice(((i * columns.Places) + j) * channels, channels);
                bool isFirst = true;
                for (int down = lines.First(i); down < lines.End(i); down++)
                {
                    for (int across = columns.First(j); across < columns.End(j); across++)
                    {
                        ReadOnlySpan<float> values = x.Slice(((lines.At(i, down) * columns.Size) + columns.At(j, across)) * channels, channels);
                        for (int c = 0; c < channels; c += 4)
                            Store(isFirst ? Load(values, c) : Max(Load(pixel, c), Load(values, c)), pixel, c);
                        isFirst = false;
                    }
                }
            }
        }
    }

    // The mean of each window, channel by channel: each line is added up, and then the lines. With bounds padding counts as far as they say.
    public static void AveragePool(
        ReadOnlySpan<float> x, int channels, ReadOnlySpan<int> lineNumbers, ReadOnlySpan<int> columnNumbers, int lineBound, int columnBound,
        Span<float> y)
    {
        var lines = new Slide(lineNumbers, 0);
        var columns = new Slide(columnNumbers, 0);
        for (int i = 0; i < lines.Places; i++)
        {
            for (int j = 0; j < columns.Places; j++)
            {
                Span<float> pixel = y.Slice(((i * columns.Places) + j) * channels, channels);
                Float4 factor = Vector128.Create(1f / (CountOf(lines, i, lineBound) * CountOf(columns, j, columnBound)));
                for (int c = 0; c < channels; c += 4)
                    Store(SumOfWindow(x, channels, c, lines, i, columns, j) * factor, pixel, c);
            }
        }
    }

    private static float CountOf(Slide axis, int place, int bound) =>
        bound == 0 ? axis.End(place) - axis.First(place) : global::System.Math.Min(axis.Taps, bound - axis.At(place, 0));

    private static Float4 SumOfWindow(ReadOnlySpan<float> x, int channels, int c, Slide lines, int i, Slide columns, int j)
    {
        Float4 sum = Float4.Zero;
        for (int down = lines.First(i); down < lines.End(i); down++)
        {
            ReadOnlySpan<float> from = x.Slice(lines.At(i, down) * columns.Size * channels, columns.Size * channels);
            Float4 line = Float4.Zero;
            for (int across = columns.First(j); across < columns.End(j); across++)
            {
                Float4 value = Load(from.Slice(columns.At(j, across) * channels, channels), c);
                line = across == columns.First(j) ? value : line + value;
            }

            sum = down == lines.First(i) ? line : sum + line;
        }

        return sum;
    }

    // Each pixel of lines that are so wide becomes several, one below the other and side by side.
    public static void RepeatPixels(ReadOnlySpan<float> x, int channels, int width, int down, int across, Span<float> y)
    {
        for (int pixel = 0; pixel < y.Length / channels; pixel++)
        {
            int line = pixel / (width * across) / down, column = pixel % (width * across) / across;
            x.Slice(((line * width) + column) * channels, channels).CopyTo(y.Slice(pixel * channels, channels));
        }
    }

    // The same with straight lines between the pixels' centers, or from corner to corner.
    public static void Enlarge(ReadOnlySpan<float> x, int channels, int width, int down, int across, bool isAligned, Span<float> y)
    {
        int height = x.Length / channels / width, at = 0;
        for (int i = 0; i < height * down; i++)
        {
            int upper = Between(height, down, i, isAligned, out float below), lower = below == 0 ? upper : upper + 1;
            for (int j = 0; j < width * across; j++, at += channels)
            {
                int left = Between(width, across, j, isAligned, out float weight);
                for (int c = 0; c < channels; c += 4)
                {
                    Float4 value = Mixed(x.Slice(upper * width * channels, width * channels), channels, left, weight, c);
                    if (below != 0)
                    {
                        Float4 second = Mixed(x.Slice(lower * width * channels, width * channels), channels, left, weight, c);
                        value = FusedMultiplyAdd(Vector128.Create(below), second, Vector128.Create(1 - below) * value);
                    }

                    Store(value, y.Slice(at, channels), c);
                }
            }
        }
    }

    // The value before a place, and the weight of the one behind it.
    private static int Between(int size, int factor, int place, bool isAligned, out float weight)
    {
        long at = isAligned ? (long)place * (size - 1) : ((long)place * 2) + 1 - factor;
        long by = isAligned ? Math.Max(1, (size * factor) - 1) : 2L * factor, first = at / by;
        weight = at <= 0 || first >= size - 1 ? 0 : at % by / (float)by;
        return at <= 0 ? 0 : (int)first;
    }

    private static Float4 Mixed(ReadOnlySpan<float> line, int channels, int left, float weight, int c)
    {
        Float4 value = Load(line.Slice(left * channels, channels), c);
        return weight == 0 ? value
            : FusedMultiplyAdd(
                Vector128.Create(weight), Load(line.Slice((left + 1) * channels, channels), c), Vector128.Create(1 - weight) * value);
    }

    // Pixels around an image: of a value, of those at its edge, or of those behind its edge as in a mirror.
    public static void Pad(
        ReadOnlySpan<float> x, int channels, int width, int top, int left, int padded, float value, bool isMirror, bool isEdge, Span<float> y)
    {
        int height = x.Length / channels / width;
        for (int pixel = 0; pixel < y.Length / channels; pixel++)
        {
            int line = PaddedFrom((pixel / padded) - top, height, isMirror, isEdge);
            int column = PaddedFrom((pixel % padded) - left, width, isMirror, isEdge);
            Span<float> to = y.Slice(pixel * channels, channels);
            if (line < 0 || column < 0)
                to.Fill(value);
            else
                x.Slice(((line * width) + column) * channels, channels).CopyTo(to);
        }
    }

    private static int PaddedFrom(int at, int size, bool isMirror, bool isEdge) =>
        at >= 0 && at < size ? at
        : isMirror ? (at < 0 ? -at : (2 * (size - 1)) - at)
        : isEdge ? (at < 0 ? 0 : size - 1)
        : -1;
}
