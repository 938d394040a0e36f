import Foundation

/// The frame of a report: one file, no script, no outside resource, light and dark.
enum HTMLPage {
  /// Text that may stand in an element or an attribute.
  static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    // By scalars: a character may be a quote or an angle bracket with an accent upon it.
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      // No XML, and so no SVG, may hold these.
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A label's name: short, with all of it where one points at it.
  static func name(_ name: String) -> String {
    let shown = short(name, 40)
    return shown == name
      ? escaped(name) : "<span title=\"\(escaped(name))\">\(escaped(shown))</span>"
  }

  /// The same in a picture.
  static func svgName(_ name: String) -> String {
    let shown = short(name)
    return escaped(shown) + (shown == name ? "" : "<title>\(escaped(name))</title>")
  }

  static func page(title: String, body: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(escaped(title))</title>
    <style>
    \(style)
    </style>
    </head>
    <body>
    <main>
    \(body)
    </main>
    </body>
    </html>

    """
  }

  /// A section with a heading, a sentence on how to read it, and its contents.
  static func section(_ title: String, _ note: String, _ contents: [String]) -> String {
    guard contents.contains(where: { !$0.isEmpty }) else { return "" }
    let lead = note.isEmpty ? "" : "<p class=\"note\">\(note)</p>\n"
    return "<section>\n<h2>\(escaped(title))</h2>\n\(lead)"
      + contents.filter { !$0.isEmpty }.joined(separator: "\n") + "\n</section>"
  }

  /// A part that a reader opens and closes.
  static func details(_ title: String, _ contents: String, isOpen: Bool = false) -> String {
    guard !contents.isEmpty else { return "" }
    let state = isOpen ? " open=\"\"" : ""
    return "<details\(state)><summary>\(escaped(title))</summary>\n\(contents)\n</details>"
  }

  /// A picture under its caption.
  static func figure(_ caption: String, _ picture: String, legend: String = "") -> String {
    picture.isEmpty
      ? ""
      : "<figure><figcaption>\(escaped(caption))</figcaption>\(legend)"
        + "<div class=\"canvas\">\(picture)</div></figure>"
  }

  /// Pictures side by side where there is room.
  static func grid(_ figures: [String]) -> String {
    let figures = figures.filter { !$0.isEmpty }
    return figures.isEmpty ? "" : "<div class=\"grid\">\n\(figures.joined(separator: "\n"))\n</div>"
  }

  /// A table; cells are HTML, `numeric` columns stand to the right.
  ///
  /// One with quotations `stacks` on a phone: each quotation gets the whole width.
  static func table(
    _ header: [String], _ rows: [[String]], numeric: Set<Int> = [], stacks: Bool = false
  ) -> String {
    guard !rows.isEmpty else { return "" }
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>"
        + cells.enumerated().map { column, cell in
          let kind = numeric.contains(column) ? " class=\"n\"" : ""
          return "<\(tag)\(kind)>\(cell)</\(tag)>"
        }.joined() + "</tr>"
    }
    let kind = stacks ? " class=\"stack\"" : ""
    return "<div class=\"scroll\"><table\(kind)><thead>\(line(header, "th"))</thead><tbody>\n"
      + rows.map { line($0, "td") }.joined(separator: "\n") + "\n</tbody></table></div>"
  }

  /// Swatches with names, the first series first.
  static func legend(_ names: [String]) -> String {
    guard names.count > 1 else { return "" }
    let items = names.enumerated().map { index, name in
      "<span><svg width=\"22\" height=\"10\" aria-hidden=\"true\"><path class=\"s\(index % 8)\" "
        + "d=\"M1 5H21\"/></svg>\(escaped(name))</span>"
    }
    return "<div class=\"legend\">\(items.joined())</div>"
  }

  private static let style = """
    :root{--paper:#fcfcfb;--card:#ffffff;--ink:#17191c;--soft:#565b63;--faint:#8a9099;--line:#e3e5e8;
    --c0:#2a6fd0;--c1:#c2500f;--c2:#12836a;--c3:#a3358f;--c4:#8a6a00;--c5:#5b48c2;--c6:#c22f3e;--c7:#4f7a12;
    --good:#12836a;--bad:#c22f3e}
    @media (prefers-color-scheme:dark){:root{--paper:#16181b;--card:#1d2024;--ink:#eceef1;--soft:#b0b6bf;
    --faint:#858c96;--line:#33383f;--c0:#6ba4f5;--c1:#f0925a;--c2:#4cc4a6;--c3:#e08bd0;--c4:#d8b44a;
    --c5:#a99bf5;--c6:#f27d86;--c7:#9ccb5c;--good:#4cc4a6;--bad:#f27d86}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",
    Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
    main{max-width:1120px;margin:0 auto;padding:28px 20px 64px}
    h1{font-size:1.7rem;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
    h2{font-size:1.2rem;margin:0 0 4px}
    section{margin-top:44px}
    p{margin:0 0 12px}
    .sub,.note{color:var(--soft);max-width:76ch}
    .note{font-size:.93rem}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:22px 0 8px}
    .tile,figure,details,.absent{background:var(--card);border:1px solid var(--line);border-radius:10px}
    .tile{padding:12px 16px}
    .tile b{display:block;font-size:1.75rem;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums}
    .tile span{color:var(--soft);font-size:.85rem;display:block}
    .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:14px;margin:12px 0}
    figure{margin:0;padding:12px 14px 8px;min-width:0}
    .wide{margin:12px 0}.wide .canvas{overflow-x:auto}
    .wide svg{min-width:600px;max-width:940px;margin:0 auto}
    figcaption{font-weight:600;font-size:.95rem;margin-bottom:4px}
    figure svg{display:block;width:100%;height:auto}
    .legend{display:flex;flex-wrap:wrap;gap:2px 16px;color:var(--soft);font-size:.85rem;margin:2px 0 4px}
    .legend svg{display:inline-block;width:22px;height:10px;margin-right:6px}
    details{margin:12px 0;padding:0 14px}
    summary{cursor:pointer;font-weight:600;padding:10px 0}
    details>*:last-child{margin-bottom:14px}
    .scroll{overflow-x:auto;margin:10px 0}
    table{border-collapse:collapse;font-size:.9rem;min-width:100%}
    th,td{padding:6px 12px 6px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
    th{color:var(--soft);font-weight:600;white-space:nowrap}
    .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
    td.n:last-child,th.n:last-child{padding-right:2px}
    q{color:var(--ink)}
    .quotes{margin:4px 0 0;padding-left:18px;color:var(--soft)}
    .right{color:var(--good);font-weight:600}.wrong{color:var(--bad);font-weight:600}
    .absent{padding:12px 16px;margin-top:20px;color:var(--soft)}
    .absent ul{margin:4px 0 0;padding-left:20px}
    code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}
    footer{margin-top:56px;color:var(--faint);font-size:.85rem}
    svg text{font-family:inherit;fill:var(--soft);font-size:12px}
    svg .ink{fill:var(--ink)}
    svg .axis{stroke:var(--line);fill:none}
    svg [class^=s]{fill:none;stroke-width:2;stroke-linejoin:round}
    .s0{stroke:var(--c0)}.s1{stroke:var(--c1);stroke-dasharray:7 3}.s2{stroke:var(--c2);stroke-dasharray:2 3}
    .s3{stroke:var(--c3);stroke-dasharray:9 3 2 3}.s4{stroke:var(--c4)}.s5{stroke:var(--c5);stroke-dasharray:7 3}
    .s6{stroke:var(--c6);stroke-dasharray:2 3}.s7{stroke:var(--c7);stroke-dasharray:9 3 2 3}
    .f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}
    .f5{fill:var(--c5)}.f6{fill:var(--c6)}.f7{fill:var(--c7)}.fx{fill:var(--faint);opacity:.35}
    .halo{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
    .hit{fill:var(--c0)}.miss{fill:var(--c1)}
    svg .hit+text,svg .miss+text{pointer-events:none}
    @media (max-width:640px){.stack thead{display:none}.stack tr{display:flex;flex-wrap:wrap;gap:0 14px;padding:6px 0;
    border-bottom:1px solid var(--line)}.stack td{border:0;padding:1px 0}.stack td:has(q){flex-basis:100%}}
    @media (max-width:660px){.wide figcaption::after{content:" (scrolls sideways)";color:var(--soft);font-weight:400}}
    @media (max-width:520px){main{padding:18px 12px 48px}h1{font-size:1.4rem}section{margin-top:34px}
    .grid svg{overflow:visible}.grid svg text{font-size:15px}}
    @media print{details{break-inside:avoid}figure{break-inside:avoid}}
    """
}
