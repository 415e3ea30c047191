using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Floats = System.Numerics.Vector<float>;
using Vectors = System.Numerics.Vector;

namespace NeuralNet.CSharp.Pieces;

/// <content>What the library's formulas over whole vectors ask of one. An exported file has the operations that it uses.</content>
internal static partial class Parts
{
    // Sixteen floats on every machine, so that a sum has one order: element i of a span lies in lane i mod 16. They are one vector or
    // two or four; what is too much is left out, here and so by the JIT wherever it would be computed.
    [method: MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly struct Lanes(Floats a, Floats b, Floats c, Floats d)
    {
        public const int Count = 16;

        private readonly Floats a = a, b = Floats.Count < 16 ? b : default, c = Floats.Count < 8 ? c : default, d = Floats.Count < 8 ? d : default;

        public static Lanes Zero => default;

        public static Lanes One => Broadcast(1);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes operator +(Lanes x, Lanes y) => new(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes operator -(Lanes x, Lanes y) => new(x.a - y.a, x.b - y.b, x.c - y.c, x.d - y.d);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes operator *(Lanes x, Lanes y) => new(x.a * y.a, x.b * y.b, x.c * y.c, x.d * y.d);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes operator /(Lanes x, Lanes y) => new(x.a / y.a, x.b / y.b, x.c / y.c, x.d / y.d);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Broadcast(float value)
        {
            Floats all = new(value);
            return new(all, all, all, all);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Load(ReadOnlySpan<float> x, int i, float beyond = 0) =>
            new(
            Parts.Load(x, i, beyond), Floats.Count < 16 ? Parts.Load(x, i + Floats.Count, beyond) : default,
            Floats.Count < 8 ? Parts.Load(x, i + 8, beyond) : default, Floats.Count < 8 ? Parts.Load(x, i + 12, beyond) : default);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Lanes value, Span<float> y, int i)
        {
            Parts.Store(value.a, y, i);
            if (Floats.Count < 16)
                Parts.Store(value.b, y, i + Floats.Count);
            if (Floats.Count < 8)
                Parts.Store(value.c, y, i + 8);
            if (Floats.Count < 8)
                Parts.Store(value.d, y, i + 12);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes FusedMultiplyAdd(Lanes x, Lanes y, Lanes z) => new(
            Parts.FusedMultiplyAdd(x.a, y.a, z.a), Parts.FusedMultiplyAdd(x.b, y.b, z.b),
            Parts.FusedMultiplyAdd(x.c, y.c, z.c), Parts.FusedMultiplyAdd(x.d, y.d, z.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Abs(Lanes x) => new(Vectors.Abs(x.a), Vectors.Abs(x.b), Vectors.Abs(x.c), Vectors.Abs(x.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Equal(Lanes x, Lanes y) =>
            new(Vectors.Equals<float>(x.a, y.a), Vectors.Equals<float>(x.b, y.b), Vectors.Equals<float>(x.c, y.c), Vectors.Equals<float>(x.d, y.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Select(Lanes mask, Lanes x, Lanes y) => new(
            Vectors.ConditionalSelect(mask.a, x.a, y.a), Vectors.ConditionalSelect(mask.b, x.b, y.b),
            Vectors.ConditionalSelect(mask.c, x.c, y.c), Vectors.ConditionalSelect(mask.d, x.d, y.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Exp(Lanes x) => new(
            Parts.Exp(x.a), Floats.Count < 16 ? Parts.Exp(x.b) : default,
            Floats.Count < 8 ? Parts.Exp(x.c) : default, Floats.Count < 8 ? Parts.Exp(x.d) : default);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Log1p(Lanes x) => new(
            Parts.Log1p(x.a), Floats.Count < 16 ? Parts.Log1p(x.b) : default,
            Floats.Count < 8 ? Parts.Log1p(x.c) : default, Floats.Count < 8 ? Parts.Log1p(x.d) : default);

        // The upper half is added to the lower until one is left.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float SumLanes(Lanes x)
        {
            Vector256<float> eight = Floats.Count == 16 ? x.a.AsVector512().GetLower() + x.a.AsVector512().GetUpper() : (x.a + x.b).AsVector256();
            Vector128<float> four = Floats.Count == 4 ? (x.a + x.c + (x.b + x.d)).AsVector128() : eight.GetLower() + eight.GetUpper();
            Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
            return two.ToScalar() + two.GetElement(1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes MaxOfNumbers(Lanes x, Lanes y) => new(
            Parts.MaxOfNumbers(x.a, y.a), Parts.MaxOfNumbers(x.b, y.b), Parts.MaxOfNumbers(x.c, y.c), Parts.MaxOfNumbers(x.d, y.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float MaxLanesOfNumbers(Lanes x) =>
            Parts.MaxLanesOfNumbers(
                Floats.Count == 16 ? x.a
                : Floats.Count == 8 ? Parts.MaxOfNumbers(x.a, x.b)
                : Parts.MaxOfNumbers(Parts.MaxOfNumbers(x.a, x.c), Parts.MaxOfNumbers(x.b, x.d)));
    }
}
