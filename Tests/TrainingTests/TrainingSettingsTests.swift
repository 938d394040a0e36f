import EmotionData
import Encoders
import Foundation
import ObjectiveCatalogue
import Objectives
import Tensors
import Testing
import TripleView

@testable import Distribution
@testable import Training

/// What stands in `taco.json` and in checkpoints.
@Suite struct TrainingSettingsTests {
  /// Settings of which no part is the recipe's or the default's.
  private static var unusual: TrainingSettings {
    var settings = TrainingSettings(.paper)
    settings.heads = .shared
    settings.objective = ObjectiveChoice(TripleViewSettings.reference)
    settings.optimizer = .transformers
    settings.learningRate = 1
    settings.warmUpSteps = 2
    settings.schedule = .constant
    settings.weightDecay = 3
    settings.gradientClip = 4
    settings.batchSize = 5
    settings.epochs = 6
    settings.steps = 7
    settings.patience = 8
    settings.seed = 9
    settings.frozenLayers = 10
    settings.adapter = AdapterSettings(rank: 2, scale: 3, dropout: 0.5, targets: ["query"])
    settings.labelSeparator = "[SEP]"
    settings.shards = 16
    settings.maximumLength = 11
    var dialogue = DialogueSettings()
    dialogue.columns = DialogueColumns(speaker: "who", dialogue: "id", turn: "number")
    (dialogue.past, dialogue.future, dialogue.speakerNames) = (12, 13, .kept)
    settings.dialogue = dialogue
    settings.pooling = .mean
    settings.usesDescriptions = false
    settings.usesDropout = false
    settings.precision = .bfloat16
    settings.products = .openblas
    settings.exchange.precision = .bfloat16
    settings.perturbation = 0.25
    return settings
  }

  @Test func everySettingIsReadBack() throws {
    let data = try JSONEncoder().encode(Self.unusual)
    #expect(try JSONDecoder().decode(TrainingSettings.self, from: data) == Self.unusual)
    // A setting that this test does not know would pass unseen: all of them differ from the default's.
    let own = Mirror(reflecting: Self.unusual).children
    for (one, other) in zip(own, Mirror(reflecting: TrainingSettings(.paper)).children)
    where one.label != "recipe" {
      #expect("\(one.value)" != "\(other.value)", "\(one.label ?? "")")
    }
  }

  @Test(arguments: Recipe.allCases)
  func whatAnEarlierVersionDidNotKnowIsTheRecipes(recipe: Recipe) throws {
    let text = #"{"recipe": "\#(recipe.rawValue)", "epochs": 3, "ofALaterVersion": 1}"#
    var expected = TrainingSettings(recipe)
    expected.epochs = 3
    #expect(
      try JSONDecoder().decode(TrainingSettings.self, from: Data(text.utf8)) == expected)
  }
}
