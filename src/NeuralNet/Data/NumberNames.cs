using System.Collections;
using System.Globalization;

namespace NeuralNet;

/// <summary>The names "0", "1" … of so many classes, made when they are asked for: a vocabulary has many.</summary>
internal sealed class NumberNames(int count) : IReadOnlyList<string>
{
    public int Count => count;

    public string this[int index] => (uint)index < (uint)count
        ? index.ToString(CultureInfo.InvariantCulture)
        : throw Guard.OutOfRange(nameof(index), index, FormattableString.Invariant($"Expected a class 0 … {count - 1}, but got {index}."));

    public IEnumerator<string> GetEnumerator() => Enumerable.Range(0, count).Select(c => this[c]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
