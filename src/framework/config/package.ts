import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The name and version of the project, as its package.json in `root` has them. */
export function readPackage(root: string): { readonly name: string; readonly version: string } {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}
