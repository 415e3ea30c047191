using System.Globalization;
using System.Xml.Linq;

namespace NeuralNet.Reports.Tests;

/// <summary>A chart as a viewer reads it: what is where.</summary>
internal sealed class Svg
{
    private readonly XElement root;

    public Svg(Chart chart)
    {
        root = XDocument.Parse(chart.ToSvg()).Root!;
        (Width, Height) = (chart.Width, chart.Height);
        Texts = [.. All("text").Select(Text)];
    }

    public double Width { get; }

    public double Height { get; }

    public IReadOnlyList<Label> Texts { get; }

    public IEnumerable<XElement> All(string name) => root.Descendants().Where(element => element.Name.LocalName == name);

    public static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    /// <summary>The points of a path, in order.</summary>
    public static (double X, double Y)[] Points(XElement path) =>
    [
        .. path.Attribute("d")!.Value.Split('M', 'L').Where(part => part.Length > 0).Select(part => part.Split(' ')).Select(
            pair => (double.Parse(pair[0], CultureInfo.InvariantCulture), double.Parse(pair[1], CultureInfo.InvariantCulture))),
    ];

    /// <summary>No text leaves the picture or lies on another.</summary>
    public void ShouldHaveRoomForItsTexts()
    {
        foreach (Label label in Texts)
        {
            label.Left.Should().BeGreaterThanOrEqualTo(0, label.Text);
            label.Right.Should().BeLessThanOrEqualTo(Width, label.Text);
            label.Top.Should().BeGreaterThanOrEqualTo(0, label.Text);
            label.Bottom.Should().BeLessThanOrEqualTo(Height, label.Text);
        }

        for (int i = 0; i < Texts.Count; i++)
        {
            foreach (Label other in Texts.Skip(i + 1))
            {
                bool isApart = Texts[i].Right <= other.Left || other.Right <= Texts[i].Left || Texts[i].Bottom <= other.Top
                    || other.Bottom <= Texts[i].Top;
                isApart.Should().BeTrue($"\"{Texts[i].Text}\" and \"{other.Text}\" lie apart");
            }
        }
    }

    private static Label Text(XElement element)
    {
        (double x, double y, double size) = (Number(element, "x"), Number(element, "y"), Number(element, "font-size"));
        foreach (XElement group in element.Ancestors().Where(above => above.Attribute("transform") is not null))
        {
            string[] moved = group.Attribute("transform")!.Value["translate(".Length..^1].Split(' ');
            (x, y) = (x + double.Parse(moved[0], CultureInfo.InvariantCulture), y + double.Parse(moved[1], CultureInfo.InvariantCulture));
        }

        double width = TextWidth.Of(element.Value, size, element.Attribute("font-weight") is not null);
        if (element.Attribute("transform") is not null)
            return new Label(element.Value, x - (0.75 * size), x + (0.22 * size), y - width, y);
        double left = element.Attribute("text-anchor")?.Value switch { "middle" => x - (width / 2), "end" => x - width, _ => x };
        return new Label(element.Value, left, left + width, y - (0.75 * size), y + (0.22 * size));
    }

    internal sealed record Label(string Text, double Left, double Right, double Top, double Bottom);
}
