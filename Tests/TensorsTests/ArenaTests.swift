import Tensors
import Testing

/// Scratch memory: alignment, rolling back, joining of pieces, no allocation once it is warm.
@Suite struct ArenaTests {
  private func address(_ vector: Vector) -> Int { Int(bitPattern: vector.pointer) }

  /// One step's worth of memory; returns where everything stood.
  private func step(_ arena: Arena) -> [Int] {
    arena.reset()
    var places = [address(arena.vector(100_000)), address(arena.vector(3))]
    for size in [20_000, 1, 70_000] {
      let mark = arena.mark
      places.append(address(arena.vector(size)))
      arena.release(to: mark)
    }
    places.append(address(arena.matrix(123, 77).vector))
    return places
  }

  @Test func everythingIsAlignedAndDisjoint() {
    let arena = Arena()
    let vectors = [1, 16, 17, 0, 5000, 20_000, 3].map { arena.vector($0) }
    for (index, vector) in vectors.enumerated() {
      #expect(address(vector) % 64 == 0)
      vector.fill(Float(index))
    }
    for (index, vector) in vectors.enumerated() {
      #expect(vector.array.allSatisfy { $0 == Float(index) })
    }
  }

  @Test func releaseGivesBackWhatCameAfterTheMark() {
    let arena = Arena()
    let kept = arena.vector(40)
    kept.fill(2)
    let mark = arena.mark
    let first = arena.vector(100)
    _ = arena.vector(1_000_000)
    arena.release(to: mark)
    #expect(address(arena.vector(100)) == address(first))
    #expect(kept.array == Array(repeating: 2, count: 40))
  }

  @Test func piecesAreJoinedAndWarmStepsAllocateNothing() {
    let arena = Arena()
    _ = step(arena)
    #expect(arena.allocations > 1, "the first step was to need several pieces")
    let second = step(arena)
    let (warm, capacity) = (arena.allocations, arena.capacity)
    for _ in 0..<3 { #expect(step(arena) == second) }
    #expect(arena.allocations == warm && arena.capacity == capacity)
  }

  @Test func littleMoreIsHeldThanWasUsedAtOnce() {
    let arena = Arena()
    for size in [100_000, 130_000, 131_000, 150_000] {
      arena.reset()
      for _ in 0..<10 { _ = arena.vector(size / 10) }
      let mark = arena.mark
      for _ in 0..<10 {
        _ = arena.vector(50_000)
        arena.release(to: mark)
      }
    }
    arena.reset()
    #expect(arena.capacity >= 200_000 && arena.capacity <= 214_000)
  }
}
