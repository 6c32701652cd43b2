import assert from 'node:assert/strict'
import { Program } from './process'

/** Runs the short form of a trial. @returns the line of its figures */
export async function trial(name: string): Promise<string> {
  await using program = new Program('bench/chaos/index.ts', {}, [name, '--short'])
  const code = await program.exit()
  assert.equal(code, 0, program.output)
  const line = program.output.split('\n').find((each) => each.startsWith(`${name}: `))
  assert.ok(line, program.output)
  return line
}
