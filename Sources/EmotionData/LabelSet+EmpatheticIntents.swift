extension LabelSet {
  /// The 41 labels of EmpatheticIntents: the 32 emotions of Empathetic Dialogues, whose utterances
  /// these are, in alphabetical order, and nine ways to answer.
  ///
  /// This is the order of the ids in the data. The list of labels that comes with it calls 38 neutral;
  /// its rows are questions, and the neutral ones are 40.
  static let empatheticIntents = LabelSet(
    trusted: sortedEmotions.map(\.name) + answers.names,
    sortedEmotions.map(\.description) + answers.descriptions)

  /// The 41 labels of EDOS, which are those of EmpatheticIntents, used for movie dialogues.
  ///
  /// Its files have names and no ids; the self-labelled one lists them in this order.
  static let edos = empatheticIntents

  private static let sortedEmotions = zip(
    empatheticDialogues.names, empatheticDialogues.descriptions
  ).map { (name: $0, description: $1) }.sorted { $0.name < $1.name }

  private static let answers = LabelSet(
    builtIn: """
      agreeing: Sharing the other's view. One says yes, exactly or so do I, takes the same side and
       confirms that the other person is right about it.
      acknowledging: Showing that one has heard and understood. One takes in what was said with a that is
       nice or that sounds hard, without adding advice or an opinion.
      encouraging: Lifting the other's spirits for what lies ahead. One praises the effort, says go on or
       you can do it, and gives confidence to try.
      consoling: Easing the pain of someone who suffers. One soothes, says that it will pass or was not
       their fault, and offers a shoulder to lean on.
      sympathizing: Feeling sorry for another's misfortune and saying so. One regrets to hear it and
       shares the sorrow, without trying to mend it.
      suggesting: Proposing what to do. One gives advice, points to a way out or asks whether the other
       could try something, so as to solve the problem.
      questioning: Asking to learn more. One wants to know what happened, when, why or how it went on,
       and invites the other to tell.
      wishing: Hoping for something good on another's behalf. One says good luck, congratulations, get
       well or have a good time.
      neutral: A plain remark without noticeable feeling or aim. It states a fact, gives information or
       keeps the talk going in an everyday tone.
      """)
}
