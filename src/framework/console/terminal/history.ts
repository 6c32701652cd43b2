import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { REPLServer } from 'node:repl'

/** Remembers this project's lines in `.atelier/history`. Where that is not possible, it does not. */
export function keepHistory(server: REPLServer, root: string): void {
  const file = writableFile(join(root, '.atelier'))
  if (file) server.setupHistory(file, () => {})
}

function writableFile(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true })
    // What somebody typed is theirs: it is kept out of the repository, and from other users.
    writeFileSync(join(folder, '.gitignore'), '*\n')
    const file = join(folder, 'history')
    closeSync(openSync(file, 'a', 0o600))
    return file
  } catch {
    return undefined
  }
}
