import Commands
import ObjectiveCatalogue

// All that a program with an objective of one's own has to say.
ObjectiveCatalogue.add(MarginSettings.self)
TacoDist.main()
