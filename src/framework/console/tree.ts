import type { Node, Pattern, Program } from 'acorn'

/** Parses what swc made of a cell: a module that may await anywhere. */
export function parse(code: string): Program {
  const acorn = require('acorn') as typeof import('acorn')
  return acorn.parse(code, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    allowAwaitOutsideFunction: true,
  })
}

/** Every node in and under `roots`. */
export function nodesIn(...roots: readonly Node[]): Node[] {
  const found = [...roots]
  // The list grows while it is walked.
  for (const node of found) found.push(...Object.values(node).flat().filter(isNode))
  return found
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** The names that a pattern binds or assigns, as in `{ a, b: [c] }`. */
export function namesOf(pattern: Pattern | null): string[] {
  if (!pattern) return []
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((p) =>
        namesOf(p.type === 'Property' ? p.value : p.argument),
      )
    case 'ArrayPattern':
      return pattern.elements.flatMap(namesOf)
    case 'AssignmentPattern':
      return namesOf(pattern.left)
    case 'RestElement':
      return namesOf(pattern.argument)
    default:
      return []
  }
}

/** How often a name is written in `roots`, in whatever role. */
export function occurrences(name: string, ...roots: readonly Node[]): number {
  return nodesIn(...roots).filter(
    (node) => node.type === 'Identifier' && 'name' in node && node.name === name,
  ).length
}
