public import Tensors

/// What stands before the layers: token embeddings, positions and types, and what makes hidden states of them.
extension EncoderPass {
  /// Back-propagates through the embeddings.
  ///
  /// - Parameters:
  ///   - tokens: A row of `dTokens` for every token; not read where the token embeddings are frozen outside.
  ///   - dTokens: The gradients of the tokens' rows, `[U, embedding size]`, to which this pass's are added. Nil where
  ///     frozen.
  ///   - dBlock: Receives the gradients of this encoder's other embedding parameters; 0 on entry.
  ///   - workspace: Memory and threads for the call.
  public func backwardEmbeddings(
    tokens: [Int32], dTokens: Matrix?, dBlock: Vector, _ workspace: Workspace
  ) {
    guard let embedding, let dHidden = gradient else {
      preconditionFailure("the layers come first")
    }
    let slots = encoder.parameters
    let mark = workspace.mark
    var dSum = dHidden
    if let projection = slots.projection {
      if let bias = projection.bias, !bias.isFrozen {
        addBiasBackward(dHidden, into: bias.vector(inBlock: dBlock), workspace)
        multiplyTransposed(
          dHidden, embedding.normalized, into: projection.weight.matrix(inBlock: dBlock), workspace)
      }
      dSum = workspace.matrix(dHidden.rows, configuration.embeddingSize)
      multiply(dHidden, .plain, values.matrix(projection.weight, workspace), into: dSum, workspace)
    }
    embeddingSite?.apply(to: dSum, embedding.tokens, team: workspace.team)
    if let norm = slots.embeddingNorm, let kept = embedding.norm {
      norm.backward(embedding.sum, kept, gradient: dSum, values, dBlock: dBlock, workspace)
    }
    if let dTokens {
      embeddingBackward(
        tokens: tokens, positions: embedding.positions, gradient: dSum, dTokens: dTokens,
        dPositions: slots.positions.map { $0.matrix(inBlock: dBlock) },
        dTypes: slots.types.map { $0.matrix(inBlock: dBlock) }, typeRows: sequences.types,
        team: workspace.team)
    } else if let added = slots.addedTokenEmbeddings {
      let dAdded = added.matrix(inBlock: dBlock)
      for (row, token) in sequences.tokens.enumerated()
      where Int(token) >= slots.tokenEmbeddings.rows {
        add(dSum.row(row), to: dAdded.row(Int(token) - slots.tokenEmbeddings.rows))
      }
    }
    if let dRelativeBias, let slot = slots.relativeBias, !slot.isFrozen {
      slot.vector(inBlock: dBlock).copy(from: dRelativeBias.vector)
    }
    workspace.release(to: mark)
  }

  private var embeddingSite: DropoutSite? {
    dropout?.site(.embeddings, layer: configuration.layerCount, rate: configuration.hiddenDropout)
  }

  /// Word, position and type rows, summed and, where the family does so, normalised and projected: `[T, C]`.
  func embed(_ memory: Arena, _ workspace: Workspace, keep: Bool) -> Matrix {
    let (slots, team) = (encoder.parameters, workspace.team)
    let mark = workspace.mark
    defer { workspace.release(to: mark) }
    let count = sequences.tokenCount
    let sum = memory.matrix(count, configuration.embeddingSize)
    let positions = sequences.positions(from: configuration.firstPosition)
    embeddingForward(
      tokens: sequences.tokens, positions: positions, tokenRow: tokenRow,
      positionTable: slots.positions.map { values.matrix($0, workspace) },
      types: slots.types.map { values.matrix($0, workspace) }, typeRows: sequences.types, into: sum,
      team: team)
    var normalized = sum
    var norm: EncoderParameters.Norm.Saved?
    if let slot = slots.embeddingNorm {
      normalized = memory.matrix(count, configuration.embeddingSize)
      norm = slot.forward(sum, into: normalized, values, memory: memory, workspace)
    }
    let tokens = sequences.tokenRows
    embeddingSite?.apply(to: normalized, tokens, team: team)
    if keep {
      embedding = Embedding(
        sum: sum, norm: norm, normalized: normalized, tokens: tokens, positions: positions)
    }
    guard let projection = slots.projection else { return normalized }
    let projected = memory.matrix(count, configuration.hiddenSize)
    multiply(
      normalized, .plain, values.matrix(projection.weight, workspace), .transposed, into: projected,
      workspace)
    if let bias = projection.bias { addBias(values.vector(bias), to: projected, team: team) }
    return projected
  }

  /// Writes the embedding of a token.
  private func tokenRow(_ token: Int, into row: Vector) {
    let slots = encoder.parameters
    if let added = slots.addedTokenEmbeddings, token >= slots.tokenEmbeddings.rows {
      values.copyRow(token - slots.tokenEmbeddings.rows, of: added, into: row)
    } else {
      values.copyRow(token, of: slots.tokenEmbeddings, into: row)
    }
  }
}
