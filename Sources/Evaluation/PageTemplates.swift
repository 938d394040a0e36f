internal import Foundation
internal import Mustache

/// The templates of `Resources`, and the one place that escapes text for HTML and SVG.
///
/// They get plain values. None has a tag that leaves text unescaped, so a name or an utterance stays text wherever a
/// template shows it.
enum PageTemplates {
  static let sources: [String: [UInt8]] = [
    "page": PackageResources.page_mustache, "style": PackageResources.style_css,
    "part": PackageResources.part_mustache, "table": PackageResources.table_mustache,
    "inline": PackageResources.inline_mustache, "label": PackageResources.label_mustache,
    "figure": PackageResources.figure_mustache, "picture": PackageResources.picture_mustache,
    "label-distribution": PackageResources.label_distribution_mustache,
  ]

  private static let library: MustacheLibrary = {
    MustacheContentTypes.register(MarkupText(), named: "MARKUP")
    var library = MustacheLibrary()
    do {
      for (name, source) in sources {
        var text = String(decoding: source, as: UTF8.self)
        // A template may stand within a line.
        if text.last == "\n" { text.removeLast() }
        try library.register("{{% CONTENT_TYPE: MARKUP}}\n" + text, named: name)
      }
    } catch {
      preconditionFailure("a template of the package: \(error)")
    }
    return library
  }()

  /// A template filled in; values are found by the names of properties and enumeration cases.
  static func render(_ template: String, _ values: Any) -> String {
    guard let text = library.render(values, withTemplate: template) else {
      preconditionFailure("no template \(template)")
    }
    return text
  }
}

/// Text that may stand in an element or an attribute, of HTML and of XML.
///
/// The library's own type looks at characters, and so lets a quote or an angle bracket with an accent upon it pass.
struct MarkupText: MustacheContentType {
  func escapeText(_ text: String) -> String {
    var result = ""
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
}
