using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Lines of an image with zeros at their ends.</summary>
internal static unsafe class PaddedLines
{
    /// <summary>Copies lines of an image.</summary>
    /// <param name="from">The image.</param>
    /// <param name="line">The floats of a line.</param>
    /// <param name="first">The first line to copy.</param>
    /// <param name="end">The line behind the last.</param>
    /// <param name="before">Zeros before each line.</param>
    /// <param name="after">Zeros behind it.</param>
    /// <param name="to">[lines, before + line + after]</param>
    public static void Copy(float* from, int line, int first, int end, int before, int after, float* to)
    {
        for (int i = first; i < end; i++)
        {
            new Span<float>(to, before).Clear();
            Unsafe.CopyBlockUnaligned(to + before, from + ((nint)i * line), (uint)line * sizeof(float));
            new Span<float>(to + before + line, after).Clear();
            to += before + line + after;
        }
    }

    /// <summary>Sets each of some pixels, so far apart, to a vector; null for 0.</summary>
    public static void Fill(float* to, nint step, float* vector, int pixels, int length)
    {
        for (int i = 0; i < pixels; i++)
        {
            var pixel = new Span<float>(to + (i * step), length);
            if (vector == null)
                pixel.Clear();
            else
                new ReadOnlySpan<float>(vector, length).CopyTo(pixel);
        }
    }

    /// <summary>A size in floats, rounded up to whole cache lines.</summary>
    public static int Rounded(long floats) => checked((int)((floats + Workers.Line - 1) & -Workers.Line));
}
