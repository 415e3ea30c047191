using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Float4 = System.Runtime.Intrinsics.Vector128<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>What the library's formulas over whole vectors ask of one. An exported file has the operations that it uses.</content>
internal static partial class Parts
{
    // Sixteen floats on every machine, so that a sum has one order: element i of a span lies in lane i mod 16.
    public readonly struct Lanes(Float4 a, Float4 b, Float4 c, Float4 d)
    {
        public const int Count = 16;

        private readonly Float4 a = a, b = b, c = c, d = d;

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
            Float4 all = Vector128.Create(value);
            return new(all, all, all, all);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Load(ReadOnlySpan<float> x, int i, float beyond = 0) =>
            new(Parts.Load(x, i, beyond), Parts.Load(x, i + 4, beyond), Parts.Load(x, i + 8, beyond), Parts.Load(x, i + 12, beyond));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Lanes value, Span<float> y, int i)
        {
            Parts.Store(value.a, y, i);
            Parts.Store(value.b, y, i + 4);
            Parts.Store(value.c, y, i + 8);
            Parts.Store(value.d, y, i + 12);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes FusedMultiplyAdd(Lanes x, Lanes y, Lanes z) => new(
            Parts.FusedMultiplyAdd(x.a, y.a, z.a), Parts.FusedMultiplyAdd(x.b, y.b, z.b),
            Parts.FusedMultiplyAdd(x.c, y.c, z.c), Parts.FusedMultiplyAdd(x.d, y.d, z.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Abs(Lanes x) => new(Vector128.Abs(x.a), Vector128.Abs(x.b), Vector128.Abs(x.c), Vector128.Abs(x.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Equal(Lanes x, Lanes y) =>
            new(Vector128.Equals(x.a, y.a), Vector128.Equals(x.b, y.b), Vector128.Equals(x.c, y.c), Vector128.Equals(x.d, y.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Select(Lanes mask, Lanes x, Lanes y) => new(
            Vector128.ConditionalSelect(mask.a, x.a, y.a), Vector128.ConditionalSelect(mask.b, x.b, y.b),
            Vector128.ConditionalSelect(mask.c, x.c, y.c), Vector128.ConditionalSelect(mask.d, x.d, y.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Exp(Lanes x) => new(Parts.Exp(x.a), Parts.Exp(x.b), Parts.Exp(x.c), Parts.Exp(x.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes Log1p(Lanes x) => new(Parts.Log1p(x.a), Parts.Log1p(x.b), Parts.Log1p(x.c), Parts.Log1p(x.d));

        // The upper half is added to the lower until one is left.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float SumLanes(Lanes x)
        {
            Float4 four = x.a + x.c + (x.b + x.d), two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
            return two.ToScalar() + two.GetElement(1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes MaxOfNumbers(Lanes x, Lanes y) => new(
            Parts.MaxOfNumbers(x.a, y.a), Parts.MaxOfNumbers(x.b, y.b), Parts.MaxOfNumbers(x.c, y.c), Parts.MaxOfNumbers(x.d, y.d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float MaxLanesOfNumbers(Lanes x) =>
            Parts.MaxLanesOfNumbers(Parts.MaxOfNumbers(Parts.MaxOfNumbers(x.a, x.c), Parts.MaxOfNumbers(x.b, x.d)));
    }
}
