using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.CSharp.Pieces;

/// <content>Products with matrices.</content>
internal static partial class Parts
{
    // z[r, j] = start[j] + Σᵢ x[r, i] w[i, j] for each row of z; the rows of x are xStride apart.
    public static void Products(
        ReadOnlySpan<float> x, int xStride, int inputs, ReadOnlySpan<float> w, int outputs, ReadOnlySpan<float> start, Span<float> z)
    {
        for (int r = 0; r < z.Length / outputs; r++)
            Product(x.Slice(r * xStride, inputs), w, outputs, start, z.Slice(r * outputs, outputs));
    }

    // z[j] = start[j] + Σᵢ x[i] w[i · stride + j]; without a start from 0. Each is one chain of fused multiply-adds over i
    // ascending, whatever vectors the processor has: they go along j.
    public static void Product(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int stride, ReadOnlySpan<float> start, Span<float> z)
    {
        if (Fma.IsSupported && z.Length >= 8)
            ProductBy8(x, w, stride, start, z);
        else if ((Fma.IsSupported || AdvSimd.IsSupported) && z.Length >= 4)
            ProductBy4(x, w, stride, start, z);
        else
            ProductBy1(x, w, stride, start, z);
    }

    // Four vectors at a time. The last ones overlap those before: what is computed twice comes out the same.
    public static void ProductBy8(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int stride, ReadOnlySpan<float> start, Span<float> z)
    {
        int last = z.Length - 8;
        for (int j = 0; j < z.Length; j += 32)
        {
            int j0 = j < last ? j : last, j1 = j0 + 8 < last ? j0 + 8 : last, j2 = j1 + 8 < last ? j1 + 8 : last, j3 = j2 + 8 < last ? j2 + 8 : last;
            Vector256<float> z0 = Vector256<float>.Zero, z1 = z0, z2 = z0, z3 = z0;
            if (!start.IsEmpty)
            {
                z0 = Vector256.Create(start.Slice(j0, 8));
                z1 = Vector256.Create(start.Slice(j1, 8));
                z2 = Vector256.Create(start.Slice(j2, 8));
                z3 = Vector256.Create(start.Slice(j3, 8));
            }

            ReadOnlySpan<float> row = w;
            for (int i = 0; i < x.Length; i++)
            {
                Vector256<float> xi = Vector256.Create(x[i]);
                z0 = Fma.MultiplyAdd(xi, Vector256.Create(row.Slice(j0, 8)), z0);
                z1 = Fma.MultiplyAdd(xi, Vector256.Create(row.Slice(j1, 8)), z1);
                z2 = Fma.MultiplyAdd(xi, Vector256.Create(row.Slice(j2, 8)), z2);
                z3 = Fma.MultiplyAdd(xi, Vector256.Create(row.Slice(j3, 8)), z3);
                row = i + 1 < x.Length ? row.Slice(stride) : row;
            }

            z0.CopyTo(z.Slice(j0, 8));
            z1.CopyTo(z.Slice(j1, 8));
            z2.CopyTo(z.Slice(j2, 8));
            z3.CopyTo(z.Slice(j3, 8));
        }
    }

    // The same with vectors of half the width.
    public static void ProductBy4(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int stride, ReadOnlySpan<float> start, Span<float> z)
    {
        int last = z.Length - 4;
        for (int j = 0; j < z.Length; j += 16)
        {
            int j0 = j < last ? j : last, j1 = j0 + 4 < last ? j0 + 4 : last, j2 = j1 + 4 < last ? j1 + 4 : last, j3 = j2 + 4 < last ? j2 + 4 : last;
            Vector128<float> z0 = Vector128<float>.Zero, z1 = z0, z2 = z0, z3 = z0;
            if (!start.IsEmpty)
            {
                z0 = Vector128.Create(start.Slice(j0, 4));
                z1 = Vector128.Create(start.Slice(j1, 4));
                z2 = Vector128.Create(start.Slice(j2, 4));
                z3 = Vector128.Create(start.Slice(j3, 4));
            }

            ReadOnlySpan<float> row = w;
            for (int i = 0; i < x.Length; i++)
            {
                Vector128<float> xi = Vector128.Create(x[i]);
                z0 = FusedMultiplyAdd(xi, Vector128.Create(row.Slice(j0, 4)), z0);
                z1 = FusedMultiplyAdd(xi, Vector128.Create(row.Slice(j1, 4)), z1);
                z2 = FusedMultiplyAdd(xi, Vector128.Create(row.Slice(j2, 4)), z2);
                z3 = FusedMultiplyAdd(xi, Vector128.Create(row.Slice(j3, 4)), z3);
                row = i + 1 < x.Length ? row.Slice(stride) : row;
            }

            z0.CopyTo(z.Slice(j0, 4));
            z1.CopyTo(z.Slice(j1, 4));
            z2.CopyTo(z.Slice(j2, 4));
            z3.CopyTo(z.Slice(j3, 4));
        }
    }

    // The same one by one.
    public static void ProductBy1(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int stride, ReadOnlySpan<float> start, Span<float> z)
    {
        for (int j = 0; j < z.Length; j++)
        {
            float sum = start.IsEmpty ? 0 : start[j];
            for (int i = 0; i < x.Length; i++)
                sum = FusedMultiplyAdd(x[i], w[(i * stride) + j], sum);
            z[j] = sum;
        }
    }
}
