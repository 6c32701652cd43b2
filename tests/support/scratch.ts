import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(__dirname, '../..')
const run = promisify(execFile)

/** A copy of the project as a newcomer clones it, with the packages installed; and how to remove it. */
export async function scratchProject(): Promise<{ folder: string; drop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-scratch-'))
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  for (const file of stdout.split('\n').filter(Boolean)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await cp(join(root, file), join(folder, file)).catch(ignoreDeleted)
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder, drop: () => rm(folder, { recursive: true, force: true }) }
}

function ignoreDeleted(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
