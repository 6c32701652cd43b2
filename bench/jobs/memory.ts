import { readdirSync, readFileSync } from 'node:fs'

/**
 * MB in use by a process and its children; undefined where there is no /proc. Of a child counts
 * what is its own: the rest it shares with the process that it was forked from.
 */
export function residentMegabytes(pid: number): number | undefined {
  try {
    const own = kilobytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/gm)
    return (own + children(pid).reduce((sum, child) => sum + unshared(child), 0)) / 1_024
  } catch {
    return undefined
  }
}

function unshared(pid: number): number {
  const own = kilobytes(`/proc/${pid}/smaps_rollup`, /^Private_(?:Clean|Dirty):\s+(\d+)/gm)
  return children(pid).reduce((sum, child) => sum + unshared(child), own)
}

function kilobytes(file: string, line: RegExp): number {
  const found = readFileSync(file, 'utf8').matchAll(line)
  return [...found].reduce((sum, match) => sum + Number(match[1]), 0)
}

function children(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter((text) => text.trim() !== '')
      .map(Number),
  )
}
