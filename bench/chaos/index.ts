import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { blink } from './blink'
import { busy } from './busy'
import { busyloop } from './busyloop'
import { kill9 } from './kill9'
import { poison } from './poison'
import { rescue } from './rescue'
import { shutdown } from './shutdown'
import type { Trial } from './trial'
import { unique } from './unique'
import { zombie } from './zombie'

const trials: Record<string, Trial> = {
  kill9,
  rescue,
  zombie,
  busyloop,
  poison,
  shutdown,
  busy,
  unique,
  blink,
}

/**
 * `npm run chaos` breaks real processes in every way that is known here and judges what is left;
 * `npm run chaos -- kill9` in those named, with `--short` for some seconds only. Exits with 1 when
 * a promise is broken. CHAOS_SEED repeats what was left to chance.
 */
async function main(args: readonly string[]): Promise<void> {
  const short = args.includes('--short')
  const asked = args.filter((arg) => arg !== '--short')
  const unknown = asked.find((name) => !trials[name])
  if (unknown) {
    console.error(`Expected one of ${Object.keys(trials).join(', ')}, saw '${unknown}'.`)
    process.exit(2)
  }
  // So that what is to be ended with this process is ended.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143))
  const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31))
  let kept = true
  for (const name of asked.length > 0 ? asked : Object.keys(trials)) {
    kept = (await attempt(name, short, seed)) && kept
  }
  process.exit(kept ? 0 : 1)
}

async function attempt(name: string, short: boolean, seed: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), `atelier-chaos-${name}-`))
  try {
    const verdict = await trials[name]?.({ short, folder, seed })
    console.log(`${name}: ${verdict?.figures}`)
    const broken = verdict?.broken ?? []
    for (const sentence of broken) console.error(`${name} broke its promise: ${sentence}`)
    if (broken.length > 0) console.error(`Its files are in ${folder}; CHAOS_SEED=${seed}`)
    else rmSync(folder, { recursive: true })
    return broken.length === 0
  } catch (error) {
    console.error(`${name} could not be judged: ${error instanceof Error ? error.stack : error}`)
    console.error(`Its files are in ${folder}; CHAOS_SEED=${seed}`)
    return false
  }
}

void main(process.argv.slice(2))
