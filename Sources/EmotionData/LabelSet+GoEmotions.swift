extension LabelSet {
  /// The 27 emotions of GoEmotions without neutral, in the order of its ids.
  static let goEmotions = LabelSet(
    builtIn: """
      admiration: High regard for someone's skill, character or work. It arises on seeing something
       done impressively well, and praises the doer rather than thanking them.
      amusement: The light, playful pleasure of finding something funny. It comes with laughter or a
       grin at a joke, an absurd situation or a silly mistake.
      anger: A hot, hostile feeling against someone who did wrong, hurt us or stood in our way. It
       wants to shout, blame or strike back, and is stronger than annoyance.
      annoyance: Mild irritation at something bothersome, repetitive or inconsiderate. Patience wears
       thin and one grumbles, without the heat and hostility of anger.
      approval: Agreement that something is right, good or acceptable. One backs an opinion, choice or
       action as sensible, more coolly than admiration and without personal debt.
      caring: Warm concern for the well-being of another. It comforts, encourages, warns or offers help
       to someone who is struggling, tired or in danger.
      confusion: The state of not understanding what is meant or what is going on. Things do not fit
       together, and one asks for an explanation out of bewilderment.
      curiosity: A keen wish to know or learn more. It asks questions out of interest, looks forward to
       the answer and is not troubled by the lack of it.
      desire: A strong wish to have, do or be something one does not have yet. It longs for an object,
       a meal, a place or an experience.
      disappointment: The let-down when something turns out worse than hoped for. Expectations are not
       met, a plan falls through, and what remains is deflated rather than hostile.
      disapproval: The judgement that something is wrong, unwise or unacceptable. One objects to an
       opinion or a behaviour on principle, more than out of hurt or irritation.
      disgust: Strong revulsion at something foul, dirty or morally repellent. It makes one feel sick
       and want to turn away from a smell, a sight or a deed.
      embarrassment: The awkward, self-conscious discomfort of having looked foolish in front of others.
       One blushes, cringes and would like to sink into the ground.
      excitement: High-spirited, energetic eagerness about something thrilling that happens now or is
       about to. One can hardly wait or sit still.
      fear: The feeling of being threatened by danger, pain or harm, real or imagined. It makes the
       heart race, and one wants to hide, freeze or run away.
      gratitude: Thankfulness for a kindness, a gift or help received. It acknowledges what another
       person did and often wants to give something back.
      grief: Deep, lasting sorrow over a death or an irreplaceable loss. It mourns and misses someone
       who will not come back, and is heavier than sadness.
      joy: Bright happiness and delight in something good, here and now. The heart is light, one smiles
       and enjoys the moment, a success or good company.
      love: Deep affection and attachment to a person, an animal or a thing. It is tender and devoted,
       and holds its object dear for what it is.
      nervousness: Uneasy tension about something uncertain that lies ahead, such as a test, a talk or a
       result. One worries, frets and has butterflies in the stomach.
      optimism: Hopeful confidence that things will turn out well. It looks to the future, expects
       improvement and believes that an effort will pay off.
      pride: Satisfaction with what oneself, or someone close, has achieved or is. One stands tall and
       likes to show the result of hard work.
      realization: The moment when something suddenly becomes clear. One notices, understands or
       remembers what had been overlooked, and sees matters in a new light.
      relief: The easing of tension when a worry, pain or threat is over or did not come true. One
       breathes out and can relax at last.
      remorse: Painful regret and guilt about something that one did or failed to do. It admits the
       fault, apologises and wishes to undo it.
      sadness: Sorrow and low spirits over a misfortune, a parting or a hurt. One feels down, empty or
       tearful, without blaming anyone.
      surprise: The sudden jolt of something unexpected, pleasant or not. It astonishes, and one can
       hardly believe what was seen or heard.
      """)
}
