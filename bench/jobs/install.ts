import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const peers = join(__dirname, '../peers')
const venv = join(peers, '.venv')
const limit = 300_000

export const python = join(venv, 'bin/python')

/** @returns why BullMQ cannot be measured; undefined when it is installed */
export function installBullmq(): string | undefined {
  const wanted = join(peers, 'package-lock.json')
  const installed = join(peers, 'node_modules/.installed')
  if (same(wanted, installed)) return undefined
  const failure = run('npm', ['ci', '--no-audit', '--no-fund'])
  if (failure) return failure
  copyFileSync(wanted, installed)
  return undefined
}

/** @returns why Celery cannot be measured; undefined when it is installed */
export function installCelery(): string | undefined {
  const wanted = join(peers, 'requirements.txt')
  const installed = join(venv, 'installed.txt')
  if (same(wanted, installed)) return undefined
  const failure =
    run('python3', ['-m', 'venv', '--clear', venv]) ??
    run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', wanted])
  if (failure) return failure
  copyFileSync(wanted, installed)
  return undefined
}

function same(file: string, copy: string): boolean {
  return existsSync(copy) && readFileSync(file).equals(readFileSync(copy))
}

function run(program: string, args: string[]): string | undefined {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: peers,
    encoding: 'utf8',
    timeout: limit,
  })
  if (status === 0) return undefined
  const said = error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').at(-1)
  return `${program} ${args[0]} failed: ${said}`
}
