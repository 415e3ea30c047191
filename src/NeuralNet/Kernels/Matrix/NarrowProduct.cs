using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The product of a dense layer with weights of 16 bits, bfloat16: the upper half of a float, rounded. Half the memory has to be read, which
/// is what a product of one row waits for.</summary>
/// <remarks><para>Two weights lie in the bits of a float: of 32 neighbouring columns that of column j &lt; 16 in the upper half, and that of column
/// j + 16 in the lower one. So a vector of any width becomes two of floats by a mask and a shift, and nothing has to be put in order. Such 32 columns
/// are a panel, which has all inputs one after the other: memory is read from its beginning to its end.</para>
/// <para>Widening is exact, and each element of the result is one chain of fused multiply-adds over the inputs, ascending from the bias: the bits are
/// those of <see cref="MatrixProduct"/> with the rounded weights, for every vector width and number of threads.</para></remarks>
internal static unsafe class NarrowProduct
{
    private const int Half = 16, Panel = 2 * Half;

    // So many floats of widened weights stay in the first-level cache, or the second one.
    private const int WideFloats = 16 << 10;

    /// <summary>How many floats hold the weights.</summary>
    public static int Length(int inputs, int outputs) => checked(inputs * Half * Panels(outputs));

    /// <summary>How many floats of memory a product of several rows needs.</summary>
    public static int ScratchOf(int inputs, int outputs) => checked(DepthAtOnce(inputs, outputs) * Panel * Panels(outputs));

    /// <summary>Rounds weights, to the nearest bfloat16 and of two as near ones to the even one.</summary>
    /// <param name="w">[inputs, outputs]</param>
    /// <param name="inputs">The rows of w.</param>
    /// <param name="outputs">Its columns.</param>
    /// <returns>The weights, two in each float.</returns>
    public static float[] Round(ReadOnlySpan<float> w, int inputs, int outputs)
    {
        float[] narrow = new float[Length(inputs, outputs)];
        for (int at = 0; at < narrow.Length; at++)
        {
            (int line, int lane) = Math.DivRem(at, Half);
            (int panel, int row) = Math.DivRem(line, inputs);
            int column = (panel * Panel) + lane;
            uint upper = BitsOf(w, row, column, outputs), lower = BitsOf(w, row, column + Half, outputs);
            narrow[at] = BitConverter.UInt32BitsToSingle(upper << 16 | lower);
        }

        return narrow;
    }

    /// <summary>z[r, j] = bias[j] + Σᵢ x[r, i] w[i, j]; without a bias (an empty span) the chains start from 0.</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="narrow">What <see cref="Round"/> made.</param>
    /// <param name="bias">[outputs], or empty.</param>
    /// <param name="z">[rows, outputs]; overwritten.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="inputs">The width of x.</param>
    /// <param name="outputs">The width of z.</param>
    /// <param name="scratch">Memory, of <see cref="ScratchOf"/> floats.</param>
    /// <param name="workers">Who shares the work.</param>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> narrow, ReadOnlySpan<float> bias, Span<float> z, int rows, int inputs, int outputs,
        Span<float> scratch, Workers workers)
    {
        Require.SameLength(narrow.Length, Length(inputs, outputs));
        Require.SameLength(x.Length, rows * inputs);
        Require.SameLength(z.Length, rows * outputs);
        if (!bias.IsEmpty)
            Require.SameLength(bias.Length, outputs);
        int panels = Panels(outputs), atOnce = DepthAtOnce(inputs, outputs);
        fixed (float* px = x, pw = narrow, pbias = bias, pz = z, wide = scratch)
        {
            if (rows == 1)
            {
                var row = new RowJob { X = px, W = pw, Bias = pbias, Z = pz, Inputs = inputs, Outputs = outputs };
                Workers.Do(ref row, 0, 1);
                return;
            }

            Require.SameLength(scratch.Length, ScratchOf(inputs, outputs));
            for (int first = 0; first < inputs; first += atOnce)
            {
                int depth = Math.Min(atOnce, inputs - first);
                var widening = new WideningJob { From = pw + ((nint)first * Half), To = wide, Panels = panels, Inputs = inputs, Depth = depth };
                Workers.Do(ref widening, 0, 1);
                MatrixProduct.Continue(
                    px + first, inputs, wide, Panel * panels, first == 0 ? pbias : pz, first == 0 ? 0 : outputs, pz, rows, depth, outputs, workers);
            }
        }
    }

    private static int Panels(int outputs) => (outputs + Panel - 1) / Panel;

    private static int DepthAtOnce(int inputs, int outputs) => Math.Clamp(WideFloats / (Panel * Panels(outputs)), 1, inputs);

    private static uint BitsOf(ReadOnlySpan<float> w, int row, int column, int outputs)
    {
        if (column >= outputs)
            return 0;
        uint bits = BitConverter.SingleToUInt32Bits(w[(row * outputs) + column]);
        bool isNaN = (bits & 0x7FFF_FFFF) > 0x7F80_0000;
        return isNaN ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }

    /// <summary>Some inputs of all panels become rows of all columns.</summary>
    private struct WideningJob : IJob<WideningJob>
    {
        public float* From, To;
        public int Panels, Inputs, Depth;

        public static void Part<TVector>(ref WideningJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            TVector upper = UpperHalf<TVector>();
            for (int panel = 0; panel < job.Panels; panel++)
            {
                float* from = job.From + ((nint)panel * job.Inputs * Half), to = job.To + (panel * Panel);
                for (int row = 0; row < job.Depth; row++, from += Half, to += Panel * job.Panels)
                {
                    for (int lane = 0; lane < Half; lane += TVector.Count)
                    {
                        TVector both = TVector.Load(from + lane);
                        TVector.Store(TVector.BitAnd(both, upper), to + lane);
                        TVector.Store(TVector.BitsUp16(both), to + lane + Half);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector UpperHalf<TVector>() where TVector : struct, ISimdVector<TVector> =>
        TVector.Broadcast(BitConverter.UInt32BitsToSingle(0xFFFF_0000));

    private struct RowJob : IJob<RowJob>
    {
        public float* X, W, Bias, Z;
        public int Inputs, Outputs;

        public static void Part<TVector>(ref RowJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            int at = 0, floats = Half * Panels(job.Outputs);
            for (; at <= floats - (4 * TVector.Count); at += 4 * TVector.Count)
                Four<TVector>(job, at);
            for (; at < floats; at += TVector.Count)
                One<TVector>(job, at);
        }

        // Eight chains at a time, as in MatrixRow.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Four<TVector>(in RowJob job, int at) where TVector : struct, ISimdVector<TVector>
        {
            int n = TVector.Count, outputs = job.Outputs;
            float* start = job.Bias, c = job.Z, a = job.X, b = job.W + job.At(at);
            nint second = job.At(at + n) - job.At(at), third = job.At(at + (2 * n)) - job.At(at), fourth = job.At(at + (3 * n)) - job.At(at);
            TVector upper = UpperHalf<TVector>();
            TVector h0 = Load<TVector>(start, at, 0, outputs), l0 = Load<TVector>(start, at, Half, outputs);
            TVector h1 = Load<TVector>(start, at + n, 0, outputs), l1 = Load<TVector>(start, at + n, Half, outputs);
            TVector h2 = Load<TVector>(start, at + (2 * n), 0, outputs), l2 = Load<TVector>(start, at + (2 * n), Half, outputs);
            TVector h3 = Load<TVector>(start, at + (3 * n), 0, outputs), l3 = Load<TVector>(start, at + (3 * n), Half, outputs);
            for (int depth = job.Inputs; depth > 0; depth--, a++, b += Half)
            {
                TVector x = TVector.Broadcast(*a), w0 = TVector.Load(b), w1 = TVector.Load(b + second);
                TVector.MultiplyAdd(ref h0, x, TVector.BitAnd(w0, upper));
                TVector.MultiplyAdd(ref l0, x, TVector.BitsUp16(w0));
                TVector.MultiplyAdd(ref h1, x, TVector.BitAnd(w1, upper));
                TVector.MultiplyAdd(ref l1, x, TVector.BitsUp16(w1));
                TVector w2 = TVector.Load(b + third), w3 = TVector.Load(b + fourth);
                TVector.MultiplyAdd(ref h2, x, TVector.BitAnd(w2, upper));
                TVector.MultiplyAdd(ref l2, x, TVector.BitsUp16(w2));
                TVector.MultiplyAdd(ref h3, x, TVector.BitAnd(w3, upper));
                TVector.MultiplyAdd(ref l3, x, TVector.BitsUp16(w3));
            }

            Store(h0, l0, c, at, outputs);
            Store(h1, l1, c, at + n, outputs);
            Store(h2, l2, c, at + (2 * n), outputs);
            Store(h3, l3, c, at + (3 * n), outputs);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void One<TVector>(in RowJob job, int at) where TVector : struct, ISimdVector<TVector>
        {
            TVector upper = UpperHalf<TVector>();
            TVector high = Load<TVector>(job.Bias, at, 0, job.Outputs), low = Load<TVector>(job.Bias, at, Half, job.Outputs);
            float* a = job.X, b = job.W + job.At(at);
            for (int depth = job.Inputs; depth > 0; depth--, a++, b += Half)
            {
                TVector x = TVector.Broadcast(*a), both = TVector.Load(b);
                TVector.MultiplyAdd(ref high, x, TVector.BitAnd(both, upper));
                TVector.MultiplyAdd(ref low, x, TVector.BitsUp16(both));
            }

            Store(high, low, job.Z, at, job.Outputs);
        }

        // Where the first input's weight at a place in the row of all panels lies.
        private readonly nint At(int at) => ((nint)(at / Half) * Inputs * Half) + (at % Half);

        private static int ColumnOf(int at) => (at / Half * Panel) + (at % Half);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector Load<TVector>(float* start, int at, int half, int outputs) where TVector : struct, ISimdVector<TVector>
        {
            int column = ColumnOf(at) + half;
            return start == null ? TVector.Zero : VectorTail.Load<TVector>(start + column, outputs - column);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store<TVector>(TVector high, TVector low, float* c, int at, int outputs) where TVector : struct, ISimdVector<TVector>
        {
            int column = ColumnOf(at);
            VectorTail.Store(high, c + column, outputs - column);
            VectorTail.Store(low, c + column + Half, outputs - column - Half);
        }
    }
}
