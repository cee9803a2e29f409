import { main } from './action/main.js'

// Sockets of the results service dangle: without this the step would wait for them.
process.exit(await main())
