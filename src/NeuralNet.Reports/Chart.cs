using System.Text;

namespace NeuralNet;

/// <summary>Where a text lies: from a point on, up to it, or on both sides of it.</summary>
public enum ChartAlign
{
    /// <summary>The text begins at the point.</summary>
    Left,

    /// <summary>The middle of the text is at the point.</summary>
    Center,

    /// <summary>The text ends at the point.</summary>
    Right,
}

/// <summary>A picture of lines, areas, text and pixels: an SVG, with the origin at the upper left and y downward. <see cref="Charts"/> makes those of
/// a training; more can be drawn on them, and on one of your own.</summary>
/// <remarks>It lies on a ground of its own, white or dark as the viewer prefers: readable on every page. The same calls give the same text, in
/// every culture. Fonts are the viewer's.</remarks>
public sealed class Chart
{
    internal const string Fonts = "Inter,system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

    private readonly StringBuilder body = new();

    /// <summary>Makes an empty picture.</summary>
    /// <param name="width">How wide it is, in pixels of CSS.</param>
    /// <param name="height">How high it is.</param>
    /// <param name="name">What it shows, for those who cannot see it; it is not drawn.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive or not finite.</exception>
    public Chart(double width, double height, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Width, Height, Name) = (Size(width, nameof(width)), Size(height, nameof(height)), name);
    }

    /// <summary>How wide it is, in pixels of CSS.</summary>
    public double Width { get; }

    /// <summary>How high it is, in pixels of CSS.</summary>
    public double Height { get; }

    /// <summary>What it shows, for those who cannot see it.</summary>
    public string Name { get; }

    /// <summary>Writes a line of text.</summary>
    /// <param name="text">The text; nothing in it is taken for markup.</param>
    /// <param name="x">Where it lies, as <paramref name="align"/> says.</param>
    /// <param name="y">The line on which the letters stand.</param>
    /// <param name="size">The size of the font.</param>
    /// <param name="color">The colour.</param>
    /// <param name="align">Which end of the text is at <paramref name="x"/>.</param>
    /// <param name="bold">Whether it is bold.</param>
    /// <returns>The room that it takes: its width in the widest of the fonts that viewers use for it.</returns>
    public double Text(string text, double x, double y, double size, ChartColor color, ChartAlign align = ChartAlign.Left, bool bold = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text(text, x, y, size, color, align, bold, "");
        return TextWidth.Of(text, size, bold);
    }

    /// <summary>Draws a straight line.</summary>
    /// <param name="x0">Where it begins.</param>
    /// <param name="y0">Where it begins.</param>
    /// <param name="x1">Where it ends.</param>
    /// <param name="y1">Where it ends.</param>
    /// <param name="color">The colour.</param>
    /// <param name="width">How wide it is.</param>
    /// <param name="dashed">Whether it has gaps.</param>
    public void Line(double x0, double y0, double x1, double y1, ChartColor color, double width = 1, bool dashed = false) =>
        body.Append($"<path d=\"M{N(x0)} {N(y0)}L{N(x1)} {N(y1)}\"{Stroke(color, width, dashed)}/>\n");

    /// <summary>Draws a line through points. Points that are not finite are left out, with a gap.</summary>
    /// <param name="points">The points.</param>
    /// <param name="color">The colour.</param>
    /// <param name="width">How wide it is.</param>
    /// <param name="dashed">Whether it has gaps.</param>
    public void Curve(IEnumerable<(double X, double Y)> points, ChartColor color, double width = 2.5, bool dashed = false)
    {
        ArgumentNullException.ThrowIfNull(points);
        var path = new StringBuilder();
        bool begins = true;
        foreach ((double x, double y) in points)
        {
            bool isThere = double.IsFinite(x) && double.IsFinite(y);
            if (isThere)
                path.Append(begins ? 'M' : 'L').Append(N(x)).Append(' ').Append(N(y));
            begins = !isThere;
        }

        if (path.Length > 0)
            body.Append($"<path d=\"{path}\" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\"{Stroke(color, width, dashed)}/>\n");
    }

    /// <summary>Fills a rectangle.</summary>
    /// <param name="x">Its left edge.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="width">How wide it is.</param>
    /// <param name="height">How high it is.</param>
    /// <param name="color">The colour.</param>
    /// <param name="radius">How round its corners are.</param>
    public void Fill(double x, double y, double width, double height, ChartColor color, double radius = 0)
    {
        string corners = radius > 0 ? $" rx=\"{N(radius)}\"" : "";
        body.Append($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"{corners}{Filled(color)}/>\n");
    }

    /// <summary>Draws a filled circle.</summary>
    /// <param name="x">Its middle.</param>
    /// <param name="y">Its middle.</param>
    /// <param name="radius">Its radius.</param>
    /// <param name="color">The colour.</param>
    public void Dot(double x, double y, double radius, ChartColor color) =>
        body.Append($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"{Filled(color)}/>\n");

    /// <summary>Draws an image. Where a pixel of it takes two or more of the picture, it has sharp edges.</summary>
    /// <param name="x">Its left edge.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="width">How wide it is.</param>
    /// <param name="height">How high it is.</param>
    /// <param name="columns">How many pixels a line of it has.</param>
    /// <param name="rows">How many lines it has.</param>
    /// <param name="color">The colour of a pixel by column and row.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is not at least one column and one row.</exception>
    public void Pixels(double x, double y, double width, double height, int columns, int rows, Func<int, int, ChartColor> color)
    {
        ArgumentNullException.ThrowIfNull(color);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);

        // Viewers smooth what they enlarge: where there are few pixels, each of them is made of many.
        double each = Math.Min(width / columns, height / rows);
        int zoom = each < 2 ? 1 : Math.Clamp((int)Math.Ceiling(2 * each), 1, Math.Max(1, 1024 / Math.Max(columns, rows)));
        byte[] png = Png.Encode(columns * zoom, rows * zoom, (column, row) => color(column / zoom, row / zoom));
        string sharp = zoom > 1 ? " style=\"image-rendering:pixelated\"" : "";
        body.Append($"<image x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" preserveAspectRatio=\"none\"{sharp} ")
            .Append($"href=\"data:image/png;base64,{Convert.ToBase64String(png)}\"/>\n");
    }

    /// <summary>Draws another picture on this one, as it is now and without its ground.</summary>
    /// <param name="other">The other one.</param>
    /// <param name="x">Where its left edge comes to lie.</param>
    /// <param name="y">Where its upper edge comes to lie.</param>
    /// <exception cref="ArgumentException">It is this picture itself.</exception>
    public void Add(Chart other, double x, double y)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other == this)
            throw new ArgumentException("A picture cannot be drawn on itself.", nameof(other));
        body.Append($"<g transform=\"translate({N(x)} {N(y)})\">\n").Append(other.body).Append("</g>\n");
    }

    /// <summary>The picture as an SVG file.</summary>
    /// <returns>The text; its lines end in \n.</returns>
    public string ToSvg() => $"{Head($" xmlns=\"http://www.w3.org/2000/svg\" font-family=\"{Fonts}\"")}<style>{ChartColor.DarkCss}</style>\n"
        + $"<rect width=\"{N(Width)}\" height=\"{N(Height)}\" rx=\"8\" fill=\"{ChartColor.Paper.Hex}\"/>\n{body}</svg>\n";

    /// <summary>Saves the picture as an SVG file: the whole file or none.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(ToSvg())));

    /// <summary>What it shows, and its size.</summary>
    /// <returns>For example <c>Confusion, 480 × 420</c>.</returns>
    public override string ToString() => $"{Name}, {N(Width)} × {N(Height)}";

    /// <summary>The picture as a part of an HTML page, which has the ground and the colours.</summary>
    internal string ToInlineSvg() => $"{Head("")}{body}</svg>\n";

    /// <summary>Draws many circles of one size and colour: lines without length, whose ends are round.</summary>
    internal void Dots(IEnumerable<(double X, double Y)> places, double radius, ChartColor color) => body.Append("<path d=\"")
        .AppendJoin("", places.Select(place => $"M{N(place.X)} {N(place.Y)}h0"))
        .Append($"\" fill=\"none\" stroke-linecap=\"round\"{Stroke(color, 2 * radius, dashed: false)}/>\n");

    /// <summary>Writes a line of text that reads upward from a point.</summary>
    internal void TextUpward(string text, double x, double y, double size, ChartColor color) =>
        Text(text, x, y, size, color, ChartAlign.Left, bold: false, $" transform=\"rotate(-90 {N(x)} {N(y)})\"");

    private static string N(double value) => Markup.Number(value);

    private static double Size(double value, string name) => value > 0 && double.IsFinite(value) ? value
        : throw new ArgumentOutOfRangeException(name, value, "The size of a picture must be positive and finite.");

    private static string Filled(ChartColor color) => $" fill=\"{color.Hex}\"{Opacity("fill", color)}";

    private static string Stroke(ChartColor color, double width, bool dashed) =>
        $" stroke=\"{color.Hex}\" stroke-width=\"{N(width)}\"{(dashed ? " stroke-dasharray=\"5 4\"" : "")}{Opacity("stroke", color)}";

    private static string Opacity(string of, ChartColor color) => color.Opacity < 1 ? $" {of}-opacity=\"{N(Math.Max(color.Opacity, 0))}\"" : "";

    private string Head(string space) => $"<svg{space} viewBox=\"0 0 {N(Width)} {N(Height)}\" width=\"{N(Width)}\" height=\"{N(Height)}\" "
        + $"role=\"img\" aria-label=\"{Markup.Escape(Name)}\">\n";

    private void Text(string text, double x, double y, double size, ChartColor color, ChartAlign align, bool bold, string more)
    {
        string anchor = align switch { ChartAlign.Center => " text-anchor=\"middle\"", ChartAlign.Right => " text-anchor=\"end\"", _ => "" };
        body.Append($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\"{anchor}{(bold ? " font-weight=\"600\"" : "")}{Filled(color)}{more}>")
            .Append(Markup.Escape(text)).Append("</text>\n");
    }
}
