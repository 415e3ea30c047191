using CsCheck;
using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public sealed unsafe class MatrixProductTests
{
    private const int Guards = 40;
    private const float Guard = 12345.5f;

    private static Workers Alone => Workers.Alone;

    public enum Form
    {
        Forward,
        ForwardWithoutBias,
        WeightGradient,
        InputGradient,
    }

    public static TheoryData<Form> Forms => new(Enum.GetValues<Form>());

    public static TheoryData<Form, int, int, int> Sizes
    {
        get
        {
            var data = new TheoryData<Form, int, int, int>();
            foreach (Form form in Enum.GetValues<Form>())
            {
                foreach ((int rows, int inputs, int outputs) in new[]
                {
                    (0, 3, 5), (3, 0, 5), (3, 5, 0), (0, 0, 0), (1, 1, 1), (1, 784, 256), (2, 300, 33), (4, 8, 2),
                    (130, 257, 65), (65, 130, 257), (257, 65, 130), (12, 16, 32), (24, 512, 64), (49, 31, 95), (500, 3, 37),
                    (37, 500, 3), (3, 37, 500), (70, 600, 700), (300, 130, 200), (20, 300, 1100), (1, 1100, 300),
                    (1, 70, 192), (7, 600, 256), (70, 1100, 128), (20, 300, 1152),
                })
                {
                    data.Add(form, rows, inputs, outputs);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Equals_the_naive_chain_bit_for_bit(Form form, int rows, int inputs, int outputs)
        => new Problem(form, rows, inputs, outputs).Run(Alone).Should().BeTrue();

    [Theory]
    [MemberData(nameof(Forms))]
    public void Equals_the_naive_chain_for_any_small_size(Form form)
    {
        foreach ((int rows, int inputs, int outputs) in Property.Cases(Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 80]), 300))
            new Problem(form, rows, inputs, outputs).Run(Alone).Should().BeTrue($"form {form}, {rows} rows, {inputs} inputs, {outputs} outputs");
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_height_and_width_of_a_tile_is_right(Form form)
    {
        for (int rows = 1; rows <= 13; rows++)
        {
            foreach (int columns in new[] { 1, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33 })
            {
                Problem problem = form switch
                {
                    Form.WeightGradient => new Problem(form, 5, rows, columns),
                    Form.InputGradient => new Problem(form, rows, columns, 5),
                    _ => new Problem(form, rows, 5, columns),
                };
                problem.Run(Alone).Should().BeTrue($"{rows} × {columns}");
                problem.RunWidth<Simd128>().Should().BeTrue($"{rows} × {columns} by 128 bits");
                problem.RunWidth<Simd256>().Should().BeTrue($"{rows} × {columns} by 256 bits");
                problem.RunWidth<Simd512>().Should().BeTrue($"{rows} × {columns} by 512 bits");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_width_of_vectors_gives_the_same_bits(Form form)
    {
        foreach (Problem problem in new[] { new Problem(form, 67, 301, 75), new Problem(form, 150, 90, 300), new Problem(form, 1, 600, 300),
            new Problem(form, 1, 300, 320), new Problem(form, 23, 600, 448) })
        {
            problem.RunWidth<Simd128>().Should().BeTrue();
            problem.RunWidth<Simd256>().Should().BeTrue();
            problem.RunWidth<Simd512>().Should().BeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Any_number_of_threads_gives_the_same_bits(Form form)
    {
        foreach (int threads in new[] { 2, 3, 5 })
        {
            using var workers = new Workers(threads);
            foreach ((int rows, int inputs, int outputs) in new[] { (130, 257, 65), (1, 1100, 1000), (1000, 7, 160), (7, 160, 1000), (64, 600, 30),
                (1, 1100, 1024), (7, 160, 896), (130, 257, 128) })
                new Problem(form, rows, inputs, outputs).Run(workers).Should().BeTrue($"{threads} threads, {rows} × {inputs} × {outputs}");
        }
    }

    [Fact]
    public void A_row_of_a_batch_is_the_batch_of_one()
    {
        const int Rows = 29, Inputs = 70, Outputs = 45;
        float[] x = Random(1, Rows * Inputs), w = Random(2, Inputs * Outputs), bias = Random(3, Outputs), dz = Random(4, Rows * Outputs);
        float[] z = new float[Rows * Outputs], dx = new float[Rows * Inputs], one = new float[Outputs], dxOne = new float[Inputs];
        MatrixProduct.Forward(x, w, bias, z, Rows, Inputs, Outputs, Alone);
        MatrixProduct.InputGradient(dz, w, dx, Rows, Inputs, Outputs, Alone);
        for (int row = 0; row < Rows; row++)
        {
            MatrixProduct.Forward(x.AsSpan(row * Inputs, Inputs), w, bias, one, 1, Inputs, Outputs, Alone);
            MatrixProduct.InputGradient(dz.AsSpan(row * Outputs, Outputs), w, dxOne, 1, Inputs, Outputs, Alone);
            SameBits(z.AsSpan(row * Outputs, Outputs), one).Should().BeTrue();
            SameBits(dx.AsSpan(row * Inputs, Inputs), dxOne).Should().BeTrue();
        }
    }

    [Fact]
    public void Two_micro_batches_add_up_to_the_bits_of_one_batch()
    {
        const int Rows = 61, First = 23, Inputs = 50, Outputs = 37;
        float[] x = Random(1, Rows * Inputs), dz = Random(2, Rows * Outputs);
        float[] whole = Random(3, Inputs * Outputs), parts = (float[])whole.Clone();
        float[] wholeSums = Random(4, Outputs), partSums = (float[])wholeSums.Clone();
        MatrixProduct.AddWeightGradient(x, dz, whole, Rows, Inputs, Outputs, Alone);
        MatrixProduct.AddColumnSums(dz, wholeSums, Rows, Outputs, Alone);
        MatrixProduct.AddWeightGradient(x, dz, parts, First, Inputs, Outputs, Alone);
        MatrixProduct.AddWeightGradient(x.AsSpan(First * Inputs), dz.AsSpan(First * Outputs), parts, Rows - First, Inputs, Outputs, Alone);
        MatrixProduct.AddColumnSums(dz, partSums, First, Outputs, Alone);
        MatrixProduct.AddColumnSums(dz.AsSpan(First * Outputs), partSums, Rows - First, Outputs, Alone);
        SameBits(whole, parts).Should().BeTrue();
        SameBits(wholeSums, partSums).Should().BeTrue();
    }

    [Fact]
    public void Column_sums_are_naive_chains_for_every_width()
    {
        foreach ((int rows, int outputs) in Property.Cases(Gen.Select(Gen.Int[0, 70], Gen.Int[0, 300]), 100))
        {
            float[] dz = Random(1, rows * outputs), db = Random(2, outputs + 1);
            float[] expected = (float[])db.Clone();
            for (int row = 0; row < rows; row++)
            {
                for (int j = 0; j < outputs; j++)
                    expected[j] += dz[(row * outputs) + j];
            }

            float[] by128 = (float[])db.Clone(), by256 = (float[])db.Clone(), by512 = (float[])db.Clone();
            MatrixProduct.AddColumnSums(dz, db, rows, outputs, Alone);
            float one = 1;
            fixed (float* pdz = dz, p128 = by128, p256 = by256, p512 = by512)
            {
                Run<Simd128>(MatrixJob.ColumnSums(&one, pdz, p128, rows, outputs, outputs));
                Run<Simd256>(MatrixJob.ColumnSums(&one, pdz, p256, rows, outputs, outputs));
                Run<Simd512>(MatrixJob.ColumnSums(&one, pdz, p512, rows, outputs, outputs));
            }

            (SameBits(expected, db) && SameBits(expected, by128) && SameBits(expected, by256) && SameBits(expected, by512))
                .Should().BeTrue($"{rows} rows, {outputs} outputs");
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_not_finite_goes_through_and_goes_no_further(float value)
    {
        const int Rows = 13, Inputs = 21, Outputs = 35;
        float[] x = Random(1, Rows * Inputs), w = Random(2, Inputs * Outputs), dz = Random(3, Rows * Outputs);
        float[] z = new float[Rows * Outputs], dx = new float[Rows * Inputs], dw = new float[Inputs * Outputs];
        x[(5 * Inputs) + 3] = value;
        dz[(5 * Outputs) + 34] = value;
        MatrixProduct.Forward(x, w, [], z, Rows, Inputs, Outputs, Alone);
        MatrixProduct.InputGradient(dz, w, dx, Rows, Inputs, Outputs, Alone);
        x[(5 * Inputs) + 3] = 1;
        MatrixProduct.AddWeightGradient(x, dz, dw, Rows, Inputs, Outputs, Alone);
        for (int i = 0; i < z.Length; i++)
            float.IsFinite(z[i]).Should().Be(i / Outputs != 5);
        for (int i = 0; i < dx.Length; i++)
            float.IsFinite(dx[i]).Should().Be(i / Inputs != 5);
        for (int i = 0; i < dw.Length; i++)
            float.IsFinite(dw[i]).Should().Be(i % Outputs != 34);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Allocates_nothing(Form form)
    {
        using var workers = new Workers(2);
        var problem = new Problem(form, 64, 260, 100);
        problem.Compute(Alone);
        problem.Compute(workers);
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 10; i++)
            {
                problem.Compute(Alone);
                problem.Compute(workers);
            }
        }).Should().Be(0);
    }

    [Fact]
    public void Refuses_spans_that_are_too_short()
    {
        float[] four = new float[4], six = new float[6], three = new float[3], two = new float[2];
        FluentActions.Invoking(() => MatrixProduct.Forward(three, six, three, six, 2, 2, 3, Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MatrixProduct.Forward(four, four, three, six, 2, 2, 3, Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MatrixProduct.Forward(four, six, two, six, 2, 2, 3, Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MatrixProduct.Forward(four, six, three, four, 2, 2, 3, Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MatrixProduct.AddWeightGradient(four, six, four, 2, 2, 3, Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MatrixProduct.InputGradient(six, six, three, 2, 2, 3, Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MatrixProduct.AddColumnSums(six, two, 2, 3, Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MatrixProduct.Forward(four, six, three, six, -1, 2, 3, Alone)).Should().Throw<ArgumentException>();
    }

    private static float[] Random(ulong seed, int count)
    {
        float[] values = new float[count];
        var random = new Random((int)seed);
        for (int i = 0; i < count; i++)
            values[i] = (float)((random.NextDouble() * 2) - 1);
        return values;
    }

    private static void Run<TVector>(MatrixJob job)
        where TVector : struct, ISimdVector<TVector>
    {
        if (job.Rows == 0 || job.Columns == 0)
            return;
        job.TakeScratch(Alone, 1);
        MatrixJob.Part<TVector>(ref job, 0, 1);
    }

    private static bool SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                return false;
        }

        return expected.Length == actual.Length;
    }

    /// <summary>A product with its operands at the very end of their memory, its expected result, and guards around the actual one.</summary>
    private sealed class Problem
    {
        private readonly Form form;
        private readonly int rows, inputs, outputs;
        private readonly float[] left, right, bias, before, expected, guarded;
        private readonly AlignedBuffer alignedRight; // the product takes other paths where vectors do not straddle cache lines

        public Problem(Form form, int rows, int inputs, int outputs)
        {
            (this.form, this.rows, this.inputs, this.outputs) = (form, rows, inputs, outputs);
            bias = form == Form.Forward ? Random(3, outputs) : [];
            left = Random(1, form == Form.InputGradient ? rows * outputs : rows * inputs);
            right = Random(2, form == Form.WeightGradient ? rows * outputs : inputs * outputs);
            before = form == Form.WeightGradient ? Random(4, inputs * outputs) : new float[rows * (form == Form.InputGradient ? inputs : outputs)];
            if (form != Form.WeightGradient)
                before.AsSpan().Fill(float.NaN);
            alignedRight = new AlignedBuffer(right.Length);
            right.CopyTo(alignedRight.Span);
            guarded = new float[before.Length + (2 * Guards)];
            expected = Naive();
        }

        private Span<float> Actual => guarded.AsSpan(Guards, before.Length);

        public bool Run(Workers workers)
        {
            Prepare();
            Compute(workers);
            bool isRight = IsRight();
            Prepare();
            Compute(workers, alignedRight.Span);
            return isRight && IsRight() && RunPacked(workers);
        }

        // The right factor in panels, which only forward has.
        private bool RunPacked(Workers workers)
        {
            if (form is not (Form.Forward or Form.ForwardWithoutBias) || MatrixProduct.Packed(right, inputs, outputs) is not { } packed)
                return true;
            Prepare();
            MatrixProduct.Forward(left, packed, bias, Actual, rows, inputs, outputs, workers, isPacked: true);
            return IsRight();
        }

        public bool RunWidth<TVector>()
            where TVector : struct, ISimdVector<TVector>
        {
            Prepare();
            Compute<TVector>(right);
            bool isRight = IsRight();
            Prepare();
            Compute<TVector>(alignedRight.Span);
            return isRight && IsRight() && RunPacked<TVector>();
        }

        private bool RunPacked<TVector>()
            where TVector : struct, ISimdVector<TVector>
        {
            int panel = MatrixJob.Panel<TVector>();
            if (form is not (Form.Forward or Form.ForwardWithoutBias) || outputs % panel != 0)
                return true;
            float[] packed = new float[right.Length];
            Prepare();
            fixed (float* l = left, r = right, p = packed, b = bias, result = Actual)
            {
                MatrixPanel.Copy<TVector>(r, outputs, p, panel, inputs, outputs);
                MatrixJob job = MatrixJob.Forward(l, p, b, result, rows, inputs, outputs);
                job.IsPacked = true;
                Run<TVector>(job);
            }

            return IsRight();
        }

        private void Compute<TVector>(ReadOnlySpan<float> right)
            where TVector : struct, ISimdVector<TVector>
        {
            fixed (float* l = left, r = right, b = bias, result = Actual)
            {
                MatrixJob job = form switch
                {
                    Form.WeightGradient => MatrixJob.WeightGradient(l, r, outputs, result, outputs, rows, inputs, outputs),
                    Form.InputGradient => MatrixJob.InputGradient(l, r, result, rows, inputs, outputs),
                    _ => MatrixJob.Forward(l, r, b, result, rows, inputs, outputs),
                };
                Run<TVector>(job);
            }
        }

        public void Compute(Workers workers) => Compute(workers, right);

        private void Compute(Workers workers, ReadOnlySpan<float> right)
        {
            if (form == Form.WeightGradient)
                MatrixProduct.AddWeightGradient(left, right, Actual, rows, inputs, outputs, workers);
            else if (form == Form.InputGradient)
                MatrixProduct.InputGradient(left, right, Actual, rows, inputs, outputs, workers);
            else
                MatrixProduct.Forward(left, right, bias, Actual, rows, inputs, outputs, workers);
        }

        private void Prepare()
        {
            guarded.AsSpan().Fill(Guard);
            before.CopyTo(Actual);
        }

        private bool IsRight()
            => SameBits(expected, Actual)
            && guarded.AsSpan(0, Guards).IndexOfAnyExcept(Guard) < 0
            && guarded.AsSpan(Guards + before.Length).IndexOfAnyExcept(Guard) < 0;

        private float[] Naive()
        {
            (int m, int n, int depth) = form switch
            {
                Form.WeightGradient => (inputs, outputs, rows),
                Form.InputGradient => (rows, inputs, outputs),
                _ => (rows, outputs, inputs),
            };
            float[] result = new float[m * n];
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    float sum = form switch
                    {
                        Form.Forward => bias[j],
                        Form.WeightGradient => before[(i * n) + j],
                        _ => 0,
                    };
                    for (int k = 0; k < depth; k++)
                    {
                        float a = form == Form.WeightGradient ? left[(k * m) + i] : left[(i * depth) + k];
                        float b = form == Form.InputGradient ? right[(j * depth) + k] : right[(k * n) + j];
                        sum = MathF.FusedMultiplyAdd(a, b, sum);
                    }

                    result[(i * n) + j] = sum;
                }
            }

            return result;
        }
    }
}
