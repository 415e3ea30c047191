using System.Runtime.CompilerServices;

namespace NeuralNet.Tests.Layers;

/// <summary>An LSTM whose input gate is 1 − f, written as people write a cell of their own.</summary>
internal sealed class CoupledLstm(Shape input, int hidden, bool lastStep = false)
    : RecurrentLayer<CoupledLstm.Formula>(default, input, hidden, lastStep)
{
    /// <summary>[f, g, o] = [σ, tanh, σ](z + p); c′ = f c + (1 − f) g; h′ = o tanh c′.</summary>
    public readonly struct Formula : ICellFormula
    {
        private const int F = 0, G = 1, O = 2, CBefore = 0, TanhC = 1;

        public static int Gates => 3;

        public static int Kept => 2;

        public static bool HasCell => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gate<TVector, TUnits>(int gate, TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
            TVector z = units.Z(gate) + units.Product(gate);
            return gate == G ? TVector.Tanh(z) : TVector.Sigmoid(z);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Forward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
            TVector g = units.Gate(G);
            units.Keep(CBefore, units.C);
            units.C = g + (units.Gate(F) * (units.C - g));
            TVector tanh = TVector.Tanh(units.C);
            units.Keep(TanhC, tanh);
            units.H = units.Gate(O) * tanh;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Backward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellBackward<TVector>
        {
            TVector one = TVector.One, f = units.Gate(F), g = units.Gate(G), o = units.Gate(O), tanh = units.Kept(TanhC), dh = units.HGradient;
            TVector dc = units.CGradient + (dh * o * (one - (tanh * tanh)));
            units.SetZGradient(F, dc * (units.Kept(CBefore) - g) * f * (one - f));
            units.SetZGradient(G, dc * (one - f) * (one - (g * g)));
            units.SetZGradient(O, dh * tanh * o * (one - o));
            units.CGradient = dc * f;
        }
    }
}

/// <summary>The minimal gated unit: one gate takes the place of both of a <see cref="Gru"/>.</summary>
internal sealed class MinimalGatedUnit(Shape input, int hidden, bool lastStep = false)
    : RecurrentLayer<MinimalGatedUnit.Formula>(default, input, hidden, lastStep)
{
    /// <summary>f = σ(z_f + p_f); q = p_n + b_hn, n = tanh(z_n + f q); h′ = h + f (n − h).</summary>
    public readonly struct Formula : ICellFormula
    {
        private const int F = 0, N = 1, Q = 0;

        public static int Gates => 2;

        public static int Kept => 1;

        public static bool UsesH => true;

        public static bool SeparatesProduct => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gate<TVector, TUnits>(int gate, TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
            if (gate == F)
                return TVector.Sigmoid(units.Z(F) + units.Product(F));
            TVector q = units.Product(N) + units.ProductBias;
            units.Keep(Q, q);
            return TVector.Tanh(TVector.FusedMultiplyAdd(units.Gate(F), q, units.Z(N)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Forward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector> =>
            units.H += units.Gate(F) * (units.Gate(N) - units.H);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Backward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellBackward<TVector>
        {
            TVector one = TVector.One, f = units.Gate(F), n = units.Gate(N), dh = units.HGradient;
            TVector dn = dh * f * (one - (n * n)), df = ((dh * (n - units.H)) + (dn * units.Kept(Q))) * f * (one - f);
            units.SetZGradient(F, df);
            units.SetZGradient(N, dn);
            units.SetProductGradient(F, df);
            units.SetProductGradient(N, dn * f);
            units.HGradient = dh * (one - f);
        }
    }
}

/// <summary>A simple recurrent layer that leaks: h′ = (1 − a) h + a tanh(z + p), with a setting a.</summary>
internal sealed class LeakyUnits(Shape input, int hidden, float leak, bool lastStep = false)
    : RecurrentLayer<LeakyUnits.Formula>(new(leak), input, hidden, lastStep)
{
    public override KindSettings Settings => base.Settings.Set("leak", leak);

    public readonly record struct Formula(float Leak) : ICellFormula
    {
        public static int Gates => 1;

        public static int Kept => 0;

        public static bool UsesH => true;

        public TVector Gate<TVector, TUnits>(int gate, TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector> => TVector.Tanh(units.Z(0) + units.Product(0));

        public void Forward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector> =>
            units.H = TVector.FusedMultiplyAdd(TVector.Broadcast(Leak), units.Gate(0) - units.H, units.H);

        public void Backward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellBackward<TVector>
        {
            TVector leak = TVector.Broadcast(Leak), y = units.Gate(0);
            units.SetZGradient(0, units.HGradient * leak * (TVector.One - (y * y)));
            units.HGradient *= TVector.One - leak;
        }
    }
}

/// <summary>As many gates as there can be, each of another weight: h′ = Σₖ (k + 1) σ(zₖ + pₖ) / 8.</summary>
internal sealed class EightGates(Shape input, int hidden) : RecurrentLayer<EightGates.Formula>(default, input, hidden)
{
    public readonly struct Formula : ICellFormula
    {
        public static int Gates => 8;

        public static int Kept => 0;

        public TVector Gate<TVector, TUnits>(int gate, TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector> => TVector.Sigmoid(units.Z(gate) + units.Product(gate));

        public void Forward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
            TVector sum = TVector.Zero;
            for (int gate = 0; gate < 8; gate++)
                sum += Weight<TVector>(gate) * units.Gate(gate);
            units.H = sum;
        }

        public void Backward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellBackward<TVector>
        {
            for (int gate = 0; gate < 8; gate++)
                units.SetZGradient(gate, units.HGradient * Weight<TVector>(gate) * units.Gate(gate) * (TVector.One - units.Gate(gate)));
        }

        private static TVector Weight<TVector>(int gate)
            where TVector : struct, IVector<TVector> => TVector.Broadcast((gate + 1) / 8f);
    }
}

/// <summary>Formulas that declare one thing and do another.</summary>
internal sealed class Wrong(Shape input, int hidden, int what) : RecurrentLayer<Wrong.Formula>(new(what), input, hidden)
{
    public readonly record struct Formula(int What) : ICellFormula
    {
        public static int Gates => 1;

        public static int Kept => 1;

        public TVector Gate<TVector, TUnits>(int gate, TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector> => What switch
            {
                0 => units.Z(1),
                1 => units.Product(-1),
                2 => units.ProductBias,
                3 => units.H,
                4 => units.C,
                _ => units.Gate(0),
            };

        public void Forward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
            units.H = units.Gate(0);
            if (What == 5)
                units.Keep(1, units.Gate(0));
            if (What == 6)
                units.C = units.Gate(0);
        }

        public void Backward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellBackward<TVector>
        {
            if (What == 7)
                units.SetZGradient(1, units.HGradient);
            if (What == 8)
                units.SetProductGradient(0, units.HGradient);
            if (What == 9)
                units.SetZGradient(0, units.Kept(1));
            if (What == 10)
                units.SetZGradient(0, units.H);
            if (What == 11)
                units.HGradient = TVector.Zero;
            if (What == 12)
                units.CGradient = TVector.Zero;
        }
    }
}

/// <summary>A formula with more gates than a cell can have.</summary>
internal sealed class WrongGates<TGates>(Shape input) : RecurrentLayer<WrongGates<TGates>.Formula>(default, input, 1) where TGates : IGates
{
    public readonly struct Formula : ICellFormula
    {
        public static int Gates => TGates.Count;

        public static int Kept => 0;

        public TVector Gate<TVector, TUnits>(int gate, TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector> => TVector.Zero;

        public void Forward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellForward<TVector>
        {
        }

        public void Backward<TVector, TUnits>(TUnits units)
            where TVector : struct, IVector<TVector>
            where TUnits : struct, ICellBackward<TVector>
        {
        }
    }
}

/// <summary>An <see cref="Lstm"/> by its formula alone.</summary>
internal sealed class AgainLstm(Shape input, int hidden) : RecurrentLayer<Lstm.Formula>(default, input, hidden);

internal interface IGates
{
    static abstract int Count { get; }
}

internal sealed class NoGates : IGates
{
    public static int Count => 0;
}

internal sealed class NineGates : IGates
{
    public static int Count => 9;
}
