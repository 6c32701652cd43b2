import type { Operation } from './operations'
import type { Column, Index } from './schema'

/** An operation in words, as in `added column 'users.age' (integer)`. */
export function describe(operation: Operation): string {
  switch (operation.op) {
    case 'createTable':
      return `added table '${operation.table.name}'`
    case 'dropTable':
      return `removed table '${operation.table.name}'`
    case 'renameTable':
      return `renamed table '${operation.from}' to '${operation.to}'`
    case 'commentTable':
      return `changed comment of table '${operation.table}'`
    case 'addColumn':
      return `added column '${operation.table}.${operation.column.name}' (${words(operation.column)})`
    case 'dropColumn':
      return `removed column '${operation.table}.${operation.column.name}'`
    case 'renameColumn':
      return `renamed column '${operation.table}.${operation.from}' to '${operation.to}'`
    case 'alterColumn':
      return `changed column '${operation.table}.${operation.to.name}': ${alteration(operation)}`
    default:
      return describeConstraint(operation)
  }
}

type OnConstraint = Extract<
  Operation,
  { op: `${'add' | 'drop'}${'PrimaryKey' | 'Index' | 'ForeignKey' | 'Check'}` }
>

function describeConstraint(operation: OnConstraint): string {
  const did = operation.op.startsWith('add') ? 'added' : 'removed'
  const { table } = operation
  if ('index' in operation) {
    const kind = operation.index.unique ? 'unique index' : 'index'
    return `${did} ${kind} '${operation.index.name}' on '${table}(${columns(operation.index)})'`
  }
  if ('check' in operation) {
    const { name, expression } = operation.check
    return `${did} check ${name ? `'${name}' ` : ''}on '${table}': ${expression}`
  }
  if ('references' in operation.key) {
    const { key } = operation
    const to = `${key.table}(${key.references.join(', ')})`
    return `${did} foreign key on '${table}(${key.columns.join(', ')})' to '${to}'`
  }
  return `${did} primary key on '${table}(${operation.key.columns.join(', ')})'`
}

function columns(index: Index): string {
  return index.columns.map(({ name, descending }) => name + (descending ? ' desc' : '')).join(', ')
}

function words({ type, nullable, default: value }: Column): string {
  return [
    type,
    ...(nullable ? [] : ['not null']),
    ...(value === null ? [] : [`default ${value}`]),
  ].join(' ')
}

function alteration({ from, to }: Extract<Operation, { op: 'alterColumn' }>): string {
  const facts = [
    [from.type, to.type],
    [from.nullable ? 'null' : 'not null', to.nullable ? 'null' : 'not null'],
    [`default ${from.default ?? 'none'}`, `default ${to.default ?? 'none'}`],
    [from.autoIncrement ? 'counted' : 'not counted', to.autoIncrement ? 'counted' : 'not counted'],
    [`comment ${from.comment ?? 'none'}`, `comment ${to.comment ?? 'none'}`],
  ]
  const changed = facts.filter(([before, after]) => before !== after)
  return changed.map(([before, after]) => `${before} → ${after}`).join(', ')
}
