internal import Foundation

/// A picture as inline SVG; colours come from the page's style.
struct Picture {
  let width: String
  let height: String
  let title: String
  private(set) var shapes: [Shape] = []

  init(width: Double, height: Double, title: String) {
    (self.width, self.height, self.title) = (number(width), number(height), title)
  }

  /// An element of SVG.
  struct Shape {
    struct Attribute {
      let name: String
      let value: String
    }

    let element: String
    let attributes: [Attribute]
    let content: Content?
  }

  /// Text, and what one reads where one points at it.
  struct Content {
    let text: String
    let title: String?

    static func text(_ text: String) -> Content { Content(text: text, title: nil) }
    static func title(_ title: String) -> Content { Content(text: "", title: title) }

    /// A label's name: short, with all of it where one points at it.
    static func label(_ name: String) -> Content {
      let shown = short(name)
      return Content(text: shown, title: shown == name ? nil : name)
    }
  }

  mutating func add(
    _ element: String, _ attributes: KeyValuePairs<String, String>, _ content: Content? = nil
  ) {
    shapes.append(
      Shape(
        element: element,
        attributes: attributes.map { Shape.Attribute(name: $0.key, value: $0.value) },
        content: content))
  }

  /// The picture alone.
  var svg: String { PageTemplates.render("picture", self) }
}

/// A coordinate with two decimals at most.
func number(_ value: Double) -> String {
  guard abs(value) < 1e9 else { return "0" }
  let rounded = (value * 100).rounded() / 100
  return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
}

/// A share of one in percent, without decimals.
func wholePercent(_ share: Double) -> String { String(format: "%.0f", 100 * share) }
