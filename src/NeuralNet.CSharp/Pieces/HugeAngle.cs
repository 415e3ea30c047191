using Float4 = System.Runtime.Intrinsics.Vector128<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>In place of the library's function of that name, which goes through the elements of a vector by a pointer.</content>
internal static partial class Parts
{
    private static Angle WithHuge(Float4 a, Angle angle)
    {
        Float4 quadrant = angle.Quadrant, high = angle.High, low = angle.Low;
        for (int i = 0; i < 4; i++)
        {
            if (!(a.GetElement(i) > LargestDirectAngle))
                continue;
            double rest = ReduceHuge(a.GetElement(i), out int n);
            quadrant = quadrant.WithElement(i, Rounder + n);
            high = high.WithElement(i, (float)rest);
            low = low.WithElement(i, (float)(rest - (float)rest));
        }

        return new Angle(quadrant, high, low);
    }
}
