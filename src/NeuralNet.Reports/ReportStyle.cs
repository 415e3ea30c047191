namespace NeuralNet;

/// <summary>How the page of a report looks: wide or narrow, light or dark, on paper.</summary>
internal static class ReportStyle
{
    public static string Css { get; } = $$$"""
        :root{color-scheme:light dark;--page:#f3f4f6;--card:#ffffff;--ink:#1f2933;--muted:#5c6873;--line:#e4e7eb}
        @media (prefers-color-scheme:dark){:root{--page:#0d1117;--card:#161b22;--ink:#e6edf3;--muted:#9aa7b4;--line:#2d3640}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:24px 16px 48px;max-width:1080px;background:var(--page);color:var(--ink);font:15px/1.5 {{{Chart.Fonts}}}}
        h1{margin:0;font-size:26px;line-height:1.25;overflow-wrap:anywhere}
        h2{margin:0 0 12px;font-size:18px;overflow-wrap:anywhere}
        h3{margin:20px 0 8px;font-size:15px;overflow-wrap:anywhere}
        p{margin:6px 0;max-width:75ch;overflow-wrap:anywhere}
        .muted{color:var(--muted)}
        section{margin-top:16px;padding:18px 20px;background:var(--card);border:1px solid var(--line);border-radius:10px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin-top:16px}
        .tiles div{padding:12px 16px;background:var(--card);border:1px solid var(--line);border-radius:10px}
        .tiles b{display:block;font-size:22px;font-weight:600;line-height:1.3}
        .charts{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:flex-start}
        svg{display:block;max-width:calc(100% + 22px);height:auto;margin:-8px -6px 8px -16px}
        table{border-collapse:collapse;max-width:100%}
        td,th{padding:4px 24px 4px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
        td{overflow-wrap:anywhere}
        th[scope=row]{min-width:120px}
        tr:last-child>*{border-bottom:0}
        th{color:var(--muted)}
        .wide{overflow-x:auto}
        pre{margin:0;font:12.5px/1.45 ui-monospace,'Cascadia Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}
        @media (max-width:560px){body{padding:16px 8px 32px}section{padding:14px 12px}td,th{padding-right:12px}}
        @media print{body{background:none}section,.tiles div{break-inside:avoid}}
        {{{ChartColor.DarkCss}}}
        """.ReplaceLineEndings("\n");
}
