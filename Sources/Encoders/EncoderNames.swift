/// What a family calls its parameters, as `AutoModel` does, without `.weight` and `.bias` where both are meant.
struct EncoderNames: Sendable {
  /// The token embeddings' table.
  var tokens = "embeddings.word_embeddings.weight"
  /// The table of positions.
  var positions = "embeddings.position_embeddings.weight"
  /// The table of token types.
  var types = "embeddings.token_type_embeddings.weight"
  /// After the sum of the embeddings; nil without.
  var embeddingNorm: String? = "embeddings.LayerNorm"
  /// From the embeddings to the hidden states.
  var projection = "embeddings_project"
  /// The table of relative positions.
  var relativeBias = "encoder.relative_attention_bias.weight"
  /// What comes before a layer's number.
  var layers = "encoder.layer"
  /// A layer's projections.
  var query = "attention.self.query"
  /// See `query`.
  var key = "attention.self.key"
  /// See `query`.
  var value = "attention.self.value"
  /// After attention.
  var attentionOutput = "attention.output.dense"
  /// The attention part's normalisation.
  var attentionNorm = "attention.output.LayerNorm"
  /// Into the feed-forward part: the product, or gate and up.
  var intermediate = ["intermediate.dense"]
  /// Out of it.
  var output = "output.dense"
  /// The feed-forward part's normalisation.
  var outputNorm = "output.LayerNorm"
  /// After the last layer, where norms stand before the parts.
  var finalNorm = "norm"
  /// What may stand before all names in a file.
  var prefixes = ["", "model.", "encoder."]
}
