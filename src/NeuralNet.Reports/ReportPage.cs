using System.Text;

namespace NeuralNet;

/// <summary>An HTML page under way. All text that it is given is text: nothing in it is taken for markup.</summary>
internal sealed class ReportPage
{
    private readonly StringBuilder body = new();
    private readonly string title;

    public ReportPage(string title)
    {
        this.title = Markup.Escape(title);
        body.Append($"<header>\n<h1>{this.title}</h1>\n</header>\n");
    }

    public void Section(string heading, Action write)
    {
        body.Append($"<section>\n<h2>{Markup.Escape(heading)}</h2>\n");
        write();
        body.Append("</section>\n");
    }

    public void Heading(string text) => body.Append($"<h3>{Markup.Escape(text)}</h3>\n");

    /// <summary>Each line is a paragraph.</summary>
    public void Paragraphs(string text, bool isMuted = false)
    {
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            body.Append($"<p{(isMuted ? " class=\"muted\"" : "")}>{Markup.Escape(line)}</p>\n");
    }

    public void Tiles(params ReadOnlySpan<(string Value, string Name)> tiles)
    {
        body.Append("<div class=\"tiles\">\n");
        foreach ((string value, string name) in tiles)
            body.Append($"<div><b>{Markup.Escape(value)}</b><span class=\"muted\">{Markup.Escape(name)}</span></div>\n");
        body.Append("</div>\n");
    }

    /// <summary>Names and values.</summary>
    public void Table(params ReadOnlySpan<(string Name, string Value)> rows)
    {
        body.Append("<table>\n");
        foreach ((string name, string value) in rows)
            body.Append($"<tr><th scope=\"row\">{Markup.Escape(name)}</th><td>{Markup.Escape(value)}</td></tr>\n");
        body.Append("</table>\n");
    }

    /// <summary>Names of columns, and rows.</summary>
    public void Table(string[] head, string[][] rows)
    {
        body.Append("<div class=\"wide\"><table>\n<tr>")
            .AppendJoin("", head.Select(name => $"<th scope=\"col\">{Markup.Escape(name)}</th>")).Append("</tr>\n");
        foreach (string[] row in rows)
            body.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Markup.Escape(cell)}</td>")).Append("</tr>\n");
        body.Append("</table></div>\n");
    }

    public void Pre(string text) => body.Append($"<div class=\"wide\"><pre>{Markup.Escape(text.TrimEnd())}</pre></div>\n");

    /// <summary>Charts beside each other where the page is wide enough, and what comes before them in that line.</summary>
    public void Charts(IReadOnlyCollection<Chart> charts, Action? beside = null)
    {
        if (charts.Count == 0)
        {
            beside?.Invoke();
            return;
        }

        body.Append("<div class=\"charts\">\n");
        if (beside is not null)
        {
            body.Append("<div>\n");
            beside();
            body.Append("</div>\n");
        }

        body.AppendJoin("", charts.Select(chart => chart.ToInlineSvg())).Append("</div>\n");
    }

    public override string ToString() =>
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        + $"<title>{title}</title>\n<style>\n{ReportStyle.Css}\n</style>\n</head>\n<body>\n{body}</body>\n</html>\n";
}
