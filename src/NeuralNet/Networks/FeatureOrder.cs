namespace NeuralNet;

/// <summary>Another order of the features of a row than that of the library: PyTorch's and ONNX's, where the features come from an image, or are
/// to become one.</summary>
internal abstract record FeatureOrder
{
    private const int MaxDepth = 32;

    private FeatureOrder(int depth) => Depth = depth;

    // How many orders are made of one another, which a file could make as many as it liked.
    private int Depth { get; }

    /// <summary>That of an image whose channels lie one after the other; null if that is the library's own: of one channel, or one pixel.</summary>
    public static FeatureOrder? Of(Shape image)
    {
        int pixels = image.Height * image.Width;
        return pixels > 1 && image.FeatureCount > 1 ? new Image(pixels, image.FeatureCount) : null;
    }

    /// <summary>That of some neighbours: they stay in the order in which they stand among all.</summary>
    /// <param name="whole">The order of all features.</param>
    /// <param name="first">The first one that is kept.</param>
    public static FeatureOrder? OfPart(FeatureOrder? whole, int first) => whole is null || whole.Depth == MaxDepth ? null : new Part(whole, first);

    /// <summary>That of several rows side by side.</summary>
    /// <param name="orders">The order of each; null: the library's.</param>
    /// <param name="ends">Where each ends.</param>
    public static FeatureOrder? Beside(FeatureOrder?[] orders, int[] ends) =>
        Array.TrueForAll(orders, order => order is null || order.Depth == MaxDepth) ? null : new Several(orders, ends);

    /// <summary>Which feature of the library's stands at each place of this order.</summary>
    /// <param name="features">How many features there are.</param>
    public int[] Features(int features) => Sorted(Keys(0, features));

    private static int[] Sorted(long[] keys)
    {
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort(keys, order);
        return order;
    }

    // Numbers by which so many features, from the first one on, are sorted.
    private protected abstract long[] Keys(int first, int count);

    private sealed record Image(int Pixels, int Channels) : FeatureOrder(1)
    {
        private protected override long[] Keys(int first, int count)
        {
            long[] keys = new long[count];
            for (int i = 0; i < count; i++)
            {
                (int pixel, int channel) = Math.DivRem(first + i, Channels);
                keys[i] = ((long)channel * Pixels) + pixel;
            }

            return keys;
        }
    }

    private sealed record Part(FeatureOrder Whole, int First) : FeatureOrder(Whole.Depth + 1)
    {
        private protected override long[] Keys(int first, int count) => Whole.Keys(First + first, count);
    }

    private sealed record Several(FeatureOrder?[] Orders, int[] Ends) : FeatureOrder(1 + Orders.Max(order => order?.Depth ?? 0))
    {
        public bool Equals(Several? other) => other is not null && Orders.SequenceEqual(other.Orders) && Ends.SequenceEqual(other.Ends);

        public override int GetHashCode() => Ends.Length;

        private protected override long[] Keys(int first, int count)
        {
            long[] keys = new long[count];
            int row = Array.BinarySearch(Ends, first);
            row = row >= 0 ? row + 1 : ~row;
            for (int at = 0; at < count; row++)
            {
                int start = row == 0 ? 0 : Ends[row - 1], some = Math.Min(count - at, Ends[row] - first - at);
                int[]? order = Orders[row] is { } own ? Sorted(own.Keys(first + at - start, some)) : null;
                for (int i = 0; i < some; i++)
                    keys[at + (order?[i] ?? i)] = at + i;
                at += some;
            }

            return keys;
        }
    }
}
