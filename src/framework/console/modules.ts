import type * as Acorn from 'acorn'
import type MagicString from 'magic-string'
import { hostName } from './host'
import { nodesIn } from './tree'

/** What is left of a cell's statements when nothing of a module is left in them. */
export interface Plain {
  readonly statements: readonly (Acorn.Statement | Acorn.Declaration)[]
  /** The names that imports declare. */
  readonly imported: readonly string[]
}

/**
 * Turns a module into what V8's REPL mode takes: imports become declarations that await the
 * session's own `import`, exports become what they export. No line moves.
 */
export function unwrapModule(program: Acorn.Program, edit: MagicString): Plain {
  const imported: string[] = []
  const statements = program.body.flatMap((node): Plain['statements'][number][] => {
    if (node.type === 'ImportDeclaration') {
      imported.push(...node.specifiers.map((specifier) => specifier.local.name))
      replace(edit, node, importCode(node))
      return []
    }
    return node.type.startsWith('Export')
      ? unwrapExport(node as Exported, edit)
      : [node as Acorn.Statement]
  })
  rewriteExpressions(program, edit)
  return { statements, imported }
}

function importCode(node: Acorn.ImportDeclaration): string {
  const load = importing(node.source)
  if (node.specifiers.length === 0) return `void ${load};`
  const whole = node.specifiers.find((specifier) => specifier.type === 'ImportNamespaceSpecifier')
  const parts = node.specifiers.flatMap(importPart).join(', ')
  if (!whole) return `let { ${parts} } = ${load};`
  return `let ${whole.local.name} = ${load}${parts && `, { ${parts} } = ${whole.local.name}`};`
}

function importPart(specifier: Acorn.ImportDeclaration['specifiers'][number]): string[] {
  if (specifier.type === 'ImportNamespaceSpecifier') return []
  if (specifier.type === 'ImportDefaultSpecifier') return [`default: ${specifier.local.name}`]
  const { imported, local } = specifier
  const name = imported.type === 'Identifier' ? imported.name : JSON.stringify(imported.value)
  return [`${name}: ${local.name}`]
}

function importing(source: Acorn.Literal): string {
  return `await ${hostName}.import(${JSON.stringify(source.value)})`
}

type Exported =
  | Acorn.ExportNamedDeclaration
  | Acorn.ExportDefaultDeclaration
  | Acorn.ExportAllDeclaration

function unwrapExport(node: Exported, edit: MagicString): Plain['statements'][number][] {
  if (node.type === 'ExportDefaultDeclaration') return unwrapDefault(node, edit)
  if (node.source) {
    replace(edit, node, `void ${importing(node.source)};`)
    return []
  }
  const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : null
  if (declaration) blank(edit, node.start, declaration.start)
  else blank(edit, node.start, node.end)
  return declaration ? [declaration] : []
}

function unwrapDefault(
  node: Acorn.ExportDefaultDeclaration,
  edit: MagicString,
): Acorn.Declaration[] {
  const { declaration } = node
  const keywords = node.start + 'export default'.length
  const declares =
    declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration'
  blank(edit, node.start, keywords)
  if (declares && declaration.id) return [declaration as Acorn.Declaration]
  // What has no name is an expression now, so that it is the cell's value.
  edit.appendLeft(keywords, '(')
  edit.appendRight(edit.original[node.end - 1] === ';' ? node.end - 1 : node.end, ')')
  return []
}

/** `import(x)` and `import.meta` go through the session's own, wherever they are written. */
function rewriteExpressions(program: Acorn.Program, edit: MagicString): void {
  for (const node of nodesIn(program)) {
    if (node.type === 'ImportExpression') {
      edit.overwrite(node.start, node.start + 'import'.length, `${hostName}.import`)
    } else if (node.type === 'MetaProperty' && edit.original.startsWith('import', node.start)) {
      edit.overwrite(node.start, node.end, `${hostName}.meta`)
    }
  }
}

function replace(edit: MagicString, node: Acorn.Node, code: string): void {
  const lines = edit.original.slice(node.start, node.end).replace(/[^\n]/g, '')
  edit.overwrite(node.start, node.end, code + lines)
}

function blank(edit: MagicString, start: number, end: number): void {
  edit.overwrite(start, end, edit.original.slice(start, end).replace(/[^\n]/g, ' '))
}
