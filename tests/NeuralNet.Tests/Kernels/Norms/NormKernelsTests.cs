using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class NormKernelsTests
{
    private const float Epsilon = 1e-5f;

    private static readonly (int Vectors, int Width)[] sizes = [(7, 1), (7, 3), (5, 16), (5, 17), (3, 40), (3, 64), (2, 100), (1, 18)];

    [Fact]
    public void Both_directions_are_the_formulas()
    {
        foreach ((int vectors, int width) in sizes)
        {
            foreach (bool centers in new[] { true, false })
            {
                var one = new Norms(vectors, width, centers, 1);
                one.Run(Workers.Alone);
                one.ShouldBeTheFormula();
            }
        }
    }

    [Fact]
    public void Every_register_width_and_any_number_of_threads_give_the_same_bits()
    {
        using Workers two = new(2), three = new(3);
        foreach ((int vectors, int width) in sizes.Append((331, 61)).Append((2233, 9)))
        {
            foreach (bool centers in new[] { true, false })
            {
                // One vector where squares overflow, among others where they do not, and one with a NaN.
                var expected = new Norms(vectors, width, centers, 2);
                expected.X[width / 2] = 1e30f;
                expected.X[^1] = float.NaN;
                expected.Run(Workers.Alone);
                foreach (Workers workers in new[] { two, three })
                    expected.ShouldBeTheBitsOf(one => one.Run(workers), $"{workers.Count} threads");
                expected.ShouldBeTheBitsOf(one => one.Run<Simd512>(1), "512");
                expected.ShouldBeTheBitsOf(one => one.Run<WideVector<Simd256>>(1), "2 × 256");
                expected.ShouldBeTheBitsOf(one => one.Run<WideVector<WideVector<Simd128>>>(3), "4 × 128, in three parts");
            }
        }
    }

    [Fact]
    public void Gradients_that_are_not_wanted_leave_the_others_as_they_are()
    {
        var all = new Norms(76, 21, true, 3);
        all.Run(Workers.Alone);
        foreach ((bool dx, bool dg, bool db) in new[] { (true, false, true), (true, true, false), (false, true, true), (false, false, true),
            (false, true, false), (false, false, false) })
        {
            var some = new Norms(76, 21, true, 3);
            some.Run(Workers.Alone, dx, dg, db);
            some.Dx.ShouldHaveTheBitsOf(dx ? all.Dx : new float[all.Dx.Length], "∇x");
            some.GainGradient.ShouldHaveTheBitsOf(dg ? all.GainGradient : Norms.Before(21), "∇g");
            some.BiasGradient.ShouldHaveTheBitsOf(db ? all.BiasGradient : Norms.Before(21), "∇b");
        }
    }

    [Fact]
    public void Spans_that_do_not_fit_are_refused()
    {
        void Refused(Action<Norms> spoil)
        {
            var norms = new Norms(2, 3, true, 1);
            spoil(norms);
            Assert.Throws<ArgumentException>(() => norms.Run(Workers.Alone));
        }

        Refused(norms => norms.X = new float[7]);
        Refused(norms => norms.Y = new float[5]);
        Refused(norms => norms.Gain = new float[4]);
        Refused(norms => norms.Bias = new float[2]);
        Refused(norms => norms.Kept = new float[5]);
        Refused(norms => norms.Dy = new float[7]);
        Refused(norms => norms.Dx = new float[5]);
        Refused(norms => norms.GainGradient = new float[2]);
        Refused(norms => norms.BiasGradient = new float[4]);
    }

    private sealed class Norms
    {
        private readonly int vectors, width, seed;
        private readonly bool centers;

        public Norms(int vectors, int width, bool centers, int seed)
        {
            (this.vectors, this.width, this.centers, this.seed) = (vectors, width, centers, seed);
            int size = vectors * width;
            (X, Dy, Gain, Bias) = (Floats.Random(size, seed, 3), Floats.Random(size, seed + 1), Floats.Random(width, seed + 2),
                Floats.Random(width, seed + 3));
            (Y, Dx, Kept) = (new float[size], new float[size], new float[NormKernels.KeptPerVector * vectors]);
            (GainGradient, BiasGradient) = (Before(width), Before(width));
        }

        public float[] X { get; set; }

        public float[] Dy { get; set; }

        public float[] Gain { get; set; }

        public float[] Bias { get; set; }

        public float[] Y { get; set; }

        public float[] Dx { get; set; }

        public float[] Kept { get; set; }

        public float[] GainGradient { get; set; }

        public float[] BiasGradient { get; set; }

        // What the gradients are added to.
        public static float[] Before(int width) => Floats.Random(width, 99);

        public void Run(Workers workers, bool dx = true, bool dg = true, bool db = true)
        {
            NormKernels.Forward(ForwardPass(workers));
            NormKernels.Backward(BackwardPass(workers, dx, dg, db));
        }

        // ∇x and the parameters' gradients in jobs apart, as threads take them.
        public void Run<TVector>(int parts)
            where TVector : struct, ISimdVector<TVector>
        {
            var forward = new NormKernels.ForwardJob { Pass = ForwardPass(Workers.Alone) };
            var backward = new NormKernels.BackwardJob { Pass = BackwardPass(Workers.Alone, true, false, false) };
            var parameters = new NormKernels.ParametersJob { Pass = BackwardPass(Workers.Alone, true, true, true) };
            for (int part = 0; part < parts; part++)
                NormKernels.ForwardJob.Part<TVector>(ref forward, part, parts);
            for (int part = 0; part < parts; part++)
                NormKernels.BackwardJob.Part<TVector>(ref backward, part, parts);
            for (int part = 0; part < parts; part++)
                NormKernels.ParametersJob.Part<TVector>(ref parameters, part, parts);
        }

        private NormPass ForwardPass(Workers workers) => new()
        {
            Vectors = vectors,
            Width = width,
            Centers = centers,
            Epsilon = Epsilon,
            Input = X,
            Gain = Gain,
            Bias = centers ? Bias : default,
            Output = Y,
            Keeps = Kept,
            Workers = workers,
        };

        private NormPass BackwardPass(Workers workers, bool dx, bool dg, bool db) => new()
        {
            Vectors = vectors,
            Width = width,
            Centers = centers,
            Epsilon = Epsilon,
            Input = X,
            Gain = Gain,
            Kept = Kept,
            OutputGradient = Dy,
            InputGradient = dx ? Dx : default,
            GainGradient = dg ? GainGradient : default,
            BiasGradient = db && centers ? BiasGradient : default,
            Workers = workers,
        };

        public void ShouldBeTheBitsOf(Action<Norms> run, string how)
        {
            var other = new Norms(vectors, width, centers, seed) { X = X };
            run(other);
            string what = $"{vectors} × {width}, {(centers ? "centered" : "not centered")}, {how}";
            other.Y.ShouldHaveTheBitsOf(Y, "y " + what);
            other.Dx.ShouldHaveTheBitsOf(Dx, "∇x " + what);
            other.GainGradient.ShouldHaveTheBitsOf(GainGradient, "∇g " + what);
            other.BiasGradient.ShouldHaveTheBitsOf(BiasGradient, "∇b " + what);
        }

        public void ShouldBeTheFormula()
        {
            string what = $"{vectors} × {width}, centered: {centers}";
            double[] dg = [.. Before(width).Select(value => (double)value)], db = [.. dg];
            for (int v = 0; v < vectors; v++)
            {
                int At(int i) => (v * width) + i;
                double mean = centers ? Mean(i => X[At(i)]) : 0, root = Math.Sqrt(Mean(i => (X[At(i)] - mean) * (X[At(i)] - mean)) + Epsilon);
                double Normalized(int i) => (X[At(i)] - mean) / root;
                double inner = centers ? Mean(i => (double)Gain[i] * Dy[At(i)]) : 0, dot = Mean(i => (double)Gain[i] * Dy[At(i)] * Normalized(i));
                for (int i = 0; i < width; i++)
                {
                    Y[At(i)].ShouldBeNear((Gain[i] * Normalized(i)) + (centers ? Bias[i] : 0), 1e-6, $"y {what}", floor: 1);
                    Dx[At(i)].ShouldBeNear(
                        ((Gain[i] * (double)Dy[At(i)]) - inner - (Normalized(i) * dot)) / root, 1e-5, $"∇x {what}", floor: 0.1 / root);
                    dg[i] += Dy[At(i)] * Normalized(i);
                    db[i] += Dy[At(i)];
                }
            }

            for (int i = 0; i < width; i++)
            {
                GainGradient[i].ShouldBeNear(dg[i], 1e-5, $"∇g {what}", floor: 1);
                if (centers)
                    BiasGradient[i].ShouldBeNear(db[i], 1e-5, $"∇b {what}", floor: 1);
            }
        }

        private double Mean(Func<int, double> value) => Enumerable.Range(0, width).Average(value);
    }
}
