using NeuralNet;

namespace Spiral;

/// <summary>Asks a network about every point of the plane from −7 to 7, and draws what it says.</summary>
internal sealed class Plane : IDisposable
{
    private const int Size = 220;
    private const float Edge = 7;

    private static readonly Color[] pale = [new(0xA9, 0xC7, 0xF5), new(0xF9, 0xC4, 0x9C)], strong = [new(0x1D, 0x4E, 0xD8), new(0xC2, 0x41, 0x0C)];

    private readonly Network network;
    private readonly Workspace workspace;
    private readonly float[] grid = new float[Size * Size * 2], answers = new float[Size * Size * 2];

    public Plane(Network network)
    {
        this.network = network;
        workspace = network.CreateWorkspace(Size * Size, training: false);
        for (int i = 0; i < Size * Size; i++)
        {
            grid[2 * i] = Coordinate(i % Size);
            grid[(2 * i) + 1] = Coordinate(i / Size);
        }
    }

    /// <summary>Draws the answers as colours, paler where the network is unsure, and the points on top.</summary>
    public Picture Draw(float[] points, float[] classes)
    {
        network.Predict(grid, answers, Size * Size, workspace);
        var picture = new Picture(Size, Size);
        for (int i = 0; i < Size * Size; i++)
            picture[i % Size, i / Size] = Color.Between(pale[0], pale[1], answers[(2 * i) + 1]);
        for (int point = 0; point < points.Length; point += 2)
            picture.Dot(Pixel(points[point]), Pixel(points[point + 1]), strong[classes[point + 1] > 0 ? 1 : 0]);
        return picture;
    }

    public void Dispose() => workspace.Dispose();

    private static float Coordinate(int pixel) => ((2 * (pixel + 0.5f) / Size) - 1) * Edge;

    private static int Pixel(float coordinate) => (int)(((coordinate / Edge) + 1) / 2 * Size);
}
