internal import COpenSSL
public import Foundation

/// The SHA-256 of a file (FIPS 180-4), which tells whether a saved file is still what was saved.
///
/// By OpenSSL, which uses the processor's instructions for it: a checkpoint has gigabytes.
public enum SHA256 {
  /// The digest of a file's contents, as 64 hexadecimal digits.
  ///
  /// - Parameter file: Read through memory mapping.
  /// - Returns: The digest.
  /// - Throws: What opening the file throws.
  public static func digest(ofFile file: URL) throws -> String {
    digest(of: try Data(contentsOf: file, options: .alwaysMapped))
  }

  /// The digest of some bytes, as 64 hexadecimal digits.
  public static func digest(of data: Data) -> String {
    let bytes = data.withUnsafeBytes { bytes in
      [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
        let isDone = EVP_Digest(
          bytes.baseAddress, bytes.count, digest.baseAddress, nil, EVP_sha256(), nil)
        precondition(isDone == 1, "OpenSSL has no SHA-256")
        count = 32
      }
    }
    return bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  }
}
