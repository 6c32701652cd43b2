import type * as Acorn from 'acorn'
import type MagicString from 'magic-string'
import { hostName } from './host'
import type { Plain } from './modules'
import { namesOf, nodesIn, occurrences } from './tree'

/** The names that a cell declares for later ones. */
export interface Declared {
  readonly constants: readonly string[]
  readonly variables: readonly string[]
}

/**
 * Makes every declaration of a cell one that may be repeated with another keyword. V8 lets `let`
 * follow `let`, but not `const`; so all of them become `let`, and assignments to a `const` are
 * refused by code of ours.
 *
 * @param constants the constants of earlier cells
 */
export function makeLasting(
  program: Acorn.Program,
  { statements, imported }: Plain,
  edit: MagicString,
  constants: ReadonlySet<string>,
): Declared {
  const declared = { constants: [...imported], variables: [] as string[] }
  statements.forEach((statement, index) => {
    const [constant, names] = declare(statement, statements.slice(0, index), edit)
    declared[constant ? 'constants' : 'variables'].push(...names)
  })
  const now = new Set([...constants, ...declared.constants])
  for (const name of declared.variables) now.delete(name)
  if (now.size > 0) guardConstants(program, statements, edit, now)
  return declared
}

type Statements = Plain['statements']

/** @returns whether the names are constants, and the names */
function declare(
  node: Statements[number],
  above: Statements,
  edit: MagicString,
): [boolean, string[]] {
  if (node.type === 'ClassDeclaration') return [false, [node.id.name]]
  if (node.type === 'FunctionDeclaration') {
    if (!usedAbove(node.id.name, above)) turnIntoVariable(node, edit)
    return [false, [node.id.name]]
  }
  if (node.type !== 'VariableDeclaration') return [false, []]
  const names = node.declarations.flatMap(({ id }) => namesOf(id))
  if (node.kind !== 'let' && canBeLet(node, names, above, edit)) {
    edit.overwrite(node.start, node.start + node.kind.length, 'let'.padEnd(node.kind.length))
  }
  return [node.kind === 'const', names]
}

function canBeLet(
  node: Acorn.VariableDeclaration,
  names: readonly string[],
  above: Statements,
  edit: MagicString,
): boolean {
  return node.kind === 'const' || isPlainVar(node, names, above) || startsAnew(node, above, edit)
}

// Code that calls a function above its declaration needs the declaration.
function usedAbove(name: string, above: Statements): boolean {
  return occurrences(name, ...above.filter((node) => node.type !== 'FunctionDeclaration')) > 0
}

// A `var` that is read before its value, or declared twice, means something else than `let`.
function isPlainVar(
  node: Acorn.VariableDeclaration,
  names: readonly string[],
  above: Statements,
): boolean {
  const filled = node.declarations.every(({ init }) => init)
  return filled && names.every((name) => occurrences(name, ...above, node) === 1)
}

// swc has an enum add to whatever bears its name; at a prompt it takes the place of that instead.
function startsAnew(
  node: Acorn.VariableDeclaration,
  above: Statements,
  edit: MagicString,
): boolean {
  const [{ id, init } = {}] = node.declarations
  if (id?.type !== 'Identifier' || init?.type !== 'CallExpression') return false
  const [earlier] = init.callee.type === 'FunctionExpression' ? init.arguments : []
  if (
    earlier?.type !== 'LogicalExpression' ||
    namesOf(earlier.left as Acorn.Pattern)[0] !== id.name
  )
    return false
  if (occurrences(id.name, ...above) > 0) return false
  edit.overwrite(earlier.start, earlier.end, '{}')
  return true
}

function turnIntoVariable(node: Acorn.FunctionDeclaration, edit: MagicString): void {
  edit.appendLeft(node.start, `let ${node.id.name} = `)
  edit.overwrite(node.id.start, node.id.end, ' ')
  edit.appendRight(node.end, ';')
}

function guardConstants(
  program: Acorn.Program,
  statements: Statements,
  edit: MagicString,
  constants: ReadonlySet<string>,
): void {
  const nodes = nodesIn(program)
  const hidden = hiddenNames(nodes, statements)
  for (const node of nodes as Acorn.AnyNode[]) {
    const name = assignedNames(node).find((each) => constants.has(each) && !hidden.has(each))
    if (!name) continue
    edit.appendLeft(node.start, `(${hostName}.constant(${JSON.stringify(name)}), `)
    edit.appendRight(node.end, ')')
  }
}

function assignedNames(node: Acorn.AnyNode): string[] {
  if (node.type === 'AssignmentExpression') return namesOf(node.left)
  return node.type === 'UpdateExpression' && node.argument.type === 'Identifier'
    ? [node.argument.name]
    : []
}

/** Names that mean something of their own in some inner scope: those are left alone everywhere. */
function hiddenNames(nodes: readonly Acorn.Node[], statements: Statements): ReadonlySet<string> {
  const outer = new Set<Acorn.Node>(statements)
  for (const node of statements) {
    if (node.type === 'VariableDeclaration') for (const each of node.declarations) outer.add(each)
  }
  return new Set(
    (nodes as Acorn.AnyNode[]).flatMap((node) => [
      ...parameters(node),
      ...(outer.has(node) ? [] : ownName(node)),
    ]),
  )
}

function parameters(node: Acorn.AnyNode): string[] {
  if ('params' in node) return node.params.flatMap(namesOf)
  return node.type === 'CatchClause' ? namesOf(node.param ?? null) : []
}

function ownName(node: Acorn.AnyNode): string[] {
  const named =
    node.type === 'VariableDeclarator' ||
    node.type.startsWith('Function') ||
    node.type.startsWith('Class')
  return named && 'id' in node ? namesOf((node.id as Acorn.Pattern | null) ?? null) : []
}
