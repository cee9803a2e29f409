import fc from 'fast-check'

// `npm run soak` tries each property more often; those that say themselves how often stay with that.
const runs = Number(process.env.GIFTWRAP_PROPERTY_RUNS ?? '')
if (runs > 0) fc.configureGlobal({ numRuns: runs })
