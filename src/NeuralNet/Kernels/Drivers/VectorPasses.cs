using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Vector activations over many vectors: the width of the machine's registers is chosen once for all of them, and threads
/// take whole vectors.</summary>
internal static class VectorPasses
{
    /// <summary>y = f(z) of each vector.</summary>
    public static void Forward<TFormula>(TFormula formula, in ActivationForwardPass pass) where TFormula : struct, IVectorFormula
    {
        // The fewer lanes, the fewer steps in the trees of maximum and sum; and a tiny network notices the frame that a job needs.
        if (pass.Vectors == 1 && pass.Z.Length <= Simd128.Count && pass.Y.Length <= Simd128.Count)
            formula.Forward<Simd128>(pass.Z, pass.Y);
        else if (pass.Vectors == 1)
            One(formula, pass.Z, pass.Y);
        else
            Many(formula, pass);
    }

    /// <summary>∇z of each vector; of z and y only what <c>TFormula.Reads</c> names is read.</summary>
    public static void Backward<TFormula>(TFormula formula, in ActivationBackwardPass pass) where TFormula : struct, IVectorFormula
    {
        if ((TFormula.Reads & BackwardReads.Input) != 0)
            Require.SameLength(pass.Z.Length, pass.InputGradient.Length);
        if ((TFormula.Reads & BackwardReads.Output) != 0)
            Require.SameLength(pass.Y.Length, pass.OutputGradient.Length);
        var job = new BackwardJob<TFormula>
        {
            Formula = formula,
            Vectors = pass.Vectors,
            Z = pass.Z,
            Y = pass.Y,
            Dy = pass.OutputGradient,
            Dz = pass.InputGradient,
        };
        Workers.Share(pass.Workers, pass.InputGradient.Length, ref job);
    }

    private static void One<TFormula>(TFormula formula, ReadOnlySpan<float> z, Span<float> y) where TFormula : struct, IVectorFormula
    {
        var job = new OneJob<TFormula> { Formula = formula, Z = z, Y = y };
        Workers.Do(ref job, 0, 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Many<TFormula>(TFormula formula, in ActivationForwardPass pass) where TFormula : struct, IVectorFormula
    {
        var job = new ForwardJob<TFormula> { Formula = formula, Vectors = pass.Vectors, Z = pass.Z, Y = pass.Y };
        Workers.Share(pass.Workers, pass.Z.Length, ref job);
    }

    private static int WidthOf(int length, int vectors)
    {
        int width = vectors == 1 ? length : length / vectors;
        Require.SameLength(length, width * vectors);
        return width;
    }

    private ref struct OneJob<TFormula> : IJob<OneJob<TFormula>> where TFormula : struct, IVectorFormula
    {
        public TFormula Formula;
        public ReadOnlySpan<float> Z;
        public Span<float> Y;

        public static bool NeedsSixteenLanes => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Part<TVector>(ref OneJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector> =>
            job.Formula.Forward<TVector>(job.Z, job.Y);
    }

    private ref struct ForwardJob<TFormula> : IJob<ForwardJob<TFormula>> where TFormula : struct, IVectorFormula
    {
        public TFormula Formula;
        public int Vectors;
        public ReadOnlySpan<float> Z;
        public Span<float> Y;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref ForwardJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Vectors, 1, part, parts);
            int inputs = WidthOf(job.Z.Length, job.Vectors), outputs = WidthOf(job.Y.Length, job.Vectors);
            for (int v = first; v < first + count; v++)
                job.Formula.Forward<TVector>(job.Z.Slice(v * inputs, inputs), job.Y.Slice(v * outputs, outputs));
        }
    }

    private ref struct BackwardJob<TFormula> : IJob<BackwardJob<TFormula>> where TFormula : struct, IVectorFormula
    {
        public TFormula Formula;
        public int Vectors;
        public ReadOnlySpan<float> Z;
        public ReadOnlySpan<float> Y;
        public ReadOnlySpan<float> Dy;
        public Span<float> Dz;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref BackwardJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Vectors, 1, part, parts);
            int inputs = WidthOf(job.Dz.Length, job.Vectors), outputs = WidthOf(job.Dy.Length, job.Vectors);
            for (int v = first; v < first + count; v++)
            {
                job.Formula.Backward<TVector>(
                    job.Z.IsEmpty ? default : job.Z.Slice(v * inputs, inputs),
                    job.Y.IsEmpty ? default : job.Y.Slice(v * outputs, outputs),
                    job.Dy.Slice(v * outputs, outputs),
                    job.Dz.Slice(v * inputs, inputs));
            }
        }
    }
}
