using System.Globalization;

namespace NeuralNet;

/// <summary>What a <see cref="SettingsSearch"/> looks through: settings by name, each with the values that it may have.</summary>
/// <remarks><para><c>new SearchSpace().Choice("width", 16, 32, 64).LogUniform("rate", 1e-4, 1e-1).Choice("activation", "relu", "tanh")</c>.</para>
/// <para>Immutable: each method gives another space, which has one setting more. Numbers that are drawn from a range are rounded to six significant
/// digits, so that a table shows what was tried, and that they are the same on every machine.</para></remarks>
public sealed class SearchSpace
{
    // Up to so many settings none is drawn twice before all have been.
    private const long MostInOrder = 1 << 20;

    private readonly (string Name, Values Values)[] all;

    /// <summary>Makes a space without settings.</summary>
    public SearchSpace()
        : this([])
    {
    }

    private SearchSpace((string Name, Values Values)[] all) => this.all = all;

    /// <summary>The names, in the order in which they were given.</summary>
    public IReadOnlyList<string> Names => [.. all.Select(one => one.Name)];

    /// <summary>How many different settings there are; null where a number is drawn from a range, or if they are more than 2⁶³.</summary>
    public long? Count
    {
        get
        {
            Int128 product = 1;
            foreach ((_, Values values) in all)
            {
                if (values.Count is not { } count || (product *= count) > long.MaxValue)
                    return null;
            }

            return (long)product;
        }
    }

    /// <summary>A setting that is one of some whole numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">What it may be, at least one.</param>
    /// <returns>The space with this setting.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken, a value is given twice, or there is none.</exception>
    public SearchSpace Choice(string name, params ReadOnlySpan<int> values) => With(name, Values.Of(values));

    /// <summary>A setting that is one of some numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">What it may be, at least one, all finite.</param>
    /// <returns>The space with this setting.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken, a value is given twice or is not finite, or there is none.</exception>
    public SearchSpace Choice(string name, params ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
                throw new ArgumentException($"Expected finite values of \"{name}\", but got {TrialSettings.InWords(value)}.", nameof(values));
        }

        return With(name, Values.Of(values));
    }

    /// <summary>A setting that is one of some texts, such as the name of an activation.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">What it may be, at least one, none of them null.</param>
    /// <returns>The space with this setting.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken, a value is given twice or is null, or there is none.</exception>
    public SearchSpace Choice(string name, params ReadOnlySpan<string> values)
    {
        foreach (string value in values)
            ArgumentNullException.ThrowIfNull(value, nameof(values));
        return With(name, Values.Of(values));
    }

    /// <summary>A setting that is a whole number of a range, each as probable.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="from">The least.</param>
    /// <param name="to">The greatest, at least <paramref name="from"/>.</param>
    /// <returns>The space with this setting.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="to"/> is less than <paramref name="from"/>.</exception>
    public SearchSpace Whole(string name, int from, int to) => to >= from ? With(name, new Values.Integers(from, to))
        : throw Guard.OutOfRange(nameof(to), to, FormattableString.Invariant($"The range of \"{name}\" is from {from} on; its end must be no less."));

    /// <summary>A setting that is a number of a range, each part of which is as probable as another of the same length.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="from">The least.</param>
    /// <param name="to">The greatest, above <paramref name="from"/>.</param>
    /// <returns>The space with this setting.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not finite, or <paramref name="to"/> not above <paramref name="from"/>.</exception>
    public SearchSpace Uniform(string name, double from, double to) => Range(name, from, to, isLogarithmic: false);

    /// <summary>A setting that is a number of a range, of which the logarithm is uniform: of a learning rate 0.001 … 0.01 is as probable as
    /// 0.01 … 0.1.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="from">The least, above 0.</param>
    /// <param name="to">The greatest, above <paramref name="from"/>.</param>
    /// <returns>The space with this setting.</returns>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not finite, <paramref name="from"/> not above 0, or <paramref name="to"/> not above
    /// <paramref name="from"/>.</exception>
    public SearchSpace LogUniform(string name, double from, double to) => from > 0 ? Range(name, from, to, isLogarithmic: true)
        : throw Guard.OutOfRange(nameof(from), from, $"The range of \"{name}\" is logarithmic; it must begin above 0.");

    /// <summary>The settings with their values: two spaces are the same if this is.</summary>
    /// <returns>For example <c>width: 16 | 32 | 64; rate: 0.0001 … 0.1, logarithmic</c>.</returns>
    public override string ToString() => string.Join("; ", all.Select(one => $"{one.Name}: {one.Values}"));

    // All settings, the last name changing fastest.
    internal TrialSettings[] Grid()
    {
        foreach ((string name, Values values) in all)
        {
            if (values.Count is null)
                throw new InvalidOperationException(
                    $"A grid takes some values of each setting, but \"{name}\" is a range, {values}; give it with Choice, or search at random.");
        }

        return Count is { } count && count <= MostInOrder ? [.. Enumerable.Range(0, (int)count).Select(index => At(index))]
            : throw new InvalidOperationException(
                FormattableString.Invariant($"The grid would have more than {MostInOrder:N0} settings; search at random, or give fewer values."));
    }

    // The settings of the first trials of a seed: those of a trial do not depend on how many follow. Where there are not very many, all are taken
    // in random order before the first comes again.
    internal TrialSettings[] Draw(long seed, int trials)
    {
        RandomStream stream = RandomPurpose.Of(seed, RandomPurpose.Search);
        var drawn = new TrialSettings[trials];
        int[]? order = Count is { } count && count <= MostInOrder ? new int[count] : null;
        for (int trial = 0; trial < trials; trial++)
        {
            if (order is not null && trial % order.Length == 0)
                stream.Permute(order, trial / order.Length);
            drawn[trial] = order is not null ? At(order[trial % order.Length])
                : Of(k => all[k].Values.At(stream.Bits(trial, k) / 4294967296.0));
        }

        return drawn;
    }

    private TrialSettings At(long index)
    {
        var values = new object[all.Length];
        for (int k = all.Length - 1; k >= 0; k--)
        {
            long count = all[k].Values.Count!.Value;
            values[k] = all[k].Values.At(index % count);
            index /= count;
        }

        return Of(k => values[k]);
    }

    private TrialSettings Of(Func<int, object> value) =>
        new([.. all.Select((one, k) => KeyValuePair.Create(one.Name, value(k)))]);

    private SearchSpace Range(string name, double from, double to, bool isLogarithmic)
    {
        if (!double.IsFinite(from))
            throw Guard.OutOfRange(nameof(from), from, $"The range of \"{name}\" must begin at a finite number.");
        if (!(to > from && double.IsFinite(to - from)))
            throw Guard.OutOfRange(
                nameof(to), to, $"The range of \"{name}\" is from {TrialSettings.InWords(from)} on; it must end at a finite number above.");
        return With(name, new Values.Numbers(from, to, isLogarithmic));
    }

    private SearchSpace With(string name, Values values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Array.Exists(all, one => one.Name == name) ? throw new ArgumentException($"There is a setting \"{name}\" already.", nameof(name))
            : new([.. all, (name, values)]);
    }

    /// <summary>What a setting may be.</summary>
    private abstract class Values
    {
        /// <summary>How many values there are; null: a range of numbers.</summary>
        public abstract long? Count { get; }

        public static Some Of<T>(ReadOnlySpan<T> values)
            where T : notnull
        {
            if (values.IsEmpty)
                throw new ArgumentException("Expected at least one value.", nameof(values));
            var all = new object[values.Length];
            for (int i = 0; i < all.Length; i++)
            {
                if (Array.IndexOf(all, values[i]) >= 0)
                    throw new ArgumentException($"The value {TrialSettings.InWords(values[i])} is given twice.", nameof(values));
                all[i] = values[i];
            }

            return new Some(all);
        }

        /// <summary>One of the values, where they are counted.</summary>
        public abstract object At(long index);

        /// <summary>The value at a share of the whole, 0 … 1.</summary>
        public virtual object At(double share) => At(Math.Min((long)(share * Count!.Value), Count.Value - 1));

        public sealed class Some(object[] values) : Values
        {
            public override long? Count => values.Length;

            public override object At(long index) => values[index];

            public override string ToString() =>
                string.Join(" | ", values.Select(value => value is string ? $"\"{value}\"" : TrialSettings.InWords(value)));
        }

        public sealed class Integers(int from, int to) : Values
        {
            public override long? Count => (long)to - from + 1;

            public override object At(long index) => (int)(from + index);

            public override string ToString() => FormattableString.Invariant($"{from} … {to}");
        }

        public sealed class Numbers(double from, double to, bool isLogarithmic) : Values
        {
            public override long? Count => null;

            public override object At(long index) => throw new InvalidOperationException("A range has no values that are counted.");

            public override object At(double share)
            {
                double value = isLogarithmic ? from * Math.Exp(share * (Math.Log(to) - Math.Log(from))) : from + (share * (to - from));
                double rounded = double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
                return Math.Clamp(rounded, from, to);
            }

            public override string ToString() =>
                FormattableString.Invariant($"{from} … {to}{(isLogarithmic ? ", logarithmic" : ", uniform")}");
        }
    }
}
