using System.Runtime.CompilerServices;
using Floats = System.Numerics.Vector<float>;

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
        public int Step { get; } = numbers[1];

        public int Size { get; } = numbers[0];

        public int TapStep { get; } = numbers[2];

        public int Places { get; } = numbers[(3 * phase) + 3];

        public int Origin { get; } = numbers[(3 * phase) + 4];

        public int Taps { get; } = numbers[(3 * phase) + 5];

        public static int Phases(ReadOnlySpan<int> numbers) => (numbers.Length / 3) - 1;

        public int At(int place, int tap) => Origin + (place * Step) + (tap * TapStep);

        // The first value that is in x, and the one behind the last.
        public int First(int place) => At(place, 0) >= 0 ? 0 : (TapStep - 1 - At(place, 0)) / TapStep;

        public int End(int place) =>
            At(place, Taps - 1) < Size ? Taps : At(place, 0) >= Size ? 0 : ((Size - 1 - At(place, 0)) / TapStep) + 1;

        // The next place whose window has other values in x.
        public int Next(int place)
        {
            int first = First(place), end = End(place++);
            while (place < Places && First(place) == first && End(place) == end)
                place++;
            return place;
        }
    }

    // z[pixel, f] = start[f] + Σ over the window and the channels of a group of x · w[window, channel, f], of each phase with
    // weights of its own: one chain of fused multiply-adds over what is in x. Places whose windows have the same values there are a rectangle.
    public static void Convolve(
        ReadOnlySpan<float> x, int channels, ReadOnlySpan<int> lineNumbers, ReadOnlySpan<int> columnNumbers, ReadOnlySpan<float> w,
        int filters, int groups, ReadOnlySpan<float> start, Span<float> z)
    {
        int downs = Slide.Phases(lineNumbers), acrosses = Slide.Phases(columnNumbers), width = WidthOf(columnNumbers), own = channels / groups;
        bool isOwn = own == 1 && filters == channels && channels >= Floats.Count;
        int made = isOwn ? filters : filters / groups;
        for (int down = 0; down < downs; down++)
        {
            for (int across = 0; across < acrosses; across++)
            {
                var lines = new Slide(lineNumbers, down);
                var columns = new Slide(columnNumbers, across);
                for (int f = 0; f < filters; f += made)
                {
                    ReadOnlySpan<float> begin = start.IsEmpty ? default : start.Slice(f, made);
                    ReadOnlySpan<float> inputs = x.Slice(isOwn ? 0 : f / made * own);
                    Span<float> sums = z.Slice((((down * width) + across) * filters) + f);
                    for (int i = 0; i < lines.Places; i = lines.Next(i))
                    {
                        for (int j = 0; j < columns.Places; j = columns.Next(j))
                        {
                            SumRectangle(
                                inputs, channels, own, lines, i, columns, j, w.Slice(f), filters, begin, sums, made, acrosses * filters,
                                downs * width * filters, isOwn);
                        }
                    }
                }

                w = w.Slice(lines.Taps * columns.Taps * own * filters);
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

    // The places from (i, j) on that are alike: along their longer side, or all at once where they are one piece of memory.
    private static void SumRectangle(
        ReadOnlySpan<float> x, int channels, int own, Slide lines, int i, Slide columns, int j, ReadOnlySpan<float> w, int filters,
        ReadOnlySpan<float> start, Span<float> z, int made, int zAcross, int zDown, bool isOwn)
    {
        int firstLine = lines.First(i), first = columns.First(j), taps = global::System.Math.Max(0, columns.End(j) - first);
        int xAcross = columns.Step * channels, xDown = lines.Step * columns.Size * channels;
        int height = lines.Next(i) - i, width = columns.Next(j) - j, tapLine = columns.Taps * own * filters;
        bool isPiece = own == channels && columns.TapStep == 1;
        var sweep = new Sweep
        {
            Lines = taps == 0 ? 0 : global::System.Math.Max(0, lines.End(i) - firstLine),
            Pieces = own == 1 || isPiece ? 1 : taps,
            Steps = own == 1 ? taps : isPiece ? taps * own : own,
            XLine = lines.TapStep * columns.Size * channels,
            XPiece = columns.TapStep * channels,
            XStep = own == 1 ? columns.TapStep * channels : 1,
            WLine = tapLine,
            WPiece = own * filters,
            WStep = filters,
            XRow = xAcross,
            ZRow = zAcross,
        };
        z = z.Slice((i * zDown) + (j * zAcross));
        if (sweep.Lines > 0)
        {
            x = x.Slice((lines.At(i, firstLine) * columns.Size * channels) + (columns.At(j, first) * channels));
            w = w.Slice((firstLine * tapLine) + (first * own * filters));
        }

        // A vector that reaches into the next pixel does so before that one is made.
        bool isPlane = width * xAcross == xDown && width * zAcross == zDown;
        bool isWhole = zAcross == made && height == lines.Places && width == columns.Places && (isPlane || width >= height);
        if (isPlane)
        {
            Sum(x, w, start, z, height * width, made, sweep, isWhole, isOwn);
            return;
        }

        (int rows, int times, int xNext, int zNext) = (width, height, xDown, zDown);
        if (width < height)
        {
            (rows, times, xNext, zNext) = (height, width, xAcross, zAcross);
            (sweep.XRow, sweep.ZRow) = (xDown, zDown);
        }

        for (int k = 0; k < times; k++)
            Sum(sweep.Lines > 0 ? x.Slice(k * xNext) : x, w, start, z.Slice(k * zNext), rows, made, sweep, isWhole, isOwn);
    }

    // The largest value of each window, channel by channel. Vectors may reach into the next pixel, which is made after this one.
    public static void MaxPool(
        ReadOnlySpan<float> x, int channels, ReadOnlySpan<int> lineNumbers, ReadOnlySpan<int> columnNumbers, Span<float> y)
    {
        var lines = new Slide(lineNumbers, 0);
        var columns = new Slide(columnNumbers, 0);
        for (int i = 0; i < lines.Places; i++)
        {
            for (int j = 0; j < columns.Places; j++)
            {
                int pixel = ((i * columns.Places) + j) * channels, down = lines.End(i) - lines.First(i), across = columns.End(j) - columns.First(j);
                int at = ((lines.At(i, lines.First(i)) * columns.Size) + columns.At(j, columns.First(j))) * channels;
                int xDown = lines.TapStep * columns.Size * channels, xAcross = columns.TapStep * channels;
                int behind = at + ((down - 1) * xDown) + ((across - 1) * xAcross) + Floats.Count;
                for (int c = 0; c < channels; c += Floats.Count)
                {
                    ReadOnlySpan<float> from = x.Slice(at + c);
                    Floats largest = behind + c <= x.Length ? MaxOfWindow<WholeVectors>(from, down, xDown, across, xAcross)
                        : MaxOfWindow<PartsOfVectors>(from, down, xDown, across, xAcross);
                    Store(largest, y, pixel + c);
                }
            }
        }
    }

    private static Floats MaxOfWindow<TCount>(ReadOnlySpan<float> x, int down, int xDown, int across, int xAcross) where TCount : struct
    {
        Floats largest = new(float.NegativeInfinity);
        for (int k = 0; k < down; k++)
        {
            for (int l = 0; l < across; l++)
                largest = Max(largest, Read<TCount>(x, (k * xDown) + (l * xAcross)));
        }

        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Read<TCount>(ReadOnlySpan<float> x, int i) where TCount : struct =>
        typeof(TCount) == typeof(WholeVectors) ? LoadWhole(x, i) : Load(x, i);

    // Whether a window's vectors are all in x, for the JIT.
    public readonly struct WholeVectors;

    public readonly struct PartsOfVectors;

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
                int pixel = ((i * columns.Places) + j) * channels, down = lines.End(i) - lines.First(i), across = columns.End(j) - columns.First(j);
                int at = ((lines.At(i, lines.First(i)) * columns.Size) + columns.At(j, columns.First(j))) * channels;
                int n = Floats.Count, xDown = lines.TapStep * columns.Size * channels, xAcross = columns.TapStep * channels;
                int behind = at + ((down - 1) * xDown) + ((across - 1) * xAcross) + n;
                var factor = new Floats(1f / (CountOf(lines, i, lineBound) * CountOf(columns, j, columnBound)));
                for (int c = 0; c < channels; c += Floats.Count)
                {
                    // Four vectors at a time need not wait for each other's sums.
                    ReadOnlySpan<float> from = x.Slice(at + c);
                    if (channels - c >= 4 * n)
                    {
                        SumOfFour(from, down, xDown, across, xAcross, out Floats sum0, out Floats sum1, out Floats sum2, out Floats sum3);
                        Store(sum0 * factor, y, pixel + c);
                        Store(sum1 * factor, y, pixel + c + n);
                        Store(sum2 * factor, y, pixel + c + (2 * n));
                        Store(sum3 * factor, y, pixel + c + (3 * n));
                        c += 3 * n;
                    }
                    else
                    {
                        Floats sum = behind + c <= x.Length ? SumOfWindow<WholeVectors>(from, down, xDown, across, xAcross)
                            : SumOfWindow<PartsOfVectors>(from, down, xDown, across, xAcross);
                        Store(sum * factor, y, pixel + c);
                    }
                }
            }
        }
    }

    private static float CountOf(Slide axis, int place, int bound) =>
        bound == 0 ? axis.End(place) - axis.First(place) : global::System.Math.Min(axis.Taps, bound - axis.At(place, 0));

    private static Floats SumOfWindow<TCount>(ReadOnlySpan<float> x, int down, int xDown, int across, int xAcross) where TCount : struct
    {
        Floats sum = Floats.Zero;
        for (int k = 0; k < down; k++)
        {
            Floats line = Read<TCount>(x, k * xDown);
            for (int l = 1; l < across; l++)
                line += Read<TCount>(x, (k * xDown) + (l * xAcross));
            sum = k == 0 ? line : sum + line;
        }

        return sum;
    }

    private static void SumOfFour(
        ReadOnlySpan<float> x, int down, int xDown, int across, int xAcross, out Floats sum0, out Floats sum1, out Floats sum2, out Floats sum3)
    {
        int n = Floats.Count;
        Floats s0 = Floats.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (int k = 0; k < down; k++)
        {
            int at = k * xDown;
            Floats line0 = LoadWhole(x, at), line1 = LoadWhole(x, at + n), line2 = LoadWhole(x, at + (2 * n)), line3 = LoadWhole(x, at + (3 * n));
            for (int l = 1; l < across; l++)
            {
                at += xAcross;
                line0 += LoadWhole(x, at);
                line1 += LoadWhole(x, at + n);
                line2 += LoadWhole(x, at + (2 * n));
                line3 += LoadWhole(x, at + (3 * n));
            }

            s0 = k == 0 ? line0 : s0 + line0;
            s1 = k == 0 ? line1 : s1 + line1;
            s2 = k == 0 ? line2 : s2 + line2;
            s3 = k == 0 ? line3 : s3 + line3;
        }

        (sum0, sum1, sum2, sum3) = (s0, s1, s2, s3);
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

    // An image of another size, of the nearest values or along straight lines. An axis has five numbers: its values, those that it will have,
    // and of these where the first one lies and how far the next one is, both times the last number.
    public static void Resize(
        ReadOnlySpan<float> x, int channels, ReadOnlySpan<long> lines, ReadOnlySpan<long> columns, bool isNearest, Span<float> y)
    {
        int width = (int)columns[0] * channels, at = 0;
        for (int i = 0; i < lines[1]; i++)
        {
            int upper = Between(lines, i, isNearest, out float below), lower = below == 0 ? upper : upper + 1;
            for (int j = 0; j < columns[1]; j++, at += channels)
            {
                int left = Between(columns, j, isNearest, out float weight);
                for (int c = 0; c < channels; c += Floats.Count)
                {
                    Floats value = Mixed(x.Slice(upper * width, width), channels, left, weight, c);
                    if (below != 0)
                    {
                        Floats second = Mixed(x.Slice(lower * width, width), channels, left, weight, c);
                        value = FusedMultiplyAdd(new Floats(below), second, new Floats(1 - below) * value);
                    }

                    Store(value, y.Slice(at, channels), c);
                }
            }
        }
    }

    // The value at a place or before it, and the weight of the one behind it.
    private static int Between(ReadOnlySpan<long> axis, int place, bool isNearest, out float weight)
    {
        long at = axis[2] + (place * axis[3]), by = axis[4], last = axis[0] - 1, rest = at < 0 ? 0 : at % by;
        long first = at < 0 ? 0 : global::System.Math.Min(at / by, last);
        weight = isNearest || first == last ? 0 : rest / (float)by;
        if (weight < 1)
            return (int)first;
        weight = 0;
        return (int)first + 1;
    }

    private static Floats Mixed(ReadOnlySpan<float> line, int channels, int left, float weight, int c)
    {
        Floats value = Load(line.Slice(left * channels, channels), c);
        return weight == 0 ? value
            : FusedMultiplyAdd(
                new Floats(weight), Load(line.Slice((left + 1) * channels, channels), c), new Floats(1 - weight) * value);
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
