// Prints what each test file took and, last, `N passed, N failed`; fails where a test failed, was skipped, or none ran.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const [, , file, status] = process.argv
let report
try {
  report = JSON.parse(readFileSync(file, 'utf8'))
} catch (error) {
  console.log(`no test results: ${error.message}`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
for (const { name, startTime, endTime } of report.testResults.sort((a, b) => a.startTime - b.startTime)) {
  const seconds = ((endTime - startTime) / 1000).toFixed(1).padStart(6)
  console.log(`${seconds} s  ${relative(process.cwd(), name)}`)
}
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults)
const passed = tests.filter((test) => test.status === 'passed').length
const unfinished = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
for (const { fullName, status: state } of unfinished) console.log(`${state}: ${fullName}`)
// A file that could not be loaded has no tests of its own, but counts.
const broken = report.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length
const failed = tests.length - passed + broken + (status !== '0' && report.success ? 1 : 0)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 && status === '0' ? 0 : 1)
