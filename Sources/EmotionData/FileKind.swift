import Foundation

/// Files that people have and that are no text, with the way out.
enum FileKind: CaseIterable {
  case parquet, arrow, gzip, bzip2, xz, zstandard, workbook, zip, oldWorkbook, pickle, sqlite
  case largeFilePointer, webPage

  /// The kind that the first bytes tell; a .xlsx file is a .zip file too.
  init?(_ bytes: some Collection<UInt8>, name: String) {
    let found = Self.allCases.first { kind in
      kind != .workbook && kind.beginnings.contains { bytes.starts(with: $0) }
    }
    guard let found else { return nil }
    self =
      found == .zip && Self.ending(name).map(Self.workbookEndings.contains) ?? false
      ? .workbook : found
  }

  /// The kind that a name's ending tells.
  init?(name: String) {
    guard let ending = Self.ending(name),
      let kind = Self.allCases.first(where: { $0.endings.contains(ending) })
    else { return nil }
    self = kind
  }

  /// What it is, and what to do with it.
  func problem(_ file: String) -> String {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    let stem = name.split(separator: ".").first.map(String.init) ?? name
    func pandas(_ reader: String) -> String {
      "python3 -c \"import pandas; pandas.\(reader)('\(name)').to_json('\(stem).jsonl', "
        + "orient='records', lines=True)\""
    }
    switch self {
    case .parquet:
      return
        "a Parquet file, which is not read here; write it as lines of JSON: \(pandas("read_parquet"))"
    case .arrow:
      return "an Arrow file, which is not read here; write it as lines of JSON, for instance with "
        + "datasets.load_from_disk(FOLDER)['train'].to_json('train.jsonl')"
    case .gzip: return "compressed by gzip; unpack it: gunzip -k \(Self.quoted(name))"
    case .bzip2: return "compressed by bzip2; unpack it: bunzip2 -k \(Self.quoted(name))"
    case .xz: return "compressed by xz; unpack it: unxz -k \(Self.quoted(name))"
    case .zstandard: return "compressed by zstd; unpack it: unzstd \(Self.quoted(name))"
    case .zip: return "a zip archive; unpack it: unzip \(Self.quoted(name))"
    case .workbook, .oldWorkbook:
      return "a spreadsheet, which is not read here; save it as 'CSV UTF-8' in the spreadsheet "
        + "program, or: \(pandas("read_excel"))"
    case .pickle:
      return
        "a Python pickle, which is not read here; write it as lines of JSON: \(pandas("read_pickle"))"
    case .sqlite:
      return
        "a SQLite database; write the rows as .csv: sqlite3 -csv -header \(Self.quoted(name)) 'SELECT text, label FROM ...'"
    case .largeFilePointer:
      return "a pointer of Git LFS, not the file itself; fetch that: git lfs pull"
    case .webPage:
      return "a web page, not data; the download went wrong (look for the address of the raw file)"
    }
  }

  /// A file's name as a shell takes it.
  static func quoted(_ name: String) -> String {
    "'" + name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }

  private static let workbookEndings = ["xlsx", "xlsm", "ods"]

  private static func ending(_ name: String) -> String? {
    name.contains(".") ? name.split(separator: ".").last?.lowercased() : nil
  }

  private var endings: [String] {
    switch self {
    case .parquet: ["parquet"]
    case .arrow: ["arrow", "feather"]
    case .gzip: ["gz", "tgz"]
    case .bzip2: ["bz2"]
    case .xz: ["xz"]
    case .zstandard: ["zst"]
    case .workbook: Self.workbookEndings
    case .zip: ["zip"]
    case .oldWorkbook: ["xls"]
    case .pickle: ["pkl", "pickle"]
    case .sqlite: ["sqlite", "db"]
    case .largeFilePointer, .webPage: []
    }
  }

  /// A pickle of protocol 2 or later begins as no text does.
  private var beginnings: [[UInt8]] {
    switch self {
    case .parquet: [Array("PAR1".utf8), Array("PARE".utf8)]
    case .arrow: [Array("ARROW1".utf8), Array("FEA1".utf8), [0xFF, 0xFF, 0xFF, 0xFF]]
    case .gzip: [[0x1F, 0x8B]]
    case .bzip2: [[0x42, 0x5A, 0x68, 0x31, 0x41, 0x59], [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41]]
    case .xz: [[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]]
    case .zstandard: [[0x28, 0xB5, 0x2F, 0xFD]]
    case .workbook: []
    case .zip: [[0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x05, 0x06]]
    case .oldWorkbook: [[0xD0, 0xCF, 0x11, 0xE0]]
    case .pickle: (2...5).map { [0x80, $0] }
    case .sqlite: [Array("SQLite format 3\u{0}".utf8)]
    case .largeFilePointer: [Array("version https://git-lfs".utf8)]
    case .webPage: ["<!DOCTYPE html", "<!doctype html", "<html"].map { Array($0.utf8) }
    }
  }
}
