import ArgumentParser
import Foundation
import MessagePassing

/// `doctor`: what is right and wrong with the machines, found before a run wastes them.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Examine the machines: ranks, cores, libraries, speed, files.",
    usage: "taco-dist doctor [<options>]",
    discussion: """
      Start it as you would start 'train': alone, with mpirun or srun, on the same hosts with the same \
      options of the launcher. One line a finding, with what to do; exit code 1 when there is a \
      problem. It takes some seconds and leaves nothing behind.
      """)

  @Option(
    help: "The folder that a run would be written to.", transform: { try Path.parse($0).text })
  var output = "runs"

  @Option(
    help:
      "Files or folders that must be the same on all hosts, such as data and model; may be repeated.",
    transform: { try Path.parse($0).text })
  var same: [String] = []

  @Flag(help: "Leave the measurements of speed out.")
  var quick = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var options: SessionOptions

  func run() throws {
    Session.runReturningCode(threads: options.threads) { session in
      var examination = Examination(ranks: session.ranks.size)
      let reports = try session.ranks.collect(RankReport(session, same: same))
      let hosts = HostReports(reports, session.placements)
      examination.findings += hosts.findings(library: session.library, same: same)
      examination.findings += try session.placementFindings()
      examination.findings += try session.clockFindings(hosts)
      if !quick { examination.findings += try session.speedFindings(hosts) }
      examination.findings += try session.folderFindings(hosts, output: output)
      if session.isRoot {
        if json {
          print(try examination.json())
        } else {
          for finding in examination.findings { print(finding.line) }
          print(examination.verdict)
        }
      }
      return examination.hasProblem ? ExitStatus.failure : 0
    }
  }
}
