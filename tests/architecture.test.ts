import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'

const root = dirname(__dirname)

function check(step: string): void {
  const program = ['-r', './src/framework/register.cjs', 'scripts/check.ts', step]
  const { status, stdout, stderr } = spawnSync(process.execPath, program, {
    cwd: root,
    encoding: 'utf8',
  })
  assert.ok(status === 0, stdout + stderr)
}

test('imports point to the left, and none go round in a circle', () => check('imports'))

test('files and functions stay within their sizes', () => check('sizes'))

test('no folder under src is a grab-bag', () => {
  const grabBags = ['utils', 'helpers', 'lib', 'common']
  const found = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  assert.deepEqual(
    found.filter((path) => grabBags.includes(basename(path))),
    [],
  )
})
