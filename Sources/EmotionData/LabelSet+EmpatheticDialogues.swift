extension LabelSet {
  /// The 32 situations' emotions of Empathetic Dialogues, in the order of its ids.
  static let empatheticDialogues = LabelSet(
    builtIn: """
      sad: Sorrow and low spirits over a misfortune, a bad turn or the suffering of someone near. One
       feels down and tearful, but not crushed beyond bearing.
      trusting: Reliance on the honesty and good will of another. One hands over a secret, money or a
       child without worry, sure of not being let down.
      terrified: Overwhelming, paralysing fear in the face of an immediate danger or horror. It makes
       one scream, shake or freeze, and is far stronger than being afraid.
      caring: Warm concern that shows in looking after someone. One nurses the sick, feeds a stray, or
       helps a person in need for that person's sake.
      disappointed: The let-down when something hoped for or promised does not come, or turns out worse
       than expected. It is deflated rather than furious.
      faithful: Loyalty to a partner, a friend, a belief or a promise, kept up in spite of temptation
       and over a long time.
      joyful: Bright happiness and delight in something good that happens, such as a birth, a party or a
       fine day. The heart is light and one smiles.
      jealous: The sting of wanting what another has, or of fearing to lose someone's love to a rival.
       It compares and resents another's luck.
      disgusted: Revulsion at something foul, filthy or morally repellent. A smell, a sight or an act
       turns the stomach and makes one back away.
      surprised: The jolt of something wholly unexpected, such as a party, a visit or a find, mostly
       pleasant. One did not see it coming.
      ashamed: Painful awareness of having done something wrong or dishonourable that lowers oneself in
       one's own eyes. One wants to hide it from everybody.
      afraid: The feeling of being in danger, from the dark, a noise, an animal or a threat. One wants
       to hide or get away from it.
      impressed: Strong regard for a performance, a skill or an achievement of someone else that goes
       beyond what one thought possible.
      sentimental: Tender feeling stirred by keepsakes, old photographs or parting gifts. Things matter
       because of the memories and people that they stand for.
      devastated: Crushing grief or shock over a great loss, such as a death, a break-up or a ruin. One
       is shattered and cannot see how to go on.
      excited: High-spirited eagerness about something thrilling that is soon to come, such as a trip,
       a concert or a purchase. One can hardly wait.
      anticipating: Looking ahead to an event that is known to come, and waiting for it day by day with
       attention and expectation, calmer than excitement.
      annoyed: Irritation at something bothersome or inconsiderate, such as noise, delay or bad manners.
       Patience wears thin, without real rage.
      anxious: Persistent worry and inner unrest about how something uncertain will end, such as an
       exam, an interview or a result. It keeps one awake.
      furious: Violent rage at a wrong or a betrayal. One boils, shouts or wants to break something; it
       is the hottest degree of anger.
      content: Quiet satisfaction with life as it is. One rests, wants nothing more and enjoys a calm
       evening, a full meal or a settled home.
      lonely: The ache of being without company or of not belonging. Nobody calls, friends have moved
       away, and one longs for someone to talk to.
      angry: Hostile displeasure at someone who did wrong, cheated or damaged something. It blames and
       wants to set matters right, short of blind rage.
      confident: Certainty of one's own ability to succeed. One has practised, knows the matter and goes
       into the exam or the game without doubt.
      apprehensive: Uneasy hesitation before something new or risky, such as a move, a date or a flight.
       One suspects that it may go badly and holds back.
      guilty: The burden of having hurt someone or broken a rule. Conscience gnaws because of a deed,
       and one wishes to confess or make up for it.
      embarrassed: Self-conscious discomfort after a slip or an accident in front of other people. One
       blushes and would like to vanish, though nothing bad was done.
      grateful: Thankfulness for help, a gift or plain good fortune. One feels how much another person
       did and would like to return it.
      hopeful: The wish for a good outcome together with the belief that it may come true. It looks to
       the future with some uncertainty left.
      proud: Satisfaction with an achievement of one's own or of a child, a friend or a team. One likes
       to tell the world about it.
      prepared: The calm of being ready for what comes. Everything is packed, studied, stocked or
       planned, so that neither storm nor exam can do harm.
      nostalgic: Bittersweet longing for the past, for childhood, old games, songs and places. One looks
       back fondly at a time that will not return.
      """)
}
