import Commands

TacoDist.main()
