using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Lines of an image with zeros around them.</summary>
internal static unsafe class PaddedLines
{
    /// <summary>Copies lines; those before the first and behind the last of the image are zeros.</summary>
    /// <param name="from">The image.</param>
    /// <param name="lines">How many lines it has.</param>
    /// <param name="line">The floats of one.</param>
    /// <param name="first">The first line to copy; may be negative.</param>
    /// <param name="count">How many.</param>
    /// <param name="before">Zeros before each line.</param>
    /// <param name="after">Zeros behind it.</param>
    /// <param name="to">[count, before + line + after]</param>
    public static void Copy(float* from, int lines, int line, int first, int count, int before, int after, float* to)
    {
        for (int i = first; i < first + count; i++)
        {
            if (i < 0 || i >= lines)
            {
                new Span<float>(to, before + line + after).Clear();
            }
            else
            {
                new Span<float>(to, before).Clear();
                Unsafe.CopyBlockUnaligned(to + before, from + ((nint)i * line), (uint)line * sizeof(float));
                new Span<float>(to + before + line, after).Clear();
            }

            to += before + line + after;
        }
    }

    /// <summary>A size in floats, rounded up to whole cache lines.</summary>
    public static int Rounded(long floats) => checked((int)((floats + Workers.Line - 1) & -Workers.Line));
}
