extension SampleCorpus {
  /// The 151 utterances that the chosen model is judged by.
  static let test = #"""
    joy|Sunshine, salt on my skin, a good book. I'm having the time of my life here.
    disappointment|My visa was refused, so there goes the year abroad that I had planned.
    joy|Sitting on the porch with a bowl of cherries, life is sweet.
    annoyance|the zipper on this jacket gets stuck daily, what a nuisance
    excitement|The kit finally arrived, I'm tearing the box open on the stairs, dinner can wait!
    optimism|I trust that people are good at heart and will do what's needed when it counts.
    surprise|whoa, it snowed in the desert
    caring|We found him shivering under the porch, so he's wrapped in my sweater by the stove now.
    confusion|What's that supposed to mean, "fine in a bad way"?
    love|these two old men feeding pigeons together every day, i love them so much
    optimism|I'm sure the baby will come when she's ready and all will be well.
    curiosity|how does the vote counting work in your country, by hand?
    amusement|Our toddler hid the car keys in the turkey. It's funny now; it was less so on Thanksgiving.
    love|I love you more than coffee, and you know what that means.
    disapproval|Sorry, but reading your partner's messages is a breach of trust, no matter the reason.
    remorse|forgive me, i was drunk and cruel and you were right to leave
    relief|glad that's over, i thought the dentist would never stop
    admiration|Say what you like about her politics, the speech was magnificent.
    caring|checking in on you, did you manage to sleep a little?
    disappointment|I believed the hype and paid full price for a game with three hours of content.
    admiration|what a beautifully shot film, every single frame could hang in a gallery
    anger|i swear if he raises his voice at my kid one more time i'll lose it
    admiration|this dude restores old typewriters and gives them to kids, absolute gem of a person
    surprise|I reached into my old coat and pulled out an envelope with two thousand in it, what on earth!
    disapproval|The council's plan ignores everybody who lives east of the river; I'll be voting no.
    desire|omg take my money, i want that teapot
    joy|Had so much fun at the lake, we swam till our fingers were wrinkled.
    annoyance|the bus was early, so i missed it, the next one is late, so i'm late, thanks for nothing
    surprise|What?! He's only nineteen? I took him for thirty five.
    confusion|The manual says to remove part C before attaching part C. I'm lost.
    optimism|The shop is small now, but in a year or two we'll need a second oven, you'll see.
    gratitude|Grandma, thank you for the socks, they kept my feet warm on the whole trek.
    disapproval|He had no business commenting on her weight.
    admiration|I have so much respect for people who go back to school at fifty with a full time job
    relief|whew, thought i'd lost the only copy but it was in the trash folder
    gratitude|I want to thank my wife, who typed the manuscript four times.
    approval|He's entitled to his share, his mother's will says so.
    surprise|I can't believe my little brother of all people ran for mayor. And won!
    admiration|honestly one of the best written villains on television, the actor nailed every scene
    anger|that coach is a bully and i hope he gets fired tonight
    approval|I'd do the same in your place, document everything and talk to the union.
    love|Grandpa still writes love notes to grandma and hides them in the sugar bowl.
    love|miss you already babe, love you, call me when you land
    anger|You sold our secret to the press for money. I despise you.
    disgust|Selling expired baby food with new labels is repulsive. I feel ill just reading it.
    love|She owns my heart, plain and simple, and she knows it.
    gratitude|cheers mate, owe you a pint for that one
    approval|the rule is strict but justified, someone could get hurt otherwise
    approval|your plan is solid, start small and see if people buy before renting a shop
    annoyance|I wish they would quit calling during dinner about my car's warranty.
    disapproval|Your argument doesn't hold, correlation proves nothing here.
    remorse|I feel terrible for forgetting your recital, I promise to be there next time.
    caring|take all the time you need, we'll keep your desk just as it is
    gratitude|Thank you for keeping this old forum running all these years.
    disappointment|The band played forty minutes, skipped all the old songs and left.
    approval|yep, can confirm, that shop is honest about repairs
    admiration|You kept your word even when it cost you the deal, and I think the world of you for that.
    gratitude|Thanks for standing up for me when those guys got loud, I didn't know what to do.
    realization|Now that you mention it, he never did say where he worked.
    joy|Nothing makes me happier than hearing my students sing in the hallway.
    anger|This government robs the poor to feed the rich and it makes me want to scream.
    disgust|I found maggots in the bin and nearly threw up my breakfast.
    approval|I don't mind the price as long as the farmers get their share.
    fear|scared to death of losing her, every time the phone rings at night i freeze
    curiosity|what would happen to the tides if we had two moons
    disapproval|They should not have given the prize to a book that nobody on the jury had finished.
    admiration|That was a masterclass in defending. Not a foot wrong in ninety minutes.
    anger|You stole three years of my work and put your name on it, you absolute snake.
    admiration|beautiful tattoo, the line work is so crisp
    excitement|ONE MORE DAY!! I've packed and repacked my suitcase four times!
    admiration|That's the most thoughtful review of a toaster I have ever read. Bravo.
    nervousness|kinda anxious about meeting her parents tonight, what do i even say
    sadness|We broke up tonight. I'm sitting on the floor among his boxes and I can't stop crying.
    sadness|Feeling really low today, can't even get off the couch.
    nervousness|The waiting room is quiet and I've bitten every nail I have.
    grief|RIP to my old companion, sixteen years, the best cat there ever was. I'm in pieces.
    desire|i wish i could go back to italy and eat that one sandwich again
    curiosity|which part of the country are you from? your accent sounds so familiar
    annoyance|Why do I have to log in again on every page, this site is so tedious.
    excitement|Let's gooo, what a finish, the whole bar is jumping!
    desire|could really go for an ice cold lemonade and a hammock right about now
    pride|That's my boy up there with the trumpet, yes, the one in the front row.
    disappointment|i studied for weeks and still only got a C, kinda gutted
    amusement|"I'm not lazy, I'm in energy saving mode" got a proper laugh out of me.
    annoyance|can we not turn every thread into an argument about pineapple
    gratitude|We are indebted to the crew who searched through the night for our son.
    surprise|To my astonishment the parrot answered in Portuguese.
    gratitude|Thank you for your honest answer, it can't have been easy to write.
    amusement|haha jokes aside, whoever captioned that llama deserves a raise
    admiration|this is a stunning photo, how the fog sits in the valley looks like a painting
    gratitude|Thank you, coach, for benching me when I needed it and for trusting me afterwards.
    curiosity|How old is that tree, and can you tell without cutting it down?
    sadness|Nobody remembered my birthday this year.
    realization|oh no wonder the cake was flat, i used cornstarch instead of baking powder
    curiosity|And then what did the old man say? You can't stop the story there!
    love|I love the way you say my name.
    admiration|You handled that rude customer with such grace, I was taking notes
    love|I've loved this team since my father carried me to the stadium on his shoulders.
    admiration|She stayed calm on the phone with the dispatcher the whole time. I could never.
    amusement|The kid asked whether the moon is the sun's night shift. Too funny.
    joy|our little girl took three steps toward me tonight and fell into my arms laughing
    anger|You told the whole school my secret and now you want a hug? Drop dead.
    disgust|The bathroom at that gas station should be burned, I won't describe the floor.
    approval|I think the referee got that one right, his foot was over the line
    grief|Dad's gone. The nurse closed his eyes and I stood there holding his glasses.
    amusement|I snorted at "aggressively beige" as a description of his personality.
    love|i love her so much it hurts when she leaves for work
    curiosity|Any idea who painted the mural on Ninth Street? I pass it daily and keep wondering.
    confusion|I honestly don't understand what the film was trying to say.
    love|The whole family adores our nanny, she is one of us.
    optimism|slowly but surely, i'll get there, one page a day
    fear|the turbulence was so bad that i thought we were going to die
    optimism|Surely someone out there will adopt an eleven year old beagle; we just need the right family.
    annoyance|The self checkout told me to wait for assistance over a single lemon, for the third time.
    pride|She stood up to the bully for a smaller kid, and I've never been a prouder mother.
    disgust|The drain coughed up a wad of black slime and hair that I can still taste in the air.
    annoyance|It bugs me when folks write "loose" and mean "lose".
    admiration|I keep rereading that last chapter, the prose is exquisite
    remorse|I sold grandfather's watch for rent money and I'd do anything to undo it.
    curiosity|Interesting! What made you switch from law to beekeeping?
    gratitude|I got the job, and it's your letter of recommendation that did it. Thank you so very much.
    disappointment|We were one vote short. One.
    approval|He was correct about the wiring after all, the red one was live.
    amusement|We named the robot vacuum Dustin Bieber and I still chuckle every time it gets stuck.
    embarrassment|The zip of my trousers was open during the entire presentation, I only noticed in the lift.
    caring|Text me when you get home so that I know you're safe, okay?
    confusion|She waved, then frowned, then waved again and I don't know if she's mad at me or not.
    confusion|He thanked me for something I never did, and I can't figure out what he was talking about.
    amusement|ha, joke's on them, i was never paying attention in the first place
    embarrassment|pushed a pull door for a full minute while the whole cafe watched
    optimism|looking forward to brighter days, we're halfway through it already
    sadness|feeling down, didn't get to see my kids this weekend either
    caring|He sat up three nights feeding the lamb with a bottle so that it would live.
    joy|he got his cast off today and ran across the lawn whooping, we all cheered
    admiration|Your sourdough looks better than the one at the bakery downtown, well done!
    excitement|The crowd is roaring, the lights just went down, here we go!
    fear|Smoke was coming under the door and the handle was hot. I thought this was the end.
    gratitude|thanks to you i finally understand fractions, and i'm forty
    realization|just figured out that the side of the fuel cap is shown by the little arrow on the gauge
    fear|He said he would find me wherever I went. I check the locks four times a night.
    approval|Sure, adding a test for that case is a good idea.
    realization|Huh, turns out I've been holding chopsticks wrong for fifteen years.
    embarrassment|I bragged about my French and then couldn't order a glass of water. So embarrassing.
    disapproval|That isn't science, it's advertising in a lab coat.
    joy|we danced barefoot in the kitchen until midnight, haven't smiled so much in ages
    desire|I want to learn the violin, it's been on my list forever.
    sadness|another rejection letter, i just feel empty at this point
    anger|I want to smash something. Eight months of savings, gone, because he gambled with my card.
    approval|Fine by me, take the day off and swap shifts with Dario.
    confusion|am i missing something or does the map have two norths
    amusement|\#u{1F602} "it's not a phase, mom, it's a sourdough starter"
    """#
}
