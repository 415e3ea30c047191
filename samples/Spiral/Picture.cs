using BigGustave;

namespace Spiral;

internal readonly record struct Color(byte Red, byte Green, byte Blue)
{
    public static Color White => new(255, 255, 255);

    public static Color Between(Color from, Color to, float share)
    {
        byte Mix(byte a, byte b) => (byte)(a + ((b - a) * share));
        return new Color(Mix(from.Red, to.Red), Mix(from.Green, to.Green), Mix(from.Blue, to.Blue));
    }
}

/// <summary>A picture in memory, pixel by pixel.</summary>
internal sealed class Picture(int width, int height)
{
    private readonly Color[] pixels = [.. Enumerable.Repeat(Color.White, width * height)];

    public Color this[int x, int y]
    {
        get => pixels[(y * width) + x];
        set => pixels[(y * width) + x] = value;
    }

    /// <summary>Pictures of one size in lines of so many, with a gap between them.</summary>
    public static Picture SideBySide(IReadOnlyList<Picture> pictures, int columns)
    {
        const int Gap = 6;
        (int width, int height) = (pictures[0].Width + Gap, pictures[0].Height + Gap);
        int lines = (pictures.Count + columns - 1) / columns;
        var all = new Picture((columns * width) - Gap, (lines * height) - Gap);
        for (int i = 0; i < pictures.Count; i++)
        {
            for (int y = 0; y < pictures[i].Height; y++)
            {
                for (int x = 0; x < pictures[i].Width; x++)
                    all[(i % columns * width) + x, (i / columns * height) + y] = pictures[i][x, y];
            }
        }

        return all;
    }

    private int Width => width;

    private int Height => height;

    public void Dot(int x, int y, Color color)
    {
        for (int down = -1; down <= 1; down++)
        {
            for (int right = -1; right <= 1; right++)
                this[x + right, y + down] = color;
        }
    }

    public void Save(string path)
    {
        PngBuilder png = PngBuilder.Create(width, height, hasAlphaChannel: false);
        for (int i = 0; i < pixels.Length; i++)
            png.SetPixel(pixels[i].Red, pixels[i].Green, pixels[i].Blue, i % width, i / width);
        using FileStream file = File.Create(path);
        png.Save(file);
    }
}
