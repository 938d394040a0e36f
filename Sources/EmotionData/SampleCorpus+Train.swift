extension SampleCorpus {
  /// The 702 utterances that the model is trained on.
  static let train = #"""
    love|She calls me bug, and I hope she never stops. I love my mom.
    amusement|Somebody put googly eyes on the mayor's statue and honestly it is an improvement. Cracked me up.
    surprise|I opened the door and there stood forty people with balloons, I nearly dropped the groceries.
    relief|finally done with exams, it feels like someone took a piano off my back
    disgust|He picked his nose through the whole date and wiped it on the tablecloth, so nasty.
    excitement|can't wait for the new season, counting the hours at this point
    anger|Liar! You promised the court you would stay away from my family.
    disappointment|So the big announcement was a new color. That's it? That's what we stayed up for?
    admiration|A small team of volunteers has kept that trail open for forty years. Remarkable dedication.
    love|My dog waits at the window for me every day, my heart belongs to that mutt.
    disapproval|you were warned twice, arguing with the moderators won't make it okay
    curiosity|What happens backstage during the interval, do the dancers eat something?
    disgust|He spat tobacco juice into a cup and then left it on my desk.
    disgust|He licks his fingers and then puts them back in the shared bowl. Revolting.
    surprise|wait seriously? you're twins?
    disgust|The hotel sheets had stains on them that I don't want to think about.
    fear|I'm terrified of needles, my knees give way before they even open the packet.
    nervousness|My legs shake every time I have to speak in front of a group.
    surprise|Shocked to learn that my quiet neighbor once flew to space.
    pride|My name is on the door. Took me twenty years, but it's on the door.
    approval|I'm okay with the dog sleeping on the couch, it's his house too
    gratitude|thanks for linking the manual, page 40 had the answer
    fear|saw a shadow move behind the curtain and my heart nearly stopped
    curiosity|What was it like to grow up in a lighthouse?
    surprise|I thought it was a statue until it blinked. Nearly jumped out of my skin!
    disappointment|I thought you of all people would have stood by me. I expected better.
    approval|The committee's proposal is balanced and I see no reason to reject it.
    realization|omg i just understood the joke, she told it in march
    desire|What I wouldn't give to see them play live just once.
    sadness|so unhappy in this town, everyone I cared about has gone
    gratitude|grateful for every one of you who showed up to the beach cleanup in the rain
    joy|We splashed in puddles all afternoon and came home soaked and grinning.
    joy|What a beautiful wedding, we laughed and danced and ate far too much.
    curiosity|How would one become a piano tuner these days?
    fear|Somebody is trying the door handle and I'm alone in the house.
    optimism|Every failed batch gets me closer; one of these days the bread will rise.
    remorse|I'm so sorry, I never should have said that about your mother.
    approval|Yeah, that sounds fair to me. Split the bill and move on.
    joy|My heart sings when the swallows come back to the barn.
    amusement|my phone corrected "meeting" to "mating" in the company chat rofl
    disgust|It makes me sick how those men talked about a girl that age.
    surprise|huh, i didn't expect the vegetarian option to be the best one, by far
    fear|When the bear turned toward us, my legs simply stopped working.
    amusement|lmao he really tried to pay with a library card
    desire|I want a bowl of that ramen so badly right now.
    confusion|Not sure what I'm looking at here, is it a chair or a lamp?
    approval|Sensible decision. A used car with a full service book beats a new one on credit.
    curiosity|has anyone traced where the name of that river comes from
    joy|Hearing all my sisters giggle in the next room fills me with happiness.
    gratitude|thank you for the detailed write up, bookmarked and shared with my team
    excitement|Roller coasters all day long tomorrow, I won't sleep a wink tonight!
    confusion|It was 40 degrees yesterday and it's snowing today, I don't know what season I'm in.
    joy|so happy for you two, what wonderful news
    amusement|The parrot has learned the microwave beep, now nobody knows when lunch is ready, ha!
    anger|some bastard keyed my car from end to end, i'm livid
    love|I am head over heels for the girl from the bakery.
    gratitude|To the stranger who returned my wallet with every note still inside: thank you.
    desire|That vintage bike in the window, I've wanted one like it since I was ten.
    admiration|This librarian remembers every kid's name and what they liked to read. She is wonderful.
    embarrassment|I tripped on stage, in front of the dean, with my diploma in my mouth.
    desire|need that recipe, i want those cinnamon rolls on my table by sunday
    optimism|One interview at a time. The right job is going to turn up.
    surprise|I blinked at the lottery ticket and blinked again; five numbers, all of them mine.
    love|I love cooking for my friends, watching them eat is half the fun for me.
    disapproval|It was wrong of her to bring up the divorce at the wake.
    love|I love rainy Sundays with you, two mugs, one blanket, nowhere to be.
    desire|All I want for my birthday is eight hours of sleep.
    grief|our boy would have turned ten today. we lit a candle and couldn't speak
    love|She's the love of my life and I tell her so every night before the light goes out.
    caring|Don't walk back alone, I'll come with you as far as the station.
    disapproval|Bringing a speaker on a mountain hike is the wrong thing to do, leave it at home.
    amusement|three grown men screaming because of one moth, i was on the floor laughing
    disgust|ewww who clips their toenails on a train
    disgust|The smell from that fridge made me gag before I'd even opened it.
    gratitude|I can't thank the night nurse enough, she held my hand until the morphine kicked in.
    optimism|Tomorrow is another chance, and I intend to take it.
    disgust|There was a hair in my soup, and then a second one, of another color. Gross.
    gratitude|It was so generous of you to lend us the cabin. Thank you, the kids still talk about it.
    love|She laughed at her own joke and right there I knew I was going to marry her.
    anger|Touch my brother again and see what happens.
    realization|so the screaming in the walls was just pigeons. okay. that explains a lot
    admiration|I admire how you never talk down to beginners on this forum.
    admiration|Good on you for speaking up in that meeting, it took guts
    approval|Wearing a helmet on a scooter is just common sense, well put.
    love|Oh I love this song so much, it was our first dance.
    annoyance|Nobody asked for your opinion on my lunch, Karen.
    curiosity|I'd be interested to hear how you two met.
    disappointment|What a letdown, the camera looked great in the ads and the pictures are mush.
    remorse|I wish I had called him back. I kept putting it off, and that's on me.
    gratitude|My thanks to the person in seat 12B, who played peekaboo with my baby for two hours.
    confusion|I can't tell whether this is satire or an actual advertisement.
    amusement|The typo on the cake read "Happy Brithday Satan". Poor Stan. We howled.
    curiosity|Do blind people dream in pictures? Genuinely curious.
    approval|makes total sense to put the bathroom next to the kitchen, one run of pipes
    approval|The older version of the map was more useful, you're correct.
    love|sending so much love to my sister on her wedding day, you beautiful soul
    remorse|I laughed along with the others when they teased him, and I'm still ashamed of it thirty years later.
    approval|I endorse this method, my tomatoes have done well with it for years.
    admiration|Marathon at eighty one years old! What a champion.
    approval|Right, plain oats, no sugar. That's how a breakfast ought to be.
    curiosity|ooh what kind of lens did you use for this
    joy|happy friday everyone, beers are cold and the grill is hot
    amusement|I can't with this cat, she slaps the printer whenever it moves, lol.
    optimism|Even in the worst case we come out with experience, so I see no way to lose here.
    gratitude|A big thank you to the volunteers who handed out soup after the flood.
    love|Loving someone with dementia means falling in love anew each morning. And I do.
    disapproval|The way they cut the interview was misleading and unfair to the man.
    admiration|Best teacher I ever had: she made thirty bored teenagers care about the Thirty Years' War.
    sadness|The last page of that novel left me in tears.
    approval|fair point, I hadn't counted the shipping costs, your number is the better one
    curiosity|Just out of interest, how many hours went into knitting that?
    gratitude|many thanks to whoever left the umbrella at the bus stop with a note saying take me
    desire|I wish someone would look at me the way that dog looks at cheese.
    confusion|i have no idea what this email wants from me
    admiration|Clever solution with the mirror! I would have drilled a hole in the wall.
    disapproval|Tearing down the old theatre for a parking garage is a bad decision.
    love|Tell your brother I love him, even if he never calls.
    admiration|He has the sharpest wit in the room and never uses it to hurt anyone.
    admiration|Fantastic goal, that curl around the keeper was pure art.
    disappointment|Second place again, by a tenth of a second. So close and yet nothing.
    confusion|I pressed stop and it started, I pressed start and it asked for a password. What is going on?
    love|love love love this show, i have seen every episode five times
    confusion|my bank shows a charge from a shop in a country i've never been to, what is this even for
    joy|It's pancake Sunday, the cat's purring, and I couldn't be happier.
    approval|Seems legit to me, the serial number matches the box.
    joy|my plant bloomed after five years and i did a little dance in my socks
    sadness|Some days everything is grey and nothing tastes of anything.
    curiosity|Is that your own recipe, or did someone hand it down to you?
    gratitude|Thanks for the warning about the bridge, we took the ferry and got there on time.
    joy|Best day ever, the sun is out, the kids are laughing and there's cake.
    amusement|lol my smart speaker joined our argument and took her side
    amusement|That's comedy gold, the swan stealing a whole baguette and the man just nodding at it.
    gratitude|Much appreciated! The second link was exactly what I needed.
    gratitude|thanks again for the seeds, half the street has sunflowers now
    caring|Have you eaten anything today? I can drop off some soup.
    gratitude|Gracias to the guy with the jumper cables, you saved our road trip.
    confusion|I don't get it, why would the butler hide the letter if he wrote it himself?
    admiration|what an elegant proof, three lines and it says everything
    realization|Come to think of it, the lights always flicker when the lift goes up.
    gratitude|Thank you, kind sir, the spoiler tag is appreciated.
    approval|Her argument holds up. Cities were built for people before they were built for cars.
    anger|Damn you and your excuses, she waited at that hospital alone for nine hours!
    gratitude|You believed in me when I had nothing to show for it. I won't ever forget that.
    realization|I've come to see that I was the difficult one in that friendship.
    anger|He laughed while I was bleeding. I will make sure he never works in this town again.
    approval|I'm with you on this, homework in first grade does nothing for anybody.
    amusement|Why is the hamster wearing a tie, I can't breathe \#u{1F923}
    approval|You're right to wait for the written offer before you quit.
    disappointment|The twist everyone raved about turned out to be the first thing I guessed.
    love|Our daughter fell asleep on my chest tonight, her hand around my thumb. Love has no other word.
    caring|We'll take turns driving you to chemo, you won't have to go there by yourself.
    confusion|Hang on, I thought you two were cousins?
    amusement|lol at the guy who brought a ladder to a limbo contest
    disappointment|We drove six hours to see the waterfall and it was switched off for repairs.
    realization|I just remembered where I'd seen that face, she was my dentist's receptionist.
    confusion|uh... was that meant for me? i think you replied to the wrong person
    realization|So she knew from the beginning. That changes how I read the entire first act.
    love|My kids drive me up the wall and I'd die for them without thinking twice.
    excitement|Nobody talk to me until I've played this, I've waited eight years for today!
    admiration|Nobody makes dumplings like Mrs. Chen, the woman is a genius with dough.
    pride|so proud of my students, every one of them passed
    approval|works for me, see you at six then
    confusion|what just happened in that last scene, did she die or was it a dream
    love|His letters smell of tobacco and pine and I keep them under my pillow.
    anger|he trashed my apartment and blamed the cat, i'm so mad i could spit
    admiration|The crew turned a flooded basement into a ballroom within two days. Absolute professionals.
    embarrassment|I congratulated her on the pregnancy. She isn't pregnant. I want the earth to swallow me.
    caring|I'm so sorry that you're going through this, my inbox is open day or night.
    joy|The baby laughed for the first time today and the entire house is glowing.
    surprise|Our test came back positive after nine years of trying, I'm still in shock!
    annoyance|Can people please take their speakerphone chats off the train? We don't all want to hear about your rash.
    admiration|Our mail carrier has never missed a day, snow or heat. The man is a machine.
    excitement|This is it, the big launch, five minutes, hold on to your hats!
    love|My best mate since kindergarten, love that idiot like a brother.
    surprise|He pulled a live lobster from his coat as if it were nothing. We were speechless.
    desire|He wanted the promotion more than he had ever wanted anything.
    admiration|Very well argued. You changed my opinion of the man.
    curiosity|What did the first draft look like? I love to see how things change.
    optimism|There's light at the end of this tunnel and for once it isn't a train.
    approval|You did the right thing by telling her before the wedding.
    annoyance|I get that you like crypto. Not every family dinner needs to be about it.
    disapproval|No, that's a terrible way to train a dog, fear is no teacher.
    confusion|is the white one the decaf or is the decaf the one without a lid, i'm so mixed up
    disappointment|After all that training I pulled a muscle a week before the race and had to withdraw.
    remorse|can't stop thinking about the way i spoke to that waiter, i owe him an apology
    relief|Our power came back just before the insulin got warm, what a relief.
    embarrassment|I walked out of the restroom with my skirt tucked into my tights and nobody told me for an hour.
    admiration|That goalkeeper is a wall. Three penalties saved in one match, outstanding.
    desire|Wish I had a garden, even a tiny one, just room for a tree and a chair.
    remorse|Sorry for snapping at you yesterday, you didn't deserve it.
    gratitude|You let me cry on your porch and then fed me pancakes. I'm grateful beyond words.
    annoyance|quit spoiling the ending in the title, some of us work evenings
    caring|hey, it's not your fault. be gentle with yourself today
    anger|what kind of monster dumps puppies on the highway, i hope they find you
    realization|It took me forty years to work out that my father was shy and not cold.
    joy|i'm over the moon, the adoption papers came through this morning
    approval|Yes, let the kids pick the color, it's their room.
    love|falling for him a little more each day, even his snoring is cute to me now
    grief|Three months after the accident, I still wake up and have to learn again that they are dead.
    embarrassment|I held the door for someone so far away that he had to jog, so awkward.
    optimism|I think our luck is about to turn.
    surprise|You've never seen the ocean? At your age? That blows my mind.
    annoyance|So now I need an app to open my own garage. How bothersome.
    annoyance|he leaves every cupboard door open, it's like living with a polite ghost
    remorse|It was my turn to watch the gate. If I'd closed it, she wouldn't have got out.
    admiration|wow the balance on that gymnast, textbook landing
    approval|yes to all of this, public parks are worth every cent
    anger|Drunk idiots behind the wheel deserve everything that is coming to them!
    disapproval|Selling tap water as "artisan" should be frowned upon at the very least.
    joy|yay!! she said yes!!
    remorse|My apologies, I misread your post and called you a liar for no reason.
    curiosity|How do they get the ship into the bottle, is there a trick to it?
    gratitude|Forever grateful to the teacher who paid my exam fee out of his own pocket.
    nervousness|we hear from the bank on monday, i've barely slept for worrying
    love|I've been devoted to this old radio show for decades, it's dear to me like a relative.
    grief|The funeral was beautiful and I remember none of it, only the sound of the earth on the lid.
    admiration|Impressive that a two person studio made something this polished.
    optimism|The scans looked cleaner this time. I have a good feeling about the treatment.
    sadness|He gave the ring back without a word. I've never felt so small.
    annoyance|stop moving the goalposts, you said five pages, now it's nine
    love|I have a soft spot for three legged dogs, they own my heart.
    disapproval|letting a kid of nine watch that movie? no way, that's poor parenting
    realization|Oh! So that's why the key never fit, it's for the garden shed.
    admiration|He lost his sight at twelve and went on to win four chess tournaments. Incredible.
    sadness|I watched the moving truck drive off until it turned the corner, then I sat down on the curb and sobbed.
    anger|shut up, just shut up, you have no idea what i've been through
    caring|You look pale, sit in the shade and I'll fetch you something cold to drink.
    curiosity|Tell me more about your grandmother's village, what did people eat in winter?
    surprise|A raise? In this economy? You could have knocked me over with a feather.
    realization|wait... the narrator was the dog all along, that's why nobody answers him
    annoyance|Why ship one eraser in a box the size of a fridge, honestly.
    amusement|ok the duck walking into the bank like it has an appointment made my day lol
    amusement|Haha, that's the best typo I have seen all week, "pubic relations manager".
    anger|They poisoned the river, paid a fine that's pocket change and called it even. Crooks, all of them!
    gratitude|so glad you told me about the scholarship, i would never have applied without you. thank you
    realization|it hit me today that my parents were younger than me when they had me
    pride|Every stitch of this quilt is mine and it won the blue ribbon.
    curiosity|anyone know what game that is on the second screen? looks interesting
    gratitude|Thanks everyone for the birthday wishes, I read each one twice.
    admiration|I've followed her research for years and she keeps raising the bar.
    excitement|I've got the keys to the new studio in my hand and I can't sit still.
    approval|Teaching first aid in schools? Absolutely, it should have been done long ago.
    gratitude|Thank you for translating for my mother at the clinic, she felt understood for once.
    caring|Let me know if the baby won't sleep, I can take a shift so you two can get some rest.
    optimism|She says the tumor is shrinking, so we're planning that trip for next spring after all.
    confusion|huh? what does a potato have to do with the election
    embarrassment|called my teacher mom in front of the whole class, i'm 34
    admiration|nurses are heroes, full stop. twelve hours on their feet and still kind to everyone
    curiosity|Could you explain how the lock picks its own combination? I'm fascinated.
    love|He kissed my forehead before the operation and I have never felt so cherished.
    disappointment|aw man, they were sold out right when i got to the counter
    admiration|I look up to anyone who can cook for two hundred people and keep smiling.
    pride|i taught myself to code at night after the kids were asleep and today i signed my first contract, look at me now
    confusion|Why are there two different birthdays in his passport and his licence? I can't make sense of it.
    admiration|Whoever designed this subway map deserves an award.
    disapproval|It's not acceptable to leave the intern to take the blame.
    annoyance|The printer wants cyan. To print black and white. Give me a break.
    surprise|My dad cried at the movie. My dad! I've never seen him cry in my life.
    confusion|Can somebody explain the offside rule again? I still don't understand when the player counts as behind.
    admiration|That solo at the end was unreal, this kid plays like she has been on stage for thirty years.
    excitement|i'm so stoked, we got into the finals and the finals are in brazil
    disappointment|My application was turned down without so much as a comment.
    caring|Please get some rest, you've been running on empty for weeks.
    love|i adore this stupid little cat, he sleeps on my face and i let him
    annoyance|The kids ask "are we there yet" every four minutes and we're still in our street.
    amusement|the cat fell off the shelf mid yawn and pretended nothing happened lol
    disappointment|Our star player left on a free transfer and we got nothing, so much for this season.
    joy|We finally paddled round the island, and the picnic on the far side tasted like victory.
    caring|You don't have to be strong for us, let us look after you for once.
    realization|I see what you mean now, it really isn't about the money at all.
    disappointment|Unfortunately the new version dropped the one feature I bought it for.
    sadness|She tried to smile, but you could hear in her voice that something in her was broken.
    disapproval|Nope. You don't get to cancel the meeting two minutes before it starts.
    sadness|The swing set is rusting. The children who used it don't come any more.
    approval|I side with the neighbors here, drums at midnight are not okay and they asked politely.
    excitement|It's happening! The whales are right under the boat, everyone come quick!
    sadness|it breaks my heart to see the old man at the window, nobody ever visits him
    disapproval|I don't agree with banning the book; let people read it and judge.
    gratitude|Thank you for fostering that old cat, it means the world to us at the rescue.
    disapproval|Wearing white to someone else's wedding is tacky and she knew better.
    curiosity|how do you get your basil to grow like that, is it the window or the soil
    disapproval|Rewarding the loudest child teaches the others the wrong lesson.
    admiration|Two toddlers, a night shift and a thesis handed in early. I don't know how you do it, superwoman.
    optimism|Don't write him off, he has a comeback in him.
    gratitude|Without the loan from my uncle we'd have lost the shop. I thank him every day.
    sadness|My parents don't speak to each other now, and Christmas is a lonely affair.
    caring|be careful on those stairs grandma, hold on to my arm
    admiration|such a well balanced deck, you clearly know the game inside out
    disapproval|bad take. cheap flights are not a human right
    approval|Paying interns is the least a company should do, and I'm on board with making it law.
    amusement|haha nice try, but even my hamster saw that plot twist coming
    love|love my local library with a passion, best place in town
    confusion|What do you mean by "it's complicated"? It was a yes or no question.
    admiration|He reads the wind like nobody else on the tour, a true craftsman with a longbow.
    admiration|her dress was sewn by hand from old curtains and it looks like couture, so talented
    gratitude|thanks for the tip about the side entrance, saved us an hour in line
    desire|i need this jacket in my life, somebody tell me where it's from
    joy|Such a lovely evening: warm bread, good wine, old friends.
    disapproval|not cool, making fun of someone's accent isn't a joke
    disgust|yuck, the pool water is yellow and there's a bandage floating in it
    fear|spiders. no. absolutely not. i'm sleeping in the car
    admiration|your voice is so soothing, you should narrate audiobooks
    curiosity|so what happens if you put a magnet next to a compass on a plane
    annoyance|I'm so tired of people who stop dead at the top of the escalator.
    anger|The landlord let the heating die in January with a newborn in the flat. I want him in jail.
    annoyance|stop tagging me in these chain posts, it's getting old
    amusement|The subtitles said "ominous cheese" and we lost it.
    curiosity|Which came first for you, the melody or the words?
    optimism|Hopefully this is the start of something good between our two countries.
    curiosity|What's your favorite word in Finnish, and why?
    admiration|The interpreter kept up with that auctioneer in sign language, unbelievable skill.
    approval|You have my vote. Clear program, no empty promises.
    anger|burn in hell, scammer, that was my mother's rent
    caring|make sure you lock the door and call me if that guy shows up again
    admiration|Your drawings have improved so much since last year, the shading on the hands is gorgeous
    admiration|smart move by the captain, taking the pitcher out right then won us the game
    admiration|Your garden belongs in a magazine! Those dahlias are perfect.
    sadness|She moved away and the house has been so quiet since.
    disapproval|I object to the idea that teenagers need no sleep.
    curiosity|How long does a drum of cheese like that have to age?
    anger|pathetic cowards, beating up one kid with five guys
    excitement|I start at the observatory on Monday and I'm already practising how to say it out loud.
    nervousness|i get so jittery before exams that i can't hold the pen straight
    joy|The whole village turned out for the harvest feast and there was music till dawn.
    optimism|fingers crossed, but i think we stand a real chance this time
    remorse|i was a terrible roommate and i'm sorry about the dishes, the noise, all of it
    annoyance|My knee starts acting up whenever I have plans. Such a pain.
    disappointment|I unwrapped the box hoping for the telescope and found a sweater.
    remorse|I lied to protect myself and my little brother took the blame. I'm so sorry, Tom.
    surprise|omg is that really you in the picture?? i'd never have guessed
    remorse|if i could take back one sentence in my life it'd be the one i said at the airport
    disappointment|He promised he'd come to the recital and his chair stayed empty.
    gratitude|Thank you to the bus driver who waited when he saw me running.
    disappointment|the eclipse lasted two minutes and the clouds lasted three, typical luck
    optimism|Hopefully the rain holds off until we've got the hay in.
    amusement|Our four year old put the cat on the phone to "talk to sales", I was in stitches.
    curiosity|What's the story behind the scar on your chin, if you don't mind me asking?
    optimism|things are looking up, two callbacks this week already
    sadness|so sad that the little bookstore on the corner is closing its doors
    sadness|The nursing home doesn't allow visitors right now, so we waved through the glass. My mother cried.
    excitement|so pumped for the marathon, shoes by the door, number pinned on
    disappointment|I waited two years for the sequel and it was just... flat.
    optimism|we'll laugh about all this one day, i'm certain of it
    confusion|The label reads "sugar free" and the first ingredient is sugar. I don't understand labels any more.
    joy|I can't stop grinning. My book is in a shop window, a real one, with a real window.
    annoyance|Please use the search function, this question comes up every other day.
    amusement|Best prank ever: he filled the office with four hundred rubber ducks, one at a time, over a year.
    love|We met at sixteen and I love him at sixty just the same, only more quietly.
    embarrassment|I waved back at someone who was waving at the person behind me. Kill me now.
    confusion|I'm puzzled: the same code passes on my machine and fails on yours.
    disappointment|sadly the mango looked perfect and tasted like wet paper
    disgust|bleh, drank from the carton and the milk came out in chunks
    gratitude|My host family treated me like a son for a whole year and I can never repay them.
    disappointment|It's a shame that such a talented cast was given so weak a script.
    annoyance|It annoys me that the menu has no prices on it.
    pride|My daughter is the first in our family to finish college, and I could burst.
    joy|She skipped all the way from school because her drawing was on the wall.
    grief|We never got to bring our baby home. There isn't a day that we don't mourn her.
    admiration|The way he explains quantum mechanics without a single equation is brilliant
    caring|Drink some water and lie down, honey, the work can wait.
    annoyance|I find it grating how he says "literally" in each sentence.
    admiration|The bravest thing I've seen this year is that guy running back in for the neighbor's dog.
    love|my granny is the sweetest person alive and i love her to bits
    optimism|Science will crack this, maybe not this decade, but it will.
    optimism|My gut says the vote will go through.
    caring|It's alright to cry. You've carried this by yourself for so long.
    approval|fully support the ban on fireworks in dry summers, makes sense
    embarrassment|He leaned in for a hug, I went for a handshake, and I punched him in the stomach. My face was on fire.
    realization|Only after I moved out did I understand how much my mother did each day.
    disapproval|no, tipping should not be mandatory, pay the staff properly instead
    joy|What a delightful morning, two deer and a fox on my walk.
    admiration|You rebuilt that engine by yourself in a garage? Seriously impressive work.
    desire|Someday I want to stand under the northern lights. It's the thing I wish for most.
    admiration|The stonework on that cathedral, all by hand, all without cranes. Those masons were giants.
    curiosity|wait, is that a real fossil? where did you find it
    disapproval|don't do that, mixing those two cleaners is a stupid risk
    sadness|It's been raining for days and so have I, more or less.
    curiosity|Where does the wax go when a candle burns down?
    sadness|My best friend stopped answering me and I don't know what I did. It hurts.
    confusion|The teacher's key says 42, mine says 24, and the app says undefined. Which one is it?
    approval|Agreed, the book should be judged on what it says and not on who wrote it.
    anger|The nerve of that man, calling the cops on a child's lemonade stand! I was shaking with rage.
    disapproval|A public beach with a private guard? That should not be legal.
    fear|I'm afraid to open the letter from the court.
    approval|Solid reasoning, I would have sold at that point too.
    gratitude|thanks for sharing this, i had been looking for that song since 2009
    love|My little brother drew us holding hands and wrote "best sister". I love that boy.
    annoyance|Some clown double parked and I've been waiting twenty minutes to get out.
    caring|I check on my elderly neighbor each morning, just to be sure she's up and well.
    embarrassment|My stomach growled through the entire minute of silence.
    caring|Sit down, put your feet up, I'll take care of the dishes and the kids.
    disappointment|Too bad, I was really hoping you could make it to the wedding.
    curiosity|What does the word on your tattoo mean?
    disapproval|You can't call it a sale when you raised the price last week. Shady practice.
    relief|The last payment went through this morning. After eleven years, free at last.
    annoyance|She replies "k" to everything I write, it's such an irritating habit.
    embarrassment|omg my mother just showed him the bathtub photos, i want to vanish
    disgust|A creep rubbed up against me on the bus and my skin is still crawling.
    confusion|I'm not following the logic here at all, could you go through it step by step?
    curiosity|Who was the first person to eat a lobster, and what made them try?
    embarrassment|The waiter said enjoy your meal and I said you too. I turned bright red.
    caring|Oh sweetie, come here, let me see that knee.
    curiosity|I keep reading about mushroom leather. What does it feel like to the touch?
    fear|The lump is back, and I'm frightened of what they will tell me this time.
    admiration|What a save by the paramedics. Cool heads, quick hands.
    optimism|With a bit of practice I'm sure I'll be speaking it by summer.
    love|we adopted her on tuesday and we already can't imagine life without her, love that tiny face
    joy|glad to be alive on a day like this
    disapproval|The umpire should never have allowed that, the ball was dead.
    admiration|props to the devs, they fixed a ten year old bug in a weekend and wrote docs for it
    annoyance|The reviewer keeps asking for changes and then asks for the old version back, it's tiresome.
    relief|They found her! She was asleep in the neighbor's treehouse the whole time. Thank goodness.
    gratitude|Your donation covered a month of dog food at the shelter, thank you from all forty of them!
    confusion|I've read the instructions three times and still have no clue which way the valve turns.
    admiration|Your accent is excellent, I honestly took you for a native of Lyon.
    anger|Go to hell with your fake tears, you knew exactly what you were doing.
    amusement|Grandma thought LOL meant lots of love and sent it to a funeral florist. We're in tears laughing.
    gratitude|thx for the quick reply, works now
    surprise|the quiet guy from accounting turned out to be a famous DJ, my jaw dropped
    approval|It was wise of them to postpone the hike with that storm coming.
    excitement|Two more sleeps until the festival!! Tent, glitter, earplugs, check.
    disapproval|I don't think it's right to post pictures of other people's children.
    disappointment|I hoped the reunion would feel like old times, but we had nothing left to say to each other.
    relief|He called from the station, he'd missed that train. The one that crashed. I can't tell you how relieved we are.
    pride|ran my first 10k without stopping, pretty proud of myself ngl
    anger|It makes me so angry that nobody was punished after the roof came down.
    optimism|new year, new start, i can feel it's going to be a good one
    gratitude|ty for the ride home, and for not asking questions
    approval|A four day week is worth a try, I'd vote for it.
    relief|The plane touched down and the whole cabin let out its breath.
    admiration|The kid holds the door for everybody on the bus. His parents raised him right.
    annoyance|The cat has knocked over the same glass twice this morning and I'm running out of patience.
    annoyance|ugh, another update that moves all the buttons around for no reason
    pride|Ten years sober today. I earned this coin.
    optimism|The river's already cleaner than it was; in ten years we'll be swimming in it.
    relief|It was only a false alarm, I was so relieved I sat down on the pavement and laughed.
    embarrassment|fell asleep in the meeting and woke up to my own snoring, everybody was looking at me
    curiosity|Why is the sky green before a hailstorm, does anyone have a good source?
    surprise|the cat i thought was a boy just had five kittens in my sock drawer
    surprise|Hold on, they're getting married? They met last Tuesday!
    love|Our old mare is blind now, but she knows my step and nuzzles my coat. I love her dearly.
    love|omg i love baby elephants with my entire being
    love|this fandom is my family, love you all
    amusement|Her impression of the boss ordering soup is spot on, I nearly choked on my sandwich.
    joy|The kids built a fort out of cushions and we all had breakfast in it, it was wonderful.
    anger|i could strangle whoever sold my grandpa that fake insurance
    excitement|she's coming home tomorrow after two years abroad, i'm literally bouncing off the walls
    optimism|The factory may be closing, but this town has come back before and it will again.
    grief|i keep her last voicemail and play it when i can't bear missing her
    sadness|this song always makes me cry, it was playing the day you left
    curiosity|can bees really recognise faces? found one paper on it and want more
    gratitude|Thank you, doctor, for calling back on a Sunday.
    gratitude|I really appreciate you taking the time to explain it again without making me feel stupid
    admiration|This mechanic showed me the worn part and charged me nothing for the look. Honest, skilled, the best in town.
    admiration|Our coach never raised his voice once and took us from last place to the final. Masterful.
    curiosity|Does anyone know why flamingos stand on one leg?
    admiration|Quitting cold turkey after twenty years takes real strength, you are amazing
    nervousness|It's my first day at the new school and I feel like running back to the car.
    fear|They're shooting in the next street, we're lying on the floor in the dark.
    caring|Keep the jacket, you'll need it more than I do tonight.
    sadness|Poor thing, he waited by the gate every evening for somebody who never came.
    nervousness|I'm uneasy about the contract, something in clause nine keeps me awake.
    confusion|how is it possible that i owe a refund on a refund
    caring|please don't blame yourself, you did everything you could for him
    caring|Sending you a big hug, I hope the surgery goes smoothly and that you heal fast.
    excitement|We land in Tokyo in two hours, nobody in this row has slept, we're all too hyped.
    nervousness|I'm worried that the babysitter won't cope, maybe we should ring again.
    admiration|This playlist is superb, you have impeccable taste
    gratitude|Thanks for the gift card, that was really not necessary but so sweet of you.
    annoyance|why does every recipe site make me scroll past somebody's childhood first
    surprise|They gave me the keys and said the house was mine. I just stood there with my mouth open.
    confusion|Wait, so is the meeting on the 5th or the 6th? The invite says both.
    remorse|I apologize to everyone I blocked last night, I was wrong about the whole thing.
    amusement|He introduced himself as "the ex she warned you about", and the whole table burst out laughing.
    disapproval|This policy punishes honest people and changes nothing for the rest. I'm opposed.
    sadness|The polar bear paces the same four steps all day. It made me want to weep.
    gratitude|Thank you for your patience with us, the parcel is finally on its way.
    relief|The judge threw the case out and a year of tension just drained out of me.
    excitement|omg omg omg they're playing in our city this summer
    disgust|i can smell his feet from the other end of the office, it's foul
    remorse|We should have visited more often, and now I carry that guilt around with me.
    optimism|I hope you get the part, I really think you will.
    amusement|lmfao who put a "wet floor" sign in the swimming pool
    realization|It dawned on me halfway through the lecture that I was in the wrong room.
    joy|I'm enjoying every minute of this holiday, even the sunburn.
    love|i love autumn, the leaves, the fog, big sweaters, all of it
    admiration|he's a solid drummer and an even better human being
    annoyance|People who recline their seat the second the plane takes off, really?
    annoyance|The neighbors' wind chimes clatter all night and I can't sleep a wink.
    disappointment|I had high hopes for this mayor and nothing has changed.
    realization|I just noticed that the arrow in the logo points the way the trucks drive.
    anger|screw this company, they fired my dad a week before his pension
    joy|What a treat to hear that song live, I sang along until I was hoarse.
    anger|get out of my house and don't you ever come back
    love|Love the characters in this book, they feel like cousins of mine.
    curiosity|Has anybody here tried sleeping in two shifts like people used to? How did it go?
    disappointment|Our picnic got rained out and the backup plan was closed on Mondays. Oh well.
    sadness|no one sat with me at lunch again today, i just looked at my tray
    sadness|I'm heartbroken, the vet says there's not much more we can do for her.
    embarrassment|my voice cracked in the middle of the toast and everyone went quiet, still cringing
    amusement|hehe you said duty
    grief|I lost my wife in March, and nobody tells you about the second toothbrush.
    nervousness|First solo flight tomorrow. My stomach is in knots.
    desire|I'd give anything for one more evening on that terrace by the sea.
    optimism|Next attempt will be the one, I know where the cake went wrong.
    curiosity|I'd like to know what the moderators think about it.
    love|You're my best friend and my favorite person. Come home soon.
    admiration|The patience it takes to film one snow leopard for three winters... deepest respect
    amusement|I laughed so hard at the goat video that milk came out of my nose.
    annoyance|You could have just sent an email instead of dragging twelve people into a call.
    annoyance|The guy upstairs vacuums at six every Saturday. Every. Single. Saturday.
    realization|Now I get it: when she says "fine" she means the opposite.
    nervousness|I keep checking the clock, the results come out at noon and I feel sick.
    realization|Then it clicked: the two letters were written by the same hand.
    disapproval|This is not how adults ought to settle a dispute.
    love|God, I love my job. Who gets to feed penguins for a living?
    amusement|hahaha the look on his face when the sprinkler came on
    joy|First warm evening of the year and the whole street is outside playing. Love days like this, pure joy.
    amusement|He sneezed so hard that his denture landed in the punch bowl, and the room fell apart laughing.
    disgust|Ugh, the dog rolled in something dead and then jumped on my pillow.
    gratitude|My neighbors shoveled my driveway every morning while I was on crutches. I am so thankful for them.
    love|I loved my first car, rust and all, as others love a horse.
    surprise|wow, didn't know you could even do that with a spoon
    confusion|My dog barks at one particular corner every night and I cannot work out what's there.
    admiration|Your daughter's science project is smarter than half of what I see at work.
    realization|Looking back, the signs were all there and I chose not to see them.
    realization|TIL that the little pocket in my jeans was made for a watch
    admiration|A surgeon who plays the cello and still finds time to coach little league, some people are just remarkable.
    excitement|Tomorrow I get to drive a real steam train! I feel like a kid before Christmas.
    admiration|Terrific performance from the understudy, you would think the role had been written for her.
    desire|My dream is to own a little bookshop with a cat in the window.
    disapproval|nah, this lineup makes no sense, benching your best striker is a mistake
    excitement|I'm buzzing, my first fight is tonight and the hall's sold out.
    admiration|She turned a vacant lot into a playground with donated tires. More people like her, please.
    anger|Don't you dare blame her for what he did!
    nervousness|I've rehearsed the speech thirty times and I'm still worried that I'll go blank.
    approval|honestly yes, naps at work should be normal
    approval|I agree, the second draft reads much better than the first.
    gratitude|thankyou to the lady at the counter who found us seats together
    approval|Putting the recipe before the life story is the correct order. More blogs should do it.
    desire|I'd kill for a hot bath and a bed with clean sheets.
    love|To my husband on our anniversary: you are still the one.
    admiration|That bridge was built without a single nail and it has carried carts for three centuries. Ingenious.
    curiosity|What do the divers do with the coins they find in the fountain?
    admiration|he writes like he's sitting across the kitchen table from you, wonderful author
    gratitude|I appreciate the heads up, I was about to book that very hotel.
    desire|me staring at the bakery window, wanting one of everything
    excitement|We're getting a PUPPY on Saturday and the children are running laps round the sofa.
    love|She is my whole world and has been since the day they put her in my arms.
    realization|It occurs to me that I have not thought about him in months.
    love|He is my soulmate, simple as that.
    fear|The elevator dropped half a floor and stopped, and I began to scream.
    disapproval|I'm against the new fee, it hits those who can least afford it.
    sadness|I cried in the car before work and then again after.
    approval|Letting the tenants vote on the garden was the right way to go.
    admiration|This is the cleanest code I have reviewed all year, lovely structure and names that make sense.
    anger|who the hell do you think you are, talking to my mother like that
    disappointment|the trailer had all the good bits, the rest is filler
    surprise|It's amazing how fast she grew, she came up to my waist last summer and now looks me in the eye!
    annoyance|ugh my coworker reheated fish in the microwave again
    surprise|Never in a million years would I have expected a reply from the author herself.
    anger|screw you and the horse you rode in on
    surprise|Out of nowhere a horse walked across the motorway.
    amusement|She answered the riddle with "your mom", at a job interview, and they hired her. Ha!
    annoyance|ffs the wifi drops every time i sit down to watch something
    approval|You made the smart choice with the fixed rate.
    surprise|no way, they actually found the ring inside a fish
    anger|He hit that poor dog with a broom and I swear I saw red.
    gratitude|The card from your class made my week, please thank each of the children for me.
    desire|If only I could take a year off and sail round the world.
    joy|This made me smile from ear to ear.
    joy|Riding down that hill with the wind in my face, I felt like I was nine again.
    amusement|His toupee came off on the roller coaster and landed on a nun. You can't write this stuff.
    amusement|Watching my husband argue with the satnav is better than any sitcom.
    approval|This is accurate, I worked there for three years and nothing has been exaggerated.
    confusion|Her text just said "penguin". I stared at it for ten minutes. Is it a code?
    confusion|They told me window four, window four sent me to window one, and window one sent me home. What?
    amusement|The goat ate the referee's notes and was given a yellow card, I'm howling.
    caring|Hope your mum feels better soon, tell her we're thinking of her.
    remorse|Please accept my apology for the mix up, the error was entirely mine.
    love|I just love how otters hold hands when they sleep.
    optimism|My hope is that our kids will grow up with cleaner air than we did.
    approval|True, a cheap pair of boots costs more in the long run.
    admiration|Never seen anyone back a trailer into a spot that tight on the first try. Legend.
    joy|That's the best birthday present I could wish for, I'm beaming.
    optimism|They say solar will be cheaper than coal everywhere soon, which gives me hope.
    fear|The water kept rising and we had nowhere to go but the roof. I was petrified.
    approval|It's perfectly acceptable to say no without giving a reason.
    admiration|my grandfather taught himself english from crossword puzzles at seventy. what a man
    love|The poem was written for his wife of fifty years and every line is tender as a hand on a cheek.
    anger|You humiliated me in front of my own children, you heartless witch.
    joy|There is a special kind of happiness in a clean desk and an empty inbox.
    sadness|used to be a family, now we're just people who share a last name
    gratitude|I appreciate all the feedback, even the harsh bits made the story better.
    caring|please see a doctor about that mole, better safe than sorry
    annoyance|Those leaf blowers have been going since seven; they push the same ten leaves back and forth.
    fear|There's a man who has followed me for three blocks, please stay on the phone with me.
    annoyance|He hums while he types and it's driving me up the wall.
    admiration|Kudos to the janitor who found the leak before any of the engineers did.
    amusement|He practiced his proposal on the dog, and the dog walked away. I can't stop giggling.
    amusement|lol imagine explaining this to a medieval peasant
    love|This city is noisy and broke and I love every crooked street of it.
    curiosity|Is it true that octopuses taste with their arms? I'd love to read more on that.
    curiosity|what's in the blue box on the top shelf? you never show it in your videos
    admiration|the animators put so much heart into the water scenes, just breathtaking work
    nervousness|nervous wreck over here, the vet said they'd call by five and it is ten past
    amusement|I giggled through the whole opera because of the tenor's fake moustache.
    disgust|What a vile thing to say about a grieving family, it turns my stomach.
    approval|This seems to be a decent deal, the battery alone would cost that much.
    caring|You matter, even on the days you feel like you don't. Please stay with us.
    amusement|lol my grandma tried to swipe left on the newspaper
    caring|Please be kind to yourself, recovery isn't a straight line.
    approval|good call on leaving early, the traffic was already building up
    caring|I put a blanket over the old man at the bus stop and stayed until the shelter van arrived.
    grief|We buried my mother on Tuesday and I still reach for the phone to call her.
    annoyance|My sister borrows my charger and returns it with a bent tip. It's getting on my nerves.
    disappointment|The new owner promised to keep the old menu and then replaced it with burgers. What a pity.
    confusion|Maybe I'm being dense, but which of the two is the driver and which is the passenger?
    sadness|i keep scrolling through pictures from when we were happy
    approval|no objections from my side, go ahead and merge
    confusion|The sign says no entry and exit only and one way, pointing at each other.
    sadness|My daughter asked why the other kids don't play with her, and I had no answer.
    anger|I'm done being polite. You lied, you cheated, and you can rot.
    approval|The new bike lane was the correct choice for that street.
    annoyance|yet another remake nobody wanted, enough already
    curiosity|Do penguins have knees? My son asked and now I have to know.
    excitement|We're going to space camp! WE ARE GOING TO SPACE CAMP!
    remorse|I hit the cat's tail with the door and I feel so guilty, I've given her half a chicken.
    disapproval|You shouldn't be driving after two glasses, however fine you feel.
    sadness|i feel so alone in this city, a million people and not one to call
    disappointment|i really wanted to like this album but there's nothing there
    amusement|My uncle's joke was so bad that it looped back round to funny.
    surprise|He spoke for the first time in six years, right there at dinner. We were all dumbfounded.
    approval|her apology was enough in my opinion, we can leave it there
    amusement|that meme with the confused raccoon gets me every single time
    admiration|He gave up his own seat and stood for six hours so that the old couple could sit together. Class act.
    love|I love you, you ridiculous human, never change
    gratitude|I'm thankful for clean water every single time I come back from the field.
    disgust|nasty, there's chewed gum under every single seat and i touched all of it
    annoyance|Of course the one checkout that's open is the one with the price check. Typical.
    sadness|The letter came back unopened. I suppose he really doesn't want to know me.
    grief|rest in peace, little brother, the house is so silent without your drums
    realization|reading this thread made me realize that i might need glasses
    amusement|this comment section is funnier than the movie
    disapproval|Giving a goldfish as a party favor is irresponsible, I can't support it.
    gratitude|bless you for typing out the whole recipe, my mom's card got lost years ago
    amusement|Funniest thing at the wedding was the best man reading from the wrong speech, for the wrong couple.
    admiration|dude can actually sing live, no autotune, goosebumps the whole set
    gratitude|Really, thank you. Nobody had ever asked how I was doing before.
    joy|Grandpa put on his hat and danced with every lady in the hall. What a night!
    disappointment|The hotel's "sea view" was a sliver of grey between two dumpsters.
    anger|The airline lost my mother's ashes and offered us a voucher. I exploded at the desk.
    optimism|The seedlings look weak now, but wait until June, they'll be taller than you.
    admiration|Great article. Clear, well sourced and actually fun to read, which is rare these days.
    pride|I framed the first dollar that my shop ever made, it hangs above the till.
    admiration|She negotiated that whole contract in her third language. Brilliant woman.
    disgust|Those puppy mills are sickening, the cages, the filth, I had to look away.
    fear|Heights terrify me, I crossed that bridge on my hands and knees.
    optimism|We only need two more signatures and I expect we'll have them by Friday.
    desire|I would love to have a voice like hers, even for a single day.
    excitement|Guess who just got front row tickets?! I'm screaming!
    confusion|so he's his own uncle?? someone draw me a chart
    nervousness|What if nobody comes to the opening? I've been pacing the floor since dawn.
    approval|Totally valid question, and valid to ask it before signing anything.
    anger|I hate him. I hate what he did to my sister and I'll never forgive it.
    pride|I built this boat with my own two hands and she floats!
    anger|Get your filthy hands off my daughter's bike, thief.
    excitement|First snow of the season and the lifts open at nine, who is coming?!
    gratitude|i owe my whole career to that one librarian who let me use the computer after hours
    sadness|It's a sad sight, those toys lying in the mud after the flood.
    optimism|we lost tonight but did you see the kids play? the future is bright
    excitement|What a thrill, my hands are still tingling from that jump, I want to go again right now!
    love|Twenty six years married and my heart still jumps when his car pulls into the drive.
    fear|I had the nightmare again, the one with the long hallway, and woke up shaking.
    fear|My son is at sea in this storm and no one can reach the boat. I'm scared out of my mind.
    annoyance|Must every pop up beg me to join a newsletter before I have read one word?
    optimism|it'll work out, it always has
    surprise|holy cow, the price went from ten to nine hundred overnight
    realization|Ah, I see now, you have to pull it before you turn it.
    anger|They evicted a ninety year old veteran in the snow. Shame on every one of those greedy pigs!
    gratitude|You answered at 3 am and talked until I was calm again. Thank you for being that friend.
    approval|That is the proper way to do it: measure twice, cut once.
    optimism|I'm confident that they'll settle this without a strike.
    approval|Yes, this. People should return their shopping carts.
    anger|How DARE you read my diary and then lie to my face about it!
    relief|The fever broke at four in the morning and we finally slept.
    admiration|An 11 year old wrote this poem? It is better than most of what I was assigned in college.
    fear|The growl came from behind us, low and close, and nobody dared to turn round.
    love|love this jacket to pieces, literally, the elbows are gone and i still wear it
    approval|good advice up there, listen to the electrician
    annoyance|It's mildly infuriating that the tiles don't line up with the grout by the sink.
    gratitude|Thanks for proofreading, you caught two errors that would have cost us the contract.
    caring|If the panic comes back, call me, I don't care how late it is.
    optimism|the new doctor seems to know her stuff so i'm hopeful
    disappointment|They canceled the show after one season, just as it was getting good.
    anger|My blood boils when I think of the way they treated those kids.
    joy|My brother is home from sea and our mother hasn't stopped singing.
    realization|Turns out we grew up three streets apart and never met.
    anger|So sick of these corrupt thugs in suits, lock the lot of them up!
    fear|that basement gives me the creeps, i won't go down there after dark
    surprise|Well, I'll be. The old clock started ticking by itself after thirty years.
    joy|The choir kids won, and they sang the whole bus ride home. Pure happiness.
    """#
}
