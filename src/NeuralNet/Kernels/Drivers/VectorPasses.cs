namespace NeuralNet.Kernels;

/// <summary>
/// Vector activations over many vectors: the width of the machine's registers is chosen once for all of them, and threads
/// take whole vectors.
/// </summary>
internal static unsafe class VectorPasses
{
    /// <summary>y = f(z) of each vector.</summary>
    public static void Forward<TKernel>(TKernel kernel, in ActivationForwardPass pass)
        where TKernel : unmanaged, IVectorKernel
    {
        int outputs = pass.Y.Length / pass.Vectors;
        Require.SameLength(pass.Y.Length, checked(pass.Vectors * outputs));
        Require.SameLength(pass.Z.Length, pass.Vectors * kernel.Inputs(outputs));
        var job = new ForwardJob<TKernel> { Kernel = kernel, Pass = pass, Outputs = outputs };
        Workers.Share(pass.Workers, pass.Z.Length, ref job);
    }

    /// <summary>∇z of each vector; of z and y only what <c>TKernel.Reads</c> names is read.</summary>
    public static void Backward<TKernel>(TKernel kernel, in ActivationBackwardPass pass)
        where TKernel : unmanaged, IVectorKernel
    {
        int outputs = pass.OutputGradient.Length / pass.Vectors;
        Require.SameLength(pass.OutputGradient.Length, checked(pass.Vectors * outputs));
        Require.SameLength(pass.InputGradient.Length, pass.Vectors * kernel.Inputs(outputs));
        if ((TKernel.Reads & BackwardReads.Input) != 0)
            Require.SameLength(pass.Z.Length, pass.InputGradient.Length);
        if ((TKernel.Reads & BackwardReads.Output) != 0)
            Require.SameLength(pass.Y.Length, pass.OutputGradient.Length);
        var job = new BackwardJob<TKernel> { Kernel = kernel, Pass = pass, Outputs = outputs };
        Workers.Share(pass.Workers, pass.InputGradient.Length, ref job);
    }

    private ref struct ForwardJob<TKernel> : IJob<ForwardJob<TKernel>>
        where TKernel : unmanaged, IVectorKernel
    {
        public TKernel Kernel;
        public ActivationForwardPass Pass;
        public int Outputs;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref ForwardJob<TKernel> job, int part, int parts)
            where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Vectors, 1, part, parts);
            nint inputs = (nint)first * job.Kernel.Inputs(job.Outputs), outputs = (nint)first * job.Outputs;
            fixed (float* z = job.Pass.Z, y = job.Pass.Y)
                job.Kernel.Forward<TVector>(z + inputs, y + outputs, count, job.Outputs);
        }
    }

    private ref struct BackwardJob<TKernel> : IJob<BackwardJob<TKernel>>
        where TKernel : unmanaged, IVectorKernel
    {
        public TKernel Kernel;
        public ActivationBackwardPass Pass;
        public int Outputs;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref BackwardJob<TKernel> job, int part, int parts)
            where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Vectors, 1, part, parts);
            nint inputs = (nint)first * job.Kernel.Inputs(job.Outputs), outputs = (nint)first * job.Outputs;
            fixed (float* z = job.Pass.Z, y = job.Pass.Y, dy = job.Pass.OutputGradient, dz = job.Pass.InputGradient)
                job.Kernel.Backward<TVector>(z + inputs, y + outputs, dy + outputs, dz + inputs, count, job.Outputs);
        }
    }
}
