import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { spawn } from 'node-pty'
import { row } from './figures'

const rounds = 7
const root = join(__dirname, '..')

/** Time from the start of a process to its prompt, on a terminal. */
export async function prompt(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'))
  const env = {
    DATABASE_URL: `sqlite:${folder}/db.sqlite3`,
    AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`,
  }
  const tsNode = join(root, 'node_modules/ts-node/dist/bin.js')
  const commands: Record<string, string[]> = {
    'node -i': ['-i'],
    'ts-node -i (swc)': [tsNode, '-i'],
    'npm run repl (application loaded)': [tsNode, 'repl.ts'],
  }
  await timeToPrompt(commands['npm run repl (application loaded)'] ?? [], env)
  const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of Object.entries(commands))
      times.get(name)?.push(await timeToPrompt(args, env))
  }
  const base = times.get('node -i')
  for (const [name, values] of times) console.log(row(name, 'ms', values, base))
  rmSync(folder, { recursive: true })
}

function timeToPrompt(args: string[], env: Record<string, string>): Promise<number> {
  const began = performance.now()
  const shell = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env } as never,
  })
  return new Promise((resolve) => {
    let output = ''
    shell.onData((text) => {
      output += text
      if (!/(^|\s)> /.test(stripVTControlCharacters(output))) return
      resolve(performance.now() - began)
      shell.kill('SIGKILL')
    })
  })
}
