using Floats = System.Numerics.Vector<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>In place of the library's function of that name, which goes through the elements of a vector by a pointer.</content>
internal static partial class Parts
{
    private static Angle WithHuge(Floats a, Angle angle)
    {
        Span<float> quadrant = stackalloc float[16], high = stackalloc float[16], low = stackalloc float[16];
        angle.Quadrant.CopyTo(quadrant);
        angle.High.CopyTo(high);
        angle.Low.CopyTo(low);
        for (int i = 0; i < Floats.Count; i++)
        {
            if (!(a[i] > LargestDirectAngle))
                continue;
            double rest = ReduceHuge(a[i], out int n);
            quadrant[i] = Rounder + n;
            high[i] = (float)rest;
            low[i] = (float)(rest - (float)rest);
        }

        return new Angle(new Floats(quadrant), new Floats(high), new Floats(low));
    }
}
