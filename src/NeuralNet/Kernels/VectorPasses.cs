using System.Runtime.Intrinsics;

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
        fixed (float* z = pass.Z, y = pass.Y)
        {
            var job = new Job<TKernel> { Kernel = kernel, Z = z, Y = y, Vectors = pass.Vectors, Outputs = outputs };
            Workers.Share(pass.Workers, pass.Z.Length, &ForwardPart<TKernel>, &job);
        }
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
        fixed (float* z = pass.Z, y = pass.Y, dy = pass.OutputGradient, dz = pass.InputGradient)
        {
            var job = new Job<TKernel> { Kernel = kernel, Z = z, Y = y, Dy = dy, Dz = dz, Vectors = pass.Vectors, Outputs = outputs };
            Workers.Share(pass.Workers, pass.InputGradient.Length, &BackwardPart<TKernel>, &job);
        }
    }

    private static void ForwardPart<TKernel>(void* arguments, int part, int parts)
        where TKernel : unmanaged, IVectorKernel
    {
        var job = (Job<TKernel>*)arguments;
        (int first, int count) = Workers.ShareOf(job->Vectors, 1, part, parts);
        float* z = job->Z + ((nint)first * job->Kernel.Inputs(job->Outputs));
        float* y = job->Y + ((nint)first * job->Outputs);
        if (Vector512.IsHardwareAccelerated)
            job->Kernel.Forward<Simd512>(z, y, count, job->Outputs);
        else if (Vector256.IsHardwareAccelerated)
            job->Kernel.Forward<Pair<Simd256>>(z, y, count, job->Outputs);
        else
            job->Kernel.Forward<Pair<Pair<Simd128>>>(z, y, count, job->Outputs);
    }

    private static void BackwardPart<TKernel>(void* arguments, int part, int parts)
        where TKernel : unmanaged, IVectorKernel
    {
        var job = (Job<TKernel>*)arguments;
        (int first, int count) = Workers.ShareOf(job->Vectors, 1, part, parts);
        nint inputs = (nint)first * job->Kernel.Inputs(job->Outputs), outputs = (nint)first * job->Outputs;
        float* z = job->Z + inputs, y = job->Y + outputs, dy = job->Dy + outputs, dz = job->Dz + inputs;
        if (Vector512.IsHardwareAccelerated)
            job->Kernel.Backward<Simd512>(z, y, dy, dz, count, job->Outputs);
        else if (Vector256.IsHardwareAccelerated)
            job->Kernel.Backward<Pair<Simd256>>(z, y, dy, dz, count, job->Outputs);
        else
            job->Kernel.Backward<Pair<Pair<Simd128>>>(z, y, dy, dz, count, job->Outputs);
    }

    private struct Job<TKernel>
        where TKernel : unmanaged
    {
        public TKernel Kernel;
        public float* Z;
        public float* Y;
        public float* Dy;
        public float* Dz;
        public int Vectors;
        public int Outputs;
    }
}
