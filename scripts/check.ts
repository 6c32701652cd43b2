/**
 * `npm run check`: the rules that hold without running the project. It never writes.
 * `npm run check -- imports sizes` takes only these steps.
 */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'

const root = dirname(__dirname)
const sizes = ['style/noExcessiveLinesPerFile', 'complexity/noExcessiveLinesPerFunction']
const steps: Record<string, string[]> = {
  types: ['tsc', '--noEmit'],
  lint: ['biome', 'check', '--error-on-warnings', ...sizes.map((rule) => `--skip=${rule}`)],
  imports: ['depcruise', '--output-type', 'err-long', '.'],
  sizes: ['biome', 'lint', ...sizes.map((rule) => `--only=${rule}`)],
}

const given = process.argv.slice(2)
const names = given.length > 0 ? given : Object.keys(steps)
const failed = names.filter((name) => !passes(name))
console.log(failed.length > 0 ? `\ncheck: ${failed.join(', ')} failed` : '\ncheck: all is well')
process.exitCode = failed.length > 0 ? 1 : 0

function passes(name: string): boolean {
  const [program = '', ...options] = steps[name] ?? []
  console.log(`\n${name}: ${[program, ...options].join(' ')}`)
  const bin = join(root, 'node_modules/.bin', program)
  return spawnSync(bin, options, { cwd: root, stdio: 'inherit' }).status === 0
}
