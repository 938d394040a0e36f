/// What a label field stands for.
public enum LabelKind: String, Sendable, CaseIterable {
  /// Decided once for a file: all its labels are names, or all are ids.
  case auto
  /// Ids, counted from 0.
  case id
  /// Names.
  case name
}

/// What double quotes mean in .csv and .tsv files.
public enum QuoteReading: String, Sendable, CaseIterable {
  /// They enclose fields; but in a .tsv file a field that holds a tab or a line end is refused, for there
  /// a stray quote is far more likely.
  case auto
  /// They are characters like others.
  case plain
  /// They enclose fields, whatever these hold.
  case enclosing
}

/// How files of utterances are read.
public struct ReadingOptions: Sendable, Equatable {
  /// Where text and label stand.
  public var columns: ColumnNames
  /// How a data set is written.
  public var format: DataSetFormat
  /// The form of the files, whatever their names end in; nil goes by the names.
  public var form: DataFormat?
  /// What the labels are.
  public var labelKind: LabelKind
  /// What quotes mean.
  public var quotes: QuoteReading

  /// The usual reading, but for what is given.
  public init(
    columns: ColumnNames = ColumnNames(), format: DataSetFormat = .auto, form: DataFormat? = nil,
    labelKind: LabelKind = .auto, quotes: QuoteReading = .auto
  ) {
    (self.columns, self.format, self.form) = (columns, format, form)
    (self.labelKind, self.quotes) = (labelKind, quotes)
  }
}
