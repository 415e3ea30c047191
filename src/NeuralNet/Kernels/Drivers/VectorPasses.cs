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
        var job = new BackwardJob<TFormula> { Formula = formula, Pass = pass };
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
        var job = new ForwardJob<TFormula> { Formula = formula, Pass = pass };
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
        public ActivationForwardPass Pass;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref ForwardJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Vectors, 1, part, parts);
            int inputs = WidthOf(job.Pass.Z.Length, job.Pass.Vectors), outputs = WidthOf(job.Pass.Y.Length, job.Pass.Vectors);
            for (int v = first; v < first + count; v++)
                job.Formula.Forward<TVector>(job.Pass.Z.Slice(v * inputs, inputs), job.Pass.Y.Slice(v * outputs, outputs));
        }
    }

    private ref struct BackwardJob<TFormula> : IJob<BackwardJob<TFormula>> where TFormula : struct, IVectorFormula
    {
        public TFormula Formula;
        public ActivationBackwardPass Pass;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref BackwardJob<TFormula> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            ActivationBackwardPass pass = job.Pass;
            (int first, int count) = Workers.ShareOf(pass.Vectors, 1, part, parts);
            int inputs = WidthOf(pass.InputGradient.Length, pass.Vectors), outputs = WidthOf(pass.OutputGradient.Length, pass.Vectors);
            for (int v = first; v < first + count; v++)
            {
                job.Formula.Backward<TVector>(
                    pass.Z.IsEmpty ? default : pass.Z.Slice(v * inputs, inputs),
                    pass.Y.IsEmpty ? default : pass.Y.Slice(v * outputs, outputs),
                    pass.OutputGradient.Slice(v * outputs, outputs),
                    pass.InputGradient.Slice(v * inputs, inputs));
            }
        }
    }
}
