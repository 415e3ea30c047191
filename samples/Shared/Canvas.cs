using SkiaSharp;

namespace Samples;

internal static class Palette
{
    public static readonly SKColor Paper = SKColors.White, Ink = new(0xff1f2933), Muted = new(0xff66727f),
        Axis = new(0xff9aa5b1), Grid = new(0xffe4e7eb), Card = new(0xfff7f8fa),
        Blue = new(0xff2563eb), Orange = new(0xffea580c), Green = new(0xff16a34a), Red = new(0xffdc2626);

    /// <summary>The first colour at a share of 0, the second at 1.</summary>
    public static SKColor Between(SKColor from, SKColor to, float share)
    {
        byte Mix(byte a, byte b) => (byte)(a + ((b - a) * Math.Clamp(share, 0, 1)));
        return new SKColor(Mix(from.Red, to.Red), Mix(from.Green, to.Green), Mix(from.Blue, to.Blue));
    }
}

/// <summary>A picture under way: the few shapes that the pictures of the samples are made of.</summary>
internal sealed class Canvas : IDisposable
{
    // Two pixels for each unit: sharp on today's screens.
    private const int Zoom = 2;

    // A font of our own, since a container may have none.
    private readonly SKTypeface regular = Font("Inter-Regular.otf"), bold = Font("Inter-SemiBold.otf");
    private readonly SKSurface surface;

    public Canvas(int width, int height)
    {
        Width = width;
        surface = SKSurface.Create(new SKImageInfo(width * Zoom, height * Zoom));
        surface.Canvas.Scale(Zoom);
        surface.Canvas.Clear(Palette.Paper);
    }

    public int Width { get; }

    public void Save(string path)
    {
        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        using FileStream file = File.Create(path);
        png.SaveTo(file);
    }

    public void Fill(SKRect area, SKColor color, float radius = 0)
    {
        // Squares that touch must not show the paper between them: only round corners are smoothed.
        using var paint = new SKPaint { Color = color, IsAntialias = radius > 0 };
        surface.Canvas.DrawRoundRect(area, radius, radius, paint);
    }

    public void Line(float x0, float y0, float x1, float y1, SKColor color, float width)
    {
        using var paint = new SKPaint { Color = color, StrokeWidth = width, IsAntialias = true };
        surface.Canvas.DrawLine(x0, y0, x1, y1, paint);
    }

    public void Curve(SKPoint[] points, SKColor color, float width = 2.5f)
    {
        using var paint = new SKPaint
        {
            Color = color,
            StrokeWidth = width,
            IsAntialias = true,
            IsStroke = true,
            StrokeJoin = SKStrokeJoin.Round,
            StrokeCap = SKStrokeCap.Round,
        };
        using var path = new SKPath();
        path.AddPoly(points, close: false);
        surface.Canvas.DrawPath(path, paint);

        // A few epochs are points rather than a curve.
        paint.IsStroke = false;
        for (int i = 0; points.Length <= 12 && i < points.Length; i++)
            surface.Canvas.DrawCircle(points[i], 4, paint);
    }

    /// <summary>Writes at a base line.</summary>
    /// <returns>How wide the text is.</returns>
    public float Text(string text, float x, float y, float size, SKColor color, SKTextAlign align = SKTextAlign.Left, bool bold = false)
    {
        using var paint = new SKPaint
        {
            Typeface = bold ? this.bold : regular,
            TextSize = size,
            TextAlign = align,
            SubpixelText = true,
            Color = color,
            IsAntialias = true,
        };
        surface.Canvas.DrawText(text, x, y, paint);
        return paint.MeasureText(text);
    }

    public void Dispose()
    {
        surface.Dispose();
        regular.Dispose();
        bold.Dispose();
    }

    private static SKTypeface Font(string file) => SKTypeface.FromFile(Path.Combine(AppContext.BaseDirectory, file));
}
