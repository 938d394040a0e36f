extension SampleCorpus {
  /// The 151 utterances that the best model is chosen by.
  static let validation = #"""
    sadness|I held it together until the movers took the crib, then I wept on the bare floor.
    amusement|That penguin slipping and looking round to see whether anyone noticed is me in every way, haha.
    amusement|The goose chased the policeman round the car twice, I have never laughed that much on a Monday.
    curiosity|I wonder what this building was before it became a cinema.
    love|I love the sea like other people love a person.
    gratitude|wow okay thank you, that is the nicest thing anyone has written under my posts
    joy|I'm so happy, all four of us are at one table for the first time in years!
    admiration|The restoration is superb; you'd never guess that table had been left in a damp cellar.
    realization|Funny, I used to think that I hated mornings, but it was really the job I hated.
    approval|Exactly. A phone has no place at the dinner table.
    curiosity|Is there a reason why the keys on this piano are the other way round?
    excitement|holy moly the trailer just dropped, this is gonna be epic
    optimism|I believe next season is going to be ours, the young players are coming along.
    disapproval|That comment was uncalled for.
    amusement|The weatherman got stuck in his own green screen. Comedy of the year.
    fear|don't go in there alone, people say that something lives in the mine
    curiosity|How did medieval cooks know how hot the oven was without a thermometer?
    gratitude|Thanks for having my back in that meeting.
    approval|That seems like a healthy boundary to set with your coworkers.
    admiration|The detail in this miniature village is insane, you can even see the tiny loaves in the shop window
    pride|Our little town raised more for the hospital than the whole city did. Proud to be from here.
    fear|The ice cracked right under my boots. I've never been so afraid in my life.
    admiration|Your handwriting is lovely, like something from an old ship's log
    anger|The school knew about the bullying for a year and did nothing. I'm beyond mad, I'm out for blood.
    embarrassment|i sent the love letter to the family group chat and now i can't go home for christmas
    approval|Nothing wrong with living with your parents while you save up.
    disappointment|not gonna lie, the museum was underwhelming, half of it closed, the other half copies
    admiration|You learned all that from library books? I'm in awe, truly
    caring|poor you, migraines are the worst, turn off the screen and rest your eyes
    gratitude|You paid for my groceries when my card failed. I don't know your name but I'll always remember it.
    annoyance|eye roll. another billionaire telling us to skip breakfast
    amusement|My students made a memorial for the broken projector, with candles. I had to leave the room to laugh.
    approval|I can get behind a tax like that if the money really goes to the schools.
    remorse|I took credit for her idea and watched her walk away. I hate that I did that.
    disgust|that meat is green. green! throw it out, i can't even look
    gratitude|Thanks a million for watering the plants, even the fern survived.
    admiration|the soundtrack alone deserves every prize, so haunting and precise
    surprise|You're telling me that tiny woman lifted the whole engine block?
    amusement|the dog brought home a bigger dog's toy, and then the bigger dog. comedy.
    confusion|Sorry, I can't follow. Are you saying that the discount raises the price?
    love|I love the smell of old books, it feels like home.
    admiration|The orchestra was flawless tonight, not one cough in the hall during the adagio.
    gratitude|To my donor, whoever you are: I get to see my girls grow up. Thank you.
    disapproval|I can't condone lying on a resume, even a little.
    remorse|my bad, i deleted the wrong folder and everyone lost a day because of me
    optimism|Give it a few months, the market will pick up and you'll find something even better.
    anger|I'm furious, they sold my medical records to an insurance company.
    sadness|I ate dinner by myself again and set the second plate out of habit.
    confusion|The form asks for my maiden name but I'm a man, so what am I supposed to write?
    gratitude|Thank you so much for staying late to help me move the piano.
    excitement|ahhh my manuscript is going to print next week, pinch me
    approval|that's how you do customer service, answer the question and don't try to upsell
    curiosity|i wonder if fish ever get thirsty, anyone here a biologist?
    caring|Whatever you decide, I'm in your corner. Just look after yourself.
    caring|there there, let it all out, i'm right here
    relief|no more night shifts, i can rest easy now
    desire|I wish we had a train line like that here, I'd use it every day.
    optimism|hang in there, things are bound to get better after the winter
    love|my boyfriend learned to braid hair for my daughter. how could i not love him
    embarrassment|I cringe whenever I think of the poem that I read aloud to her parents.
    fear|I heard footsteps in the attic and I'm too scared to move.
    optimism|I have faith that she'll walk again, the therapists say her toes move.
    amusement|My toddler just told the priest that his dress was pretty. I'm dying.
    disapproval|filming strangers at the gym needs to stop
    approval|right on, cash only is fine if the coffee is two bucks
    caring|Wrap up warm, it's icy out there and your cough hasn't gone.
    sadness|My twins left for college today and I keep setting the table for four.
    approval|That's the spirit of the rule, and they applied it properly.
    amusement|He wore the shark costume to court. I am wheezing.
    admiration|I watched her run the last ten miles on a twisted ankle. Toughest athlete I know.
    gratitude|I'm grateful that my boss let me work from the hospital while dad was recovering.
    grief|She died in my arms at sunrise. I don't know how to go on from here.
    anger|Enraged doesn't begin to cover it, they cut down my grandmother's oak while we were on holiday.
    admiration|She is the kind of manager who takes the blame upward and sends the praise down. Rare quality.
    gratitude|appreciate ya, this fixed my printer after three days of swearing
    disappointment|My son looked at the tiny cake, then at me, and said it was okay. It wasn't what I'd hoped for him.
    annoyance|My roommate left one sip of milk in the carton again so that he wouldn't have to throw it out.
    annoyance|these captcha traffic lights are so irritating, is the pole part of it or not
    surprise|I was stunned when the results came in, nobody had predicted that.
    love|I love being your dad.
    approval|That's a reasonable compromise, both sides get most of what they asked for.
    annoyance|not this again, we have explained the parking rules five times already
    love|he's my baby and always will be, even with a beard
    curiosity|curious what your rent is like over there compared to here
    admiration|Her backhand is a thing of beauty.
    desire|How I long to live somewhere quiet with a view of mountains.
    relief|Phew, the biopsy came back clean. I can breathe again.
    love|He brings me tea every morning without a word. I'm so in love with this man.
    excitement|The countdown's on, three weeks until we meet our baby girl!
    confusion|It makes no sense to me that the shorter route costs more fuel.
    joy|got my first paycheck and bought my mom dinner, feeling so good rn
    admiration|Her patience with those toddlers is on another level. Hats off.
    nervousness|he hasn't texted back in six hours and i'm starting to worry
    embarrassment|Mortified. My mic was on while I sang to the cat.
    caring|I made up the spare bed in case you don't want to be by yourself tonight.
    disgust|the texture of that jelly is vile, like cold slime with lumps
    disappointment|expected so much more from a restaurant with that reputation, the soup was lukewarm
    realization|Apparently "inflammable" means that it burns. I've been labelling the shelves wrong.
    surprise|Wow, I did not see that coming at all!
    disapproval|That's simply false and you ought to check before you post.
    annoyance|I've been on hold for forty minutes listening to the same pan flute.
    anger|They knew the brakes were faulty and shipped the cars anyway. Murderers.
    love|I love this photograph of you, your eyes are full of light.
    admiration|Excellent comment. You said in two sentences what I failed to say in a page.
    desire|craving tacos at 2 am, send help
    disgust|Cockroaches in the cereal box. I'm never going to be hungry again.
    confusion|The ticket has a seat number but the usher says there aren't any seats. Huh?
    joy|the puppy rolled down the hill again and again, just for the joy of it
    curiosity|Did your cat pick you or did you pick your cat?
    anger|He spat at the waitress. I told him to leave before I dragged him out by his collar.
    sadness|It makes me sad to see how thin and tired she has become.
    anger|Our boss screamed at a pregnant woman until she cried. I have never wanted to throw a stapler so badly.
    anger|I slammed the phone down so hard it cracked, that's how mad I was at those liars.
    love|Nothing beats my dad's hugs. Nothing.
    realization|I never realized how loud the fridge was until the power went out.
    curiosity|Who else is in the photo, the woman with the falcon?
    disapproval|i disagree, the ending undercuts everything the book stood for
    pride|We kept the farm going through two droughts and I hold my head high because of it.
    admiration|the choreography was tight and the costumes were to die for, ten out of ten
    admiration|What an inspiring talk, the whole auditorium was on its feet.
    remorse|I broke her trust for one stupid night and I regret it every morning.
    gratitude|thank god for my sister, she drove four hours just to sit with me
    confusion|are you talking about the old bridge or the new old bridge
    joy|woohoo we won the pub quiz, by one point, with an answer about cheese
    joy|It was a great party, I had an absolute blast with everybody.
    confusion|who is she and why does everyone at this party call me Gerald
    joy|Merry Christmas to all of you, I hope your day is as cheerful as ours!
    excitement|the season opener is TONIGHT, got my jersey on since breakfast
    approval|The simpler logo is the stronger one, keep it.
    disappointment|Turns out my childhood hero is rude to fans. I wish I hadn't met him.
    joy|Woke up to fresh snow and no alarm. Bliss.
    optimism|if we keep going at this pace the debt will be gone by christmas, i can see it
    annoyance|Could you please stop clicking that pen, some of us are trying to read.
    love|You can keep the diamonds, I just want to grow old with you.
    surprise|plot twist of the century, the referee is her ex husband
    disgust|I used to eat there until I saw the cook sneeze on the grill and carry on.
    disappointment|was hoping for at least a postcard, but nothing came
    surprise|the box was empty. totally empty. we all just stared
    admiration|Great job on the tiling, those corners are perfectly straight.
    desire|She yearned for the city lights, the noise, for anything but this village.
    nervousness|My interview is in twenty minutes and my hands won't stop sweating.
    gratitude|Thanks for not laughing at my question, this community is the kindest.
    amusement|Dad spent ten minutes talking to a mannequin before he noticed. Hilarious.
    fear|i still can't swim in the lake after that movie, what if something grabs my foot
    sadness|i miss my dog's bark in the morning, we had to give him up when we moved
    optimism|He's young, the bone will heal straight and he'll be back on the pitch by autumn.
    grief|It's been a year since he passed and his coat is still on the hook, I can't move it.
    annoyance|Third time this week the delivery says "nobody home" while I'm sitting by the door.
    realization|I guess I had been grinding my teeth for years without knowing, that's where the headaches come from.
    approval|The court's ruling was sound, contracts signed under threat shouldn't count.
    disapproval|I never liked the habit of feeding bread to ducks, it's bad for them and for the pond.
    """#
}
